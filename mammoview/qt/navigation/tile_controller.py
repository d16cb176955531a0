"""Steps through the breast by quarters, or by tiles at one scan pixel per screen pixel, and shows which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from mammoview.qt.canvas.placement import transform
from mammoview.qt.canvas.scan_scene import ScanItems
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets import theme

OVERLAP = 0.1
"""Share of a tile that the next one shows again, so that nothing lies on an edge alone."""
SMALLEST_PX = 60
"""A smaller viewport shows no tiles: there would be thousands."""
LOCATOR_PX, LOCATOR_SHARE = 96, 0.2
"""Height of the small picture that shows which part of the scan is in the viewport, at most, and the share of width and
height of the viewport that it takes at most: what is looked at lies in the middle."""


class _Tiling(Enum):
    """How the breast is divided."""

    FULL = "full"
    """Into tiles at one scan pixel per screen pixel."""
    QUARTERS = "quarters"
    """Into four overlapping quarters."""


@dataclass(frozen=True)
class _Shown:
    """The tile that was stepped to: in which viewport, where, which of how many."""

    viewport: Viewport
    centre: QPointF
    index: int
    count: int

    def is_in(self, viewport: Viewport) -> bool:
        """Whether a viewport still shows it."""
        return self.viewport is viewport and self.centre == viewport.centre


class TileController(QObject):
    """The tiles, or the quarters, of the breast in the active viewport.

    Row by row from the top, each row from the chest wall outwards; the other breast goes along, mirrored, while the
    viewports are linked.
    """

    def __init__(self, viewport_grid: ViewportGrid, parent: QObject | None = None) -> None:
        """Step on `viewport_grid`, and draw a locator into viewports that show a part of their scan."""
        super().__init__(parent)
        self._viewport_grid = viewport_grid
        self._last: _Shown | None = None
        viewport_grid.viewport_made.connect(self._take_viewport)

    def show_next(self) -> None:
        """Show the next tile; after the last the first."""
        self._step(1, _Tiling.FULL)

    def show_previous(self) -> None:
        """Show the tile before; before the first the last."""
        self._step(-1, _Tiling.FULL)

    def show_next_quarter(self) -> None:
        """Show the next quarter of the breast; after the last the first."""
        self._step(1, _Tiling.QUARTERS)

    def show_previous_quarter(self) -> None:
        """Show the quarter of the breast before; before the first the last."""
        self._step(-1, _Tiling.QUARTERS)

    def centres(self, viewport: Viewport) -> list[QPointF]:
        """Middle of every tile that shows some breast, mm of the viewport's plane, in reading order."""
        return self._tiles(viewport, _Tiling.FULL)[1]

    def quarters(self, viewport: Viewport) -> tuple[float, list[QPointF]]:
        """Logical pixels per mm that show a quarter of the breast, and the middles of the quarters, as `centres`."""
        return self._tiles(viewport, _Tiling.QUARTERS)

    def _tiles(self, viewport: Viewport, tiling: _Tiling) -> tuple[float, list[QPointF]]:
        """Return the scale of a tiling, logical pixels per mm, and the middles of its tiles that show some breast."""
        area = viewport.viewport().rect()
        if viewport.content is None or min(area.width(), area.height()) < SMALLEST_PX:
            return 1.0, []
        out = 1 if viewport.wall_left else -1
        shown = self._together(viewport, viewport.content)
        box = QRectF()
        for other, content in shown:
            box = box.united(_outwards(other, content.placement.breast))
        if tiling is _Tiling.FULL:
            scale = 1 / (viewport.pixel_mm * viewport.devicePixelRatioF())
        else:
            share = (1 + OVERLAP) / 2
            scale = min(area.width() / (share * box.width()), area.height() / (share * box.height()))
        width, height = area.width() / scale, area.height() / scale
        if tiling is _Tiling.FULL:
            across, down = _middles(box.left(), box.width(), width), _middles(box.top(), box.height(), height)
        else:
            across, down = _halves(box.left(), box.width(), width), _halves(box.top(), box.height(), height)
        tiles = [(x, y, QRectF(x - width / 2, y - height / 2, width, height)) for y in down for x in across]
        return scale, [QPointF(out * x, y) for x, y, tile in tiles if any(_shows_breast(*one, tile) for one in shown)]

    def _together(self, viewport: Viewport, content: ScanItems) -> list[tuple[Viewport, ScanItems]]:
        """Return a viewport and those that go along with it: of the same projection, while the viewports are linked."""
        if not self._viewport_grid.linked:
            return [(viewport, content)]
        return [
            (v, v.content)
            for v in self._viewport_grid.visible
            if v.content is not None and v.content.scan.projection is content.scan.projection
        ]

    def _step(self, step: int, tiling: _Tiling) -> None:
        """Show another tile of the active viewport."""
        viewport = self._viewport_grid.active
        if viewport is None or viewport.content is None:
            return
        scale, centres = self._tiles(viewport, tiling)
        if not centres:
            return
        now = self._now(viewport, scale, centres)
        index = (0 if step > 0 else len(centres) - 1) if now is None else (now + step) % len(centres)
        self._viewport_grid.look_at(viewport, scale, centres[index])
        self._last = _Shown(viewport, QPointF(viewport.centre), index, len(centres))

    def _now(self, viewport: Viewport, scale: float, centres: list[QPointF]) -> int | None:
        """Return the current tile: the one stepped to, else the nearest; None at another scale."""
        if not math.isclose(viewport.scale_px, scale, rel_tol=1e-6):
            return None
        if self._last is not None and self._last.is_in(viewport):
            return min(self._last.index, len(centres) - 1)
        ways = [(centre - viewport.centre).manhattanLength() for centre in centres]
        return int(np.argmin(ways))

    # The locator

    def _take_viewport(self, viewport: Viewport) -> None:
        """Draw into a new viewport."""
        viewport.overlays.append(self.paint_locator)

    def paint_locator(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the whole scan small with a frame about what is in the viewport, if that is a part of it."""
        content = viewport.content
        if content is None:
            return
        rect, area = content.placement.hung, viewport.viewport().rect()
        seen = viewport.viewRect().intersected(rect)
        breast = seen.intersected(content.placement.breast)
        if _size(breast) > 0.6 * _size(content.placement.breast):
            return
        high, wide = min(LOCATOR_PX, LOCATOR_SHARE * area.height()), LOCATOR_SHARE * area.width()
        small = min(high / rect.height(), wide / rect.width())
        box = QRectF(0, 0, rect.width() * small, rect.height() * small)
        # On the outer side, between the words at the top and those at the foot, with its number below it.
        x = area.right() - 10 - box.width() if viewport.wall_left else area.left() + 10
        y = area.top() + 0.68 * area.height() - box.height() / 2
        y = min(y, viewport.foreground.bottom_text_top - painter.fontMetrics().height() - 6 - box.height())
        box.moveTopLeft(QPointF(x, y))
        painter.save()
        painter.fillRect(box.adjusted(-2, -2, 2, 2), QColor(0, 0, 0, 200))
        painter.setClipRect(box)
        painter.translate(box.topLeft())
        painter.scale(small, small)
        painter.translate(-rect.topLeft())
        painter.setTransform(transform(content.placement.to_mm), True)
        painter.setOpacity(0.75)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, content.scan.columns, content.scan.rows), content.small_picture)
        painter.restore()
        painter.setPen(QPen(theme.FAINT, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        frame = QRectF((seen.topLeft() - rect.topLeft()) * small + box.topLeft(), seen.size() * small)
        painter.setPen(QPen(theme.WARNING, 1.5))
        painter.drawRect(frame)
        self._write_number(painter, viewport, box)

    def _write_number(self, painter: QPainter, viewport: Viewport, box: QRectF) -> None:
        """Write such as "3 / 8" below the locator, in the viewport that is stepped through."""
        if self._last is None or not self._last.is_in(viewport):
            return
        text = f"{self._last.index + 1} / {self._last.count}"
        metrics = painter.fontMetrics()
        place = QRectF(box.center().x() - 40, box.bottom() + 2, 80, metrics.height())
        painter.setPen(theme.TEXT)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), text)


def _outwards(viewport: Viewport, rect: QRectF) -> QRectF:
    """Return a rectangle of a viewport's plane with the distance from the chest wall as x; undoes itself."""
    return rect if viewport.wall_left else QRectF(-rect.right(), rect.top(), rect.width(), rect.height())


def _size(rect: QRectF) -> float:
    """Return the area of a rectangle."""
    return rect.width() * rect.height()


def _shows_breast(viewport: Viewport, content: ScanItems, tile: QRectF) -> bool:
    """Whether a tile, x outwards from the chest wall, holds any breast of a viewport."""
    breast = content.grey.picture.breast
    if breast is None:
        return True
    rect = _outwards(viewport, tile)
    to_mask = (content.placement.to_mm @ breast.to_scan).inverse
    corners = to_mask([rect.topLeft().toTuple(), rect.bottomRight().toTuple()])
    (left, top), (right, bottom) = np.maximum(0, np.round([corners.min(0), corners.max(0)])).astype(int)
    return bool(breast.mask[top:bottom, left:right].any())


def _middles(start: float, length: float, tile: float) -> list[float]:
    """Middles of the fewest tiles that cover a length with some overlap; one tile where it is long enough."""
    if length <= tile:
        return [start + tile / 2 if start == 0 else start + length / 2]
    count = 1 + math.ceil((length - tile) / (tile * (1 - OVERLAP)))
    return list(np.linspace(start + tile / 2, start + length - tile / 2, count))


def _halves(start: float, length: float, tile: float) -> list[float]:
    """Middles of two tiles at both ends of a length; one tile where it is long enough."""
    if length <= tile:
        return _middles(start, length, tile)
    return [start + tile / 2, start + length - tile / 2]
