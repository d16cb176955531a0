"""The thread that writes the reader's records: the audit log, and impressions and verdicts per study."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core import paths
from mammoview.core import settings as settings_file
from mammoview.core.audit_log import AuditEvent, AuditLog
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.settings import Settings
from mammoview.qt.concurrency.worker import NOTHING, Worker
from mammoview.records.earlier_keys import move_report
from mammoview.records.reader_report import ReaderReport, ReaderReportStore, report_key
from mammoview.study.scan import Scan

if TYPE_CHECKING:
    from mammoview.export.reader_report_json import ReportedScan
    from mammoview.qt.concurrency.task import Task

MOST_WAITING = 10_000
"""Events that are held while the log cannot be written."""


@dataclass(frozen=True, eq=False)
class FoundReport:
    """The earlier reader report of a study.

    Parameters
    ----------
    report
        The report; empty where there is none.
    keys
        The key of each scan's pixels.
    """

    report: ReaderReport
    keys: dict[Scan, str]


class RecordsWorker(Worker):
    """Reads and writes in the order of the requests; what fails is reported, and work goes on."""

    written = Signal(str)
    """File that a reader report has been written to."""
    worksheet_written = Signal(str, bool)
    """File that a worksheet has been written to, and whether it names the patient."""
    warned = Signal(str)
    """A warning for the reader."""

    completes_queue = True

    def __init__(self, parent: QObject | None = None) -> None:
        """Prepare; the thread starts with the first request."""
        super().__init__(parent)
        self._waiting: list[AuditEvent] = []
        self._failing = False

    # GUI thread

    def write_event(self, event: AuditEvent) -> None:
        """Write an event into the audit log."""
        self.submit(partial(self._note, event), "audit log")

    def find_report(self, scans: tuple[Scan, ...]) -> Task[FoundReport, None]:
        """Find the earlier report on the study of these scans."""
        return self.submit(partial(self._find_report, scans), NOTHING)

    def store_report(self, report: ReaderReport) -> Task[None, None]:
        """Write a report to the disk; where that fails, `warned` is emitted before the task is finished."""
        return self.submit(partial(self._store_report, report), ("reader report", report.key))

    def export_report(self, path: Path, report: ReaderReport, scans: tuple[ReportedScan, ...], reader: str) -> None:
        """Write the report on a study to a file of the reader's choice; `written` is emitted then."""
        task = self.submit(partial(_export_report, path, report, scans, reader), path)
        task.connect(self, result=lambda file: self.written.emit(str(file)))

    def export_worksheet(self, path: Path, report: ReaderReport, reader: str, patient: dict[str, str]) -> None:
        """Write the worksheet of a report to a file; `worksheet_written` is emitted then.

        `patient` as in `mammoview.export.worksheet_text`.
        """
        task = self.submit(partial(_export_worksheet, path, report, reader, patient), path)
        task.connect(self, result=lambda file: self.worksheet_written.emit(str(file), bool(patient)))

    def save_settings(self, settings: Settings) -> None:
        """Write the user's settings."""
        self.submit(partial(_save_settings, settings), "settings")

    # Worker thread

    def _note(self, event: AuditEvent, _task: Task[None, None]) -> None:
        """Write an event, and those that could not be written before; reports a failure once until it works again."""
        self._waiting = [*self._waiting, event][-MOST_WAITING:]
        try:
            AuditLog.of(paths.data_folder()).append(self._waiting)
        except MammoviewError as error:
            if not self._failing:
                self.answer(self.warned, str(error))
            self._failing = True
        else:
            self._waiting, self._failing = [], False

    def _store_report(self, report: ReaderReport, _task: Task[None, None]) -> None:
        """Write a report."""
        try:
            ReaderReportStore.of(paths.data_folder()).keep(report)
        except MammoviewError as error:
            self.answer(self.warned, str(error))

    def _find_report(self, scans: tuple[Scan, ...], task: Task[FoundReport, None]) -> FoundReport:
        """Return what is on the disk, or an empty report."""
        keys: dict[Scan, str] = {}
        for scan in scans:
            task.check()
            keys[scan] = scan.pixel_hash
        key = report_key(keys.values())
        store = ReaderReportStore.of(paths.data_folder())
        try:
            task.check()
            move_report(store, keys, task.check)
            report = store.find(key)
        except CancelledError:
            raise
        except MammoviewError as error:
            self.answer(self.warned, str(error))
            report = ReaderReport(key)
        return FoundReport(report, keys)


def _export_report(
    path: Path, report: ReaderReport, scans: tuple[ReportedScan, ...], reader: str, _task: Task[Path, None]
) -> Path:
    from mammoview.export.reader_report_json import write_reader_report

    return write_reader_report(path, report, scans, reader)


def _export_worksheet(
    path: Path, report: ReaderReport, reader: str, patient: dict[str, str], _task: Task[Path, None]
) -> Path:
    from mammoview.export.worksheet_text import write_worksheet

    return write_worksheet(path, report, reader, patient)


def _save_settings(settings: Settings, _task: Task[None, None]) -> None:
    settings_file.save(settings)
