"""A thread with a queue: the pattern of every piece of work that the GUI thread must not do itself."""

from __future__ import annotations

import os
import sys
import traceback
from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from threading import Condition, Event, Thread, get_native_id
from time import monotonic
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QObject, QThread, QTimer, Signal, SignalInstance

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.qt.concurrency.task import Partial, Result, Task

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


LONGEST_JOB_S = 20.0
"""How long `stop` waits for one job, s: one that reads from a share that does not answer may never end."""
NEXT_JOB_S = 1.0
"""How long it waits, s, for a job that has been waited for already, or that writes nothing once another was left."""
NOTHING = "nothing"
"""Place of a job that writes nothing: it is not carried out after a job that does not end, as nothing waits for it."""
_abandoned: list[QThread] = []
"""Threads that had not ended when they were to; nothing deletes them meanwhile."""


def threads_left() -> bool:
    """Whether a thread has not ended though it was to: the process then has to end without it."""
    _abandoned[:] = [
        thread for thread in _abandoned if (thread.is_left if isinstance(thread, Worker) else thread.isRunning())
    ]
    return bool(_abandoned)


def leave(thread: QThread) -> None:
    """Leave a thread to itself that has not ended when it was to: nothing waits for it any more, or deletes it."""
    thread.setParent(None)
    if thread not in _abandoned:
        _abandoned.append(thread)


NICE = 10
"""Niceness of worker threads relative to the GUI thread, which waited 70 ms with both cores busy."""


class _Queued(NamedTuple):
    """A job that waits: its task, and the place that it writes to."""

    task: Task[Any, Any]
    job: Callable[[Task[Any, Any]], object]
    place: Hashable


