"""The annotated scan as a picture: full resolution, hung upright, layers over it and a legend below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.anatomy.disk_morphology import dilated
from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.display import screen_orientation
from mammoview.display.colormaps import colour
from mammoview.display.layer_styles import (
    FILL_AT_MOST,
    OUTLINE_DASHES,
    STYLES,
    LayerStyle,
    cells,
    contour_levels,
    contours,
    rgba,
)
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.export.annotation_drawing import draw_annotations
from mammoview.export.caption_strip import with_strip
from mammoview.export.captions import NOTHING_JUDGED, Captions, at_operating_points, captions, layers_of
from mammoview.export.line_drawing import HALO, pen, stroke
from mammoview.records.reader_report import Verdict
from mammoview.study.geometry import Affine
from mammoview.study.marks import Bitmap, Mark, MarkOrigin
from mammoview.study.scan import Outline, Scan

_BAND = 256
"""Rows blended at a time, which bounds the memory."""
_LINE_SHARE = 1000
"""A line is one of this many parts of the picture's longer side wide, and at least 2 px."""


def draw_annotated(
    scan: Scan,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle] | None = None,
    size: int | None = None,
    judged: Mapping[int, Verdict] = NOTHING_JUDGED,
    analysis: ScanAnalysis | None = None,
) -> Image.Image:
    """Draw one scan with its layers, the reader's annotations, and a legend strip below it.

    Parameters
    ----------
    scan
        Decoded if it was not yet; its default grey is used.
    assessment
        Where the model layers come from; None draws only outlines, and the legend says that nothing was run.
    layers
        Names out of `STYLES`.
    styles
        Looks of the layers; None takes the default ones with thresholds at the models' operating points.
    size
        Longer side of the picture in pixels; None keeps the scan's own resolution. The strip comes on top of it.
    judged
        The reader's verdicts by rank of the finding, for the strip.
    analysis
        Of the scan, if it is known already.

    Returns
    -------
    RGB picture: the scan upright with its chest wall to the right for R and to the left for L, then the strip.

    Raises
    ------
    MammoviewError
        When the scan cannot be decoded, or a layer is unknown.
    """
    unknown = [name for name in layers if name not in STYLES]
    if unknown:
        raise MammoviewError(f"there is no layer {unknown[0]!r}", f"Choose from {', '.join(STYLES)}")
    looks = at_operating_points(STYLES, assessment) if styles is None else styles
    analysis = analysis or analyse(scan)
    picture = Image.fromarray(_drawn(analysis, assessment, layers, looks))
    zoom = 1.0 if size is None else size / max(picture.size)
    if zoom != 1.0:
        box = (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom)))
        picture = picture.resize(box, Image.Resampling.LANCZOS)
    return with_strip(picture, captions(analysis, assessment, layers, looks, zoom, judged=judged))


def write_png(
    path: Path,
    scan: Scan,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle] | None = None,
    size: int | None = None,
    judged: Mapping[int, Verdict] = NOTHING_JUDGED,
    analysis: ScanAnalysis | None = None,
) -> Path:
    """Write `draw_annotated` as a PNG without any metadata, whole or not at all; returns its path.

    Raises
    ------
    MammoviewError
        As `draw_annotated`, and when the file cannot be written.
    """
    return _save(draw_annotated(scan, assessment, layers, styles, size, judged, analysis), path)


def write_as_seen(path: Path, rgb: NDArray[np.uint8], captions: Captions) -> Path:
    """Write a viewport as it is on screen, with the same strip below it, as a PNG without any metadata.

    Parameters
    ----------
    path
        File to write.
    rgb
        uint8 (rows, columns, 3).
    captions
        From `captions(..., zoom, width)` of the viewport.

    Raises
    ------
    MammoviewError
        When the file cannot be written.
    """
    return _save(with_strip(Image.fromarray(np.ascontiguousarray(rgb)), captions), path)


def _drawn(
    analysis: ScanAnalysis,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle],
) -> NDArray[np.uint8]:
    """Scan, layers and annotations, uint8 (rows, columns, 3), hung; faint fills first, annotations last."""
    scan, hung = analysis.scan, screen_orientation.hung_transform(analysis)
    grey = hung.turned(render(scan, analysis=analysis))
    rgb = np.repeat(grey[..., None], 3, axis=2)
    width = max(2, round(max(grey.shape) / _LINE_SHARE))
    for name in ("saliency", "heatmap", "grid"):
        if name in layers and assessment is not None:
            for layer in layers_of(name, assessment):
                _draw_layer(rgb, Layer(layer.values, hung @ layer.to_scan), styles[name], width)
    for origin in MarkOrigin:
        if origin in layers:
            marks = [mark for mark in scan.marks if mark.origin is origin and mark.frame in (None, scan.frame)]
            _draw_marks(rgb, marks, styles[origin], hung, width)
    if "outlines" in layers:
        _draw_outlines(rgb, scan.outlines, styles["outlines"], hung, width)
    if scan.annotations:
        draw_annotations(rgb, analysis, hung, width)
    return rgb


