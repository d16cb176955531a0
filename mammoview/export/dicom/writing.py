"""Exported DICOM objects as files, whole or not at all, under names that say nothing of the patient."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from pydicom.dataset import Dataset

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.formats.dicom import view
from mammoview.formats.dicom.values import word

_DIGITS = 12


def object_name(made: Dataset) -> str:
    """Return the file name of an object, such as "SEG_marks_R_CC-3f0a52c1d9e4.dcm": equal objects, equal names."""
    what = word(made, "SeriesDescription").removeprefix("Mammoview: ")
    words = (word(made, "Modality"), what, view.laterality(made) or "", view.projection(made) or "")
    readable = "_".join(re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-") for part in words if part)
    return f"{readable}-{sha256(word(made, 'SOPInstanceUID').encode()).hexdigest()[:_DIGITS]}.dcm"


def write_objects(objects: Iterable[Dataset], folder: Path, overwrite: bool = False) -> tuple[list[Path], list[Path]]:
    """Write DICOM objects into a folder.

    Parameters
    ----------
    objects
        As a kind of export makes them.
    folder
        Made where it is missing.
    overwrite
        Whether files that are there are written again.

    Returns
    -------
    Files that were written, and files that were there and were kept.

    Raises
    ------
    MammoviewError
        When a file cannot be written; those before it stay, none is half written.
    """
    written: list[Path] = []
    kept: list[Path] = []
    for made in objects:
        file = folder / object_name(made)
        if file.exists() and not overwrite:
            kept.append(file)
            continue
        try:
            with atomic_write(file) as partial:
                made.save_as(partial, enforce_file_format=True)
        except OSError as error:
            raise MammoviewError(
                f"it cannot be written ({error.strerror})", "Choose another folder, or make room on the disk", file
            ) from error
        written.append(file)
    return written, kept
