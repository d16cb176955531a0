"""Level of the overlay text of all viewports, and whether it shows the patient."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from mammoview.core.settings import Settings
from mammoview.qt.viewport.overlay_text import LEVELS
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier


class OverlayTextController(QObject):
    """Keeps the corners of a viewport grid as they are set, and changes both."""

    patient_shown = Signal(bool)
    """Patient and date were shown or hidden."""

    def __init__(
        self, viewport_grid: ViewportGrid, settings: Settings, notifier: Notifier, parent: QObject | None = None
    ) -> None:
        """Serve `viewport_grid`; what is chosen is kept in `settings`."""
        super().__init__(parent)
        self._viewport_grid, self._settings, self._notifier = viewport_grid, settings, notifier

    @property
    def names_patient(self) -> bool:
        """Whether the patient is named in the corners."""
        return self._settings.show_patient

    def show_patient(self, shown: bool) -> None:
        """Show or hide patient and date."""
        self._settings.show_patient = shown
        self.patient_shown.emit(shown)
        self.refresh()

    def show_next_level(self) -> None:
        """Show less, step by step, then everything again."""
        self._settings.corner_text = LEVELS[(LEVELS.index(self._settings.corner_text) + 1) % len(LEVELS)]
        self.refresh()

    def show_all_text(self) -> None:
        """Show as messages everything about the active scan in full, which a narrow viewport may have no room for."""
        viewport = self._viewport_grid.active
        words = None if viewport is None else viewport.words()
        if words is not None:
            for line in (*reversed(words.details.splitlines()), ", ".join((*words.top, *words.bottom))):
                if line:
                    self._notifier.warn(f"{words.title}: {line}")

    def refresh(self) -> None:
        """Show in the viewports what is chosen."""
        for viewport in self._viewport_grid.viewports:
            viewport.patient_shown = self._settings.show_patient
            viewport.corner_level = self._settings.corner_text
            viewport.viewport().update()
