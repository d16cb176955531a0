"""Keys that a test holds: Qt takes them for held until another event says otherwise, in the tests that follow, too."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


def release_keys() -> None:
    """Have no modifier held, as after a click with Ctrl; a selection by program would be extended else."""
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        widget = QWidget()
        widget.show()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        widget.close()
