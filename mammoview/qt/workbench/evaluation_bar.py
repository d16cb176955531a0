"""An evaluation that runs in the background: how far it is, how long the rest takes, cancel and resume."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.workbench.evaluation_dialog import EvaluationDialog
from mammoview.qt.workbench.evaluation_worker import EvaluationWorker

if TYPE_CHECKING:
    from mammoview.batch.evaluation_process import EvaluationProgress, EvaluationRequest
    from mammoview.batch.evaluation_run import FinishedEvaluation
    from mammoview.qt.concurrency.task import Task


class EvaluationBar(QWidget):
    """A line that is there while an evaluation runs, and after it was cancelled."""

    finished = Signal(object)
    """Folder of an evaluation that is complete."""
    refused = Signal(str)
    """Line about what went wrong."""

    def __init__(self, device: Callable[[], str]) -> None:
        """Evaluate nothing yet; `device` returns where the models are to run."""
        super().__init__()
        self._device = device
        self.worker = EvaluationWorker(self)
        self._request: EvaluationRequest | None = None
        self._task: Task[FinishedEvaluation, EvaluationProgress] | None = None
        self._progress: EvaluationProgress | None = None
        self._began = 0.0
        self.dialog: EvaluationDialog | None = None
        self.bar, self.text = QProgressBar(), QLabel()
        self.bar.setFixedWidth(220)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the evaluation"))
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cancel_button, self.resume_button = QPushButton(self.tr("Cancel")), QPushButton(self.tr("Resume"))
        self.cancel_button.clicked.connect(self.cancel)
        self.resume_button.clicked.connect(self.resume)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.bar)
        line.addWidget(self.text, 1)
        line.addWidget(self.resume_button)
        line.addWidget(self.cancel_button)
        self.hide()

    def ask(self) -> None:
        """Ask what is to be evaluated."""
        if self.dialog is None:
            self.dialog = EvaluationDialog(self.window())
            self.dialog.wanted.connect(self._start_asked)
        self.dialog.open()

    def _start_asked(self, request: EvaluationRequest) -> None:
        self.start(replace(request, device=self._device()))

    def start(self, request: EvaluationRequest) -> None:
        """Evaluate a data set, or go on with it; one that is under way is stopped."""
        self.cancel()
        self._request, self._progress = request, None
        task = self.worker.evaluate(request)
        self._task = task.connect(self, result=self._take, partial=self._take_progress, failed=self._take_failure)
        self.bar.setRange(0, 0)
        self._show_text(self.tr("Looking for pictures"), under_way=True)

    def resume(self) -> None:
        """Go on with what was cancelled, or failed."""
        if self._request is not None:
            self.start(self._request)

    def cancel(self) -> None:
        """Stop; what has been assessed is kept."""
        if self._task is None or not self._task.is_pending:
            return
        self._task.cancel()
        progress = self._progress
        self.bar.setRange(0, max(1, progress.total if progress else 1))
        self.bar.setValue(progress.done if progress else 0)
        done, total = (progress.done, progress.total) if progress else (0, 0)
        self._show_text(
            self.tr("Cancelled at {done} of {total}; what is assessed is kept").format(done=done, total=total)
        )

    def stop(self) -> None:
        """Stop, and end the thread."""
        self.worker.stop()

    def _take_progress(self, progress: EvaluationProgress) -> None:
        """Show how far it is, and how long the rest will take: as long as the pictures assessed until now, each."""
        if progress.total and (self._progress is None or not self._progress.total):
            self._began = time.monotonic()
        self._progress = progress
        if not progress.total:
            return
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        text = self.tr("{done} of {total}").format(done=progress.done, total=progress.total)
        parts = [text, phrase(progress.stage) if progress.stage else ""]
        left = progress.total - progress.done
        if progress.assessed and left:
            minutes, seconds = divmod(round((time.monotonic() - self._began) / progress.assessed * left), 60)
            parts.append(self.tr("{minutes} min {seconds} s left").format(minutes=minutes, seconds=seconds))
        self._show_text(", ".join(filter(None, parts)), under_way=True)

    def _take(self, done: FinishedEvaluation) -> None:
        """Show the result, and report warnings."""
        self.hide()
        lines = (*done.failed, *done.lines)
        if lines:
            self._show_text(
                self.tr("Evaluated. {failed} of {total} failed, {lines} notes: {first}").format(
                    failed=len(done.failed), total=done.total, lines=len(done.lines), first=phrase(lines[0])
                )
            )
            self.text.setToolTip("\n".join(map(phrase, lines)))
            self.resume_button.setVisible(bool(done.failed))
        self.finished.emit(done.report.parent)

    def _take_failure(self, line: str) -> None:
        self._show_text(phrase(line))
        self.bar.setRange(0, 1)
        self.refused.emit(line)

    def _show_text(self, text: str, under_way: bool = False) -> None:
        """Show a line, and what can be done."""
        self.text.setText(text)
        self.text.setToolTip(text)
        self.bar.setVisible(under_way or self._progress is not None)
        self.cancel_button.setVisible(under_way)
        self.resume_button.setVisible(not under_way)
        self.show()
