"""Analysis of a scan's pixels, made once and passed on: breast, orientation, nipple, grey levels.

Display, export and models all work with the same breast mask. It is found in the models' intensities at full
resolution, averaged to 0.4 mm: they were trained with masks of that kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from mammoview.anatomy.breast import Breast, find_breast
from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.intensity import TissueBright
from mammoview.anatomy.nipple import nipple
from mammoview.anatomy.pectoral import SURE
from mammoview.anatomy.stored_rotation import lies
from mammoview.core.errors import NoBreastError
from mammoview.display.grey_levels import GreyLevels, grey_levels
from mammoview.display.pixel_warnings import pixel_warnings
from mammoview.display.stored_orientation import StoredOrientation, stored_orientation
from mammoview.study.geometry import TRANSPOSED, Affine
from mammoview.study.patient_orientation import stored_lying
from mammoview.study.scan import Laterality, Projection, Scan, Side
from mammoview.study.spacing import Spacing

OBLIQUE = (Projection.MLO, Projection.LMO)
"""Projections that show the pectoral muscle at an angle."""


@dataclass(frozen=True, eq=False)
class ScanAnalysis:
    """What is found in the pixels of one scan.

    Parameters
    ----------
    scan
        The scan; of a stack, the frame that was shown when it was analysed.
    spacing, laterality, projection
        What was known of it at that time.
    breast
        The breast, or None where none was found.
    orientation
        How the picture is stored.
    nipple
        (column, row) in scan pixels where the nipple probably is, or None where no breast was found.
    grey_levels
        Where tissue, air and no-data values lie among the stored values.
    warnings
        Lines about an unsure breast mask, or a digital look where a film is expected.
    """

    scan: Scan
    spacing: Spacing
    laterality: Laterality | None
    projection: Projection | None
    breast: Breast | None
    orientation: StoredOrientation
    nipple: tuple[float, float] | None
    grey_levels: GreyLevels
    warnings: tuple[str, ...]

    def is_of(self, scan: Scan) -> bool:
        """Whether this holds for a scan as it is now: the reader may have calibrated it, or named its view, since."""
        known = self.spacing, self.laterality, self.projection
        return scan is self.scan and known == (scan.spacing, scan.laterality, scan.projection)

    def with_view(self) -> ScanAnalysis:
        """Return the same for the laterality and projection that the scan has now. Decodes nothing."""
        scan, breast = self.scan, self.breast
        orientation = stored_orientation(scan, breast)
        return replace(
            self,
            laterality=scan.laterality,
            projection=scan.projection,
            orientation=orientation,
            nipple=_nipple(scan, breast, orientation.upside_down),
        )

    @property
    def stand(self) -> Affine:
        """Map scan (column, row) to the standing picture, whose rows and columns may have changed places."""
        return TRANSPOSED if self.orientation.lying else Affine()

    @property
    def standing_size(self) -> tuple[int, int]:
        """Rows and columns of the standing picture."""
        scan = self.scan
        return (scan.columns, scan.rows) if self.orientation.lying else (scan.rows, scan.columns)

    @property
    def standing_spacing(self) -> Spacing:
        """Spacing, as it is now, of the standing picture's rows and columns."""
        return self.scan.spacing.turned if self.orientation.lying else self.scan.spacing


def analyse(scan: Scan, check: Callable[[], None] = lambda: None) -> ScanAnalysis:
    """Analyse the pixels of a scan; decodes it, and takes some tenths of a second: for worker threads.

    `check` is called in between, and raises to stop the work.

    Raises
    ------
    UnreadableError
        When the scan cannot be decoded.
    """
    spacing, laterality, projection = scan.spacing, scan.laterality, scan.projection
    breast = _breast(scan, check)
    check()
    orientation = stored_orientation(scan, breast)
    levels = grey_levels(scan, breast)
    return ScanAnalysis(
        scan=scan,
        spacing=spacing,
        laterality=laterality,
        projection=projection,
        breast=breast,
        orientation=orientation,
        nipple=_nipple(scan, breast, orientation.upside_down),
        grey_levels=levels,
        warnings=tuple(pixel_warnings(scan, breast, levels)),
    )


def _breast(scan: Scan, check: Callable[[], None]) -> Breast | None:
    """Return the breast in the models' intensities, None where there is none."""
    image = TissueBright(scan.pixels, scan.grey, check)
    try:
        return find_breast(image, film_spacing(scan), partial(lies, stored_lying(scan)), check)
    except NoBreastError:
        return None


def _nipple(scan: Scan, breast: Breast | None, upside_down: bool) -> tuple[float, float] | None:
    """Return where the nipple is, (column, row) in scan pixels; the muscle shows whether an unnamed view is oblique."""
    if breast is None:
        return None
    oblique = scan.projection in OBLIQUE if scan.projection else abs(breast.pectoral) > SURE
    column, row = breast.to_scan(nipple(breast.mask, breast.chest_wall is Side.LEFT, oblique, upside_down))
    return float(min(column, scan.columns)), float(min(row, scan.rows))
