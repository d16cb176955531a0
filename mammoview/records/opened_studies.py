"""Opens studies for a command or a batch, with what the user entered about their scans before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mammoview.study.scan import Study


def open_with_records(paths: Path | Sequence[Path]) -> list[Study]:
    """Open files, folders, zips or DICOMDIRs, and take up the user's calibrations and answers about views.

    Raises
    ------
    MammoviewError
        When nothing can be opened.
    """
    from mammoview.formats.opening.open_study import open_study
    from mammoview.records.user_calibration import recall_all
    from mammoview.records.user_view import recall_views

    studies = open_study(paths)
    recall_all(studies)
    recall_views(studies)
    return studies


def records_stamp() -> tuple[tuple[int, int] | None, ...]:
    """Return size and time of change, ns, of what `open_with_records` takes up; None of what is not there."""
    from mammoview.formats.common import file_io
    from mammoview.records.user_calibration import calibrations_file
    from mammoview.records.user_view import views_file

    return tuple(file_io.stamp(file) if file.is_file() else None for file in (calibrations_file(), views_file()))


def refused_files(studies: Sequence[Study]) -> list[str]:
    """Return messages about files that could not be opened; other files than pictures are no failure."""
    return [line for study in studies for line in study.outside if not line.startswith("left out, as ")]
