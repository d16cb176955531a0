"""A ruler on a scan: two points in scan pixels, and their distance with the source of the spacing beside it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.lengths import ruler_text
from mammoview.qt.corner_text import shadowed
from mammoview.study.scan import Scan

COLOUR = QColor(236, 214, 116)


class RulerItem(QGraphicsItem):
    """A line between two points of a scan with its length."""

    def __init__(self, scan: Scan, start: QPointF, parent: QGraphicsItem | None = None) -> None:
        """Start at a point, (column, row) in scan pixels."""
        super().__init__(parent)
        self._scan = scan
        self.start, self.end = QPointF(start), QPointF(start)

    def reach_to(self, end: QPointF) -> None:
        """Move the other end."""
        self.end = QPointF(end)
        self.update()

    @property
    def text(self) -> str:
        """Length with its source, such as "12.3 mm, assumed 50 um"."""
        return ruler_text((self.start.x(), self.start.y()), (self.end.x(), self.end.y()), self._scan.spacing)

    def boundingRect(self) -> QRectF:
        """Return the whole scan, since the label keeps its size on screen."""
        return QRectF(-self._scan.columns, -self._scan.rows, 3 * self._scan.columns, 3 * self._scan.rows)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw in screen pixels, so that the text stands upright whatever the flips."""
        to_view = painter.worldTransform()
        start, end = to_view.map(self.start), to_view.map(self.end)
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        way = end - start
        length = (way.x() ** 2 + way.y() ** 2) ** 0.5
        across = QPointF(-way.y(), way.x()) * (5 / length) if length > 0 else QPointF(0, 5)
        for colour, width in ((QColor(0, 0, 0, 190), 4.0), (COLOUR, 1.6)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(start, end)
            for point in (start, end):
                painter.drawLine(point - across, point + across)
        place = (start if start.x() > end.x() else end) + QPointF(9, 4)
        if widget is not None:
            # The label stays in the pane even where the line leaves it.
            metrics = painter.fontMetrics()
            widest = widget.width() - metrics.horizontalAdvance(self.text) - 6
            lowest = widget.height() - metrics.descent() - 6
            place = QPointF(min(max(6, place.x()), widest), min(max(metrics.ascent() + 6, place.y()), lowest))
        shadowed(painter, place, self.text, COLOUR)
        painter.restore()
