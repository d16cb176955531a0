"""A loaded scan: what the loader found out so that the GUI thread has nothing left to compute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mammoview.qt.session.image_pyramid import ImagePyramid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mammoview.anatomy.breast import Breast
    from mammoview.display.film_mask import FilmMask
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.study.geometry import Affine
    from mammoview.study.grey_pipeline import LookUpTable, VoiWindow
    from mammoview.study.scan import Scan, Side


FILM_MASK_LEVEL = 2
"""Level of the pyramid in which borders of films are looked for."""
MARGIN_MM = 5.0
"""Widest margin beside the chest wall that still counts as a part of the film."""


@dataclass(frozen=True, eq=False)
class LoadedScan:
    """A decoded scan, ready to be shown.

    Parameters
    ----------
    scan
        Whose pixels these are.
    pixels
        Stored values (rows, columns), for the read-out.
    pyramid
        Codes of the pixels at several sizes.
    analysis
        Analysis of the pixels: breast, orientation, grey levels; of a stack, those of the frame it was loaded with.
    wall_column
        Column of the standing picture at which its chest wall edge lies: the scan's edge, or the breast's where the
        scan begins with an empty margin.
    window
        VOI window or table to start with.
    presets
        Names of the greys on offer.
    notes
        Lines for the viewport's corner that depend on the pixels.
    film_mask
        What of the film stays in sight. None for a breast that was not found, or whose mask is doubtful: nothing that
        may be tissue is covered.
    digitised
        Whether the picture is a digitised film, as far as file and pixels show.
    stamp
        `file_stamp` of the file before the pixels were decoded; None where they were in memory before.
    """

    scan: Scan
    pixels: NDArray[np.generic]
    pyramid: ImagePyramid
    analysis: ScanAnalysis
    wall_column: float
    window: VoiWindow | LookUpTable
    presets: tuple[str, ...]
    notes: tuple[str, ...]
    film_mask: FilmMask | None = None
    digitised: bool = False
    stamp: tuple[int, int] | None = None

    @property
    def breast(self) -> Breast | None:
        """The breast, or None where none was found."""
        return self.analysis.breast

    @property
    def nipple(self) -> tuple[float, float] | None:
        """(column, row) in scan pixels where it probably is, or None where no breast was found."""
        return self.analysis.nipple

    @property
    def stand(self) -> Affine:
        """From scan pixels to those of the standing picture, whose rows and columns may have changed places."""
        return self.analysis.stand

    @property
    def chest_wall(self) -> Side:
        """Side of the standing picture on which the chest wall lies."""
        return self.analysis.orientation.chest_wall

    def with_view(self) -> LoadedScan:
        """Return the same for the laterality and projection that the reader has given the scan."""
        analysis = self.analysis.with_view()
        return replace(self, analysis=analysis, wall_column=wall_column(analysis))


def load_scan(scan: Scan, check: Callable[[], None] = lambda: None, analysis: ScanAnalysis | None = None) -> LoadedScan:
    """Decode a scan and find its breast, greys and pyramid. Takes a second or so: for worker threads.

    `check` is called in between, and raises to stop the work. `analysis` is what is known of the scan already.

    Raises
    ------
    MammoviewError
        When the file cannot be decoded.
    """
    # Imported here: scikit-image would cost half a second before the window's first paint.
    from mammoview.display import rendering
    from mammoview.display.pixel_warnings import is_digitised
    from mammoview.display.scan_analysis import analyse
    from mammoview.library.insert import file_stamp, source_of
    from mammoview.records.user_calibration import apply_user_calibration

    stamp = None if scan.is_decoded else file_stamp(source_of(scan))
    pixels = scan.pixels
    check()
    for mark in scan.marks:
        if mark.bitmap is not None:
            mark.bitmap.read()  # Old files keep it in the pixels.
    check()
    apply_user_calibration(scan)
    if analysis is None or not analysis.is_of(scan):
        analysis = analyse(scan, check)
    check()
    notes = [*analysis.orientation.notes, *analysis.warnings]
    if analysis.breast is None:
        notes.append("No breast was found in the picture")
    pyramid = _pyramid(analysis, pixels)
    return LoadedScan(
        scan=scan,
        pixels=pixels,
        pyramid=pyramid,
        analysis=analysis,
        wall_column=wall_column(analysis),
        window=rendering.preset(analysis, 0),
        presets=rendering.presets(scan),
        notes=tuple(notes),
        film_mask=_film_mask(analysis, pyramid),
        digitised=is_digitised(scan, analysis.grey_levels),
        stamp=stamp,
    )


def load_frame(picture: LoadedScan, frame: int) -> LoadedScan:
    """Decode another frame of a stack; it lies where the one before lay. For worker threads.

    Raises
    ------
    MammoviewError
        When the frame cannot be decoded.
    """
    scan = picture.scan
    if scan.stack is None:
        raise ValueError("the scan is no stack")
    pixels = scan.stack.read(frame)
    return replace(picture, pixels=pixels, pyramid=_pyramid(picture.analysis, pixels))


def with_pixels(picture: LoadedScan, copy: Scan) -> LoadedScan:
    """Return a picture with the pixels of an altered copy of its scan; it lies where it lay. For worker threads."""
    pixels, analysis = copy.pixels, replace(picture.analysis, scan=copy)
    return replace(picture, pixels=pixels, pyramid=_pyramid(analysis, pixels), analysis=analysis)


def _pyramid(analysis: ScanAnalysis, pixels: NDArray[np.generic]) -> ImagePyramid:
    """Return the codes of the pixels at several sizes."""
    whole = pixels.dtype.kind in "iub" and pixels.dtype.itemsize <= 2
    # Code 0 of quantised floats means "no number".
    padding = analysis.scan.grey.padding if whole else (0, 0)
    return ImagePyramid.of(analysis.grey_levels.encode(pixels), whole and pixels.dtype.kind == "i", padding)


def _film_mask(analysis: ScanAnalysis, pyramid: ImagePyramid) -> FilmMask | None:
    """Return what of a film stays in sight, None where the breast is not known well enough."""
    from mammoview.display import rendering
    from mammoview.display.film_mask import film_mask, known_well

    breast = analysis.breast
    if breast is None or not known_well(breast):
        return None
    level = min(len(pyramid.levels) - 1, FILM_MASK_LEVEL)
    greys = rendering.table(analysis, rendering.default_window(analysis), False)[pyramid.levels[level]]
    return film_mask(breast, analysis.scan.spacing, greys, 1 << level)


def wall_column(analysis: ScanAnalysis) -> float:
    """Return the column of the standing picture at which the chest wall edge lies.

    Padded pictures (mini-MIAS is padded to a square) would otherwise hang with a gap between the breasts. A narrow
    margin is a film edge and stays: nothing that may be tissue is pushed out of the viewport.
    """
    from mammoview.study.scan import Side

    breast = analysis.breast
    left, width = analysis.orientation.chest_wall is Side.LEFT, analysis.standing_size[1]
    edge = 0.0 if left else float(width)
    if breast is None:
        return edge
    columns = np.flatnonzero(breast.mask.any(0))
    side = float(columns[0]) if left else float(columns[-1] + 1)
    found = float(breast.to_scan((side, 0.0))[1 if breast.lying else 0])
    spacing = analysis.standing_spacing
    millimetre = 1 / spacing.column_mm if spacing.known else width / 200
    if abs(found - edge) < MARGIN_MM * millimetre:
        return edge
    return max(0.0, found - millimetre) if left else min(float(width), found + millimetre)
