"""Commands on the greys: invert, presets, reset, and the key that makes a drag change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.qt.canvas.scan_scene import ScanItems
    from mammoview.qt.viewport.viewport import Viewport


class VoiController(QObject):
    """Acts on the viewports of a viewport grid: inverting on all, presets on the active one."""

    changed = Signal()
    """Some viewport shows other greys."""

    def __init__(self, viewport_grid: ViewportGrid, notifier: Notifier, parent: QObject | None = None) -> None:
        """Act on `viewport_grid`."""
        super().__init__(parent)
        self._viewport_grid, self._notifier = viewport_grid, notifier
        self.inverted = False

    def invert(self, inverted: bool) -> None:
        """Show all scans inverted, or as they are."""
        self.inverted = inverted
        self.refresh()

    def refresh(self) -> None:
        """Set the polarity of pictures that have just been hung."""
        for viewport in self._viewport_grid.viewports:
            if viewport.content is not None and viewport.content.grey.inverted != self.inverted:
                viewport.content.grey.inverted = self.inverted
                viewport.refresh_grey()
        self.changed.emit()

    def show_next_preset(self) -> None:
        """Show the active scan with the next window or table of its file; after a drag, with the first."""
        viewport = self._viewport_grid.active
        if viewport is not None and viewport.content is not None:
            preset = viewport.content.grey.preset
            self.show_preset(0 if preset is None else preset + 1)

    def show_preset(self, index: int) -> None:
        """Show the active scan with a window or table of its file."""
        viewport = self._viewport_grid.active
        if viewport is not None and viewport.content is not None:
            viewport.content.grey.take_preset(index)
            viewport.refresh_grey()
            self._viewport_grid.show_asked(viewport)
            self._warn_of_size(viewport, viewport.content)
            self.changed.emit()

    def _warn_of_size(self, viewport: Viewport, content: ScanItems) -> None:
        """Warn where a presentation state does not get the true size that it asks for."""
        asked = content.grey.window.presentation
        if asked is not None and asked.glass_mm is not None and viewport.true_scale(viewport) is None:
            text = self.tr(
                "No true size, as the presentation state asks for: the viewport must lie on a measured screen"
            )
            self._notifier.warn(text)

    def reset(self) -> None:
        """Show all scans on the viewport grid as their files want it."""
        self.inverted = False
        for viewport in self._viewport_grid.viewports:
            if viewport.content is not None:
                viewport.content.grey.reset()
                viewport.refresh_grey()
        self.changed.emit()

    def hold(self, on: bool) -> None:
        """Let the left button change the greys while the key is down."""
        self._viewport_grid.hold_grey(on)
