"""The patient letters of a viewport (DICOM PS3.3 C.7.6.1.1.1): beside the breast's own edge, never on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap, QPixmapCache

from mammoview.qt.canvas.outlined_text import on_strip
from mammoview.qt.viewport.corner_painting import MARGIN
from mammoview.qt.widgets import theme

STRIP_PX = 3
"""What a strip reaches beyond the sides of its letter."""


@dataclass(frozen=True)
class BreastEdges:
    """Where the breast lies in a viewport, px.

    Parameters
    ----------
    box
        Round the breast.
    wall
        Upper and lower end of what touches the chest wall.
    reach
        How far the breast reaches outwards at its upper and at its lower end.
    middle
        Height of the nipple line.
    """

    box: QRectF
    wall: tuple[float, float]
    reach: tuple[float, float]
    middle: float


def paint_letters(painter: QPainter, letters: Sequence[str], places: Mapping[int, QRectF]) -> None:
    """Draw patient letters.

    Parameters
    ----------
    painter
        Without a transform, with the viewport's font.
    letters
        At the left, top, right and bottom edge.
    places
        Where they go, as `letter_places` returns it.
    """
    ascent = QFontMetricsF(painter.font()).ascent()
    for index, place in places.items():
        corner = QPointF(round(place.left()) - STRIP_PX, round(place.bottom() - ascent))
        painter.drawPixmap(corner, _picture(painter, letters[index]))


def _picture(painter: QPainter, text: str) -> QPixmap:
    """Return a letter on its strip, which Qt keeps: every repaint draws the same few, of six drawings each."""
    ratio, font = painter.device().devicePixelRatioF(), painter.font()
    key, picture = f"patient letter {text} {theme.FAINT.rgba()} {font.key()} {ratio}", QPixmap()
    if QPixmapCache.find(key, picture):
        return picture
    metrics = QFontMetricsF(font)
    size = QSizeF(metrics.horizontalAdvance(text), metrics.height()) + QSizeF(2 * STRIP_PX, 0)
    picture = QPixmap((size * ratio).toSize())
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    raster = QPainter(picture)
    raster.setFont(font)
    on_strip(raster, QPointF(STRIP_PX, metrics.ascent()), text, theme.FAINT)
    raster.end()
    QPixmapCache.insert(key, picture)
    return picture


def letter_places(
    rect: QRect,
    letters: Sequence[str],
    wall_left: bool,
    edges: BreastEdges | None,
    height: float,
    width: Callable[[str], float],
    foot_top: float = math.inf,
    texts: Sequence[QRectF] = (),
) -> dict[int, QRectF]:
    """Return where patient letters go, px, by their index; those that are empty go nowhere.

    They go beside the breast, and to the viewport's edges where it leaves no room, or is not known.

    Parameters
    ----------
    rect
        The viewport.
    letters
        At the left, top, right and bottom edge.
    wall_left
        Whether the chest wall lies on the left.
    edges
        Where the breast lies.
    height, width
        Of a text, px.
    foot_top
        Upper edge of the texts in the lower outer corner, which no letter overprints.
    texts
        Where there are other texts that no letter overprints, px.
    """
    area = QRectF(rect).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    # The texts of a corner leave the middle of the viewport's edge free.
    half = rect.width() / 2 - MARGIN - width("FR")
    foot = QRectF(rect.right() - half if wall_left else rect.left(), foot_top, half, max(0.0, rect.bottom() - foot_top))
    return {
        index: _letter_place(index, QSizeF(width(text), height), area, (foot, *texts), wall_left, edges)
        for index, text in enumerate(letters)
        if text
    }


def _letter_place(
    index: int, size: QSizeF, area: QRectF, texts: Sequence[QRectF], wall_left: bool, edges: BreastEdges | None
) -> QRectF:
    """Return where a letter goes: its first place beside the breast that lies in the viewport and off the texts."""
    width, height = size.width(), size.height()
    middle = QPointF(area.center().x() - width / 2, area.center().y() - height / 2)
    at_edge = (
        QPointF(area.left(), middle.y()),
        QPointF(middle.x(), area.top()),
        QPointF(area.right() - width, middle.y()),
        QPointF(middle.x(), area.bottom() - height),
    )[index]
    places: list[QPointF] = []
    if edges is not None:
        box = edges.box
        outer = box.right() + MARGIN if wall_left else box.left() - MARGIN - width
        above, below = box.top() - MARGIN - height, box.bottom() + MARGIN
        if index == (0 if wall_left else 2):
            wall = area.left() if wall_left else area.right() - width
            places = [QPointF(wall, edges.wall[1] + MARGIN), QPointF(wall, edges.wall[0] - MARGIN - height)]
            # Where the breast fills the height, off the middle: a finding that is centred may lie at the wall.
            places.append(QPointF(wall, area.bottom() - height))
        elif index == (2 if wall_left else 0):
            places = [QPointF(outer, edges.middle - height / 2)]
        else:
            x = max(box.left(), area.left()) / 2 + min(box.right(), area.right()) / 2 - width / 2
            reach = edges.reach[0 if index == 1 else 1]
            beside = reach + MARGIN if wall_left else reach - MARGIN - width
            places = [QPointF(x, above if index == 1 else below), QPointF(beside, at_edge.y())]
    # Texts that reach beyond the middle leave the edge free only near the chest wall.
    step = -width if wall_left else width
    steps = range(1, int(area.width() / 2 / width)) if index in (1, 3) else ()
    for place in chain((*places, at_edge), (at_edge + QPointF(number * step, 0) for number in steps)):
        box = QRectF(place, size)
        if area.contains(box) and not any(box.intersects(text) for text in texts):
            return box
    return QRectF(at_edge, size)
