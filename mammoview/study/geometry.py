"""Affine maps between pixel lattices.

Points are (column, row) pairs; pixel centres lie at integer + 0.5, so the image covers 0..columns by 0..rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Affine:
    """An axis-aligned map: (column, row) -> (column * column_scale + column_shift, row * row_scale + row_shift).

    Flips are negative scales. Mammograms are never sheared here, and keeping the map diagonal keeps every resampling
    separable and every inverse exact.
    """

    column_scale: float = 1.0
    row_scale: float = 1.0
    column_shift: float = 0.0
    row_shift: float = 0.0

    def __post_init__(self) -> None:
        if not all(np.isfinite([self.column_scale, self.row_scale, self.column_shift, self.row_shift])):
            raise ValueError(f"an affine needs finite numbers, not {self}")
        if self.column_scale == 0 or self.row_scale == 0:
            raise ValueError("an affine with a zero scale has no inverse")

    def __call__(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map points of shape (..., 2), (column, row) each."""
        p = np.asarray(points, float)
        return p * (self.column_scale, self.row_scale) + (self.column_shift, self.row_shift)

    def __matmul__(self, first: Affine) -> Affine:
        """Return the map that applies `first` and then this one."""
        return Affine(
            self.column_scale * first.column_scale,
            self.row_scale * first.row_scale,
            self.column_scale * first.column_shift + self.column_shift,
            self.row_scale * first.row_shift + self.row_shift,
        )

    @property
    def inverse(self) -> Affine:
        """The map that undoes this one."""
        return Affine(
            1 / self.column_scale,
            1 / self.row_scale,
            -self.column_shift / self.column_scale,
            -self.row_shift / self.row_scale,
        )

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 3 x 3 matrix for homogeneous (column, row, 1) columns."""
        return np.array(
            [[self.column_scale, 0, self.column_shift], [0, self.row_scale, self.row_shift], [0, 0, 1]], float
        )


def flip_columns(columns: float) -> Affine:
    """Mirror an image of that many columns left to right."""
    return Affine(column_scale=-1.0, column_shift=float(columns))


def flip_rows(rows: float) -> Affine:
    """Turn an image of that many rows upside down."""
    return Affine(row_scale=-1.0, row_shift=float(rows))
