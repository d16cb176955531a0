"""Maps of probabilities that other programs, or this one earlier, made of a scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.study.geometry import Affine


@dataclass(frozen=True, eq=False)  # arrays are never compared
class ProbabilityMap:
    """Values on a lattice over a scan.

    Parameters
    ----------
    name
        Label of the segment.
    source
        Name of the algorithm.
    values
        float32 (rows, columns), 0..1.
    to_scan
        Maps (column, row) of the lattice to (column, row) of the scan.
    """

    name: str
    source: str
    values: NDArray[np.float32]
    to_scan: Affine

    def at(self, column: float, row: float) -> float | None:
        """Return the value of the cell that holds a scan point; None outside the lattice."""
        c, r = np.floor(self.to_scan.inverse((column, row))).astype(int)
        rows, columns = self.values.shape
        return float(self.values[r, c]) if 0 <= r < rows and 0 <= c < columns else None
