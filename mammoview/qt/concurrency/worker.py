"""A thread with a queue: the pattern of every piece of work that the GUI thread must not do itself."""

from __future__ import annotations

import os
import sys
import traceback
from collections import deque
from itertools import count
from queue import SimpleQueue
from threading import Event, get_native_id
from typing import Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal, SignalInstance

from mammoview.core.errors import MammoviewError

FAULTS: deque[BaseException] = deque(maxlen=20)
"""Unexpected errors of all threads in this session, for a report."""


def error_line(error: BaseException) -> str:
    """Return the line for the user; with MAMMOVIEW_DEBUG=1 the traceback of an unexpected error goes to stderr."""
    if isinstance(error, MammoviewError):
        return str(error)
    if os.environ.get("MAMMOVIEW_DEBUG"):
        traceback.print_exception(error)
    # What the frames hold, such as pixels, must not be kept with the error.
    traceback.clear_frames(error.__traceback__)
    FAULTS.append(error)
    from mammoview.core import fault_report

    what = f"{fault_report.type_name(type(error))} at {fault_report.place(error)}"
    return f"Internal error: {what}. Help > Report a fault saves a report"


NICE = 10
"""How far the threads stand back behind the one that answers the reader: with both cores taken she waited 70 ms."""


class Worker(QThread):
    """Carries out requests one after another, in the order of `submit`.

    Every request gets an id that comes back with each of its answers, so that the receiver can drop a late one.
    Subclasses implement `work` and declare their own answer signals, which they emit by way of `answer`.
    """

    failed = Signal(int, str)
    """Request id, line for the user."""
    idle = Signal()
    """Nothing is left in the queue."""

    _came = Signal()
    """There is one more answer."""

    _ids = count(1)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answers: deque[tuple[SignalInstance, tuple[Any, ...]]] = deque()
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._hand_on)
        self._came.connect(self._turn.start)
        self._queue: SimpleQueue[tuple[int, Any, Event] | None] = SimpleQueue()
        self._pending: dict[int, Event] = {}
        self._stopping = Event()

    def submit(self, request: Any) -> int:  # noqa: ANN401
        """Queue a request and return its id; starts the thread when it is not running yet."""
        request_id = next(Worker._ids)
        cancelled = Event()
        self._pending[request_id] = cancelled
        self._queue.put((request_id, request, cancelled))
        if not self.isRunning():
            self.start(QThread.Priority.LowPriority)
        return request_id

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Start the thread, unless `stop` has been called: nobody would wait for it any more."""
        if not self._stopping.is_set():
            super().start(priority)

    def cancel(self, request_id: int | None = None) -> None:
        """Cancel one request, or all of them; work under way stops at its next look at the flag."""
        pending = list(self._pending) if request_id is None else [request_id]
        for one in pending:
            event = self._pending.get(one)
            if event is not None:
                event.set()

    def is_pending(self, request_id: int) -> bool:
        """Tell whether a request still waits or is under way, and has not been cancelled."""
        event = self._pending.get(request_id)
        return event is not None and not event.is_set()

    def stop(self) -> None:
        """Cancel everything and wait until the thread has ended."""
        self._stopping.set()
        self.cancel()
        self._queue.put(None)
        self.wait()

    def run(self) -> None:
        """Serve the queue until `stop`; runs in the thread itself, behind the GUI thread where both want a core."""
        if sys.platform == "linux":
            # Qt's priorities mean nothing to Linux' usual scheduler, where each thread has a niceness of its own.
            os.setpriority(os.PRIO_PROCESS, get_native_id(), max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        self.begin()
        while True:
            item = self._queue.get()
            if item is None or self._stopping.is_set():
                return
            request_id, request, cancelled = item
            try:
                if not cancelled.is_set():
                    self.work(request_id, request, cancelled)
            except Exception as error:  # the thread serves on, and the user is told
                if not self._stopping.is_set():
                    self.answer(self.failed, request_id, error_line(error))
            finally:
                self._pending.pop(request_id, None)
            # Nothing of it is kept while the next one is waited for: it may be all that holds a scan.
            del item, request
            if self._queue.empty() and not self._stopping.is_set():
                self.answer(self.idle)

    def answer(self, signal: SignalInstance, *arguments: Any) -> None:  # noqa: ANN401
        """Have a signal of this worker emitted by the GUI thread, in a turn of its event loop with no other answer.

        Between two turns the window is painted and keys are heard. What Qt itself queues, and the painting that it asks
        for, is all done in one turn, however long that takes.
        """
        self._answers.append((signal, arguments))
        self._came.emit()

    def _hand_on(self) -> None:
        """Emit the next answer; runs in the GUI thread."""
        if not self._answers:
            return
        signal, arguments = self._answers.popleft()
        if self._answers:
            self._turn.start()
        signal.emit(*arguments)

    def begin(self) -> None:
        """Prepare, in the thread, before the first request."""

    def work(self, request_id: int, request: Any, cancelled: Event) -> None:  # noqa: ANN401
        """Carry out one request, in the thread; raise to have `failed` emitted."""
        raise NotImplementedError
