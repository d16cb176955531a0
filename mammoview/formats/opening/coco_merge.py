"""Pictures that COCO files list: outlines, and what the files tell of the pictures, are added to their scans.

The pictures are read as every picture is. One that no COCO file of its folder lists may have a finding or none.
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
from mammoview.formats.common import file_names
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.formats.common.zip_files import Member
from mammoview.formats.datasets import coco
from mammoview.formats.datasets.coco import CocoFile, CocoPicture, Entry
from mammoview.formats.datasets.coco_facts import with_facts
from mammoview.formats.datasets.coco_outlines import FARTHEST_PX, outlines_of
from mammoview.formats.opening.gathered_scans import GatheredScans
from mammoview.study.scan import Outline

_MOST_FOLDERS = 8
"""Most folders beside whose pictures COCO files are looked for: in a larger archive they are found on the way."""
_SAME_PX = 0.5
"""Outlines whose boxes differ by less on every side are one lesion, told by two files."""


def attach_coco(gathered: GatheredScans) -> None:
    """Add what COCO files say of the scans that were found; what is wrong in the files becomes messages."""
    files = [*_read(gathered.coco, gathered), *_beside(gathered)]
    names = _ByName(found.scan.path for found in gathered.found)
    told: dict[Path, list[tuple[CocoFile, CocoPicture]]] = defaultdict(list)
    lists: dict[Path, CocoFile] = {}
    missing: list[str] = []
    for file in files:
        places = {name: names.path(file, name) for name in file.pictures}
        for name, path in places.items():
            if path is not None:
                told[path].append((file, file.pictures[name]))
                lists.setdefault(path.parent, file)
        missing += [name for name, path in places.items() if path is None and file.path in gathered.coco]
        for what, number in file.left_out.items():
            gathered.note(file.path.parent, f"left out, as {what}: {number} annotations of {file.path.name}")
    if missing:
        here = gathered.coco[0].parent
        gathered.note(here, f"left out, as their pictures are not here: the outlines of {coco.listed(missing)}")
    gathered.found = [
        _with(found, told[found.scan.path])
        if found.scan.path in told
        else _doubted(found, lists.get(found.scan.path.parent))
        for found in gathered.found
    ]


def missing_pictures(paths: Iterable[Path], folders: Iterable[Path]) -> list[tuple[Path, str]]:
    """Return the pictures that COCO files near some folders list and that are not there, with the files.

    Parameters
    ----------
    paths
        Of the pictures that were opened.
    folders
        Where COCO files are looked for.
    """
    names = _ByName(paths)
    found = []
    for file in dict.fromkeys(file for folder in folders for file in coco.coco_files_near(folder)):
        with suppress(MammoviewError):  # that it cannot be read is told where it is opened
            found += [(file, name) for name in coco.read(file).pictures if names.path(coco.read(file), name) is None]
    return found


class _ByName:
    """Pictures that were found, by the names that COCO files give them."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = {path.absolute(): path for path in paths}
        self._named: dict[str, list[Path]] = defaultdict(list)
        self._exported: dict[str, list[Path]] = defaultdict(list)
        for path in self._paths.values():
            self._named[path.name].append(path)
            words = file_names.stem(path.name).split("-")
            for k in range(len(words)):
                self._exported["-".join(words[: k + 1])].append(path)

    def path(self, file: CocoFile, name: str) -> Path | None:
        """Return the picture that a file lists under a name; None where it is not there, or may be one of several.

        A name without ending is that of an export, which names of exported pictures begin with.
        """
        for folder in file.folders():
            if (place := (folder / name).absolute()) in self._paths:
                return self._paths[place]
        last = name.rpartition("/")[2]
        below = [path for path in self._named.get(last, ()) if _is_below(path, file)]
        if not below and last == file_names.stem(last):
            below = [path for path in self._exported.get(last, ()) if path.parent == file.path.parent]
        return below[0] if len(below) == 1 else None


def _is_below(path: Path, file: CocoFile) -> bool:
    return any(folder.absolute() in path.absolute().parents for folder in file.folders())


