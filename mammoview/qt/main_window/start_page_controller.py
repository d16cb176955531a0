"""Shows the start page while no study is open and none is being opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from mammoview.qt.main_window.start_page import StartPage
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport_grid import ViewportGrid


class StartPageController(QObject):
    """Shows the page over the viewports, or hides it."""

    def __init__(
        self, page: StartPage, session: Session, viewport_grid: ViewportGrid, parent: QObject | None = None
    ) -> None:
        """Show `page`, which lies over `viewport_grid`, while `session` has nothing; it is hidden at first."""
        super().__init__(parent)
        self._page, self._session, self._viewport_grid = page, session, viewport_grid
        page.hide()
        session.study_shown.connect(self.refresh)
        session.progressed.connect(self.refresh)

    def refresh(self, *_what: object) -> None:
        """Show the page, or do not."""
        wanted = not self._session.studies and not self._session.busy
        if wanted != self._page.isVisibleTo(self._viewport_grid):
            self._page.setVisible(wanted)
            self._page.refresh()
