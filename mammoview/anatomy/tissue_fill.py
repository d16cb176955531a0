"""Fills a region of a mammogram from its surroundings, and sets a region into another place, without an edge.

A fill is a membrane through the smoothed tissue round the region (harmonic: it solves Laplace's equation) plus the fine
texture of a place nearby. A region that is set in keeps its own structure; a membrane takes up what the new
surroundings differ by along its edge.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoview.anatomy.breast import block_mean

SMOOTH_MM = 0.5
"""Standard deviation of the Gaussian between tissue and its texture."""
COMPARED_MM = 0.25
"""Blocks of this size are compared to find texture nearby."""
RING_MM = 1.0
"""Width of the ring round a region by which places are compared."""
MARGIN_MM = 3.0
"""Tissue beyond a region that is looked at in any case."""
REACH = 2.2
"""How far from a region its texture may come from, sides of the region."""
COARSE = 64
"""Cells of the longer side of a region for which the membrane is solved."""

Pixels = NDArray[np.float32]
Mask = NDArray[np.bool_]


def margin_px(mask: Mask, pixel_mm: float) -> int:
    """Return how many pixels round the box of a mask `fill` reads."""
    return int(REACH * max(mask.shape) + MARGIN_MM / pixel_mm)


def fill(values: Pixels, region: Mask, tissue: Mask, pixel_mm: float) -> Pixels:
    """Return the values with a region filled from its surroundings.

    Parameters
    ----------
    values
        float32 (rows, columns): the region and `margin_px` round it, less at the scan's edge.
    region
        What is filled, bool of that shape, at least one pixel.
    tissue
        Where texture may be taken from, bool of that shape.
    pixel_mm
        Size of a pixel.
    """
    sigma = SMOOTH_MM / pixel_mm
    near = _around(region, int(MARGIN_MM / pixel_mm))
    found = values.copy()
    found[near] = _membrane(_smoothed(values[near], ~region[near], sigma), region[near])
    way = _nearby(values, region, tissue, max(1, round(COMPARED_MM / pixel_mm)), max(1, round(RING_MM / COMPARED_MM)))
    if way is not None:
        rows, columns = np.nonzero(region)
        place = np.zeros_like(region)
        place[rows + way[0], columns + way[1]] = True
        there = _around(place, int(4 * sigma) + 1)
        fine = values[there] - _smoothed(values[there], ~region[there], sigma)
        found[rows, columns] += fine[rows + way[0] - there[0].start, columns + way[1] - there[1].start]
    return np.where(region, found, values)


def set_in(values: Pixels, piece: Pixels, region: Mask, pixel_mm: float) -> Pixels:
    """Return the values with a piece of other tissue in a region, levelled so that its edge fits.

    Parameters
    ----------
    values
        float32 (rows, columns).
    piece
        float32 of that shape: the other tissue, known in the region and `MARGIN_MM` round it.
    region
        Where it goes, bool of that shape, at least one pixel.
    pixel_mm
        Size of a pixel.
    """
    differs = _smoothed(values - piece, ~region, SMOOTH_MM / pixel_mm)
    return np.where(region, piece + _membrane(differs, region), values)


def _smoothed(values: Pixels, known: Mask, sigma: float) -> Pixels:
    """Return the Gaussian mean of the known values."""
    weight = ndimage.gaussian_filter(known.astype(np.float32), sigma)
    total = ndimage.gaussian_filter(np.where(known, values, np.float32(0)), sigma)
    return total / np.maximum(weight, np.float32(1e-4))


def _membrane(values: Pixels, region: Mask) -> Pixels:
    """Return the values with those in the region replaced by the harmonic function between their neighbours."""
    side: int = max(int(np.ptp(index)) + 1 for index in np.nonzero(region))
    block = max(1, -(-side // COARSE))
    rows, columns = region.shape
    pad = ((0, -rows % block), (0, -columns % block))
    cells = tuple(-(-n // block) for n in region.shape)
    blocks = (cells[0], block, cells[1], block)
    known = np.pad(~region, pad).reshape(blocks)
    number = known.sum((1, 3))
    coarse = np.where(known, np.pad(values, pad).reshape(blocks), 0).sum((1, 3)) / np.maximum(number, 1)
    coarse = _harmonic(coarse, 2 * number < block * block)
    if block == 1:
        return coarse.astype(np.float32)
    y, x = ((np.arange(n) + 0.5) / block - 0.5 for n in region.shape)
    fine = ndimage.map_coordinates(coarse, np.meshgrid(y, x, indexing="ij"), order=1, mode="nearest")
    return np.where(region, fine, values).astype(np.float32)


def _harmonic(values: NDArray[np.float64], region: Mask) -> NDArray[np.float64]:
    """Solve Laplace's equation in the region; where the array ends, nothing flows.

    Row by row: each is a linear function of the one below it (a block tridiagonal system, LU without pivots).
    """
    if not region.any() or region.all():
        return values
    near = _around(region, 1)
    inside, found = region[near].astype(np.float64), values[near].astype(np.float64)
    height, width = inside.shape
    sides = np.full(inside.shape, 4.0)
    sides[0] -= 1
    sides[-1] -= 1
    sides[:, 0] -= 1
    sides[:, -1] -= 1
    beside = np.eye(width, k=1) + np.eye(width, k=-1)
    factors, offsets = np.zeros((height, width, width)), np.zeros((height, width))
    for row, cells in enumerate(inside):
        # In the region sides x - (beside, above and below) = 0, elsewhere x is known. Above the first row is nothing.
        own = np.diag(np.where(cells > 0, sides[row], 1)) - cells[:, None] * (beside + factors[row - 1])
        known = np.where(cells > 0, offsets[row - 1], found[row])
        solved = np.linalg.solve(own, np.column_stack([np.diag(cells), known]))
        factors[row], offsets[row] = solved[:, :-1], solved[:, -1]
    below = np.zeros(width)
    for row in reversed(range(height)):
        below = found[row] = factors[row] @ below + offsets[row]
    result = values.copy()
    result[near] = found
    return result


def _around(region: Mask, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels of a mask with a margin, as far as the mask reaches."""
    return tuple(  # type: ignore[return-value]  # of two axes there are two
        slice(max(0, int(index.min()) - margin), min(end, int(index.max()) + margin + 1))
        for index, end in zip(np.nonzero(region), region.shape, strict=True)
    )


