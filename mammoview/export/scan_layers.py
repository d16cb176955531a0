"""The layers of a scan as they are drawn over it, from the lowest to the topmost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mammoview.assess.results.assessment import Assessment
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import Drawing
from mammoview.display.layers.registry import DRAWN, LAYERS
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.captions import layer_context
from mammoview.export.page import Box, PageLayer
from mammoview.study.geometry import Affine


@dataclass(frozen=True, eq=False)
class LayerDrawing:
    """One layer of a scan.

    Parameters
    ----------
    title
        Of the layer.
    drawing
        What is drawn, in scan pixels.
    opacity, lines_opacity
        Of its areas, and of its lines and words, 0..1.
    """

    title: str
    drawing: Drawing
    opacity: float
    lines_opacity: float

    def on_page(self, to_page: Affine, box: Box, line: int) -> PageLayer:
        """Return it for a page, with scan pixels mapped by `to_page`, clipped to `box`, lines `line` pixels wide."""
        return PageLayer(self.drawing, to_page, box, line, self.opacity, self.lines_opacity)


def layer_drawings(
    analysis: ScanAnalysis,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle],
) -> Iterator[LayerDrawing]:
    """Go over those of the layers that the scan has.

    Parameters
    ----------
    analysis, assessment
        Of the scan.
    layers, styles
        Names of the layers that are shown, and how they look.
    """
    context = layer_context(analysis, assessment, styles)
    for layer in (LAYERS[name] for name in DRAWN if name in layers):
        data, style = layer.data(context), styles[layer.name]
        if data is not None:
            yield LayerDrawing(style.title, layer.describe(data, style), style.opacity, layer.lines_opacity(style))
