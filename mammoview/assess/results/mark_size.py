"""Size of a mark: of the part of the heatmap around it that stands out. No torch."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mammoview.assess.results.assessment import Layer
from mammoview.study.spacing import Spacing

STANDS_OUT = 0.5
"""Share of the height at the mark down to which the heatmap counts as part of it."""
MOST_MM = 40.0
"""Where more stands out, the heatmap has no peak of its own at the mark."""


def mark_size_mm(heatmap: Layer, column: float, row: float, spacing: Spacing) -> float | None:
    """Return the diameter of a circle as large as the mark at a scan point (column, row), mm.

    The mark is what hangs together around the point and is at least half as high as the heatmap there: as with the
    width of a peak at half its height, it does not depend on a threshold. None where the spacing is unknown, the point
    lies outside the heatmap, or the heatmap has no peak there.
    """
    rows, columns = heatmap.values.shape
    c, r = np.floor(heatmap.to_scan.inverse((column, row))).astype(int)
    if not (spacing.known and 0 <= r < rows and 0 <= c < columns and heatmap.values[r, c] > 0):
        return None
    labels, _count = ndimage.label(heatmap.values >= STANDS_OUT * heatmap.values[r, c])
    across, down = heatmap.to_scan.cell(spacing.column_mm, spacing.row_mm)
    area = float((labels == labels[r, c]).sum()) * across * down
    diameter = float(2 * np.sqrt(area / np.pi))
    return diameter if diameter <= MOST_MM else None
