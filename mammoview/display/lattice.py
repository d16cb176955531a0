"""Interface of values on a lattice over a scan, as layers use it. Imports no numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.study.geometry import Affine


class Lattice(Protocol):
    """Values with their place in the scan, such as `mammoview.assess.results.assessment.Layer`."""

    @property
    def values(self) -> NDArray[np.float32]:
        """Float (rows, columns)."""

    @property
    def to_scan(self) -> Affine:
        """Maps (column, row) of the lattice to (column, row) of the scan."""

    def at(self, column: float, row: float) -> float | None:
        """Value of the cell that holds a scan point; None outside the lattice."""
