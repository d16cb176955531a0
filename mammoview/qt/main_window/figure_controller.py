"""Exported figures: collects what is shown, and has a thread draw previews, write files, and export folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.core.settings import FigureSettings, Settings
from mammoview.qt.concurrency.task import Task
from mammoview.qt.main_window.export_actions import unassessed
from mammoview.qt.main_window.figure_worker import (
    FigureRequest,
    FigureWorker,
    FolderRequest,
    FolderResult,
    PreviewedFigure,
    ShownScan,
    WrittenFigure,
)
from mammoview.qt.main_window.pixel_text import PixelTextQuestion, ask_about_text, close_question
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.file_dialogs import folder_to_open, path_to_save
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.library.queries import IndexedStudy
    from mammoview.qt.dialogs.figure_dialog import FigureChoice, FigureDialog
    from mammoview.qt.dialogs.figure_preview import PixelText
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan

_Writing = Task[WrittenFigure, PixelTextQuestion] | Task[FolderResult, PixelTextQuestion]
_MOST_OUTLINES = 40
"""Most outlines that are offered as crops."""


class FigureController(QObject):
    """The dialog of figures."""

    done = Signal(str)
    """File that has been written."""
    copied = Signal(object, object)
    """A preview of this scan, or of its study, with these layers, is on the clipboard."""
    dragged = Signal(object, object)
    """A preview of this scan, or of its study, with these layers, was dropped into another program."""

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        layers: LayerState,
        judged: Callable[[Scan, Assessment], Mapping[int, Verdict]],
        settings: Settings,
        notifier: Notifier,
        parent: QWidget,
    ) -> None:
        """Export scans shown in `viewport_grid`.

        Parameters
        ----------
        session, viewport_grid, layers
            What is exported.
        judged
            Returns the reader's verdicts on the findings of a scan, by rank.
        settings
            Hold the earlier choices, and the device for folders.
        notifier
            Shows what went wrong, and what has been written.
        parent
            Window that the dialogs belong to.
        """
        super().__init__(parent)
        self._session, self._viewport_grid, self._layers = session, viewport_grid, layers
        self._judged, self._settings, self._notifier, self._parent = judged, settings, notifier, parent
        self._drawer, self.writer = FigureWorker(self), FigureWorker(self)
        self._preview: Task[PreviewedFigure, None] | None = None
        self.writing: _Writing | None = None
        self.text_box: QMessageBox | None = None
        """The question about text in the pixels that was asked last."""
        self._writing_box: QMessageBox | None = None
        self._preview_box: QMessageBox | None = None
        self._began = 0.0
        self._progress = 0.0, ""
        """Share and words that were shown last of what is being written."""
        self.dialog: FigureDialog | None = None
        self._scan: Scan | None = None
        """Scan that the dialog was opened for."""
        self._listed: Sequence[IndexedStudy] = ()
        """Studies that the dialog was opened for in place of a scan."""
        session.study_shown.connect(self._put_away)
        session.choices.leaving.connect(lambda: self._put_away(None))
        for worker in (self._drawer, self.writer):
            worker.failed.connect(notifier.warn)

    @property
    def workers(self) -> tuple[FigureWorker, FigureWorker]:
        """The threads of previews and of files."""
        return self._drawer, self.writer

    def stop(self) -> None:
        """Cancel everything and wait for the threads."""
        for worker in self.workers:
            worker.stop()

    def show(self) -> None:
        """Show the dialog for the active scan and its study."""
        viewport = self._viewport_grid.active
        scan = None if viewport is None or viewport.content is None else viewport.scan
        if scan is None or self._session.study is None:
            self._notifier.warn(self.tr("There is no picture to export. Open a study and choose a viewport"))
            return
        self._listed = ()
        self._open_dialog(scan, self._crops(scan))

    def show_listed(self, studies: Sequence[IndexedStudy]) -> None:
        """Show the dialog for all studies of a list."""
        if not studies:
            self._notifier.warn_general(self.tr("There is no study in the list to export"))
            return
        self._listed = studies
        self._open_dialog(None, [*self._crops(None), ("paper", self.tr("The Frame of the paper"))])

    def _open_dialog(self, scan: Scan | None, crops: list[tuple[str, str]]) -> None:
        """Show the dialog for a scan, or for the listed studies."""
        from mammoview.qt.dialogs.figure_dialog import FigureDialog

        self._close_dialog()
        layers = self._layers.nameless
        dialog = FigureDialog(self._settings.figures, layers, crops, len(self._listed), self._parent)
        self.dialog, self._scan = dialog, scan
        dialog.preview_wanted.connect(self._draw)
        dialog.save_wanted.connect(self.ask_for_file)
        dialog.folder_wanted.connect(self._ask_for_folder)
        dialog.cancel_wanted.connect(self.cancel)
        dialog.presets_changed.connect(self._keep)
        dialog.preview.text_suspected.connect(self._ask_about_preview)
        dialog.preview.copied.connect(lambda: self.copied.emit(self._scan, self._open_layers(dialog.choice.layers)))
        dialog.preview.dragged.connect(lambda: self.dragged.emit(self._scan, self._open_layers(dialog.choice.layers)))
        if self.writing is not None and self.writing.is_pending:
            dialog.show_progress(*self._progress)
        dialog.show()

    def _put_away(self, _study: object) -> None:
        """Close the dialog when another study or model is shown: its preview and crops are those of the one before."""
        if self._listed:
            return  # They are others anyway.
        if self._preview is not None:
            self._preview.cancel()
        self._close_dialog()
        self._scan = None

    def _close_dialog(self) -> None:
        """Close the dialog, and the question about its preview."""
        close_question(self._preview_box)
        if self.dialog is not None:
            self.dialog.close()
            self.dialog.deleteLater()
        self.dialog = None

    def cancel(self) -> None:
        """Stop what is being written; files that are there are whole."""
        if self.writing is not None and self.writing.is_pending:
            self.writing.cancel()
            close_question(self._writing_box)
            self.show_done(self.tr("Cancelled. The files written so far are complete"))

    def request(self, choice: FigureChoice, scan: Scan | None = None) -> FigureRequest | None:
        """Collect what a figure of `scan` shows, else the dialog's, else the active one; None where it is not shown."""
        study, viewport = self._session.study, self._viewport_grid.active
        scan = scan or self._scan or (None if viewport is None else viewport.scan)
        if study is None or scan is None or self._session.entry_of(scan) is None:
            return None
        scans = tuple(study.scans) if choice.options.figure.of_study else (scan,)
        entries = (self._session.entry_of(one) for one in scans)
        shown = tuple(self._shown(one, entry) for one, entry in zip(scans, entries, strict=True))
        accepted = frozenset() if self.dialog is None else self.dialog.text_accepted
        return FigureRequest(self._as_shown(choice), study, scan, shown, self._layers.styles, accepted)

    def _when_complete(
        self,
        choice: FigureChoice,
        scan: Scan | None,
        act: Callable[[], None],
        refuse: Callable[[str], None] | None = None,
    ) -> None:
        """Call `act` once no scan that a figure shows lacks a grid."""
        request = self.request(choice, scan)
        scans = () if request is None else request.study.scans if choice.options.figure.of_study else (request.about,)
        entries = [entry for one in scans if (entry := self._session.entry_of(one)) is not None]
        self._session.assessment_queue.when_complete(act, entries, refuse)

    def _as_shown(self, choice: FigureChoice) -> FigureChoice:
        """Return a choice with what the window sets for it: the budget of false marks, and no closed layers."""
        options = replace(choice.options, false_marks=self._layers.false_marks)
        return replace(choice, options=options, layers=self._open_layers(choice.layers))

    def _open_layers(self, layers: tuple[str, ...]) -> tuple[str, ...]:
        """Return those layers that the reader may see: of closed ones a figure would give the answer away."""
        return layers if self._layers.open else ()

    def _shown(self, scan: Scan, entry: ScanEntry | None) -> ShownScan:
        assessed = None if entry is None else entry.drawn
        altered = None if entry is None else entry.altered
        assessment = None if assessed is None or not self._layers.open else assessed.assessment
        known = None if entry is None else entry.analysis
        return ShownScan(
            scan.still() if altered is None else altered.scan,
            known if altered is None else altered.picture.analysis,
            assessment,
            # Verdicts are on findings of the true scan.
            {} if assessment is None or altered is not None else self._judged(scan, assessment),
            () if entry is None or entry.grey is None else entry.grey.beside,
            unassessed(entry),
        )

    def _crops(self, scan: Scan | None) -> list[tuple[str, str]]:
        """Return the crops that a scan has, with their titles; those that every scan has for None."""
        found = [("breast", self.tr("The breast")), ("scan", self.tr("The whole film"))]
        if scan is None:
            return found
        entry = self._session.entry_of(scan)
        assessed = None if entry is None or not self._layers.open else entry.drawn
        if assessed is not None:
            found.append(("paper", self.tr("The Frame of the paper")))
            found += [
                (f"finding:{one.rank}", self.tr("Finding {} of the scan").format(one.rank))
                for one in assessed.assessment.findings
            ]
        count = min(len(scan.outlines), _MOST_OUTLINES)
        return found + [(f"outline:{i}", self.tr("Outline {}").format(i)) for i in range(1, count + 1)]

    def _draw(self, choice: FigureChoice) -> None:
        """Request the preview, once its scans lack no grid; an earlier request is dropped."""
        self._when_complete(choice, None, partial(self._draw_now, choice), self._refuse_preview)

    def _refuse_preview(self, why: str) -> None:
        """Show why there is no preview."""
        if self.dialog is not None:
            self.dialog.show_problem(self.tr("No preview: {}").format(why))

    def _draw_now(self, choice: FigureChoice) -> None:
        if self._preview is not None:
            self._preview.cancel()
        if self._listed:
            return
        request, dialog = self.request(choice), self.dialog
        if request is None or dialog is None:
            return
        task = self._drawer.preview(request)
        self._preview = task.connect(
            dialog, result=lambda made: dialog.show_preview(made.image, made.text), failed=dialog.show_problem
        )

    def _ask_about_preview(self, text: PixelText) -> None:
        """Ask whether the preview may leave; the answer holds for what it shows, as long as the dialog is open."""
        dialog = self.dialog
        if dialog is not None:
            answer = partial(dialog.take_answer, text)
            self.text_box = self._preview_box = ask_about_text(
                self._parent, text.warning, answer, lambda: None, text.coverable
            )

    def _ask_about_text(self, task: _Writing, many: bool, question: PixelTextQuestion) -> None:
        """Ask whether pictures that are being written may name the patient in their pixels."""
        self.text_box = self._writing_box = ask_about_text(
            self._parent, question.warning, question.answer, partial(self._cancel, task), question.coverable, many
        )

    def _cancel(self, task: _Writing) -> None:
        """Stop a task; what is being written meanwhile goes on."""
        if task is self.writing:
            self.cancel()
        else:
            task.cancel()

    def ask_for_file(self, choice: FigureChoice) -> None:
        """Ask for a file and have the figure written to it."""
        from mammoview.qt.dialogs.figure_titles import format_title

        request, dialog = self.request(choice), self.dialog
        if request is None or dialog is None:
            return
        kind, figure = choice.format, choice.options.figure
        name = self.tr("study") if figure.of_study else request.scans[0].scan.name.replace(",", "").replace(" ", "-")
        suffix = f".{kind.suffix}"
        path = path_to_save(
            dialog,
            self.tr("Export a figure"),
            f"{name}-{figure.value}{suffix}",
            f"{format_title(kind)} (*{suffix})",
            suffix,
            warn=self._notifier.warn,
        )
        if path is not None:
            scan = request.about
            self._when_complete(choice, scan, partial(self._write_chosen, choice, path, scan))

    def _write_chosen(self, choice: FigureChoice, path: Path, scan: Scan) -> None:
        """Write a figure of a scan, unless it is not shown any more."""
        request = self.request(choice, scan)
        if request is None:
            self._notifier.warn(self.tr("Nothing was exported: the window shows another study by now"))
        else:
            self.write(request, path)

    def write(self, request: FigureRequest, path: Path) -> None:
        """Have a figure written, and report its path by `done`."""
        self._show_progress(-1.0, self.tr("Writing…"))
        task = self.writer.write(request, path)
        self.writing = task.connect(
            self,
            result=partial(self._take_file, request),
            partial=partial(self._ask_about_text, task, False),
            failed=self._take_failure,
        )

    def _ask_for_folder(self, choice: FigureChoice) -> None:
        """Ask for a folder of scans and one for the files, and have it exported; of listed studies for the latter."""
        parent = self.dialog or self._parent
        listed, last = self._listed, self._settings.last_folder
        source = "" if listed else folder_to_open(parent, self.tr("Folder with the scans"), last)
        target = folder_to_open(parent, self.tr("Folder for the files")) if source or listed else ""
        if target and listed:
            self.export_listed(choice, listed, Path(target))
        elif target:
            self.export_folder(choice, Path(source), Path(target))

    def export_folder(self, choice: FigureChoice, source: Path, target: Path) -> None:
        """Have every scan, or every study, of a folder exported in the background."""
        model = self._session.choices.shown.folder
        self.export(FolderRequest(choice, (source,), target, self._settings.device, model))

    def export_listed(self, choice: FigureChoice, studies: Sequence[IndexedStudy], target: Path) -> None:
        """Have every scan of some studies, or every study, exported in the background."""
        sources = tuple(dict.fromkeys(source for study in studies for source in study.sources))
        there = [study for study in studies if study.sources]
        keys, missing = frozenset(study.key for study in there), len(studies) - len(there)
        files = tuple(file for study in there for file in study.missing)
        device, model = self._settings.device, self._session.choices.shown.folder
        self.export(FolderRequest(choice, sources, target, device, model, keys, missing, files))

    def export(self, request: FolderRequest) -> None:
        """Have a folder or a list exported in the background."""
        self._began = time.monotonic()
        self._show_progress(-1.0, self.tr("Looking for scans…"))
        task = self.writer.export_folder(replace(request, choice=self._as_shown(request.choice)))
        self.writing = task.connect(
            self,
            result=partial(self._take_folder, request.target),
            partial=partial(self._ask_about_text, task, True),
            progress=self._take_progress,
            failed=self._take_failure,
        )

    def _take_progress(self, share: float, name: str) -> None:
        """Show how far a folder is, and how long the rest will take."""
        left = self.tr("time left not known yet")
        if share > 0:
            minutes, seconds = divmod(round((time.monotonic() - self._began) * (1 - share) / share), 60)
            left = self.tr("{minutes} min {seconds} s left").format(minutes=minutes, seconds=seconds)
        self._show_progress(share, self.tr("{name}: {left}").format(name=name, left=left))

    def _take_file(self, request: FigureRequest, written: WrittenFigure) -> None:
        """Report a file that has been written; another study may be shown by now."""
        self.show_done(self.tr("Written"))
        if written.unnoted:
            self._notifier.warn_general(written.unnoted)
        if request.study is self._session.study:
            self.done.emit(str(written.path))

    def _take_folder(self, target: Path, result: FolderResult) -> None:
        text = self.tr("Written: {written}, already there: {kept}, failed: {failed}").format(
            written=result.written, kept=result.kept, failed=result.failed
        )
        self.show_done(text)
        if result.unnoted:
            self._notifier.warn_general(result.unnoted)
        if result.failed:
            self._notifier.warn_general(f"{text}. {result.first}")
        else:
            self._notifier.info_general(f"{text}: {target}")

    def _take_failure(self, line: str) -> None:
        self.show_done("")
        self._notifier.warn(line)

    def _show_progress(self, share: float, text: str) -> None:
        self._progress = share, text
        if self.dialog is not None:
            self.dialog.show_progress(share, text)

    def show_done(self, text: str) -> None:
        """Show in the dialog that nothing is written any more, and how it ended."""
        if self.dialog is not None:
            self.dialog.show_done(text)

    def _keep(self, presets: dict[str, FigureSettings]) -> None:
        """Keep the choices; they are saved with the other settings."""
        self._settings.figures = presets
