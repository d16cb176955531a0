"""Size of a compressed picture, from the header of its codestream: JPEG, JPEG-LS and JPEG 2000.

Decoders allocate memory for that size, not for the one in the DICOM header, so the two are compared before decoding.
"""

from __future__ import annotations

_JPEG2000 = b"\xff\x4f\xff\x51"
_PRECISION_AT, _SIGN = 42, 0x80
"""Offset of the first component's Ssiz in a JPEG 2000 codestream, bytes, and its sign bit (T.800 A.5.1)."""
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""Start of frame: all of JPEG (T.81 B.1.1.3) and that of JPEG-LS (T.87 C.1)."""
_START_OF_SCAN = 0xDA


def precision(start: bytes) -> tuple[int, bool] | None:
    """Return bits per sample and signedness of a JPEG 2000 codestream; None for others."""
    place = start.find(_JPEG2000)
    if place < 0 or len(start) <= place + _PRECISION_AT:
        return None
    size = start[place + _PRECISION_AT]
    return (size & ~_SIGN) + 1, bool(size & _SIGN)


def picture_shape(start: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and samples from the first bytes of a codestream, or None where they have none."""
    place = start.find(_JPEG2000)  # A JP2 file has boxes before its codestream.
    if place >= 0 and len(start) >= place + 42:
        right, bottom, left, top = (int.from_bytes(start[place + i : place + i + 4], "big") for i in (8, 12, 16, 20))
        return bottom - top, right - left, int.from_bytes(start[place + 40 : place + 42], "big")
    place = 2
    while start[:2] == b"\xff\xd8" and place + 10 <= len(start) and start[place] == 0xFF:
        marker = start[place + 1]
        if marker == 0xFF:  # Fill byte.
            place += 1
            continue
        if marker in _FRAME_HEADERS:
            rows, columns = start[place + 5 : place + 7], start[place + 7 : place + 9]
            return int.from_bytes(rows, "big"), int.from_bytes(columns, "big"), start[place + 9]
        if marker == _START_OF_SCAN:
            return None
        place += 2 + int.from_bytes(start[place + 2 : place + 4], "big")
    return None
