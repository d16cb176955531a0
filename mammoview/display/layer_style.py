"""Style of a layer. Imports no numpy, as the menus need it before the first paint of the window."""

from __future__ import annotations

from dataclasses import dataclass

from mammoview.display.colour_stops import PATHS

FILL_AT_MOST = 0.35
"""Largest opacity of a fill: the tissue below must stay readable."""


@dataclass(frozen=True)
class LayerStyle:
    """How one layer is shown.

    Parameters
    ----------
    name
        Such as "heatmap": its name in settings and on the command line.
    title
        What the reader sees.
    key
        The key that switches it.
    colours
        Name of its colour table.
    threshold
        Value 0..1 below which nothing is drawn.
    opacity
        0..1, the same over the whole layer.
    unit
        What its values are, for the colour bar; empty where there is none.
    filled
        Whether the cells of a fillable layer are filled, not outlined alone.
    """

    name: str
    title: str
    key: str
    colours: str
    threshold: float
    opacity: float
    unit: str
    filled: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.threshold <= 1 and 0 <= self.opacity <= 1):
            raise ValueError(f"threshold and opacity lie between 0 and 1, not {self.threshold} and {self.opacity}")
        if self.colours not in PATHS:
            raise ValueError(f"there is no colour table {self.colours!r}; there are {', '.join(PATHS)}")

    def strength(self, value: float) -> float:
        """Return where a value lies between the threshold (0) and 1, clamped: the place in the colour table."""
        span = 1.0 - self.threshold
        return min(1.0, max(0.0, (value - self.threshold) / span)) if span > 0 else 1.0
