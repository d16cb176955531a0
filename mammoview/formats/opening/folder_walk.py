"""Plain folders, walked to the bottom: data sets are recognised on the way, everything else file by file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from mammoview.core.errors import MammoviewError, SidecarError, UnreadableError
from mammoview.formats.common import file_io, file_names, outline_files
from mammoview.formats.common.zip_files import Member
from mammoview.formats.datasets import coco, ddsm, mini_mias
from mammoview.formats.dicom import dicom_reader
from mammoview.formats.opening import cbis_merge, sidecars
from mammoview.formats.opening.file_type import FileType, gather_file, kind_of
from mammoview.formats.opening.gathered_scans import GatheredScans

MAX_FILES = 50_000
_PICTURE_LIKE = (
    *file_names.PICTURE_SUFFIXES,
    *dicom_reader.SUFFIXES,
    ".ljpeg",
    ".overlay",
    ".ics",
    ".zip",
    ".16_pgm",
    "",
)


def gather_folder(root: Path, gathered: GatheredScans) -> None:
    """Add every scan below a folder; files that fail become messages. Hidden files and folders are skipped.

    Links are followed, but no folder is entered twice.

    Raises
    ------
    UnreadableError
        When the folder itself cannot be read.
    """
    count = 0
    for folder, folders, children in walk(root, gathered):
        if _gather_mini_mias(folder, folders, gathered):
            folders.clear()
            continue
        count += len(children)
        if count > MAX_FILES:
            gathered.refuse(folder, UnreadableError(f"more than {MAX_FILES} files", "Open a smaller folder", root))
            break
        gather_files(folder, children, gathered)


def gather_files(folder: Path, children: list[Path], gathered: GatheredScans) -> None:
    """Add the scans of these files of a folder; DDSM cases are read with all that belongs to them."""
    for file in _without_cases(folder, children, gathered):
        _gather(file, gathered)


def walk(root: Path, gathered: GatheredScans) -> Iterator[tuple[Path, list[Path], list[Path]]]:
    """Yield each folder with its visible folders and files, depth first; folders removed from the list are not entered.

    Links are followed, but no folder is entered twice. Errors become messages.

    Raises
    ------
    UnreadableError
        When `root` itself cannot be read.
    """
    waiting, entered = [root], set()
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with nullcontext(folder.iterdir()) if isinstance(folder, Member) else os.scandir(folder) as entries:
                children = sorted((e for e in entries if not _hidden(e.name)), key=lambda e: e.name.lower())
            folders = [folder / e.name for e in children if _is_folder(e)]
        except OSError as error:
            if folder == root:
                raise file_io.refused_by_system(root, error) from error
            gathered.refuse(folder, file_io.refused_by_system(folder, error))
            continue
        inside = set(folders)
        yield folder, folders, [file for e in children if (file := folder / e.name) not in inside]
        waiting += reversed(folders)


def _gather_mini_mias(folder: Path, folders: list[Path], gathered: GatheredScans) -> bool:
    """Add a whole mini-MIAS folder; False when it is none."""
    try:
        findings = mini_mias.findings_of(folder)
    except MammoviewError as error:
        gathered.refuse(folder / "Info.txt", error)
        return False
    if findings is None:
        return False
    for file in mini_mias.images_of(folder):
        try:
            gathered.found.append(mini_mias.read_image(file, findings))
        except MammoviewError as error:
            gathered.refuse(file, error)
    for other in folders:
        if other.name.lower() != "images":
            gathered.refuse(other, "left out: of a mini-MIAS folder only its pictures and those in images/ are read")
    return True


def _without_cases(folder: Path, children: list[Path], gathered: GatheredScans) -> list[Path]:
    """Add the DDSM cases of a folder; return the files that belong to none."""
    taken: set[Path] = set()
    for ics in (file for file in children if ddsm.ICS.search(file.name)):
        taken.add(ics)
        try:
            case = ddsm.open_folder(ics)
        except MammoviewError as error:
            gathered.refuse(ics, error)
            continue
        found, errors = ddsm.read_case(case)
        gathered.found += found
        gathered.refused += [(folder, str(error)) for error in errors]
        taken |= case.own_files()
    return [file for file in children if file not in taken]


def _gather(file: Path, gathered: GatheredScans) -> None:
    """Add one file, or a message about it; files without the name of a picture are only counted."""
    if file.name == outline_files.FOLDER_FILE or file.name.endswith(outline_files.FILE_ENDING):
        return
    if cbis_merge.is_table(file):
        gathered.tables.append(file)
        return
    if coco.is_coco(file):
        gathered.coco.append(file)
        return
    try:
        kind = kind_of(file)
        if kind is FileType.ZIP:
            raise UnreadableError("a zip within a folder is not opened", "Open it by itself", file)
        if kind is not FileType.DICOMDIR:
            if kind is FileType.PICTURE and sidecars.preview_of(file) is not None:
                gathered.sidecars.append(file)
                return
            gather_file(file, kind, gathered)
    except SidecarError:
        gathered.sidecars.append(file)
    except MammoviewError as error:
        suffix = file.suffix.lower()
        if suffix in _PICTURE_LIKE or suffix[1:].isdigit():
            gathered.refuse(file, error)
        else:
            gathered.rest.append(file)


def _is_folder(entry: os.DirEntry[str] | Path) -> bool:
    """Whether the path is a folder or a link to one; False for a link to itself."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"
