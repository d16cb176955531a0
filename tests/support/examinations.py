"""Generated examinations: four small views each, with given patient, date and place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mammoview.library.database import LibraryDatabase
from mammoview.library.folder_scan import FolderScanResult, add_folder, scan_folder
from tests.support.dicom_files import write

VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
Examine = Callable[..., Path]


def write_examination(folder: Path, patient: str = "P1", date: str = "20240131", **more: str) -> Path:
    """Write an examination of four views into a folder; returns the folder."""
    folder.mkdir(parents=True)
    for side, projection in VIEWS:
        write(
            folder / f"{side}{projection}.dcm",
            pixels=np.full((64, 48), 900, np.uint16),
            ImageLaterality=side,
            ViewPosition=projection,
            **{
                "PatientID": patient,
                "PatientName": f"Doe^{patient}",
                "StudyDate": date,
                "StudyInstanceUID": f"1.2.{int.from_bytes(patient.encode())}.{date}",
                **more,
            },
        )
    return folder


def scanned(index: LibraryDatabase, folder: Path) -> FolderScanResult:
    """Add a folder to the library and scan it."""
    return scan_folder(index, add_folder(index, folder))
