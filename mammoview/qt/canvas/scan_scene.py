"""Graphics items in the plane of one viewport: the scan, its layers and its annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from mammoview.display.layers.layer_type import LayerContext
from mammoview.display.layers.registry import DRAWN, LAYERS, MODEL_LAYERS
from mammoview.qt.canvas.annotation_item import AnnotationItem
from mammoview.qt.canvas.difference_item import DifferenceItem
from mammoview.qt.canvas.image_item import ImageItem
from mammoview.qt.canvas.layer_item import LayerItem
from mammoview.qt.canvas.mark_text_item import MarkTextItem
from mammoview.qt.canvas.outline_edit_item import OutlineEditItem
from mammoview.qt.canvas.placement import Placement, transform
from mammoview.qt.canvas.shutter_item import ShutterItem
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.session.voi_state import VoiState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mammoview.assess.results.assessment import Layer
    from mammoview.display.film_mask import FilmMask
    from mammoview.study.scan import Outline


class _Root(GraphicsObject):
    """Carries the flips and the scale from scan pixels to mm; draws nothing itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)

    def boundingRect(self) -> QRectF:
        """Return nothing: it has no contents."""
        return QRectF()

    def paint(self, painter: object, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw nothing."""


class ScanItems:
    """The items of one scan in a scene whose unit is the mm of `Placement`."""

    def __init__(self, scene: QGraphicsScene, placement: Placement, grey: VoiState, layers: LayerState) -> None:
        """Fill the scene."""
        self.placement = placement
        self.grey = grey
        self._layers = layers
        self.scan = grey.picture.scan
        self._bounds = QRectF(0, 0, self.scan.columns, self.scan.rows)
        self._covered = False
        """Whether the film round the breast is covered."""
        self._root = _Root()
        self._root.setTransform(transform(placement.to_mm))
        self._picture = ImageItem(grey.picture.pyramid, grey.table(), self._root)
        self._shutter = ShutterItem(self._bounds, self._root)
        self._shutter.close_to(grey.window.presentation)
        self._items: dict[str, LayerItem] = {}
        self._cautions: tuple[str, ...] = ()
        self._difference: DifferenceItem | None = None
        self._drawing: OutlineEditItem | None = None
        self._texts = MarkTextItem(self._items, self._bounds, self._root)
        self._texts.setZValue(max(layer.order for layer in LAYERS.values()) + 0.5)
        self.annotations = AnnotationItem(self._bounds, self._root)
        scene.addItem(self._root)
        self._context = LayerContext(self.scan, breast=grey.picture.breast, overlays=self._activated())
        for name in LAYERS:
            self._lay(name)

    def remove(self) -> None:
        """Take everything out of the scene."""
        scene = self._root.scene()
        if scene is not None:
            scene.removeItem(self._root)

    def refresh_frame(self) -> None:
        """Show the frame of the stack that is the picture now."""
        self._picture.set_pyramid(self.grey.picture.pyramid)
        if self.scan.stack is not None and self.scan.stack.windows:
            self._picture.set_table(self.grey.table(self._covered))
        self._take_context(self._context)

    def show_patient(self, shown: bool) -> None:
        """Draw texts of others that may name the patient, or leave them out."""
        if shown != self._context.patient_shown:
            self._take_context(replace(self._context, patient_shown=shown))

    def refresh_grey(self) -> bool:
        """Show the greys as they are set now; returns whether another presentation is asked for with them."""
        self._picture.set_table(self.grey.table(self._covered))
        activated = self._activated()
        if activated != self._context.overlays:
            self._take_context(replace(self._context, overlays=activated))
        return self._shutter.close_to(self.grey.window.presentation)

    def place(self, placement: Placement) -> None:
        """Lay everything elsewhere, such as turned."""
        self.placement = placement
        self._root.setTransform(transform(placement.to_mm))

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels, or draw them as they are."""
        self._picture.set_smooth(smooth)

    @property
    def maskable(self) -> bool:
        """Whether the breast is known well enough to cover the film round it."""
        return self.grey.picture.film_mask is not None

    def set_film_mask(self, on: bool) -> None:
        """Cover the film outside the breast, or show all of it."""
        mask = self.grey.picture.film_mask
        before, self._covered = self._covered, on and mask is not None
        self._picture.set_cover(() if mask is None or not on else _film_cover(self._bounds, mask))
        if self._covered != before and self.grey.shown_inverted:
            self._picture.set_table(self.grey.table(self._covered))

    @property
    def small_picture(self) -> QImage:
        """The whole scan in a small size, in the greys of now."""
        return self._picture.small

    def show_assessment(self, assessed: AssessmentResult | None) -> None:
        """Lay the models' layers over the scan, or take them away."""
        self._cautions = () if assessed is None else assessed.assessment.warnings
        self._context = replace(self._context, results=assessed)
        for name in MODEL_LAYERS:
            self._lay(name)

    @property
    def cautions(self) -> tuple[str, ...]:
        """Warnings about the results of the models on this scan, while one of their layers is drawn."""
        drawn = any(name in MODEL_LAYERS and self._layers.shown(name) for name in self._items)
        return self._cautions if drawn else ()

    def figures(self, name: str) -> tuple[QRectF, ...]:
        """Return what holds each cell and figure of a layer, scan px; none where it is not drawn."""
        item = self._items.get(name)
        return () if item is None else item.figures

    def show_layer(self, name: str, data: object) -> None:
        """Lay a layer over the scan in the place of what was; `data` is what its `LayerType` draws."""
        self._take_away(name)
        item = LayerItem(LAYERS[name], data, self._layers.style(name), self._bounds, self._root)
        item.setZValue(LAYERS[name].order)
        item.setVisible(self._layers.shown(name))
        self._items[name] = item

    def refresh_layer(self, name: str) -> None:
        """Show a layer as it is switched and styled now."""
        item = self._items.get(name)
        if item is None:
            return
        shown = self._layers.shown(name)
        item.setVisible(shown)
        if shown:
            item.restyle(self._layers.style(name))

    def hide_layer(self, name: str) -> None:
        """Hide a layer until `refresh_layer` shows it as it is switched."""
        item = self._items.get(name)
        if item is not None:
            item.setVisible(False)

    def show_outlines(self) -> None:
        """Show the scan's outlines as they are now."""
        self._lay("outlines")

    def _activated(self) -> frozenset[int] | None:
        """Return the groups of overlay planes of the presentation state whose greys are shown; None where none is."""
        asked = self.grey.window.presentation
        return None if asked is None else asked.overlays

    def _take_context(self, context: LayerContext) -> None:
        """Show what is drawn of the scan itself as it is now."""
        self._context = context
        for name, item in self._items.items():
            if name not in MODEL_LAYERS and (data := LAYERS[name].data(context)) is not None:
                item.show_data(data)

    def _lay(self, name: str) -> None:
        """Lay a layer over the scan, if there is something of it."""
        data = LAYERS[name].data(self._context)
        self._take_away(name) if data is None else self.show_layer(name, data)

    def drawing(self) -> OutlineEditItem:
        """Return what shows the reader's own drawing on this scan."""
        if self._drawing is None:
            self._drawing = OutlineEditItem(self._bounds, self._root)
        return self._drawing

    def hide_drawing(self) -> None:
        """Take the reader's own drawing away, with its handles."""
        if self._drawing is not None and self._drawing.scene() is not None:
            self._drawing.scene().removeItem(self._drawing)
        self._drawing = None

    def show_difference(self, outlines: Sequence[Outline], region: Layer | None) -> None:
        """Hatch where outlines and region agree and where not; nothing where there is no region."""
        if self._difference is not None and self._difference.scene() is not None:
            self._difference.scene().removeItem(self._difference)
        self._difference = None
        if region is not None:
            self._difference = DifferenceItem(outlines, region, self._root)
            self._difference.setZValue(3.5)

    def tip_at(self, point: QPointF, tolerance: float) -> str:
        """Return the read-outs of the layers shown at a scan point; the topmost first."""
        names = [name for name in reversed(DRAWN) if name in self._items and self._layers.shown(name)]
        tips = [self._items[name].tip_at(point.x(), point.y(), tolerance) for name in names]
        return "\n\n".join(tip for tip in tips if tip)

    def to_scan(self, point: QPointF) -> QPointF:
        """Map a point of the plane to scan pixels."""
        return self._root.mapFromScene(point)

    def to_plane(self, column: float, row: float) -> QPointF:
        """Map scan pixels to the plane, mm."""
        return self._root.mapToScene(QPointF(column, row))

    def _take_away(self, name: str) -> None:
        """Remove a layer's item from the scene, if there is one."""
        item = self._items.pop(name, None)
        if item is not None and item.scene() is not None:
            item.scene().removeItem(item)


def _film_cover(bounds: QRectF, mask: FilmMask) -> tuple[QPainterPath, ...]:
    """Return what covers a scan but for what the film mask leaves in sight, in scan pixels."""
    cover = QPainterPath()
    cover.setFillRule(Qt.FillRule.OddEvenFill)
    # All of it is clipped to the scan when it is painted, so it may reach beyond, and its edge never shows.
    cover.addRect(bounds.adjusted(-64, -64, 64, 64))
    for outline in mask.outlines:
        _add(cover, outline)
    paths = [cover]
    for band in mask.bands:
        paths.append(QPainterPath())
        _add(paths[-1], band)
    return tuple(paths)


def _add(path: QPainterPath, line: NDArray[np.float64]) -> None:
    """Add a closed line to a path."""
    path.addPolygon(QPolygonF([QPointF(*point) for point in line.tolist()]))
    path.closeSubpath()
