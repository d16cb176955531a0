"""Morphology of masks. With a disc it is exact, and many times faster than a distance transform for small radii."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def dilated(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Whether each pixel's centre lies at most `radius` pixels from that of a pixel of `mask` (rows, columns)."""
    found = mask.copy()
    # The disc is made of one run per row; a run as wide as the last one and a little more is that one moved both ways.
    run, half = mask, 0
    for off in range(math.floor(radius), -1, -1):
        wanted = math.floor(math.sqrt(radius * radius - off * off))
        while half < wanted:
            step = min(wanted - half, 2 * half + 1)
            wider = run.copy()
            wider[:, step:] |= run[:, :-step]
            wider[:, :-step] |= run[:, step:]
            run, half = wider, half + step
        if off == 0:
            found |= run
        elif off < len(mask):
            found[off:] |= run[:-off]
            found[:-off] |= run[off:]
    return found


def eroded(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Whether each pixel lies farther than `radius` pixels from all that is not `mask`; beyond the edge is inside."""
    return ~dilated(~mask, radius)


def without_small(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Return a mask without its regions of at most `size` pixels; pixels of a region touch along an edge.

    It equals `skimage.morphology.remove_small_objects`. That package, which `skimage.measure.label` uses as well,
    imports scipy.spatial, scipy.linalg and scipy.sparse: the first scan of a window would wait for them.
    """
    from scipy import ndimage  # Imported here: it is slow, and opening a study needs only the discs.

    labels, _count = ndimage.label(mask)
    kept = np.bincount(labels.ravel()) > size
    kept[0] = False
    return kept[labels]
