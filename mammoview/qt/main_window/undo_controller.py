"""Undo and redo: of the eraser while one of its tools is active, of what is drawn otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.qt.eraser.eraser_controller import ERASER_TOOLS

if TYPE_CHECKING:
    from mammoview.qt.drawing.drawing_controller import DrawingController
    from mammoview.qt.eraser.eraser_controller import EraserController
    from mammoview.qt.main_window.navigation_tools import NavigationToolController


class UndoController(QObject):
    """Undoes and redoes what the active tool did."""

    def __init__(
        self, tools: NavigationToolController, eraser: EraserController, drawing: DrawingController, parent: QObject
    ) -> None:
        """Serve the eraser while `tools` has one of its tools active, else the drawings."""
        super().__init__(parent)
        self._tools, self._eraser, self._drawing = tools, eraser, drawing

    def undo(self) -> None:
        """Undo the last step."""
        self._undoes().undo()

    def redo(self) -> None:
        """Redo the step that was undone last."""
        self._undoes().redo()

    def _undoes(self) -> EraserController | DrawingController:
        return self._eraser if self._tools.mode in ERASER_TOOLS else self._drawing
