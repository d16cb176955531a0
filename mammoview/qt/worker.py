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

from PySide6.QtCore import QObject, QThread, Signal

from mammoview.errors import MammoviewError

FAULTS: deque[BaseException] = deque(maxlen=20)
"""Unexpected errors of all threads in this session, for a report."""


def told(error: BaseException) -> str:
    """Return the line for the user; with MAMMOVIEW_DEBUG=1 the traceback of an unexpected error goes to stderr."""
    if isinstance(error, MammoviewError):
        return str(error)
    if os.environ.get("MAMMOVIEW_DEBUG"):
        traceback.print_exception(error)
    # What the frames hold, such as pixels, must not be kept with the error.
    traceback.clear_frames(error.__traceback__)
    FAULTS.append(error)
    return f"Internal error: {type(error).__name__}: {error}. Help > Report a fault saves a report"


NICE = 10
"""How far the threads stand back behind the one that answers the reader: with both cores taken she waited 70 ms."""


class Worker(QThread):
    """Carries out requests one after another, in the order of `submit`.

    Every request gets an id that comes back with each of its answers, so that the receiver can drop a late one.
    Subclasses implement `work` and declare their own answer signals.
    """

    failed = Signal(int, str)
    """Request id, line for the user."""
    idle = Signal()
    """Nothing is left in the queue."""

    _ids = count(1)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: SimpleQueue[tuple[int, Any, Event] | None] = SimpleQueue()
        self._pending: dict[int, Event] = {}
        self._stopping = Event()

    def submit(self, request: Any) -> int:  # noqa: ANN401
        """Queue a request and return its id; starts the thread when it is not running yet."""
        request_id = next(Worker._ids)
        cancelled = Event()
        self._pending[request_id] = cancelled
        self._queue.put((request_id, request, cancelled))
        if not self.isRunning() and not self._stopping.is_set():
            self.start(QThread.Priority.LowPriority)
        return request_id

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
                    self.failed.emit(request_id, told(error))
            finally:
                self._pending.pop(request_id, None)
            # Nothing of it is kept while the next one is waited for: it may be all that holds a scan.
            del item, request
            if self._queue.empty() and not self._stopping.is_set():
                self.idle.emit()

    def begin(self) -> None:
        """Prepare, in the thread, before the first request."""

    def work(self, request_id: int, request: Any, cancelled: Event) -> None:  # noqa: ANN401
        """Carry out one request, in the thread; raise to have `failed` emitted."""
        raise NotImplementedError
