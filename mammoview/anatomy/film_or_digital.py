"""Recognition of digital mammograms, as opposed to digitised film, by their pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.disk_morphology import dilated

LEAST_EDGE = 0.97
"""Least share of the picture's edges, without the breast, that has exactly one value: film shows a border there."""
MOST_FAINT = 2e-5
"""Largest share of the air that differs from this value by less than `LABEL`: the noise of film is more, and of 403
views of CBIS-DDSM three are so dark that only specks of dust differ, in 5e-5 to 8e-5 of their air."""
LABEL = 0.1
"""A pixel that differs by more than this share of the range belongs to a label; near it JPEG artefacts are ignored."""
LEAST_AIR = 0.05
"""Least share of air in the picture for a decision."""
_EDGE, _NEAR = 3, 12


def looks_digital(pixels: NDArray[np.generic], air: NDArray[np.bool_]) -> bool:
    """Whether the air around the breast is exactly constant up to the edges of the picture, unlike on film.

    A film with blanked background looks the same.

    Parameters
    ----------
    pixels
        Stored values (rows, columns), not averaged.
    air
        Which of them lie well outside of the breast, bool, same shape.
    """
    if np.count_nonzero(air) < LEAST_AIR * air.size:
        return False
    values, counts = np.unique(pixels[air], return_counts=True)
    constant = values[counts.argmax()]
    edge = air.copy()
    edge[_EDGE:-_EDGE, _EDGE:-_EDGE] = False
    if not edge.any() or (pixels[edge] == constant).mean() < LEAST_EDGE:
        return False
    off = np.abs(pixels.astype(np.float32) - np.float32(constant))
    label = air & (off > LABEL * off.max())
    clear = air & ~dilated(label, _NEAR)
    return bool(clear.any() and (off[clear] > 0).mean() <= MOST_FAINT)
