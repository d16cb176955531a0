"""Reader reports and the audit log come to the disk in their order, whatever a job that does not end does meanwhile."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from mammoview.core import paths
from mammoview.core.audit_log import AuditEvent, AuditLog, EventKind
from mammoview.qt.concurrency import worker as worker_module
from mammoview.qt.reader.records_worker import RecordsWorker
from mammoview.records.reader_report import ReaderReport, ReaderReportStore
from mammoview.study.scan import Scan
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


@pytest.fixture
def late(monkeypatch):
    """Have the first call of a method of a class end only once the function that this returns is called."""
    monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 0.1)
    monkeypatch.setattr(worker_module, "NEXT_JOB_S", 0.02)
    goes_on, begun = Event(), Event()

    def hold(owner: type, name: str) -> Event:
        method = getattr(owner, name)

        def waits(*arguments):
            if not begun.is_set():
                begun.set()
                goes_on.wait()
            return method(*arguments)

        monkeypatch.setattr(owner, name, waits)
        return begun

    yield hold, goes_on
    goes_on.set()


def test_an_older_report_that_is_written_late_replaces_no_newer_one(qapp, late):
    hold, goes_on = late
    begun, worker = hold(ReaderReportStore, "keep"), RecordsWorker()
    worker.store_report(ReaderReport("k", mode="older"))
    assert begun.wait(PATIENCE_S)
    worker.store_report(ReaderReport("k", mode="newer"))
    worker.store_report(ReaderReport("another", mode="newer"))
    worker.stop()
    store = ReaderReportStore.of(paths.data_folder())
    assert store.find("another").mode == "newer"
    goes_on.set()
    assert worker.wait(PATIENCE_MS)
    assert store.find("k").mode == "newer"


def test_the_audit_log_has_each_event_once_and_in_order(qapp, late):
    hold, goes_on = late
    begun, worker = hold(AuditLog, "append"), RecordsWorker()
    for count in (1, 2, 3):
        worker.write_event(AuditEvent(EventKind.MODE, "r", facts={"count": count}))
    assert begun.wait(PATIENCE_S)
    worker.stop()
    goes_on.set()
    assert worker.wait(PATIENCE_MS)
    found = AuditLog.of(paths.data_folder()).verify()
    assert [line["facts"]["count"] for line in found.lines] == [1, 2, 3] and not found.problems


def test_a_lookup_that_is_cancelled_warns_of_nothing(qapp, qtbot, tmp_path):
    begun, goes_on = Event(), Event()

    def pixels():
        begun.set()
        goes_on.wait()
        return np.zeros((4, 4), np.uint16)

    worker, warned = RecordsWorker(), []
    worker.warned.connect(warned.append)
    task = worker.find_report((Scan(tmp_path / "a.png", 4, 4, pixels),))
    assert begun.wait(PATIENCE_S)
    task.cancel()
    goes_on.set()
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=PATIENCE_MS)
    worker.stop()
    assert warned == []
