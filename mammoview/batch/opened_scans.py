"""Scans of tasks, found again in the process that assesses them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.errors import UnreadableError
from mammoview.formats.opening.open_study import open_study
from mammoview.records.user_calibration import recall_all, use
from mammoview.records.user_view import use_view

if TYPE_CHECKING:
    from mammoview.batch.batch_task import BatchTask
    from mammoview.study.scan import Scan


def opened_scan(task: BatchTask) -> Scan:
    """Find the scan of a task again. Raises UnreadableError."""
    try:
        scan = _scans(task.paths, task.run)[task.scan]
    except KeyError:
        raise UnreadableError(
            "it is no longer there", "Put it back and run the same command again", task.scan
        ) from None
    if task.spacing is not None:
        use(scan, task.spacing)
    if task.view != (scan.laterality, scan.projection):
        use_view(scan, *task.view)
    return scan


@lru_cache(maxsize=2)
def _scans(paths: tuple[Path, ...], _run: str) -> dict[Path, Scan]:
    """Open the paths once per process and run; returns the scans by file.

    A cluster worker serves many runs, between which a zip may change.
    """
    studies = open_study(paths)
    recall_all(studies)
    return {scan.path.absolute(): scan for study in studies for scan in study.scans}
