"""Stored values as model intensities: tissue bright, air dark. Separate from the grey that the screen shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mammoview.study.grey_pipeline import GreyPipeline

STRIP = 64
"""Rows that are worked on at once: what is made of them stays in the processor's cache."""


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
    bad = _without_data(values, grey)
    check()
    if bad.all():
        return np.zeros(values.shape, np.float32)
    floor = values[~bad].min() if grey.exposures else np.float32(0)
    values = _rising(pixels, values, bad, grey, floor, _density_table(pixels, grey))
    check()
    if bad.any():
        values[bad] = values[~bad].min()
    return values


class TissueBright:
    """What `tissue_bright` returns, made row by row where it is asked for: of 12 megapixels it would be 48 MB."""

    def __init__(
        self, pixels: NDArray[np.generic], grey: GreyPipeline, check: Callable[[], None] = lambda: None
    ) -> None:
        """Look for the darkest values of stored `pixels` (rows, columns), where they are needed.

        `check` is called for each strip that is read, and raises to stop the work.
        """
        self._pixels, self._grey, self._check = pixels, grey, check
        self.shape = pixels.shape
        self._table = _density_table(pixels, grey)
        self._floor, self._darkest = np.float32(0), np.float32(0)
        self._complete = pixels.dtype.kind in "iub" and grey.padding is None
        """Whether every pixel is data."""
        self._empty = False
        if grey.exposures:
            self._floor = self._least(lambda _stored, values, _bad: values)
        if not self._complete:
            self._darkest = self._least(self._risen)
            self._empty = not np.isfinite(self._darkest)

    def __getitem__(self, rows: slice) -> NDArray[np.float32]:
        """Return some rows, float32 (rows, columns)."""
        self._check()
        return self.of(self._pixels[rows])

    def of(self, stored: NDArray[np.generic]) -> NDArray[np.float32]:
        """Return other stored pixels (rows, columns), such as altered ones, read as those of this picture are."""
        values = stored.astype(np.float32)
        if self._empty:
            return np.zeros(values.shape, np.float32)
        if self._complete:
            return self._risen(stored, values, np.zeros(1, bool))
        bad = _without_data(values, self._grey)
        values = self._risen(stored, values, bad)
        values[bad] = self._darkest
        return values

    def _risen(
        self, stored: NDArray[np.generic], values: NDArray[np.float32], bad: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        return _rising(stored, values, bad, self._grey, self._floor, self._table)

    def _least(
        self, of: Callable[[NDArray[np.generic], NDArray[np.float32], NDArray[np.bool_]], NDArray[np.float32]]
    ) -> np.float32:
        """Return the least of what a function makes of stored values and their floats; infinite without any data."""
        least = np.float32(np.inf)
        for first in range(0, len(self._pixels), STRIP):
            self._check()
            stored = self._pixels[first : first + STRIP]
            values = stored.astype(np.float32)
            bad = _without_data(values, self._grey)
            if not bad.all():
                least = min(least, np.where(bad, np.float32(np.inf), of(stored, values, bad)).min())
        return least


def _without_data(values: NDArray[np.float32], grey: GreyPipeline) -> NDArray[np.bool_]:
    """Return which stored values are padding or no numbers, same shape."""
    bad = ~np.isfinite(values)
    if grey.padding is not None:
        low, high = grey.padding
        bad |= (values >= low) & (values <= high)
    return bad


def _rising(
    pixels: NDArray[np.generic],
    values: NDArray[np.float32],
    bad: NDArray[np.bool_],
    grey: GreyPipeline,
    floor: np.float32,
    densities: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Return stored `pixels`, and `values` as their floats, so that they rise with tissue; `bad` ones are anything.

    `floor` is the least exposure, `densities` what `_density_table` returns.
    """
    if grey.exposures:
        return -np.log1p(np.where(bad, floor, values) - floor)
    if grey.density is not None:
        if densities is not None:
            return np.take(densities, pixels.astype(np.uint16, copy=False), mode="clip")
        return (-grey.density.density(values)).astype(np.float32)
    return np.negative(values, out=values) if grey.inverted != (grey.slope < 0) else values


def _density_table(pixels: NDArray[np.generic], grey: GreyPipeline) -> NDArray[np.float32] | None:
    """Return minus the optical density of all 65536 values of uint16; None for others, or without a calibration."""
    if grey.density is None or pixels.dtype != np.uint16:
        return None
    return (-grey.density.density(np.arange(1 << 16))).astype(np.float32)
