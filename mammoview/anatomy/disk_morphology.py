"""Morphology of masks with a disc: exact, and many times faster than a distance transform for small radii."""

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
