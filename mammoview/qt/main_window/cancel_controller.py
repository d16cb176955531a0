"""Ends what is under way: work of the threads, and what the reader has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from mammoview.qt.actions.shortcut_help import ShortcutHelp
    from mammoview.qt.drawing.drawing_controller import DrawingController
    from mammoview.qt.eraser.eraser_controller import EraserController
    from mammoview.qt.navigation.keyboard_pointer import KeyboardPointer
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.qt.widgets.message_bar import MessageBar


class CancelController(QObject):
    """Cancels what runs, and drops what has been begun."""

    def __init__(
        self,
        session: Session,
        eraser: EraserController,
        drawing: DrawingController,
        keyboard_pointer: KeyboardPointer,
        messages: MessageBar,
        shortcut_help: ShortcutHelp,
        viewport_grid: ViewportGrid,
        parent: QObject,
    ) -> None:
        """Take the parts that have something to end; the keyboard goes back to `viewport_grid`."""
        super().__init__(parent)
        self._session, self._eraser, self._drawing = session, eraser, drawing
        self._keyboard_pointer, self._messages = keyboard_pointer, messages
        self._shortcut_help, self._viewport_grid = shortcut_help, viewport_grid

    def cancel_work(self) -> None:
        """Cancel loading and assessments, and a step of the eraser whose results are not there yet."""
        self._eraser.cancel()
        self._session.cancel()

    def clear(self) -> None:
        """Close help and messages, and drop what is being drawn."""
        self._shortcut_help.hide()
        self._viewport_grid.focus_active()
        self._messages.clear()
        self._drawing.cancel()
        self._eraser.cancel()
        self._keyboard_pointer.hide()
