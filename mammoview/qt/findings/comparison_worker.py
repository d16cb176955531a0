"""The thread that makes outlines and layers ready to be compared, and writes the table."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.qt.concurrency.worker import NOTHING, Worker

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.assess.results.hits_and_overlap import OutlineComparison
    from mammoview.qt.concurrency.task import Task
    from mammoview.study.outline_sources import Truth
    from mammoview.study.scan import Scan


class ComparisonWorker(Worker):
    """Prepares comparisons one after another; a table that is in the queue is written before it ends."""

    completes_queue = True

    def compare(self, scan: Scan, assessment: Assessment, truth: Truth) -> Task[OutlineComparison, None]:
        """Make the outlines of a scan that count as truth and its assessment ready."""
        return self.submit(partial(prepare_comparison, scan, assessment, truth), NOTHING)

    def write_table(self, path: Path, text: str) -> Task[Path, None]:
        """Write a table of figures to a file; the result is the file."""
        return self.submit(partial(_write_table, path, text), path)


def prepare_comparison(
    scan: Scan, assessment: Assessment, truth: Truth, _task: Task[OutlineComparison, None]
) -> OutlineComparison:
    """Prepare a comparison."""
    from mammoview.assess.results.hits_and_overlap import OutlineComparison

    compared = OutlineComparison(scan, assessment, truth)
    if compared.own:
        _ = compared.reader  # worked out here, not in the GUI thread
    return compared


def _write_table(path: Path, text: str, _task: Task[Path, None]) -> Path:
    """Write a table."""
    try:
        with atomic_write(path) as partial_file:
            partial_file.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"it cannot be written ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", path) from error
    return path
