"""The shutter of a presentation state: covers what of a scan is not to be seen, below all layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

if TYPE_CHECKING:
    from mammoview.study.presentation import Presentation


class ShutterItem(QGraphicsPathItem):
    """Covers a scan but for the shapes of a shutter, in scan pixels."""

    def __init__(self, bounds: QRectF, parent: QGraphicsItem) -> None:
        """Cover nothing yet of a scan that fills `bounds`."""
        super().__init__(parent)
        self._bounds = bounds
        self._asked: Presentation | None = None
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.hide()

    def close_to(self, asked: Presentation | None) -> bool:
        """Cover what a presentation hides; returns whether it has changed."""
        if asked is self._asked:
            return False
        self._asked = asked
        self._cover(asked)
        return True

    def _cover(self, asked: Presentation | None) -> None:
        shutter = None if asked is None else asked.shutter
        self.setVisible(shutter is not None)
        if shutter is None:
            return
        seen = QPainterPath()
        seen.addRect(self._bounds)
        for polygon in shutter.polygons:
            shape = QPainterPath()
            shape.addPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in polygon]))
            shape.closeSubpath()
            seen = seen.intersected(shape)
        if shutter.circle is not None:
            column, row, radius = shutter.circle
            shape = QPainterPath()
            shape.addEllipse(QPointF(column, row), radius, radius)
            seen = seen.intersected(shape)
        whole = QPainterPath()
        whole.addRect(self._bounds)
        self.setPath(whole.subtracted(seen))
        level = round(255 * shutter.grey)
        self.setBrush(QBrush(QColor(level, level, level)))