def _nearby(values: Pixels, region: Mask, tissue: Mask, block: int, ring_cells: int) -> tuple[int, int] | None:
    """Return the way, (rows, columns), to the place nearby whose surroundings are most alike; None where there is none.

    Means of square blocks of pixels are compared, in a ring of some cells; all of the place and its ring is tissue.
    """
    block = min(block, *values.shape)
    rows, columns = (n // block * block for n in values.shape)
    whole = np.s_[:rows, :columns]
    smooth = block_mean(values[whole], block, block)
    inside = block_mean(region[whole].astype(np.float32), block, block) > 0
    allowed = block_mean(tissue[whole].astype(np.float32), block, block) == 1
    ring = ndimage.binary_dilation(inside, iterations=ring_cells) & ~inside
    if not inside.any() or not ring.any():
        return None
    cells, edge = np.argwhere(inside | ring), np.argwhere(ring)
    side = max(int(np.ptp(index)) + 1 for index in np.nonzero(inside))
    best: tuple[float, tuple[int, int]] | None = None
    for distance, angle in product((1.15, 1.6, 2.0), np.arange(16) * np.pi / 8):
        way = np.round(distance * side * np.array([np.sin(angle), np.cos(angle)])).astype(int)
        there = cells + way
        if (there < 0).any() or (there >= inside.shape).any():
            continue
        if not allowed[tuple(there.T)].all() or inside[tuple(there.T)].any():
            continue
        off = smooth[tuple(edge.T)] - smooth[tuple((edge + way).T)]
        unlike = float(off.std() + abs(off.mean()) / 2)
        if best is None or unlike < best[0]:
            best = unlike, (int(way[0]) * block, int(way[1]) * block)
    return None if best is None else best[1]
