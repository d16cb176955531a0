"""Draws the description of a layer on a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.disk_morphology import dilated
from mammoview.display.layers.drawing import Cells, Cross, Drawing, DrawnBitmap, Path, Raster, Strokes
from mammoview.export.line_drawing import HALO, pen, stroke
from mammoview.study.geometry import Affine

_BAND = 256
"""Rows blended at a time, which bounds the memory."""


def draw_layer(
    rgb: NDArray[np.uint8], drawing: Drawing, to_picture: Affine, width: int, opacity: float, lines_opacity: float
) -> None:
    """Draw one layer; its labels are left out, as they may name the patient.

    Parameters
    ----------
    rgb
        uint8 (rows, columns, 3), which is drawn on.
    drawing
        In scan pixels.
    to_picture
        Maps scan pixels to those of the picture.
    width
        Of every line, pixels.
    opacity, lines_opacity
        0..1, of rasters and fills, and of lines and bitmaps.
    """
    for raster in (drawing.raster, drawing.cells.fill if drawing.cells is not None else None):
        if raster is not None:
            _blend(rgb, raster.pixels, to_picture @ raster.to_scan, raster.opacity * opacity)
    for raster in (bitmap_raster(bitmap, width) for bitmap in drawing.bitmaps):
        _blend(rgb, raster.pixels, to_picture @ raster.to_scan, lines_opacity)
    if drawing.cells is not None:
        _draw_cells(rgb, drawing.cells, to_picture, width, lines_opacity)
    if drawing.strokes:
        _draw_strokes(rgb, drawing.strokes, to_picture, width, lines_opacity)


def _draw_cells(rgb: NDArray[np.uint8], cells: Cells, to_picture: Affine, width: int, opacity: float) -> None:
    """Draw the edges of cells."""
    with pen(rgb) as draw:
        for edge, ink in zip(cell_edges(cells, to_picture, width), cells.colours, strict=True):
            stroke(draw, edge, ink, width, opacity)


def _draw_strokes(
    rgb: NDArray[np.uint8], drawn: Sequence[Strokes], to_picture: Affine, width: int, opacity: float
) -> None:
    """Draw paths and crosses; the picture is taken up once, however many there are."""
    with pen(rgb) as draw:
        for strokes in drawn:
            for figure in strokes.figures:
                for line in lines_of(figure, to_picture, width):
                    stroke(draw, line, strokes.pen.colour, width, opacity, strokes.pen.dash)


def cell_edges(cells: Cells, to_picture: Affine, width: int) -> Iterator[NDArray[np.float64]]:
    """Go over the closed edges of cells in the picture, for lines of a width."""
    for left, top, right, bottom in cells.boxes:
        corners = to_picture([[left, top], [right, bottom]])
        # A hair inside the cell, so that neighbours do not share one line.
        (x0, y0), (x1, y1) = corners.min(0) + width, corners.max(0) - width
        yield np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])


def lines_of(figure: Path | Cross, to_picture: Affine, width: int) -> list[NDArray[np.float64]]:
    """Return the lines of a figure in the picture; a closed one repeats its first point."""
    if isinstance(figure, Cross):
        arm, point = 5 * width, to_picture(figure.point)
        return [point + np.array([[-arm, 0], [arm, 0]]), point + np.array([[0, -arm], [0, arm]])]
    return [to_picture(np.concatenate([line, line[:1]]) if figure.closed else line) for line in figure.lines]


def bitmap_raster(drawn: DrawnBitmap, width: int) -> Raster:
    """Return a bitmap with a halo, its lines at least as wide as those of outlines of a width."""
    thickened = -(-width // 2)
    bits = np.pad(drawn.bitmap.read(), 2 * thickened)
    line = dilated(bits, max(0, thickened - 1))
    coloured = np.zeros((*bits.shape, 4), np.uint8)
    coloured[dilated(bits, 2 * thickened)] = HALO
    coloured[line] = (*drawn.colour, 255)
    place = Affine(column_shift=drawn.bitmap.left - 2 * thickened, row_shift=drawn.bitmap.top - 2 * thickened)
    return Raster(coloured, place)


def _blend(rgb: NDArray[np.uint8], coloured: NDArray[np.uint8], to_picture: Affine, opacity: float) -> None:
    """Lay coloured cells, uint8 (rows, columns, 4), over the picture as they are; where alpha is 0 nothing changes."""
    if to_picture.swapped:
        coloured = coloured.swapaxes(0, 1)
    to_cells = to_picture.upright.inverse
    rows, columns = rgb.shape[:2]
    r = np.floor((np.arange(rows) + 0.5) * to_cells.row_scale + to_cells.row_shift).astype(np.intp)
    c = np.floor((np.arange(columns) + 0.5) * to_cells.column_scale + to_cells.column_shift).astype(np.intp)
    height, width = coloured.shape[:2]
    alphas = (np.rint(np.arange(256) * opacity) / 255).astype(np.float32)
    across = np.flatnonzero((c >= 0) & (c < width))
    for start in range(0, rows, _BAND):
        down = start + np.flatnonzero((r[start : start + _BAND] >= 0) & (r[start : start + _BAND] < height))
        above = coloured[r[down]][:, c[across]]
        drawn = np.nonzero(above[..., 3])
        if not drawn[0].size:
            continue
        ink = above[drawn].astype(np.float32)
        alpha = alphas[above[drawn][:, 3:]]
        place = down[drawn[0]], across[drawn[1]]
        rgb[place] = np.rint(rgb[place] * (1 - alpha) + ink[:, :3] * alpha).astype(np.uint8)
