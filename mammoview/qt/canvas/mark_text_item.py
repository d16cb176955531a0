"""The texts beside the marks of all layers of a scan, laid out together so that none covers another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.layers.registry import DRAWN
from mammoview.qt.canvas.layer_item import LayerItem
from mammoview.qt.canvas.layer_painting import HALO
from mammoview.qt.canvas.outlined_text import shadowed
from mammoview.qt.canvas.placement import with_border

GAP_PX = 12
"""Between a figure and its text: the arm of a cross, and a little."""
MOST_LINES = 12
"""How far a text goes up or down where others lie in its way, in lines."""
MOST_TEXTS = 200
"""How many texts a viewport holds; the marks beyond them have a tool tip and a line in the list."""


class MarkTextItem(GraphicsObject):
    """Writes the texts of the layers that are shown, above all of them."""

    def __init__(
        self,
        layers: Mapping[str, LayerItem],
        bounds: QRectF,
        parent: QGraphicsItem,
    ) -> None:
        """Write texts over a scan.

        Parameters
        ----------
        layers
            The layers of the scan by name, as they are at any time. No method of what owns both: items of a reference
            cycle are freed by the garbage collector, which may run in another thread than Qt's.
        bounds
            The scan, in its pixels.
        parent
            Item that flips and scales.
        """
        super().__init__(parent)
        self._layers, self._bounds = layers, bounds
        self._placed_for: object = None
        self._texts: list[str] = []
        self._places: list[QRectF | None] = []

    def boundingRect(self) -> QRectF:
        """Return the scan and a border, since texts may stand beside it."""
        return with_border(self._bounds)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Write in screen pixels."""
        shown = [
            (label, self._layers[name].opacity())
            for name in reversed(DRAWN)
            if name in self._layers
            for label in self._layers[name].labels
        ]
        if not shown:
            return
        to_screen, metrics, opacity = painter.worldTransform(), painter.fontMetrics(), painter.opacity()
        # A picture of the whole window is painted viewport by viewport, too.
        room = QRectF(painter.window()) if widget is None else QRectF(widget.rect())
        figures = [to_screen.mapRect(_extent(label.beside)) for label, _opacity in shown]
        texts = [label.text for label, _opacity in shown]
        placed_for = figures, texts, room, painter.font()
        if placed_for != self._placed_for:
            self._texts = [text_within(text, metrics, room.width() - GAP_PX) for text in texts]
            sizes = [QSizeF(metrics.horizontalAdvance(text), metrics.height()) for text in self._texts]
            self._places, self._placed_for = text_places(figures, sizes, room), placed_for
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for figure, (label, strength), text, place in zip(figures, shown, self._texts, self._places, strict=True):
            if place is not None:
                painter.setOpacity(opacity * strength)
                colour = QColor(*label.colour)
                _draw_line(painter, figure, place, colour)
                shadowed(painter, QPointF(place.left(), place.top() + metrics.ascent()), text, colour)
        painter.restore()


def text_within(text: str, metrics: QFontMetrics, width: float) -> str:
    """Return a text, cut where it is wider than that, px: its tool tip holds all of it."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width))


def text_places(figures: Sequence[QRectF], sizes: Sequence[QSizeF], room: QRectF) -> list[QRectF | None]:
    """Return where the texts of figures stand, px: beside their figures, in the viewport, and off each other.

    A text goes to the right of its figure's upper edge; where that is taken, to its left, then lower and higher.

    Parameters
    ----------
    figures
        What the texts describe, px.
    sizes
        Of the texts, px.
    room
        The viewport.

    Returns
    -------
    list
        None for a figure out of sight, and where no place is free.
    """
    taken = np.empty((0, 4))
    places: list[QRectF | None] = []
    for figure, size in zip(figures, sizes, strict=True):
        # A point has no area, with which nothing of Qt intersects.
        seen = figure.adjusted(-1, -1, 1, 1) & room
        boxes = np.empty((0, 4)) if seen.isEmpty() or len(taken) >= MOST_TEXTS else _candidates(figure, size, room)
        meets = (boxes[:, None, :2] < taken[None, :, 2:]) & (taken[None, :, :2] < boxes[:, None, 2:])
        free = boxes[~meets.all(-1).any(-1)]
        taken = np.vstack([taken, free[:1]])
        places.append(QRectF(QPointF(*free[0, :2]), size) if len(free) else None)
    return places


def _candidates(figure: QRectF, size: QSizeF, room: QRectF) -> np.ndarray:
    """Return places for a text in the viewport, float64 (N, 4): left, top, right and bottom, the best first."""
    right, left = figure.right() + GAP_PX, figure.left() - GAP_PX - size.width()
    # Beside a figure as large as the viewport there is no room: its text stands inside.
    if right + size.width() > room.right() and left < room.left():
        right = left = max(room.left(), room.right() - size.width() - GAP_PX)
    first = max(figure.top(), room.top()) - size.height() / 2
    lines = [0, *(sign * line for line in range(1, MOST_LINES + 1) for sign in (1, -1))]
    corners = np.array([(x, first + line * size.height()) for line in lines for x in (right, left)])
    boxes = np.hstack([corners, corners + np.array((size.width(), size.height()))])
    inside = (corners >= (room.left(), room.top())).all(1) & (boxes[:, 2:] <= (room.right(), room.bottom())).all(1)
    return boxes[inside]


def _extent(points: np.ndarray) -> QRectF:
    """Return what holds (N, 2) points."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def _draw_line(painter: QPainter, figure: QRectF, place: QRectF, colour: QColor) -> None:
    """Draw a line from a figure to its text where that had to give way by more than a line."""
    if abs(place.center().y() - figure.top()) < 1.5 * place.height():
        return
    x, beside = (
        (place.left() - 3, figure.right()) if place.left() >= figure.right() else (place.right() + 3, figure.left())
    )
    for tone, width in ((HALO, 3.0), (colour, 1.0)):
        painter.setPen(QPen(tone, width))
        painter.drawLine(QPointF(beside, figure.top()), QPointF(x, place.center().y()))
