"""Masks and crops of one abnormality, as CBIS-DDSM stores them in DICOM files (Lee et al. 2017)."""

from __future__ import annotations

from pathlib import Path

from mammoview.core.errors import NotAMammogramError


class LesionFileError(NotAMammogramError):
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

    def __init__(self, path: Path, name: str, pixels: int) -> None:
        self.name, self.pixels = name, pixels
        super().__init__("it is a CBIS-DDSM mask or crop of a lesion", "Give the full mammogram", path)
