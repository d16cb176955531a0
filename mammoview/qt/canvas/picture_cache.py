"""Small drawings kept as pictures: a repaint copies what it has drawn before at the same part of a pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

MOST_PICTURES = 48
"""How many pictures are kept; of more, those that have not been asked for longest go."""


class PictureCache:
    """Pictures of what is drawn with a painter that has no transform but the scale of its device."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, QPixmap] = {}

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()

    def picture(
        self, subject: Hashable, box: QRectF, ratio: float, draw: Callable[[QPainter], None]
    ) -> tuple[QPointF, QPixmap]:
        """Return a picture with the place of its upper left corner, px; it is drawn if none like it is kept.

        Parameters
        ----------
        subject
            Value that identifies the drawing but for its place.
        box
            What is drawn lies within it, px.
        ratio
            Device pixels per logical one.
        draw
            Draws in the coordinates of `box`.
        """
        x, y = math.floor(box.left() * ratio), math.floor(box.top() * ratio)
        # In whole device pixels a picture is the same everywhere; a pan leaves parts of pixels alone but for rounding.
        key = subject, ratio, round(box.left() * ratio - x, 6), round(box.top() * ratio - y, 6)
        picture = self._kept.pop(key, None)
        corner = QPointF(x / ratio, y / ratio)
        if picture is None:
            size = QSize(math.ceil(box.right() * ratio) - x, math.ceil(box.bottom() * ratio) - y)
            picture = _drawn(size, corner, ratio, draw)
            if len(self._kept) >= MOST_PICTURES:
                del self._kept[next(iter(self._kept))]
        self._kept[key] = picture
        return corner, picture


def _drawn(size: QSize, corner: QPointF, ratio: float, draw: Callable[[QPainter], None]) -> QPixmap:
    """Return a new picture of so many device pixels whose upper left corner lies at `corner`."""
    picture = QPixmap(size)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.translate(-corner)
    draw(painter)
    painter.end()
    return picture
