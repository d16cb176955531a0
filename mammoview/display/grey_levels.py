"""Ranges of tissue, air and no-data values among the stored values of a scan.

Found on a reduced copy; `mammoview.display.scan_analysis.analyse` does it once per scan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoview.anatomy.breast import MASK_MM, Breast
from mammoview.anatomy.disk_morphology import dilated
from mammoview.anatomy.film_or_digital import looks_digital
from mammoview.study.grey_pipeline import GreyPipeline, VoiFunction, VoiWindow
from mammoview.study.scan import Scan

CODES = 1 << 16
"""Length of a grey table."""
REDUCED_MM = 0.2
"""Pixel of the reduced copy, mm: half of a mask pixel of find_breast."""
MOST_REDUCED = 2400
"""Longest side of the reduced copy, pixels, whatever spacing a file claims."""
QUANTILES = np.linspace(0, 1, 1001)
"""Which quantiles of the tissue are kept, so that a window over two breasts needs no look at their pixels."""


@dataclass(frozen=True)
class GreyLevels:
    """Grey levels found in the pixels of a picture.

    Parameters
    ----------
    window
        Spans the tissue, in modality values.
    tissue
        Evenly spaced quantiles of the tissue, tissue-bright modality values, float64; empty where no breast was found.
    darkest
        Lowest tissue-bright modality value.
    air
        Modality value times polarity at and below which there is air, or None where no breast was found.
    floor
        Lowest stored value that is data; where the logarithm of exposures starts.
    digital
        Whether the picture looks digital (`film_or_digital.looks_digital`); False where no breast was found.
    signed
        Whether codes above 32767 stand for negative stored values.
    quantised
        Whether codes are steps between `low` and `high` (floats, wide integers) rather than stored values.
    low, high
        Range of the quantised values.
    grey
        The grey pipeline they were found with.
    """

    window: VoiWindow
    tissue: NDArray[np.float64]
    darkest: float
    air: float | None
    floor: float
    digital: bool
    signed: bool
    quantised: bool
    low: float
    high: float
    grey: GreyPipeline

    @cached_property
    def stored(self) -> NDArray[np.float64]:
        """The stored value of every code, float64 (65536,); kept, since a drag computes a table with every step."""
        return self._decode()

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The modality value of every code, float64 (65536,)."""
        return modality(self.stored, self.grey, self.floor)

    @cached_property
    def rising(self) -> bool:
        """Whether no code has a lower modality value than the code before it."""
        return bool((np.diff(self.values) >= 0).all())

    def _decode(self) -> NDArray[np.float64]:
        """Return the stored value of every code, float64 (65536,)."""
        code = np.arange(CODES, dtype=np.float64)
        if self.quantised:
            return self.low + (np.maximum(code, 1) - 1) * (self.high - self.low) / (CODES - 2)
        return np.where(code >= CODES // 2, code - CODES, code) if self.signed else code

    def encode(self, pixels: NDArray[np.generic]) -> NDArray[np.uint16]:
        """Return the code of every pixel, uint16 of the same shape."""
        if not self.quantised:
            return pixels.astype(np.uint16, copy=False)
        finite = np.isfinite(pixels)
        span = (self.high - self.low) or 1.0
        level = (np.where(finite, pixels, self.low).astype(np.float64) - self.low) / span
        return np.where(finite, 1 + np.rint(level * (CODES - 2)), 0).astype(np.uint16)


def modality(stored: NDArray[np.float64], grey: GreyPipeline, floor: float) -> NDArray[np.float64]:
    """Turn stored values into modality values (PS3.3 C.11.1), same shape.

    Exposures become -1000 ln(1 + stored - floor), which rises with tissue. Grey levels of a calibrated film digitizer
    become optical densities, in thousandths.
    """
    if grey.density is not None:
        return 1000 * grey.density.density(stored)
    if grey.exposures:
        return -1000 * np.log1p(np.maximum(stored - floor, 0))
    lut = grey.modality_lut
    if lut is not None:
        index = np.clip(stored - lut.first, 0, len(lut.values) - 1).astype(np.intp)
        return lut.values[index].astype(np.float64)
    return stored * grey.slope + grey.intercept


def grey_levels(scan: Scan, breast: Breast | None) -> GreyLevels:
    """Find the grey levels of a scan, given its breast. Decodes the scan."""
    pixels = scan.pixels
    quantised = pixels.dtype.kind == "f" or pixels.dtype.itemsize > 2
    signed = pixels.dtype.kind == "i"
    step_r, step_c = _steps(scan)
    small = np.ascontiguousarray(pixels[::step_r, ::step_c])
    data = np.isfinite(small)
    if scan.grey.padding is not None:
        low, high = scan.grey.padding
        data &= ~((small >= low) & (small <= high))
    stored = (small if data.all() else np.where(data, small, 0)).astype(np.float64)
    floor = _least(stored, data)
    values = modality(stored, scan.grey, floor)
    polarity = -1 if scan.grey.inverted and not scan.grey.exposures else 1
    inside = None if breast is None else _sampled(breast, small.shape, step_r, step_c) & data
    bright = polarity * values
    tissue, darkest = _tissue(bright, inside), _least(bright, data)
    window, air = _window(bright, data, inside, tissue, darkest)
    finite = pixels[np.isfinite(pixels)] if quantised else small[:0]
    return GreyLevels(
        window=VoiWindow(polarity * window.center, window.width, window.name, window.function),
        tissue=tissue,
        darkest=darkest,
        air=air,
        floor=floor,
        digital=breast is not None and looks_digital(small, ~_around(breast, small.shape, step_r, step_c) & data),
        signed=signed,
        quantised=quantised,
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 0.0,
        grey=scan.grey,
    )


def _least(values: NDArray[np.float64], data: NDArray[np.bool_]) -> float:
    """Return the least of the values that are data; 0 without any."""
    if data.all():
        return float(values.min()) if values.size else 0.0
    return float(values[data].min()) if data.any() else 0.0


def quantiles(values: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return quantiles of values (N,), which must not be NaN: those of `numpy.quantile`, to the last bit.

    The values are sorted, which takes a tenth of the time of the partition by all of their places that NumPy makes.
    """
    ordered = np.sort(values)
    place = (len(ordered) - 1) * shares
    below = np.floor(place).astype(np.intp)
    low, high, way = ordered[below], ordered[np.minimum(below + 1, len(ordered) - 1)], place - below
    step = high - low
    return np.where(way >= 0.5, high - step * (1 - way), low + step * way)


def _steps(scan: Scan) -> tuple[int, int]:
    """Scan pixels per pixel of the reduced copy, down and across."""
    if scan.spacing.known:
        least = math.ceil(max(scan.rows, scan.columns) / MOST_REDUCED)
        return (
            max(least, min(scan.rows, round(REDUCED_MM / scan.spacing.row_mm))),
            max(least, min(scan.columns, round(REDUCED_MM / scan.spacing.column_mm))),
        )
    step = max(1, round(max(scan.rows, scan.columns) / 1200))
    return step, step


def _sampled(breast: Breast, shape: tuple[int, ...], step_r: int, step_c: int) -> NDArray[np.bool_]:
    """Return which pixels of the reduced copy lie in the breast, its outermost 0.8 mm left out."""
    # The rim of the mask holds air, and film edges at the picture's border.
    return _spread(ndimage.binary_erosion(breast.mask, iterations=2), breast, shape, step_r, step_c)


def _around(breast: Breast, shape: tuple[int, ...], step_r: int, step_c: int) -> NDArray[np.bool_]:
    """Return which pixels of the reduced copy lie in the breast or at most 5 mm beside it."""
    return _spread(dilated(breast.mask, 5 / MASK_MM), breast, shape, step_r, step_c)


def _spread(
    mask: NDArray[np.bool_], breast: Breast, shape: tuple[int, ...], step_r: int, step_c: int
) -> NDArray[np.bool_]:
    """Return a mask on the lattice of the breast's for the pixels of the reduced copy."""
    rows = np.arange(shape[0]) * step_r + 0.5
    columns = np.arange(shape[1]) * step_c + 0.5
    if breast.lying:
        mask = mask.T
    inverse = breast.to_scan.upright.inverse
    r = np.floor(rows * inverse.row_scale + inverse.row_shift).astype(int)
    c = np.floor(columns * inverse.column_scale + inverse.column_shift).astype(int)
    height, width = mask.shape
    inside: NDArray[np.bool_] = mask[np.clip(r, 0, height - 1)][:, np.clip(c, 0, width - 1)]
    return inside


def _tissue(bright: NDArray[np.float64], inside: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """Return quantiles of the breast; the picture's outermost fiftieth, where films have their borders, is left out."""
    if inside is None:
        return np.zeros(0)
    rim = max(inside.shape) // 50
    within = np.zeros_like(inside)
    within[rim:-rim, rim:-rim] = inside[rim:-rim, rim:-rim]
    values = bright[within]
    return quantiles(values, QUANTILES) if values.size >= 64 else np.zeros(0)


def shared_voi_window(found: Sequence[GreyLevels], polarity: int) -> VoiWindow:
    """Return the window that spans the tissue of several scans of one grey pipeline, in modality values.

    `polarity` is -1 where low modality values look bright, else +1. Scans without tissue have no part in it.
    """
    known = [one for one in found if one.tissue.size]
    if not known:
        return found[0].window
    window = _spanning(np.concatenate([one.tissue for one in known]), min(one.darkest for one in known))
    return VoiWindow(polarity * window.center, window.width, window.name, window.function)


def _spanning(tissue: NDArray[np.float64], darkest: float) -> VoiWindow:
    """Window of tissue-bright values that shows all tissue and the skin line."""
    faint, high = (float(p) for p in np.percentile(tissue, (0.5, 99.7)))
    # The skin line fades into the air: starting well below the faintest tissue keeps it and the nipple visible.
    return _between(darkest + (faint - darkest) / 4, high + 0.03 * (high - faint))


def _window(
    bright: NDArray[np.float64],
    data: NDArray[np.bool_],
    inside: NDArray[np.bool_] | None,
    tissue: NDArray[np.float64],
    darkest: float,
) -> tuple[VoiWindow, float | None]:
    """Window and air level of tissue-bright values; without a breast, the window of all data and no air level.

    `darkest` is the least of the values that are data.
    """
    if inside is None or not tissue.size:
        values = bright[data]
        low, high = np.percentile(values, (0.5, 99.5)) if values.size else (0.0, 1.0)
        return _between(float(low), float(high)), None
    faint = float(np.percentile(tissue, 0.5))
    around = bright[data & ~inside]
    # Fog and film noise count as air, labels and borders do not.
    air = min((darkest + faint) / 2, float(quantiles(around, np.array([0.98]))[0])) if around.size >= 16 else darkest
    return _spanning(tissue, darkest), air


def _between(low: float, high: float) -> VoiWindow:
    """Window from `low` to `high`, never empty."""
    width = high - low if high - low > 1e-9 * max(1.0, abs(high)) else 1.0
    return VoiWindow((low + high) / 2, width, "automatic", VoiFunction.LINEAR_EXACT)
