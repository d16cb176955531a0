"""Millimetres per pixel on the breast, with the source of the value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class SpacingSource(StrEnum):
    """Source of a spacing; shown beside every length."""

    CALIBRATED = "calibrated"
    USER = "calibrated by you"
    DETECTOR = "at detector"
    CORRECTED = "corrected"
    NOMINAL = "nominal, scanned film"
    DIGITIZER = "digitizer"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Spacing:
    """Millimetres per pixel on the breast, and where they come from.

    Parameters
    ----------
    row_mm, column_mm
        Distance between the centres of neighbouring rows and of neighbouring columns, mm. Meaningless when the
        source is UNKNOWN (then 1.0, and lengths are shown in pixels).
    source
        Source of the values.
    stated
        Spacing of the file, where the user's calibration replaces it; else None.
    """

    row_mm: float
    column_mm: float
    source: SpacingSource
    stated: Spacing | None = None

    def __post_init__(self) -> None:
        for mm in (self.row_mm, self.column_mm):
            if not (np.isfinite(mm) and 0 < mm < 10):
                raise ValueError(f"a spacing of {mm} mm per pixel is not possible")

    @property
    def known(self) -> bool:
        """Whether lengths may be given in mm."""
        return self.source is not SpacingSource.UNKNOWN

    @property
    def turned(self) -> Spacing:
        """The spacing of the transposed picture."""
        stated = None if self.stated is None else self.stated.turned
        return Spacing(self.column_mm, self.row_mm, self.source, stated)

    @property
    def size(self) -> str:
        """Size of a pixel, such as "50 um"; "50 um down, 60 um across" where it is not square."""
        down, across = f"{1000 * self.row_mm:g} um", f"{1000 * self.column_mm:g} um"
        return down if down == across else f"{down} down, {across} across"

    @property
    def label(self) -> str:
        """The text shown beside every length, such as "mm, assumed 50 um" or "px"."""
        if not self.known:
            return "px"
        if self.source is SpacingSource.ASSUMED:
            return f"mm, assumed {self.size}"
        return f"mm, {self.source.value}"


UNKNOWN_SPACING = Spacing(1.0, 1.0, SpacingSource.UNKNOWN)
