"""Run-length encoded masks of COCO, plain and compressed: pixels column by column, runs of 0 and 1 in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mammoview.formats.common.file_io import MAX_PIXELS

_OFFSET, _BITS, _MORE, _SIGN = 48, 5, 0x20, 0x10
_MOST_SIGNS = 8
"""Most signs of one number: with 5 bits each they hold all runs of a picture."""


def decoded(counts: Sequence[int] | str, rows: int, columns: int) -> NDArray[np.bool_]:
    """Return a mask, bool (rows, columns).

    Parameters
    ----------
    counts
        Lengths of the runs in turn, that of zeros first; or their compressed text.
    rows, columns
        Size of the mask.

    Raises
    ------
    ValueError
        When the mask is larger than any picture, or the runs do not cover it exactly. Nothing of its size is allocated
        before, and of compressed runs not more than its pixels can have.
    """
    size = rows * columns
    if not 0 < size <= MAX_PIXELS:
        raise ValueError(f"its mask has {columns} x {rows} pixels, which no picture has")
    runs = np.asarray(_lengths(counts, size + 1) if isinstance(counts, str) else list(counts))
    whole = runs.ndim == 1 and runs.dtype.kind in "iu" and bool(((runs >= 0) & (runs <= size)).all())
    if not whole or runs.sum() != size:  # of runs as short as that the sum cannot overflow
        raise ValueError(f"its runs do not cover {columns} x {rows} pixels")
    mask: NDArray[np.bool_] = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(columns, rows).T
    return mask


def _lengths(text: str, most: int) -> list[int]:
    """Return the runs of a compressed text: numbers in signs of 5 bits, from the third on as differences.

    Raises ValueError where the text is damaged, or has more than `most` runs.
    """
    found: list[int] = []
    value, place = 0, 0
    for sign in text:
        bits = ord(sign) - _OFFSET
        if not 0 <= bits < 2 * _MORE or place >= _MOST_SIGNS:
            raise ValueError("its compressed runs are damaged")
        value |= (bits & (_MORE - 1)) << _BITS * place
        place += 1
        if bits & _MORE:
            continue
        if len(found) == most:
            raise ValueError("its compressed runs are more than its pixels")
        if bits & _SIGN:
            value -= 1 << _BITS * place
        found.append(value + found[-2] if len(found) > 2 else value)
        value, place = 0, 0
    if place:
        raise ValueError("its compressed runs end early")
    return found
