"""Lossless JPEG as DDSM wrote it.

Its files claim to be ITU-T T.81 process 14 (SOF3) with predictor 7, the mean of the left and the upper neighbour. T.81
H.1.2.1 predicts the first row from the left neighbour alone; the encoder that DDSM used kept to predictor 7 there and
took 2^(P-1) for the row above. A decoder that follows T.81 returns a full picture that is wrong from its second pixel
on. The differences it decoded are right, though: they are taken out of its picture and added up again by DDSM's rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UnreadableError
from mammoview.formats.common import file_io

COPY_AGAIN = "Copy it again from where it came from"
END = b"\xff\xd9"
"""The end mark (EOI); a file without it was cut short."""
_SOF3, _SOS, _DRI = 0xC3, 0xDA, 0xDD
_OTHER_FRAMES = {*range(0xC0, 0xD0)} - {_SOF3, 0xC4, 0xC8, 0xCC}
_MEAN = 7
"""The predictor whose first row DDSM treats in its own way."""
_DECODED_BITS = 16
"""Bits per pixel with which such a picture is decoded, independent of its header."""


@dataclass(frozen=True)
class LjpegHeader:
    """The header of a lossless JPEG.

    Parameters
    ----------
    rows, columns
        Size in pixels, from the JPEG header.
    bits
        P, the bits per pixel: 2..16.
    predictor
        1..7 (T.81 table H.1).
    height_at
        Offset of the number of rows, bytes.
    data_at
        Offset of the coded differences, bytes.
    """

    rows: int
    columns: int
    bits: int
    predictor: int
    height_at: int
    data_at: int


@dataclass(frozen=True)
class DecodedLjpeg:
    """A decoded picture.

    Parameters
    ----------
    pixels
        uint16 (rows, columns) of the header's size; rows that the file does not hold are 0.
    rows_held
        How many rows the file holds; less than all where it was cut short.
    """

    pixels: NDArray[np.uint16]
    rows_held: int


def read_header(data: bytes, path: Path) -> LjpegHeader:
    """Read the header of a lossless JPEG.

    Parameters
    ----------
    data
        The file, or its first few kilobytes.
    path
        Named in errors.

    Raises
    ------
    UnreadableError
        When it is no lossless JPEG of one component, or of a kind that DDSM never used.
    """
    if data[:2] != b"\xff\xd8":
        raise UnreadableError("it is not a lossless JPEG", COPY_AGAIN, path)
    place, frame = 2, None
    while place + 4 <= len(data) and data[place] == 0xFF:
        kind, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        body = data[place + 4 : place + 2 + length]
        if kind == 0xFF:  # Fill bytes may precede a marker (T.81 B.1.1.2).
            place += 1
            continue
        if kind in _OTHER_FRAMES:
            raise UnreadableError("it is a JPEG, but not a lossless one", COPY_AGAIN, path)
        if kind == _DRI and any(body):
            raise UnreadableError(
                "restart intervals in a lossless DDSM image are not read", "Convert it to PNG or PGM", path
            )
        if kind == _SOF3 and len(body) >= 6:
            rows, columns = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            if body[5] != 1 or not 2 <= body[0] <= 16:
                raise UnreadableError("the lossless JPEG is not a grey one of 2 to 16 bits", COPY_AGAIN, path)
            frame = (rows, columns, body[0], place + 5)
        if kind == _SOS:
            if frame is None or len(body) < 6 or not 1 <= body[3] <= _MEAN or body[5] & 15:
                break
            if place + 2 + length > len(data):
                break
            rows, columns, bits, height_at = frame
            file_io.check_size(rows, columns, path)
            return LjpegHeader(rows, columns, bits, body[3], height_at, place + 2 + length)
        place += 2 + length
    raise UnreadableError("the header of the lossless JPEG is damaged", COPY_AGAIN, path)


def ends(data: bytes) -> bool:
    """Whether the end mark is present; coded data never contain it (T.81 B.1.1.5), so padding may follow it."""
    return data.rfind(END, max(0, len(data) - file_io.HEAD_BYTES)) >= 0


def decode(data: bytes, path: Path) -> DecodedLjpeg:
    """Decode a whole file, or what there is of one that was cut short.

    Raises
    ------
    UnreadableError
        When it is damaged, or holds not one whole row.
    """
    header = read_header(data, path)
    # The decoder cuts wrong values to the bits, and of 8 too few are left to set them right; its 16 lose nothing.
    as_read = replace(header, bits=_DECODED_BITS) if header.predictor == _MEAN else header
    # A coded pixel takes a bit at least: no more rows are decoded, nor memory taken, than the bytes can hold.
    possible = min(header.rows, (len(data) - header.data_at) * 8 // header.columns + 2)
    height = header.height_at
    try:
        size = bytes([as_read.bits]) + possible.to_bytes(2, "big")
        decoded = imagecodecs.jpeg8_decode(data[: height - 1] + size + data[height + 2 :])
    except (imagecodecs.Jpeg8Error, ValueError, RuntimeError, MemoryError) as error:
        raise UnreadableError("the lossless JPEG is damaged", COPY_AGAIN, path) from error
    if decoded.shape != (possible, header.columns):
        raise UnreadableError("the lossless JPEG is damaged", COPY_AGAIN, path)
    found = np.ascontiguousarray(decoded, np.uint16)
    held = _rows_held(found, as_read)
    if held == 0:
        raise UnreadableError("the lossless JPEG is cut short within its first row", COPY_AGAIN, path)
    if held < header.rows and ends(data):
        raise UnreadableError(
            f"the lossless JPEG is damaged: only {held} of {header.rows} rows can be decoded", COPY_AGAIN, path
        )
    found = found[:held]
    pixels = np.zeros((header.rows, header.columns), np.uint16)
    pixels[:held] = found if header.predictor != _MEAN else _integrated(_differences(found, as_read), header)
    if header.bits < 16 and int(pixels.max()) >> header.bits:
        raise UnreadableError(
            f"the lossless JPEG is damaged: it holds values beyond its {header.bits} bits", COPY_AGAIN, path
        )
    return DecodedLjpeg(pixels, held)


def laid_out(decoded: DecodedLjpeg, rows: int, columns: int) -> DecodedLjpeg:
    """Return the picture in the size of the .ics file, where the JPEG header has rows and columns exchanged.

    Either the header is right and the picture is stored on its side, or the encoder was given the wrong row length; in
    a picture that is cut into rows of the wrong length, neighbouring rows do not fit each other.
    """
    lying, stream = decoded.pixels, decoded.pixels.reshape(rows, columns)
    held = decoded.rows_held * lying.shape[1] // columns
    if held > 1 and _roughness(stream[:held]) < _roughness(lying[: decoded.rows_held]):
        return DecodedLjpeg(stream, held)
    return DecodedLjpeg(np.ascontiguousarray(lying.T), rows)


def _roughness(pixels: NDArray[np.uint16]) -> float:
    """Mean difference of neighbouring rows; infinite for a single row."""
    sample = pixels[:, ::8].astype(np.int32)
    return float(np.abs(np.diff(sample, axis=0)).mean()) if len(sample) > 1 else float("inf")


def _rows_held(found: NDArray[np.uint16], header: LjpegHeader) -> int:
    """Count the rows that come from the file.

    Where the data end early, libjpeg fills the row with zero bits and returns every later row as 2^(P-1).
    """
    made_up = (found == 1 << (header.bits - 1)).all(1)
    last = len(found) - int(np.argmin(made_up[::-1])) if not made_up.all() else 0
    return header.rows if last == header.rows else max(0, last - 1)


def _mean(a: NDArray[np.uint16], b: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return (a + b) / 2 rounded down, without leaving 16 bits."""
    return (a & b) + ((a ^ b) >> 1)


