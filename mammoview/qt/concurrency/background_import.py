"""Imports what the first paint does not need, while the window is on screen."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtCore import QObject, QThread, Signal

from mammoview.qt.concurrency.import_hooks import garbage_collection_paused


class BackgroundImport(QThread):
    """A thread that imports one module with all that it needs; a later import of it takes no time."""

    done = Signal()
    """It has been imported, or cannot be: then the next import of it raises."""

    def __init__(self, module: str, parent: QObject | None = None) -> None:
        """Prepare to import `module`; begins with `start`."""
        super().__init__(parent)
        self._module = module

    def run(self) -> None:
        """Import; runs in the thread itself."""
        try:
            with garbage_collection_paused():
                import_module(self._module)
        finally:
            self.done.emit()
