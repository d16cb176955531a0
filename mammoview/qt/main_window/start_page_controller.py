"""Shows the start page while no study is open and none is being opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.qt.main_window.start_page import StartPage

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import MainWindow


class StartPageController(QObject):
    """The start page of a window."""

    def __init__(self, window: MainWindow) -> None:
        """Make the page over the viewports of `window`."""
        super().__init__(window)
        self._window = window
        window.start_page = StartPage(
            window.actions_by_name, window.icons, window.library, window.settings.show_patient, window.viewport_grid
        )
        window.start_page.hide()
        window.start_page.wanted.connect(window.open_paths)
        window.overlay_text.patient_shown.connect(window.start_page.show_patient)
        window.session.study_shown.connect(self._refresh)
        window.session.progressed.connect(self._refresh)
        window.first_painted.connect(self._refresh)

    def _refresh(self, *_what: object) -> None:
        """Show the page, or do not."""
        page, session = self._window.start_page, self._window.session
        wanted = not session.studies and not session.busy
        if wanted != page.isVisibleTo(self._window.viewport_grid):
            page.setVisible(wanted)
            page.refresh()
