"""Local maxima of a map, some cells apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def local_maxima(values: NDArray[np.floating], apart: int, above: float, most: int | None = None) -> NDArray[np.intp]:
    """Return the local maxima of a map, highest first.

    They equal those of `skimage.feature.peak_local_max` without a border. That function imports scipy.spatial and with
    it scipy.linalg, which the packages leave out for their size.

    Parameters
    ----------
    values
        (rows, columns); one of a single value has no maxima.
    apart
        Cells, at least 1: a maximum is the highest within so many rows and columns, and of equal ones that are nearer
        to each other than that the first in the order of rows is taken.
    above
        Maxima are higher than this.
    most
        No more are returned; None for all.

    Returns
    -------
    (N, 2) of (row, column).
    """
    highest = values == ndimage.maximum_filter(values, 2 * apart + 1, mode="nearest")
    left = np.argwhere(highest & (values > above) & (not highest.all()))
    left = left[np.argsort(-values[tuple(left.T)], kind="stable")]
    found: list[NDArray[np.intp]] = []
    while len(left) and len(found) != most:
        found.append(left[0])
        left = left[np.abs(left - left[0]).max(1) >= apart]
    return np.array(found, np.intp).reshape(-1, 2)
