"""Lines about outlines that cannot be counted: without a picture, unreadable, or not placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mammoview.core.errors import MammoviewError, printable
from mammoview.formats.common import file_io, file_names
from mammoview.formats.common.outline_files import FILE_ENDING, FOLDER_FILE, OWN_ENDING, parse_outlines
from mammoview.formats.opening.coco_pictures import missing_pictures
from mammoview.study.finding_status import lost_outlines
from mammoview.study.scan import Scan


def outlines_without_pictures(paths: Sequence[Path], scans: Iterable[Scan]) -> list[str]:
    """Return one line for each picture that has outlines and is not there; `paths` are what was opened."""
    scans = list(scans)
    pictures: dict[Path, set[str]] = defaultdict(set)
    for path in paths:
        if path.is_dir():
            pictures[path.absolute()] = set()
    for scan in scans:
        pictures[scan.path.absolute().parent].add(scan.path.name)
    lines = []
    for folder, names in sorted(pictures.items()):
        with suppress(OSError):  # a zip is no folder
            for file in sorted(folder.glob(f"*{FOLDER_FILE}")):
                lines += [
                    f"{printable(file)}: its picture {printable(name)} is not there" for name in _lone(file, names)
                ]
    missing = missing_pictures([scan.path for scan in scans], pictures)
    return lines + [f"{printable(file)}: its picture {printable(name)} is not there" for file, name in missing]


def outlines_without_place(scans: Iterable[Scan]) -> list[str]:
    """Return one line for each outline, or file of outlines, that could not be read or placed."""
    return [f"{printable(scan.path)}: {warning}" for scan in scans for warning in lost_outlines(scan)]


def _lone(file: Path, names: set[str]) -> list[str]:
    """Return the pictures that a file of outlines is about and that are not among `names`."""
    if file.name == FOLDER_FILE:
        with suppress(MammoviewError, OSError):  # that it cannot be read is a warning of the pictures beside it
            return sorted(name for name in parse_outlines(file_io.text(file), file) if name not in names)
        return []
    ending = OWN_ENDING if file.name.endswith(OWN_ENDING) else FILE_ENDING
    about = file.name.removesuffix(ending)
    stems = {file_names.stem(name) for name in names}
    return [] if about in names or about in stems else [about]
