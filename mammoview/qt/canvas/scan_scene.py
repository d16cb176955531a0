"""Everything that lies in the plane of one viewport: the scan, its layers and its annotations, as graphics items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from pyqtgraph import GraphicsObject
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from mammoview.qt.canvas.annotation_item import AnnotationItem
from mammoview.qt.canvas.difference_item import DifferenceItem
from mammoview.qt.canvas.image_item import ImageItem
from mammoview.qt.canvas.layer_items import GridItem, HeatmapItem, LayerItem, OutlinesItem, SensitivityItem
from mammoview.qt.canvas.mark_item import MarkItem
from mammoview.qt.canvas.outline_edit_item import OutlineEditItem
from mammoview.qt.canvas.placement import Placement, transform
from mammoview.qt.canvas.shutter_item import ShutterItem
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.marks import MarkOrigin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mammoview.assess.results.assessment import Grid, Layer
    from mammoview.study.scan import Outline

_ORDER = {"saliency": 1.0, "heatmap": 2.0, "grid": 3.0, "outlines": 4.0, "planes": 4.5, "gsps": 5.0, "cad": 6.0}
"""Height of the layers: faint fills below, outlines on top."""


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
        self._root = _Root()
        self._root.setTransform(transform(placement.to_mm))
        self._picture = ImageItem(grey.picture.pyramid, grey.table(), self._root)
        self._shutter = ShutterItem(self._bounds, self._root)
        self._shutter.close_to(grey.window.presentation)
        self._items: dict[str, LayerItem] = {}
        self._cautions: tuple[str, ...] = ()
        self._preview: NDArray[np.uint8] | None = None
        self._difference: DifferenceItem | None = None
        self._drawing: OutlineEditItem | None = None
        self.annotations = AnnotationItem(self._bounds, self._root)
        scene.addItem(self._root)
        self.show_outlines()
        self._show_marks()

    def remove(self) -> None:
        """Take everything out of the scene."""
        scene = self._root.scene()
        if scene is not None:
            scene.removeItem(self._root)

    def refresh_frame(self) -> None:
        """Show the frame of the stack that is the picture now."""
        self._picture.set_pyramid(self.grey.picture.pyramid)
        if self.scan.stack is not None and self.scan.stack.windows:
            self._picture.set_table(self.grey.table())
        self._preview = None
        for item in self._items.values():
            if isinstance(item, MarkItem):
                item.show_frame(self.scan.frame)

    def show_patient(self, shown: bool) -> None:
        """Draw texts of others that may name the patient, or leave them out."""
        for item in self._items.values():
            if isinstance(item, MarkItem):
                item.show_patient(shown)

    def refresh_grey(self) -> bool:
        """Show the greys as they are set now; returns whether another presentation is asked for with them."""
        self._picture.set_table(self.grey.table())
        self._show_activated()
        self._preview = None
        return self._shutter.close_to(self.grey.window.presentation)

    def place(self, placement: Placement) -> None:
        """Lay everything elsewhere, such as turned."""
        self.placement = placement
        self._root.setTransform(transform(placement.to_mm))

    def set_smooth(self, smooth: bool) -> None:
        """Interpolate enlarged pixels, or draw them as they are."""
        self._picture.set_smooth(smooth)

    def grey_preview(self) -> NDArray[np.uint8]:
        """Return the whole scan small, uint8, in the greys as they are set now."""
        if self._preview is None:
            self._preview = np.take(self._picture.table, self.grey.picture.pyramid.levels[-1])
        return self._preview

    def show_assessment(self, assessed: AssessmentResult | None) -> None:
        """Lay the models' layers over the scan, or take them away."""
        self._cautions = () if assessed is None else assessed.assessment.warnings
        for name in ("grid", "heatmap", "saliency"):
            self._take_away(name)
        if assessed is None:
            return
        if assessed.assessment.grid is not None:
            self.show_layer("grid", assessed.assessment.grid)
        self.show_layer("heatmap", assessed.assessment.heatmap)
        self.show_layer("saliency", assessed.sensitivity)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What the models say against themselves on this scan, while one of their layers is drawn."""
        drawn = any(name != "outlines" and self._layers.shown(name) for name in self._items)
        return self._cautions if drawn else ()

    def show_layer(self, name: str, layer: Layer) -> None:
        """Lay one of the models' layers over the scan, "grid", "heatmap" or "saliency", in the place of what was."""
        self._take_away(name)
        style, bounds, root = self._layers.style(name), self._bounds, self._root
        if name == "grid":
            self._add(name, GridItem((cast("Grid", layer),), style, bounds, root))
        elif name == "heatmap":
            self._add(name, HeatmapItem(layer, style, bounds, root))
        else:
            self._add(name, SensitivityItem(layer, style, bounds, root))

    def refresh_layer(self, name: str) -> None:
        """Show a layer as it is switched and styled now."""
        item = self._items.get(name)
        if item is None:
            return
        shown = self._layers.shown(name)
        item.setVisible(shown)
        if shown:
            item.restyle(self._layers.style(name))

    def show_outlines(self) -> None:
        """Show the scan's outlines as they are now."""
        self._take_away("outlines")
        if self.scan.outlines:
            style = self._layers.style("outlines")
            self._add("outlines", OutlinesItem(self.scan.outlines, style, self._bounds, self._root))

    def _show_marks(self) -> None:
        """Show what other programs drew."""
        for origin in MarkOrigin:
            marks = [mark for mark in self.scan.marks if mark.origin is origin]
            if marks:
                item = MarkItem(marks, self._layers.style(origin), self._bounds, self._root)
                item.show_frame(self.scan.frame)
                self._add(origin, item)
        self._show_activated()

    def _show_activated(self) -> None:
        """Show the overlay planes that the presentation state wants whose greys are shown; all where there is none."""
        asked = self.grey.window.presentation
        item = self._items.get(MarkOrigin.OVERLAY)
        if isinstance(item, MarkItem):
            item.show_groups(None if asked is None else asked.overlays)

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

    def tip_at(self, point: QPointF, reach: float) -> str:
        """Return what the layers shown say about a scan point; outlines first."""
        names = sorted(self._items, key=lambda name: -_ORDER[name])
        tips = [self._items[n].tip_at(point.x(), point.y(), reach) for n in names if self._layers.shown(n)]
        return "\n\n".join(tip for tip in tips if tip)

    def to_scan(self, point: QPointF) -> QPointF:
        """Map a point of the plane to scan pixels."""
        return self._root.mapFromScene(point)

    def to_plane(self, column: float, row: float) -> QPointF:
        """Map scan pixels to the plane, mm."""
        return self._root.mapToScene(QPointF(column, row))

    def _take_away(self, name: str) -> None:
        """Take a layer's item out of the scene, if there is one."""
        item = self._items.pop(name, None)
        if item is not None and item.scene() is not None:
            item.scene().removeItem(item)

    def _add(self, name: str, item: LayerItem) -> None:
        """Keep an item at its height, visible if its layer is on."""
        item.setZValue(_ORDER[name])
        item.setVisible(self._layers.shown(name))
        self._items[name] = item
