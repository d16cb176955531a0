"""The scan on the light box: looks up the grey of visible pixels only, at the size in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.qt.placement import magnification
from mammoview.qt.pyramid import Pyramid

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PictureItem(QGraphicsItem):
    """A scan in scan pixel coordinates; its parent item flips and scales it.

    Enlarged pixels are drawn as they are, or interpolated where the reader wants it; reduced ones are averaged, never
    sharpened.
    """

    def __init__(self, pyramid: Pyramid, table: NDArray[np.uint8], parent: QGraphicsItem | None = None) -> None:
        """Show `pyramid` through `table`, uint8 (65536,)."""
        super().__init__(parent)
        self._pyramid = pyramid
        self._smooth = False
        self._table = table
        self._cuts: dict[tuple[int, int, int, int, int], NDArray[np.uint8]] = {}
        rows, columns = pyramid.levels[0].shape
        self._rect = QRectF(0, 0, columns, rows)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @property
    def table(self) -> NDArray[np.uint8]:
        """Grey table in use, uint8 (65536,)."""
        return self._table

    def set_pyramid(self, pyramid: Pyramid) -> None:
        """Show other pixels of the same size."""
        self._pyramid = pyramid
        self._cuts.clear()
        self.update()

    def set_table(self, table: NDArray[np.uint8]) -> None:
        """Show through another grey table, uint8 (65536,)."""
        self._table = table
        self._cuts.clear()
        self.update()

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels, or draw them as they are."""
        self._smooth = smooth
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the scan's rectangle, pixels."""
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw what is exposed."""
        transform = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        scale = magnification(transform) * ratio
        exposed = option.exposedRect.intersected(self._rect)
        if painter.hasClipping():
            # Qt takes all of an item for exposed where a part of a scene is rendered, as the lens does.
            exposed = exposed.intersected(painter.clipBoundingRect())
        if exposed.isEmpty() or scale <= 0:
            return
        index = self._pyramid.level_for(scale)
        level, step = self._pyramid.levels[index], 1 << index
        rows, columns = level.shape
        # One pixel more on each side, since interpolation looks at neighbours.
        left, top = max(0, int(exposed.left() / step) - 1), max(0, int(exposed.top() / step) - 1)
        right = min(columns, int(exposed.right() / step) + 2)
        bottom = min(rows, int(exposed.bottom() / step) + 2)
        wanted = (index, left, top, right, bottom)
        grey = self._cuts.get(wanted)
        if grey is None:
            grey = self._looked_up(level[top:bottom, left:right])
            # The pane's own part and that in the lens.
            self._cuts = dict(list(self._cuts.items())[-1:]) | {wanted: grey}
        height, width = grey.shape
        image = QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8)
        painter.save()
        # A coarse level of an odd size reaches past the scan's edge by a part of a pixel.
        narrow = Qt.ClipOperation.IntersectClip if painter.hasClipping() else Qt.ClipOperation.ReplaceClip
        painter.setClipRect(self._rect, narrow)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth or scale < 1)
        painter.drawImage(QRectF(left * step, top * step, width * step, height * step), image)
        painter.restore()

    def _looked_up(self, codes: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Return the grey of codes; the table has an entry for each, so that no bounds need be checked."""
        grey = np.empty(codes.shape, np.uint8)
        return np.take(self._table, codes, out=grey, mode="clip")
