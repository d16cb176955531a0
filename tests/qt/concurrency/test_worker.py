"""The worker threads leave the processor to the window first, and their answers leave it its turns."""

from __future__ import annotations

import gc
import os
import sys
import weakref
from functools import partial
from itertools import pairwise
from threading import Event, Timer, get_native_id

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import delete

from mammoview.core.errors import CancelledError
from mammoview.qt.concurrency import worker as worker_module
from mammoview.qt.concurrency.background_import import BackgroundImport
from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import NICE, NOTHING, Worker, threads_left
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.stop()


def finished(qtbot, worker: Worker) -> None:
    """Wait until nothing is left to be done or delivered."""
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=PATIENCE_MS)


def settled(worker: Worker) -> None:
    """Wait until all jobs are done, without a turn of the event loop: their answers are on their way."""
    done = Event()
    worker.submit(lambda _task: done.set())
    assert done.wait(PATIENCE_S)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have priorities by Qt, which cannot be asked")
def test_a_worker_stands_back_and_the_window_does_not(qtbot, worker, monkeypatch) -> None:
    monkeypatch.setattr(worker_module, "NICE", NICE)  # tests of the window do without
    before = os.getpriority(os.PRIO_PROCESS, 0)
    found: list[int] = []
    task = worker.submit(lambda _task: os.getpriority(os.PRIO_PROCESS, get_native_id()))
    task.connect(worker, result=found.append)
    finished(qtbot, worker)
    assert found == [max(NICE, before)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def talk(count: int, task: Task[None, int]) -> None:
    """Deliver several parts at once, then fail."""
    for number in range(count):
        task.deliver(number)
    raise ValueError("that was all")


class Paints(QObject):
    """Notes each painting of what it watches."""

    def __init__(self, notes: list[object]) -> None:
        super().__init__()
        self._notes = notes

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._notes.append("painted")
        return False


def test_between_two_answers_the_window_is_painted_and_timers_run(qtbot, worker) -> None:
    notes: list[object] = []
    widget, timer, paints = QWidget(), QTimer(interval=0), Paints(notes)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget, timeout=PATIENCE_MS)
    widget.installEventFilter(paints)
    timer.timeout.connect(lambda: notes.append("timer"))

    def take(number: int) -> None:
        notes.append(number)
        widget.update()

    worker.submit(partial(talk, 4)).connect(widget, partial=take)
    settled(worker)
    timer.start()
    qtbot.waitUntil(lambda: 3 in notes and notes[-1] == "timer", timeout=PATIENCE_MS)
    timer.stop()
    at = [notes.index(number) for number in range(4)]
    assert at == sorted(at)
    for before, after in pairwise(at):
        assert {"painted", "timer"} <= set(notes[before + 1 : after])


def test_answers_keep_their_order_and_a_failure_comes_after_them(qtbot, worker) -> None:
    notes: list[object] = []
    worker.failed.connect(notes.append)
    worker.submit(partial(talk, 3)).connect(worker, partial=notes.append)
    worker.submit(lambda _task: "result").connect(worker, result=notes.append)
    finished(qtbot, worker)
    assert notes[:3] == [0, 1, 2] and "ValueError at " in notes[3] and notes[4:] == ["result"]
    # What it says may have come out of a file.
    assert "that was all" not in notes[3]


def test_a_task_may_take_its_own_failures(qtbot, worker) -> None:
    own: list[str] = []
    others: list[str] = []
    worker.failed.connect(others.append)
    worker.submit(partial(talk, 0)).connect(worker, failed=own.append)
    finished(qtbot, worker)
    assert len(own) == 1
    assert others == []


def test_progress_is_delivered_before_the_result(qtbot, worker) -> None:
    notes: list[object] = []

    def job(task: Task[str, None]) -> str:
        task.report(0.5, "half")
        return "whole"

    worker.submit(job).connect(worker, result=notes.append, progress=lambda *how: notes.append(how))
    finished(qtbot, worker)
    assert notes == [(0.5, "half"), "whole"]


@pytest.mark.parametrize("all_of_them", [True, False])
def test_answers_that_are_on_their_way_when_their_task_is_cancelled_are_dropped(qtbot, worker, all_of_them) -> None:
    notes: list[object] = []
    worker.failed.connect(notes.append)
    task = worker.submit(partial(talk, 3)).connect(worker, partial=notes.append, failed=notes.append)
    assert task.is_pending
    settled(worker)
    worker.cancel() if all_of_them else task.cancel()
    assert not task.is_pending
    finished(qtbot, worker)
    assert notes == []


