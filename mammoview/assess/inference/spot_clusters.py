"""Where small bright spots lie closer together than around: candidates of calcifications, found by filters alone.

A spot is a local maximum of a difference of Gaussians at 200 um that stands out of its surroundings' own noise. Nothing
here is trained, and nothing is relative to the view as a whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoview.anatomy.breast import block_mean
from mammoview.assess.inference.heatmap_cells import CELL_UM

UM = 200
"""um per pixel at which spots are looked for: the finest that most of the data have."""
CELL_PX = CELL_UM // UM
"""A cell of the heatmap in pixels of that image."""
GAUSSIANS_PX = (0.6, 1.5)
"""Standard deviations of the two Gaussians, pixels: spots of about .2 to .8 mm pass."""
NOISE_PX = 25.0
"""Standard deviation of the window over which the noise is measured, pixels (5 mm)."""
RIM_PX = 5
"""Spots lie at least this far inside the breast mask, pixels (1 mm): its rim is an edge."""
NEIGHBOURS_PX = 5
"""A spot is the highest pixel of a square of this side."""
SPOT = 5.0
"""A spot is this many standard deviations of the noise high."""
NEAR_MM = 4.0
"""Spots up to this far from a place are those of a cluster."""
RING_MM = (6.0, 12.0)
"""Spots between these distances are those around it."""
RING_WEIGHT = 0.7
"""How much spots around count against those of a cluster, both as logarithms of their numbers."""
BIN_PX = 4
"""Side of the squares in which spots are counted, pixels (.8 mm)."""
_SMALL = 8
_MEAN_TO_SD = float(np.sqrt(np.pi / 2))
_LEAST_NOISE = 1e-4


def spots(image: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the spots of an image, (N, 2) of (row, column).

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, 200 um per pixel.
    inside
        Pixels of the breast, bool (rows, columns).
    """
    deep = ndimage.minimum_filter(inside.astype(np.uint8), 2 * RIM_PX + 1, mode="constant")
    fine, wide = (_blurred(image, sigma) for sigma in GAUSSIANS_PX)
    band = fine - wide
    held = deep.astype(np.float32)
    share = _blurred(_reduced(held), NOISE_PX / _SMALL) + np.float32(1e-3)
    noise = _blurred(_reduced(np.abs(band) * held), NOISE_PX / _SMALL) / share * np.float32(_MEAN_TO_SD)
    noise = ndimage.zoom(noise, _SMALL, order=1, mode="nearest", grid_mode=True) + np.float32(_LEAST_NOISE)
    high = np.where(deep > 0, band / noise, 0)
    best = ndimage.maximum_filter(high, NEIGHBOURS_PX, mode="nearest") == high
    return np.argwhere(best & (high > SPOT))


def cluster_map(image: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how much denser spots lie near each place than around it, on the heatmap's cells.

    The logarithm of the number of spots near a place, less that of those around; float32 (rows / 16, columns / 16), the
    highest value of each cell. 0 where there are no spots.

    Parameters
    ----------
    image, inside
        As of `spots`; sides are multiples of 16 px, and the first cell starts at the corner.
    """
    rows, columns = (n // BIN_PX for n in image.shape)
    number = np.zeros((rows, columns), np.float32)
    np.add.at(number, tuple((spots(image, inside) // BIN_PX).T), 1)
    near, around = (_counted(number, *reach) for reach in ((0.0, NEAR_MM), RING_MM))
    values = np.log1p(near) - RING_WEIGHT * np.log1p(around)
    side = CELL_PX // BIN_PX
    return np.asarray(values.reshape(rows // side, side, columns // side, side).max((1, 3)), np.float32)


def _blurred(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    # The kernel ends at four standard deviations, rounded up to whole pixels.
    return np.asarray(ndimage.gaussian_filter(image, sigma, mode="nearest", radius=(round(8 * sigma + 1) | 1) // 2))


def _reduced(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return block_mean(image, _SMALL, _SMALL)


def _counted(number: NDArray[np.float32], nearest: float, farthest: float) -> NDArray[np.float32]:
    """Return how many spots lie between two distances from each place, mm."""
    disk = _disk(nearest, farthest)
    sides = [n + len(disk) - 1 for n in number.shape]
    found = np.fft.irfft2(np.fft.rfft2(number, sides) * np.fft.rfft2(disk, sides), sides)
    half = len(disk) // 2
    return np.rint(found[half : half + number.shape[0], half : half + number.shape[1]]).astype(np.float32)


def _disk(nearest: float, farthest: float) -> NDArray[np.float32]:
    """Return a kernel of 1 between two distances from its middle, mm."""
    step = BIN_PX * UM / 1000
    half = int(np.ceil(farthest / step))
    down, across = np.mgrid[-half : half + 1, -half : half + 1] * step
    distance = np.hypot(down, across)
    return ((distance >= nearest) & (distance < farthest)).astype(np.float32)
