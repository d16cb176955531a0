"""Strokes of the eraser, and the wait until their results are shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.viewport.viewport import Viewport
from tests.support.timeouts import PATIENCE_MS


def stroke(viewport: Viewport, *places: tuple[float, float]) -> None:
    """Drag the left button over places of the scan."""
    points = [viewport.viewport_point(*place).toPoint() for place in places]
    QTest.mousePress(viewport.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
    for point in points[1:]:
        QTest.mouseMove(viewport.viewport(), point)
    QTest.mouseRelease(viewport.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[-1])


def settle(window: MainWindow, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.eraser.busy and not window.session.models.is_busy, timeout=PATIENCE_MS)
