"""Text with a dark rim, legible over any grey."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter


def shadowed(painter: QPainter, place: QPointF, text: str, colour: QColor) -> None:
    """Draw text at a baseline point with a dark rim, legible on white and on black."""
    painter.setPen(QColor(0, 0, 0, 200))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        painter.drawText(place + QPointF(dx, dy), text)
    painter.setPen(colour)
    painter.drawText(place, text)
