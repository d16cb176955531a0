"""Position of a point in the breast: from the nipple, and on the clock face where both projections show it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mammoview.anatomy.nipple import TILT_DEGREES
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.scan import Laterality, Side

NIPPLE_ERROR_MM = 9.5
"""How far the nipple of an oblique view is misplaced at the 90th percentile (`TILT_DEGREES`), mm."""


@dataclass(frozen=True)
class BreastPosition:
    """A place relative to the nipple of one projection, mm.

    Parameters
    ----------
    inward
        Towards the chest wall.
    up
        Towards the upper edge of the picture as it hangs: lateral in CC, towards the axilla in MLO.
    """

    inward: float
    up: float

    @property
    def from_nipple(self) -> float:
        """Distance from the nipple in the plane of the projection, mm."""
        return math.hypot(self.inward, self.up)

    @property
    def level(self) -> bool:
        """Whether it lies level with the nipple, as far as the nipple's place is known."""
        return abs(self.up) < NIPPLE_ERROR_MM

    def behind_nipple(self, oblique: bool) -> float:
        """Depth behind the nipple along the posterior nipple line, mm: what both projections of one place share."""
        tilt = math.radians(TILT_DEGREES if oblique else 0.0)
        return self.inward * math.cos(tilt) + self.up * math.sin(tilt)


def breast_position(analysis: ScanAnalysis, column: float, row: float) -> BreastPosition | None:
    """Return where a scan point lies; None without a nipple, or where the spacing is unknown."""
    spacing = analysis.standing_spacing
    if analysis.nipple is None or not spacing.known:
        return None
    (x, y), (nipple_x, nipple_y) = analysis.stand((column, row)), analysis.stand(analysis.nipple)
    inward = nipple_x - x if analysis.orientation.chest_wall is Side.LEFT else x - nipple_x
    up = y - nipple_y if analysis.orientation.upside_down else nipple_y - y
    return BreastPosition(float(inward * spacing.column_mm), float(up * spacing.row_mm))


def clock_hour(laterality: Laterality, craniocaudal: BreastPosition, oblique: BreastPosition) -> int | None:
    """Return the hour of a place seen in both projections, 1 to 12, as the breast faces the reader.

    CC shows how far lateral it is and MLO about how far up; lateral is 9 o'clock in the right breast and 3 in the left.
    None of a place so close to the nipple's axis that an error in the nipple's place may turn it to any hour.
    """
    right = craniocaudal.up if laterality is Laterality.L else -craniocaudal.up
    if math.hypot(right, oblique.up) < NIPPLE_ERROR_MM:
        return None
    hour = round(math.degrees(math.atan2(right, oblique.up)) / 30) % 12
    return hour or 12
