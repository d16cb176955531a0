"""Outlines of the regions of a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.study.polylines import simplified

LEAST_PX = 9
"""Smaller specks of a mask are ignored, pixels."""
TOLERANCE_PX = 0.5
"""Largest distance of the polygon from the mask's pixel edges, pixels."""


def traced(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Trace every connected region of a mask, bool (rows, columns), with its holes filled.

    Returns
    -------
    float64 (N, 2) each, (column, row) in pixels of the mask, not repeated at the end. Pixel centres lie at integer +
    0.5, so a region of one pixel is a square around its centre.
    """
    # Imported here: it takes a second, and only studies with masks need it.
    from scipy import ndimage
    from skimage.measure import find_contours

    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    if not rows.size:
        return []
    corner = np.array([columns[0], rows[0]])
    found = []
    # Labelling the box of the findings alone takes a tenth of the time of the whole film.
    regions, _ = ndimage.label(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.ones((3, 3)))
    for number, box in enumerate(ndimage.find_objects(regions), 1):
        region = regions[box] == number
        if region.sum() < LEAST_PX:
            continue
        top, left = (side.start for side in box)
        padded = np.pad(ndimage.binary_fill_holes(region, np.ones((3, 3))), 1).astype(np.float32)
        contour = max(find_contours(padded, 0.5), key=len)
        points = simplified(contour, TOLERANCE_PX)[:-1, ::-1] + corner + (left - 0.5, top - 0.5)
        if len(points) >= 3:  # A straight line of single pixels encloses no area.
            found.append(points)
    return found