def _read(paths: Iterable[Path], gathered: GatheredScans) -> list[CocoFile]:
    """Read COCO files; the pictures beside one that cannot be read may have findings that are not known."""
    found = []
    for path in dict.fromkeys(paths):
        try:
            file = coco.read(path)
        except MammoviewError as error:
            gathered.refuse(path, error)
            of = CocoFile(path).folders()
            warning = f"an outline of {path.name} is left out: {error.what}"
            gathered.found = [
                _warned(one, (warning,)) if one.scan.path.parent in of and not one.scan.outlines else one
                for one in gathered.found
            ]
            continue
        for line in file.errors:
            gathered.refuse(path, UnreadableError(line, "Mend the file", path))
        found.append(file)
    return found


def _beside(gathered: GatheredScans) -> list[CocoFile]:
    """Return the COCO files of pictures that were opened by themselves: those of folders were found with them."""
    folders = {one.scan.path.parent for one in gathered.found if not isinstance(one.scan.path, Member)}
    if len(folders) > _MOST_FOLDERS:
        return []
    known = {path.absolute() for path in gathered.coco}
    found = []
    for path in dict.fromkeys(path for folder in sorted(folders) for path in coco.coco_files_near(folder)):
        if path.absolute() not in known:
            with suppress(MammoviewError):
                found.append(coco.read(path))
    return found


def _with(found: FoundScan, told: list[tuple[CocoFile, CocoPicture]]) -> FoundScan:
    """Return a scan with what COCO files say of it."""
    for file, picture in told:
        found = with_facts(found, picture.entry)
        drawn = _drawn(found, picture, file.path.name)
        scan = found.scan
        new = tuple(one for one in drawn.outlines if not any(_same(one, other) for other in scan.outlines))
        found = _warned(replace(found, scan=replace(scan, outlines=(*scan.outlines, *new))), drawn.warnings)
    return found


def _drawn(found: FoundScan, picture: CocoPicture, source: str) -> OutlineFileContents:
    """Return the outlines of a picture, in its pixels."""
    scan = found.scan
    name = picture.name.rpartition("/")[2]
    size = scan.rows, scan.columns
    if scan.path.name == name:
        return outlines_of(picture, *size, source).within(*size)
    height, width = picture.entry.get("height"), picture.entry.get("width")
    placed = _from_stored(picture.entry, *size)
    if placed is None or not isinstance(height, int) or not isinstance(width, int):
        if not picture.annotations:
            return OutlineFileContents()
        return OutlineFileContents(warnings=(f"an outline of {source} is left out: the picture has another size",))
    drawn = outlines_of(picture, height, width, source)
    moved = tuple(replace(one, points=one.points @ placed[:, :2].T + placed[:, 2]) for one in drawn.outlines)
    return replace(drawn, outlines=moved).within(*size)


def _from_stored(entry: Entry, rows: int, columns: int) -> NDArray[np.float64] | None:
    """Return the map from stored pixels to an exported picture of that size, (2, 3); None where it is of none."""
    for what in ("exported_picture", "captioned_picture"):
        told = entry.get(what)
        if isinstance(told, dict) and told.get("width") == columns and told.get("height", rows) == rows:
            with suppress(ValueError, TypeError):
                matrix = np.array(told.get("from_stored"), float)
                if matrix.shape == (2, 3) and (np.abs(matrix) <= FARTHEST_PX).all():
                    return matrix
    return None


def _same(one: Outline, other: Outline) -> bool:
    """Whether two outlines of different files are of one lesion."""
    return bool((np.abs(np.subtract(one.box, other.box)) < _SAME_PX).all())


def _doubted(found: FoundScan, file: CocoFile | None) -> FoundScan:
    """Return a scan that no COCO file lists, where one lists others of its folder."""
    if file is None or found.scan.outlines or "data set" in found.scan.facts:
        return found
    return _warned(found, (f"it is not listed in {file.path.name}: whether it has a finding is not known",))


def _warned(found: FoundScan, warnings: Iterable[str]) -> FoundScan:
    return replace(found, scan=replace(found.scan, warnings=list(dict.fromkeys([*found.scan.warnings, *warnings]))))
