"""Marks of other programs over a scan: lines with a halo, crosses for points, bitmaps, words beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.colormaps import colour
from mammoview.display.layer_styles import LayerStyle
from mammoview.qt.canvas.bitmap_drawing import BitmapDrawing
from mammoview.qt.canvas.layer_items import HALO, LayerItem, cosmetic
from mammoview.qt.canvas.outlined_text import shadowed
from mammoview.study.marks import Mark

CROSS_PX = 9
"""Half the width of a point's cross on screen."""
_MOST_LETTERS = 40


class MarkItem(LayerItem):
    """All marks of one origin; those that lie on another frame of a stack are not drawn."""

    def __init__(
        self, marks: Sequence[Mark], style: LayerStyle, bounds: QRectF, parent: QGraphicsItem | None = None
    ) -> None:
        """Show `marks`."""
        super().__init__(bounds, parent)
        self._marks = marks
        self._bitmaps = {mark: BitmapDrawing(mark.bitmap) for mark in marks if mark.bitmap is not None}
        self._frame = 0
        self._patient_shown = True
        self._groups: Collection[int] | None = None
        self.restyle(style)

    def restyle(self, style: LayerStyle) -> None:
        """Take another opacity."""
        self._style = style
        self.setOpacity(style.opacity)

    def show_frame(self, frame: int) -> None:
        """Show the marks of that frame."""
        self._frame = frame
        self.update()

    def show_patient(self, shown: bool) -> None:
        """Draw texts that may name the patient, or leave them out."""
        self._patient_shown = shown
        self.update()

    def show_groups(self, groups: Collection[int] | None) -> None:
        """Show the overlay planes of these groups alone; None shows all."""
        self._groups = groups
        self.update()

    def tip_at(self, column: float, row: float, reach: float) -> str:
        """Return the words of the marks at the point."""
        worded = (mark for mark in self._here() if mark.words and self._is_worded(mark))
        return "\n\n".join(mark.words for mark in worded if self._meets(mark, column, row, reach))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw halo, line and words; without a sheet, since a word's place depends on that of the viewport's edge."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ink = QColor(*colour(self._style.colours, 1.0))
        here = self._here()
        for mark in here:
            if mark in self._bitmaps:
                self._bitmaps[mark].draw(painter, ink, HALO)
        for pen in (cosmetic(HALO, 4.5), cosmetic(ink, 2.0)):
            painter.setPen(pen)
            for mark in here:
                if mark.bitmap is None:
                    _draw(painter, mark)
        to_screen = painter.worldTransform()
        # A picture of the whole window is painted viewport by viewport, too.
        edge = painter.window().width() if widget is None else widget.width()
        painter.save()
        painter.resetTransform()
        for mark in here:
            if mark.text and self._is_worded(mark):
                box = to_screen.mapRect(QPolygonF([QPointF(*p) for p in mark.points]).boundingRect())
                words = mark.text if len(mark.text) <= _MOST_LETTERS else f"{mark.text[:_MOST_LETTERS]}…"
                width = painter.fontMetrics().horizontalAdvance(words)
                place = box.topRight() + QPointF(CROSS_PX + 3, 4)
                if place.x() + width > edge:
                    place = box.topLeft() + QPointF(-CROSS_PX - 3 - width, 4)
                shadowed(painter, place, words, ink)
        painter.restore()

    def _is_worded(self, mark: Mark) -> bool:
        """Whether the words of a mark may be shown."""
        return self._patient_shown or not mark.free_text

    def _here(self) -> list[Mark]:
        """Return the marks of the frame on show that a presentation state does not leave out."""
        here = [mark for mark in self._marks if mark.frame in (None, self._frame)]
        if self._groups is None:
            return here
        return [mark for mark in here if mark.bitmap is None or mark.bitmap.group in self._groups]

    def _meets(self, mark: Mark, column: float, row: float, reach: float) -> bool:
        """Whether a mark lies at a point, or around it."""
        if mark in self._bitmaps:
            return self._bitmaps[mark].meets(column, row, reach)
        return _meets(mark, column, row, reach)


def _draw(painter: QPainter, mark: Mark) -> None:
    """Draw one mark with the pen that is set."""
    points = [QPointF(*p) for p in mark.points]
    if len(points) > 1:
        painter.drawPolygon(points) if mark.closed else painter.drawPolyline(points)
        return
    world = painter.worldTransform()
    # One of each pair is zero: the picture stands, or lies on its side.
    across, down = (CROSS_PX / (abs(a + b) or 1.0) for a, b in ((world.m11(), world.m12()), (world.m22(), world.m21())))
    centre = points[0]
    painter.drawLine(centre - QPointF(across, 0), centre + QPointF(across, 0))
    painter.drawLine(centre - QPointF(0, down), centre + QPointF(0, down))


def _meets(mark: Mark, column: float, row: float, reach: float) -> bool:
    """Whether a line or cross lies at a point, or around it."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(*p) for p in mark.points]))
    if mark.closed:
        path.closeSubpath()
        if path.contains(QPointF(column, row)):
            return True
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * reach)
    near = QPointF(*mark.points[0]) - QPointF(column, row)
    return stroker.createStroke(path).contains(QPointF(column, row)) or near.manhattanLength() <= 2 * reach
