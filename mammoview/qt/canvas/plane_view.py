"""A view of a plane whose unit is the mm; the items of pyqtgraph can lie on it as in pyqtgraph's own view."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QRegion, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from mammoview.qt.widgets import theme


class PlaneView(QGraphicsView):
    """Shows a part of a plane: `centre` (mm) in the middle, at `scale_px` logical pixels per mm.

    Parameters
    ----------
    parent
        The widget it is a part of.
    """

    # Names that pyqtgraph's items use.
    sigDeviceRangeChanged = Signal(object, object)  # noqa: N815
    """Another part of the plane is in sight: self, a rectangle in mm."""
    sigDeviceTransformChanged = Signal(object)  # noqa: N815
    """The plane lies elsewhere on the screen: self."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show an empty plane."""
        super().__init__(parent)
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(scene)
        # Larger than any scan at any place; view positions never end at its edge.
        self.setSceneRect(-4000, -4000, 8000, 8000)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setBackgroundBrush(theme.BACKGROUND)
        # The brush covers all of it: nothing need be painted below.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Every change requests one repaint; Qt's own bookkeeping would paint most changes twice.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.scale_px = 3.0
        self.centre = QPointF(0, 0)

    def covered(self) -> QRectF | None:
        """Return a part of the plane, mm, that what lies on it covers, None where there is none."""
        return None

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Fill what is not covered: filling takes as long as copying a picture."""
        covered, to_view = self.covered(), painter.worldTransform()
        region = QRegion(to_view.mapRect(QRectF(rect)).toAlignedRect())
        if covered is not None:
            # A picture may end within a pixel. In whole pixels, so that no line stays free between two parts.
            region -= QRegion(to_view.mapRect(covered).toAlignedRect().adjusted(2, 2, -2, -2))
        painter.resetTransform()
        for part in region:  # type: ignore[attr-defined]  # missing in PySide's stubs
            painter.fillRect(part, self.backgroundBrush())
        painter.setWorldTransform(to_view)

    def set_view(self, scale: float, centre: QPointF) -> None:
        """Show the plane around `centre` (plane, mm) with `scale` logical pixels per mm."""
        area = self.viewport().rect()
        self.scale_px, self.centre = scale, centre
        # Scroll bars move by whole pixels; the rest goes into the transform, so that mirrored viewports agree exactly.
        x = area.width() / 2 - scale * centre.x()
        y = area.height() / 2 - scale * centre.y()
        whole_x, whole_y = math.floor(x), math.floor(y)
        self.setTransform(QTransform(scale, 0, 0, scale, x - whole_x, y - whole_y))
        self.horizontalScrollBar().setValue(-whole_x)
        self.verticalScrollBar().setValue(-whole_y)
        self.sigDeviceRangeChanged.emit(self, self.viewRect())
        self.sigDeviceTransformChanged.emit(self)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ignore keys, which the window handles: Qt would move the scroll bars, which do not determine the view."""
        event.ignore()

    def viewRect(self) -> QRectF:
        """Return the visible part of the plane, mm; pyqtgraph's items call it by this name."""
        area = QRectF(self.viewport().rect())
        return QRectF(self.plane_point(area.topLeft()), self.plane_point(area.bottomRight()))

    def plane_point(self, place: QPointF) -> QPointF:
        """Point of the plane, mm, at a place of the view, px."""
        return self.centre + (place - self._middle) / self.scale_px

    def place_of(self, point: QPointF) -> QPointF:
        """Place in the view, px, of a point of the plane, mm."""
        return (point - self.centre) * self.scale_px + self._middle

    @property
    def _middle(self) -> QPointF:
        """The middle of the view, px."""
        area = self.viewport().rect()
        return QPointF(area.width() / 2, area.height() / 2)