class Worker(QThread):
    """Carries out jobs one after another, in the order of `submit`.

    A job is a function that takes its `Task` and returns a result, or raises. Its results are delivered to the handlers
    of the task in the GUI thread, in order, one in each turn of the event loop; those of a task that has been cancelled
    are dropped there.
    """

    failed = Signal(str)
    """Line for the user about a job that failed and whose task has no handler for that."""
    _came = Signal()
    """There is one more answer."""

    completes_queue: ClassVar[bool] = False
    """Whether `stop` first waits for the jobs in the queue, so that nothing that is to be written is lost."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answers: deque[tuple[Task[Any, Any] | None, Callable[[], object], bool]] = deque()
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._hand_on)
        self._came.connect(self._turn.start)
        self._queue: deque[_Queued | None] = deque()
        """What waits; None ends the thread."""
        self._under_way: _Queued | None = None
        self._guard = Condition()
        """Held for every change of the queue and of what is under way."""
        self._beside: list[Thread] = []
        self._pending: dict[Task[Any, Any], Hashable] = {}
        """Tasks that are not closed yet, with the places that their jobs write to."""
        self._stopping = Event()
        self._done = 0
        """Number of jobs that have ended."""
        self._done_at = 0.0
        """When the last one ended, s of the monotonic clock."""

    # GUI thread

    def submit(self, job: Callable[[Task[Result, Partial]], Result], place: Hashable = None) -> Task[Result, Partial]:
        """Queue a job and return its task; starts the thread when it is not running yet.

        Parameters
        ----------
        job
            Takes its task and returns the result, or raises.
        place
            What the job writes, such as the path of a file: jobs of one place are never carried out at the same time
            or in another order. None where any order is right, `NOTHING` where nothing is written.
        """
        task: Task[Result, Partial] = Task(self._post)
        self._pending[task] = place
        self._put(_Queued(task, job, place))
        if not self.isRunning():
            self.start(QThread.Priority.LowPriority)
        return task

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Start the thread, unless `stop` has been called: nothing would wait for its end."""
        if not self._stopping.is_set():
            super().start(priority)

    @property
    def is_left(self) -> bool:
        """Whether a job is still under way, in the thread itself or in one beside it."""
        return self.isRunning() or any(thread.is_alive() for thread in self._beside)

    @property
    def is_busy(self) -> bool:
        """Whether a job, cancelled or not, is in the queue or under way, or its last result is to be delivered."""
        return bool(self._pending)

    def cancel(self) -> None:
        """Cancel all tasks."""
        for task in self._pending:
            task.cancel()

    def cancel_reads(self) -> None:
        """Cancel the tasks whose jobs write nothing."""
        for task, place in self._pending.items():
            if place == NOTHING:
                task.cancel()

    def stop(self) -> None:
        """Wait until the thread has ended; what is in the queue is cancelled, unless the queue is to be completed.

        A job that does not end in time is left to itself, and its thread too: see `threads_left`. Where the queue is to
        be completed, the jobs behind it that write to other places are carried out all the same. Those of its own place
        stay behind it, so that it never replaces what is newer when it does end.
        """
        patience = NEXT_JOB_S if threads_left() else LONGEST_JOB_S
        completing = self.completes_queue and self.isRunning()
        if completing:
            self._put(None)
            # A job that writes has its time, however many others were left: one that is only slow does end.
            self.cancel_reads()
            if not self._has_ended(patience if self._reads_now() else LONGEST_JOB_S):
                self._complete_beside()
                patience = 0.0
        self._stopping.set()
        if not completing:
            self.cancel()
        self._put(None)
        if self._has_ended(patience) and not self.is_left:
            self.cancel()
        elif self not in _abandoned:
            self._came.disconnect(self._turn.start)
            leave(self)

    def _has_ended(self, patience: float) -> bool:
        """Wait until the thread has ended, or one job has taken longer than `patience`, s; returns whether it has."""
        done = -1
        while done != self._done:
            done = self._done
            if self.wait(round(1000 * patience)):
                return True
        return False

    def _complete_beside(self) -> None:
        """Carry out what does not depend on a job that does not end; it may wait for the same share as that job.

        Each place has a thread of its own, which carries out its jobs in their order.
        """
        left = self._under_way
        for jobs in self._take_independent():
            thread = Thread(target=self._carry_out_all, args=(jobs,), daemon=True)
            thread.start()
            self._beside.append(thread)
        self._done_at = monotonic()
        for thread in self._beside:
            while thread.is_alive() and (rest := self._done_at + LONGEST_JOB_S - monotonic()) > 0:
                thread.join(rest)
        # Where the job has ended meanwhile, those of its place have their time as well.
        if not self._has_ended(NEXT_JOB_S) and self._under_way is not left:
            self._has_ended(LONGEST_JOB_S)

    def _take_independent(self) -> list[list[_Queued]]:
        """Take out of the queue the jobs that write elsewhere than the one under way: one list per place, in order."""
        with self._guard:
            under_way = None if self._under_way is None else self._under_way.place
            stay: deque[_Queued | None] = deque()
            places: dict[Hashable, list[_Queued]] = {}
            for item in self._queue:
                if item is None or (item.place is not None and item.place == under_way != NOTHING):
                    stay.append(item)
                else:
                    places.setdefault(item.place, []).append(item)
            self._queue = stay
            places.pop(NOTHING, None)  # cancelled already
        return list(places.values())

    def _reads_now(self) -> bool:
        """Return whether the job under way writes nothing."""
        with self._guard:
            return self._under_way is not None and self._under_way.place == NOTHING

    def _put(self, item: _Queued | None) -> None:
        """Put a job, or the end, into the queue."""
        with self._guard:
            self._queue.append(item)
            self._guard.notify_all()

    def _hand_on(self) -> None:
        """Deliver the next result that is still wanted, and drop those before it."""
        while self._answers:
            task, deliver, last = self._answers.popleft()
            if task is not None and last:
                self._pending.pop(task, None)
            if task is None or task.is_wanted:
                if self._answers:
                    self._turn.start()
                deliver()
                return

    def _deliver_failure(self, task: Task[Any, Any], line: str) -> None:
        """Call the task's own handler of failures, else emit `failed`."""
        if not task.fail(line):
            self.failed.emit(line)

    # Worker thread

    def run(self) -> None:
        """Serve the queue until `stop`; runs in the thread itself, at a lower priority than the GUI thread."""
        if sys.platform == "linux":
            # Qt's priorities mean nothing to Linux' usual scheduler, where each thread has a niceness of its own.
            os.setpriority(os.PRIO_PROCESS, get_native_id(), max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        self.begin()
        while (item := self._next()) is not None:
            self._carry_out_all([item])
            # Nothing of it is kept while the next one is waited for: it may be all that holds a scan.
            del item

    def _next(self) -> _Queued | None:
        """Wait for the next job and take it; None where there is to be none."""
        with self._guard:
            self._under_way = None
            self._guard.wait_for(lambda: self._queue)
            if not (self._stopping.is_set() and not self.completes_queue):
                self._under_way = self._queue.popleft()
            return self._under_way

    def _carry_out_all(self, items: list[_Queued]) -> None:
        """Carry out jobs, one after another."""
        while items:
            task, job, _place = items.pop(0)
            self._carry_out(task, job)
            del task, job
            with self._guard:
                self._done += 1
                self._done_at = monotonic()

    def _carry_out(self, task: Task[Any, Any], job: Callable[[Task[Any, Any]], object]) -> None:
        """Run one job and have its result, or why there is none, delivered."""
        deliver: Callable[[], object] = task.close
        try:
            if not task.is_cancelled():
                deliver = partial(task.finish, job(task))
        except Exception as error:  # the thread goes on, and the failure is reported
            expected = isinstance(error, CancelledError) and task.is_cancelled()
            if not expected and not self._stopping.is_set():
                deliver = partial(self._deliver_failure, task, error_line(error))
        self._post(task, deliver, last=True)
        try:
            task.run_deferred()
        except Exception as error:
            if not self._stopping.is_set():
                self.answer(self.failed, error_line(error))

    def answer(self, signal: SignalInstance, *arguments: Any) -> None:  # noqa: ANN401
        """Have a signal of this worker emitted by the GUI thread, in a turn of its event loop with no other answer.

        Between two turns the window is painted and keys are handled; what Qt itself queues, with the painting that it
        requests, is processed in one turn, however long that takes.
        """
        self._post(None, partial(signal.emit, *arguments))

    def _post(self, task: Task[Any, Any] | None, deliver: Callable[[], object], last: bool = False) -> None:
        """Have a function called by the GUI thread in a turn of its own, unless its task is not wanted any more."""
        self._answers.append((task, deliver, last))
        self._came.emit()

    def begin(self) -> None:
        """Prepare, in the thread, before the first job."""
