"""Checks of a breast mask: whether it is plausible, and bands of a scanner's frame that it holds.

Masks are bool (rows, columns) of an upright picture, 0.4 mm per pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_FRAMED = 0.85
"""A band of a frame covers at least this share of a side."""
DEEPEST = 0.25
"""It ends before this share of the picture."""
MOST_SHARE, LEAST_SHARE, WEDGE = 0.96, 0.03, 0.97
"""Masks with a larger or smaller share of the picture, or whose depth correlates more with the row, are implausible."""
LEAST_DROP, DROP_WITHIN = 0.3, 8
"""A mask that covers `LEAST_FRAMED` of the lines along a side holds a band of a frame where its cover drops by the
first within this number of lines (3 mm): the edge of a band is straight, the outline of a breast is round."""
DEEPEST_STRIP, LEAST_STRIP = 0.08, 0.165
"""A mask also holds a band, shorter than the upper or lower side, where its cover drops by the second within
`DROP_WITHIN` before the first share of the picture. Of 1,595 films 19 have such a mask, each with a band there. Of the
next ones down to half that drop some have a narrower band; the first that has none, but an arm, drops by .12."""


def mask_warning(mask: NDArray[np.bool_], wall_left: bool) -> str:
    """Return why the mask of an upright picture is probably not the breast, one line; empty where it is plausible."""
    share = float(mask.mean())
    if share > MOST_SHARE:
        return "the breast mask is implausible: nearly the whole picture counts as breast"
    if share < LEAST_SHARE:
        return f"the breast mask is implausible: only {share:.0%} of the picture counts as breast"
    view = mask if wall_left else mask[:, ::-1]
    if view[:, -3:].all(1).mean() > LEAST_FRAMED:
        return "the breast mask is implausible: it follows the edges of the picture, as a white frame does"
    ends = mask, mask[::-1]
    if any(band_lines(lines.mean(1)) for lines in (*ends, view.T)) or any(strip_lines(end.mean(1)) for end in ends):
        return "the breast mask is implausible: it holds a straight band along an edge of the picture"
    rows = np.flatnonzero(view.any(1))
    reach = (view.shape[1] - view[rows, ::-1].argmax(1)).astype(float)
    # A breast is deepest between its ends; the muscle alone is a wedge that narrows from one of them.
    run = np.arange(len(reach)) if reach[0] >= reach[-1] else np.arange(len(reach))[::-1]
    if len(reach) > 20 and reach.std() and np.corrcoef(run, reach)[0, 1] < -WEDGE:
        return "the breast mask is implausible: it looks like the pectoral muscle alone"
    return ""


def band_lines(cover: NDArray[np.float64]) -> int:
    """Return how many lines of a mask from a side of the picture on, covered by these shares (0..1), are a band."""
    full = cover >= LEAST_FRAMED
    # The outermost lines may be a dark seam.
    first = int(full[:4].argmax())
    if not full[first]:
        return 0
    end = first + int((~full[first:]).argmax())
    if not first < end <= DEEPEST * len(cover):
        return 0
    return end if cover[end - 1] - cover[end : end + DROP_WITHIN].min() > LEAST_DROP else 0


def strip_lines(cover: NDArray[np.float64]) -> int:
    """Return how many lines of a mask from its upper or lower end on, covered by these shares (0..1), hold a band.

    It may be shorter than the side: no outline of a breast or an arm ends along a line of the picture.
    """
    drop, end = LEAST_STRIP, 0
    for first in range(3, int(DEEPEST_STRIP * len(cover))):
        behind = cover[first : first + DROP_WITHIN]
        if cover[first - 1] - behind.min() > drop:
            drop, end = float(cover[first - 1] - behind.min()), first + int(behind.argmin())
    return end


def without_bands(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask of an upright picture without the bands that it holds along the sides."""
    rest = mask.copy()
    for end in (rest, rest[::-1]):
        end[: strip_lines(end.mean(1))] = False
    for side in (rest, rest[::-1], rest.T, rest.T[::-1]):
        side[: band_lines(side.mean(1))] = False
    return rest
