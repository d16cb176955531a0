"""The scan on the viewport grid: looks up the grey of visible pixels only, at the size in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPainterPath, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.qt.canvas.placement import magnification
from mammoview.qt.canvas.raster_cache import RasterCache
from mammoview.qt.session.image_pyramid import ImagePyramid
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GRAIN = 64
"""What is looked up begins and ends at multiples of this, so that small moves need nothing more, pixels of a level.

As many rows are looked up at once: NumPy's indices of them stay in the cache, which makes it twice as fast. The first
look-up in new greys takes exactly what is wanted: a drag of the window changes them again with its next step.
"""
_KEPT = 2
"""Cuts that are kept: the viewport's own part and that in the magnifier."""


@dataclass(frozen=True)
class _Cut:
    """A part of one level of the pyramid, looked up.

    Parameters
    ----------
    index
        Of the level.
    rect
        Which part, pixels of the level.
    colours
        0xFFRRGGBB, uint32 (rows, columns).
    image
        The same memory as Qt draws it.
    """

    index: int
    rect: QRect
    colours: NDArray[np.uint32]
    image: QImage


class ImageItem(GraphicsObject):
    """A scan in scan pixel coordinates; its parent item flips and scales it.

    Enlarged pixels are drawn as they are, or interpolated where that is chosen; reduced ones are averaged, never
    sharpened.
    """

    def __init__(self, pyramid: ImagePyramid, table: NDArray[np.uint8], parent: QGraphicsItem | None = None) -> None:
        """Show `pyramid` through `table`, uint8 (65536,)."""
        super().__init__(parent)
        self._pyramid = pyramid
        self._smooth = False
        self._cover: tuple[QPainterPath, ...] = ()
        self._cuts: list[_Cut] = []
        self._spare: NDArray[np.uint32] = np.empty((0, 0), np.uint32)
        self._small: QImage | None = None
        self._raster = RasterCache(theme.BACKGROUND, waits=True)
        rows, columns = pyramid.levels[0].shape
        self._rect = QRectF(0, 0, columns, rows)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.set_table(table)

    @property
    def small(self) -> QImage:
        """The whole scan in its smallest size, in the greys of now, with what covers it."""
        if self._small is None:
            colours = np.take(self._colours, self._pyramid.levels[-1], mode="wrap")
            self._small = _image(colours).copy()
            if self._cover:
                painter = QPainter(self._small)
                painter.scale(self._small.width() / self._rect.width(), self._small.height() / self._rect.height())
                self._draw_cover(painter)
                painter.end()
        return self._small

    def set_pyramid(self, pyramid: ImagePyramid) -> None:
        """Show other pixels of the same size."""
        self._pyramid = pyramid
        self._look_anew()

    def set_table(self, table: NDArray[np.uint8]) -> None:
        """Show through another grey table, uint8 (65536,)."""
        self._colours = np.multiply(table, 0x010101, dtype=np.uint32)
        self._colours |= np.uint32(0xFF000000)
        self._look_anew()

    def _look_anew(self) -> None:
        """Drop what was looked up; the memory of the last serves the next, as a drag of the window looks up as much."""
        if self._cuts:
            self._spare = self._cuts.pop().colours
        self._cuts.clear()
        self._small = None
        self._raster.forget()
        self.update()

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels, or draw them as they are."""
        self._smooth = smooth
        self._raster.forget()
        self.update()

    def set_cover(self, cover: tuple[QPainterPath, ...]) -> None:
        """Draw the background over parts of the scan, in its pixels."""
        self._cover = cover
        self._small = None
        self._raster.forget()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the scan's rectangle, pixels."""
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw what is exposed; the sheet serves the viewport, a magnifier or an export draws through."""
        if widget is None:
            self._draw(painter, option.exposedRect)
        else:
            self._raster.paint(painter, widget, lambda raster: self._draw(raster, self._rect), self._rect)

    def _draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw a part of the scan, as far as the painter is not clipped."""
        transform = painter.worldTransform()
        scale = magnification(transform) * painter.device().devicePixelRatioF()
        exposed = exposed.intersected(self._rect)
        if painter.hasClipping():
            # Qt takes all of an item for exposed where a part of a scene is rendered, as the magnifier does.
            exposed = exposed.intersected(painter.clipBoundingRect())
        if exposed.isEmpty() or scale <= 0:
            return
        index = self._pyramid.level_for(scale)
        step = 1 << index
        rows, columns = self._pyramid.levels[index].shape
        # One pixel more on each side, since interpolation looks at neighbours.
        left, top = max(0, int(exposed.left() / step) - 1), max(0, int(exposed.top() / step) - 1)
        right = min(columns, int(exposed.right() / step) + 2)
        bottom = min(rows, int(exposed.bottom() / step) + 2)
        wanted = QRect(left, top, right - left, bottom - top)
        cut = self._cut(index, wanted)
        painter.save()
        # A coarse level of an odd size reaches past the scan's edge by a part of a pixel.
        narrow = Qt.ClipOperation.IntersectClip if painter.hasClipping() else Qt.ClipOperation.ReplaceClip
        painter.setClipRect(self._rect, narrow)
        place = QRectF(left * step, top * step, wanted.width() * step, wanted.height() * step)
        if self._smooth or scale < 1:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, cut.image, QRectF(wanted.translated(-cut.rect.topLeft())))
        else:
            # An image that is enlarged begins at a whole screen pixel, wherever it is cut; a brush stays in its place.
            brush = QBrush(cut.image)
            brush.setTransform(QTransform.fromTranslate(cut.rect.left(), cut.rect.top()))
            painter.fillRect(place, brush)
        self._draw_cover(painter)
        painter.restore()

    def _draw_cover(self, painter: QPainter) -> None:
        """Draw the background over the covered parts, in pixels of the scan."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path in self._cover:
            painter.fillPath(path, theme.BACKGROUND)

    def _cut(self, index: int, wanted: QRect) -> _Cut:
        """Return a cut of a level that holds what is wanted, looked up now if there is none."""
        for cut in self._cuts:
            if cut.index == index and cut.rect.contains(wanted):
                return cut
        level, grain = self._pyramid.levels[index], _GRAIN if self._cuts else 1
        left, top = (side // grain * grain for side in (wanted.left(), wanted.top()))
        bottom, right = (-(-(side + 1) // grain) * grain for side in (wanted.bottom(), wanted.right()))
        codes = level[top:bottom, left:right]
        rows, columns = codes.shape
        colours, self._spare = self._spare, np.empty((0, 0), np.uint32)
        if colours.shape != codes.shape:
            colours = np.empty(codes.shape, np.uint32)
        for row in range(0, rows, _GRAIN):
            # The table has an entry for each code: NumPy is quickest where it would wrap those that have none.
            np.take(self._colours, codes[row : row + _GRAIN], out=colours[row : row + _GRAIN], mode="wrap")
        cut = _Cut(index, QRect(left, top, columns, rows), colours, _image(colours))
        self._cuts = [*self._cuts[-(_KEPT - 1) :], cut]
        return cut


def _image(colours: NDArray[np.uint32]) -> QImage:
    """Return colours 0xFFRRGGBB as Qt draws them, four times as fast as grey bytes; they lie in the same memory."""
    rows, columns = colours.shape
    return QImage(colours.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
