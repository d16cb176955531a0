"""A folder of DICOM pictures with their outlines beside them, as `python -m training` takes one's own data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.formats.common.outline_files import own_file, write_outlines
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.scan import Scan


@dataclass(frozen=True)
class WrittenSet:
    """How many pictures are in a training set, and how many were left out: no DICOM files, or without spacing."""

    pictures: int
    left_out: int


def write_training_set(folder: Path, scans: Mapping[str, Scan], check: Callable[[], None]) -> WrittenSet:
    """Copy pictures into a folder, each with all its outlines beside it.

    The copies hold what the files hold, the patient included. Files of other formats would lose their spacing, and are
    left out.

    Parameters
    ----------
    folder
        A new one, or empty.
    scans
        By the name that the copy gets, without suffix.
    check
        Called before each picture. It raises CancelledError where the work is to stop; what was written is deleted.

    Raises
    ------
    MammoviewError
        When the folder holds something, or cannot be written to.
    CancelledError
        As `check` raises it.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise MammoviewError("a training set needs an empty folder", "Choose another one", folder)
        left_out = 0
        for name, scan in scans.items():
            check()
            refuse_altered(scan, "a training set")
            if not scan.path.is_file() or kind_of(scan.path) is not FileType.DICOM or not scan.spacing.known:
                left_out += 1
                continue
            copy = folder / f"{name}.dcm"
            written += copy, own_file(copy)
            with atomic_write(copy) as partial:
                shutil.copyfile(scan.path, partial)
            write_outlines(own_file(copy), scan.outlines, copy.name)
    except CancelledError:
        for file in written:
            with suppress(OSError):
                file.unlink()
        raise
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", folder) from error
    return WrittenSet(len(scans) - left_out, left_out)
