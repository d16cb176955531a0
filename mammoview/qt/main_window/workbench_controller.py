"""The workbench beside the window: opened by its command, and shows places of its rows in the viewports."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.qt.session.model_choice import BUNDLED

if TYPE_CHECKING:
    from pathlib import Path

    from mammoview.core.settings import Settings
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.main_window.model_controller import ModelController
    from mammoview.qt.navigation.hanging_controller import HangingController
    from mammoview.qt.reader.second_reader import SecondReaderController
    from mammoview.qt.session.scan_entry import ScanEntry
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.qt.widgets.notifier import Notifier
    from mammoview.qt.workbench.opened_evaluation import RowPlace
    from mammoview.qt.workbench.workbench_window import WorkbenchWindow
    from mammoview.study.scan import Scan, Study

SCALE = 8.0
"""Screen pixels per mm at which a place is shown."""


class WorkbenchController(QObject):
    """Opens the workbench, and studies at its places."""

    def __init__(
        self,
        session: Session,
        hanging: HangingController,
        viewport_grid: ViewportGrid,
        second_reader: SecondReaderController,
        models: ModelController,
        settings: Settings,
        notifier: Notifier,
        window: QWidget,
    ) -> None:
        """Prepare; the workbench is made when it is first asked for.

        Parameters
        ----------
        session, hanging, viewport_grid, second_reader
            Where places are shown.
        models
            Takes the models that rows were found with into use.
        settings
            They name the device of evaluations.
        notifier
            Shows the messages of the workbench.
        window
            Parent of the workbench; it comes to the front with a place where that is asked for.
        """
        super().__init__(window)
        self._session, self._hanging, self._viewport_grid = session, hanging, viewport_grid
        self._second_reader, self._models = second_reader, models
        self._settings, self._notifier, self._window = settings, notifier, window
        self.workbench: WorkbenchWindow | None = None
        self.wanted_place: RowPlace | None = None
        """What is to be shown once its picture has been loaded."""
        self._sought = False
        """Whether its study has not been shown since it was asked for."""
        self._in_front = False
        """Whether the window is to come to the front with it."""
        self._opening: tuple[tuple[Path, ...], Task[list[Study], None]] | None = None
        """What was opened last for a place."""
        self._noted: tuple[Study | None, str] = None, ""
        """Study about which the reader was last warned that its layers are of another model."""
        session.study_shown.connect(self._take_study)
        session.scan_loaded.connect(self._take_scan)
        session.progressed.connect(self._take_progress)

    def show(self) -> None:
        """Show the workbench, and ask for an evaluation where none is open."""
        if self.workbench is None:
            from mammoview.qt.workbench.workbench_window import WorkbenchWindow

            self.workbench = WorkbenchWindow(
                self._notifier, self._window, lambda: self._settings.device, self._session.choices
            )
            self.workbench.wanted.connect(self.open_place)
            self.workbench.model_line.wanted.connect(self._show_model)
        self.workbench.show()
        self.workbench.raise_()
        self.workbench.activateWindow()

    def open_place(self, place: RowPlace, in_front: bool = True) -> None:
        """Show a place of a picture, with its study and all layers, where it holds the pixels that were assessed.

        It takes the turn of a place that is still waited for. The window comes to the front with it if `in_front`.
        """
        self._in_front = in_front or (place == self.wanted_place and self._in_front)  # two clicks begin with one
        self.wanted_place, self._sought = place, True
        session = self._session
        index = self._index_of(place)
        if index is None:
            self._open(place)
            return
        self._abandon()
        if index != session.index:
            session.show_study(index)
        else:
            self._sought = False
            for entry in session.entries.values():
                self._take_scan(entry)

    def _open(self, place: RowPlace) -> None:
        """Open the files of a place, unless they are being opened, and no longer those of an earlier one."""
        if self._opening is not None and self._opening[0] == place.sources and self._opening[1].is_pending:
            return
        self._abandon()
        self._opening = place.sources, self._session.open(place.sources)

    def _abandon(self) -> None:
        """Open no longer what an earlier place needed."""
        earlier, self._opening = self._opening, None
        if earlier is not None and earlier[1].is_pending:
            wanted, self.wanted_place = self.wanted_place, None  # it is not missing: it is about to be opened
            self._session.abandon(earlier[1])
            self.wanted_place = wanted

    def _show_model(self, key: str) -> None:
        """Show the model of the rows: the other one of two, or another one with that shown beside it."""
        choices = self._session.choices
        if choices.other is not None and choices.other.key == key:
            choices.toggle()
        elif key:
            self._models.find(key)
        else:
            self._models.use(BUNDLED, choices.shown)

    def stop(self) -> None:
        """Close the workbench and end its thread."""
        if self.workbench is not None:
            self.workbench.close()
            self.workbench.stop()

    def _index_of(self, place: RowPlace) -> int | None:
        """Return which of the open studies holds the picture of a place."""
        studies = self._session.studies
        return next((i for i, one in enumerate(studies) if any(scan.path == place.file for scan in one.scans)), None)

    def _take_study(self, _study: Study | None) -> None:
        """Go to the study of the place where another one of the same files is shown; forget it if the reader left."""
        if self.wanted_place is None:
            return
        index = self._index_of(self.wanted_place)
        if index is not None and index == self._session.index:
            self._sought = False
        elif not self._sought:
            self.wanted_place = None
        elif index is not None:
            QTimer.singleShot(0, self, self._show_sought)  # the session is about to load the one that is shown

    def _show_sought(self) -> None:
        index = None if self.wanted_place is None else self._index_of(self.wanted_place)
        if index is not None and self._sought:
            self._session.show_study(index)

    def _take_progress(self, *_about: object) -> None:
        """Forget the wanted place once nothing more is opened that may contain it."""
        place = self.wanted_place
        if place is not None and self._index_of(place) is None and not self._session.is_opening:
            from mammoview.qt.workbench.opened_sources import not_found

            self._refuse(str(not_found(place.file)))

    def _take_scan(self, entry: ScanEntry) -> None:
        """Have the pixels of the place compared once its picture has been loaded."""
        place = self.wanted_place
        if place is None or entry.scan.path != place.file:
            return
        if entry.grey is not None and not place.pixels:
            self._centre(entry.scan)
        elif entry.grey is not None:
            task = self._session.loader.hash_pixels(entry.scan)
            task.connect(
                self, result=partial(self._compare, place, entry.scan), failed=partial(self._take_failure, place)
            )
        elif entry.problem:
            self._refuse(entry.problem)

    def _take_failure(self, place: RowPlace, line: str) -> None:
        """Report why a place cannot be shown, unless another one is wanted by now."""
        if place is self.wanted_place:
            self._refuse(line)

    def _compare(self, place: RowPlace, scan: Scan, pixels: str) -> None:
        """Show the place if the picture is the one that was assessed."""
        if place is not self.wanted_place or scan not in self._session.entries:
            return
        if pixels == place.pixels:
            self._centre(scan)
        else:
            from mammoview.qt.workbench.opened_sources import other_picture

            self._refuse(str(other_picture(place.file)))

    def _refuse(self, line: str) -> None:
        """Forget the place, and report in both windows why it is not shown."""
        self.wanted_place = None
        if self.workbench is not None:
            self.workbench.warn(line)

    def _centre(self, scan: Scan) -> None:
        """Show the place."""
        assert self.wanted_place is not None
        place, self.wanted_place = self.wanted_place, None
        viewport = self._hanging.show_scan(scan)
        if viewport is not None:
            self._viewport_grid.activate(viewport)
            self._viewport_grid.centre_on(viewport, place.column, place.row, SCALE)
        # The row has shown what is there: no impression of this study can be one without help any more.
        self._second_reader.show_known(("outlines", *sorted(MODEL_LAYERS)))
        noted = self._session.study, "" if self.workbench is None else self.workbench.model_line.text
        if noted[1] and noted != self._noted:
            self._notifier.warn(noted[1])
        self._noted = noted
        if self._in_front:
            self._window.raise_()
            self._window.activateWindow()
