"""How the layers look: styles, fixed colours, contours, cells. Numpy in, numpy out.

The scale is 0..1 for every scan: scaling to each picture's own range would turn noise into hot spots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from skimage import measure

from mammoview.core.errors import MammoviewError
from mammoview.display.colormaps import NAMES, colours
from mammoview.study.geometry import Affine
from mammoview.study.scan import OutlineKind

__all__ = [
    "FILLABLE",
    "FILL_AT_MOST",
    "MODEL_LAYERS",
    "OUTLINE_DASHES",
    "STYLES",
    "Lattice",
    "LayerStyle",
    "cells",
    "colours",
    "contour_levels",
    "contours",
    "parse_layer_names",
    "percentile_rank",
    "rgba",
]


class Lattice(Protocol):
    """Values with their place in the scan, such as `mammoview.assess.results.assessment.Layer`."""

    @property
    def values(self) -> NDArray[np.float32]:
        """Float (rows, columns)."""

    @property
    def to_scan(self) -> Affine:
        """Maps (column, row) of the lattice to (column, row) of the scan."""


@dataclass(frozen=True)
class LayerStyle:
    """How one layer is shown.

    Parameters
    ----------
    name
        "outlines", "grid", "heatmap", "saliency", "cad", "gsps" or "planes".
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
        Whether the cells of a layer that is `FILLABLE` are filled, not outlined alone.
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
        if self.colours not in NAMES:
            raise ValueError(f"there is no colour table {self.colours!r}; there are {', '.join(NAMES)}")


STYLES: Mapping[str, LayerStyle] = MappingProxyType(
    {
        style.name: style
        for style in (
            LayerStyle("outlines", "Outlines", "O", "cyan", 0.0, 1.0, ""),
            LayerStyle("grid", "Patch grid", "G", "orchid", 0.5, 1.0, "probability"),
            LayerStyle("heatmap", "Heatmap", "H", "lagoon", 0.5, 0.35, "regression value"),
            LayerStyle("saliency", "Model sensitivity", "S", "ember", 0.8, 0.6, "percentile"),
            LayerStyle("cad", "CAD report", "Shift+C", "rose", 0.0, 1.0, ""),
            LayerStyle("gsps", "Presentation state", "Shift+P", "blue", 0.0, 1.0, ""),
            LayerStyle("planes", "Overlay planes", "Shift+O", "olive", 0.0, 1.0, ""),
        )
    }
)
"""The default look, in drawing order reversed: outlines lie on top."""

_BAND = 64
"""Rows coloured at a time."""
FILL_AT_MOST = 0.35
"""Largest opacity of a fill: the tissue below must stay readable."""

FILLABLE = frozenset({"grid", "heatmap"})
"""Layers of lines whose cells can be filled as well."""

MODEL_LAYERS = frozenset({"grid", "heatmap", "saliency"})
"""What our models say; the others are drawn by people or come from other programs."""

OUTLINE_DASHES: Mapping[OutlineKind, tuple[int, int]] = MappingProxyType(
    {
        OutlineKind.BOUNDARY: (8, 4),
        OutlineKind.CORE: (2, 4),
        OutlineKind.BOX: (12, 4),
        OutlineKind.CIRCLE: (5, 3),
    }
)
"""Line and gap of the dash per kind of outline, in widths of the line."""


def parse_layer_names(names: str) -> tuple[str, ...]:
    """Read a list of layers such as "heatmap,grid"; the empty text means none.

    Raises
    ------
    MammoviewError
        When one of them is no layer.
    """
    words = [word.strip() for word in names.split(",") if word.strip()]
    for word in words:
        if word not in STYLES:
            raise MammoviewError(f"there is no layer {word!r}", f"Choose from {', '.join(STYLES)}")
    return tuple(dict.fromkeys(words))


def rgba(values: NDArray[np.floating], style: LayerStyle) -> NDArray[np.uint8]:
    """Colour the cells of a layer.

    Parameters
    ----------
    values
        float (rows, columns); the scale is 0..1, what lies outside is clamped, NaN is not drawn.
    style
        Its colour table, threshold and opacity.

    Returns
    -------
    uint8 (rows, columns, 4), not premultiplied; all 0 below the threshold, alpha constant from it on.
    """
    table = np.empty((256, 4), np.uint8)
    table[:, :3], table[:, 3] = colours(style.colours), round(255 * style.opacity)
    image = np.empty(values.shape, np.uint32)
    # Some rows at a time stay in the cache, and a colour is looked up as one number: five times as fast.
    for row in range(0, len(values), _BAND):
        # fmax makes zero of NaN.
        level = np.fmin(np.fmax(values[row : row + _BAND], 0), 1)
        colour = np.take(table.view(np.uint32)[:, 0], np.rint(255 * level).astype(np.uint8))
        # Zero says "nothing here" in every layer, so it stays clear even with the threshold at zero.
        np.multiply(colour, (level >= style.threshold) & (level > 0), out=image[row : row + _BAND])
    return image[..., None].view(np.uint8)


def contours(layer: Lattice, level: float) -> list[NDArray[np.float64]]:
    """Trace where a layer crosses a level, interpolated between cell centres.

    Parameters
    ----------
    layer
        Values and their map to scan pixels.
    level
        Value 0..1 to trace; what lies outside the layer counts as zero, so every line is closed.

    Returns
    -------
    Lines of float64 (N, 2), (column, row) in scan pixels, first point repeated at the end.
    """
    padded = np.pad(np.nan_to_num(np.asarray(layer.values, np.float64), nan=0.0), 1)
    # Index i of the padded array is the cell centre i - 0.5.
    return [layer.to_scan(line[:, ::-1] - 0.5) for line in measure.find_contours(padded, level)]


def contour_levels(threshold: float) -> tuple[float, ...]:
    """Return the levels at which contours run: the threshold, and half-way from it to 1."""
    # A contour at exactly zero would run around every cell of nothing.
    low = max(threshold, 0.02)
    return (low, (1 + low) / 2) if low < 0.98 else (low,)


def cells(grid: Lattice, threshold: float) -> list[tuple[float, float, float, float, float]]:
    """List the cells of a layer at or above a threshold.

    Parameters
    ----------
    grid
        Values and their map to scan pixels; a cell is one stride wide.
    threshold
        Value 0..1.

    Returns
    -------
    (left, top, right, bottom, value) each, in scan pixels, the highest value last so that it is drawn on top.
    """
    found: list[tuple[float, float, float, float, float]] = []
    rows, columns = np.nonzero(np.nan_to_num(grid.values, nan=-1.0) >= threshold)
    for row, column in zip(rows, columns, strict=True):
        (x0, y0), (x1, y1) = grid.to_scan([[column, row], [column + 1, row + 1]])
        value = float(grid.values[row, column])
        found.append((float(min(x0, x1)), float(min(y0, y1)), float(max(x0, x1)), float(max(y0, y1)), value))
    return sorted(found, key=lambda cell: cell[4])


def percentile_rank(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rank saliency among its non-zero values.

    Parameters
    ----------
    values
        Non-negative, float (rows, columns), in any unit.

    Returns
    -------
    float32 of the same shape: the fraction of the non-zero values that are not larger, in (0, 1]; zero and NaN stay 0.
    """
    ranks = np.zeros(values.shape, np.float32)
    some = np.nan_to_num(values, nan=0.0) > 0
    if some.any():
        ordered = np.sort(values[some])
        ranks[some] = np.searchsorted(ordered, values[some], side="right") / ordered.size
    return ranks
