"""Masks and crops of one abnormality, as CBIS-DDSM stores them in DICOM files (Lee et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from mammoview.core.errors import NotAMammogramError
from mammoview.formats.dicom import view
from mammoview.formats.dicom.values import integer, word


@dataclass(frozen=True)
class LesionFile:
    """A mask or a crop of one abnormality: no mammogram by itself, but it belongs to one.

    Parameters
    ----------
    path
        The file.
    name
        Its PatientID, such as Mass-Test_P_00820_LEFT_CC_1.
    pixels
        Rows times columns.
    """

    path: Path
    name: str
    pixels: int

    def refusal(self) -> NotAMammogramError:
        """Return the message for the case that its mammogram is not there."""
        return NotAMammogramError("it is a CBIS-DDSM mask or crop of a lesion", "Give the full mammogram", self.path)


def lesion_file(path: Path, header: Dataset) -> LesionFile | None:
    """Return the attributes of a mask or crop; None for any other file."""
    name = word(header, "PatientID")
    cbis = view.CBIS.fullmatch(name)
    if cbis is None or not cbis["abnormality"]:
        return None
    return LesionFile(path, name, (integer(header, "Rows") or 0) * (integer(header, "Columns") or 0))
