"""Mouse events of a viewport: panning, windowing, or the active tool."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView

CLICK_PX = 4
"""A press that moves less than this is a click."""
_OUT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
"""With these keys the left button drags the viewport into another program."""


class _Drag(Enum):
    """What moving the pressed mouse does."""

    NONE = 0
    PAN = 1
    GREY = 2
    TOOL = 3
    OUT = 4


class ViewportMouseHandler:
    """Takes the mouse events of one viewport."""

    def __init__(self, viewport: ScanView) -> None:
        """Serve `viewport`."""
        self._viewport = viewport
        self._drag = _Drag.NONE
        self._pressed = self._last = QPointF()
        self._inside = False

    def forget(self) -> None:
        """Drop everything: the picture is taken down; another one is reported once the pointer moves."""
        self._drag = _Drag.NONE
        self.leave()

    def leave(self) -> None:
        """Report that the pointer has gone."""
        self._inside = False
        self._viewport.unhovered.emit()

    def press(self, event: QMouseEvent) -> None:
        """Begin what the button and the tool stand for."""
        viewport, content = self._viewport, self._viewport.content
        viewport.activated.emit(viewport)
        self._pressed = self._last = event.position()
        button = event.button()
        if content is None:
            return
        if button == Qt.MouseButton.LeftButton and event.modifiers() == _OUT:
            self._drag = _Drag.OUT
        elif button == Qt.MouseButton.RightButton or (button == Qt.MouseButton.LeftButton and viewport.drags_window):
            self._drag = _Drag.GREY
            viewport.grey_drag_started.emit(viewport)
        elif button == Qt.MouseButton.LeftButton and viewport.tool is not None:
            self._drag = _Drag.TOOL
            viewport.tool.press(viewport, *self._for_tool(event))
        elif button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag = _Drag.PAN

    def move(self, event: QMouseEvent) -> None:
        """Continue the drag, and report where the pointer is."""
        viewport, content, place = self._viewport, self._viewport.content, event.position()
        self._inside = True
        if content is None:
            viewport.unhovered.emit()
            return
        if self._drag is _Drag.PAN:
            step = place - self._last
            viewport.pan_by(step.x(), step.y())
        elif self._drag is _Drag.GREY:
            way = place - self._pressed
            area = viewport.viewport().rect()
            if way.manhattanLength() >= CLICK_PX and not area.isEmpty():
                alone = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                across, down = way.x() / area.width(), way.y() / area.height()
                viewport.grey_dragged.emit(viewport, across, down, alone)
        elif self._drag is _Drag.OUT:
            if (place - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                self._drag = _Drag.NONE  # The release of the button goes to the other program.
                viewport.drag_out_wanted.emit(viewport)
                return
        elif viewport.tool is not None:
            viewport.tool.move(viewport, *self._for_tool(event), self._drag is _Drag.TOOL)
        self._last = place
        self._report()

    def report(self) -> None:
        """Report what lies below a pointer that stands still while the picture moves, or what is shown changes."""
        if self._inside and self._drag is _Drag.NONE and self._viewport.isVisible():
            self._report()

    def _report(self) -> None:
        """Report the scan point below the pointer."""
        point = self._viewport.scan_point(self._last)
        if point is not None:
            self._viewport.hovered.emit(self._viewport, point.x(), point.y())

    def release(self, event: QMouseEvent) -> None:
        """End it."""
        viewport = self._viewport
        way = (event.position() - self._pressed).manhattanLength()
        if self._drag is _Drag.TOOL and viewport.tool is not None and viewport.content is not None:
            viewport.tool.release(viewport, *self._for_tool(event))
        if event.button() == Qt.MouseButton.RightButton and way < CLICK_PX:
            viewport.menu_wanted.emit(viewport, event.globalPosition().toPoint())
        self._drag = _Drag.NONE

    def double(self, event: QMouseEvent) -> None:
        """Enlarge the viewport, or show all again, unless a tool takes it."""
        viewport, left = self._viewport, event.button() == Qt.MouseButton.LeftButton
        if left and viewport.tool is not None and viewport.content is not None:
            viewport.tool.double(viewport, *self._for_tool(event))
        elif left and not viewport.drags_window:
            self._drag = _Drag.NONE
            viewport.enlarged.emit(viewport)
        else:
            self.press(event)

    def _for_tool(self, event: QMouseEvent) -> tuple[QPointF, float]:
        """Return the scan point of an event, and the scan pixels per screen pixel."""
        viewport = self._viewport
        assert viewport.content is not None and viewport.scan is not None
        point = viewport.content.to_scan(viewport.plane_point(event.position()))
        return point, 1 / (viewport.scale_px * viewport.pixel_mm)
