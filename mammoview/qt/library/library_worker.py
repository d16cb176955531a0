"""The thread that asks and fills the library."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal

from mammoview.library.database import LibraryDatabase
from mammoview.qt.concurrency.worker import Worker

if TYPE_CHECKING:
    from mammoview.qt.concurrency.task import Task

Answer = TypeVar("Answer")


class LibraryWorker(Worker):
    """Carries out queries on a connection of its own, which is opened with the first."""

    warned = Signal(str)
    """A warning for the reader."""

    def query(self, function: Callable[[LibraryDatabase, Task[Answer, None]], Answer]) -> Task[Answer, None]:
        """Have a function called with the database in the thread; what it returns is the result."""
        return self.submit(partial(self._query, function))

    def run(self) -> None:
        """Serve the queue, and close the connection in the thread that made it."""
        self._index: LibraryDatabase | None = None
        try:
            super().run()
        finally:
            if self._index is not None:
                self._index.close()

    def _query(
        self, function: Callable[[LibraryDatabase, Task[Answer, None]], Answer], task: Task[Answer, None]
    ) -> Answer:
        """Call a function with the database."""
        if self._index is None:
            self._index = LibraryDatabase()
            if self._index.warning:
                self.answer(self.warned, self._index.warning)
        return function(self._index, task)
