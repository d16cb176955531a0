"""Pixel pitch of DDSM's films whose digitizer is not recorded, from the size that they were scanned to."""

from __future__ import annotations

HOWTEK_UM, LUMISYS_UM = 43.5, 50.0
_TO_LENGTH = ((4900, LUMISYS_UM), (5600, HOWTEK_UM), (6060, LUMISYS_UM))
"""Rows below which a film is of that pitch: films are 24 or 30 cm long, and cut."""


def pixel_um(rows: float, columns: float, exact: bool = True) -> float:
    """Micrometres per pixel of a DDSM film of so many rows and columns.

    LUMISYS films (50 um) have sides that are multiples of 8, HOWTEK films (43.5 um) sides that are 1 more than a
    multiple of 15: so it is in every .ics file at hand (8 LUMISYS cases, 1 HOWTEK case), and one or the other holds for
    1,058 of the 1,061 CBIS-DDSM views of known native size. Where neither does, or the size is not `exact`, the
    length of the film decides: it agrees with the sides in 93 % of those views.
    """
    if exact:
        lumisys = rows % 8 == 0 and columns % 8 == 0
        howtek = rows % 15 == 1 and columns % 15 == 1
        if lumisys != howtek:
            return LUMISYS_UM if lumisys else HOWTEK_UM
    return next((um for length, um in _TO_LENGTH if rows < length), HOWTEK_UM)
