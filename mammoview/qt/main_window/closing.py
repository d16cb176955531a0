"""Closing of the main window: its state is stored and the threads of its parts are ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.qt.main_window import window_state

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window_base import MainWindowBase


def store_and_stop(window: MainWindowBase) -> None:
    """Remember the settings of a window and end all of its threads, those of reader reports and drawings included."""
    window_state.store(window)
    window.icons.stop()
    window.settings_controller.save()
    window.models.stop()
    window.worksheets.stop()
    window.library.stop()
    window.reader.stop()
    window.session.stop()
    window.export.exporter.stop()
    window.figures.stop()
    window.calibration.stop()
    window.comparison.stop()
    window.model_layers.stop()
    window.drawing.stop()
    window.workbench.stop()
