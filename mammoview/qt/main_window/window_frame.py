"""The frame of the main window: what is on screen before its parts have been imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.widgets.status_bar import StatusBar, notice


class WindowFrame(QMainWindow):
    """A window with title and status bar, which remembers what is to be opened."""

    first_painted = Signal()
    """All parts have been on screen for the first time; heavy work may start."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show the status bar."""
        super().__init__(parent)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self._waiting: list[Path] = []
        self._open: Callable[[Sequence[Path]], object] | None = None

    def place(self, box: tuple[int, int, int, int] | None) -> None:
        """Go where the window was the last time: left, top, width and height; stay where that is on no screen."""
        wanted = QRect(*(box or (0, 0, 0, 0)))
        # A screen that has gone since then must not keep the window.
        if any(screen.geometry().intersects(wanted) for screen in QApplication.screens()):
            self.setGeometry(wanted)

    def open_paths(self, paths: Sequence[Path | str]) -> None:
        """Open files, folders, zips or DICOMDIRs; they wait until `open_with` is called."""
        wanted = [Path(path) for path in paths]
        if not wanted:
            return
        if self._open is None:
            self._waiting += wanted
        else:
            self._open(wanted)

    def open_with(self, open_: Callable[[Sequence[Path]], object]) -> bool:
        """Have what waits, and all from now on, opened by `open_`; returns whether anything waited."""
        self._open, waiting, self._waiting = open_, self._waiting, []
        self.open_paths(waiting)
        return bool(waiting)

    def show_title(self, stage: str) -> None:
        """Show the hanging stage in the title bar; never the patient."""
        parts = [word(stage), "Mammoview", notice()]
        self.setWindowTitle(" - ".join(part for part in parts if part))
