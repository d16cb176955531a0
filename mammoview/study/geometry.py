"""Affine maps between pixel lattices.

Points are (column, row) pairs; pixel centres lie at integer + 0.5, so the image covers 0..columns by 0..rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Affine:
    """An axis-aligned map: (column, row) -> (column * column_scale + column_shift, row * row_scale + row_shift).

    Where it is `swapped`, column and row are exchanged first, as for a picture stored on its side. Flips are negative
    scales. Mammograms are never sheared here, which keeps every resampling separable and every inverse exact.
    """

    column_scale: float = 1.0
    row_scale: float = 1.0
    column_shift: float = 0.0
    row_shift: float = 0.0
    swapped: bool = False

    def __post_init__(self) -> None:
        if not all(np.isfinite([self.column_scale, self.row_scale, self.column_shift, self.row_shift])):
            raise ValueError(f"an affine needs finite numbers, not {self}")
        if self.column_scale == 0 or self.row_scale == 0:
            raise ValueError("an affine with a zero scale has no inverse")

    def __call__(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map points of shape (..., 2), (column, row) each."""
        p = np.asarray(points, float)
        p = p[..., ::-1] if self.swapped else p
        return p * (self.column_scale, self.row_scale) + (self.column_shift, self.row_shift)

    def __matmul__(self, first: Affine) -> Affine:
        """Return the map that applies `first` and then this one."""
        along = first.column_scale, first.column_shift
        down = first.row_scale, first.row_shift
        (column_scale, column_shift), (row_scale, row_shift) = (down, along) if self.swapped else (along, down)
        return Affine(
            self.column_scale * column_scale,
            self.row_scale * row_scale,
            self.column_scale * column_shift + self.column_shift,
            self.row_scale * row_shift + self.row_shift,
            self.swapped is not first.swapped,
        )

    @cached_property
    def inverse(self) -> Affine:
        """The inverse map; kept, since every repaint maps the places of findings with it."""
        along = 1 / self.column_scale, -self.column_shift / self.column_scale
        down = 1 / self.row_scale, -self.row_shift / self.row_scale
        (column_scale, column_shift), (row_scale, row_shift) = (down, along) if self.swapped else (along, down)
        return Affine(column_scale, row_scale, column_shift, row_shift, self.swapped)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 3 x 3 matrix for homogeneous (column, row, 1) columns."""
        across, down = (
            ([0, self.column_scale], [self.row_scale, 0])
            if self.swapped
            else ([self.column_scale, 0], [0, self.row_scale])
        )
        return np.array([[*across, self.column_shift], [*down, self.row_shift], [0, 0, 1]], float)

    @property
    def upright(self) -> Affine:
        """The same map for the transposed array, if this one is swapped."""
        return self @ TRANSPOSED if self.swapped else self

    def turned(self, pixels: NDArray[T]) -> NDArray[T]:
        """Return a view of a picture (rows, columns, ...), flipped and transposed like the map."""
        laid = pixels.swapaxes(0, 1) if self.swapped else pixels
        return laid[:: 1 if self.row_scale > 0 else -1, :: 1 if self.column_scale > 0 else -1]

    def cell(self, across: float, down: float) -> tuple[float, float]:
        """Return width and height of a cell of the lattice it maps from, given those of a pixel it maps to."""
        width, height = abs(self.column_scale) * across, abs(self.row_scale) * down
        return (height, width) if self.swapped else (width, height)


TRANSPOSED = Affine(swapped=True)
"""Rows become columns."""


def flip_columns(columns: float) -> Affine:
    """Mirror an image of that many columns left to right."""
    return Affine(column_scale=-1.0, column_shift=float(columns))


def flip_rows(rows: float) -> Affine:
    """Turn an image of that many rows upside down."""
    return Affine(row_scale=-1.0, row_shift=float(rows))
