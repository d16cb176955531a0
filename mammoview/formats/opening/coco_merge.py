"""Pictures that COCO files list: outlines, and what the files state about the pictures, are added to their scans.

The pictures are read as every picture is. One below the folder of a COCO file that none certainly lists may have a
finding or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.formats.common.zip_files import Member
from mammoview.formats.datasets import coco
from mammoview.formats.datasets.coco import FAULTS, CocoFile, CocoPicture, Entry, is_whole
from mammoview.formats.datasets.coco_facts import with_facts
from mammoview.formats.datasets.coco_outlines import FARTHEST_PX, outlines_of
from mammoview.formats.opening.coco_pictures import PicturesByName
from mammoview.formats.opening.gathered_scans import GatheredScans
from mammoview.study.finding_status import (
    NORMAL_FACT,
    FindingStatus,
    finding_status,
    lost_outlines,
    may_have_finding,
)
from mammoview.study.scan import Outline, Scan

_SAME_PX = 0.5
"""Outlines whose boxes differ by less on every side are one lesion in two files."""
_STRAIGHT, _TURNED = np.eye(2), np.eye(2)[::-1]
"""Sizes of the numbers in a map onto a picture that is not turned, or flipped; and onto one turned by 90 degrees."""
Entries = list[tuple[CocoFile, CocoPicture]]
"""What COCO files hold on one picture."""


def attach_coco(gathered: GatheredScans) -> None:
    """Add what COCO files hold on the scans that were found; what is wrong in the files becomes messages."""
    files = _files(gathered)
    names = PicturesByName(found.scan.path for found in gathered.found if not _is_of_zip(found.scan))
    entries: dict[Path, Entries] = defaultdict(list)
    reasons: dict[Path, list[str]] = defaultdict(list)
    roots: dict[Path, CocoFile] = {}
    missing: list[str] = []
    unsure: dict[str, None] = {}
    for file in files:
        roots.setdefault(file.root.absolute(), file)
        listed = names.listed(file)
        for name, path in listed.found.items():
            entries[path].append((file, file.pictures[name]))
        for path in listed.doubtful:
            reasons[path].append(_of_another(file))
        if file.path in gathered.coco:
            missing += listed.missing
            unsure |= dict.fromkeys(listed.unsure)
        for what, number in file.left_out.items():
            gathered.note(file.path.parent, f"left out, as {what}: {number} annotations of {file.path.name}")
    if missing:
        here = gathered.coco[0].parent
        gathered.note(here, f"left out, as their pictures are not here: the outlines of {coco.listed(missing)}")
    if unsure:
        here, several = gathered.coco[0].parent, coco.listed(list(unsure))
        gathered.note(here, f"left out, as several pictures have their names: the outlines of {several}")

    def attached(found: FoundScan) -> FoundScan:
        scan, path = found.scan, found.scan.path.absolute()
        lines = reasons.get(path, [])
        if path in entries:
            found, unknown = _with(found, entries[path])
            lines = [*lines, *unknown]
            if not lines and finding_status(found.scan) is FindingStatus.NOT_KNOWN:
                found = _stated_normal(found)
        elif not lines and path not in gathered.listed:
            near = [roots[folder].path.name for folder in path.parents if folder in roots]
            lines = [f"it is not listed in {name}: whether it has a finding is not known" for name in near[:1]]
        # What has outlines is not normal, and a data set lists all its pictures.
        return found if scan.outlines or "data set" in scan.facts else _warned(found, lines)

    gathered.found = [attached(found) for found in gathered.found]
    gathered.listed |= entries.keys()


class CocoFacts:
    """What COCO files state about the patients, sides and spacings of pictures; every file is read once."""

    def __init__(self, paths: Iterable[Path], coco_files: Iterable[Path]) -> None:
        """Take all files among which a name may be that of several, and the COCO files."""
        self._pictures = PicturesByName(paths)
        self._files: dict[Path, CocoFile | None] = {}
        self._of_root: dict[Path, list[Path]] = defaultdict(list)
        for file in coco_files:
            self._of_root[CocoFile(file).root.absolute()].append(file)

    def with_facts(self, found: FoundScan) -> FoundScan:
        """Return a scan with what surely is about it; outlines are not read."""
        path = found.scan.path.absolute()
        for file in (self._file(one) for root in path.parents for one in self._of_root.get(root, ())):
            name = None if file is None else self._pictures.listed(file).names.get(path)
            if file is not None and name is not None:
                picture = file.pictures[name]
                found = _with_facts(found, file, picture, _placed(found.scan, picture))
        return found

    def _file(self, path: Path) -> CocoFile | None:
        """Return the content of a COCO file; None where it cannot be read, which is reported where it is opened."""
        if path not in self._files:
            self._files[path] = None
            with suppress(MammoviewError):
                self._files[path] = coco.read(path)
        return self._files[path]


def _stated_normal(found: FoundScan) -> FoundScan:
    """Return a scan that a COCO file lists without a lesion, as one that has none, unless one was lost."""
    scan = found.scan
    if may_have_finding(scan) or lost_outlines(scan):
        return found
    return replace(found, scan=replace(scan, facts={**scan.facts, "finding": NORMAL_FACT}))


def _is_of_zip(scan: Scan) -> bool:
    """Whether a scan comes from a zip that was read before: COCO files outside it list none of its pictures."""
    return isinstance(scan.file, Member) and not isinstance(scan.path, Member)


def _of_another(file: CocoFile) -> str:
    return f"{file.path.name} may be about another picture of this name: whether it has a finding is not known"


def _files(gathered: GatheredScans) -> list[CocoFile]:
    """Read COCO files; the pictures below one that cannot be read may have findings that are not known."""
    found = []
    given = dict.fromkeys(gathered.coco)
    known = {path.absolute() for path in given}
    for path in (*given, *(path for path in _beside(gathered) if path.absolute() not in known)):
        try:
            file = coco.read(path)
        except MammoviewError as error:
            if path in given:
                gathered.refuse(path, error)
            root = CocoFile(path).root.absolute()
            warning = f"an outline of {path.name} is left out: {error.what}"
            gathered.found = [
                _warned(one, (warning,))
                if root in one.scan.path.absolute().parents
                and not one.scan.outlines
                and one.scan.path.absolute() not in gathered.listed
                else one
                for one in gathered.found
            ]
            continue
        for line in file.errors if path in given else ():
            gathered.refuse(path, UnreadableError(line, "Mend the file", path))
        found.append(file)
    return found


def _beside(gathered: GatheredScans) -> list[Path]:
    """Return the COCO files beside pictures and zips that were opened by themselves: those in folders were found."""
    folders = set()
    for scan in (one.scan for one in gathered.found):
        if not isinstance(scan.path, Member):
            folders.add((scan.file.archive.path if isinstance(scan.file, Member) else scan.path).parent)
    return coco.coco_files_near(sorted(folders))


def _with(found: FoundScan, entries: Entries) -> tuple[FoundScan, list[str]]:
    """Return a scan with what COCO files hold on it, and why it is not known whether it has a finding, if it is not."""
    unknown = []
    for file, picture in entries:
        placed = _placed(found.scan, picture)
        unknown.append(picture.unknown if placed is not None else _of_another(file))
        drawn = _drawn(found.scan, picture, placed, file.path.name)
        found = _with_facts(found, file, picture, placed)
        scan = found.scan
        new = tuple(one for one in drawn.outlines if not any(_same(one, other) for other in scan.outlines))
        found = _warned(replace(found, scan=replace(scan, outlines=(*scan.outlines, *new))), drawn.warnings)
    return found, unknown if all(unknown) else []


def _with_facts(
    found: FoundScan, file: CocoFile, picture: CocoPicture, placed: NDArray[np.float64] | None
) -> FoundScan:
    """Return a scan with what a COCO file states about it beside outlines; `placed` is from `_placed`."""
    if placed is None:
        return found
    turned = bool(np.array_equal(np.abs(placed[:, :2]), _TURNED))
    return with_facts(found, picture.entry, file.root, turned=turned)


def _placed(scan: Scan, picture: CocoPicture) -> NDArray[np.float64] | None:
    """Return the map from the pixels of a COCO file to those of a picture, (2, 3); None where it is another.

    A picture of the same name has the size that the file states, if any; the others are exports of it.
    """
    size = scan.rows, scan.columns
    if _has_its_name(scan, picture):
        return np.eye(2, 3) if picture.size in (None, size) else None
    return None if picture.size is None else _from_stored(picture.entry, *size)


def _has_its_name(scan: Scan, picture: CocoPicture) -> bool:
    return scan.path.name == picture.name.rpartition("/")[2]


def _drawn(scan: Scan, picture: CocoPicture, placed: NDArray[np.float64] | None, source: str) -> OutlineFileContents:
    """Return the outlines of a picture, in its pixels."""
    size = scan.rows, scan.columns
    if _has_its_name(scan, picture):
        return outlines_of(picture, *size, source).within(*size)
    if placed is None or picture.size is None:
        if not picture.annotations:
            return OutlineFileContents()
        return OutlineFileContents(warnings=(f"an outline of {source} is left out: the picture has another size",))
    drawn = outlines_of(picture, *picture.size, source)
    moved = tuple(replace(one, points=one.points @ placed[:, :2].T + placed[:, 2]) for one in drawn.outlines)
    return replace(drawn, outlines=moved).within(*size)


def _from_stored(entry: Entry, rows: int, columns: int) -> NDArray[np.float64] | None:
    """Return the map from stored pixels to an exported picture of that size, (2, 3); None where it is of none.

    Captions lie below a picture and make it higher.
    """
    plain, captioned = entry.get("exported_picture"), entry.get("captioned_picture")
    height = plain.get("height") if isinstance(plain, dict) else None
    if not is_whole(height) or rows < height:
        return None
    entries = plain if rows == height else captioned
    if isinstance(entries, dict) and entries.get("width") == columns:
        with suppress(*FAULTS):
            matrix = np.array(entries.get("from_stored"), float)
            if matrix.shape == (2, 3) and (np.abs(matrix) <= FARTHEST_PX).all():
                scales = np.abs(matrix[:, :2])
                if any(np.array_equal(scales, known) for known in (_STRAIGHT, _TURNED)):
                    return matrix
    return None


def _same(one: Outline, other: Outline) -> bool:
    """Whether two outlines of different files are of one lesion."""
    return bool((np.abs(np.subtract(one.box, other.box)) < _SAME_PX).all())


def _warned(found: FoundScan, warnings: Iterable[str]) -> FoundScan:
    return replace(found, scan=replace(found.scan, warnings=list(dict.fromkeys([*found.scan.warnings, *warnings]))))
