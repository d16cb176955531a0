"""The film mask of a scan for exports: what lies outside of the breast may hold labels that name the patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.display.doubts import is_digitised
from mammoview.display.film_mask import FilmMask, film_mask
from mammoview.display.rendering import default_window, table
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.dicom.regions import enclosed
from mammoview.export.dicom.source import DicomSource

_REDUCED = 4
"""Scan pixels per pixel of the greys that show scanner borders; as in the window."""


def mask_of(analysis: ScanAnalysis) -> FilmMask | None:
    """Return the film mask of a scan; None where the breast is not known well enough. Decodes the scan."""
    breast, scan = analysis.breast, analysis.scan
    if breast is None or breast.doubt:
        return None
    codes = analysis.grey_levels.encode(scan.pixels[::_REDUCED, ::_REDUCED])
    return film_mask(breast, scan.spacing, table(analysis, default_window(analysis))[codes], _REDUCED)


def may_name(source: DicomSource) -> bool:
    """Whether pixels outside of the breast may name the patient: of a film, or where the header says so."""
    burned_in = str(source.header.get("BurnedInAnnotation", "")).upper() == "YES"
    return burned_in or is_digitised(source.scan, source.analysis.grey_levels)


def visible(source: DicomSource) -> NDArray[np.bool_] | None:
    """Return the pixels that name nobody, bool (rows, columns); None for all.

    Raises
    ------
    MammoviewError
        When pixels may name the patient, and it is not known where the breast is.
    """
    if source.keep_identity or not may_name(source):
        return None
    scan, mask = source.scan, mask_of(source.analysis)
    if mask is None:
        raise MammoviewError(
            "the breast was not found clearly enough to black out what may name the patient around it",
            "Check the picture for labels, and export it with --keep-identity",
            scan.path,
        )
    seen = np.zeros((scan.rows, scan.columns), bool)
    for outline in mask.outlines:
        seen ^= enclosed(outline, seen.shape)
    for band in mask.bands:
        seen &= ~enclosed(band, seen.shape)
    return seen
