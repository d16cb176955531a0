"""The worker threads leave the processor to the window first."""

from __future__ import annotations

import os
import sys
from threading import Event, get_native_id

import pytest
from PySide6.QtCore import Signal

from mammoview.qt.worker import NICE, Worker


class Nice(Worker):
    """Answers with the niceness of its thread."""

    done = Signal(int, int)

    def work(self, request_id: int, _request: None, _cancelled: Event) -> None:
        self.done.emit(request_id, os.getpriority(os.PRIO_PROCESS, get_native_id()))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have priorities by Qt, which cannot be asked")
def test_a_worker_stands_back_and_the_window_does_not(qtbot) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    worker = Nice()
    with qtbot.waitSignal(worker.done, timeout=10000) as found:
        worker.submit(None)
    worker.stop()
    assert found.args[1] == max(NICE, before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
