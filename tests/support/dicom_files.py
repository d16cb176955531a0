"""Generated files and films for the tests of the readers, with known ground truth."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import PYDICOM_ROOT_UID, UID, ExplicitVRLittleEndian

PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.2"
PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2.1"
CT = "1.2.840.10008.5.1.4.1.1.2"


def ramp(rows: int = 40, columns: int = 30, top: int = 4095) -> NDArray[np.uint16]:
    """Return uint16 (rows, columns) that rise from 0 to `top`, all rows and columns different."""
    return np.linspace(0, top, rows * columns).reshape(rows, columns).astype(np.uint16)


def new_uid() -> UID:
    """Return a new UID whose length is always the same, so that files of equal values are of equal size."""
    return UID(f"{PYDICOM_ROOT_UID}{secrets.randbelow(9 * 10**36) + 10**36}")


def dataset(pixels: NDArray[np.generic] | None = None, **attributes: Any) -> Dataset:
    """Return a plain digital mammogram, explicit little endian; `attributes` replace values, None removes one."""
    pixels = ramp() if pixels is None else pixels
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(attributes.get("SOPClassUID", PRESENTATION))
    meta.MediaStorageSOPInstanceUID = new_uid()
    made = Dataset()
    made.file_meta = meta
    bits = 8 * pixels.dtype.itemsize
    plain: dict[str, Any] = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.4",
        "PatientID": "P1",
        "PatientName": "Doe^Jane",
        "Modality": "MG",
        "StudyDate": "20240131",
        "ImageLaterality": "L",
        "ViewPosition": "CC",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": min(bits, 12),
        "HighBit": min(bits, 12) - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
    }
    for keyword, value in (plain | attributes).items():
        if value is not None:
            setattr(made, keyword, value)
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OW" if bits > 8 else "OB"
    return made


def write(path: Path, made: Dataset | None = None, **attributes: Any) -> Path:
    """Write a data set, or a plain mammogram with these attributes, and return the path."""
    (dataset(**attributes) if made is None else made).save_as(path, enforce_file_format=True)
    return path


def code(value: str, scheme: str = "SCT", meaning: str = "", modifiers: tuple[Dataset, ...] = ()) -> Dataset:
    """Return a coded concept."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    if modifiers:
        item.ViewModifierCodeSequence = Sequence(modifiers)
    return item


def item(**attributes: Any) -> Dataset:
    """Return a data set of these attributes."""
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def film(
    rows: int = 1200,
    columns: int = 900,
    mm: tuple[float, float] = (0.2, 0.2),
    oblique: bool = False,
    blob: tuple[float, float] | None = None,
) -> NDArray[np.float32]:
    """Return a film that stands upright with its chest wall on the left: air 300, tissue 1000..3000.

    Parameters
    ----------
    rows, columns, mm
        Size in pixels, and mm per row and per column.
    oblique
        With a pectoral muscle, and the nipple below the middle, as in an MLO.
    blob
        Depth from the chest wall and height above the middle row, mm, of a round Gaussian lump of 2 mm.
    """
    y = (np.arange(rows) + 0.5)[:, None] * mm[0] - rows * mm[0] / 2
    x = (np.arange(columns) + 0.5)[None] * mm[1]
    half, reach, droop = 0.38 * rows * mm[0], 0.62 * columns * mm[1], 0.06 * rows * mm[0] * oblique
    distance = np.hypot(x / reach, (y - droop) / half)
    edge = np.clip((1 - distance) * reach / 6, 0, 1)  # The skin thins out over 6 mm.
    picture = 300 + 1300 * np.sqrt(edge)
    if oblique:
        muscle = x < 0.35 * columns * mm[1] * np.clip(0.5 - (y + 0.2 * rows * mm[0]) / (0.6 * rows * mm[0]), 0, None)
        picture = np.where(muscle & (y < 0), np.maximum(picture, 2200), picture)
    if blob is not None:
        picture = picture + 1000 * np.exp(-((x - blob[0]) ** 2 + (y + blob[1]) ** 2) / (2 * 2.0**2))
    return np.asarray(picture, np.float32)
