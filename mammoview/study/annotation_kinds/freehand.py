"""Freehand regions: a closed polygon; the first point is not repeated at the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mammoview.study.annotation_kinds.annotation_region import RegionType
from mammoview.study.annotation_kinds.annotation_type import LEAST_PX, Points


class Freehand(RegionType):
    """A polygon."""

    title, key, icon = "Freehand region", "Shift+Q", "lasso"
    point_count = None

    def is_sizeless(self, points: Points) -> bool:
        """Return whether its points are collinear, or nearly so."""
        return narrow(points)

    def outline(self, points: Points) -> Points:
        """Return its points."""
        return points


def narrow(points: ArrayLike) -> bool:
    """Return whether points, (N, 2) in scan pixels, are collinear, or so nearly that they enclose no area."""
    places = np.asarray(points, float)
    centred = places - places.mean(0)
    across = np.linalg.svd(centred, full_matrices=False)[2][-1]
    return bool(len(centred) < 3 or np.ptp(centred @ across) < LEAST_PX)
