"""The thread that makes outlines and layers ready to be compared, and writes the table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.qt.concurrency.worker import Worker

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.study.outline_sources import Truth
    from mammoview.study.scan import Scan


@dataclass(frozen=True, eq=False)
class ComparisonRequest:
    """Request: make the outlines of this scan that count as truth and its assessment ready."""

    scan: Scan
    assessment: Assessment
    truth: Truth


@dataclass(frozen=True)
class WriteTableRequest:
    """Request: write this text."""

    path: Path
    text: str


class ComparisonWorker(Worker):
    """Prepares comparisons one after another."""

    prepared = Signal(int, object)
    """Request id, `mammoview.assess.results.hits_and_overlap.OutlineComparison`."""
    written = Signal(int, str)
    """Request id, file."""

    def work(self, request_id: int, request: ComparisonRequest | WriteTableRequest, cancelled: Event) -> None:
        """Prepare, or write."""
        if isinstance(request, WriteTableRequest):
            try:
                with atomic_write(request.path) as partial:
                    partial.write_text(request.text, encoding="utf-8")
            except OSError as error:
                what = f"it cannot be written ({error.strerror})"
                raise MammoviewError(what, "Choose another folder", request.path) from error
            self.answer(self.written, request_id, str(request.path))
            return
        from mammoview.assess.results.hits_and_overlap import OutlineComparison

        compared = OutlineComparison(request.scan, request.assessment, request.truth)
        if compared.own:
            _ = compared.reader  # worked out here, not in the GUI thread
        if not cancelled.is_set():
            self.answer(self.prepared, request_id, compared)
