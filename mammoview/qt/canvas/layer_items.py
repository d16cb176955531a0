"""The layers over a scan: one graphics item each, in scan pixel coordinates; the parent item flips and scales.

The base image is never touched: cells are drawn as they are, and everything lies on top of the scan, not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.colormaps import colour
from mammoview.display.layer_styles import (
    FILL_AT_MOST,
    OUTLINE_DASHES,
    LayerStyle,
    cells,
    contour_levels,
    contours,
    rgba,
)
from mammoview.qt.canvas.placement import magnification, transform
from mammoview.qt.canvas.raster_cache import RasterCache
from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.message_catalog import by_locale, phrase

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Grid, Layer
    from mammoview.study.geometry import Affine
    from mammoview.study.scan import Outline

HALO = QColor(0, 0, 0, 130)
"""Dark line below every bright one, so that both white and black tissue carry it."""


class LayerItem(GraphicsObject):
    """A layer of one scan."""

    def __init__(self, bounds: QRectF, parent: QGraphicsItem | None = None) -> None:
        """Cover the scan's rectangle."""
        super().__init__(parent)
        self._bounds = bounds
        self._extent = QRectF(bounds)
        self._raster = RasterCache()

    def boundingRect(self) -> QRectF:
        """Return the scan and a border, since cells and contours may reach past it."""
        return self._bounds.adjusted(-400, -400, 400, 400)

    def tip_at(self, column: float, row: float, reach: float) -> str:
        """Return what to say about the scan point (column, row); `reach` is a few screen pixels in scan pixels."""
        raise NotImplementedError

    def restyle(self, style: LayerStyle) -> None:
        """Take another look."""
        raise NotImplementedError

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Copy the sheet to a viewport; a magnifier or an export draws through."""
        self._lay(painter, widget, self._raster, self.draw, self._extent)

    def draw(self, painter: QPainter) -> None:
        """Draw in full strength; the item's own opacity is that of the whole layer."""
        raise NotImplementedError

    @staticmethod
    def _lay(
        painter: QPainter,
        viewport: QWidget | None,
        raster: RasterCache,
        draw: Callable[[QPainter], None],
        extent: QRectF,
    ) -> None:
        """Draw by way of a sheet, if it is a viewport that is painted."""
        draw(painter) if viewport is None else raster.paint(painter, viewport, draw, extent)


