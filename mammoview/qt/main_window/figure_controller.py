"""Exported figures: collects what is on show, and has a thread draw previews, write files, and export folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from mammoview.core.settings import FigureSettings, Settings
from mammoview.qt.concurrency.task import Task
from mammoview.qt.main_window.export_actions import unassessed, without_patient
from mammoview.qt.main_window.figure_worker import (
    FigureRequest,
    FigureWorker,
    FolderRequest,
    FolderResult,
    ShownScan,
    WrittenFigure,
)
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.file_dialogs import folder_to_open, path_to_save
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.qt.dialogs.figure_dialog import FigureChoice, FigureDialog
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan

_MOST_OUTLINES = 40
"""Most outlines that are offered as crops."""


class FigureController(QObject):
    """The dialog of figures, and the copy of a viewport."""

    done = Signal(str, bool)
    """File that has been written, and whether it names the patient."""

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
        """Export what hangs on `viewport_grid`.

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
        self._drawer, self._writer = FigureWorker(self), FigureWorker(self)
        self._preview: Task[QImage, None] | None = None
        self._writing: Task[WrittenFigure, None] | Task[FolderResult, None] | None = None
        self._began = 0.0
        self._dialog: FigureDialog | None = None
        self._scan: Scan | None = None
        """Scan that the dialog was opened for."""
        session.study_shown.connect(self._put_away)
        for worker in (self._drawer, self._writer):
            worker.failed.connect(notifier.warn)

    @property
    def workers(self) -> tuple[FigureWorker, FigureWorker]:
        """The threads of previews and of files."""
        return self._drawer, self._writer

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
        from mammoview.qt.dialogs.figure_dialog import FigureDialog

        if self._dialog is not None:
            self._dialog.close()
            self._dialog.deleteLater()
        dialog = FigureDialog(self._settings.figures, self._layers.switched_on, self._crops(scan), self._parent)
        self._dialog, self._scan = dialog, scan
        dialog.preview_wanted.connect(self._draw)
        dialog.save_wanted.connect(self._ask_for_file)
        dialog.folder_wanted.connect(self._ask_for_folder)
        dialog.cancel_wanted.connect(self.cancel)
        dialog.presets_changed.connect(self._keep)
        dialog.show()

    def _put_away(self, _study: object) -> None:
        """Close the dialog when another study is shown: its preview and its crops are those of the one before."""
        if self._preview is not None:
            self._preview.cancel()
        if self._dialog is not None:
            self._dialog.close()
            self._dialog.deleteLater()
        self._dialog = self._scan = None

    def cancel(self) -> None:
        """Stop what is being written; files that are there are whole."""
        if self._writing is not None and self._writing.is_pending:
            self._writing.cancel()
            self._show_done(self.tr("Cancelled. What has been written is whole"))

    def copy_viewport(self) -> None:
        """Put the active viewport, as it is on screen but without the patient, on the clipboard."""
        viewport = self._viewport_grid.active
        if viewport is None or viewport.content is None:
            self._notifier.warn(self.tr("There is no picture to copy. Open a study and choose a viewport"))
            return
        image = without_patient(viewport)
        if image.isNull():
            self._notifier.warn(self.tr("The viewport has no room to show anything. Make the window larger"))
            return
        entry = None if viewport.scan is None else self._session.entry_of(viewport.scan)
        if entry is not None and entry.altered is not None:
            from mammoview.export.captions import ALTERED

            image.setText("Altered", ALTERED)
        QGuiApplication.clipboard().setImage(image)
        self._notifier.info(self.tr("The viewport is on the clipboard, without the patient"))

    def request(self, choice: FigureChoice) -> FigureRequest | None:
        """Collect what a figure shows: the dialog's scan, else the active one; None where it is not on show."""
        study, viewport = self._session.study, self._viewport_grid.active
        scan = self._scan or (None if viewport is None else viewport.scan)
        if study is None or scan is None or self._session.entry_of(scan) is None:
            return None
        scans = tuple(study.scans) if choice.options.figure.of_study else (scan,)
        entries = (self._session.entry_of(one) for one in scans)
        shown = tuple(self._shown(one, entry) for one, entry in zip(scans, entries, strict=True))
        return FigureRequest(
            replace(choice, layers=self._open_layers(choice.layers)), study, shown, self._layers.styles
        )

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

    def _crops(self, scan: Scan) -> list[tuple[str, str]]:
        """Return the crops that a scan has, with their titles."""
        found = [("breast", self.tr("The breast")), ("scan", self.tr("The whole film"))]
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
        """Have the preview made; an earlier one is not wanted any more."""
        if self._preview is not None:
            self._preview.cancel()
        request, dialog = self.request(choice), self._dialog
        if request is None or dialog is None:
            return
        task = self._drawer.preview(request)
        self._preview = task.connect(dialog, result=dialog.show_preview, failed=dialog.show_problem)

    def _ask_for_file(self, choice: FigureChoice) -> None:
        """Ask for a file and have the figure written to it."""
        request, dialog = self.request(choice), self._dialog
        if request is None or dialog is None:
            return
        kind, figure = choice.format, choice.options.figure
        name = self.tr("study") if figure.of_study else request.scans[0].scan.name.replace(",", "").replace(" ", "-")
        suffix = f".{kind.suffix}"
        path = path_to_save(
            dialog,
            self.tr("Export a figure"),
            f"{name}-{figure.value}{suffix}",
            f"{kind.title} (*{suffix})",
            suffix,
            warn=self._notifier.warn,
        )
        if path is not None:
            self.write(request, path)

    def write(self, request: FigureRequest, path: Path) -> None:
        """Have a figure written, and report its path by `done`."""
        self._show_progress(-1.0, self.tr("Writing…"))
        task = self._writer.write(request, path)
        named = request.choice.options.keep_identity
        self._writing = task.connect(self, result=partial(self._take_file, request, named), failed=self._take_failure)

    def _ask_for_folder(self, choice: FigureChoice) -> None:
        """Ask for a folder of scans and one for the files, and have it exported in the background."""
        dialog = self._dialog
        source = folder_to_open(dialog or self._parent, self.tr("Folder with the scans"), self._settings.last_folder)
        target = source and folder_to_open(dialog or self._parent, self.tr("Folder for the files"))
        if source and target:
            self.export_folder(choice, Path(source), Path(target))

    def export_folder(self, choice: FigureChoice, source: Path, target: Path) -> None:
        """Have every scan, or every study, of a folder exported."""
        self._began = time.monotonic()
        self._show_progress(-1.0, self.tr("Looking for scans…"))
        request = FolderRequest(
            replace(choice, layers=self._open_layers(choice.layers)), source, target, self._settings.device
        )
        task = self._writer.export_folder(request)
        self._writing = task.connect(
            self,
            result=partial(self._take_folder, target),
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

    def _take_file(self, request: FigureRequest, named: bool, written: WrittenFigure) -> None:
        self._show_done(self.tr("Written"))
        if request.study is self._session.study:
            self.done.emit(str(written.path), named)
        elif named:  # Another study is on show, under whose name it must not be noted.
            from mammoview.export.export_run import note_identity

            note_identity([one.scan for one in request.scans], request.choice.format)
        if written.doubt:
            self._warn_of_text(1)

    def _warn_of_text(self, count: int) -> None:
        """Warn that pictures may name the patient in their pixels."""
        self._notifier.warn(
            self.tr(
                "Text in the pixels may name the patient ({count} files). Look at them, or black out what lies outside "
                "the breast"
            ).format(count=count)
        )

    def _take_folder(self, target: Path, result: FolderResult) -> None:
        text = self.tr("Written: {written}, already there: {kept}, failed: {failed}").format(
            written=result.written, kept=result.kept, failed=result.failed
        )
        self._show_done(text)
        if result.doubtful:
            self._warn_of_text(result.doubtful)
        if result.failed:
            self._notifier.warn_general(f"{text}. {result.first}")
        else:
            self._notifier.info_general(f"{text}: {target}")

    def _take_failure(self, line: str) -> None:
        self._show_done("")
        self._notifier.warn(line)

    def _show_progress(self, share: float, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(share, text)

    def _show_done(self, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_done(text)

    def _keep(self, presets: dict[str, FigureSettings]) -> None:
        """Keep the choices; they are saved with the other settings."""
        self._settings.figures = presets
