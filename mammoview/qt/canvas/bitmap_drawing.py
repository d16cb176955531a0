"""Bitmaps over a scan, drawn so that a line one pixel wide is seen at every zoom."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from mammoview.qt.canvas.placement import magnification
from mammoview.study.marks import Bitmap


class BitmapDrawing:
    """One bitmap at several sizes; of a reduced one a pixel is drawn where any of those below it is."""

    def __init__(self, bitmap: Bitmap) -> None:
        """Read the bitmap, which the loader has decoded where it lies in the pixels."""
        self._left, self._top = bitmap.left, bitmap.top
        self._levels = [bitmap.read()]

    def draw(self, painter: QPainter, ink: QColor, halo: QColor) -> None:
        """Draw what is in sight, with a rim of one pixel so that it shows on white tissue, too."""
        transform = painter.worldTransform()
        index = max(0, math.ceil(-math.log2(magnification(transform) or 1.0)))
        level, size = self._level(index), 2**index
        seen = transform.inverted()[0].mapRect(QRectF(painter.viewport())).translated(-self._left, -self._top)
        rows, columns = level.shape
        first = max(0, math.floor(seen.left() / size) - 1), max(0, math.floor(seen.top() / size) - 1)
        last = min(columns, math.ceil(seen.right() / size) + 1), min(rows, math.ceil(seen.bottom() / size) + 1)
        if first[0] >= last[0] or first[1] >= last[1]:
            return
        drawn = np.pad(level[first[1] : last[1], first[0] : last[0]], 1)
        pixels = np.where(_thicker(drawn), np.uint32(_premultiplied(halo)), np.uint32(0))
        pixels[drawn] = _premultiplied(ink)
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        place = QPointF(self._left + (first[0] - 1) * size, self._top + (first[1] - 1) * size)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QRectF(place.x(), place.y(), width * size, height * size), image)

    def meets(self, column: float, row: float, tolerance: float) -> bool:
        """Whether something is drawn within a distance of a scan point."""
        left, top = (max(0, math.floor(v - tolerance)) for v in (column - self._left, row - self._top))
        right, bottom = (max(0, math.ceil(v + tolerance)) for v in (column - self._left, row - self._top))
        return bool(self._levels[0][top:bottom, left:right].any())

    def _level(self, index: int) -> np.ndarray:
        """Return the bitmap reduced so many times by two, bool (rows, columns)."""
        while len(self._levels) <= index:
            above = self._levels[-1]
            rows, columns = above.shape
            even = np.pad(above, ((0, rows % 2), (0, columns % 2)))
            self._levels.append(even[::2, ::2] | even[1::2, ::2] | even[::2, 1::2] | even[1::2, 1::2])
        return self._levels[index]


def _thicker(drawn: np.ndarray) -> np.ndarray:
    """Return a bitmap and its eight neighbours."""
    tall = drawn.copy()
    tall[1:] |= drawn[:-1]
    tall[:-1] |= drawn[1:]
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide


def _premultiplied(colour: QColor) -> int:
    """Return a colour as 0xAARRGGBB whose parts are multiplied by its opacity."""
    alpha = colour.alphaF()
    red, green, blue = (round(part * alpha) for part in (colour.red(), colour.green(), colour.blue()))
    return colour.alpha() << 24 | red << 16 | green << 8 | blue
