"""Modeless text prompt in a viewport."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from mammoview.qt.widgets.shortcut_override import ShortcutOverride
from mammoview.qt.widgets.viewport_prompt import ViewportPrompt
from mammoview.study.annotations import LONGEST_TEXT

ALT = Qt.KeyboardModifier.AltModifier


class PromptLineEdit(QLineEdit):
    """A line that keeps every key that is pressed in it, such as Return, from the window's shortcuts."""

    left = Signal()
    """The keyboard has gone to another control of the window."""

    def __init__(self, words: str = "") -> None:
        """Begin with these words."""
        super().__init__(words)
        ShortcutOverride(self, lambda _event: True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave out Return with Alt, with which the keyboard pointer releases the tool that opened this line."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not event.modifiers() & ALT:
            super().keyPressEvent(event)
        if event.key() != Qt.Key.Key_Escape:
            event.accept()  # Qt passes Return on to whatever lies around, which may know it as a command

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Emit that the focus was lost, unless it went to another window or to the context menu of the field."""
        super().focusOutEvent(event)
        reasons = Qt.FocusReason
        if event.reason() not in (reasons.ActiveWindowFocusReason, reasons.PopupFocusReason):
            self.left.emit()


class TextPrompt(ViewportPrompt):
    """One line to type into; Return takes it, and so does a click elsewhere; Esc leaves things as they are."""

    answered = Signal(str)
    """The words."""

    def __init__(self, words: str, place: QPoint, parent: QWidget) -> None:
        """Ask in a viewport, near a place of it."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        self.words = PromptLineEdit(words)
        self.words.setMaxLength(LONGEST_TEXT)
        self.words.setMinimumWidth(200)
        self.words.setPlaceholderText(self.tr("Text, then Return"))
        self.words.setAccessibleName(self.tr("Text of the annotation"))
        self.words.returnPressed.connect(self.accept)
        self.words.left.connect(self.settle)
        self._ended = False
        row.addWidget(self.words)
        self.adjustSize()
        room = parent.rect()
        self.move(
            max(0, min(place.x(), room.width() - self.width())), max(0, min(place.y(), room.height() - self.height()))
        )
        self.show()
        self.words.setFocus()
        self.words.selectAll()

    def accept(self) -> None:
        """Emit the text and close."""
        if not self._ended:
            self._ended = True
            self.answered.emit(self.words.text())
            self.close()

    def settle(self) -> None:
        """Emit the text, if there is any, and close: the keyboard is elsewhere, where keys are commands."""
        if not self._ended and self.words.text().strip():
            self.accept()
        elif not self._ended:
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Take no words any more."""
        self._ended = True
        super().closeEvent(event)
