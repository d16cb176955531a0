"""Optical density of digitised film: what a grey level of each DDSM digitizer means.

Source: the calibrations that the Digital Database for Screening Mammography (DDSM, University of South Florida) gives
for its four scanners. They hold from 0.05 to 3.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RANGE = (0.05, 3.6)
"""Optical densities for which the calibrations hold; values beyond are clipped."""


@dataclass(frozen=True)
class DensityCalibration:
    """Optical density = intercept + slope * f(grey level); dense film is dark.

    Parameters
    ----------
    digitizer
        Its name.
    intercept, slope
        Slope is negative: the grey level falls as the density rises.
    logarithmic
        Whether f is the logarithm to base 10, else f is the grey level itself.
    """

    digitizer: str
    intercept: float
    slope: float
    logarithmic: bool = False

    def density(self, stored: NDArray[np.generic] | float) -> NDArray[np.float64]:
        """Return the optical density of stored values, same shape, within `RANGE`."""
        level = np.asarray(stored, np.float64)
        if self.logarithmic:
            level = np.log10(np.maximum(level, 1.0))
        return np.clip(self.intercept + self.slope * level, *RANGE)


DBA = DensityCalibration("DBA", 4.80662 / 1.07553, -1 / 1.07553, logarithmic=True)
HOWTEK_A = DensityCalibration("Howtek, cases A", 3.789, -0.00094568)
HOWTEK_D = DensityCalibration("Howtek, cases D", 3.96604095240593, -0.00099055807612)
LUMISYS = DensityCalibration("Lumisys", 4096.99 / 1009.01, -1 / 1009.01)

_HOWTEK = {"A": HOWTEK_A, "D": HOWTEK_D}
_BY_UM = {42.0: "DBA", 43.5: "HOWTEK", 50.0: "LUMISYS"}


def calibration(case: str, digitizer: str, um: float | None) -> DensityCalibration | None:
    """Return the calibration of a DDSM case, or None where the digitizer is unknown.

    Parameters
    ----------
    case
        Its name, such as A_1141_1: the letter distinguishes the two Howtek scanners.
    digitizer
        DIGITIZER of the .ics file, such as "HOWTEK 43.5"; may be empty.
    um
        RESOLUTION of the .ics file, um per pixel; identifies the digitizer where it is not named.
    """
    name = digitizer.upper() or _BY_UM.get(um or 0.0, "")
    if "DBA" in name:
        return DBA
    if "LUMISYS" in name:
        return LUMISYS
    return _HOWTEK.get(case[:1].upper()) if "HOWTEK" in name else None
