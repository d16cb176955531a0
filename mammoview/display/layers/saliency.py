"""Model sensitivity: colour of the percentile rank of the saliency above a threshold, clear below it."""

from __future__ import annotations

from dataclasses import replace

from mammoview.display.lattice import Lattice
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import Drawing, Raster
from mammoview.display.layers.layer_type import (
    ComparedMaps,
    LayerContext,
    LayerType,
    ReadOut,
    figure,
    model_caption,
)


def _data(context: LayerContext) -> Lattice | None:
    return None if context.results is None else context.results.sensitivity


def _describe(rank: Lattice, style: LayerStyle) -> Drawing:
    """Return its cells; they are so small that a value belongs into the status bar, not into a tool tip."""
    from mammoview.display.layer_rendering import rgba

    return Drawing(raster=Raster(rgba(rank.values, replace(style, opacity=1.0)), rank.to_scan))


def _read_out(context: LayerContext, column: float, row: float) -> tuple[ReadOut, ...]:
    """Return the percentile; the weighting is named where it is not that of the paper."""
    if context.results is None:
        return ()
    weighting = context.results.assessment.weighting
    name = "model sensitivity percentile"
    if weighting != "entropy":
        name = f"model sensitivity of the {weighting} percentile"
    return tuple(ReadOut(name, (("", v),)) for v in figure(context.results.sensitivity, column, row))


NOTE = "where the model's answer reacts to the pixels; not a finding"


def _caption(context: LayerContext, style: LayerStyle) -> str | None:
    """Return the note of the layer; the weighting is named where it is not that of the paper."""
    note = model_caption(_data(context), context, style)
    if note is not None or context.results is None or context.results.assessment.weighting == "entropy":
        return note
    return f"{NOTE}; weighted by {context.results.assessment.weighting}"


_STYLE = LayerStyle("saliency", "Model sensitivity", "S", "yellow", 0.8, 0.6, "percentile")

LAYERS = (
    LayerType(
        _STYLE,
        order=1.0,
        data=_data,
        describe=_describe,
        note=NOTE,
        caption=_caption,
        read_out=_read_out,
        model=True,
        usual=True,
        panel=3,
        compared=(
            ComparedMaps(
                _STYLE.name, _STYLE.title, lambda made: {"saliency": (made.saliency, _STYLE.threshold)}, ranked=True
            ),
        ),
    ),
)
