"""A watch for threads and windows that outlive a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QEvent, QThread
from PySide6.QtWidgets import QApplication

from mammoview.qt.concurrency import worker as worker_module
from mammoview.qt.concurrency.worker import Worker
from tests.support.timeouts import PATIENCE_MS


@contextmanager
def ended_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail when a thread or a window that is made here is left at the end, and end it; delete all widgets made here.

    A thread that is to end may need a while: on a busy machine it is not carried out for longer than the program
    waits for it. For that reason, threads have the priority of the tests: with that of the program, half a second of
    work took 40 s beside twelve busy processes on two cores.
    """
    earlier = set(QApplication.topLevelWidgets())
    made: list[Worker] = []
    reported: list[Worker] = []
    original, original_stop = Worker.__init__, Worker.stop

    def noted(self: Worker, *args, **kwargs) -> None:
        original(self, *args, **kwargs)
        made.append(self)

    def stop(self: Worker) -> None:
        reported.append(self)
        original_stop(self)

    monkeypatch.setattr(Worker, "__init__", noted)
    monkeypatch.setattr(Worker, "stop", stop)
    monkeypatch.setattr(worker_module, "NICE", 0)
    yield
    running = [one for one in made if _is_running(one) and not (one in reported and one.wait(PATIENCE_MS))]
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    left = [type(one).__name__ for one in (*running, *windows)]
    for worker in running:
        worker.stop()
    for widget in windows:
        widget.close()
    # A change of theme would go over each of them. A thread that runs when its parent goes ends the process.
    for widget in QApplication.topLevelWidgets():
        if widget not in earlier and widget.parent() is None:
            for thread in widget.findChildren(QThread):
                thread.wait()
            widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert left == [], "threads and windows outlived their test"


def _is_running(worker: Worker) -> bool:
    try:
        return worker.isRunning()
    except RuntimeError:  # the C++ side has gone
        return False
