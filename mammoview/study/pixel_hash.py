"""One hash of the decoded pixels of a scan: what outlines, calibrations, reports and assessments are filed under.

It depends on the size of the picture and on its values alone, not on how an array holds them. It is the first 40
hexadecimal digits of the SHA-256 of:

1. the ASCII text "mammoview pixels 1 ROWS COLUMNS FORM" and a line feed, sizes in decimal;
2. all values, row by row from the top left, little-endian, in FORM: the first of "u2" (uint16), "i4" (int32), "i8"
   (int64), "u8" (uint64), "f4" (float32) and "f8" (float64) that holds every value exactly, NaN and infinities in the
   last two. All NaN count as one (0x7fc00000 or 0x7ff8000000000000), negative zero as zero.

So a picture has one hash whether it was decoded to uint8, int16 or float32. The hash names nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

DIGITS = 40
"""Hexadecimal digits of a hash."""
_BAND = 1 << 18
"""Values that are converted at a time, which bounds the memory."""


def pixel_hash(pixels: NDArray[np.generic]) -> str:
    """Return the hash of decoded `pixels` (rows, columns), of any type of real numbers; 40 hexadecimal digits."""
    rows, columns = pixels.shape
    form = _form(pixels)
    digest = sha256(f"mammoview pixels 1 {rows} {columns} {form}\n".encode())
    for band in _bands(pixels):
        values = np.ascontiguousarray(band, f"<{form}")
        if form[0] == "f":
            values = np.where(np.isnan(values), np.array(np.nan, values.dtype), values + np.array(0, values.dtype))
        digest.update(values.data)
    return digest.hexdigest()[:DIGITS]


def _bands(pixels: NDArray[np.generic]) -> Iterator[NDArray[np.generic]]:
    """Cut the picture into bands of whole rows."""
    step = max(1, _BAND // max(1, pixels.shape[1]))
    return (pixels[row : row + step] for row in range(0, len(pixels), step))


def _form(pixels: NDArray[np.generic]) -> str:
    """Return the first form that holds every value."""
    kind, size = pixels.dtype.kind, pixels.dtype.itemsize
    if not pixels.size or kind == "b" or (kind == "u" and size <= 2):
        return "u2"
    if kind in "iu":
        return _whole(int(pixels.min()), int(pixels.max()))
    low, high = 0.0, 0.0
    for band in _bands(pixels):
        if not np.isfinite(band).all() or (band != np.trunc(band)).any():
            return _fraction(pixels)
        low, high = min(low, float(band.min())), max(high, float(band.max()))
    return _whole(int(low), int(high)) or _fraction(pixels)


def _whole(low: int, high: int) -> str:
    """Return the first form that holds the whole numbers from `low` to `high`, "" where none does."""
    forms = (("u2", 0, 2**16), ("i4", -(2**31), 2**31), ("i8", -(2**63), 2**63), ("u8", 0, 2**64))
    return next((form for form, least, end in forms if least <= low and high < end), "")


def _fraction(pixels: NDArray[np.generic]) -> str:
    """Return "f4" where float32 holds every value, else "f8"."""
    if pixels.dtype.kind == "f" and pixels.dtype.itemsize <= 4:
        return "f4"
    with np.errstate(over="ignore"):
        held = all(np.array_equal(band, band.astype(np.float32), equal_nan=True) for band in _bands(pixels))
    return "f4" if held else "f8"
