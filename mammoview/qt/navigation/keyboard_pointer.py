"""A pointer that is moved with keys: read-out, magnifier, linked cursor and tools follow it like the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication

from mammoview.qt.navigation.linked_cursor import HALO
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.viewport_prompt import ViewportPrompt

if TYPE_CHECKING:
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.qt.viewport.viewport_grid import ViewportGrid

STEPS_PX = (12.0, 1.0)
"""How far a key moves it, logical pixels: plainly, and in fine steps."""
ARMS_PX = (5.0, 16.0)
"""Where the arms of its cross begin and end."""
_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class KeyboardPointer(QObject):
    """Stands in the active viewport once it has been moved, until it is put away or another one is active.

    It sends the events of a mouse, so that whatever the mouse can do in a viewport it can do as well.
    """

    def __init__(self, viewport_grid: ViewportGrid, notifier: Notifier, parent: QObject | None = None) -> None:
        """Point at scans shown in `viewport_grid`."""
        super().__init__(parent)
        self._viewport_grid, self._notifier = viewport_grid, notifier
        self._viewport: Viewport | None = None
        self.place = QPointF()
        self.fine = self.down = False
        viewport_grid.viewport_made.connect(lambda viewport: viewport.overlays.append(self.paint))
        viewport_grid.active_changed.connect(self._take_active)

    @property
    def viewport(self) -> Viewport | None:
        """The viewport that it stands in, at `place` (logical pixels from its corner); None while it is hidden."""
        return self._viewport

    def step(self, way: str) -> None:
        """Move it "left", "right", "up" or "down"; the first time it appears amid the active viewport."""
        viewport = self._viewport_grid.active
        if viewport is None or viewport.content is None:
            self._notifier.warn(self.tr("There is no picture to point at. Open a study first"))
            return
        area = viewport.viewport().rect()
        if viewport is not self._viewport:
            self.hide()
            self._viewport, self.place = viewport, viewport.middle
        wanted = self.place + QPointF(*_WAYS[way]) * STEPS_PX[self.fine]
        self.place = QPointF(
            min(max(wanted.x(), 0.0), area.width() - 1.0),
            min(max(wanted.y(), 0.0), area.height() - 1.0),
        )
        self._send(QEvent.Type.MouseMove, _NONE)
        viewport.viewport().update()

    def set_fine(self, fine: bool) -> None:
        """Move by single pixels, or not."""
        self.fine = fine

    def press(self) -> None:
        """Press with the active tool; the next call releases."""
        if self._viewport is None or self._viewport_grid.tool is None:
            self._notifier.warn(self.tr("Take a tool first, such as the ruler, and move the pointer of the keyboard"))
            return
        if self.down:
            self.release()
            return
        self.down = True
        self._send(QEvent.Type.MouseButtonPress, _LEFT)
        asked = self._viewport.window().focusWidget()
        if asked is not None and isinstance(asked.parentWidget(), ViewportPrompt):
            self.release()  # a text opens its prompt at once: there is nothing to drag

    def release(self) -> None:
        """Release the button."""
        if self.down:
            self.down = False
            self._send(QEvent.Type.MouseButtonRelease, _LEFT)

    def hide(self) -> None:
        """Release the button, and hide the pointer."""
        viewport = self._viewport
        if viewport is None:
            return
        self.release()
        self._viewport = None
        viewport.mouse.leave()
        viewport.viewport().update()

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw its cross, with a ring while it presses."""
        if viewport is not self._viewport:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((HALO, 3.5), (theme.TEXT, 1.5)):
            painter.setPen(QPen(colour, width))
            for way in _WAYS.values():
                painter.drawLine(*(self.place + QPointF(*way) * arm for arm in ARMS_PX))
            if self.down:
                painter.drawEllipse(self.place, ARMS_PX[0], ARMS_PX[0])
        painter.restore()

    def _send(self, kind: QEvent.Type, button: Qt.MouseButton) -> None:
        """Send the viewport an event as from the mouse."""
        assert self._viewport is not None
        target = self._viewport.viewport()
        held = _LEFT if self.down else _NONE
        there = QPointF(target.mapToGlobal(self.place.toPoint()))
        event = QMouseEvent(kind, self.place, there, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(target, event)
        target.update()

    def _take_active(self, viewport: Viewport | None) -> None:
        """Leave a viewport that the reader has turned away from."""
        if viewport is not self._viewport:
            self.hide()
