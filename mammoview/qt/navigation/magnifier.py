"""The magnifier: the scan below the pointer at its full resolution, with everything that lies on it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets import theme

SMALLEST_PX, LARGEST_PX, STEP_PX = 120, 900, 60
"""Width of the magnifier on screen, and how much a key or a step of the wheel changes it."""


class Magnifier(QWidget):
    """Follows the pointer over the viewports of a viewport grid; takes no part in what the mouse does.

    It draws the scene of the viewport itself, so that flips, greys, inversion, layers and annotations are those of the
    viewport. A scan pixel takes `power` screen pixels, or twice what it takes in the viewport where that is no less
    already.
    """

    def __init__(self, viewport_grid: ViewportGrid) -> None:
        """Lie above the viewports of `viewport_grid`, hidden."""
        super().__init__(viewport_grid)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Magnifier"))
        self._viewport_grid = viewport_grid
        self._switched = self._held = False
        self._viewport: Viewport | None = None
        self._point = QPointF()
        self.round = True
        self.power = 1
        self.size_px = 360
        self.hide()
        viewport_grid.viewport_made.connect(self._take_viewport)
        viewport_grid.view_changed.connect(self._follow)

    # Requested by the reader

    @property
    def on(self) -> bool:
        """Whether the magnifier is wanted: switched on, or held."""
        return self._switched or self._held

    @property
    def switched(self) -> bool:
        """Whether the magnifier stays on."""
        return self._switched

    def switch(self, on: bool) -> None:
        """Keep the magnifier on, or put it away."""
        self._switched = on
        self._follow()

    def hold(self, on: bool) -> None:
        """Show the magnifier as long as a key is down."""
        self._held = on
        self._follow()

    def enlarge(self) -> None:
        """Make it wider."""
        self.set_size(self.size_px + STEP_PX)

    def reduce(self) -> None:
        """Make it narrower."""
        self.set_size(self.size_px - STEP_PX)

    def set_size(self, size: int) -> None:
        """Set its width, screen pixels, as far as it makes sense."""
        self.size_px = min(LARGEST_PX, max(SMALLEST_PX, size))
        self._follow()

    def set_double(self, double: bool) -> None:
        """Show a scan pixel on two by two screen pixels, or on one."""
        self.power = 2 if double else 1
        self.update()

    def set_square(self, square: bool) -> None:
        """Make it square, or round."""
        self.round = not square
        self.update()

    # Where it is

    def _take_viewport(self, viewport: Viewport) -> None:
        """Follow the pointer over a new viewport."""
        viewport.hovered.connect(self._move)
        viewport.unhovered.connect(self._leave)
        viewport.ctrl_wheeled.connect(self._resize)

    def _resize(self, steps: float) -> None:
        """Take the wheel: Ctrl and the wheel change the size."""
        if self.on:
            self.set_size(self.size_px + round(steps * STEP_PX))

    def _move(self, viewport: Viewport, column: float, row: float) -> None:
        """Go where the pointer is."""
        self._viewport, self._point = viewport, QPointF(column, row)
        if self.on:
            self._follow()

    def _leave(self) -> None:
        """Hide while the pointer is elsewhere."""
        self._viewport = None
        self._follow()

    def _follow(self) -> None:
        """Lie about the pointer."""
        viewport = self._viewport
        if not self.on or viewport is None or viewport.content is None or not viewport.isVisible():
            self.hide()
            return
        if not viewport.content.placement.rect.contains(viewport.content.to_plane(self._point.x(), self._point.y())):
            self.hide()  # beside the film there is nothing to enlarge, and words to read
            return
        place = viewport.viewport_point(self._point.x(), self._point.y())
        assert place is not None
        middle = viewport.mapTo(self._viewport_grid, place.toPoint())
        half = self.size_px // 2
        self.setGeometry(QRect(middle.x() - half, middle.y() - half, self.size_px, self.size_px))
        self.raise_()
        self.show()
        self.update()

    @property
    def scale_px(self) -> float:
        """Logical pixels per mm below the magnifier; 0 without a scan."""
        viewport = self._viewport
        if viewport is None or viewport.scan is None:
            return 0.0
        scale = self.power / (viewport.pixel_mm * self.devicePixelRatioF())
        return scale if scale > viewport.scale_px * 1.001 else 2 * viewport.scale_px

    def sizeHint(self) -> QSize:
        """Return its size."""
        return QSize(self.size_px, self.size_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the scene about the pointer, and a thin border."""
        viewport, scale = self._viewport, self.scale_px
        if viewport is None or viewport.content is None or scale <= 0:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        path = QPainterPath()
        path.addEllipse(area) if self.round else path.addRect(area)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(self.rect(), theme.BACKGROUND)
        # Whole pixels, so that each scan pixel falls on screen pixels of its own.
        centre = viewport.content.to_plane(round(self._point.x()), round(self._point.y()))
        side = self.size_px / scale
        source = QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
        viewport.scene().render(painter, QRectF(self.rect()), source)
        painter.restore()
        for colour, width in ((QColor(0, 0, 0, 200), 3.0), (theme.FAINT, 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawPath(path)
        painter.end()
