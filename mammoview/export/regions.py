"""Regions on the lattice of a stored picture: what a finding covers, what an outline encloses, values of a map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoview.assess.results.assessment import Finding, Layer
from mammoview.assess.results.mark_size import CLUSTER_CELLS, STANDS_OUT, finding_size_mm
from mammoview.study.geometry import Affine
from mammoview.study.spacing import Spacing


def finding_cells(heatmap: Layer, finding: Finding, spacing: Spacing) -> NDArray[np.bool_]:
    """Return the cells of the heatmap that a finding covers, bool of its shape.

    They hang together around the mark and are at least half as high as the heatmap there, as for the size of a mark;
    the cell of the mark alone where the heatmap has no peak of its own there. Of a cluster of bright spots they are
    those in which the spots were counted. None are set where the mark lies outside.
    """
    values = heatmap.values
    found = np.zeros(values.shape, bool)
    column, row = np.floor(heatmap.to_scan.inverse((finding.column, finding.row))).astype(int)
    if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
        return found
    if finding.cluster:
        down, across = np.ogrid[: values.shape[0], : values.shape[1]]
        return np.hypot(down - row, across - column) <= CLUSTER_CELLS
    no_peak = spacing.known and finding_size_mm(heatmap, finding, spacing) is None
    if no_peak or values[row, column] <= 0:
        found[row, column] = True
        return found
    labels, _count = ndimage.label(values >= STANDS_OUT * values[row, column])
    return labels == labels[row, column]


def on_picture(values: NDArray[np.generic], to_scan: Affine, shape: tuple[int, int]) -> NDArray[np.generic]:
    """Return the value of the cell that holds the centre of every pixel, 0 outside the lattice.

    Parameters
    ----------
    values
        (rows, columns) of the lattice.
    to_scan
        Maps (column, row) of the lattice to (column, row) of the picture, which may be flipped and exchanged.
    shape
        Rows and columns of the picture.

    Returns
    -------
    Array of `shape` in the type of `values`.
    """
    if to_scan.swapped:
        values, to_scan = values.T, to_scan.upright
    to_cells = to_scan.inverse
    down = np.floor((np.arange(shape[0]) + 0.5) * to_cells.row_scale + to_cells.row_shift).astype(np.intp)
    across = np.floor((np.arange(shape[1]) + 0.5) * to_cells.column_scale + to_cells.column_shift).astype(np.intp)
    rows, columns = values.shape
    found = values[np.clip(down, 0, rows - 1)][:, np.clip(across, 0, columns - 1)]
    found[(down < 0) | (down >= rows)] = 0
    found[:, (across < 0) | (across >= columns)] = 0
    return found


def enclosed(points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels whose centres a closed polygon encloses, bool of `shape`.

    Parameters
    ----------
    points
        float64 (N, 2), (column, row), pixel centres at integer + 0.5.
    """
    from skimage.draw import polygon

    found = np.zeros(shape, bool)
    # scikit-image has pixel centres at integers.
    found[polygon(points[:, 1] - 0.5, points[:, 0] - 0.5, shape)] = True
    return found
