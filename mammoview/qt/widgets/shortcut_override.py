"""Keys that a part of the window keeps for itself, though the window has commands for them.

Event filters, not overrides of `QWidget.event`: an error in a handler that Qt calls from within such an override ends
the program where Python before 3.12 raises it from C, such as a division by zero (seen with PySide 6.8 to 6.11).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
"""Keys that end what is typed."""


class ShortcutOverride(QObject):
    """Sends keys to a widget, or to what has the keyboard in it, before any command."""

    def __init__(self, widget: QWidget, wants: Callable[[QKeyEvent], bool]) -> None:
        """Keep a key that is pressed in `widget` from the commands where `wants` returns True."""
        super().__init__(widget)
        self._wants = wants
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim a key before a shortcut does."""
        # The class is checked first: the type of an event is an enum, which is made anew for each of them.
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride or not self._wants(event):
            return False
        event.accept()
        return True


def without_modifiers(*keys: Qt.Key) -> Callable[[QKeyEvent], bool]:
    """Return a test for these keys without Shift, Ctrl or Alt."""
    allowed = Qt.KeyboardModifier.KeypadModifier
    return lambda event: event.key() in keys and not event.modifiers() & ~allowed
