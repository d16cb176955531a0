"""Visibility of the panels: hides them, or everything but the scans."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow, QToolBar, QWidget


class PanelVisibility(QObject):
    """Hides panels and brings back those that were there."""

    changed = Signal()
    """Panels came or went."""

    def __init__(
        self,
        window: QMainWindow,
        side: QWidget,
        studies: QWidget,
        comparison: QWidget,
        focus_scans: Callable[[], None],
    ) -> None:
        """Act on the panels of `window`.

        Parameters
        ----------
        window
            Menu and toolbars are those of this window.
        side, studies, comparison
            Its panels: the one at the right, the list of studies and the comparison.
        focus_scans
            Gives the keyboard back to the scans.
        """
        super().__init__(window)
        self._window, self._side, self._studies, self._comparison = window, side, studies, comparison
        self._focus_scans = focus_scans
        self._hidden: list[QWidget] = []
        self._bare: list[QWidget] = []

    @property
    def hidden(self) -> bool:
        """Whether the panels beside the scans are hidden."""
        return bool(self._hidden)

    @property
    def full_screen(self) -> bool:
        """Whether the scans have the whole screen."""
        return self._window.isFullScreen()

    def hide_panels(self, hidden: bool) -> None:
        """Hide both panels, the one at the right and the list of studies, or show those again that were there."""
        if hidden:
            self._hidden += _hide([self._side, self._studies])
        else:
            for panel in self._hidden:
                panel.show()
            self._hidden = []
        self._focus_scans()
        self.changed.emit()

    def show_side(self) -> None:
        """Show the panel at the right, also in full screen and while the panels are hidden."""
        if self._side.isHidden():
            self._side.show()
            self._hidden = [panel for panel in self._hidden if panel is not self._side]
            self._bare = [panel for panel in self._bare if panel is not self._side]
            self.changed.emit()

    def show_full_screen(self, full: bool) -> None:
        """Give the whole screen to the scans, no menu, no bars and no panels; or bring all back.

        What the models are about stands in the viewports; a bar that came and went with it would move the scans.
        """
        window = self._window
        # The state comes first: parts that come or go have the menus ticked by it. Others, such as maximized, stay.
        others = window.windowState() & ~Qt.WindowState.WindowFullScreen
        window.setWindowState(others | Qt.WindowState.WindowFullScreen if full else others)
        if full:
            bars = window.findChildren(QToolBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
            around = [window.menuBar(), *bars, window.statusBar(), self._side, self._studies, self._comparison]
            self._bare += _hide(around)
        else:
            for part in self._bare:
                part.show()
            self._bare = []
        self.changed.emit()


def _hide(parts: list[QWidget]) -> list[QWidget]:
    """Hide what is not hidden yet; returns that."""
    shown = [part for part in parts if not part.isHidden()]
    for part in shown:
        part.hide()
    return shown
