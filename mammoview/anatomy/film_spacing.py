"""The spacing with which a breast is looked for where the file states none."""

from __future__ import annotations

from mammoview.study.scan import Scan
from mammoview.study.spacing import Spacing, SpacingSource

FILM_MM = 240.0
"""Length taken for the longer side of a picture whose spacing is unknown: the common 18 x 24 cm film."""


def film_spacing(scan: Scan) -> Spacing:
    """Return the scan's own spacing, or the one a common film would have."""
    if scan.spacing.known:
        return scan.spacing
    mm = FILM_MM / max(scan.rows, scan.columns)
    return Spacing(mm, mm, SpacingSource.ASSUMED)
