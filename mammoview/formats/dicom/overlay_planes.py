"""Overlay planes of DICOM files (PS3.3 C.9.2), as marks.

Up to sixteen of them, in the even groups 6000 to 601E; older files keep them in unused bits of the pixels (retired in
2004).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from mammoview.formats.common import file_io
from mammoview.formats.dicom.pixel_data_check import frame_count
from mammoview.formats.dicom.values import integer
from mammoview.study.marks import Bitmap, Mark, MarkOrigin

GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _FIRST_FRAME = 0x0010, 0x0011, 0x0015, 0x0051
_DESCRIPTION, _KIND, _SUBTYPE, _LABEL = 0x0022, 0x0040, 0x0045, 0x1500
_ORIGIN, _BITS, _BIT, _ACTIVATION, _DATA = 0x0050, 0x0100, 0x0102, 0x1001, 0x3000
_LONGEST_TEXT = 200

ReadBit = Callable[[int], NDArray[np.bool_]]
"""Returns one bit of all pixels of a file, bool (rows, columns)."""


class _DamagedError(ValueError):
    """A damaged plane; the message is the reason."""


@dataclass(frozen=True)
class _Plane:
    """One group of a header."""

    header: Dataset
    group: int

    def value(self, element: int) -> object:
        """Return a value as pydicom reads it; None where it is absent, empty or malformed."""
        try:
            found = self.header.get((self.group, element))
            value: object = None if found is None else found.value
        except Exception:  # pydicom converts on access, with various exceptions.
            return None
        return None if value is None or value in ("", b"") else value

    def text(self, element: int) -> str:
        """Return a value as one line of text."""
        value = self.value(element)
        return " ".join(str(value).replace("\0", " ").split())[:_LONGEST_TEXT] if isinstance(value, str) else ""

    def numbers(self, element: int) -> tuple[int, ...]:
        """Return all values as whole numbers; empty where one of them is none."""
        value = self.value(element)
        values = value if isinstance(value, (MultiValue, list, tuple)) else [value]
        try:
            return tuple(int(str(one)) for one in values)
        except ValueError:
            return ()

    def number(self, element: int) -> int | None:
        """Return the first value as a whole number, or None."""
        return next(iter(self.numbers(element)), None)

    @property
    def there(self) -> bool:
        """Whether a header has such a plane; a presentation state may hold no more than its activation."""
        return any((self.group, element) in self.header for element in (_ROWS, _COLUMNS, _DATA, _KIND))

    @property
    def name(self) -> str:
        """Such as "overlay 6000"."""
        return f"overlay {self.group:04X}"


def read_planes(
    header: Dataset,
    rows: int,
    columns: int,
    read_bit: ReadBit | None = None,
    origin: MarkOrigin = MarkOrigin.OVERLAY,
    without: Collection[int] = (),
) -> tuple[tuple[Mark, ...], list[str]]:
    """Return the overlay planes of a file as marks, and warnings about those that are damaged.

    Empty planes make no mark.

    Parameters
    ----------
    header
        The header of the file.
    rows, columns
        Size of the picture; parts of a plane beyond it are clipped.
    read_bit
        Reads a plane in unused bits of the pixels; None where there are no pixels.
    origin
        Source of the marks.
    without
        Groups that are left out.
    """
    marks: list[Mark] = []
    warnings = []
    for group in GROUPS:
        plane = _Plane(header, group)
        if group in without or not plane.there:
            continue
        try:
            marks += _marks(plane, rows, columns, read_bit, origin)
        except _DamagedError as error:
            warnings.append(f"{plane.name} is left out: {error}")
    return tuple(marks), warnings


def activated(state: Dataset) -> frozenset[int]:
    """Return the groups of overlay planes that a presentation state activates (PS3.3 C.11.7)."""
    return frozenset(group for group in GROUPS if _Plane(state, group).text(_ACTIVATION))


def _marks(plane: _Plane, rows: int, columns: int, read_bit: ReadBit | None, origin: MarkOrigin) -> list[Mark]:
    """Return the non-empty frames of a plane. Raises _DamagedError."""
    height, width = plane.number(_ROWS) or 0, plane.number(_COLUMNS) or 0
    if height <= 0 or width <= 0 or height * width > file_io.MAX_PIXELS:
        raise _DamagedError("it has no possible size")
    words = plane.text(_LABEL) or plane.text(_DESCRIPTION)
    if plane.text(_KIND).upper() == "R":
        words = f"{words}, region of interest" if words else "region of interest"
    subtype = plane.text(_SUBTYPE).lower()
    source = f"{plane.name}, {subtype}" if subtype else plane.name

    def mark(box: tuple[int, int, int, int], read: Callable[[], NDArray[np.bool_]], frame: int | None) -> Mark:
        left, top, right, bottom = box
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
        return Mark(origin, corners, True, words, source, frame, Bitmap(left, top, read, plane.group))

    raw = plane.value(_DATA)
    if raw is None and (plane.number(_BITS) or 1) != 1:
        return [mark((0, 0, columns, rows), _bit_of_pixels(plane, (rows, columns), read_bit), None)]
    top, left = _corner(plane)
    over = max(0, top), min(rows, top + height), max(0, left), min(columns, left + width)
    if over[0] >= over[1] or over[2] >= over[3]:
        raise _DamagedError("it lies outside of the picture")
    frames = max(1, plane.number(_FRAMES) or 1)
    if not isinstance(raw, bytes) or 8 * len(raw) < frames * height * width:
        held = len(raw) if isinstance(raw, bytes) else 0
        raise _DamagedError(f"{(frames * height * width + 7) // 8} bytes of drawing are promised, {held} are there")
    packed = np.frombuffer(raw, np.uint8)
    if _swapped_words(plane):
        packed = packed[: len(packed) // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
    first = plane.number(_FIRST_FRAME)
    found = []
    for index in range(frames):
        # A single overlay frame without a frame number applies to all frames.
        frame = None if frames == 1 and first is None else (first or 1) - 1 + index
        if frame is not None and not 0 <= frame < frame_count(plane.header):
            continue
        drawn = _unpacked(packed, index * height * width, (height, width))[
            over[0] - top : over[1] - top, over[2] - left : over[3] - left
        ]
        down, across = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
        if len(down):
            cut = drawn[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
            x, y = over[2] + int(across[0]), over[0] + int(down[0])
            found.append(mark((x, y, x + cut.shape[1], y + cut.shape[0]), _kept(cut), frame))
    return found


def _corner(plane: _Plane) -> tuple[int, int]:
    """Row and column at which a plane begins, from 0; the file counts from 1. Raises _DamagedError."""
    corner = plane.numbers(_ORIGIN) or (1, 1)
    if len(corner) != 2:
        raise _DamagedError("its origin is malformed")
    return corner[0] - 1, corner[1] - 1


def _bit_of_pixels(plane: _Plane, shape: tuple[int, int], read_bit: ReadBit | None) -> Callable[[], NDArray[np.bool_]]:
    """Return a function that reads a plane from unused bits of the pixels. Raises _DamagedError."""
    header, bit = plane.header, plane.number(_BIT)
    allocated, stored = integer(header, "BitsAllocated") or 16, integer(header, "BitsStored") or 16
    high = integer(header, "HighBit")
    high = stored - 1 if high is None else high
    if read_bit is None or bit is None or not 0 <= bit < allocated or high - stored < bit <= high:
        raise _DamagedError("neither its own data nor free bits of the pixels hold it")
    if (plane.number(_ROWS), plane.number(_COLUMNS)) != shape or _corner(plane) != (0, 0):
        raise _DamagedError("it lies in the pixels, but does not have their size")
    if frame_count(header) > 1 or (integer(header, "SamplesPerPixel") or 1) > 1:
        raise _DamagedError("it lies in the pixels of several frames or of colours, where it is not read")
    return cache(partial(read_bit, bit))


def _swapped_words(plane: _Plane) -> bool:
    """Whether a plane is stored as words whose higher byte comes first (PS3.5 8.1.2)."""
    element = plane.header.get((plane.group, _DATA))
    return element is not None and element.VR == "OW" and plane.header.original_encoding[1] is False


def _unpacked(packed: NDArray[np.uint8], start: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return bits from an offset on, the lowest of each byte first; bool of `shape`."""
    count = shape[0] * shape[1]
    part = packed[start // 8 : (start + count + 7) // 8]
    return np.unpackbits(part, bitorder="little")[start % 8 :][:count].reshape(shape).view(bool)


def _kept(drawn: NDArray[np.bool_]) -> Callable[[], NDArray[np.bool_]]:
    """Return a function that unpacks a bitmap, which is held packed in an eighth of the memory."""
    packed, shape = np.packbits(drawn, bitorder="little"), drawn.shape
    return lambda: _unpacked(packed, 0, (shape[0], shape[1]))
