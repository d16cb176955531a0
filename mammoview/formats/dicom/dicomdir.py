"""A DICOMDIR: the list of files on a medium (DICOM PS3.3 F)."""

from __future__ import annotations

from pathlib import Path

from mammoview.core.errors import UnreadableError
from mammoview.formats.dicom.dicom_reader import read_header
from mammoview.formats.dicom.values import items, word, words

_RECORDS = ("IMAGE", "PRESENTATION", "SR DOCUMENT")
"""Directory record types that are read; the latter two refer to pictures."""


def listed_files(path: Path) -> tuple[list[Path], list[str]]:
    """Return the image files that a DICOMDIR lists, and warnings about missing ones.

    Names may not lead out of its folder. They are upper case in the list but often not on the disk.

    Raises
    ------
    UnreadableError
        When it is damaged or lists no image.
    """
    directory, _ = read_header(path)
    found, missing = [], []
    for record in items(directory, "DirectoryRecordSequence"):
        parts = words(record, "ReferencedFileID")
        if not parts or word(record, "DirectoryRecordType") not in _RECORDS:
            continue
        file = _inside(path.parent, parts)
        if file is None:
            missing.append(f"{path}: lists {'/'.join(parts)}, which is not there. Copy the whole medium")
        else:
            found.append(file)
    if not found and not missing:
        raise UnreadableError("the DICOMDIR lists no images", "Open the folder it lies in instead", path)
    return found, missing


def _inside(folder: Path, parts: tuple[str, ...]) -> Path | None:
    """Resolve a file ID part by part, ignoring case, never upwards; None for an invalid one."""
    try:
        return _followed(folder, parts)
    except (OSError, ValueError):
        return None


def _followed(folder: Path, parts: tuple[str, ...]) -> Path | None:
    place = folder
    for part in parts:
        if not part or part in (".", "..") or "/" in part or "\\" in part:
            return None
        exact = place / part
        if not exact.exists():
            same = [child for child in place.iterdir() if child.name.lower() == part.lower()]
            if not same:
                return None
            exact = same[0]
        place = exact
    return place if place.is_file() else None