def test_a_handler_may_cancel_what_would_come_next(qtbot, worker) -> None:
    notes: list[object] = []
    task = worker.submit(partial(talk, 3))

    def take(number: int) -> None:
        notes.append(number)
        task.cancel()

    task.connect(worker, partial=take, failed=notes.append)
    finished(qtbot, worker)
    assert notes == [0]


def test_nothing_is_delivered_to_an_owner_that_has_been_deleted(qtbot, worker) -> None:
    notes: list[object] = []
    owner = QObject()
    worker.submit(lambda _task: 1).connect(owner, result=notes.append)
    settled(worker)
    delete(owner)
    finished(qtbot, worker)
    assert notes == []


def test_a_task_is_pending_until_its_result_is_delivered(qtbot, worker) -> None:
    task = worker.submit(lambda _task: 1)
    pending: list[bool] = []
    task.connect(worker, result=lambda _result: pending.append(task.is_pending))
    settled(worker)
    assert task.is_pending
    finished(qtbot, worker)
    assert pending == [False]
    assert not task.is_pending


def test_a_job_that_is_cancelled_stops_at_its_next_check_and_the_next_is_done(qtbot, worker) -> None:
    begun, go_on, notes = Event(), Event(), []

    def job(task: Task[None, None]) -> None:
        begun.set()
        go_on.wait(PATIENCE_S)
        task.check()
        notes.append("went on")

    task = worker.submit(job)
    worker.submit(lambda _task: "next").connect(worker, result=notes.append)
    assert begun.wait(PATIENCE_S)
    task.cancel()
    go_on.set()
    finished(qtbot, worker)
    assert notes == ["next"]


def test_a_job_that_stops_by_itself_has_failed(qtbot, worker) -> None:
    lines: list[str] = []

    def job(_task: Task[None, None]) -> None:
        raise CancelledError

    worker.submit(job).connect(worker, failed=lines.append)
    finished(qtbot, worker)
    assert len(lines) == 1


def test_what_is_deferred_is_done_though_the_result_has_been_sent(qtbot, worker) -> None:
    sent, looked = Event(), Event()

    def look(_result: object) -> None:
        assert not sent.is_set()
        looked.set()

    def write() -> None:
        looked.wait(PATIENCE_S)
        sent.set()

    worker.submit(lambda task: task.defer(write)).connect(worker, result=look)
    qtbot.waitUntil(sent.is_set, timeout=PATIENCE_MS)
    assert looked.is_set()


def test_nothing_of_a_job_is_kept_once_it_is_done(qtbot, worker) -> None:
    pixels, result = np.zeros(9), np.zeros(9)
    kept = [weakref.ref(pixels), weakref.ref(result)]
    task = worker.submit(partial(lambda _pixels, answer, _task: answer, pixels, result))
    task.connect(worker, result=partial(lambda _pixels, _answer: None, pixels))
    del pixels, result
    finished(qtbot, worker)
    gc.collect()
    assert [one() for one in kept] == [None, None]


def test_the_queue_is_completed_where_nothing_may_be_lost(qtbot) -> None:
    class Writer(Worker):
        completes_queue = True

    written: list[int] = []
    worker = Writer()
    for number in range(3):
        worker.submit(lambda _task, number=number: written.append(number))
    worker.stop()
    assert written == [0, 1, 2]


def test_a_job_that_does_not_end_is_left_and_what_waits_behind_it_is_written(qtbot, monkeypatch) -> None:
    class Writer(Worker):
        completes_queue = True

    monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 0.1)
    share, begun = Event(), Event()
    written: list[str] = []
    window = QWidget()
    worker = Writer(window)
    task = worker.submit(lambda _task: (begun.set(), share.wait()))
    task.connect(window, result=lambda _answer: written.append("answered late"))
    for text in ("one", "two"):
        worker.submit(lambda _task, text=text: written.append(text))
    assert begun.wait(PATIENCE_S)
    worker.stop()
    assert written == ["one", "two"]
    assert threads_left()
    delete(window)
    share.set()
    assert worker.wait(PATIENCE_MS)
    QApplication.processEvents()
    assert written == ["one", "two"]
    assert not threads_left()


class Writer(Worker):
    """Nothing of it may be lost."""

    completes_queue = True


