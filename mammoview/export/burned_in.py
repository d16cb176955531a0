"""Text in the pixels of a scan: whether there may be some, and the film outside the breast without it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage import measure

from mammoview.anatomy.disk_morphology import dilated
from mammoview.core.errors import MammoviewError
from mammoview.display.film_mask import BRIGHT, KEPT_MM, MASK_MM
from mammoview.display.scan_analysis import ScanAnalysis

_LEAST_MM2, _MOST_MM2 = 1.0, 400.0
"""Area of a sign or of a label, square mm."""
_LEAST_SIGNS = 3


def doubt(analysis: ScanAnalysis, grey: NDArray[np.uint8]) -> str:
    """Return why there may be text in the pixels that names the patient; empty where nothing looks like it.

    Parameters
    ----------
    analysis
        Of the scan.
    grey
        uint8 (rows, columns), the scan as it is shown, not turned.
    """
    if analysis.scan.facts.get("burned-in") == "yes":
        return "the file says that text is burned into its pixels"
    if analysis.breast is None:
        return ""
    kept, cell_mm = _kept(analysis)
    step_rows, step_columns = max(1, grey.shape[0] // kept.shape[0]), max(1, grey.shape[1] // kept.shape[1])
    rows, columns = min(kept.shape[0], grey.shape[0] // step_rows), min(kept.shape[1], grey.shape[1] // step_columns)
    blocks = grey[: rows * step_rows, : columns * step_columns].reshape(rows, step_rows, columns, step_columns)
    bright = (blocks.max((1, 3)) >= BRIGHT) & ~kept[:rows, :columns]
    signs = 0
    for region in measure.regionprops(measure.label(bright, connectivity=2)):
        top, left, bottom, right = region.bbox
        # What touches the edge of the picture is a border of the film.
        inside = top > 0 and left > 0 and bottom < rows and right < columns
        signs += inside and _LEAST_MM2 <= region.area * cell_mm**2 <= _MOST_MM2
    return "there are marks like text outside the breast" if signs >= _LEAST_SIGNS else ""


def blacked_out(analysis: ScanAnalysis, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the shown scan, uint8 (rows, columns), black where it is more than 5 mm outside the breast.

    Raises
    ------
    MammoviewError
        Where the breast was not found, or not clearly: labels would stay in sight.
    """
    if analysis.breast is None or analysis.breast.doubt:
        raise MammoviewError(
            "the breast was not found clearly enough to black out what may name the patient around it",
            "Check the picture for labels, and leave --black-outside out",
            analysis.scan.path,
        )
    kept, _cell_mm = _kept(analysis)
    rows = np.minimum((np.arange(grey.shape[0]) + 0.5) * kept.shape[0] / grey.shape[0], kept.shape[0] - 1)
    columns = np.minimum((np.arange(grey.shape[1]) + 0.5) * kept.shape[1] / grey.shape[1], kept.shape[1] - 1)
    return np.where(kept[rows.astype(np.intp)][:, columns.astype(np.intp)], grey, np.uint8(0))


def _kept(analysis: ScanAnalysis) -> tuple[NDArray[np.bool_], float]:
    """Return the breast and what is within 5 mm of it on the mask's lattice, as stored, and the side of a cell, mm."""
    breast, spacing = analysis.breast, analysis.scan.spacing
    assert breast is not None
    mask = breast.mask.T if breast.to_scan.swapped else breast.mask
    upright = breast.to_scan.upright
    across, down = upright.cell(spacing.column_mm, spacing.row_mm) if spacing.known else (MASK_MM, MASK_MM)
    cell_mm = (across + down) / 2
    return dilated(mask, KEPT_MM / cell_mm), cell_mm
