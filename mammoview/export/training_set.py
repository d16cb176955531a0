"""Exports a folder of DICOM pictures with their outlines beside them, which `python -m training` reads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.export.conversion import DATA_SETS, outline_text, write_dicom
from mammoview.formats.common.outline_files import FILE_ENDING, own_file, write_outlines
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.scan import Scan, Study


@dataclass(frozen=True)
class WrittenSet:
    """How many pictures are in a training set, and how many were left out.

    Those are neither DICOM files nor of a known data set, or have no spacing, or cannot be decoded.
    """

    pictures: int
    left_out: int


def write_training_set(folder: Path, scans: Mapping[str, tuple[Study, Scan]], check: Callable[[], None]) -> WrittenSet:
    """Copy pictures into a folder, each with all its outlines beside it.

    The copies hold what the files hold, the patient included. Pictures of DDSM, CBIS-DDSM and mini-MIAS become DICOM
    images as `mammoview convert` makes them; files of other formats would lose their spacing, and are left out.

    Parameters
    ----------
    folder
        A new one, or empty.
    scans
        With their study, by the name that the copy gets, without suffix.
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
        for name, (study, scan) in scans.items():
            check()
            refuse_altered(scan, "a training set")
            copy = folder / f"{name}.dcm"
            outlines = folder / f"{name}{FILE_ENDING}"
            written += copy, own_file(copy), outlines
            if not scan.spacing.known:
                done = False
            elif scan.facts.get("data set") not in DATA_SETS:
                done = _copy(copy, scan)
                if done:
                    write_outlines(own_file(copy), scan.outlines, copy.name)
            else:
                done = _convert(copy, study, scan)
                if done:
                    with atomic_write(outlines) as partial:
                        partial.write_text(outline_text(scan), encoding="utf-8")
            left_out += not done
    except CancelledError:
        for file in written:
            with suppress(OSError):
                file.unlink()
        raise
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", folder) from error
    return WrittenSet(len(scans) - left_out, left_out)


def _convert(copy: Path, study: Study, scan: Scan) -> bool:
    """Write the picture of a known data set; returns whether it can be in a training set."""
    try:
        with atomic_write(copy) as partial:
            write_dicom(partial, study, scan)
    except MammoviewError:
        return False
    finally:
        scan.release()
    return True


def _copy(copy: Path, scan: Scan) -> bool:
    """Copy the file of a scan, also out of a zip; returns whether it can be in a training set."""
    file = scan.file or scan.path
    if not file.is_file() or kind_of(file) is not FileType.DICOM:
        return False
    with file.open("rb") as source, atomic_write(copy) as partial, partial.open("wb") as out:
        shutil.copyfileobj(source, out)
    return True
