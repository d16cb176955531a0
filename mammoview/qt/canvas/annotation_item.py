"""Annotations over a scan: lines with a halo, handles on the chosen one, and the figures beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.layers.outlines import OWN_COLOUR, OWN_DASH
from mammoview.qt.canvas.outlined_text import STRIP, shadowed
from mammoview.qt.widgets.text_wrap import wrapped
from mammoview.study.annotations import Annotation

COLOUR = QColor(*OWN_COLOUR)
CHOSEN = QColor(255, 255, 255)
HALO = QColor(0, 0, 0, 190)
HANDLES_FROM_PX = 7.0
"""Handles nearer than this to the one before are left out."""
EDGE_PX, INDENT_PX = 3, 3
"""Between words and the viewport's edge, and between words and the edge of their strip."""
STEP_PX, MOST_STEPS = 7.0, 60
"""Offsets at which text is placed above and below a place that is taken."""
MOST_KEPT_FREE = 100
"""Words in a viewport that others keep off; of more there is no room for all."""

LabelledAnnotation = tuple[Annotation, tuple[str, ...]]
"""An annotation and the lines beside it."""


class AnnotationItem(GraphicsObject):
    """The annotations of one scan, in scan pixels; line widths and letters keep their size on screen."""

    def __init__(self, bounds: QRectF, parent: QGraphicsItem | None = None) -> None:
        """Cover the scan's rectangle."""
        super().__init__(parent)
        self._bounds = bounds
        self.shown: Sequence[LabelledAnnotation] = ()
        self._chosen: int | None = None
        self._handles = False
        self.setZValue(10)

    def show_annotations(self, shown: Sequence[LabelledAnnotation], chosen: int | None, handles: bool) -> None:
        """Show these, the chosen one apart, with handles where they can be taken hold of."""
        self.shown, self._chosen, self._handles = shown, chosen, handles
        self.update()

    def boundingRect(self) -> QRectF:
        """Return three times the scan, since words reach past it."""
        width, height = self._bounds.width(), self._bounds.height()
        return self._bounds.adjusted(-width, -height, width, height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw in screen pixels, so that words stand upright whatever the flips."""
        if not self.shown:
            return
        to_view = painter.worldTransform()
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self._bounds) if widget is None else QRectF(widget.rect())
        taken: list[QRectF] = []
        for index, (annotation, lines) in enumerate(self.shown):
            chosen = index == self._chosen
            colour = CHOSEN if chosen else COLOUR
            points = _mapped(to_view, annotation.points)
            outline = annotation.outline
            around = points if outline is None else _mapped(to_view, outline)
            path = _path(annotation, points, None if outline is None else QPolygonF(around))
            for pen, width in ((HALO, 4.0), (colour, 1.6)):
                line = QPen(pen, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
                if pen is not HALO:
                    line.setDashPattern([float(part) for part in OWN_DASH])
                painter.setPen(line)
                painter.drawPath(path)
            if chosen and self._handles:
                _draw_handles(painter, _mapped(to_view, annotation.handles))
            # What is out of sight has no words in it either.
            if lines and path.boundingRect().adjusted(-1, -1, 1, 1).intersects(room):
                place = QPointF(*annotation.type.text_corner(np.array([(p.x(), p.y()) for p in around])))
                lines = _rows(painter, lines, room.width())
                rect = text_position(place, _size(painter, lines), path.boundingRect(), room, taken)
                if len(taken) < MOST_KEPT_FREE:
                    taken.append(rect)
                _draw_lines(painter, lines, rect, colour)
        painter.restore()


def _mapped(to_view: QTransform, points: np.ndarray) -> list[QPointF]:
    """Carry (N, 2) points over."""
    return [to_view.map(QPointF(float(x), float(y))) for x, y in points]


def _path(annotation: Annotation, points: Sequence[QPointF], closed: QPolygonF | None) -> QPainterPath:
    """Return the lines of an annotation, screen pixels; `closed` is the outline of a region."""
    path = QPainterPath()
    if closed is not None:
        path.addPolygon(closed)
        path.closeSubpath()
    elif len(points) > 1:
        path.addPolygon(QPolygonF(points))
    for stroke in annotation.type.strokes(np.array([(p.x(), p.y()) for p in points]), 1.0):
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in stroke.tolist()]))
    return path


def text_position(place: QPointF, size: QSizeF, drawn: QRectF, room: QRectF, taken: Sequence[QRectF] = ()) -> QRectF:
    """Return where words stand, px: at their place, else where they leave what is drawn free, always in the viewport.

    Parameters
    ----------
    place
        Upper left corner that is wanted.
    size
        Of the words.
    drawn
        What they describe; where they have to give way, they go to its left, below it or above it.
    room
        The viewport.
    taken
        Where other words stand, which they do not cover while there is room elsewhere at the same height or above or
        below.
    """
    inner = room.adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
    corners = (
        place,
        QPointF(drawn.left() - 6 - size.width(), place.y()),
        QPointF(place.x(), drawn.bottom() + 6),
        QPointF(place.x(), drawn.top() - 6 - size.height()),
    )
    rects = [_moved_into(QRectF(corner, size), inner) for corner in corners]
    free = [rect for rect in rects if not _meets(rect, taken)]
    # An angle's words stand between its arms: only words that the viewport's edge pushes away look for another place.
    if rects[0] in free and rects[0].topLeft() == place:
        return rects[0]
    found = next((rect for rect in free if not rect.intersects(drawn)), None)
    if found is not None or not taken:
        return found or rects[0]
    away = (sign * step * STEP_PX for step in range(1, MOST_STEPS + 1) for sign in (1, -1))
    shifted = (rects[0].translated(0, way) for way in away)
    return next((one for one in shifted if inner.contains(one) and not _meets(one, taken)), rects[0])


def _meets(rect: QRectF, others: Sequence[QRectF]) -> bool:
    """Whether a rectangle lies over one of others."""
    return any(rect.intersects(other) for other in others)


def _moved_into(rect: QRectF, room: QRectF) -> QRectF:
    """Move a rectangle into another, to its upper left corner where it is too large."""
    rect.moveRight(min(rect.right(), room.right()))
    rect.moveBottom(min(rect.bottom(), room.bottom()))
    rect.moveTopLeft(QPointF(max(rect.left(), room.left()), max(rect.top(), room.top())))
    return rect


def _rows(painter: QPainter, lines: Sequence[str], room: float) -> tuple[str, ...]:
    """Return lines with those that are wider than the viewport, px, going on below: between figures, else words."""
    metrics, room = QFontMetricsF(painter.font()), room - 2 * (EDGE_PX + INDENT_PX)
    figures = (part for line in lines for part in wrapped(line, metrics, room))
    return tuple(row for part in figures for row in wrapped(part, metrics, room, " "))


def _size(painter: QPainter, lines: Sequence[str]) -> QSizeF:
    """Return how much room lines take with their border, px."""
    metrics = painter.fontMetrics()
    return QSizeF(max(map(metrics.horizontalAdvance, lines)) + 2 * INDENT_PX, len(lines) * metrics.lineSpacing())


def _draw_lines(painter: QPainter, lines: Sequence[str], rect: QRectF, colour: QColor) -> None:
    """Write lines one below the other."""
    # As behind the corner text: a rim alone does not keep figures legible on dense tissue.
    painter.fillRect(rect, STRIP)
    metrics = painter.fontMetrics()
    for index, line in enumerate(lines):
        y = rect.top() + metrics.ascent() + index * metrics.lineSpacing()
        shadowed(painter, QPointF(rect.left() + INDENT_PX, y), line, colour)


def _draw_handles(painter: QPainter, places: Sequence[QPointF]) -> None:
    """Draw a square on each handle that is far enough from the one before."""
    painter.setPen(QPen(HALO, 1.0))
    painter.setBrush(CHOSEN)
    last: QPointF | None = None
    for place in places:
        if last is None or (place - last).manhattanLength() >= HANDLES_FROM_PX:
            painter.drawRect(QRectF(place.x() - 3, place.y() - 3, 6, 6))
            last = place
    painter.setBrush(Qt.BrushStyle.NoBrush)
