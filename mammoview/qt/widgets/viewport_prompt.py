"""Modeless question in a viewport, which returns the keyboard focus."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from mammoview.qt.widgets.focus import keep_single_keys
from mammoview.qt.widgets.shortcut_override import ShortcutOverride, without_modifiers


class ViewportPrompt(QFrame):
    """A frame of fields in a viewport; Esc, where a field passes it on, closes it and leaves things as they are."""

    def __init__(self, viewport: QWidget) -> None:
        """Lie in a viewport."""
        super().__init__(viewport)
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keep_single_keys(self)
        ShortcutOverride(self, without_modifiers(Qt.Key.Key_Escape))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the keyboard to the viewport; Qt would give it to the next control, such as the one that cancels."""
        holder = self.window().focusWidget()
        if holder is not None and self.isAncestorOf(holder):
            cast("QWidget", self.parentWidget()).setFocus()
        super().closeEvent(event)
