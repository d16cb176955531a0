"""BI-RADS categories by digits: the keys of a list of categories while it has the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

from mammoview.qt.widgets.shortcut_override import ShortcutOverride, without_modifiers
from mammoview.records.birads import AssessmentCategory

_SUSPICIOUS = AssessmentCategory.SUSPICIOUS.value
_CLEARING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_MODIFIED = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class CategoryKeyController(QObject):
    """Chooses in a list of categories: 0 to 6, A to C after 4, Backspace or Delete for none, Escape to leave.

    In place of the search of `QComboBox`, for which a second 4 is the next entry that begins with it, such as 4A, and
    a digit soon after another one the second letter of a word.
    """

    left = Signal()
    """Escape was pressed."""

    def __init__(self, categories: QComboBox, escape: bool = False) -> None:
        """Serve a list whose item data are values of `AssessmentCategory`, or None for no category.

        Parameters
        ----------
        categories
            The list.
        escape
            Whether Escape leaves it; in a dialog it closes that.
        """
        super().__init__(categories)
        self._list, self._escape = categories, escape
        categories.installEventFilter(self)
        if escape:
            ShortcutOverride(categories, without_modifiers(Qt.Key.Key_Escape))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that mean a category; those of the list itself, such as the arrows, stay with it."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or event.modifiers() & _MODIFIED:
            return False
        if event.key() == Qt.Key.Key_Escape and self._escape:
            self.left.emit()
            return True
        typed = event.text().upper()
        if event.key() in _CLEARING:
            self._choose(None)
        elif typed and typed in "0123456":
            self._choose(typed)
        elif typed and typed in "ABC" and str(self._list.currentData() or "").startswith(_SUSPICIOUS):
            self._choose(_SUSPICIOUS + typed)
        else:
            # Any other letter would search the words behind the digits, and find nothing.
            return typed.strip() != "" and typed.isprintable()
        return True

    def _choose(self, value: str | None) -> None:
        """Choose as the reader does."""
        index = next((i for i in range(self._list.count()) if self._list.itemData(i) == value), -1)
        if index >= 0 and index != self._list.currentIndex():
            self._list.setCurrentIndex(index)
            self._list.activated.emit(index)
