"""Strides of patch grids. Imports neither numpy nor torch, since the command line imports it."""

from __future__ import annotations

from enum import StrEnum


class GridStride(StrEnum):
    """How far apart the cells of a grid are."""

    EVEN = "even"
    """About 6.4 mm on the breast, whichever magnification: 64 px at 100 um as in the paper, 32 px at 150 and 200 um."""
    PAPER = "paper"
    """64 px of the magnified image: 6.4, 9.6 and 12.8 mm."""
    FINE = "fine"
    """32 px of the magnified image: 3.2, 4.8 and 6.4 mm."""

    def pixels(self, um: int, step: int) -> int:
        """Stride in pixels of a magnification: a multiple of twice the network's step, so that cells have a centre."""
        wished = {GridStride.EVEN: 6400 / um, GridStride.PAPER: 64.0, GridStride.FINE: 32.0}[self]
        return max(2 * step, round(wished / (2 * step)) * 2 * step)