class OutlinesItem(LayerItem):
    """Outlines drawn by people: 2 px line with a halo; the dash tells the kind."""

    def __init__(
        self, outlines: Sequence[Outline], style: LayerStyle, bounds: QRectF, parent: QGraphicsItem | None = None
    ) -> None:
        """Show `outlines`."""
        super().__init__(bounds, parent)
        self._outlines = [(outline, _polygon(outline.points)) for outline in outlines]
        self._extent = _around(polygon.boundingRect() for _outline, polygon in self._outlines)
        self.restyle(style)

    def restyle(self, style: LayerStyle) -> None:
        """Take another opacity."""
        self._style = style
        self.setOpacity(style.opacity)

    def tip_at(self, column: float, row: float, reach: float) -> str:
        """Return type, assessment, subtlety and pathology of each outline around the point."""
        point = QPointF(column, row)
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * reach)
        found = []
        for outline, polygon in self._outlines:
            path = QPainterPath()
            path.addPolygon(polygon)
            path.closeSubpath()
            if path.contains(point) or stroker.createStroke(path).contains(point):
                found.append(outline_text(outline))
        return "\n\n".join(found)

    def draw(self, painter: QPainter) -> None:
        """Draw the halo, then the line."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = QColor(*colour(self._style.colours, 1.0))
        for outline, polygon in self._outlines:
            painter.setPen(cosmetic(HALO, 4.5))
            painter.drawPolygon(polygon)
            pen = cosmetic(line, 2.0)
            pen.setDashPattern([float(part) for part in OUTLINE_DASHES[outline.kind]])
            painter.setPen(pen)
            painter.drawPolygon(polygon)


class GridItem(LayerItem):
    """Patch grid: cells at or above the threshold, outlined at their true place in the colour of their score.

    On demand they are filled as well, as faintly as the heatmap.
    """

    def __init__(
        self, grids: Sequence[Grid], style: LayerStyle, bounds: QRectF, parent: QGraphicsItem | None = None
    ) -> None:
        """Show `grids`, one per magnification; the finest comes to lie on top."""
        super().__init__(bounds, parent)
        self._grids = sorted(grids, key=lambda grid: -grid.um_per_px)
        self._style: LayerStyle | None = None
        self.restyle(style)

    def restyle(self, style: LayerStyle) -> None:
        """Take another threshold or opacity; opacity alone costs a repaint."""
        if _other_cells(style, self._style):
            self._cells = [cell for grid in self._grids for cell in cells(grid, style.threshold)]
            self._extent = _around(QRectF(QPointF(*cell[:2]), QPointF(*cell[2:4])) for cell in self._cells)
            self._raster.forget()
        self._style = style
        self.setOpacity(style.opacity)

    def tip_at(self, column: float, row: float, reach: float) -> str:
        """Return the score of the cells at the point that are above the threshold."""
        found = [(grid, grid.at(column, row)) for grid in self._grids]
        text = QCoreApplication.translate("layers", "{title} {grid}: {value:.2f}")
        return "\n".join(
            by_locale(text.format(title=word(self._style.title), grid=phrase(grid.title), value=value))
            for grid, value in found
            if value is not None and value >= self._style.threshold
        )

    def draw(self, painter: QPainter) -> None:
        """Draw the cells, the highest on top."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # A hair inside the cell, so that neighbours do not share one line.
        inset = 1.0 / (magnification(painter.worldTransform()) or 1.0)
        for left, top, right, bottom, value in self._cells:
            rect = QRectF(left + inset, top + inset, right - left - 2 * inset, bottom - top - 2 * inset)
            if self._style.filled:
                ink = QColor(*colour(self._style.colours, value))
                ink.setAlphaF(FILL_AT_MOST)
                painter.fillRect(rect, ink)
            painter.setPen(cosmetic(HALO, 3.0))
            painter.drawRect(rect)
            painter.setPen(cosmetic(QColor(*colour(self._style.colours, value)), 1.4))
            painter.drawRect(rect)


