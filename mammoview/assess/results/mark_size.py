"""Size of a mark: the extent of the part of the heatmap around it that exceeds its surroundings. No torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure

from mammoview.assess.results.assessment import Finding, Layer
from mammoview.study.spacing import Spacing

STANDS_OUT = 0.5
"""Share of the height at the mark down to which the heatmap counts as part of it."""
MOST_MM = 40.0
"""Where more stands out, the heatmap has no peak of its own at the mark."""
CLUSTER_CELLS = 1.25
"""Radius of the disc in which the spots of a cluster are counted, in cells of the heatmap (4 mm)."""


def finding_size_mm(heatmap: Layer, finding: Finding, spacing: Spacing) -> float | None:
    """Return `mark_size_mm` of a finding; None of a cluster of bright spots, whose size the heatmap does not show."""
    return None if finding.cluster else mark_size_mm(heatmap, finding.column, finding.row, spacing)


def finding_outline(heatmap: Layer, finding: Finding) -> NDArray[np.float64]:
    """Return `mark_outline` of a finding; of a cluster of bright spots the disc in which the spots were counted."""
    if not finding.cluster:
        return mark_outline(heatmap, finding.column, finding.row)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    middle = heatmap.to_scan.inverse((finding.column, finding.row))
    return heatmap.to_scan(middle + CLUSTER_CELLS * np.stack([np.cos(turn), np.sin(turn)], 1))


def mark_size_mm(heatmap: Layer, column: float, row: float, spacing: Spacing) -> float | None:
    """Return the diameter of a circle as large as the mark at a scan point (column, row), mm.

    The mark is what hangs together around the point and is at least half as high as the heatmap there: as with the
    width of a peak at half its height, it does not depend on a threshold. None where the spacing is unknown, the point
    lies outside the heatmap, or the heatmap has no peak there.
    """
    cells = _cells(heatmap, column, row)
    if cells is None or not spacing.known:
        return None
    across, down = heatmap.to_scan.cell(spacing.column_mm, spacing.row_mm)
    area = float(cells.sum()) * across * down
    diameter = float(2 * np.sqrt(area / np.pi))
    return diameter if diameter <= MOST_MM else None


def mark_outline(heatmap: Layer, column: float, row: float) -> NDArray[np.float64]:
    """Return the polygon round the mark at a scan point, along the edges of its cells.

    Of the part of the heatmap that stands out around the point it is the outer line; where the heatmap has no peak
    there, it is the cell that holds the point.

    Returns
    -------
    float64 (N, 2), (column, row) in scan pixels, not repeated at the end.
    """
    cells = _cells(heatmap, column, row)
    if cells is None:
        c, r = np.floor(heatmap.to_scan.inverse((column, row)))
        return heatmap.to_scan([[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]])
    # Each cell as four, so that the line runs along the edges of cells, a quarter of a cell off them at most.
    fine = np.pad(ndimage.binary_fill_holes(cells), 1).repeat(2, 0).repeat(2, 1).astype(float)
    lines = measure.find_contours(fine, 0.5)
    # Index i of the fine array is the point (i + 0.5) / 2 - 1 of the heatmap.
    longest = max(lines, key=len)[:-1, ::-1]
    return heatmap.to_scan((longest + 0.5) / 2 - 1)


def _cells(heatmap: Layer, column: float, row: float) -> NDArray[np.bool_] | None:
    """Return which cells of the heatmap are the mark at a scan point; None where there is no peak."""
    rows, columns = heatmap.values.shape
    c, r = np.floor(heatmap.to_scan.inverse((column, row))).astype(int)
    if not (0 <= r < rows and 0 <= c < columns and heatmap.values[r, c] > 0):
        return None
    labels, _count = ndimage.label(heatmap.values >= STANDS_OUT * heatmap.values[r, c])
    found: NDArray[np.bool_] = labels == labels[r, c]
    return found
