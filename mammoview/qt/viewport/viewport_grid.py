"""The grid of viewports: hangs scans, keeps one scale for all of them and moves them together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QCursor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.viewport.film_masking import FilmMasking
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_cells import ViewportCells
from mammoview.qt.viewport.viewport_views import copy_view, fitted_rects
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.focus import OWN_FRAME

if TYPE_CHECKING:
    from mammoview.display.hanging_protocols import HangingProtocol, Hung, ImageBox
    from mammoview.qt.viewport.scan_view import PointerTool
    from mammoview.study.scan import Scan

FittedArea = Literal["breasts", "films"]
"""What is shown whole."""


class ViewportGrid(QWidget):
    """Shows one hanging protocol at a time.

    Fitting keeps as long as the reader has not moved anything: new sizes of the window fit again. What is fitted, the
    breasts or the whole films, is the reader's choice and holds for every hanging protocol.
    """

    active_changed = Signal(object)
    """The active Viewport."""
    view_changed = Signal()
    """Some viewport looks elsewhere."""
    film_covered_changed = Signal()
    """Film outside the breasts has been covered, or shown."""
    viewport_made = Signal(object)
    """A new Viewport, to be connected."""

    def __init__(
        self, layers: LayerState, true_scale: Callable[[QWidget], float | None], parent: QWidget | None = None
    ) -> None:
        """Make an empty grid; `true_scale` as `Viewport` takes it."""
        super().__init__(parent)
        self._true_scale = true_scale
        self.setProperty(OWN_FRAME, True)
        self._layers = layers
        self._all: list[Viewport] = []
        self._hung: list[Viewport] = []
        self._cells = ViewportCells()
        self._active: Viewport | None = None
        self._single: Viewport | None = None
        self._fitted: FittedArea = "breasts"
        self._fitting = True
        self._fitting_before = False
        self.tool: PointerTool | None = None
        self._grey_tool = self._grey_held = False
        self._cursor = QCursor(Qt.CursorShape.ArrowCursor)
        self.linked = True
        self.smooth = False
        self.film_mask = FilmMasking.FILM
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
        """All viewports of the hanging protocol, in reading order, hidden ones included."""
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
        protocol: HangingProtocol,
        places: Hung,
        wall_left: Callable[[ImageBox, Scan | None], bool],
        note: Callable[..., str],
    ) -> None:
        """Hang scans; their pictures are shown by the caller, those that are loaded.

        Parameters
        ----------
        protocol
            Rows and columns.
        places
            Viewports and scans.
        wall_left
            Returns, for a viewport and its scan, whether the chest wall goes to the left.
        note
            Returns, for a viewport and its scan, what to write where there is no picture yet.
        """
        was = None if self._active is None else self._active.scan
        self._single = None
        self._cells = ViewportCells(protocol.rows, protocol.columns)
        self.prepare(len(places))
        self._hung = self._all[: len(places)]
        for viewport in self._all[len(places) :]:
            viewport.take_down()
        for viewport, (image_box, scan) in zip(self._hung, places, strict=True):
            viewport.hang(image_box, scan, wall_left(image_box, scan), note(image_box, scan))
            for part in (viewport, viewport.viewport()):
                part.setAccessibleName(image_box.name if scan is None else scan.name)
        filled = [v for v in self._hung if v.scan is not None]
        self.activate(next((v for v in filled if v.scan is was), next(iter(filled or self._hung), None)))
        self._fitting = True
        self._arrange()

    def prepare(self, count: int) -> None:
        """Make at least so many viewports, so that the first study does not wait for them."""
        while len(self._all) < count:
            self._all.append(self._made())

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
        viewport.hide()
        viewport.tool = self.tool
        viewport.drags_window = self._grey_tool
        viewport.viewport().setCursor(self._cursor)
        viewport.set_smooth(self.smooth)
        viewport.set_film_mask(self.film_mask)
        viewport.activated.connect(self.activate)
        viewport.moved.connect(self._follow)
        viewport.enlarged.connect(self.toggle_single)
        viewport.foreground.titles = self._titles
        self.viewport_made.emit(viewport)
        return viewport

    def _titles(self) -> tuple[tuple[str, int], ...]:
        """Return the titles of the viewports on screen, which have one size."""
        return tuple(viewport.foreground.title for viewport in self.visible)

    def _arrange(self) -> None:
        """Give each viewport its rectangle."""
        shown = self.visible
        for viewport in shown:
            viewport.show()
        if any(viewport.hasFocus() for viewport in self._all if viewport not in shown):
            # Qt would hand the keyboard on to whatever comes next, such as the button that cancels.
            (self._active if self._active in shown else self).setFocus()
        for viewport in self._all:
            viewport.setVisible(viewport in shown)
        if self._single is not None:
            self._single.setGeometry(self.rect())
        else:
            self._lay_out()
        self.refit()
        self.update()

    def _lay_out(self) -> None:
        """Give each viewport of the hanging protocol its rectangle."""
        for viewport, cell in self._cells.rects(self._hung, self.size()).items():
            viewport.setGeometry(cell)

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

    def focus_active(self) -> None:
        """Give the keyboard to the active viewport, if there is one."""
        if self._active is not None:
            self._active.setFocus()

    def activate_next(self) -> None:
        """Activate the next viewport that has a scan."""
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

    @property
    def fitted(self) -> FittedArea:
        """What is shown whole, as large as all viewports allow: the breasts or the films."""
        return self._fitted

    def set_fitted(self, area: FittedArea) -> None:
        """Fit the breasts or the films from now on, and do it at once."""
        self._fitted, self._fitting = area, True
        self.refit()

    def fit_films(self) -> None:
        """Show whole films, as large as all of them allow."""
        self.set_fitted("films")

    def fit_breasts(self) -> None:
        """Show whole breasts, as large as all of them allow."""
        self.set_fitted("breasts")

    def refit(self) -> None:
        """Fit again, if the grid is fitted now."""
        if not self._fitting:
            return
        shown = [v for v in self.visible if v.scan is not None]
        rects = fitted_rects(shown) if self._fitted == "breasts" else dict.fromkeys(shown)
        # A scan that is still being loaded would be fitted as a film; it does not count once breasts are known.
        ruling = [v for v in shown if v.content is not None] or shown
        before = self._cells
        if self._single is None:
            self._cells = before.largest(self._hung, {v: rects[v] for v in ruling}, self.size())
        if self._cells is not before:
            self._lay_out()
        scale = min((v.fitting_scale(rects[v]) for v in ruling), default=math.inf)
        if math.isfinite(scale):
            for viewport in shown:
                viewport.fit(scale, rects[viewport])
        self.view_changed.emit()

    def hold_view(self, held: bool) -> None:
        """Do not fit while other scans take the places of those that hang; then fit as before, unless moved since."""
        if held:
            self._fitting_before, self._fitting = self._fitting, False
        else:
            self._fitting = self._fitting_before

    def show_actual_pixels(self) -> None:
        """One pixel of the active scan per screen pixel."""
        if self._active is not None and self._active.zoom is not None:
            self.zoom(1 / self._active.zoom)

    def show_scale(self, scale: float) -> None:
        """Show all viewports at `scale` logical pixels per mm: from the chest wall on if fitted, else in place."""
        fitted, self._fitting, self._fitting_before = self._fitting, False, False
        for viewport in self._hung:
            if viewport.scan is not None and fitted:
                viewport.fit(scale)
            elif viewport.scan is not None:
                viewport.set_view(scale, viewport.centre)
        self.view_changed.emit()

    def zoom(self, factor: float) -> None:
        """Enlarge the active viewport about its middle, or about the breast where the middle shows air."""
        if self._active is not None:
            self._active.zoom_about(self._active.middle, factor)

    def pan(self, across: int, down: int) -> None:
        """Move the active viewport's picture by tenths of the viewport, to the right and down."""
        if self._active is not None:
            area = self._active.viewport().rect()
            self._active.pan_by(across * round(area.width() / 10), down * round(area.height() / 10))

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels in all viewports, or draw them as they are."""
        self.smooth = smooth
        for viewport in self._all:
            viewport.set_smooth(smooth)

    @property
    def film_covered(self) -> bool:
        """Whether film outside the breast is covered in some viewport."""
        return any(viewport.film_covered for viewport in self._hung)

    def cover_film(self, on: bool) -> None:
        """Cover what lies outside the breasts, or show it.

        Digital mammograms need no cover and have one only where no digitised film hangs beside them.
        """
        if not on:
            # Showing all of digital mammograms does not uncover films.
            self.set_film_mask(FilmMasking.FILM if self.film_mask is FilmMasking.ALL else FilmMasking.OFF)
        else:
            self.set_film_mask(FilmMasking.FILM)
            if not self.film_covered:
                self.set_film_mask(FilmMasking.ALL)

    def set_film_mask(self, mask: FilmMasking) -> None:
        """Set of which pictures the surroundings of the breast are covered."""
        self.film_mask = mask
        for viewport in self._all:
            viewport.set_film_mask(mask)
        self.film_covered_changed.emit()

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
        self._set_window_drag(on, self._grey_tool)

    def set_grey_tool(self, on: bool) -> None:
        """Let the left button change the greys from now on, or no more."""
        self._set_window_drag(self._grey_held, on)

    def _set_window_drag(self, held: bool, tool: bool) -> None:
        """Set in all viewports whether the left button changes the greys."""
        self._grey_held, self._grey_tool = held, tool
        for viewport in self._all:
            viewport.drags_window = held or tool

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
        """Show a point of its plane, mm, at `scale` pixels per mm; the others follow."""
        viewport.set_view(scale, centre)
        self._follow(viewport)

    def settle(self, viewport: Viewport) -> None:
        """Bring a viewport whose picture has just arrived to where the others look."""
        leader = self._active
        if self._fitting or leader is None or leader is viewport:
            self.refit()
        else:
            copy_view(viewport, leader)

    def _follow(self, leader: Viewport) -> None:
        """Move the other viewports as the reader moved this one."""
        self._fitting = self._fitting_before = False
        if self.linked:
            for viewport in self._hung:
                if viewport is not leader:
                    copy_view(viewport, leader)
        self.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the viewports anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what no viewport covers black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKGROUND)
        painter.end()
