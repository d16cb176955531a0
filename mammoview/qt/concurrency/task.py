"""One piece of work that a worker thread carries out, as the GUI thread and the job itself see it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Generic, Self, TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

from mammoview.core.errors import CancelledError

Result = TypeVar("Result")
Partial = TypeVar("Partial")


class Task(Generic[Result, Partial]):
    """A submitted job: where its results go, and whether they are still wanted.

    `connect`, `cancel` and `is_pending` are for the GUI thread, which calls all handlers too. The other methods are for
    the job, in the worker thread.

    A job that delivers nothing before its result is of type ``Task[Result, None]``.
    """

    def __init__(self, post: Callable[[Task[Result, Partial], Callable[[], object]], None]) -> None:
        """Prepare; `post` has a function called in the GUI thread, unless this task is not wanted any more by then."""
        self._post = post
        self._cancelled = Event()
        self._finished = False
        self._deferred: list[Callable[[], None]] = []
        self._owner: QObject | None = None
        self._on_result: Callable[[Result], object] | None = None
        self._on_partial: Callable[[Partial], object] | None = None
        self._on_progress: Callable[[float, str], object] | None = None
        self._on_failure: Callable[[str], object] | None = None

    # GUI thread

    def connect(
        self,
        owner: QObject,
        result: Callable[[Result], object] | None = None,
        partial: Callable[[Partial], object] | None = None,
        progress: Callable[[float, str], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> Self:
        """Set the handlers; nothing is missed when this follows `Worker.submit` in the same turn of the event loop.

        Parameters
        ----------
        owner
            The QObject that waits for the answers; none is delivered once it has been deleted.
        result
            Takes what the job returns.
        partial
            Takes each part that the job delivers before its end.
        progress
            Takes the fraction done, 0..1, and what is being done.
        failed
            Takes a line for the user; without it, the worker's own signal `failed` is emitted.
        """
        self._owner = owner
        self._on_result, self._on_partial, self._on_progress, self._on_failure = result, partial, progress, failed
        return self

    def cancel(self) -> None:
        """Deliver nothing any more; work under way stops at its next check of `is_cancelled`."""
        self._cancelled.set()
        self.disconnect()

    def disconnect(self) -> None:
        """Deliver no result any more, while the job is carried out all the same."""
        self._on_result = self._on_partial = self._on_progress = self._on_failure = None

    @property
    def is_pending(self) -> bool:
        """Whether the result, or a failure, is still to come."""
        return not self._finished and not self._cancelled.is_set()

    @property
    def is_wanted(self) -> bool:
        """Whether results are to be delivered: not after `cancel`, nor to an owner that has been deleted."""
        return not self._cancelled.is_set() and (self._owner is None or isValid(self._owner))

    def finish(self, result: Result) -> None:
        """Call the handler of the result, and forget all of them."""
        handler = self._on_result
        self.close()
        if handler is not None:
            handler(result)

    def fail(self, line: str) -> bool:
        """Call the handler of a failure, and forget all of them; returns whether there was one."""
        handler = self._on_failure
        self.close()
        if handler is not None:
            handler(line)
        return handler is not None

    def close(self) -> None:
        """Note that nothing is to come any more, and keep nothing alive that handlers refer to, such as a scan."""
        self._finished = True
        self.disconnect()

    def _hand_over_partial(self, part: Partial) -> None:
        """Call the handler of parts."""
        if self._on_partial is not None:
            self._on_partial(part)

    def _hand_over_progress(self, fraction: float, text: str) -> None:
        """Call the handler of progress."""
        if self._on_progress is not None:
            self._on_progress(fraction, text)

    # Worker thread

    def is_cancelled(self) -> bool:
        """Whether to stop."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Stop here if the task has been cancelled.

        Raises
        ------
        CancelledError
            When it has.
        """
        if self._cancelled.is_set():
            raise CancelledError("the work was cancelled")

    def deliver(self, part: Partial) -> None:
        """Deliver a part of the answer."""
        self._post(self, lambda: self._hand_over_partial(part))

    def defer(self, function: Callable[[], None]) -> None:
        """Have a function called in the worker thread after the result has been sent, which does not wait for it."""
        self._deferred.append(function)

    def run_deferred(self) -> None:
        """Call what was deferred, and keep nothing of it."""
        deferred, self._deferred = self._deferred, []
        for function in deferred:
            function()

    def report(self, fraction: float, text: str = "") -> None:
        """Report the fraction done, 0..1, and what is being done."""
        self._post(self, lambda: self._hand_over_progress(fraction, text))
