"""Stored pixels at several sizes, so that a 13-megapixel scan is drawn from as many as its viewport has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMALLEST = 128
"""Levels end when the shorter side would fall below this, pixels."""
STRETCH = 1.05
"""Screen pixels that a level's pixel may take."""

_STRIP = 32
"""Rows of a halving that are worked on at once: what is made of them stays in the processor's cache."""


@dataclass(frozen=True)
class ImagePyramid:
    """A scan's pixels and their halvings.

    Parameters
    ----------
    levels
        uint16 (rows, columns), each half the size of the one before (rounded up); stored values & 0xFFFF, as
        `display.grey.table` is indexed.
    """

    levels: tuple[NDArray[np.uint16], ...]

    @classmethod
    def of(
        cls, indices: NDArray[np.uint16], signed: bool = False, padding: tuple[int, int] | None = None
    ) -> ImagePyramid:
        """Build the halvings of `indices` (rows, columns).

        Parameters
        ----------
        indices
            uint16 (rows, columns), what the grey table is indexed with; becomes level 0 without a copy.
        signed
            Whether the values are two's complement, so that means are taken of what they stand for.
        padding
            Inclusive range of stored values that mean "no data": a block that holds one stays padding, so that no
            bright rim grows between padding and tissue.
        """
        levels = [indices]
        while min(levels[-1].shape) >= 2 * SMALLEST:
            levels.append(_halved(levels[-1], signed, padding))
        return cls(tuple(levels))

    @property
    def size(self) -> int:
        """Bytes of all levels."""
        return sum(level.nbytes for level in self.levels)

    def level_for(self, scale: float) -> int:
        """Return the coarsest level that still has a pixel per screen pixel at `scale` screen px per scan px.

        Up to `STRETCH` of a level pixel is shown for one: just past a halving the finer level would cost four times
        the look-ups for what is not shown.
        """
        wanted = int(np.floor(np.log2(STRETCH / scale))) if 0 < scale < 1 else 0
        return min(max(wanted, 0), len(self.levels) - 1)


def _halved(level: NDArray[np.uint16], signed: bool, padding: tuple[int, int] | None) -> NDArray[np.uint16]:
    """Mean of 2 x 2 blocks; an odd last row or column is repeated."""
    rows, columns = level.shape
    if rows % 2 or columns % 2:
        level = np.pad(level, ((0, rows % 2), (0, columns % 2)), mode="edge")
    # Two neighbours in a row are read as one number, whose halves are the two: in memory that lies in one piece.
    kind = np.int32 if signed else np.uint32
    pairs = np.ascontiguousarray(level).view(kind)
    halved = np.empty((len(level) // 2, level.shape[1] // 2), np.uint16)
    for row in range(0, len(halved), _STRIP):
        both = pairs[2 * row : 2 * (row + _STRIP)]
        high = both >> 16
        low = both << 16
        low >>= 16
        total = low[::2] + low[1::2]
        total += high[::2]
        total += high[1::2]
        total >>= 2
        mean = halved[row : row + _STRIP]
        mean[:] = total.astype(np.uint16)
        if padding is not None:
            first, last = padding
            empty = np.zeros(mean.shape, bool)
            for corner in (low[::2], low[1::2], high[::2], high[1::2]):
                empty |= (corner >= first) & (corner <= last)
            mean[empty] = np.array(first).astype(np.int16 if signed else np.uint16).view(np.uint16)
    return halved
