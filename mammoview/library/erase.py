"""Forgetting: rows, thumbnails, freed pages and journals go; the pictures themselves are never touched."""

from __future__ import annotations

import os
from pathlib import Path

from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import KEEP_PATIENTS_WITH_STUDIES, KEEP_STUDIES_WITH_SCANS


def forget_study(index: LibraryDatabase, study: int) -> None:
    """Forget a study, by its row. A folder of the library that holds it brings it back when it is scanned again.

    What the folder holds beside scans is forgotten as well: zips and folders often bear a patient's name.

    Raises
    ------
    MammoviewError
        When the index cannot be changed, or traces stay because another instance reads it.
    """
    with index.writing():
        index.change("DELETE FROM others WHERE folder IN (SELECT folder FROM scans WHERE study = ?)", study)
        index.change("DELETE FROM scans WHERE study = ?", study)
        _leave_nothing_alone(index)
    index.wipe()


def forget_folder(index: LibraryDatabase, folder: int) -> None:
    """Forget one of the user's folders, by its row, and all that is known from it. Raises as `forget_study`."""
    with index.writing():
        index.change("DELETE FROM scans WHERE folder = ?", folder)
        # What was opened in it but not found by a scan, as after an interrupted one.
        (place,) = (os.fsdecode(row["path"]) for row in index.rows("SELECT path FROM folders WHERE id = ?", folder))
        for row in index.rows("SELECT id, path FROM scans WHERE folder IS NULL"):
            if Path(place) in Path(os.fsdecode(row["path"])).parents:
                index.change("DELETE FROM scans WHERE id = ?", row["id"])
        index.change("DELETE FROM folders WHERE id = ?", folder)
        _leave_nothing_alone(index)
    index.wipe()


def forget_everything(index: LibraryDatabase) -> None:
    """Forget all folders, studies and what was opened. Raises as `forget_study`."""
    with index.writing():
        for table in ("others", "scans", "studies", "patients", "folders"):
            index.change(f"DELETE FROM {table}")
    index.wipe()


def _leave_nothing_alone(index: LibraryDatabase) -> None:
    """Delete studies without scans and patients without studies."""
    index.change(KEEP_STUDIES_WITH_SCANS)
    index.change(KEEP_PATIENTS_WITH_STUDIES)
