"""Writes exported DICOM objects to files, whole or not at all, under names that do not identify the patient."""

from __future__ import annotations

import re
from collections.abc import Sequence
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


def write_objects(objects: Sequence[Dataset], target: Path) -> list[Path]:
    """Write the objects of one export: the last one is its result, the others are what it refers to or go with it.

    Parameters
    ----------
    objects
        At least one, as a kind of export makes them.
    target
        File of the last object, written when all others are there. Theirs lie beside it and begin with its name.

    Returns
    -------
    All files, in the order of the objects.

    Raises
    ------
    MammoviewError
        When a file cannot be written; none is half written.
    """
    files = [*(target.with_name(f"{target.stem}-{object_name(made)}") for made in objects[:-1]), target]
    for made, file in zip(objects, files, strict=True):
        try:
            with atomic_write(file) as partial:
                made.save_as(partial, enforce_file_format=True)
        except OSError as error:
            raise MammoviewError(
                f"it cannot be written ({error.strerror})", "Choose another folder, or make room on the disk", file
            ) from error
    return files
