"""Turns the values of a layer into colours, contours and cells. Numpy in, numpy out.

Colours run from the threshold of the layer to 1 for every scan: scaling to each picture's own range would turn noise
into hot spots.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage import measure

from mammoview.display.colormaps import colours, drawn_colours
from mammoview.display.lattice import Lattice
from mammoview.display.layer_style import LayerStyle

__all__ = [
    "cells",
    "colours",
    "contour_levels",
    "contours",
    "percentile_rank",
    "rgba",
]

_BAND = 64
"""Rows coloured at a time."""


def rgba(values: NDArray[np.floating], style: LayerStyle) -> NDArray[np.uint8]:
    """Colour the cells of a layer.

    Parameters
    ----------
    values
        float (rows, columns); the scale is 0..1, what lies outside is clamped, NaN is not drawn.
    style
        Its colour table, which runs from its threshold to 1, and its opacity.

    Returns
    -------
    uint8 (rows, columns, 4), not premultiplied; all 0 below the threshold, alpha constant from it on.
    """
    table = np.empty((256, 4), np.uint8)
    table[:, :3], table[:, 3] = drawn_colours(style), round(255 * style.opacity)
    image = np.empty(values.shape, np.uint32)
    # Some rows at a time stay in the cache, and a colour is looked up as one number: five times as fast.
    for row in range(0, len(values), _BAND):
        # fmax makes zero of NaN.
        level = np.fmin(np.fmax(values[row : row + _BAND], 0), 1)
        colour = np.take(table.view(np.uint32)[:, 0], np.rint(255 * level).astype(np.uint8))
        # Zero means "nothing here" in every layer, so it stays clear even with the threshold at zero.
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
    """Return the levels at which contours run: the threshold, one third and two thirds of the way from it to 1."""
    # A contour at exactly zero would run around every cell of nothing.
    low = max(threshold, 0.02)
    return (low, (1 + 2 * low) / 3, (2 + low) / 3) if low < 0.98 else (low,)


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
        found = values[some]
        order = np.argsort(found)
        ordered = found[order]
        # Looked up in their order, values are found several times faster than as they lie.
        rank = np.empty(ordered.size, np.float32)
        rank[order] = np.searchsorted(ordered, ordered, side="right") / ordered.size
        ranks[some] = rank
    return ranks
