"""The attributes of a DICOM file as rows to be read by a person: tag, name, VR, value, and the items of sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from mammoview.core.errors import MammoviewError, NotAMammogramError
from mammoview.formats.common.file_io import file_size
from mammoview.formats.dicom.dicom_reader import read_header
from mammoview.formats.inspection.completeness import Completeness, completeness
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.study.scan import Scan

MAX_TEXT = 200
"""Longest value that is shown whole, characters."""
MAX_ITEMS = 100
"""Most items of one sequence that are listed; a tomosynthesis has hundreds alike."""
MAX_DEPTH = 12
MAX_ROWS = 20_000
"""Most rows of a file: damaged headers can claim anything."""
_BINARY = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")


@dataclass(frozen=True)
class TagRow:
    """One row.

    Parameters
    ----------
    tag
        Such as "(0008,0016)"; empty for an item of a sequence.
    name
        Of the DICOM dictionary (PS3.6) or pydicom's private one.
    vr
        Value representation (PS3.5 6.2); empty for an item.
    value
        Text on one line, abbreviated past 200 characters; binary values by their length.
    rows
        Items of a sequence, or attributes of an item.
    """

    tag: str
    name: str
    vr: str
    value: str
    rows: tuple[TagRow, ...] = ()

    def matches(self, text: str) -> bool:
        """Whether the row itself, not those below it, holds `text`, whatever its case."""
        wanted = text.casefold()
        return any(wanted in part.casefold() for part in (self.tag, self.name, self.vr, self.value))


@dataclass(frozen=True)
class TagList:
    """All rows of a file, and the completeness of its header."""

    path: Path
    rows: tuple[TagRow, ...]
    completeness: Completeness


def read_tags(scan: Scan) -> TagList:
    """Read the attributes of the file behind a scan; its pixels stay on the disk.

    Raises
    ------
    NotAMammogramError
        When the scan is not from a DICOM file, so has no tags.
    UnreadableError
        When the file is missing or damaged.
    """
    file = scan.file or scan.path
    if kind_of(file) is not FileType.DICOM:
        raise NotAMammogramError("it is not a DICOM file, so it has no tags", "Choose a DICOM scan", scan.path)
    header, position = read_header(file)
    left = [MAX_ROWS]
    rows = [*_rows(getattr(header, "file_meta", Dataset()), 0, left), *_rows(header, 0, left)]
    rest = file_size(file) - position
    if rest > 0:
        rows.append(TagRow("(7FE0,0010)", "Pixel Data", "", f"and what follows: {rest} bytes of the file, not read"))
    return TagList(scan.path, tuple(rows), completeness(header))


def completeness_of(scan: Scan) -> Completeness | None:
    """Return the completeness of a scan's header; None where it is no DICOM file or cannot be read."""
    try:
        file = scan.file or scan.path
        return completeness(read_header(file)[0]) if kind_of(file) is FileType.DICOM else None
    except MammoviewError:
        return None


def _rows(header: Dataset, depth: int, left: list[int]) -> Iterator[TagRow]:
    """Rows of a data set, in the order of the tags, until none are `left`."""
    for tag in sorted(header.keys()):
        if left[0] <= 0:
            return
        left[0] -= 1
        try:
            yield _row(header, tag, depth, left)
        except Exception as error:  # pydicom converts on access, with various exceptions.
            yield TagRow(str(tag), "", "", f"cannot be read ({type(error).__name__})")
    if left[0] == 0:
        left[0] = -1
        yield TagRow("", "", "", f"more than {MAX_ROWS} attributes: the rest is left out")


def _row(header: Dataset, tag: BaseTag, depth: int, left: list[int]) -> TagRow:
    raw = header.get_item(tag, keep_deferred=True)
    if isinstance(raw, RawDataElement) and raw.value is None and raw.length:
        # Deferred: access would read it.
        return TagRow(str(tag), "", raw.VR or "UN", f"{raw.length} bytes, not read")
    element = header[tag]
    name, vr = element.name, str(element.VR)
    if vr == "SQ":
        return TagRow(str(tag), name, vr, _count(len(element.value)), tuple(_items(element.value, depth, left)))
    return TagRow(str(tag), name, vr, _value(element.value, vr))


def _items(sequence: list[Dataset], depth: int, left: list[int]) -> Iterator[TagRow]:
    if depth >= MAX_DEPTH:
        yield TagRow("", "", "", "nested too deep to be shown")
        return
    for number, item in enumerate(sequence[:MAX_ITEMS], 1):
        yield TagRow("", f"Item {number}", "", "", tuple(_rows(item, depth + 1, left)))
    if len(sequence) > MAX_ITEMS:
        yield TagRow("", "", "", f"and {len(sequence) - MAX_ITEMS} more items")


def _count(number: int) -> str:
    return f"{number} item{'' if number == 1 else 's'}"


def _value(value: object, vr: str) -> str:
    """Return a value as text on one line."""
    if value is None:
        return ""
    if isinstance(value, bytes) or vr in _BINARY:
        size = len(value) if isinstance(value, (bytes, list, MultiValue)) else 0
        if isinstance(value, bytes) and 0 < size <= 64 and all(32 <= byte < 127 or byte == 0 for byte in value):
            return value.decode("ascii").rstrip("\0 ")
        return f"{size} bytes" if isinstance(value, bytes) else str(value)[:MAX_TEXT]
    if isinstance(value, (MultiValue, list, tuple)):
        text = "\\".join(str(v) for v in value[: MAX_TEXT + 1])
    else:
        text = str(value)
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    if len(text) <= MAX_TEXT:
        return text
    # Count the values where there are several, else the characters.
    length = f"{len(value)} values" if isinstance(value, (MultiValue, list, tuple)) else f"{len(text)} signs"
    return f"{text[:MAX_TEXT]}… ({length})"
