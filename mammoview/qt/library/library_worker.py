"""The thread that asks and fills the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from PySide6.QtCore import Signal

from mammoview.library.database import LibraryDatabase
from mammoview.qt.concurrency.worker import Worker


@dataclass(frozen=True, eq=False)
class TaskContext:
    """What a task of the library worker can tell and ask while it is at it.

    Parameters
    ----------
    tell_progress
        Takes files done and files in all.
    cancelled
        Whether to stop.
    """

    tell_progress: Callable[[int, int], None]
    cancelled: Callable[[], bool]


Task = Callable[[LibraryDatabase, TaskContext], Any]
"""A request: runs in the thread and returns the answer."""


class LibraryWorker(Worker):
    """Carries out tasks on a connection of its own, which is opened with the first."""

    done = Signal(int, object)
    """Request id, what the task returned."""
    advanced = Signal(int, int, int)
    """Request id, files done, files in all."""
    told = Signal(str)
    """A line for the reader."""

    def run(self) -> None:
        """Serve the queue, and close the connection in the thread that made it."""
        self._index: LibraryDatabase | None = None
        try:
            super().run()
        finally:
            if self._index is not None:
                self._index.close()

    def work(self, request_id: int, request: Task, cancelled: Event) -> None:
        """Carry out one task; an answer that nobody waits for any more is not sent."""
        if self._index is None:
            self._index = LibraryDatabase()
            if self._index.told:
                self.answer(self.told, self._index.told)
        work = TaskContext(lambda done, total: self.answer(self.advanced, request_id, done, total), cancelled.is_set)
        answer = request(self._index, work)
        if not cancelled.is_set():
            self.answer(self.done, request_id, answer)
