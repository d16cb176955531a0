"""Texts of the legend of a layer, the same in the window and in an export."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.display.colormaps import colours, drawn_colours
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.registry import LAYERS

NOT_FOR_DIAGNOSIS = "Research and education only. Not for diagnosis."
"""Stands on every picture that leaves the program."""


@dataclass(frozen=True)
class LegendTick:
    """A mark on a colour bar.

    Parameters
    ----------
    value
        0..1.
    text
        What stands beside it.
    """

    value: float
    text: str


@dataclass(frozen=True)
class Legend:
    """Facts about one layer as shown.

    Parameters
    ----------
    name, title, unit
        Of the layer; the unit stands under the bar.
    colours
        uint8 (256, 3) for 0..1 as they are drawn, or (1, 3) for a layer of one colour.
    ticks
        Ends of the fixed scale.
    threshold
        Value below which nothing is drawn, or None for a layer without values.
    operating_point
        The model's own threshold, marked apart, or None when it has none.
    note
        One more line, such as what the layer is not.
    """

    name: str
    title: str
    unit: str
    colours: NDArray[np.uint8]
    ticks: tuple[LegendTick, ...]
    threshold: float | None
    operating_point: float | None
    note: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        parts = [self.title]
        if self.threshold is not None:
            parts.append(f"{self.unit} 0 to 1, drawn from {self.threshold:.2f}")
        if self.operating_point is not None:
            parts.append(f"operating point {self.operating_point:.2f}")
        return ", ".join([*parts, *([self.note] if self.note else [])])


def legend(style: LayerStyle, operating_point: float | None = None) -> Legend:
    """Return the legend of a layer.

    Parameters
    ----------
    style
        As drawn.
    operating_point
        Threshold of the model: `Grid.threshold` for the grid, `Assessment.tau` for the heatmap.
    """
    note = LAYERS[style.name].note
    if not style.unit:
        return Legend(style.name, style.title, "", colours(style.colours)[-1:], (), None, None, note)
    ticks = (LegendTick(0.0, "0"), LegendTick(0.5, "0.5"), LegendTick(1.0, "1"))
    return Legend(
        style.name, style.title, style.unit, drawn_colours(style), ticks, style.threshold, operating_point, note
    )
