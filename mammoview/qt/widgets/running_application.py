"""The application that runs, with its type."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication


def running_application() -> QApplication:
    """Return the application; Qt's own `instance` may be None or of a class without widgets.

    Raises
    ------
    RuntimeError
        When no QApplication runs.
    """
    running = QApplication.instance()
    if not isinstance(running, QApplication):
        raise RuntimeError("No QApplication runs")
    return running
