"""What stands around the scans: hides the panels, or all but the scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import MainWindow


class PanelVisibility(QObject):
    """Hides panels and brings back those that were there."""

    changed = Signal()
    """Panels came or went."""

    def __init__(self, window: MainWindow) -> None:
        """Act on the panels of `window`."""
        super().__init__(window)
        self._window = window
        self._hidden: list[QWidget] = []
        self._bare: list[QWidget] = []

    @property
    def hidden(self) -> bool:
        """Whether the panels beside the scans are hidden."""
        return bool(self._hidden)

    def hide_panels(self, hidden: bool) -> None:
        """Hide both panels, the one at the right and the list of studies, or show those again that were there."""
        if hidden:
            self._hidden += _hide([self._window.side_dock, self._window.study_panel])
        else:
            for panel in self._hidden:
                panel.show()
            self._hidden = []
        self._window.focus_scans()
        self.changed.emit()

    def show_side(self) -> None:
        """Show the panel at the right, whatever hid it."""
        if self._window.side_dock.isHidden():
            self._window.side_dock.show()
            self._hidden = [panel for panel in self._hidden if panel is not self._window.side_dock]
            self._bare = [panel for panel in self._bare if panel is not self._window.side_dock]
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
            around = [window.menuBar(), window.top_bar, window.tool_rail, window.status]
            around += [window.side_dock, window.study_panel, window.comparison_panel]
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
