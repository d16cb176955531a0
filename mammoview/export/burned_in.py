"""Text in the pixels of a scan: whether there may be some, and the film outside the breast without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from mammoview.core.errors import MammoviewError
from mammoview.display.film_mask import BRIGHT, MASK_MM, FilmMask, film_mask
from mammoview.display.pixel_warnings import is_digitised
from mammoview.display.rendering import default_window, preset, table
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.scan import Scan

_REDUCED = 4
"""Scan pixels per pixel of the greys that show scanner borders; as in the window."""
_LEAST_MM2, _MOST_MM2 = 1.0, 400.0
"""Area of a sign or of a label, square mm."""
_LEAST_CUT_MM, _MOST_CUT_MM = 4.0, 20.0
"""Shorter and longer side of a letter that the edge of the picture cuts, mm: borders are narrower or longer."""
_LEAST_SIGNS = 3


def states_burned_in_text(scan: Scan) -> bool:
    """Whether the file says that text is burned into its pixels."""
    return scan.facts.get("burned-in") == "yes"


def may_name(analysis: ScanAnalysis) -> bool:
    """Whether pixels outside the breast may name the patient: of a film, or where the file says so."""
    return states_burned_in_text(analysis.scan) or is_digitised(analysis.scan, analysis.grey_levels)


def text_warning(analysis: ScanAnalysis, grey: NDArray[np.uint8]) -> str:
    """Return why there may be text in the pixels that names the patient; empty where nothing looks like it.

    Parameters
    ----------
    analysis
        Of the scan.
    grey
        uint8 (rows, columns), the scan as it is shown, not turned.
    """
    if states_burned_in_text(analysis.scan):
        return "the file says that text is burned into its pixels"
    # A mask that is no breast alone may hold labels.
    unclear = not coverable(analysis) and is_digitised(analysis.scan, analysis.grey_levels)
    otherwise = "the breast was not found clearly, so that labels on the film cannot be looked for" if unclear else ""
    breast, spacing = analysis.breast, analysis.scan.spacing
    mask = film_mask_of(analysis)
    if breast is None or mask is None:
        return otherwise
    upright = breast.to_scan.upright
    shape = breast.mask.T.shape if breast.to_scan.swapped else breast.mask.shape
    step_rows, step_columns = max(1, grey.shape[0] // shape[0]), max(1, grey.shape[1] // shape[1])
    rows, columns = min(shape[0], grey.shape[0] // step_rows), min(shape[1], grey.shape[1] // step_columns)
    blocks = grey[: rows * step_rows, : columns * step_columns].reshape(rows, step_rows, columns, step_columns)
    kept = _inside([line / (step_columns, step_rows) for line in mask.outlines], (rows, columns))
    bright = (blocks.max((1, 3)) >= BRIGHT) & ~kept
    across, down = upright.cell(spacing.column_mm, spacing.row_mm) if spacing.known else (MASK_MM, MASK_MM)
    signs = 0
    regions, _ = ndimage.label(bright, np.ones((3, 3)))
    areas = np.bincount(regions.ravel())[1:]
    for area, (down_box, across_box) in zip(areas, ndimage.find_objects(regions), strict=True):
        top, left, bottom, right = down_box.start, across_box.start, down_box.stop, across_box.stop
        inside = top > 0 and left > 0 and bottom < rows and right < columns
        # What touches the edge of the picture is a border of the film, or a letter that is cut by it.
        sides = sorted(((bottom - top) * down, (right - left) * across))
        letter = inside or (sides[0] >= _LEAST_CUT_MM and sides[1] <= _MOST_CUT_MM)
        signs += letter and _LEAST_MM2 <= area * across * down <= _MOST_MM2
    return "there are marks like text outside the breast" if signs >= _LEAST_SIGNS else otherwise


def coverable(analysis: ScanAnalysis) -> bool:
    """Whether the breast was found clearly enough to black out what lies outside it."""
    return analysis.breast is not None and not analysis.breast.warning


def film_mask_of(analysis: ScanAnalysis) -> FilmMask | None:
    """Return the film mask of a scan; None where no breast was found. Decodes the scan."""
    breast, scan = analysis.breast, analysis.scan
    if breast is None:
        return None
    codes = analysis.grey_levels.encode(scan.pixels[::_REDUCED, ::_REDUCED])
    return film_mask(breast, scan.spacing, table(analysis, default_window(analysis))[codes], _REDUCED)


def blacked_out(
    analysis: ScanAnalysis,
    pixels: NDArray[Any],
    black: float = 0,
    remedy: str = "Check the picture for labels; where there are none, export it as it is",
) -> NDArray[Any]:
    """Return pixels of a scan that show the breast and up to 5 mm around it, without scanner borders.

    Parameters
    ----------
    analysis
        Of the scan.
    pixels
        (rows, columns), not turned.
    black
        Value of all other pixels.
    remedy
        Second sentence of the error.

    Raises
    ------
    MammoviewError
        Where the breast was not found, or not clearly: labels would stay in sight.
    """
    mask = film_mask_of(analysis)
    if mask is None or not coverable(analysis):
        raise MammoviewError(
            "the breast was not found clearly enough to black out what may name the patient around it",
            remedy,
            analysis.scan.path,
        )
    shape = pixels.shape[0], pixels.shape[1]
    seen = _inside(mask.outlines, shape)
    for band in mask.bands:
        seen &= ~_inside([band], shape)
    return np.where(seen, pixels, pixels.dtype.type(black))


def darkest(analysis: ScanAnalysis, beside: Sequence[ScanAnalysis] = ()) -> float:
    """Return the stored value that is shown darkest, by the scan's own polarity and its first preset.

    Parameters
    ----------
    analysis
        Of the scan.
    beside
        Of the other breast's scans, with which it shares the automatic window.
    """
    levels, scan = analysis.grey_levels, analysis.scan
    greys = table(analysis, preset(analysis, beside=beside), bits=16)
    # Code 0 of quantised values is no number, and no file has values beyond its bits.
    least, most = (-(2 ** (scan.grey.bits - 1)), 2 ** (scan.grey.bits - 1) - 1)
    if not levels.signed:
        least, most = 0, 2**scan.grey.bits - 1
    allowed = np.ones(len(greys), bool) if levels.quantised else (levels.stored >= least) & (levels.stored <= most)
    allowed[0] &= not levels.quantised
    dark, bright = (levels.stored[allowed & (greys == end)] for end in (greys[allowed].min(), greys[allowed].max()))
    # The end of the range, so that it is dark in every window, and in programs that know no padding.
    return float(dark.max() if dark.mean() > bright.mean() else dark.min())


def _inside(outlines: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels that outlines enclose, to half a pixel, bool of `shape`; nested ones are holes."""
    seen = np.zeros(shape, bool)
    for outline in outlines:
        # Ten times as fast as scikit-image for an outline of the whole breast.
        picture = Image.new("1", shape[::-1])
        ImageDraw.Draw(picture).polygon((outline - 0.5).ravel().tolist(), fill=1)
        seen ^= np.asarray(picture)
    return seen
