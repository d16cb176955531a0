"""Formats that a data set can be converted to. Imports nothing else, so that the command line starts fast."""

from __future__ import annotations

from enum import StrEnum


class PictureFormat(StrEnum):
    """Format of the pictures."""

    PNG = "png"
    TIFF = "tiff"
    DICOM = "dicom"

    @property
    def ending(self) -> str:
        """Ending of the files."""
        return {PictureFormat.PNG: ".png", PictureFormat.TIFF: ".tif", PictureFormat.DICOM: ".dcm"}[self]


class OutlineFormat(StrEnum):
    """Format of the outlines."""

    COCO = "coco"
    JSON = "json"
    MASKS = "masks"
    SEG = "seg"
