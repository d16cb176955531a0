"""Own outlines while they are drawn: lines with a halo, corners to take hold of, and the line under way."""

from __future__ import annotations

from collections.abc import Sequence

from pyqtgraph import GraphicsObject
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.layers.outlines import OWN_COLOUR, outline_dash
from mammoview.qt.canvas.placement import with_border
from mammoview.study.annotations import Place
from mammoview.study.scan import Outline

LINE = QColor(*OWN_COLOUR)
CHOSEN = QColor(255, 255, 255)
HALO = QColor(0, 0, 0, 170)
HANDLES_FROM_PX = 7.0
"""Corners of a freehand line lie close together; handles nearer than this are left out, and moved with the rest."""


class OutlineEditItem(GraphicsObject):
    """The reader's outlines of one scan and the line under way, in scan pixels."""

    def __init__(self, bounds: QRectF, parent: QGraphicsItem | None = None) -> None:
        """Cover the scan's rectangle."""
        super().__init__(parent)
        self._bounds = bounds
        self._outlines: Sequence[Outline] = ()
        self._chosen: int | None = None
        self._line: Sequence[Place] = ()
        self._handles = False
        self.setZValue(8)

    def show_drawing(
        self,
        outlines: Sequence[Outline],
        chosen: int | None,
        line: Sequence[Place],
        handles: bool,
    ) -> None:
        """Show these outlines, the chosen one apart and with handles, and the line under way."""
        self._outlines, self._chosen, self._handles = outlines, chosen, handles
        self._line = line
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the scan and a border."""
        return with_border(self._bounds)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw in screen pixels."""
        to_view = painter.worldTransform()
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index, outline in enumerate(self._outlines):
            corners = [to_view.map(QPointF(float(x), float(y))) for x, y in outline.points]
            line = QPen(CHOSEN if index == self._chosen else LINE, 2.0)
            line.setCapStyle(Qt.PenCapStyle.FlatCap)
            dash = outline_dash(outline)
            if dash is not None:
                line.setDashPattern([float(part) for part in dash])
            for pen in (QPen(HALO, 4.5), line):
                painter.setPen(pen)
                painter.drawPolygon(QPolygonF(corners))
            if index == self._chosen and self._handles:
                self._draw_handles(painter, corners)
        if self._line:
            line_under_way = [to_view.map(QPointF(x, y)) for x, y in self._line]
            for colour, width in ((HALO, 4.5), (CHOSEN, 2.0)):
                painter.setPen(QPen(colour, width))
                painter.drawPolyline(QPolygonF(line_under_way))
            self._draw_handles(painter, line_under_way[:1])
        painter.restore()

    @staticmethod
    def _draw_handles(painter: QPainter, corners: Sequence[QPointF]) -> None:
        """Draw a square on each corner that is far enough from the one before."""
        painter.setPen(QPen(HALO, 1.0))
        painter.setBrush(CHOSEN)
        last: QPointF | None = None
        for place in corners:
            if last is None or (place - last).manhattanLength() >= HANDLES_FROM_PX:
                painter.drawRect(QRectF(place.x() - 3, place.y() - 3, 6, 6))
                last = place
        painter.setBrush(Qt.BrushStyle.NoBrush)
