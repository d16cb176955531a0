"""Input images of the models for altered places of a scan, equal to those places in the images of the whole scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.intensity import TissueBright
from mammoview.assess.inference.preprocessing import RIM_MM, Normalisation
from mammoview.study.geometry import Affine

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


@dataclass(frozen=True, eq=False)
class ScanParts:
    """Reads parts of a scan and of its altered copies; of their pixels nothing is kept.

    Parameters
    ----------
    normalisation
        Of the true scan.
    greys
        How its stored values are read.
    """

    normalisation: Normalisation
    greys: TissueBright

    def magnified(
        self,
        pixels: NDArray[np.generic],
        um: int,
        left: int,
        top: int,
        rows: int,
        columns: int,
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[np.float32]:
        """Return the intensities of `PreparedScan.magnified` for a small part, reading the pixels below it alone.

        `pixels` are the stored values (rows, columns) of the scan or of an altered copy.
        """
        whole = self.normalisation
        margin = int(np.ceil(1000 * RIM_MM / um)) + 2  # what is seen depends on the breast that far away
        lattice = whole.frame.lattice(um, left - margin, top - margin)
        size = rows + 2 * margin, columns + 2 * margin
        ends = lattice([[0, 0], [size[1], size[0]]])
        # Blocks of pixels that are averaged begin at the scan's corner.
        steps = [max(1, int(abs(s) + 0.25)) for s in (lattice.column_scale, lattice.row_scale)]
        height, width = pixels.shape
        across, down = (
            slice(max(0, (int(low) // step - 2) * step), min(end, (int(high) // step + 3) * step))
            for low, high, step, end in zip(ends.min(0), ends.max(0), steps, (width, height), strict=True)
        )
        shifted = Affine(column_shift=-across.start, row_shift=-down.start)
        breast = replace(whole.breast, to_scan=shifted @ whole.breast.to_scan)
        frame = replace(whole.frame, to_scan=shifted @ whole.frame.to_scan)
        part = replace(whole, breast=breast, frame=frame).of(self.greys.of(pixels[down, across]))
        values, _mask = part.magnified(um, left - margin, top - margin, *size, check)
        return values[margin:-margin, margin:-margin]

    def changed(self, um: int, corner: tuple[int, int], size: tuple[int, int], box: Box) -> Box:
        """Return where a magnified image may differ when pixels in a box of the scan do.

        Parameters
        ----------
        corner
            Place of the image on the Frame's lattice at that magnification (left, top), pixels.
        size
            Its rows and columns.
        """
        ends = self.normalisation.frame.lattice(um, *corner).inverse([box[:2], box[2:]])
        low, high = np.floor(ends.min(0)).astype(int) - 2, np.ceil(ends.max(0)).astype(int) + 2
        rows, columns = size
        return max(0, int(low[0])), max(0, int(low[1])), min(columns, int(high[0])), min(rows, int(high[1]))
