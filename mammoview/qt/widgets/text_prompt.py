"""Asks for words in a pane, and blocks nothing."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from mammoview.qt.widgets.pane_prompt import PanePrompt
from mammoview.qt.widgets.shortcut_override import OwnKeys
from mammoview.study.annotations import LONGEST_TEXT

ALT = Qt.KeyboardModifier.AltModifier


class TypingLine(QLineEdit):
    """A line that keeps every key that is pressed in it, such as Return, from the window's shortcuts."""

    def __init__(self, words: str = "") -> None:
        """Begin with these words."""
        super().__init__(words)
        OwnKeys(self, lambda _event: True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave out Return with Alt, by which the pointer of the keyboard lets go of what opened this line."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not event.modifiers() & ALT:
            super().keyPressEvent(event)


class TextPrompt(PanePrompt):
    """One line to type into; Return takes it, Esc leaves things as they are."""

    answered = Signal(str)
    """The words."""

    def __init__(self, words: str, place: QPoint, parent: QWidget) -> None:
        """Ask in a pane, near a place of it."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        self.words = TypingLine(words)
        self.words.setMaxLength(LONGEST_TEXT)
        self.words.setMinimumWidth(200)
        self.words.setPlaceholderText(self.tr("Words, then Return"))
        self.words.setAccessibleName(self.tr("Words of the annotation"))
        self.words.returnPressed.connect(self._accept)
        row.addWidget(self.words)
        self.adjustSize()
        room = parent.rect()
        self.move(
            max(0, min(place.x(), room.width() - self.width())), max(0, min(place.y(), room.height() - self.height()))
        )
        self.show()
        self.words.setFocus()
        self.words.selectAll()

    def _accept(self) -> None:
        """Tell the words and go."""
        self.answered.emit(self.words.text())
        self.close()
