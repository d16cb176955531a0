"""A search box and the list below it, whose keys are their own and not the window's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView

from mammoview.qt.widgets.focus import keep_single_keys
from mammoview.qt.widgets.shortcut_override import ShortcutOverride, without_modifiers

_OWN_KEYS = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
"""Keys that mean something else elsewhere in the window."""


class SearchBox(QLineEdit):
    """A search box that hands some keys on."""

    entered, down, up, escaped = Signal(), Signal(), Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        ShortcutOverride(self, without_modifiers(*_OWN_KEYS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Serve the keys that are not text."""
        signal = {
            Qt.Key.Key_Return: self.entered,
            Qt.Key.Key_Enter: self.entered,
            Qt.Key.Key_Down: self.down,
            Qt.Key.Key_Up: self.up,
            Qt.Key.Key_Escape: self.escaped,
        }.get(Qt.Key(event.key()))
        signal.emit() if signal is not None else super().keyPressEvent(event)


class SearchList(QListView):
    """A list whose keys are its own."""

    escaped, deleted = Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        keep_single_keys(self)  # letters search it
        ShortcutOverride(self, without_modifiers(*_OWN_KEYS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Serve Esc, Del and Enter."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif key == Qt.Key.Key_Delete:
            self.deleted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
