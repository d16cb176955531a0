"""Commands on the greys: invert, presets, reset, and the key that makes a drag change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.viewport.viewport_views import presentation_view
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.qt.canvas.scan_scene import ScanItems
    from mammoview.qt.session.voi_state import VoiState
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.study.grey_pipeline import VoiWindow


class VoiController(QObject):
    """Acts on the viewports of a viewport grid: on all while they are linked, else on the active one."""

    changed = Signal()
    """Some viewport shows other greys."""

    def __init__(self, viewport_grid: ViewportGrid, notifier: Notifier, parent: QObject | None = None) -> None:
        """Act on `viewport_grid`."""
        super().__init__(parent)
        self._viewport_grid, self._notifier = viewport_grid, notifier
        self._starts: list[tuple[Viewport, VoiState, VoiWindow]] = []
        self.inverted = False
        viewport_grid.viewport_made.connect(self._take_viewport)

    def _take_viewport(self, viewport: Viewport) -> None:
        """Serve the drags of a new viewport."""
        viewport.grey_drag_started.connect(self._start_drag)
        viewport.grey_dragged.connect(self._drag)

    def _start_drag(self, viewport: Viewport) -> None:
        """Keep the windows from which a drag starts."""
        shown = self._together(viewport)
        self._starts = [(v, content.grey, content.grey.start_of_drag) for v, content in shown]

    def _drag(self, viewport: Viewport, across: float, down: float, alone: bool) -> None:
        """Change the windows of a viewport and those that go along with it, each from where it started."""
        for one, grey, start in self._starts:
            # The viewport may show another scan by now.
            if one.content is not None and one.content.grey is grey and (one is viewport or not alone):
                grey.drag(start, across, down)
                one.refresh_grey()

    def _together(self, viewport: Viewport | None, alone: bool = False) -> list[tuple[Viewport, ScanItems]]:
        """Return a viewport and, while the viewports are linked, all others, with what they show."""
        all_of_them = self._viewport_grid.linked and not alone
        return [
            (v, v.content)
            for v in self._viewport_grid.viewports
            if v.content is not None and (v is viewport or (all_of_them and viewport is not None))
        ]

    @property
    def shown_inverted(self) -> bool:
        """Whether the active viewport shows its scan inverted; without a scan, whether the next would."""
        viewport = self._viewport_grid.active
        content = None if viewport is None else viewport.content
        return self.inverted if content is None else content.grey.shown_inverted

    def invert(self, inverted: bool) -> None:
        """Show all scans inverted, or as they are; the active one alone while the viewports are not linked."""
        if not self._viewport_grid.linked:
            if inverted != self.shown_inverted:
                self.invert_alone()
            return
        self.inverted = inverted
        for viewport, content in self._together(self._viewport_grid.active):
            changes = content.grey.shown_inverted != inverted
            content.grey.inverted, content.grey.inverted_alone = inverted, False
            if changes:
                viewport.refresh_grey()
        self.refresh()

    def invert_alone(self) -> None:
        """Show the active scan the other way round, and no other."""
        for viewport, content in self._together(self._viewport_grid.active, alone=True):
            content.grey.inverted_alone = not content.grey.inverted_alone
            viewport.refresh_grey()
        self.changed.emit()

    def refresh(self) -> None:
        """Set the polarity of pictures that have just been hung."""
        for viewport in self._viewport_grid.viewports:
            if viewport.content is not None and viewport.content.grey.inverted != self.inverted:
                viewport.content.grey.inverted = self.inverted
                viewport.refresh_grey()
        self.changed.emit()

    def show_next_preset(self) -> None:
        """Show the scans with the next window or table of their files; after a drag, with the first."""
        self._show_next_preset(alone=False)

    def show_next_preset_alone(self) -> None:
        """Show the active scan, and no other, with the next window or table of its file."""
        self._show_next_preset(alone=True)

    def _show_next_preset(self, alone: bool) -> None:
        viewport = self._viewport_grid.active
        if viewport is not None and viewport.content is not None:
            preset = viewport.content.grey.preset
            self.show_preset(0 if preset is None else preset + 1, alone)

    def show_preset(self, index: int, alone: bool = False) -> None:
        """Show the active scan with a window or table of its file, and with it those that have one of that name."""
        active = self._viewport_grid.active
        if active is None or active.content is None:
            return
        presets = active.content.grey.picture.presets
        name = presets[index % len(presets)]
        for viewport, content in self._together(active, alone):
            others = content.grey.picture.presets
            if viewport is not active and name not in others:
                continue
            content.grey.take_preset(index if viewport is active else others.index(name))
            viewport.refresh_grey()
        # The displayed area of a presentation state; all of the breasts where it has none.
        view = presentation_view(active)
        if view is None:
            self._viewport_grid.refit()
        else:
            self._viewport_grid.look_at(active, *view)
        self._warn_of_size(active, active.content)
        self.changed.emit()

    def _warn_of_size(self, viewport: Viewport, content: ScanItems) -> None:
        """Warn where the true size of a presentation state cannot be shown."""
        asked = content.grey.window.presentation
        if asked is not None and asked.glass_mm is not None and viewport.true_scale(viewport) is None:
            text = self.tr(
                "No true size, as the presentation state specifies: the viewport must lie on a measured screen"
            )
            self._notifier.warn(text)

    def reset(self) -> None:
        """Show all scans on the viewport grid as their files specify."""
        self.inverted = False
        for viewport in self._viewport_grid.viewports:
            if viewport.content is not None:
                viewport.content.grey.reset()
                viewport.refresh_grey()
        self.changed.emit()

    def hold(self, on: bool) -> None:
        """Let the left button change the greys while the key is down."""
        self._viewport_grid.hold_grey(on)
