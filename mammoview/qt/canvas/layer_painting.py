"""Draws the description of a layer with QPainter, and finds what lies at a point of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF

from mammoview.display.layers.drawing import Cells, Cross, Drawing, Path, Pen, Raster
from mammoview.qt.canvas.bitmap_drawing import BitmapDrawing
from mammoview.qt.canvas.placement import magnification, transform

HALO = QColor(0, 0, 0, 130)
"""Dark line below every bright one, so that it is seen on both white and black tissue."""
CROSS_PX = 9
"""Half the width of a point's cross on screen."""


class PaintedDrawing:
    """A drawing, with its lines and pixels in the classes of Qt."""

    def __init__(self, drawing: Drawing, bounds: QRectF) -> None:
        """Prepare a drawing; rasters end at `bounds`, the scan."""
        self.drawing = drawing
        self._bounds = bounds
        self.image, self._image_place = (None, QPoint()) if drawing.raster is None else _image(drawing.raster)
        self.raster_extent = QRectF()
        """What holds all of the raster that is not transparent."""
        if self.image is not None and drawing.raster is not None:
            place = QRectF(QPointF(self._image_place), QSizeF(self.image.size()))
            self.raster_extent = transform(drawing.raster.to_scan).mapRect(place) & bounds
        self._bitmaps = [BitmapDrawing(drawn.bitmap) for drawn in drawing.bitmaps]
        self._strokes = [
            ([(figure, _shape(figure)) for figure in one.figures], (cosmetic(HALO, one.pen.halo), _line(one.pen)))
            for one in drawing.strokes
        ]
        cells = drawing.cells
        self._cell_pens = [] if cells is None else [cosmetic(QColor(*ink), cells.width) for ink in cells.colours]
        boxes = [] if drawing.cells is None else [QRectF(QPointF(*b[:2]), QPointF(*b[2:])) for b in drawing.cells.boxes]
        rects = [shape.boundingRect() for figures, _pens in self._strokes for _figure, shape in figures]
        self.figures = (*boxes, *rects)
        """What holds each cell, and each of the figures of lines."""
        self.extent = reduce(QRectF.united, self.figures, QRectF())
        """What holds all of them."""

    def about(self, column: float, row: float, tolerance: float) -> Iterator[tuple[str, ...]]:
        """Go over the tool tips of the figures at a scan point, or closer to it than `tolerance`."""
        for bitmap, drawn in zip(self._bitmaps, self.drawing.bitmaps, strict=True):
            if drawn.about and bitmap.meets(column, row, tolerance):
                yield drawn.about
        for figures, _pens in self._strokes:
            for figure, shape in figures:
                if figure.about and _meets(figure, shape, QPointF(column, row), tolerance):
                    yield figure.about

    def draw_raster(self, painter: QPainter) -> None:
        """Draw one pixel per cell within the scan, enlarged as it is."""
        image, raster = self.image, self.drawing.raster
        if image is None or raster is None:
            return
        painter.save()
        painter.setClipRect(self._bounds, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setTransform(transform(raster.to_scan), True)
        painter.drawImage(QRectF(QPointF(self._image_place), QSizeF(image.size())), image)
        painter.restore()

    def draw_lines(self, painter: QPainter) -> None:
        """Draw cells, bitmaps and strokes in full strength."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.drawing.cells is not None:
            _draw_cells(painter, self.drawing.cells, self._cell_pens)
        if self.drawing.within_scan:
            painter.setClipRect(self._bounds, Qt.ClipOperation.IntersectClip)
        if self._bitmaps or self._strokes:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for bitmap, drawn in zip(self._bitmaps, self.drawing.bitmaps, strict=True):
            bitmap.draw(painter, QColor(*drawn.colour), HALO)
        for figures, pens in self._strokes:
            for pen in pens:
                painter.setPen(on_device(pen, painter))
                for figure, shape in figures:
                    _draw_cross(painter, figure) if isinstance(figure, Cross) else painter.drawPath(shape)


def cosmetic(colour: QColor, width: float) -> QPen:
    """Return a line that keeps its width on screen, drawn through `on_device`."""
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def on_device(pen: QPen, painter: QPainter) -> QPen:
    """Return a cosmetic pen for a device: Qt counts its width in pixels of the device, however small these are."""
    ratio = painter.device().devicePixelRatioF()
    if ratio == 1:
        return pen
    wider = QPen(pen)
    wider.setWidthF(ratio * pen.widthF())
    return wider


def _line(pen: Pen) -> QPen:
    """Return the line of a pen, above its halo."""
    line = cosmetic(QColor(*pen.colour), pen.width)
    if pen.dash is not None:
        line.setDashPattern([float(part) for part in pen.dash])
    return line


def _draw_cells(painter: QPainter, cells: Cells, pens: list[QPen]) -> None:
    """Draw cells one by one, with their fill and each with a pen of its own above its halo, the last on top."""
    # A hair inside the cell, so that neighbours do not share one line.
    inset = 1.0 / (magnification(painter.worldTransform()) or 1.0)
    halo = on_device(cosmetic(HALO, cells.halo), painter)
    for (left, top, right, bottom), colour, pen in zip(cells.boxes, cells.colours, pens, strict=True):
        rect = QRectF(left + inset, top + inset, right - left - 2 * inset, bottom - top - 2 * inset)
        if cells.fill is not None:
            ink = QColor(*colour)
            ink.setAlphaF(cells.fill.opacity)
            painter.fillRect(rect, ink)
        painter.setPen(halo)
        painter.drawRect(rect)
        painter.setPen(on_device(pen, painter))
        painter.drawRect(rect)


def _draw_cross(painter: QPainter, cross: Cross) -> None:
    """Draw a cross of constant size with the pen that is set."""
    world = painter.worldTransform()
    # One of each pair is zero: the picture stands, or lies on its side.
    across, down = (CROSS_PX / (abs(a + b) or 1.0) for a, b in ((world.m11(), world.m12()), (world.m22(), world.m21())))
    centre = QPointF(*cross.point)
    painter.drawLine(centre - QPointF(across, 0), centre + QPointF(across, 0))
    painter.drawLine(centre - QPointF(0, down), centre + QPointF(0, down))


def _shape(figure: Path | Cross) -> QPainterPath:
    """Return the lines of a figure, or the point of a cross."""
    path = QPainterPath()
    if isinstance(figure, Cross):
        path.addPolygon(_polygon(figure.point[None]))
        return path
    for line in figure.lines:
        path.addPolygon(_polygon(line))
        if figure.closed:
            path.closeSubpath()
    return path


def _meets(figure: Path | Cross, shape: QPainterPath, point: QPointF, tolerance: float) -> bool:
    """Whether a figure lies at a point or closer to it than `tolerance`, or is closed and lies around it."""
    if isinstance(figure, Path) and figure.closed and shape.contains(point):
        return True
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * tolerance)
    if stroker.createStroke(shape).contains(point):
        return True
    return isinstance(figure, Cross) and (QPointF(*figure.point) - point).manhattanLength() <= 2 * tolerance


def _polygon(points: np.ndarray) -> QPolygonF:
    """Convert (N, 2) points."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])


def _image(raster: Raster) -> tuple[QImage | None, QPoint]:
    """Convert what a raster shows to what the painter is quick with; returns it with its place, or None for nothing.

    Most of a raster is transparent: neither is memory kept for that nor is it copied with every repaint.
    """
    seen = raster.pixels[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not rows.size:
        return None, QPoint()
    top, left = int(rows[0]), int(columns[0])
    pixels = np.ascontiguousarray(raster.pixels[top : rows[-1] + 1, left : columns[-1] + 1])
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied), QPoint(left, top)
