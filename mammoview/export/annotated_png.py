"""The annotated scan as a picture: full resolution, hung upright, layers over it and a legend below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.assess.results.assessment import Assessment
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.display import screen_orientation
from mammoview.display.layers.layer_style import LayerStyle
from mammoview.display.layers.registry import DRAWN, LAYERS, STYLES
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.export.annotation_drawing import draw_annotations
from mammoview.export.caption_strip import with_strip
from mammoview.export.captions import NOTHING_JUDGED, Captions, at_operating_points, captions, layer_context
from mammoview.export.layer_drawing import draw_layer
from mammoview.records.reader_report import Verdict
from mammoview.study.scan import Scan

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
    beside: Sequence[ScanAnalysis] = (),
    unassessed: str = "",
) -> Image.Image:
    """Draw one scan with its layers, the reader's annotations, and a legend strip below it.

    Parameters
    ----------
    scan
        Decoded if it was not yet; its default grey is used.
    assessment
        Where the model layers come from; None draws only outlines, and the legend says why.
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
    beside
        Of the other breast's scans, from `rendering.companions`, with which it shares the automatic window.
    unassessed
        Why there is no assessment, a sentence; empty where the models were not run.

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
    picture = Image.fromarray(_drawn(analysis, assessment, layers, looks, beside))
    zoom = 1.0 if size is None else size / max(picture.size)
    if zoom != 1.0:
        box = (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom)))
        picture = picture.resize(box, Image.Resampling.LANCZOS)
    return with_strip(
        picture, captions(analysis, assessment, layers, looks, zoom, judged=judged, unassessed=unassessed)
    )


def write_png(
    path: Path,
    scan: Scan,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle] | None = None,
    size: int | None = None,
    judged: Mapping[int, Verdict] = NOTHING_JUDGED,
    analysis: ScanAnalysis | None = None,
    beside: Sequence[ScanAnalysis] = (),
    unassessed: str = "",
) -> Path:
    """Write `draw_annotated` as a PNG without any metadata, whole or not at all; returns its path.

    Raises
    ------
    MammoviewError
        As `draw_annotated`, and when the file cannot be written.
    """
    drawn = draw_annotated(scan, assessment, layers, styles, size, judged, analysis, beside, unassessed)
    return _save(drawn, path)


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
    beside: Sequence[ScanAnalysis],
) -> NDArray[np.uint8]:
    """Scan, layers and annotations, uint8 (rows, columns, 3), hung; annotations on top."""
    scan, hung = analysis.scan, screen_orientation.hung_transform(analysis)
    grey = hung.turned(render(scan, beside=beside, analysis=analysis))
    rgb = np.repeat(grey[..., None], 3, axis=2)
    width = max(2, round(max(grey.shape) / _LINE_SHARE))
    context = layer_context(analysis, assessment)
    for layer in (LAYERS[name] for name in DRAWN if name in layers):
        data, style = layer.data(context), styles[layer.name]
        if data is not None:
            draw_layer(rgb, layer.describe(data, style), hung, width, style.opacity, layer.lines_opacity(style))
    if scan.annotations:
        draw_annotations(rgb, analysis, hung, width)
    return rgb


def _save(picture: Image.Image, path: Path) -> Path:
    try:
        with atomic_write(path) as partial:
            picture.save(partial, format="PNG", compress_level=4)
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", path) from error
    return path
