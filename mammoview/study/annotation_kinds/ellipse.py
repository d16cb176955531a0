"""Elliptic regions: two opposite corners of the box that the ellipse fills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.study.annotation_kinds.annotation_region import RegionType
from mammoview.study.annotation_kinds.annotation_type import LEAST_PX, Points

_ARC = np.linspace(0, 2 * np.pi, 96, endpoint=False)


class Ellipse(RegionType):
    """An ellipse along rows and columns."""

    title, key, icon = "Elliptic region", "Q", "circle-outline"

    def is_sizeless(self, points: Points) -> bool:
        """Return whether it has no width or no height."""
        return bool(np.abs(points[1] - points[0]).min() < LEAST_PX)

    def outline(self, points: Points) -> Points:
        """Return 96 places on its border."""
        centre, radii = _circle(points)
        return centre + radii * np.column_stack([np.cos(_ARC), np.sin(_ARC)])

    def handles(self, points: Points) -> Points:
        """Return the four corners of its box."""
        (x0, y0), (x1, y1) = points
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

    def with_handle(self, points: Points, index: int, place: Points) -> Points:
        """Return a box with the opposite corner where it was."""
        return np.array([self.handles(points)[(index + 2) % 4], place])

    def holds(self, points: Points, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which places of a lattice lie in it, bool (len(y), len(x))."""
        (cx, cy), (rx, ry) = _circle(points)
        if not (rx > 0 and ry > 0):
            return np.zeros((len(y), len(x)), bool)
        inside: NDArray[np.bool_] = ((x - cx) / rx) ** 2 + (((y - cy) / ry) ** 2)[:, None] <= 1
        return inside

    def pixels(self, points: Points) -> float:
        """Return its area in scan pixels."""
        return float(np.pi / 4 * np.prod(np.abs(points[1] - points[0])))


def _circle(points: Points) -> tuple[Points, Points]:
    """Return the centre and the radii across and down."""
    return points.mean(0), np.abs(points[1] - points[0]) / 2
