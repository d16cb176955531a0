"""The workbench beside the window: opened by its command, and shows places of its rows in the viewports."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mammoview.display.layers.registry import MODEL_LAYERS

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import MainWindow
    from mammoview.qt.session.scan_entry import ScanEntry
    from mammoview.qt.workbench.workbench_window import WorkbenchWindow
    from mammoview.qt.workbench.workbench_worker import RowPlace
    from mammoview.study.scan import Scan, Study

SCALE = 8.0
"""Screen pixels per mm at which a place is shown."""


class WorkbenchController(QObject):
    """Opens the workbench, and studies at its places."""

    def __init__(self, window: MainWindow) -> None:
        """Serve `window`; nothing is made yet."""
        super().__init__(window)
        self._window = window
        self.workbench: WorkbenchWindow | None = None
        self._place: RowPlace | None = None
        """What is to be shown once its picture has been loaded."""
        self._sought = False
        """Whether its study has not been on show since it was asked for."""
        window.session.study_shown.connect(self._take_study)
        window.session.scan_loaded.connect(self._take_scan)
        window.session.progressed.connect(self._take_progress)

    def show(self) -> None:
        """Show the workbench, and ask for an evaluation where none is open."""
        if self.workbench is None:
            from mammoview.qt.workbench.workbench_window import WorkbenchWindow

            self.workbench = WorkbenchWindow(self._window.notifier, self._window, lambda: self._window.settings.device)
            self.workbench.wanted.connect(self.open_place)
        self.workbench.show()
        self.workbench.raise_()
        self.workbench.activateWindow()

    def open_place(self, place: RowPlace) -> None:
        """Show a place of a picture, with its study and all layers, where it holds the pixels that were assessed."""
        self._place, self._sought = place, True
        session = self._window.session
        index = self._index_of(place)
        if index is None:
            self._window.open_paths(place.sources)
        elif index != session.index:
            session.show_study(index)
        else:
            self._sought = False
            for entry in session.entries.values():
                self._take_scan(entry)

    def stop(self) -> None:
        """Close the workbench and end its thread."""
        if self.workbench is not None:
            self.workbench.close()
            self.workbench.stop()

    def _index_of(self, place: RowPlace) -> int | None:
        """Return which of the open studies holds the picture of a place."""
        studies = self._window.session.studies
        return next((i for i, one in enumerate(studies) if any(scan.path == place.file for scan in one.scans)), None)

    def _take_study(self, _study: Study | None) -> None:
        """Go to the study of the place where another one of the same files is shown; forget it if the reader left."""
        if self._place is None:
            return
        index = self._index_of(self._place)
        if index is not None and index == self._window.session.index:
            self._sought = False
        elif not self._sought:
            self._place = None
        elif index is not None:
            QTimer.singleShot(0, self, self._show_sought)  # the session is about to load the one that is shown

    def _show_sought(self) -> None:
        index = None if self._place is None else self._index_of(self._place)
        if index is not None and self._sought:
            self._window.session.show_study(index)

    def _take_progress(self, *_about: object) -> None:
        """Forget the place where nothing is opened any more that may hold it."""
        place = self._place
        if place is not None and self._index_of(place) is None and not self._window.session.is_opening:
            from mammoview.qt.workbench.workbench_worker import not_in_what_was_opened

            self._refuse(not_in_what_was_opened(place.file))

    def _take_scan(self, entry: ScanEntry) -> None:
        """Have the pixels of the place compared once its picture has been loaded."""
        place = self._place
        if place is None or entry.scan.path != place.file:
            return
        if entry.grey is not None and not place.pixels:
            self._centre(entry.scan)
        elif entry.grey is not None:
            task = self._window.session.loader.hash_pixels(entry.scan)
            task.connect(
                self, result=partial(self._compare, place, entry.scan), failed=partial(self._take_failure, place)
            )
        elif entry.problem:
            self._refuse(entry.problem)

    def _take_failure(self, place: RowPlace, line: str) -> None:
        """Say why a place cannot be shown, unless another one is wanted by now."""
        if place is self._place:
            self._refuse(line)

    def _compare(self, place: RowPlace, scan: Scan, pixels: str) -> None:
        """Show the place if the picture is the one that was assessed."""
        if place is not self._place or scan not in self._window.session.entries:
            return
        if pixels == place.pixels:
            self._centre(scan)
        else:
            from mammoview.qt.workbench.workbench_worker import other_picture

            self._refuse(other_picture(place.file))

    def _refuse(self, line: str) -> None:
        """Forget the place, and say in both windows why it is not shown."""
        self._place = None
        if self.workbench is not None:
            self.workbench.warn(line)

    def _centre(self, scan: Scan) -> None:
        """Show the place."""
        assert self._place is not None
        place, self._place = self._place, None
        window = self._window
        viewport = window.hanging.show_scan(scan)
        if viewport is not None:
            window.viewport_grid.activate(viewport)
            window.viewport_grid.centre_on(viewport, place.column, place.row, SCALE)
        if window.layers.open:
            window.layers.show_only(("outlines", *sorted(MODEL_LAYERS)))
        window.activateWindow()
