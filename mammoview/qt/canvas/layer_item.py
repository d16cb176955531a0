"""A layer over a scan: one graphics item, in scan pixel coordinates; the parent item flips and scales.

The base image is never touched: cells are drawn as they are, and everything lies on top of the scan, not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pyqtgraph import GraphicsObject
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import Label
from mammoview.display.layers.layer_type import LayerType
from mammoview.qt.canvas.layer_painting import PaintedDrawing
from mammoview.qt.canvas.placement import with_border
from mammoview.qt.canvas.raster_cache import RasterCache
from mammoview.qt.i18n.message_catalog import by_locale, phrase


class LayerItem(GraphicsObject):
    """A layer of one scan."""

    def __init__(
        self,
        layer: LayerType[Any],
        data: object,
        style: LayerStyle,
        bounds: QRectF,
        parent: QGraphicsItem | None = None,
    ) -> None:
        """Show a layer.

        Parameters
        ----------
        layer
            Out of `mammoview.display.layers.registry.LAYERS`.
        data
            What the layer draws, as `layer.data` returns it.
        style
            How it is shown.
        bounds
            The scan, in its pixels.
        parent
            Item that flips and scales.
        """
        super().__init__(parent)
        self._layer, self._data, self._bounds = layer, data, bounds
        # One image looks the same whether it is drawn or copied; smooth lines do not quite.
        self._raster = RasterCache(waits=True)
        self._lines = RasterCache()
        self._painted: PaintedDrawing | None = None
        self._style = style
        self.restyle(style)

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self._layer.name

    @property
    def labels(self) -> tuple[Label, ...]:
        """Texts beside its figures, which a `MarkTextItem` writes with those of the other layers; none while hidden."""
        return self._drawing().drawing.labels if self.isVisible() else ()

    @property
    def figures(self) -> tuple[QRectF, ...]:
        """What holds each of its cells and figures, scan px; none while hidden."""
        return self._drawing().figures if self.isVisible() else ()

    def boundingRect(self) -> QRectF:
        """Return the scan and a border, since cells and contours may reach past it."""
        return with_border(self._bounds)

    def restyle(self, style: LayerStyle) -> None:
        """Take another look; another opacity alone costs a repaint."""
        if self._painted is not None and replace(self._style, opacity=style.opacity) != style:
            self._forget()
        self._style = style
        self.setOpacity(self._layer.lines_opacity(style))
        self.update()

    def show_data(self, data: object) -> None:
        """Draw something else in the same style."""
        self._data = data
        self._forget()
        self.update()

    def tip_at(self, column: float, row: float, tolerance: float) -> str:
        """Return the read-out at the scan point (column, row); `tolerance` is a few screen pixels in scan pixels."""
        painted = self._drawing()
        tips = ["\n".join(map(phrase, about)) for about in painted.about(column, row, tolerance)]
        values = [
            by_locale(f"{' '.join(map(phrase, value.title))}: {found:.2f}")
            for value in painted.drawing.values
            if (found := value.lattice.at(column, row)) is not None and found >= value.threshold
        ]
        return "\n\n".join([*tips, *(["\n".join(values)] if values else [])])

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Copy the cached rasters to a viewport; a magnifier or an export draws through."""
        painted = self._drawing()
        if painted.image is not None:
            whole = painter.opacity()
            if self._layer.fades_fill_alone:
                painter.setOpacity(whole * self._style.opacity)
            self._lay(painter, widget, self._raster, painted.draw_raster, painted.raster_extent)
            painter.setOpacity(whole)
        if painted.drawing.uncached:
            painted.draw_lines(painter)
        elif not painted.extent.isNull():
            self._lay(painter, widget, self._lines, painted.draw_lines, painted.extent)

    def _drawing(self) -> PaintedDrawing:
        """Return the description of the layer, made when it is first needed."""
        if self._painted is None:
            self._painted = PaintedDrawing(self._layer.describe(self._data, self._style), self._bounds)
        return self._painted

    def _forget(self) -> None:
        """Describe and draw all anew the next time."""
        self._painted = None
        self._raster.forget()
        self._lines.forget()

    @staticmethod
    def _lay(
        painter: QPainter,
        viewport: QWidget | None,
        raster: RasterCache,
        draw: Callable[[QPainter], None],
        extent: QRectF,
    ) -> None:
        """Draw by way of a cached raster, if it is a viewport that is painted."""
        draw(painter) if viewport is None else raster.paint(painter, viewport, draw, extent)
