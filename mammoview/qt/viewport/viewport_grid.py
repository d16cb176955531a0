"""The wall of viewports: hangs scans, keeps one scale for all of them and moves them together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QCursor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from mammoview.qt.canvas.placement import pixel_mm
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.focus import OWN_FRAME

if TYPE_CHECKING:
    from mammoview.display.hanging_protocols import HangingProtocol, Hung, ImageBox
    from mammoview.qt.viewport.pointer_tool import PointerTool
    from mammoview.study.presentation import Presentation
    from mammoview.study.scan import Scan

GAP = 2
"""Between rows of viewports, px; columns touch, so that chest walls meet."""


class ViewportGrid(QWidget):
    """Shows one hanging at a time.

    Fitting keeps as long as the reader has not moved anything: new sizes of the window fit again.
    """

    active_changed = Signal(object)
    """The active Viewport."""
    view_changed = Signal()
    """Some viewport looks elsewhere."""
    viewport_made = Signal(object)
    """A new Viewport, to be connected."""

    def __init__(
        self, layers: LayerState, true_scale: Callable[[Viewport], float | None], parent: QWidget | None = None
    ) -> None:
        """Make an empty wall; `true_scale` as `Viewport` takes it."""
        super().__init__(parent)
        self._true_scale = true_scale
        self.setProperty(OWN_FRAME, True)
        self._layers = layers
        self._all: list[Viewport] = []
        self._hung: list[Viewport] = []
        self._rows = self._columns = 1
        self._active: Viewport | None = None
        self._single: Viewport | None = None
        self._fitting = "scan"
        self._fitting_before = ""
        self.tool: PointerTool | None = None
        self._grey_tool = self._grey_held = False
        self._cursor = QCursor(Qt.CursorShape.ArrowCursor)
        self.linked = True
        self.smooth = False
        self.setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Scans"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # What hangs

    def active_scan(self) -> Scan | None:
        """Return the scan of the active viewport."""
        return None if self._active is None else self._active.scan

    def scans_on_screen(self) -> set[Scan]:
        """Return the scans that are visible."""
        return {viewport.scan for viewport in self.visible if viewport.scan is not None}

    @property
    def viewports(self) -> tuple[Viewport, ...]:
        """All viewports of the hanging, in reading order, hidden ones included."""
        return tuple(self._hung)

    @property
    def visible(self) -> tuple[Viewport, ...]:
        """Viewports on screen."""
        return (self._single,) if self._single is not None else tuple(self._hung)

    @property
    def active(self) -> Viewport | None:
        """The viewport that keys go to."""
        return self._active

    @property
    def single(self) -> bool:
        """Whether one viewport of several is shown alone."""
        return self._single is not None

    def viewport_of(self, scan: Scan | None) -> Viewport | None:
        """Viewport in which a scan hangs."""
        return next((v for v in self._hung if scan is not None and v.scan is scan), None)

    def hang(
        self,
        hanging: HangingProtocol,
        places: Hung,
        wall_left: Callable[[ImageBox, Scan | None], bool],
        note: Callable[..., str],
    ) -> None:
        """Hang scans; their pictures are shown by the caller, those that are loaded.

        Parameters
        ----------
        hanging
            Rows and columns.
        places
            Viewports and scans.
        wall_left
            Tells, for a viewport and its scan, whether the chest wall goes to the left.
        note
            Tells, for a viewport and its scan, what to write where there is no picture yet.
        """
        was = None if self._active is None else self._active.scan
        self._single = None
        self._rows, self._columns = hanging.rows, hanging.columns
        self.prepare(len(places))
        self._hung = self._all[: len(places)]
        for viewport in self._all[len(places) :]:
            viewport.take_down()
        for viewport, (image_box, scan) in zip(self._hung, places, strict=True):
            viewport.hang(image_box, scan, wall_left(image_box, scan), note(image_box, scan))
            for part in (viewport, viewport.viewport()):
                part.setAccessibleName(image_box.name if scan is None else scan.name)
        filled = [v for v in self._hung if v.scan is not None]
        same = [v for v in filled if v.scan is was]
        self.activate(next(iter(same or filled or self._hung), None))
        self._fitting = "scan"
        self._arrange()

    def prepare(self, count: int) -> None:
        """Have at least so many viewports, which the first study then need not wait for."""
        while len(self._all) < count:
            viewport = self._made()
            viewport.hide()
            self._all.append(viewport)

    def empty(self) -> None:
        """Take everything down."""
        self._single, self._hung = None, []
        for viewport in self._all:
            viewport.take_down()
        self.activate(None)
        self._arrange()

    def _made(self) -> Viewport:
        """Make a viewport."""
        viewport = Viewport(self._layers, self._true_scale, self)
        viewport.tool = self.tool
        viewport.greying = self._grey_tool
        viewport.viewport().setCursor(self._cursor)
        viewport.set_smooth(self.smooth)
        viewport.activated.connect(self.activate)
        viewport.moved.connect(self._follow)
        viewport.enlarged.connect(self.toggle_single)
        self.viewport_made.emit(viewport)
        return viewport

    def _arrange(self) -> None:
        """Give each viewport its rectangle."""
        hung = set(self._hung)
        for viewport in self._all:
            viewport.setVisible(viewport in hung and self._single in (None, viewport))
        if self._single is not None:
            self._single.setGeometry(self.rect())
        else:
            for viewport in self._hung:
                if viewport.image_box is not None:
                    viewport.setGeometry(self._cell(viewport.image_box.row, viewport.image_box.column))
        self.refit()
        self.update()

    def _cell(self, row: int, column: int) -> QRect:
        """Rectangle of a place of the hanging."""
        width, height = self.width(), self.height() - GAP * (self._rows - 1)
        left, right = (width * c // self._columns for c in (column, column + 1))
        top, bottom = (height * r // self._rows + GAP * row for r in (row, row + 1))
        return QRect(left, top, right - left, bottom - top)

    # Active and single viewport

    def activate(self, viewport: Viewport | None) -> None:
        """Make a viewport the active one."""
        if viewport is self._active and (viewport is None or viewport.active):
            return
        self._active = viewport
        for one in self._all:
            one.active = one is viewport and len(self._hung) > 1 and self._single is None
            one.viewport().update()
        self.active_changed.emit(viewport)

    def activate_next(self) -> None:
        """Turn to the next viewport that has a scan."""
        filled = [v for v in self._hung if v.scan is not None]
        if not filled:
            return
        index = filled.index(self._active) + 1 if self._active in filled else 0
        viewport = filled[index % len(filled)]
        if self._single is not None:
            self._single = viewport
            self._arrange()
        self.activate(viewport)

    def toggle_single(self, viewport: Viewport | None = None) -> None:
        """Show one viewport alone, or all again."""
        if self._single is not None or len(self._hung) < 2:
            self._single = None
        else:
            self._single = viewport or self._active
        for one in self._all:
            one.active = one is self._active and self._single is None and len(self._hung) > 1
        self._arrange()

    # One scale, one place

    def fit_scans(self) -> None:
        """Show whole scans, as large as all of them allow."""
        self._fitting = "scan"
        self.refit()

    def fit_breasts(self) -> None:
        """Show whole breasts, as large as all of them allow."""
        self._fitting = "breast"
        self.refit()

    def refit(self) -> None:
        """Fit again, if that is how the wall looks now."""
        if not self._fitting:
            return
        shown = [v for v in self.visible if v.scan is not None]
        rects = {
            v: v.content.placement.breast if self._fitting == "breast" and v.content is not None else None
            for v in shown
        }
        scale = min((v.fitting_scale(rects[v]) for v in shown), default=math.inf)
        if math.isfinite(scale):
            for viewport in shown:
                viewport.fit(scale, rects[viewport])
        self.view_changed.emit()

    def hold_view(self, held: bool) -> None:
        """Do not fit while other scans take the places of those that hang; then fit as before, unless moved since."""
        if held:
            self._fitting_before, self._fitting = self._fitting, ""
        else:
            self._fitting = self._fitting_before

    def show_actual_pixels(self) -> None:
        """One pixel of the active scan per screen pixel."""
        if self._active is not None and self._active.zoom is not None:
            self._zoom(1 / self._active.zoom)

    def show_scale(self, scale: float) -> None:
        """Show all viewports at `scale` logical pixels per mm: from the chest wall on if fitted, else in place."""
        fitted, self._fitting, self._fitting_before = bool(self._fitting), "", ""
        for viewport in self._hung:
            if viewport.scan is not None and fitted:
                viewport.fit(scale)
            elif viewport.scan is not None:
                viewport.set_view(scale, viewport.centre)
        self.view_changed.emit()

    def zoom_in(self) -> None:
        """Enlarge the active viewport."""
        self._zoom(1.25)

    def zoom_out(self) -> None:
        """Reduce the active viewport."""
        self._zoom(0.8)

    def _zoom(self, factor: float) -> None:
        """Enlarge the active viewport about its middle, or about the breast where the middle shows air."""
        if self._active is not None:
            self._active.zoom_about(self._active.middle, factor)

    def pan_left(self) -> None:
        """Look further to the left."""
        self._pan(1, 0)

    def pan_right(self) -> None:
        """Look further to the right."""
        self._pan(-1, 0)

    def pan_up(self) -> None:
        """Look further up."""
        self._pan(0, 1)

    def pan_down(self) -> None:
        """Look further down."""
        self._pan(0, -1)

    def _pan(self, across: int, down: int) -> None:
        """Move the active viewport's picture by a tenth of the viewport."""
        if self._active is not None:
            area = self._active.viewport().rect()
            self._active.pan_by(across * round(area.width() / 10), down * round(area.height() / 10))

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels in all viewports, or draw them as they are."""
        self.smooth = smooth
        for viewport in self._all:
            viewport.set_smooth(smooth)

    def set_linked(self, linked: bool) -> None:
        """Move all viewports together, or each alone."""
        self.linked = linked
        if linked and not self._fitting and self._active is not None:
            self._follow(self._active)
        self.view_changed.emit()

    def set_tool(self, tool: PointerTool | None) -> None:
        """Give the left button to a tool, or take it back."""
        self.tool = tool
        for viewport in self._all:
            viewport.tool = tool

    def hold_grey(self, on: bool) -> None:
        """Let the left button change the greys while a key is down."""
        self._grey_held = on
        self._set_greying()

    def set_grey_tool(self, on: bool) -> None:
        """Let the left button change the greys from now on, or no more."""
        self._grey_tool = on
        self._set_greying()

    def _set_greying(self) -> None:
        """Tell the viewports whether the left button changes the greys."""
        for viewport in self._all:
            viewport.greying = self._grey_held or self._grey_tool

    def set_cursor(self, cursor: QCursor) -> None:
        """Show this cursor over the scans."""
        self._cursor = cursor
        for viewport in self._all:
            viewport.viewport().setCursor(cursor)

    def centre_on(self, viewport: Viewport, column: float, row: float, pixels_per_mm: float) -> None:
        """Bring a scan point to the middle of its viewport, at least that large."""
        if viewport.content is None:
            return
        self.look_at(viewport, max(viewport.scale_px, pixels_per_mm), viewport.content.to_plane(column, row))

    def look_at(self, viewport: Viewport, scale: float, centre: QPointF) -> None:
        """Let a viewport look at a point of its plane, mm, at `scale` pixels per mm; the others follow."""
        viewport.set_view(scale, centre)
        self._follow(viewport)

    def show_asked(self, viewport: Viewport) -> None:
        """Show the part of a scan that the presentation state in use asks for; fit anew where it asks for none."""
        content = viewport.content
        asked = None if content is None else content.grey.window.presentation
        scale = None if asked is None else _asked_scale(viewport, asked)
        if content is None or asked is None or (asked.area is None and scale is None):
            self.refit()
            return
        left, top, right, bottom = asked.area or (0.0, 0.0, content.scan.columns, content.scan.rows)
        rect = QRectF(content.to_plane(left, top), content.to_plane(right, bottom)).normalized()
        self.look_at(viewport, scale or viewport.fitting_scale(rect), rect.center())

    def settle(self, viewport: Viewport) -> None:
        """Bring a viewport whose picture has just arrived to where the others look."""
        leader = self._active
        if self._fitting or leader is None or leader is viewport:
            self.refit()
        else:
            self._take_view(viewport, leader)

    def _follow(self, leader: Viewport) -> None:
        """Move the other viewports as the reader moved this one."""
        self._fitting = self._fitting_before = ""
        if self.linked:
            for viewport in self._hung:
                if viewport is not leader:
                    self._take_view(viewport, leader)
        self.view_changed.emit()

    @staticmethod
    def _take_view(viewport: Viewport, leader: Viewport) -> None:
        """Look where the leader looks: as far from the chest wall, and, in the same projection, from the nipple line.

        Across projections the nipple line means another direction of the body, so only the distance from the chest
        wall is shared.
        """
        x = leader.centre.x() if viewport.wall_left == leader.wall_left else -leader.centre.x()
        own, other = viewport.scan, leader.scan
        alike = own is not None and other is not None and own.projection is other.projection
        y = leader.centre.y() if alike else viewport.centre.y()
        viewport.set_view(leader.scale_px, QPointF(x, y))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the viewports anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Black wall."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKGROUND)
        painter.end()


def _asked_scale(viewport: Viewport, asked: Presentation) -> float | None:
    """Return the logical pixels per mm that a presentation state asks for; None for what fits the viewport.

    True size is what the state says of the scan's pixels, whatever our own spacing is. It needs a measured screen.
    """
    assert viewport.scan is not None
    if asked.magnification is not None:
        return asked.magnification / (viewport.pixel_mm * viewport.devicePixelRatioF())
    true_scale = viewport.true_scale(viewport)
    if asked.glass_mm is None or true_scale is None:
        return None
    return true_scale * asked.glass_mm / pixel_mm(viewport.scan.spacing)[0]