def _draw_layer(rgb: NDArray[np.uint8], layer: Layer, style: LayerStyle, width: int) -> None:
    """Draw one model layer whose affine leads to the hung picture."""
    if style.name == "saliency" or style.filled:
        # The grid's own opacity is that of its lines.
        most = style.opacity if style.name != "grid" else FILL_AT_MOST * style.opacity
        _blend(rgb, rgba(layer.values, replace(style, opacity=most)), layer.to_scan)
    if style.name == "saliency":
        return
    with pen(rgb) as draw:
        if style.name == "heatmap":
            for level in contour_levels(style.threshold):
                for line in contours(layer, level):
                    stroke(draw, line, colour(style.colours, level), width)
        else:
            for left, top, right, bottom, value in cells(layer, style.threshold):
                # A hair inside the cell, so that neighbours do not share one line.
                x0, y0, x1, y1 = left + width, top + width, right - width, bottom - width
                corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])
                stroke(draw, corners, colour(style.colours, value), width, style.opacity)


def _draw_outlines(
    rgb: NDArray[np.uint8], outlines: Collection[Outline], style: LayerStyle, hung: Affine, width: int
) -> None:
    """Draw outlines dashed by their kind."""
    with pen(rgb) as draw:
        for outline in outlines:
            closed = hung(np.concatenate([outline.points, outline.points[:1]]))
            stroke(draw, closed, colour(style.colours, 1.0), width, style.opacity, OUTLINE_DASHES[outline.kind])


def _draw_marks(rgb: NDArray[np.uint8], marks: Collection[Mark], style: LayerStyle, hung: Affine, width: int) -> None:
    """Draw marks of other programs: lines, crosses for points, and bitmaps."""
    ink, arm = colour(style.colours, 1.0), 5 * width
    for mark in marks:
        if mark.bitmap is not None:
            _draw_bitmap(rgb, mark.bitmap, ink, style.opacity, hung, width)
    with pen(rgb) as draw:
        for mark in (mark for mark in marks if mark.bitmap is None):
            points = hung(mark.points)
            lines = [np.concatenate([points, points[:1]]) if mark.closed else points]
            if len(points) == 1:
                lines = [points + np.array([[-arm, 0], [arm, 0]]), points + np.array([[0, -arm], [0, arm]])]
            for line in lines:
                stroke(draw, line, ink, width, style.opacity)


def _draw_bitmap(
    rgb: NDArray[np.uint8], bitmap: Bitmap, ink: tuple[int, int, int], opacity: float, hung: Affine, width: int
) -> None:
    """Draw a bitmap with a halo, its lines at least as wide as those of outlines."""
    thickened = -(-width // 2)
    drawn = np.pad(bitmap.read(), 2 * thickened)
    line = dilated(drawn, max(0, thickened - 1))
    coloured = np.zeros((*drawn.shape, 4), np.uint8)
    coloured[dilated(drawn, 2 * thickened)] = (*HALO[:3], round(HALO[3] * opacity))
    coloured[line] = (*ink, round(255 * opacity))
    place = Affine(column_shift=bitmap.left - 2 * thickened, row_shift=bitmap.top - 2 * thickened)
    _blend(rgb, coloured, hung @ place)


def _blend(rgb: NDArray[np.uint8], coloured: NDArray[np.uint8], to_picture: Affine) -> None:
    """Lay coloured cells, uint8 (rows, columns, 4), over the picture as they are; where alpha is 0 nothing changes."""
    if to_picture.swapped:
        coloured = coloured.swapaxes(0, 1)
    to_cells = to_picture.upright.inverse
    rows, columns = rgb.shape[:2]
    r = np.floor((np.arange(rows) + 0.5) * to_cells.row_scale + to_cells.row_shift).astype(np.intp)
    c = np.floor((np.arange(columns) + 0.5) * to_cells.column_scale + to_cells.column_shift).astype(np.intp)
    height, width = coloured.shape[:2]
    across = np.flatnonzero((c >= 0) & (c < width))
    for start in range(0, rows, _BAND):
        down = start + np.flatnonzero((r[start : start + _BAND] >= 0) & (r[start : start + _BAND] < height))
        above = coloured[r[down]][:, c[across]]
        drawn = np.nonzero(above[..., 3])
        if not drawn[0].size:
            continue
        ink = above[drawn].astype(np.float32)
        alpha = ink[:, 3:] / 255
        place = down[drawn[0]], across[drawn[1]]
        rgb[place] = np.rint(rgb[place] * (1 - alpha) + ink[:, :3] * alpha).astype(np.uint8)


def _save(picture: Image.Image, path: Path) -> Path:
    try:
        with atomic_write(path) as partial:
            picture.save(partial, format="PNG", compress_level=4)
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", path) from error
    return path
