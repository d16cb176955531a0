"""Scanning the user's folders: headers only, file by file, interruptible and resumable.

COCO files name the patients of pictures: those in the folder, and those outside it that opening it uses. Where one is
new, changed or gone, all files below its folder are marked for reading again, so that a scan which is stopped goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.datasets import coco
from mammoview.formats.datasets.coco import CocoFile
from mammoview.formats.opening.coco_merge import CocoFacts
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.formats.opening.folder_walk import gather_files, walk
from mammoview.formats.opening.gathered_scans import GatheredScans
from mammoview.formats.opening.open_study import gather_zip
from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import KEEP_PATIENTS_WITH_STUDIES, KEEP_STUDIES_WITH_SCANS, file_stamp, insert_scan

AT_ONCE = 32
"""Files between two commits, which are read again after a kill."""

Progress = Callable[[int, int], None]
"""Files done, and files in all."""


@dataclass
class FolderScanResult:
    """Result of scanning a folder.

    Parameters
    ----------
    folder
        The folder.
    there
        Whether it could be reached; all its scans are marked missing when not.
    read
        Number of new or changed files, which were read.
    scans, missing
        Numbers of scans of this folder in the index, and of those that are missing.
    refused
        Lines about files that could not be read.
    """

    folder: Path
    there: bool = True
    read: int = 0
    scans: int = 0
    missing: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class UserFolder:
    """One of the user's folders.

    Parameters
    ----------
    id
        Its row.
    path
        Where it lies.
    there
        Whether it could be reached when last looked for.
    scanned
        End of the last whole scan, seconds since 1970; None while none has been finished.
    """

    id: int
    path: Path
    there: bool
    scanned: float | None


def folders(index: LibraryDatabase) -> list[UserFolder]:
    """Return the user's folders, by path. Raises MammoviewError."""
    rows = index.rows("SELECT id, path, there, scanned FROM folders ORDER BY path")
    return [UserFolder(r["id"], Path(os.fsdecode(r["path"])), bool(r["there"]), r["scanned"]) for r in rows]


def add_folder(index: LibraryDatabase, path: Path) -> UserFolder:
    """Add a folder to the library without scanning it. Library folders below it become part of it.

    Raises
    ------
    MammoviewError
        When it is no folder, or lies in a folder of the library.
    """
    place = path.absolute()
    if not place.is_dir():
        raise MammoviewError("there is no such folder", "Give a folder with mammograms", path)
    with index.writing():
        # Looked up within the write transaction: another instance may be adding the same folder.
        known = folders(index)
        for folder in known:
            if place == folder.path:
                return folder
            if folder.path in place.parents:
                what = f"it lies in {folder.path}, which the library has already"
                raise MammoviewError(what, "Scan that one again", path)
        row = index.change("INSERT INTO folders (path) VALUES (?)", os.fsencode(place))
        for folder in known:
            if place in folder.path.parents:
                for table in ("scans", "others"):
                    index.change(f"UPDATE {table} SET folder = ? WHERE folder = ?", row, folder.id)
                index.change("DELETE FROM folders WHERE id = ?", folder.id)
    return next(folder for folder in folders(index) if folder.id == row)


