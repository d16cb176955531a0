"""Erasing entries: rows, thumbnails, freed pages and journals are removed; the pictures are never touched."""

from __future__ import annotations

import os
from pathlib import Path

from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import KEEP_PATIENTS_WITH_STUDIES, KEEP_STUDIES_WITH_SCANS


def forget_study(index: LibraryDatabase, study: int) -> None:
    """Forget a study, by its row. It comes back at the next scan of a library folder that contains it.

    Other entries of the folder are removed as well: names of zips and folders often contain a patient's name.

    Raises
    ------
    MammoviewError
        When the index cannot be changed, or traces remain because another instance reads it.
    """
    with index.writing():
        index.change("DELETE FROM others WHERE folder IN (SELECT folder FROM scans WHERE study = ?)", study)
        index.change("DELETE FROM scans WHERE study = ?", study)
        _leave_nothing_alone(index)
    index.wipe()


def forget_folder(index: LibraryDatabase, folder: int) -> None:
    """Forget one of the user's folders, by its row, and all its scans. Raises as `forget_study`."""
    with index.writing():
        index.change("DELETE FROM scans WHERE folder = ?", folder)
        # Scans opened in it but not found by a scan of the folder, such as an interrupted one.
        (place,) = (os.fsdecode(row["path"]) for row in index.rows("SELECT path FROM folders WHERE id = ?", folder))
        for row in index.rows("SELECT id, path FROM scans WHERE folder IS NULL"):
            if Path(place) in Path(os.fsdecode(row["path"])).parents:
                index.change("DELETE FROM scans WHERE id = ?", row["id"])
        index.change("DELETE FROM folders WHERE id = ?", folder)
        _leave_nothing_alone(index)
    index.wipe()


def forget_everything(index: LibraryDatabase) -> None:
    """Forget all folders, studies and opened files. Raises as `forget_study`."""
    with index.writing():
        for table in ("others", "scans", "studies", "patients", "folders"):
            index.change(f"DELETE FROM {table}")
    index.wipe()


def _leave_nothing_alone(index: LibraryDatabase) -> None:
    """Delete studies without scans and patients without studies."""
    index.change(KEEP_STUDIES_WITH_SCANS)
    index.change(KEEP_PATIENTS_WITH_STUDIES)
