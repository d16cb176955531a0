"""Portable greymaps (P5 and P2) of 8 and 16 bit, with their stored values unchanged.

Pillow rescales maps whose maximum is not 255 or 65535; here a 12-bit value is unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UnreadableError
from mammoview.formats.common import file_io

MAGIC = (b"P5", b"P2")
_NUMBER = re.compile(rb"(?:\s|#[^\n]*\n)*(\d{1,9})")
_HEADER_BYTES = 65536
_COPY_AGAIN = "Copy it again from where it came from"


@dataclass(frozen=True)
class PgmHeader:
    """The header of a greymap.

    Parameters
    ----------
    rows, columns
        Size in pixels.
    maximum
        Value of white, 1..65535.
    offset
        Where the pixels start, bytes.
    plain
        Whether they are written as decimal numbers (P2).
    """

    rows: int
    columns: int
    maximum: int
    offset: int
    plain: bool


def header(path: Path) -> PgmHeader:
    """Read the header and check that the file contains all pixels. Raises UnreadableError."""
    size = file_io.file_size(path)
    raw = file_io.part(path, 0, _HEADER_BYTES)
    numbers, end = [], 2
    for _ in range(3):
        match = _NUMBER.match(raw, end)
        if match is None:
            raise UnreadableError("the greymap's header is damaged or cut short", _COPY_AGAIN, path)
        numbers.append(int(match[1]))
        end = match.end()
    columns, rows, maximum = numbers
    file_io.check_size(rows, columns, path)
    if not 1 <= maximum <= 65535 or not raw[end : end + 1].isspace():
        raise UnreadableError("the greymap's header is damaged", _COPY_AGAIN, path)
    found = PgmHeader(rows, columns, maximum, end + 1, raw[:2] == b"P2")
    # A plain pixel takes at least a digit and a blank.
    promised = rows * columns * 2 - 1 if found.plain else rows * columns * (1 if maximum < 256 else 2)
    if size - found.offset < promised:
        raise UnreadableError(
            f"the greymap is cut short: {promised} bytes of pixels are promised, {size - found.offset} are there",
            _COPY_AGAIN,
            path,
        )
    return found


def decode(path: Path) -> NDArray[np.generic]:
    """Return uint8 or uint16 (rows, columns) of stored values. Raises UnreadableError."""
    found = header(path)
    count = found.rows * found.columns
    kind = np.uint8 if found.maximum < 256 else np.uint16
    if found.plain:
        words = file_io.part(path, found.offset, file_io.file_size(path)).split(maxsplit=count)[:count]
        if len(words) < count or not all(w.isdigit() and len(w) <= 5 for w in words):
            raise UnreadableError("the greymap's numbers are damaged or cut short", _COPY_AGAIN, path)
        values = np.array(words, np.int64)
    else:
        stored = np.dtype(kind).newbyteorder(">")
        values = np.frombuffer(file_io.part(path, found.offset, count * stored.itemsize), stored)
        if len(values) < count:
            raise UnreadableError("the greymap is cut short", _COPY_AGAIN, path)
    if values.max() > found.maximum:
        raise UnreadableError(f"the greymap holds values above its own maximum {found.maximum}", _COPY_AGAIN, path)
    return values.astype(kind).reshape(found.rows, found.columns)
