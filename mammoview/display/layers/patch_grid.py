"""Patch grid: cells at or above the threshold, outlined in the colour of their score, and filled faintly on demand."""

from __future__ import annotations

from dataclasses import replace

from mammoview.display.layer_style import FILL_AT_MOST, LayerStyle
from mammoview.display.layers.drawing import Cells, Drawing, Raster, TipValue
from mammoview.display.layers.layer_type import (
    AssessedLayers,
    ComparedMaps,
    GridLattice,
    LayerContext,
    LayerType,
    ModelResults,
    ReadOut,
    figure,
    model_caption,
)


def _data(context: LayerContext) -> GridLattice | None:
    return None if context.results is None else context.results.assessment.grid


def _describe(grid: GridLattice, style: LayerStyle) -> Drawing:
    """Return its cells, the highest on top."""
    from mammoview.display.colormaps import colour
    from mammoview.display.layer_rendering import cells, rgba

    found = cells(grid, style.threshold)
    fill = Raster(rgba(grid.values, replace(style, opacity=1.0)), grid.to_scan, FILL_AT_MOST) if style.filled else None
    return Drawing(
        cells=Cells(
            tuple(cell[:4] for cell in found),
            tuple(colour(style.colours, style.strength(cell[4])) for cell in found),
            1.4,
            3.0,
            fill,
        ),
        values=(TipValue((style.title, grid.title), grid, style.threshold),),
    )


def _read_out(context: LayerContext, column: float, row: float) -> tuple[ReadOut, ...]:
    """Return the values of all magnifications and of their mean."""
    if context.results is None:
        return ()
    grids = context.results.assessment.named_grids.values()
    values = tuple(
        ("mean" if grid.mean_of else grid.title, value) for grid in grids for value in figure(grid, column, row)
    )
    return (ReadOut("grid", values),) if values else ()


def _operating_point(results: ModelResults) -> float | None:
    grid = results.assessment.grid
    return None if grid is None else grid.threshold


def _is_drawn(name: str, assessment: AssessedLayers | None) -> bool:
    grid = None if assessment is None else assessment.grid
    return grid is not None and grid.name == name


LAYERS = (
    LayerType(
        LayerStyle("grid", "Patch grid", "G", "rose", 0.5, 1.0, "probability"),
        order=3.0,
        data=_data,
        describe=_describe,
        caption=lambda context, style: model_caption(_data(context), context, style),
        read_out=_read_out,
        operating_point=_operating_point,
        model=True,
        fillable=True,
        usual=True,
        panel=2,
        budgeted=True,
        compared=(
            ComparedMaps(
                "grid",
                "Patch grid",
                lambda made: {name: (grid, grid.threshold) for name, grid in sorted(made.named_grids.items())},
                _is_drawn,
            ),
        ),
    ),
)
