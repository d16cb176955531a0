"""Grey pipeline of a file: how stored values become grey, with VOI windows and look-up tables (DICOM PS3.3 C.11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from mammoview.study.optical_density import DensityCalibration
from mammoview.study.presentation import Presentation


class VoiFunction(StrEnum):
    """VOI LUT Function (DICOM PS3.3 C.11.2.1.2)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"

    @property
    def is_ramp(self) -> bool:
        """Whether it is linear between black and white; DICOM objects that are written hold a table of any other."""
        return self in (VoiFunction.LINEAR, VoiFunction.LINEAR_EXACT)


@dataclass(frozen=True)
class VoiWindow:
    """One VOI window, in modality values (after slope and intercept).

    One of a presentation state may also set a polarity other than that of the scan's file, and a presentation.
    """

    center: float
    width: float
    name: str = ""
    function: VoiFunction = VoiFunction.LINEAR
    other_polarity: bool = False
    presentation: Presentation | None = None


def windowed(values: NDArray[np.float64], window: VoiWindow) -> NDArray[np.float64]:
    """Apply a VOI window (PS3.3 C.11.2.1.2); returns 0..1, same shape as the modality `values`."""
    center, width = window.center, window.width
    match window.function:
        case VoiFunction.SIGMOID:
            exponent = np.clip(-4 * (values - center) / (width or 1e-9), -700, 700)
            return 1 / (1 + np.exp(exponent))
        case VoiFunction.LINEAR:
            center, width = center - 0.5, width - 1
        case VoiFunction.LINEAR_EXACT:
            pass
        case unknown:
            assert_never(unknown)
    if width <= 0:
        return (values > center).astype(np.float64)
    # In place: a drag of the window computes four tables with every step.
    shown = values - center
    shown /= width
    shown += 0.5
    return np.clip(shown, 0.0, 1.0, out=shown)


@dataclass(frozen=True)
class LookUpTable:
    """One LUT of the file (PS3.3 C.11.1, C.11.2): input `first + i` maps to `values[i]`; ends are clamped."""

    first: int
    values: NDArray[np.uint16]
    bits: int
    name: str = ""
    other_polarity: bool = False
    presentation: Presentation | None = None


@dataclass(frozen=True)
class GreyPipeline:
    """How stored values are turned into grey, as a file states it.

    Parameters
    ----------
    inverted
        True when low stored values are shown bright (MONOCHROME1 without a presentation shape, or INVERSE).
    slope, intercept
        Modality rescale, unless `modality_lut` is given.
    windows, tables
        All VOI windows and all VOI LUT tables of the file, in its order.
    states
        Windows and tables of presentation states, which are offered but never the default.
    presentation_lut
        Presentation LUT, from the VOI output to the displayed value (PS3.3 C.11.6), or None.
    padding
        Inclusive range of stored values that mean "no data", or None.
    bits
        Bits per stored value that carry information.
    signed
        Whether stored values are two's complement.
    for_processing
        True for FOR PROCESSING images, which are not processed for display.
    logarithmic
        Whether their values are not proportional to exposure: logarithms, or values that rise with tissue.
    density
        Calibration from stored values to optical density, or None; such scans are `inverted`: dense film is dark.
    """

    inverted: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    modality_lut: LookUpTable | None = None
    windows: tuple[VoiWindow, ...] = ()
    tables: tuple[LookUpTable, ...] = ()
    states: tuple[VoiWindow | LookUpTable, ...] = ()
    presentation_lut: LookUpTable | None = None
    padding: tuple[int, int] | None = None
    bits: int = 16
    signed: bool = False
    for_processing: bool = False
    logarithmic: bool = False
    density: DensityCalibration | None = None

    @property
    def exposures(self) -> bool:
        """Whether values are proportional to the exposure of the detector, so that their logarithm is to be shown."""
        return self.for_processing and not self.logarithmic
