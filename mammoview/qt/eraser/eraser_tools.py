"""The tools of the eraser: one paints over tissue, the other paints round a lesion and puts it elsewhere."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, hypot
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QPointF

from mammoview.study.pixel_changes import PixelRegion

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView
    from mammoview.study.scan import Scan

Place = tuple[float, float]
CLICK_PX = 4.0
"""A press that moves less than this is a click, screen pixels."""


class Eraser(Protocol):
    """What the tools hand regions to, such as `EraserController`."""

    def takes(self, scan: Scan) -> bool:
        """Whether a scan can be altered now; where not, the reader is shown why."""

    def radius(self, scan: Scan) -> tuple[float, float]:
        """Return the radius of the brush in columns and rows of a scan."""

    def erase(self, scan: Scan, region: PixelRegion) -> None:
        """Have a region filled from its surroundings."""

    def move(self, scan: Scan, region: PixelRegion, target: Scan, place: tuple[float, float]) -> None:
        """Have a region filled, and what was in it put elsewhere."""

    def point_at(self, scan: Scan) -> None:
        """Prepare a scan for the models."""

    def show_move_hint(self, held: bool) -> None:
        """Show what to do with a painted region while it is held, and no longer."""

    def repaint(self) -> None:
        """Draw the viewports anew."""


class EraseTool:
    """A drag paints with a round brush; the painted region is filled on release."""

    def __init__(self, eraser: Eraser) -> None:
        """Paint for `eraser`."""
        self._eraser = eraser
        self.scan: Scan | None = None
        self.stroke: list[Place] = []
        self.pointer: tuple[Scan, Place] | None = None

    def press(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Begin to paint."""
        self.scan, self.stroke = None, []
        if viewport.scan is not None and self._eraser.takes(viewport.scan):
            self.scan, self.stroke = viewport.scan, [(point.x(), point.y())]
        self._eraser.repaint()

    def move(self, viewport: ScanView, point: QPointF, pixel_size: float, down: bool) -> None:
        """Show the brush, and paint on while the button is down."""
        if viewport.scan is None:
            return
        place = point.x(), point.y()
        self.pointer = viewport.scan, place
        self._eraser.point_at(viewport.scan)
        if down and self.stroke and viewport.scan is self.scan:
            self.stroke.append(place)
        self._eraser.repaint()

    def release(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Fill what was painted."""
        scan, region = self.scan, self.painted()
        self.drop()
        if scan is not None and region is not None:
            self._eraser.erase(scan, region)

    def double(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Begin to paint: the second press of a double click."""
        self.press(viewport, point, pixel_size)

    def drop(self) -> None:
        """Forget the stroke under way."""
        self.scan, self.stroke = None, []

    def painted(self) -> PixelRegion | None:
        """Return the pixels that the stroke under way covers; None without one, and where it covers none."""
        if self.scan is None or not self.stroke:
            return None
        return brushed(self.scan, self.stroke, self._eraser.radius(self.scan))


class MoveTool:
    """A drag paints over a lesion; a click then puts it there, in the same picture or in another one."""

    def __init__(self, eraser: Eraser) -> None:
        """Move for `eraser`."""
        self._eraser = eraser
        self._painting = EraseTool(eraser)
        self._pressed = QPointF()
        self.held: tuple[Scan, PixelRegion] | None = None

    @property
    def scan(self) -> Scan | None:
        """The scan that is being painted on."""
        return self._painting.scan

    @property
    def stroke(self) -> list[Place]:
        """The stroke under way."""
        return self._painting.stroke

    @property
    def pointer(self) -> tuple[Scan, Place] | None:
        """Where the pointer is."""
        return self._painting.pointer

    def press(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Begin to paint, or to click."""
        self._pressed = QPointF(point)
        self._painting.press(viewport, point, pixel_size)

    def move(self, viewport: ScanView, point: QPointF, pixel_size: float, down: bool) -> None:
        """Show the brush, and paint on while the button is down."""
        self._painting.move(viewport, point, pixel_size, down)

    def release(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Hold what was painted, or put what is held where the click was."""
        scan, region, way = self._painting.scan, self._painting.painted(), point - self._pressed
        self._painting.drop()
        if scan is None or region is None:
            return
        if self.held is None or hypot(way.x(), way.y()) > CLICK_PX * pixel_size:
            self._hold((scan, region))
        else:
            held = self.held
            self._hold(None)
            self._eraser.move(*held, scan, (point.x(), point.y()))
        self._eraser.repaint()

    def double(self, viewport: ScanView, point: QPointF, pixel_size: float) -> None:
        """Take the second press of a double click like any other."""
        self.press(viewport, point, pixel_size)

    def drop(self) -> None:
        """Forget what is held and the stroke under way."""
        self._hold(None)
        self._painting.drop()

    def _hold(self, held: tuple[Scan, PixelRegion] | None) -> None:
        """Hold a region, or none, and show what to do with it."""
        self.held = held
        self._eraser.show_move_hint(held is not None)


def brushed(scan: Scan, stroke: list[Place], radius: tuple[float, float]) -> PixelRegion | None:
    """Return the pixels of a scan that a round brush covers along a stroke; None where it covers none.

    Parameters
    ----------
    stroke
        (column, row) of its points.
    radius
        Of the brush, columns and rows of the scan.
    """
    points = np.array(stroke)
    dense = [points[:1]]
    for start, end in pairwise(points):
        steps = max(1, ceil(float((np.abs(end - start) / radius).max()) * 3))
        dense.append(start + (end - start) * (np.arange(1, steps + 1) / steps)[:, None])
    points = np.concatenate(dense)
    low = np.maximum(np.floor(points.min(0) - radius), 0).astype(int)
    high = np.minimum(np.ceil(points.max(0) + radius), (scan.columns, scan.rows)).astype(int)
    if (low >= high).any():
        return None
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.bool_)
    for column, row in points - low:
        left, right = max(0, int(column - radius[0])), int(column + radius[0]) + 2
        top, bottom = max(0, int(row - radius[1])), int(row + radius[1]) + 2
        part = mask[top:bottom, left:right]
        y, x = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
        part |= ((x + 0.5 - column) / radius[0]) ** 2 + ((y + 0.5 - row) / radius[1]) ** 2 <= 1
    return PixelRegion.of(mask, int(low[0]), int(low[1]))