def scan_folder(
    index: LibraryDatabase,
    folder: UserFolder,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FolderScanResult:
    """Update the index from a folder; unchanged files are not read.

    Files are opened for reading only. Missing scans are marked and kept: the medium may be unplugged.

    Parameters
    ----------
    index
        The index; committed every few files, so that a kill loses little work.
    folder
        One of `folders`.
    progress
        Called after every few files.
    cancelled
        Called after every few files; True stops the scan.

    Raises
    ------
    CancelledError
        When `cancelled` returns True; the files read so far stay in the index.
    MammoviewError
        When the index cannot be written.
    """
    outcome = FolderScanResult(folder.path)
    try:
        paths = [file for _, _, files in walk(folder.path, GatheredScans()) for file in files]
    except MammoviewError as error:
        _miss_all(index, folder)
        outcome.there, outcome.refused = False, [str(error)]
        return _counted(index, folder, outcome)
    total, done = len(paths), 0
    visited: set[bytes] = set()
    gathered = GatheredScans()
    coco_files = _coco_files(index, folder, paths)
    noted = _noted_coco(index, folder)
    changed = {file for file in coco_files.keys() | noted.keys() if coco_files.get(file) != noted.get(file)}
    _note_coco(index, folder, coco_files, {CocoFile(file).root for file in changed})
    outcome.read += len(changed & coco_files.keys())
    facts = CocoFacts(paths, coco_files)
    for place, _, files in walk(folder.path, gathered):
        directory = os.fsencode(place)
        visited.add(directory)
        stamps = {file: file_stamp(file) for file in files if file not in coco_files}
        known = _known(index, folder, directory)
        fresh = [file for file in stamps if known.pop(os.fsencode(file), None) != stamps[file]]
        _miss(index, list(known))
        done += len(files) - len(fresh)
        for part in _parts(fresh):
            if cancelled is not None and cancelled():
                raise CancelledError("the scan of the library was stopped; what has been read stays")
            outcome.refused += _read(index, folder, place, part, stamps, facts)
            outcome.read += len(part)
            done += len(part)
            if progress is not None:
                progress(done, max(done, total))
    outcome.refused += [line for _, line in gathered.refused]
    _close(index, folder, visited)
    return _counted(index, folder, outcome)


def _coco_files(index: LibraryDatabase, folder: UserFolder, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the COCO files of a folder and those outside it that opening it uses, with their stamps."""
    rows = index.rows("SELECT path, size, modified FROM others WHERE folder = ?", folder.id)
    others = {bytes(row["path"]): (row["size"], row["modified"]) for row in rows}
    noted = _noted_coco(index, folder)
    found = {}
    for path in (path for path in paths if path.suffix.lower() == ".json"):
        stamp = file_stamp(path)
        if noted.get(path) == stamp or (others.get(os.fsencode(path)) != stamp and coco.is_coco(path)):
            found[path] = stamp
    outside = (file for file in coco.coco_files_near([folder.path]) if folder.path not in file.parents)
    return found | {file: file_stamp(file) for file in outside}


def _noted_coco(index: LibraryDatabase, folder: UserFolder) -> dict[Path, tuple[int, int]]:
    """Return the COCO files that were noted by the last scan of a folder, with their stamps."""
    rows = index.rows("SELECT path, size, modified FROM coco_files WHERE folder = ?", folder.id)
    return {Path(os.fsdecode(row["path"])): (row["size"], row["modified"]) for row in rows}


def _note_coco(
    index: LibraryDatabase, folder: UserFolder, files: Mapping[Path, tuple[int, int]], changed: Iterable[Path]
) -> None:
    """Note the COCO files that the patients of a folder are from, and mark what lies below `changed` roots as stale.

    Both are one transaction: what a scan that is stopped has not read again stays marked.
    """
    with index.writing():
        for root in changed:
            directory = os.fsencode(root)
            below = os.path.join(directory, b"")  # noqa: PTH118  # Path takes no bytes.
            for table in ("scans", "others"):
                index.change(
                    f"UPDATE {table} SET modified = -abs(modified) WHERE folder = ? "
                    "AND (directory = ? OR substr(directory, 1, ?) = ?)",
                    *(folder.id, directory, len(below), below),
                )
        index.change("DELETE FROM coco_files WHERE folder = ?", folder.id)
        for file, stamp in files.items():
            index.change("INSERT INTO coco_files VALUES (?, ?, ?, ?)", folder.id, os.fsencode(file), *stamp)


def _parts(files: list[Path]) -> Iterator[list[Path]]:
    for start in range(0, len(files), AT_ONCE):
        yield files[start : start + AT_ONCE]


def _known(index: LibraryDatabase, folder: UserFolder, directory: bytes) -> dict[bytes, tuple[int, int]]:
    """Stamps of the files of one directory in the index; missing scans have none."""
    rows = index.rows(
        "SELECT path, size, modified, there FROM scans WHERE folder = ? AND directory = ? "
        "UNION ALL SELECT path, size, modified, 1 FROM others WHERE folder = ? AND directory = ?",
        *(folder.id, directory) * 2,
    )
    return {bytes(r["path"]): (r["size"], r["modified"]) if r["there"] else (-1, -1) for r in rows}


def _read(
    index: LibraryDatabase,
    folder: UserFolder,
    place: Path,
    files: list[Path],
    stamps: dict[Path, tuple[int, int]],
    facts: CocoFacts,
) -> list[str]:
    """Read some files of a directory into the index; returns messages about those that cannot be read."""
    gathered = GatheredScans()
    packed = [file for file in files if _is_zip(file)]
    gather_files(place, [file for file in files if file not in packed], gathered)
    gathered.found = [facts.with_facts(found) for found in gathered.found]
    for file in packed:
        try:
            gather_zip(file, gathered)
        except MammoviewError as error:
            gathered.refuse(file, error)
    scans = {found.scan.path: found for found in gathered.found if _is_view(found)}
    with index.writing():
        for found in scans.values():
            insert_scan(index, found.scan, found.study, found.date, folder.id)
        for file in files:
            path = os.fsencode(file)
            if file in packed:
                _drop_members(index, path, scans)
            if file in scans:
                index.change("DELETE FROM others WHERE path = ?", path)
                continue
            _note_other(index, folder, file, stamps[file])
    return [line for _, line in gathered.refused]


def _note_other(index: LibraryDatabase, folder: UserFolder, file: Path, stamp: tuple[int, int]) -> None:
    """Note a file that is no scan, within `LibraryDatabase.writing`, so that it is not read again."""
    path = os.fsencode(file)
    index.change("DELETE FROM scans WHERE path = ?", path)
    index.change(
        "INSERT OR REPLACE INTO others (path, folder, directory, size, modified) VALUES (?, ?, ?, ?, ?)",
        path,
        folder.id,
        os.fsencode(file.parent),
        *stamp,
    )


def _is_zip(file: Path) -> bool:
    """Whether a file is a zip; False for one that cannot be read, which is reported later."""
    try:
        return kind_of(file) is FileType.ZIP
    except MammoviewError:
        return False


def _drop_members(index: LibraryDatabase, packed: bytes, scans: Container[Path]) -> None:
    """Remove the scans that a zip no longer contains."""
    for row in index.rows("SELECT id, path FROM scans WHERE source = ? AND path != source", packed):
        if Path(os.fsdecode(row["path"])) not in scans:
            index.change("DELETE FROM scans WHERE id = ?", row["id"])


def _is_view(found: FoundScan) -> bool:
    """Whether a scan belongs in the library; a picture without any sign of being a mammogram does not."""
    scan = found.scan
    return found.study[0] not in ("picture", "COCO") or scan.laterality is not None or scan.projection is not None


def _miss(index: LibraryDatabase, paths: list[bytes]) -> None:
    """Mark scans whose files or zips are missing, and remove other missing files."""
    if not paths:
        return
    with index.writing():
        for path in paths:
            index.change("UPDATE scans SET there = 0 WHERE path = ? OR source = ?", path, path)
            index.change("DELETE FROM others WHERE path = ?", path)


def _miss_all(index: LibraryDatabase, folder: UserFolder) -> None:
    """Mark a whole folder as missing."""
    with index.writing():
        index.change("UPDATE folders SET there = 0 WHERE id = ?", folder.id)
        index.change("UPDATE scans SET there = 0 WHERE folder = ?", folder.id)
        # Zips are read again when they are back, since scans in them have no stamps of their own.
        index.change("DELETE FROM others WHERE folder = ? AND path IN (SELECT source FROM scans)", folder.id)


def _close(index: LibraryDatabase, folder: UserFolder, visited: set[bytes]) -> None:
    """Finish a complete scan: handle missing directories, moved files and studies without scans."""
    with index.writing():
        for row in index.rows("SELECT DISTINCT source FROM scans WHERE folder = ?", folder.id):
            directory = os.path.dirname(bytes(row["source"]))  # noqa: PTH120  # Path takes no bytes.
            if directory not in visited:
                index.change("UPDATE scans SET there = 0 WHERE folder = ? AND source = ?", folder.id, row["source"])
                index.change("DELETE FROM others WHERE folder = ? AND directory = ?", folder.id, directory)
        index.change(
            "DELETE FROM scans WHERE there = 0 AND instance_uid != '' AND EXISTS (SELECT 1 FROM scans AS moved "
            "WHERE moved.there AND moved.instance_uid = scans.instance_uid AND moved.study = scans.study "
            "AND moved.laterality = scans.laterality AND moved.projection = scans.projection)"
        )
        index.change(KEEP_STUDIES_WITH_SCANS)
        index.change(KEEP_PATIENTS_WITH_STUDIES)
        index.change("UPDATE folders SET there = 1, scanned = ? WHERE id = ?", time.time(), folder.id)


def _counted(index: LibraryDatabase, folder: UserFolder, outcome: FolderScanResult) -> FolderScanResult:
    """Store the number of scans of a folder."""
    row = index.rows("SELECT COUNT(*) AS n, SUM(1 - there) AS gone FROM scans WHERE folder = ?", folder.id)[0]
    outcome.scans, outcome.missing = row["n"], row["gone"] or 0
    return outcome
