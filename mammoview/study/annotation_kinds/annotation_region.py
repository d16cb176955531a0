"""What all kinds that enclose an area have."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from mammoview.study.annotation_kinds.annotation_type import AnnotationType, Measured, Points, Quantity
from mammoview.study.spacing import Spacing


class RegionType(AnnotationType):
    """A region, whose pixels are measured as well."""

    @abstractmethod
    def outline(self, points: Points) -> Points:
        """Return its closed outline (N, 2)."""

    def holds(self, points: Points, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which places of a lattice lie in it, bool (len(y), len(x))."""
        # Even-odd rule: a place lies inside where an odd number of edges crosses its row to the left of it.
        mask = np.zeros((len(y), len(x)), bool)
        x0, y0 = self.outline(points).T
        x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
        for index, row in enumerate(y):
            crosses = (y0 > row) != (y1 > row)
            at = x0[crosses] + (row - y0[crosses]) * (x1[crosses] - x0[crosses]) / (y1[crosses] - y0[crosses])
            mask[index] = np.searchsorted(np.sort(at), x, side="left") % 2 == 1
        return mask

    def measured(self, points: Points, spacing: Spacing) -> Measured:
        """Return its area."""
        return Measured(Quantity.AREA, self.pixels(points) * (spacing.column_mm * spacing.row_mm))

    def pixels(self, points: Points) -> float:
        """Return its area in scan pixels."""
        line = self.outline(points)
        x, y = (line - line[0]).T
        return float(abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2)

    def text_corner(self, points: Points) -> tuple[float, float]:
        """Return a place at the right of its upper edge."""
        return float(points[:, 0].max()) + 6, float(points[:, 1].min()) - 4
