"""The Frame: the base image of the paper (P02-P04) and its affine map to and from scan pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.breast import Breast, block_mean
from mammoview.study.geometry import TRANSPOSED, Affine
from mammoview.study.scan import Side
from mammoview.study.spacing import Spacing

BASE_UM = 50.0
"""Reference spacing of the Frame, um per pixel."""
FRAME_PX = 2048
"""Side of the Frame in base pixels: 102.4 mm."""


@dataclass(frozen=True)
class Frame:
    """A square of 2048 x 2048 pixels of 50 um, nipple to the right, right edge at the right-most breast column.

    Parameters
    ----------
    to_scan
        Maps Frame (column, row) at the base scale to scan (column, row).
    """

    to_scan: Affine

    @classmethod
    def of(cls, breast: Breast, spacing: Spacing, upside_down: bool = False) -> Frame:
        """Return the Frame of a breast: flipped so that the nipple points right, centred on the tip's row (P03).

        A scan stored on its side, or `upside_down` after that, is turned as well, so that every Frame is upright. With
        an unknown spacing the base pixel is taken as one scan pixel.
        """
        turn = TRANSPOSED if breast.lying else Affine()
        across, down = turn.cell(*((spacing.column_mm, spacing.row_mm) if spacing.known else (BASE_UM / 1000,) * 2))
        across, down = BASE_UM / 1000 / across, BASE_UM / 1000 / down
        down = -down if upside_down else down
        sign = 1.0 if breast.chest_wall is Side.LEFT else -1.0
        column, row = turn(breast.tip)
        return cls(
            turn
            @ Affine(
                column_scale=sign * across,
                row_scale=down,
                column_shift=column - sign * across * FRAME_PX,
                row_shift=row - down * FRAME_PX / 2,
            )
        )

    @property
    def from_scan(self) -> Affine:
        """Maps scan (column, row) to Frame (column, row) at the base scale."""
        return self.to_scan.inverse

    def lattice(self, um_per_px: float, column: float = 0.0, row: float = 0.0) -> Affine:
        """Map the lattice of the magnified image to scan pixels.

        Parameters
        ----------
        um_per_px
            Magnification: 100, 150 or 200 for patches, 400 for the heatmap's input, 3200 for its cells.
        column, row
            Frame position of the lattice's corner, in lattice pixels; 0, 0 is the Frame's own top left corner.
        """
        k = um_per_px / BASE_UM
        return self.to_scan @ Affine(k, k, k * column, k * row)


def extent(breast: Breast, to_lattice: Affine) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (whole pixels) of the breast on a lattice, given the map from scan to lattice."""
    rows, columns = np.flatnonzero(breast.mask.any(1)), np.flatnonzero(breast.mask.any(0))
    corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]], float)
    mapped = to_lattice(breast.to_scan(corners))
    low, high = np.floor(mapped.min(0)).astype(int), np.ceil(mapped.max(0)).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def resample(
    image: NDArray[np.float32],
    lattice: Affine,
    shape: tuple[int, int],
    fill: float = 0.0,
    averaged: bool = True,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """Resample `image` on a lattice.

    Parameters
    ----------
    image
        float32 (rows, columns).
    lattice
        Maps lattice (column, row) to image (column, row).
    shape
        Rows and columns to return.
    fill
        Value outside the image.
    averaged
        Whether to average over blocks first where the lattice is coarser.
    check
        Called in between; raises to stop the work.

    Returns
    -------
    float32 of `shape`, bilinear between block means, or between the values themselves.
    """
    if lattice.swapped:
        image, lattice = image.T, TRANSPOSED @ lattice
    step_r, step_c = (max(1, int(abs(s) + 0.25)) for s in (lattice.row_scale, lattice.column_scale))
    rows, columns = image.shape
    if averaged and (step_r > 1 or step_c > 1):
        r, c = max(1, rows // step_r), max(1, columns // step_c)
        step_r, step_c = min(step_r, rows), min(step_c, columns)
        image = block_mean(image[: r * step_r, : c * step_c], step_r, step_c)
        lattice = Affine(1 / step_c, 1 / step_r) @ lattice
        check()
    across = _between(image.shape[1], shape[1], lattice.column_scale, lattice.column_shift)
    down = _between(image.shape[0], shape[0], lattice.row_scale, lattice.row_shift)
    # The map is separable, so each axis is one blend of two neighbours; the shorter axis first.
    if shape[0] * image.shape[1] <= shape[1] * image.shape[0]:
        half = _blend(image, down)
        check()
        found = _blend(half.T, across).T
    else:
        half = _blend(image.T, across)
        check()
        found = _blend(half.T, down)
    check()
    found[~down[2]] = fill
    found[:, ~across[2]] = fill
    return found


def _between(
    size: int, number: int, scale: float, shift: float
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """For each point of a lattice along one axis: the index before it, its distance from there, whether it is inside.

    Index i of an array is the point i + 0.5, on both lattices; inside is from the first to the last index.
    """
    place = (np.arange(number) + 0.5) * scale + shift - 0.5
    low = np.clip(np.floor(place), 0, max(size - 2, 0)).astype(np.intp)
    return low, (place - low).astype(np.float32), (place >= 0) & (place <= size - 1)


def _blend(
    image: NDArray[np.float32], between: tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]
) -> NDArray[np.float32]:
    """Interpolate between rows, float32 (points, columns)."""
    low, part, inside = between
    part = np.where(inside, part, 0)[:, None]
    first = image[low]
    step = image[np.minimum(low + 1, len(image) - 1)] - first
    step *= part
    first += step
    return first
