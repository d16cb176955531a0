"""The thread that keeps what the reader did and said: the audit log, and impressions and verdicts per study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core import paths
from mammoview.core import settings as settings_file
from mammoview.core.audit_log import AuditEvent, AuditLog
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import Settings
from mammoview.qt.concurrency.worker import Worker
from mammoview.records.earlier_keys import move_report
from mammoview.records.reader_report import ReaderReport, ReaderReportStore, study_key
from mammoview.study.scan import Scan

if TYPE_CHECKING:
    from mammoview.export.reader_report_json import ReportedScan

MOST_WAITING = 10_000
"""Events that are held while the log cannot be written."""


@dataclass(frozen=True, eq=False)
class WriteEventRequest:
    """Request: write this event into the audit log."""

    event: AuditEvent


@dataclass(frozen=True, eq=False)
class FindReportRequest:
    """Request: find what was said about the study of these scans before."""

    scans: tuple[Scan, ...]


@dataclass(frozen=True, eq=False)
class StoreReportRequest:
    """Request: write this reading to the disk."""

    report: ReaderReport


@dataclass(frozen=True, eq=False)
class ExportReportRequest:
    """Request: write this reading of a study to a file of the reader's choice."""

    path: Path
    report: ReaderReport
    scans: tuple[ReportedScan, ...]
    reader: str


@dataclass(frozen=True, eq=False)
class ExportWorksheetRequest:
    """Request: write the worksheet of this reading to a file; `patient` as in `mammoview.export.worksheet_text`."""

    path: Path
    report: ReaderReport
    reader: str
    patient: dict[str, str]


@dataclass(frozen=True, eq=False)
class SaveSettingsRequest:
    """Request: write the user's settings."""

    settings: Settings


class RecordsWorker(Worker):
    """Reads and writes in the order of the requests; what fails is told, and reading goes on."""

    found = Signal(int, object, object)
    """Request id, the OwnReading of the study, and `Scan.pixel_hash` by Scan."""
    kept = Signal(int)
    """Request id of a `StoreReportRequest` that was tried; `told` has said so if it failed."""
    written = Signal(str)
    """File that a reading has been written to."""
    worksheet_written = Signal(str, bool)
    """File that a worksheet has been written to, and whether it names the patient."""
    told = Signal(str)
    """A line for the reader."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Prepare; the thread starts with the first request."""
        super().__init__(parent)
        self._waiting: list[AuditEvent] = []
        self._failing = False

    def work(
        self,
        request_id: int,
        request: WriteEventRequest
        | FindReportRequest
        | StoreReportRequest
        | ExportReportRequest
        | ExportWorksheetRequest
        | SaveSettingsRequest,
        cancelled: Flag,
    ) -> None:
        """Carry one out."""
        if isinstance(request, WriteEventRequest):
            self._note(request.event)
        elif isinstance(request, FindReportRequest):
            self._look(request_id, request.scans, cancelled)
        elif isinstance(request, SaveSettingsRequest):
            settings_file.save(request.settings)
        elif isinstance(request, ExportReportRequest):
            from mammoview.export.reader_report_json import write_reader_report

            self.answer(
                self.written, str(write_reader_report(request.path, request.report, request.scans, request.reader))
            )
        elif isinstance(request, ExportWorksheetRequest):
            from mammoview.export.worksheet_text import write_worksheet

            path, own = request.path, request.report
            written = str(write_worksheet(path, own, request.reader, request.patient))
            self.answer(self.worksheet_written, written, bool(request.patient))
        else:
            try:
                ReaderReportStore.of(paths.data_folder()).keep(request.report)
            except MammoviewError as error:
                self.answer(self.told, str(error))
            self.answer(self.kept, request_id)

    def stop(self) -> None:
        """Write what is queued, then end: nothing is dropped on the way out."""
        if self.isRunning():
            self._queue.put(None)
            self.wait()
        super().stop()

    def _note(self, event: AuditEvent) -> None:
        """Write an event, and those that could not be written before; said once until it works again."""
        self._waiting = [*self._waiting, event][-MOST_WAITING:]
        try:
            AuditLog.of(paths.data_folder()).append(self._waiting)
        except MammoviewError as error:
            if not self._failing:
                self.answer(self.told, str(error))
            self._failing = True
        else:
            self._waiting, self._failing = [], False

    def _look(self, request_id: int, scans: tuple[Scan, ...], cancelled: Flag) -> None:
        """Answer with what is on the disk, or with an empty reading."""
        keys: dict[Scan, str] = {}
        for scan in scans:
            if cancelled.is_set():
                return
            keys[scan] = scan.pixel_hash
        key = study_key(keys.values())
        store = ReaderReportStore.of(paths.data_folder())
        try:
            move_report(store, keys)
            report = store.find(key)
        except MammoviewError as error:
            self.answer(self.told, str(error))
            report = ReaderReport(key)
        if not cancelled.is_set():
            self.answer(self.found, request_id, report, keys)
