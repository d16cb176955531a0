"""The workbench beside the window: opened when it is first asked for, and the places that it wants to be shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.display.layers.registry import MODEL_LAYERS

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import MainWindow
    from mammoview.qt.session.scan_entry import ScanEntry
    from mammoview.qt.workbench.workbench_window import WorkbenchWindow
    from mammoview.study.scan import Scan

SCALE = 8.0
"""Screen pixels per mm at which a place is shown."""


class WorkbenchController(QObject):
    """Opens the workbench, and studies at its places."""

    def __init__(self, window: MainWindow) -> None:
        """Serve `window`; nothing is made yet."""
        super().__init__(window)
        self._window = window
        self.workbench: WorkbenchWindow | None = None
        self._place: tuple[Path, float, float] | None = None
        window.session.scan_loaded.connect(self._take_scan)

    def show(self) -> None:
        """Show the workbench, and ask for an evaluation where none is open."""
        if self.workbench is None:
            from mammoview.qt.workbench.workbench_window import WorkbenchWindow

            self.workbench = WorkbenchWindow(self._window.notifier, self._window)
            self.workbench.wanted.connect(self.open_place)
        self.workbench.show()
        self.workbench.raise_()
        self.workbench.activateWindow()

    def open_place(self, files: tuple[Path, ...], file: Path, column: float, row: float) -> None:
        """Show a place of a picture, with its study and all layers."""
        self._place = file, column, row
        window = self._window
        for scan, entry in window.session.entries.items():
            if scan.path == file and entry.grey is not None:
                self._centre(scan)
                return
        for index, study in enumerate(window.session.studies):
            if any(scan.path == file for scan in study.scans):
                window.session.show_study(index)
                return
        window.open_paths(files)

    def stop(self) -> None:
        """Close the workbench and end its thread."""
        if self.workbench is not None:
            self.workbench.close()
            self.workbench.stop()

    def _take_scan(self, entry: ScanEntry) -> None:
        """Show the place once its picture has been loaded."""
        if self._place is not None and entry.scan.path == self._place[0] and entry.grey is not None:
            self._centre(entry.scan)

    def _centre(self, scan: Scan) -> None:
        assert self._place is not None
        (_file, column, row), self._place = self._place, None
        window = self._window
        viewport = window.hanging.show_scan(scan)
        if viewport is not None:
            window.viewport_grid.activate(viewport)
            window.viewport_grid.centre_on(viewport, column, row, SCALE)
        if window.layers.open:
            window.layers.show_only(("outlines", *sorted(MODEL_LAYERS)))
        window.activateWindow()
