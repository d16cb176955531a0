"""Heatmap: three contours from the threshold up, brighter and wider with the value; a faint fill on demand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mammoview.display.lattice import Lattice
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import Drawing, Path, Pen, Raster, Strokes, TipValue
from mammoview.display.layers.layer_type import (
    AssessedLayers,
    ComparedMaps,
    LayerContext,
    LayerType,
    ReadOut,
    figure,
    model_caption,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WIDTHS = (1.4, 1.9, 2.4)
"""Of the contours, from the threshold up, screen pixels."""
_LEAST_CELLS = 0.25
"""Least extent of a contour above the threshold, cells: a smaller one looks like a speck in the tissue."""


def _data(context: LayerContext) -> Lattice | None:
    return None if context.results is None else context.results.assessment.heatmap


def _describe(heatmap: Lattice, style: LayerStyle) -> Drawing:
    """Return its contours, and its cells where they are filled."""
    from mammoview.display.colormaps import colour
    from mammoview.display.layer_rendering import contour_levels, contours, rgba

    return Drawing(
        raster=Raster(rgba(heatmap.values, replace(style, opacity=1.0)), heatmap.to_scan) if style.filled else None,
        strokes=tuple(
            Strokes(
                (Path(tuple(line for line in contours(heatmap, level) if i == 0 or _is_seen(heatmap, line))),),
                Pen(colour(style.colours, style.strength(level)), width, width + 1.6),
            )
            for i, (level, width) in enumerate(zip(contour_levels(style.threshold), _WIDTHS, strict=False))
        ),
        values=(TipValue((style.title,), heatmap, style.threshold),),
        within_scan=True,
    )


def _is_seen(heatmap: Lattice, line: NDArray[np.float64]) -> bool:
    """Whether a contour is large enough to be seen as one."""
    cells = heatmap.to_scan.inverse(line)
    return bool((cells.max(0) - cells.min(0)).max() >= _LEAST_CELLS)


def _read_out(context: LayerContext, column: float, row: float) -> tuple[ReadOut, ...]:
    heatmap = _data(context)
    return () if heatmap is None else tuple(ReadOut("heatmap", (("", v),)) for v in figure(heatmap, column, row))


def _baseline(assessment: AssessedLayers) -> dict[str, tuple[Lattice, float]]:
    baseline = assessment.heatmap_baseline
    return {} if baseline is None else {"heatmap_baseline": (baseline, assessment.operating)}


LAYERS = (
    LayerType(
        LayerStyle("heatmap", "Heatmap", "H", "amber", 0.5, 0.35, "regression value"),
        order=2.0,
        data=_data,
        describe=_describe,
        caption=lambda context, style: model_caption(_data(context), context, style),
        read_out=_read_out,
        operating_point=lambda results: results.assessment.operating,
        model=True,
        fillable=True,
        fades_fill_alone=True,
        usual=True,
        initial=True,
        panel=1,
        budgeted=True,
        compared=(
            ComparedMaps("heatmap_baseline", "Heatmap, baseline", _baseline),
            ComparedMaps("heatmap", "Heatmap, fused", lambda made: {"heatmap": (made.heatmap, made.operating)}),
        ),
    ),
)
