"""The worker threads leave the processor to the window first, and their answers leave it its turns."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from threading import Event, get_native_id

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from mammoview.qt.concurrency.worker import NICE, Worker
from tests.support.timeouts import PATIENCE_MS


class Nice(Worker):
    """Answers with the niceness of its thread."""

    done = Signal(int, int)

    def work(self, request_id: int, _request: None, _cancelled: Event) -> None:
        self.answer(self.done, request_id, os.getpriority(os.PRIO_PROCESS, get_native_id()))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have priorities by Qt, which cannot be asked")
def test_a_worker_stands_back_and_the_window_does_not(qtbot) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    worker = Nice()
    with qtbot.waitSignal(worker.done, timeout=PATIENCE_MS) as found:
        worker.submit(None)
    worker.stop()
    assert found.args[1] == max(NICE, before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


class Talkative(Worker):
    """Answers several times at once, then fails."""

    said = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.said_all = Event()

    def work(self, _request_id: int, request: int, _cancelled: Event) -> None:
        for number in range(request):
            self.answer(self.said, number)
        self.said_all.set()
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


def test_between_two_answers_the_window_is_painted_and_timers_run(qtbot) -> None:
    notes: list[object] = []
    worker, widget, timer, paints = Talkative(), QWidget(), QTimer(interval=0), Paints(notes)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    widget.installEventFilter(paints)
    timer.timeout.connect(lambda: notes.append("timer"))

    def take(number: int) -> None:
        notes.append(number)
        widget.update()

    worker.said.connect(take)
    worker.submit(4)
    assert worker.said_all.wait(10)  # all before the event loop turns once
    timer.start()
    qtbot.waitUntil(lambda: 3 in notes and notes[-1] == "timer", timeout=PATIENCE_MS)
    timer.stop()
    worker.stop()
    at = [notes.index(number) for number in range(4)]
    assert at == sorted(at)
    for before, after in pairwise(at):
        assert {"painted", "timer"} <= set(notes[before + 1 : after])


def test_answers_keep_their_order_and_a_failure_comes_after_them(qtbot) -> None:
    notes: list[object] = []
    worker = Talkative()
    worker.said.connect(notes.append)
    worker.failed.connect(lambda _request, text: notes.append(text))
    worker.idle.connect(lambda: notes.append("idle"))
    worker.submit(3)
    qtbot.waitUntil(lambda: "idle" in notes, timeout=PATIENCE_MS)
    worker.stop()
    assert notes[:3] == [0, 1, 2] and "ValueError at " in notes[3] and notes[4:] == ["idle"]
    # What it says may have come out of a file.
    assert "that was all" not in notes[3]