@pytest.fixture
def share(monkeypatch):
    """What a job waits for that reads from a share; it answers at the end of the test at the latest."""
    monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 0.1)
    monkeypatch.setattr(worker_module, "NEXT_JOB_S", 0.02)
    answers = Event()
    yield answers
    answers.set()


def begun(worker: Worker, share: Event, then=lambda: None, place=None) -> Task:
    """Begin a job that ends once the share answers."""
    runs = Event()

    def job(task: Task[None, None]) -> None:
        runs.set()
        share.wait()
        task.check()
        then()

    task = worker.submit(job, place)
    assert runs.wait(PATIENCE_S)
    return task


def test_what_waits_behind_a_job_of_its_own_place_is_written_after_it_and_the_rest_at_once(qtbot, share) -> None:
    worker, written = Writer(), []
    begun(worker, share, lambda: written.append("a1"), "a")
    for text in ("a2", "b1", "a3", "b2"):
        worker.submit(lambda _task, text=text: written.append(text), text[0])
    worker.stop()
    assert written == ["b1", "b2"] and threads_left()
    share.set()
    assert worker.wait(PATIENCE_MS)
    assert written == ["b1", "b2", "a1", "a2", "a3"] and not threads_left()


def test_what_waits_behind_a_job_that_ends_late_has_its_time_as_well(qtbot, share, monkeypatch) -> None:
    monkeypatch.setattr(worker_module, "NEXT_JOB_S", 0.1)
    worker, written, ended = Writer(), [], Event()
    begun(worker, share, lambda: (written.append("a1"), ended.set()), "a")

    def answer(_task: Task[None, None]) -> None:
        monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 10.0)
        share.set()
        ended.wait()

    worker.submit(lambda _task: (Event().wait(0.3), written.append("a2")), "a")
    worker.submit(answer, "b")
    worker.stop()
    assert written == ["a1", "a2"] and not threads_left()


def test_a_place_that_does_not_answer_holds_up_no_other(qtbot, share) -> None:
    worker, written = Writer(), []
    begun(worker, share, place="a")
    worker.submit(lambda _task: share.wait(), "b")
    worker.submit(lambda _task: written.append("b"), "b")
    worker.submit(lambda _task: written.append("c"), "c")
    worker.stop()
    assert written == ["c"]
    share.set()
    qtbot.waitUntil(lambda: not threads_left(), timeout=PATIENCE_MS)
    assert written == ["c", "b"]


def test_what_nobody_waits_for_is_not_done_beside_a_job_that_does_not_end(qtbot, share) -> None:
    worker, done = Writer(), []
    begun(worker, share, lambda: done.append("read"), NOTHING)
    worker.submit(lambda _task: done.append("another read"), NOTHING)
    worker.submit(lambda _task: done.append("written"), "file")
    worker.stop()
    share.set()
    assert worker.wait(PATIENCE_MS)
    assert done == ["written"]


def test_an_import_that_reads_from_a_share_is_left_as_well(qapp, share) -> None:
    owner = QObject()
    thread = BackgroundImport("json", owner, lambda _module: share.wait())
    thread.start()
    thread.stop()
    delete(owner)
    assert threads_left()
    share.set()
    assert thread.wait(PATIENCE_MS) and not threads_left()


def test_a_slow_job_that_writes_has_its_time_though_another_worker_was_left(qtbot, share, monkeypatch) -> None:
    stuck, slow = Worker(), Writer()
    begun(stuck, share)
    stuck.stop()
    assert threads_left()
    monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 10.0)
    written = []
    slow.submit(lambda _task: (Event().wait(0.1), written.append("slow")), "file")
    slow.stop()
    assert written == ["slow"]
    share.set()
    assert stuck.wait(PATIENCE_MS)


def test_a_read_that_does_not_end_has_no_time_once_another_thread_was_left(qtbot, share, monkeypatch) -> None:
    stuck, worker, written = Worker(), Writer(), []
    begun(stuck, share)
    stuck.stop()
    monkeypatch.setattr(worker_module, "LONGEST_JOB_S", 3600.0)
    begun(worker, share, place=NOTHING)
    worker.submit(lambda _task: written.append("file"), "file")
    rescue = Timer(PATIENCE_MS / 1000, share.set)
    rescue.start()
    worker.stop()
    rescue.cancel()
    assert written == ["file"] and not share.is_set()
    share.set()
    assert stuck.wait(PATIENCE_MS) and worker.wait(PATIENCE_MS)
