"""Stored values as model intensities: tissue bright, air dark. Separate from the grey that the screen shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import DensityCalibration


def tissue_bright(
    pixels: NDArray[np.generic], grey: GreyPipeline, check: Callable[[], None] = lambda: None
) -> NDArray[np.float32]:
    """Return float32 (rows, columns), rising with tissue, for stored `pixels` of that `grey`.

    The modality LUT is left out where it is linear, since models normalise each image. Padding and NaN become the
    darkest value, exposures are taken to minus their logarithm, and grey levels of a calibrated film digitizer to minus
    the optical density, so that films of all digitizers are comparable. `check` is called in between, and raises to
    stop the work.
    """
    values = np.asarray(pixels).astype(np.float32)
    check()
    bad = ~np.isfinite(values)
    check()
    if grey.padding is not None:
        low, high = grey.padding
        bad |= (values >= low) & (values <= high)
    if bad.all():
        return np.zeros(values.shape, np.float32)
    if grey.exposures:
        floor = values[~bad].min()
        values = -np.log1p(np.where(bad, floor, values) - floor)
    elif grey.density is not None:
        values = _densities(pixels, values, grey.density)
    elif grey.inverted != (grey.slope < 0):
        values = -values
    check()
    if bad.any():
        values[bad] = values[~bad].min()
    return values


def _densities(
    pixels: NDArray[np.generic], values: NDArray[np.float32], calibration: DensityCalibration
) -> NDArray[np.float32]:
    """Return minus the optical density; by a look-up table for small integer types."""
    if pixels.dtype == np.uint16:
        return (-calibration.density(np.arange(1 << 16))).astype(np.float32)[pixels]
    return (-calibration.density(values)).astype(np.float32)
