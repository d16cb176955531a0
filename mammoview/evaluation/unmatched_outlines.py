"""Lines about outlines that cannot be counted: without a picture, unreadable, or not placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mammoview.core.errors import MammoviewError, printable
from mammoview.formats.common import file_io, file_names
from mammoview.formats.common.outline_files import FILE_ENDING, FOLDER_FILE, OWN_ENDING, parse_outlines
from mammoview.formats.datasets import mini_mias
from mammoview.formats.datasets.cbis_tables import case_table
from mammoview.formats.opening import cbis_merge
from mammoview.formats.opening.coco_pictures import missing_pictures
from mammoview.study.finding_status import lost_outlines
from mammoview.study.scan import Scan

_NAMED = 4
"""Most pictures of a list that a line names."""


def outlines_without_pictures(paths: Sequence[Path], scans: Iterable[Scan]) -> list[str]:
    """Return one line for each picture that has outlines and is not there, or of which they are not read.

    `paths` are what was opened. Of the list of a data set, Info.txt or labels.csv of mini-MIAS or a table of CBIS-DDSM,
    all pictures are one line.
    """
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
                lines += _lone(file, names)
    lines += [*_of_mini_mias(scans), *_of_cbis(scans)]
    missing = missing_pictures([scan.path for scan in scans], pictures)
    return lines + [f"{printable(file)}: its picture {printable(name)} is not there" for file, name in missing]


def outlines_without_place(scans: Iterable[Scan]) -> list[str]:
    """Return one line for each outline, or file of outlines, that could not be read or placed."""
    return [f"{printable(scan.path)}: {warning}" for scan in scans for warning in lost_outlines(scan)]


def _of_mini_mias(scans: Sequence[Scan]) -> Iterator[str]:
    """Return a line for each list whose circles are of pictures that do not lie beside it."""
    places = {scan.path.parent for scan in scans if scan.facts.get("data set") == "mini-MIAS"}
    for folder in sorted(places | {place.parent for place in places}):
        with suppress(MammoviewError, OSError):  # a zip is no folder; an unreadable list is reported elsewhere
            file, findings = mini_mias.list_of(folder), mini_mias.findings_of(folder)
            if file is not None and findings is not None:
                there = {picture.stem.lower() for picture in mini_mias.images_of(folder)}
                outlined = [name for name, entries in findings.items() if any(one.circle for one in entries)]
                yield from _line(file, [name for name in outlined if name not in there], "are not there")


def _of_cbis(scans: Sequence[Scan]) -> Iterator[str]:
    """Return a line for each table with views that were not opened."""
    views = [scan for scan in scans if scan.facts.get("data set") == cbis_merge.DATA_SET]
    opened = {cbis_merge.key_of(scan) for scan in views}
    for table in sorted({table for scan in views for table in cbis_merge.tables_above(scan.path)}):
        with suppress(MammoviewError):  # an unreadable table is reported where it is opened
            outlined = {cbis_merge.view_of(one.mask_folder): one.view for one in case_table(table)}
            lone = sorted(name for view, name in outlined.items() if view not in opened)
            yield from _line(table, lone, "are not among those that were opened")


def _line(file: Path, names: Sequence[str], what: str) -> Iterator[str]:
    """Return a line about pictures that a list names, or none where there are none."""
    if names:
        more = ", ..." if len(names) > _NAMED else ""
        named = printable(", ".join(names[:_NAMED]))
        yield f"{printable(file)}: {len(names)} pictures that it outlines {what}: {named}{more}"


def _lone(file: Path, names: set[str]) -> list[str]:
    """Return a line for each picture that a file of outlines is about, where it is read of none of `names`."""
    absent: list[str] = []
    if file.name == FOLDER_FILE:
        with suppress(MammoviewError, OSError):  # that it cannot be read is a warning of the pictures beside it
            absent = sorted(name for name in parse_outlines(file_io.text(file), file) if name not in names)
    else:
        own = file.name.endswith(OWN_ENDING)
        name = file.name.removesuffix(OWN_ENDING if own else FILE_ENDING)
        stem = file_names.stem(name)
        if name in names and not own and stem != name:
            read = printable(stem + FILE_ENDING)
            return [f"{printable(file)}: it is not read: outlines of {printable(name)} lie in {read}"]
        absent = [] if name in names or name in {file_names.stem(picture) for picture in names} else [name]
    return [f"{printable(file)}: its picture {printable(name)} is not there" for name in absent]
