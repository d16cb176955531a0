"""A layer of a page as what vector formats have: coloured pictures and lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.export.layer_drawing import bitmap_raster, cell_edges, lines_of
from mammoview.export.page import Box, PageLayer, PageLine
from mammoview.study.geometry import Affine


@dataclass(frozen=True, eq=False)
class Overlay:
    """A coloured picture with clear parts.

    Parameters
    ----------
    pixels
        uint8 (rows, columns, 4), RGBA, not premultiplied; drawn as squares.
    box
        Where it lies on the page.
    clip
        What lies outside is not drawn.
    """

    pixels: NDArray[np.uint8]
    box: Box
    clip: Box


def parts(layer: PageLayer) -> Iterator[Overlay | PageLine]:
    """Go over what a layer consists of, from the bottom up."""
    drawing, width = layer.drawing, layer.width
    for raster in (drawing.raster, drawing.cells.fill if drawing.cells is not None else None):
        if raster is not None:
            yield from _overlay(raster.pixels, raster.to_scan, raster.opacity * layer.opacity, layer)
    for raster in (bitmap_raster(bitmap, width) for bitmap in drawing.bitmaps):
        yield from _overlay(raster.pixels, raster.to_scan, layer.lines_opacity, layer)
    if drawing.cells is not None:
        edges = cell_edges(drawing.cells, layer.to_page, width)
        for edge, ink in zip(edges, drawing.cells.colours, strict=True):
            yield PageLine(edge, ink, width, layer.lines_opacity, halo=True, box=layer.box)
    for strokes in drawing.strokes:
        pen = strokes.pen
        for figure in strokes.figures:
            for line in lines_of(figure, layer.to_page, width):
                yield PageLine(line, pen.colour, width, layer.lines_opacity, pen.dash, halo=True, box=layer.box)


def _overlay(pixels: NDArray[np.uint8], to_scan: Affine, opacity: float, layer: PageLayer) -> Iterator[Overlay]:
    """Return the part of a raster that is seen, turned as the page is; nothing where all of it is clear."""
    to_page = layer.to_page @ to_scan
    rows, columns = np.flatnonzero(pixels[..., 3].any(1)), np.flatnonzero(pixels[..., 3].any(0))
    if not rows.size:
        return
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    corners = to_page([[left, top], [right, bottom]])
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    shown = to_page.turned(pixels[top:bottom, left:right]).copy()
    shown[..., 3] = np.rint(shown[..., 3] * opacity)
    yield Overlay(shown, (float(x0), float(y0), float(x1), float(y1)), layer.box)