def _differences(found: NDArray[np.uint16], header: LjpegHeader) -> NDArray[np.uint16]:
    """Return the coded differences, modulo 2^16 (T.81 H.1.2.1), of a picture that a T.81 decoder made."""
    differences = found.copy()
    differences[:1, :1] -= np.uint16(1 << (header.bits - 1))
    differences[0, 1:] -= found[0, :-1]
    differences[1:, 0] -= found[:-1, 0]
    differences[1:, 1:] -= _mean(found[1:, :-1], found[:-1, 1:])
    return differences


def _integrated(differences: NDArray[np.uint16], header: LjpegHeader) -> NDArray[np.uint16]:
    """Add differences up by DDSM's rule, in place: all pixels of an anti-diagonal at once."""
    rows, columns = differences.shape
    half = 1 << (header.bits - 1)
    left, first = half, []
    for index, difference in enumerate(differences[0].tolist()):
        left = (difference + (half if index == 0 else (left + half) >> 1)) & 0xFFFF
        first.append(left)
    differences[0] = first
    differences[:, 0] = np.cumsum(differences[:, 0], dtype=np.uint16)
    flat, step = differences.reshape(-1), columns - 1
    for diagonal in range(2, rows + columns - 1):
        top, bottom = max(1, diagonal - columns + 1), min(rows - 1, diagonal - 1)
        start, stop = top * step + diagonal, bottom * step + diagonal + 1
        here = flat[start:stop:step]
        here += _mean(flat[start - 1 : stop - 1 : step], flat[start - columns : stop - columns : step])
    return differences
