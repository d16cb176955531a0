"""Asks for words in a pane, and blocks nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from mammoview.study.annotations import LONGEST_TEXT


class TypingLine(QLineEdit):
    """A line that keeps every key that is pressed in it, such as Return, from the window's shortcuts."""

    def event(self, event: QEvent) -> bool:
        """Claim keys before a shortcut does."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


class TextPrompt(QFrame):
    """One line to type into; Return takes it, Esc leaves things as they are."""

    answered = Signal(str)
    """The words."""

    def __init__(self, words: str, place: QPoint, parent: QWidget) -> None:
        """Ask in a pane, near a place of it."""
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _accept(self) -> None:
        """Tell the words and go."""
        self.answered.emit(self.words.text())
        self.close()
