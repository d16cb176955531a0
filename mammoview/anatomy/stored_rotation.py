"""Detects pictures that are stored on their side, from the outline of the breast.

The breast is longer along the chest wall than it is deep, has a straight edge at the wall alone, and tapers to the
nipple opposite to it. In an oblique view the muscle widens the upper end as well, so no single sign is enough.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SURE = 0.75
"""Least absolute score for a decision. Chosen on the 1,508 scans it was measured on, all of them upright: 1,231
views of CBIS-DDSM, 256 of mini-MIAS, 11 of DDSM, 8 samples and 2 of WG04. All score below zero, all but 4 below -SURE;
turning a picture by 90 degrees negates its score."""


def lies(stated: bool | None, score: float) -> bool:
    """Whether a picture is stored on its side: by the outline where decisive, else by the file, else False."""
    return score > 0 if abs(score) >= SURE else bool(stated)


def sideways_score(mask: NDArray[np.bool_], cell: tuple[float, float]) -> float:
    """Return a score of how much the breast looks stored on its side rather than upright.

    Parameters
    ----------
    mask
        The breast, bool (rows, columns), not empty.
    cell
        Width and height of a cell of the mask, in one unit.

    Returns
    -------
    Positive where the chest wall seems to be at the upper or lower end, negative where it seems to be at the left or
    right; about -4..4. That is twice the logarithm of width by height, and by how much more than the left and right
    ends the upper and lower ones are full, and differ in fullness.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = box.shape[0] * cell[1], box.shape[1] * cell[0]
    upper, lower = _ends(box)
    left, right = _ends(box.T)
    fuller = max(upper, lower) - max(left, right)
    uneven = abs(upper - lower) - abs(left - right)
    return float(2 * np.log(width / height) + fuller + uneven)


def _ends(box: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the filled share of the first and of the last eighth of the rows, 0..1."""
    eighth = max(1, len(box) // 8)
    return float(box[:eighth].mean()), float(box[-eighth:].mean())
