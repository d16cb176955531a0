"""The patient letters of a viewport (DICOM PS3.3 C.7.6.1.1.1): beside the breast's own edge, never on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap

from mammoview.qt.canvas.outlined_text import on_strip
from mammoview.qt.canvas.placement import Placement
from mammoview.qt.viewport.corner_painting import MARGIN, WIDEST_LETTERS
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

    @classmethod
    def of(cls, placed: Placement, scale: float, origin: QPointF) -> BreastEdges:
        """Return those of a breast; `scale` is px per mm, `origin` the place in the viewport of x = y = 0, px."""
        x, y = origin.x(), origin.y()
        box, (upper, lower), (above, below) = placed.breast, placed.wall, placed.reach
        return cls(
            QRectF(x + scale * box.x(), y + scale * box.y(), scale * box.width(), scale * box.height()),
            (y + scale * upper, y + scale * lower),
            (x + scale * above, x + scale * below),
            y,
        )


def letter_picture(text: str, font: QFont, ratio: float) -> QPixmap:
    """Return a letter on its strip: every repaint shows the same few, of six drawings each.

    Parameters
    ----------
    text
        The letter.
    font
        Of the viewport.
    ratio
        Device pixels per logical one.
    """
    metrics = QFontMetricsF(font)
    size = QSizeF(metrics.horizontalAdvance(text), metrics.height()) + QSizeF(2 * STRIP_PX, 0)
    picture = QPixmap((size * ratio).toSize())
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setFont(font)
    on_strip(painter, QPointF(STRIP_PX, metrics.ascent()), text, theme.FAINT)
    painter.end()
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
    room = rect.x() + MARGIN, rect.y() + MARGIN, rect.x() + rect.width() - MARGIN, rect.y() + rect.height() - MARGIN
    # The texts of a corner leave the middle of the viewport's edge free.
    half = rect.width() / 2 - MARGIN - width(WIDEST_LETTERS)
    foot = QRectF(rect.right() - half if wall_left else rect.left(), foot_top, half, max(0.0, rect.bottom() - foot_top))
    taken = [_edges(text) for text in (foot, *texts) if text.isValid()]
    places: dict[int, QRectF] = {}
    # The letter at the chest wall has the most places to choose from.
    for index in (1, 3, 2, 0) if wall_left else (1, 3, 0, 2):
        if text := letters[index]:
            left, top = _letter_place(index, width(text), height, room, taken, wall_left, edges)
            places[index] = QRectF(left, top, width(text), height)
            taken.append(_edges(places[index].adjusted(-2 * STRIP_PX, 0, 2 * STRIP_PX, 0)))
    return places


def _letter_place(
    index: int,
    width: float,
    height: float,
    room: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]],
    wall_left: bool,
    edges: BreastEdges | None,
) -> tuple[float, float]:
    """Return left and top of a letter: its first place beside the breast that lies in the viewport and off the texts.

    `room` and each of the texts that are `taken` are left, top, right and bottom.
    """
    left, top, right, bottom = room
    middle = (left + right - width) / 2, (top + bottom - height) / 2
    at_edge = ((left, middle[1]), (middle[0], top), (right - width, middle[1]), (middle[0], bottom - height))[index]
    places: list[tuple[float, float]] = []
    if edges is not None:
        box_left, box_top, box_right, box_bottom = _edges(edges.box)
        if index == (0 if wall_left else 2):
            wall = left if wall_left else right - width
            # Where the breast fills the height, off the middle: a finding that is centred may lie at the wall.
            heights = edges.wall[1] + MARGIN, edges.wall[0] - MARGIN - height, bottom - height
            places = [(wall, y) for y in heights]
        elif index == (2 if wall_left else 0):
            outer = box_right + MARGIN if wall_left else box_left - MARGIN - width
            places = [(outer, edges.middle - height / 2)]
        else:
            x = max(box_left, left) / 2 + min(box_right, right) / 2 - width / 2
            reach = edges.reach[0 if index == 1 else 1]
            beside = reach + MARGIN if wall_left else reach - MARGIN - width
            places = [(x, box_top - MARGIN - height if index == 1 else box_bottom + MARGIN), (beside, at_edge[1])]
    # Texts that reach beyond the middle leave the edge free only near the chest wall.
    step = -width if wall_left else width
    steps = range(1, int((right - left) / 2 / width)) if index in (1, 3) else ()
    for x, y in chain((*places, at_edge), ((at_edge[0] + number * step, at_edge[1]) for number in steps)):
        inside = left <= x and x + width <= right and top <= y and y + height <= bottom
        if inside and not any(x < x1 and x0 < x + width and y < y1 and y0 < y + height for x0, y0, x1, y1 in taken):
            return x, y
    return at_edge


def _edges(rect: QRectF) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a rectangle."""
    return rect.left(), rect.top(), rect.right(), rect.bottom()
