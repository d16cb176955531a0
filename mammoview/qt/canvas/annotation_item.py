"""Annotations over a scan: lines with a halo, handles on the chosen one, and the figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, degrees, pi, sin

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.layers.outlines import OWN_COLOUR, OWN_DASH
from mammoview.qt.canvas.outlined_text import shadowed
from mammoview.study.annotations import Annotation, AnnotationKind

COLOUR = QColor(*OWN_COLOUR)
CHOSEN = QColor(255, 255, 255)
HALO = QColor(0, 0, 0, 190)
HANDLES_FROM_PX = 7.0
"""Handles nearer than this to the one before are left out."""
HEAD_PX = 12.0
"""Length of an arrow's head."""
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
            closed = QPolygonF(points if outline is None else _mapped(to_view, outline))
            path = _path(annotation.kind, points, closed)
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
                place = _place(annotation.kind, points, closed)
                rect = text_position(place, _size(painter, lines), path.boundingRect(), room, taken)
                if len(taken) < MOST_KEPT_FREE:
                    taken.append(rect)
                _draw_lines(painter, lines, rect, colour)
        painter.restore()


def _mapped(to_view: QTransform, points: np.ndarray) -> list[QPointF]:
    """Carry (N, 2) points over."""
    return [to_view.map(QPointF(float(x), float(y))) for x, y in points]


def _path(kind: AnnotationKind, points: Sequence[QPointF], closed: QPolygonF) -> QPainterPath:
    """Return the lines of an annotation, screen pixels."""
    path = QPainterPath()
    if kind in (AnnotationKind.ELLIPSE, AnnotationKind.FREEHAND):
        path.addPolygon(closed)
        path.closeSubpath()
    elif kind is AnnotationKind.TEXT:
        path.addEllipse(points[0], 1.5, 1.5)
    else:
        path.addPolygon(QPolygonF(points))
    if kind is AnnotationKind.RULER:
        across = _step(points[0], points[1], 5.0)
        for end in points:
            path.moveTo(end + QPointF(-across.y(), across.x()))
            path.lineTo(end - QPointF(-across.y(), across.x()))
    elif kind is AnnotationKind.ARROW:
        back = _step(points[1], points[0], HEAD_PX)
        for turn in (0.45, -0.45):
            path.moveTo(points[1])
            path.lineTo(points[1] + _turned(back, turn))
    elif kind is AnnotationKind.ANGLE:
        _add_arc(path, points)
    return path


def _add_arc(path: QPainterPath, points: Sequence[QPointF]) -> None:
    """Draw the arc between the arms of an angle."""
    ways = [points[index] - points[1] for index in (0, 2)]
    radius = min(22.0, *(0.6 * float(np.hypot(way.x(), way.y())) for way in ways))
    # Qt counts angles against the clock, screens count rows downwards.
    first, last = (atan2(-way.y(), way.x()) for way in ways)
    sweep = (last - first + pi) % (2 * pi) - pi
    box = QRectF(points[1].x() - radius, points[1].y() - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(box, degrees(first))
    path.arcTo(box, degrees(first), degrees(sweep))


def _step(start: QPointF, end: QPointF, length: float) -> QPointF:
    """Return the way of that length from one point towards another."""
    way = end - start
    whole = float(np.hypot(way.x(), way.y()))
    return way * (length / whole) if whole > 0 else QPointF(length, 0)


def _turned(way: QPointF, angle: float) -> QPointF:
    """Turn a way by an angle, radians."""
    c, s = cos(angle), sin(angle)
    return QPointF(c * way.x() - s * way.y(), s * way.x() + c * way.y())


def _place(kind: AnnotationKind, points: Sequence[QPointF], closed: QPolygonF) -> QPointF:
    """Return the upper left corner of the words beside an annotation."""
    if kind in (AnnotationKind.ELLIPSE, AnnotationKind.FREEHAND):
        return closed.boundingRect().topRight() + QPointF(6, -4)
    if kind is AnnotationKind.ANGLE:
        return points[1] + QPointF(9, 6)
    if kind is AnnotationKind.ARROW:
        return points[0] + QPointF(3, -8 if points[0].x() > points[1].x() else -18)
    right = max(points, key=lambda point: point.x())
    return right + QPointF(6, -8)


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
    inner = room.adjusted(3, 3, -3, -3)
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


def _size(painter: QPainter, lines: Sequence[str]) -> QSizeF:
    """Return how much room lines take with their border, px."""
    metrics = painter.fontMetrics()
    return QSizeF(max(map(metrics.horizontalAdvance, lines)) + 6, len(lines) * metrics.lineSpacing())


def _draw_lines(painter: QPainter, lines: Sequence[str], rect: QRectF, colour: QColor) -> None:
    """Write lines one below the other."""
    # A soft strip, as behind the corner text: a rim alone does not keep figures legible on dense tissue.
    painter.fillRect(rect, QColor(0, 0, 0, 110))
    metrics = painter.fontMetrics()
    for index, line in enumerate(lines):
        y = rect.top() + metrics.ascent() + index * metrics.lineSpacing()
        shadowed(painter, QPointF(rect.left() + 3, y), line, colour)


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
