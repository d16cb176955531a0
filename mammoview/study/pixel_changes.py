"""Altered copies of scans: pixels that no file holds, and which are never taken for those of the true scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.study.scan import Scan

ALTERED = "Altered picture: tissue was erased or moved. It is not what was exposed."
"""Said of every picture of an altered scan."""


@dataclass(frozen=True, eq=False)
class PixelRegion:
    """Some pixels of a scan.

    Parameters
    ----------
    left, top
        Column and row of the scan at which the mask's corner lies.
    mask
        bool (rows, columns): which pixels, at least one.
    """

    left: int
    top: int
    mask: NDArray[np.bool_]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in scan pixels."""
        rows, columns = self.mask.shape
        return self.left, self.top, self.left + columns, self.top + rows

    @property
    def centre(self) -> tuple[float, float]:
        """Mean place of its pixels, (column, row) in scan pixels."""
        rows, columns = np.nonzero(self.mask)
        return self.left + float(columns.mean()) + 0.5, self.top + float(rows.mean()) + 0.5

    def holds(self, column: float, row: float) -> bool:
        """Whether a scan point lies in one of the pixels."""
        c, r = int(np.floor(column)) - self.left, int(np.floor(row)) - self.top
        rows, columns = self.mask.shape
        return 0 <= r < rows and 0 <= c < columns and bool(self.mask[r, c])

    @classmethod
    def of(cls, mask: NDArray[np.bool_], left: int = 0, top: int = 0) -> PixelRegion | None:
        """Return the pixels of a mask whose corner lies there, cut to their box; None where there are none."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not rows.size:
            return None
        cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return cls(left + int(columns[0]), top + int(rows[0]), cut)


@dataclass(frozen=True, eq=False)
class PixelChange:
    """Other values for some pixels of a scan.

    Parameters
    ----------
    region
        Which pixels.
    values
        Stored values (rows, columns) of the region's box, of the type of the scan's pixels; those outside its mask are
        not used.
    """

    region: PixelRegion
    values: NDArray[np.generic]


def altered_copy(scan: Scan, changes: Sequence[PixelChange]) -> Scan:
    """Return a copy of a scan, or of the frame of a stack that is shown, with these changes in their order.

    The pixels of the scan itself are left as they are. The copy has a hash of its own, and `Scan.altered` is set.
    Decodes the scan. Raises UnreadableError.
    """
    still = scan.still()
    pixels = np.array(still.pixels)
    for change in changes:
        left, top, right, bottom = change.region.box
        np.copyto(pixels[top:bottom, left:right], change.values, casting="no", where=change.region.mask)
    return replace(still, read=lambda: pixels, altered=True, _pixels=None)


def refuse_altered(scan: Scan, what: str) -> None:
    """Raise MammoviewError for an altered scan: `what` is made of true scans only, such as "a table"."""
    if scan.altered:
        raise MammoviewError(
            f"the pixels of this picture were altered, and {what} is made of true pixels only",
            "Undo the alterations first",
            scan.path,
        )
