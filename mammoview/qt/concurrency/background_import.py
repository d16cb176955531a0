"""Imports what the first paint does not need, while the window is on screen."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from mammoview.qt.concurrency import worker
from mammoview.qt.concurrency.import_hooks import garbage_collection_paused


class BackgroundImport(QThread):
    """A thread that imports one module with all that it needs; a later import of it takes no time.

    What the module needs from files can be read in the same thread: `result` holds it then.
    """

    done = Signal()
    """It has been imported, or cannot be: then the next import of it raises."""

    def __init__(
        self, module: str, parent: QObject | None = None, read: Callable[[ModuleType], object] | None = None
    ) -> None:
        """Prepare to import `module`, and to call `read` with it in the thread; begins with `start`."""
        super().__init__(parent)
        self._module, self._read = module, read
        self.result: Any = None
        """What `read` has returned; None before, and where it cannot be called."""

    def stop(self) -> None:
        """Wait until it has ended; where a share that it reads from does not answer, leave it to itself."""
        if not self.wait(round(1000 * worker.LONGEST_JOB_S)):
            worker.leave(self)

    def run(self) -> None:
        """Import; runs in the thread itself."""
        try:
            with garbage_collection_paused():
                module = import_module(self._module)
            if self._read is not None:
                self.result = self._read(module)
        finally:
            self.done.emit()
