"""Shutters (PS3.3 C.7.6.11), rotation (C.10.6) and displayed area (C.10.4) of a presentation state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.study.geometry import TRANSPOSED, Affine, flip_columns


@dataclass(frozen=True, eq=False)  # arrays are never compared
class Shutter:
    """Display shutter: the visible region is the intersection of its shapes.

    Parameters
    ----------
    polygons
        float64 (N, 2) each, (column, row) in scan pixels; a rectangle is one of them.
    circle
        Column and row of the centre, and radius, pixels; None for none.
    grey
        Grey of the hidden region, 0 black .. 1 white.
    """

    polygons: tuple[NDArray[np.float64], ...] = ()
    circle: tuple[float, float, float] | None = None
    grey: float = 0.0

    def visible(self, rows: int, columns: int) -> NDArray[np.bool_]:
        """Mask of the visible pixels, by their centres, bool (rows, columns)."""
        from skimage.draw import polygon2mask  # Imported here: reading a header does not need it.

        seen = np.ones((rows, columns), bool)
        for polygon in self.polygons:
            # scikit-image has pixel centres at integers.
            seen &= polygon2mask((rows, columns), polygon[:, ::-1] - 0.5)
        if self.circle is not None:
            column, row, radius = self.circle
            down, across = np.arange(rows)[:, None] + 0.5 - row, np.arange(columns) + 0.5 - column
            seen &= down**2 + across**2 <= radius**2
        return seen


@dataclass(frozen=True, eq=False)
class Presentation:
    """How a presentation state shows one picture.

    Parameters
    ----------
    shutter
        Display shutter, or None.
    quarters, mirrored
        Number of clockwise rotations by 90 degrees, then whether it is mirrored left to right. 0 and False leave the
        picture as the hanging protocol shows it.
    area
        Left, top, right, bottom of the part to be shown, in scan pixels, or None for the whole.
    magnification
        Screen pixels per scan pixel that are asked for, or None for what fits.
    glass_mm
        Width of a scan pixel on the glass of the screen that is asked for (true size), mm, or None for what fits.
    overlays
        Groups of the picture's overlay planes that may be shown with it (PS3.3 C.11.7), such as 0x6000.
    """

    shutter: Shutter | None = None
    quarters: int = 0
    mirrored: bool = False
    area: tuple[float, float, float, float] | None = None
    magnification: float | None = None
    glass_mm: float | None = None
    overlays: frozenset[int] = frozenset()

    def turning(self, rows: int, columns: int) -> Affine | None:
        """Return the map from scan (column, row) to the turned picture; None where nothing is turned."""
        if not self.quarters and not self.mirrored:
            return None
        found, height, width = Affine(), rows, columns
        for _ in range(self.quarters):
            found = flip_columns(height) @ TRANSPOSED @ found
            height, width = width, height
        return flip_columns(width) @ found if self.mirrored else found
