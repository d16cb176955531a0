"""Tools that take the left button to change the view: window and level, pan, zoom; at most one tool is active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QCursor, QIcon

from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.study.annotations import TYPES

if TYPE_CHECKING:
    from mammoview.qt.drawing.drawing_controller import DrawingController
    from mammoview.qt.viewport.scan_view import PointerTool, ScanView

GREY, PAN, ZOOM = "window_level_tool", "pan_tool", "zoom_tool"
NAVIGATION_TOOLS = (GREY, PAN, ZOOM)
"""Names of the tools, which are those of their commands."""
PIXELS_PER_DOUBLING = 150
"""Way of the pointer by which a drag of the zoom doubles the scale, screen pixels."""
_CURSORS = {
    "": Qt.CursorShape.ArrowCursor,
    GREY: Qt.CursorShape.SizeAllCursor,
    PAN: Qt.CursorShape.OpenHandCursor,
    ZOOM: Qt.CursorShape.SizeVerCursor,
    **{kind.value: Qt.CursorShape.IBeamCursor for kind, one in TYPES.items() if one.needs_text},
    "edit": Qt.CursorShape.PointingHandCursor,
}
"""Cursor per tool, until there are icons; all others have a cross."""
_CURSOR_PX = 22


class NavigationToolController(QObject):
    """The active tool, beside those that draw; the cursor over the viewports shows it."""

    switched = Signal()
    """Another of these tools is active, or none."""

    def __init__(
        self,
        viewport_grid: ViewportGrid,
        drawing: DrawingController,
        further: Mapping[str, PointerTool],
        parent: QObject | None = None,
    ) -> None:
        """Serve `viewport_grid`; the tools of `drawing`, `further` ones and these exclude each other."""
        super().__init__(parent)
        self._viewport_grid, self._drawing = viewport_grid, drawing
        self._icons: dict[str, QIcon] = {}
        self.mode = ""
        self._tools: dict[str, PointerTool] = {PAN: PanTool(), ZOOM: ZoomTool(), **further}
        drawing.switched.connect(self._take_drawing)
        self._show_cursor()

    def use(self, mode: str, on: bool) -> None:
        """Activate or deactivate a tool."""
        if on or mode == self.mode:
            self._take(mode if on else "")

    def use_pointer(self, _on: bool = True) -> None:
        """Take the pointer: no tool is active, and a drag moves the picture."""
        self._take("")

    def set_icons(self, icons: dict[str, QIcon]) -> None:
        """Make cursors of the icons of tools."""
        self._icons = icons
        self._show_cursor()

    @property
    def active_tool(self) -> str:
        """Name of the active tool, of any kind; empty for the pointer."""
        return self.mode or self._drawing.mode

    def _take(self, mode: str) -> None:
        """Activate this tool alone."""
        self.mode = ""  # the drawing's last word is not that the pointer is wanted
        if self._drawing.mode:
            self._drawing.use(self._drawing.mode, False)
        self.mode = mode
        self._viewport_grid.set_tool(self._tools.get(mode))
        self._viewport_grid.set_grey_tool(mode == GREY)
        self._show_cursor()
        self.switched.emit()

    def _take_drawing(self) -> None:
        """Deactivate these tools where a drawing tool was activated."""
        if self._drawing.mode and self.mode:
            self.mode = ""
            self._viewport_grid.set_grey_tool(False)
            self.switched.emit()
        self._show_cursor()

    def _show_cursor(self) -> None:
        """Have the cursor show the tool."""
        tool = self.active_tool
        icon = self._icons.get(tool)
        if icon is not None:
            cursor = QCursor(icon.pixmap(_CURSOR_PX, _CURSOR_PX))
        else:
            cursor = QCursor(_CURSORS.get(tool, Qt.CursorShape.CrossCursor))
        self._viewport_grid.set_cursor(cursor)


class PanTool:
    """Moves the picture with the pointer."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held = QPointF()

    def press(self, viewport: ScanView, point: QPointF, reach: float) -> None:
        """Begin to drag a point of the scan."""
        self._held = QPointF(point)

    def move(self, viewport: ScanView, point: QPointF, reach: float, down: bool) -> None:
        """Bring the point that is held below the pointer."""
        held, now = (viewport.viewport_point(p.x(), p.y()) for p in (self._held, point))
        if down and held is not None and now is not None:
            viewport.pan_by(now.x() - held.x(), now.y() - held.y())

    def release(self, viewport: ScanView, point: QPointF, reach: float) -> None:
        """Deactivate the tool."""

    def double(self, viewport: ScanView, point: QPointF, reach: float) -> None:
        """Handle the second press of a double click as another press."""
        self.press(viewport, point, reach)


class ZoomTool:
    """Enlarges about the point where the button went down: upwards larger, downwards smaller."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._fixed = QPointF()
        self._last = 0.0

    def press(self, viewport: ScanView, point: QPointF, reach: float) -> None:
        """Keep a point in its place from now on."""
        place = viewport.viewport_point(point.x(), point.y())
        if place is not None:
            self._fixed, self._last = place, place.y()

    def move(self, viewport: ScanView, point: QPointF, reach: float, down: bool) -> None:
        """Enlarge by the way of the pointer."""
        place = viewport.viewport_point(point.x(), point.y())
        if down and place is not None and place.y() != self._last:
            viewport.zoom_about(self._fixed, 2 ** ((self._last - place.y()) / PIXELS_PER_DOUBLING))
            self._last = place.y()

    def release(self, viewport: ScanView, point: QPointF, reach: float) -> None:
        """End."""

    def double(self, viewport: ScanView, point: QPointF, reach: float) -> None:
        """Go on as after the first press."""
        self.press(viewport, point, reach)