class HeatmapItem(LayerItem):
    """Heatmap: contours at the threshold and half-way from it to 1; on demand a faint fill of the cells as they are."""

    def __init__(
        self,
        layer: Layer,
        style: LayerStyle,
        bounds: QRectF,
        parent: QGraphicsItem | None = None,
    ) -> None:
        """Show `layer`."""
        super().__init__(bounds, parent)
        self._layer = layer
        self._fill = RasterCache()
        self._style: LayerStyle | None = None
        self.restyle(style)

    def restyle(self, style: LayerStyle) -> None:
        """Take another threshold, colours or opacity; opacity alone costs a repaint."""
        if _other_cells(style, self._style):
            self._image = _image(rgba(self._layer.values, replace(style, opacity=1.0)))
            self._lines = [(level, _path(contours(self._layer, level))) for level in contour_levels(style.threshold)]
            self._extent = _around(path.boundingRect() for _level, path in self._lines)
            self._fill.forget()
            self._raster.forget()
        self._style = style
        self.update()

    def tip_at(self, column: float, row: float, reach: float) -> str:
        """Return the value of the cell at the point, where it is above the threshold."""
        value = self._layer.at(column, row)
        if value is None or not value >= self._style.threshold:
            return ""
        return by_locale(f"{word(self._style.title)}: {value:.2f}")

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Lay the fill, as faint as it is wanted, then the contours."""
        if self._style.filled:
            painter.setOpacity(self._style.opacity)
            self._lay(painter, widget, self._fill, self._draw_fill, self._bounds)
            painter.setOpacity(1.0)
        super().paint(painter, option, widget)

    def _draw_fill(self, painter: QPainter) -> None:
        """Draw the cells."""
        _draw_cells(painter, self._image, self._layer.to_scan, self._bounds)

    def draw(self, painter: QPainter) -> None:
        """Draw the contours."""
        painter.setClipRect(self._bounds, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for level, path in self._lines:
            painter.setPen(cosmetic(HALO, 3.2))
            painter.drawPath(path)
            painter.setPen(cosmetic(QColor(*colour(self._style.colours, level)), 1.6))
            painter.drawPath(path)


class SensitivityItem(LayerItem):
    """Model sensitivity: colour of the percentile rank above a threshold, clear below it."""

    def __init__(self, rank: Layer, style: LayerStyle, bounds: QRectF, parent: QGraphicsItem | None = None) -> None:
        """Show `rank`, the percentile rank of the saliency, 0..1."""
        super().__init__(bounds, parent)
        self._rank = rank
        self._style: LayerStyle | None = None
        self.restyle(style)

    def restyle(self, style: LayerStyle) -> None:
        """Take another threshold, colours or opacity; opacity alone costs a repaint."""
        if _other_cells(style, self._style):
            self._image = _image(rgba(self._rank.values, replace(style, opacity=1.0)))
            self._raster.forget()
        self._style = style
        self.setOpacity(style.opacity)

    def tip_at(self, column: float, row: float, reach: float) -> str:
        """Say nothing: at this size of cells a number under the cursor belongs into the status bar."""
        return ""

    def draw(self, painter: QPainter) -> None:
        """Draw the cells."""
        _draw_cells(painter, self._image, self._rank.to_scan, self._bounds)


def outline_text(outline: Outline) -> str:
    """Return what the reader is told about an outline; what is unknown is left out."""
    lines = [" ".join(part for part in (outline.lesion_type.capitalize(), f"({word(outline.kind.value)})") if part)]
    if outline.assessment is not None:
        lines.append(QCoreApplication.translate("layers", "BI-RADS assessment {}").format(outline.assessment))
    if outline.subtlety is not None:
        lines.append(QCoreApplication.translate("layers", "Subtlety {} of 5").format(outline.subtlety))
    if outline.pathology:
        lines.append(QCoreApplication.translate("layers", "Pathology: {}").format(outline.pathology.lower()))
    if outline.source:
        lines.append(QCoreApplication.translate("layers", "Source: {}").format(phrase(outline.source)))
    return "\n".join(lines)


def _around(rects: Iterable[QRectF]) -> QRectF:
    """Return what holds all of them."""
    return reduce(QRectF.united, rects, QRectF())


def cosmetic(colour: QColor, width: float) -> QPen:
    """Return a line that keeps its width on screen."""
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _polygon(points: np.ndarray) -> QPolygonF:
    """Convert (N, 2) points."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])


def _path(lines: Sequence[np.ndarray]) -> QPainterPath:
    """Convert lines of (N, 2) points."""
    path = QPainterPath()
    for line in lines:
        path.addPolygon(_polygon(line))
    return path


def _image(pixels: np.ndarray) -> QImage:
    """Convert uint8 (rows, columns, 4), not premultiplied, to what the painter is quick with."""
    rows, columns = pixels.shape[:2]
    pixels = np.ascontiguousarray(pixels)
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _other_cells(style: LayerStyle, before: LayerStyle | None) -> bool:
    """Tell whether a look changes more than the opacity."""
    return before is None or replace(before, opacity=style.opacity) != style


def _draw_cells(painter: QPainter, image: QImage, to_scan: Affine, bounds: QRectF) -> None:
    """Draw one pixel per cell within the scan, enlarged as it is."""
    painter.save()
    painter.setClipRect(bounds, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.setTransform(transform(to_scan), True)
    painter.drawImage(QRectF(0, 0, image.width(), image.height()), image)
    painter.restore()
