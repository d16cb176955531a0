"""One viewport of the viewport grid: a scan with what the mouse does in it, and the texts over it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.viewport.mouse_handler import ViewportMouseHandler
from mammoview.qt.viewport.overlay_text import OverlayText
from mammoview.qt.viewport.scan_view import ScanView
from mammoview.qt.viewport.viewport_foreground import ViewportForeground
from mammoview.qt.viewport.viewport_text import corner_text, tip_at, viewport_text


class Viewport(ScanView):
    """A scan that can be moved, enlarged, windowed and measured."""

    def __init__(
        self, layers: LayerState, true_scale: Callable[[QWidget], float | None], parent: QWidget | None = None
    ) -> None:
        """Make an empty viewport; parameters as of `ScanView`."""
        super().__init__(layers, true_scale, parent)
        self.overlays: list[Callable[[QPainter, Viewport], None]] = []
        self.mouse = ViewportMouseHandler(self)
        self.foreground = ViewportForeground(self, self._paint_overlays)
        self.viewport().installEventFilter(self)

    def take_down(self) -> None:
        """Show nothing, and keep nothing of what hung here."""
        super().take_down()
        self.foreground.forget()

    def clear(self) -> None:
        """Take the picture down."""
        self.mouse.forget()
        super().clear()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the button and the tool stand for."""
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the drag, and report where the pointer is."""
        self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge the viewport, or show all again."""
        self.mouse.double(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the menu to the release of the right button, which may have been a drag."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Enlarge about the pointer."""
        # Some systems turn the wheel sideways while Shift is down.
        steps = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if steps and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.activated.emit(self)
            self.shift_wheeled.emit(self, -1 if steps > 0 else 1)
        elif steps and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.ctrl_wheeled.emit(steps)
        elif steps:
            self.activated.emit(self)
            self.zoom_about(event.position(), 1.2**steps)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Report that the pointer has gone."""
        super().leaveEvent(event)
        self.mouse.leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the tool tip of the layers that are shown."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self.viewport())
            return True
        return super().eventFilter(watched, event)

    # Words

    def tip_at(self, place: QPointF) -> str:
        """Return the text of the corner, or the read-out of the layers shown, at a place of the viewport, px."""
        return tip_at(self, place)

    def corners(self) -> OverlayText | None:
        """Words of the corners, or None without a scan."""
        return corner_text(self)

    def words(self) -> OverlayText | None:
        """All texts of the corners, or None without a scan."""
        return viewport_text(self)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw what lies over the picture in screen pixels."""
        self.foreground.paint(painter)

    def _paint_overlays(self, painter: QPainter) -> None:
        for overlay in self.overlays:
            painter.setFont(self.font())
            overlay(painter, self)
