"""Text with a dark rim or on a dark strip, legible over any grey."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

STRIP = QColor(0, 0, 0, 228)
"""Behind a line: on a white film edge the faintest keep 4.5:1 (WCAG AA)."""


def shadowed(painter: QPainter, place: QPointF, text: str, colour: QColor) -> None:
    """Draw text at a baseline point with a dark rim, legible on white and on black."""
    painter.setPen(QColor(0, 0, 0, 200))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        painter.drawText(place + QPointF(dx, dy), text)
    painter.setPen(colour)
    painter.drawText(place, text)


def on_strip(painter: QPainter, place: QPointF, text: str, colour: QColor) -> None:
    """Draw text at a baseline point on a dark strip, which is invisible on black."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text), metrics.ascent() + metrics.descent()
    painter.fillRect(QRectF(place.x() - 3, place.y() - metrics.ascent(), width + 6, height), STRIP)
    shadowed(painter, place, text, colour)
