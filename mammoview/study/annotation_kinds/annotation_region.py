"""What all kinds that enclose an area have."""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mammoview.study.annotation_kinds.annotation_type import AnnotationType, Measured, Points, Quantity
from mammoview.study.spacing import Spacing

SCAN_LINES = 1024
"""Rows at which the area of a line that crosses itself is added up."""
MOST_AT_ONCE = 1 << 23
"""Pairs of a row and an edge of a line that are looked at together."""


class RegionType(AnnotationType):
    """A region, whose pixels are measured as well."""

    @abstractmethod
    def outline(self, points: Points) -> Points:
        """Return its closed outline (N, 2)."""

    def holds(self, points: Points, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which places of a lattice lie in it, bool (len(y), len(x)).

        A line that crosses itself encloses all that it goes round, however often (non-zero winding rule).
        """
        row, at, winding = _crossings(self.outline(points), y)
        starts = np.searchsorted(row, np.arange(len(y) + 1))
        mask = np.zeros((len(y), len(x)), bool)
        for index, (first, end) in enumerate(pairwise(starts)):
            if first < end:
                winds = np.concatenate([[0], winding[first:end]])
                mask[index] = winds[np.searchsorted(at[first:end], x, side="left")] != 0
        return mask

    def measured(self, points: Points, spacing: Spacing) -> Measured:
        """Return its area."""
        return Measured(Quantity.AREA, self.pixels(points) * (spacing.column_mm * spacing.row_mm))

    def pixels(self, points: Points) -> float:
        """Return its area in scan pixels; where its outline crosses itself, that of all places that it `holds`."""
        line = self.outline(points)
        x, y = (line - line[0]).T
        signed = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2
        step = np.ptp(y) / SCAN_LINES
        _, at, winding = _crossings(line, line[:, 1].min() + step * (np.arange(SCAN_LINES) + 0.5))
        if not winding.size or (winding.min() >= -1 and winding.max() <= 1 and winding.min() * winding.max() >= 0):
            return abs(signed)
        return float((np.diff(at) * (winding[:-1] != 0)).sum() * step)

    def text_corner(self, points: Points) -> tuple[float, float]:
        """Return a place at the right of its upper edge."""
        return float(points[:, 0].max()) + 6, float(points[:, 1].min()) - 4


def _crossings(
    line: Points, rows: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """Return where a closed line crosses rows, sorted by row and place along it.

    Returns
    -------
    row, at, winding
        Of each crossing: index of the row; place along it; how often the line winds round what follows.
    """
    x0, y0 = line.T
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    # Not all rows at once: a line may have a million points.
    parts = np.array_split(np.arange(len(rows)), 1 + len(rows) * len(line) // MOST_AT_ONCE)
    found = [(part, np.nonzero((y0 > rows[part, None]) != (y1 > rows[part, None]))) for part in parts]
    row = np.concatenate([part[index] for part, (index, _) in found])
    edge = np.concatenate([index for _, (_, index) in found])
    at = x0[edge] + (rows[row] - y0[edge]) * (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
    order = np.lexsort((at, row))
    # As a closed line crosses each row as often upwards as downwards, the sum is 0 again at the end of every row.
    winding = np.cumsum(np.where(y1 > y0, 1, -1)[edge][order])
    return row[order], at[order], winding
