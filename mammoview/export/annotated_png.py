"""The annotated scan as a picture: full resolution, hung upright, layers over it and a legend below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mammoview.assess.results.assessment import Assessment
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.registry import STYLES
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.export.caption_strip import with_strip
from mammoview.export.captions import NOTHING_JUDGED, Captions, captions, looks
from mammoview.export.raster_page import drawn
from mammoview.export.scan_page import scan_items
from mammoview.records.reader_report import Verdict
from mammoview.study.pixel_changes import ALTERED
from mammoview.study.scan import Scan


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
    black_outside: bool = False,
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
    black_outside
        Whether the film more than 5 mm outside the breast is black.

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
    chosen = looks(styles, assessment)
    analysis = analysis or analyse(scan)
    picture = drawn(scan_items(analysis, assessment, layers, chosen, beside, black_outside))
    zoom = 1.0 if size is None else size / max(picture.size)
    if zoom != 1.0:
        box = (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom)))
        picture = picture.resize(box, Image.Resampling.LANCZOS)
    return with_strip(
        picture, captions(analysis, assessment, layers, chosen, zoom, judged=judged, unassessed=unassessed)
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
    black_outside: bool = False,
) -> Path:
    """Write `draw_annotated` as a PNG, whole or not at all; returns its path.

    It has no metadata, unless the scan is altered, which they say.

    Raises
    ------
    MammoviewError
        As `draw_annotated`, and when the file cannot be written.
    """
    picture = draw_annotated(
        scan, assessment, layers, styles, size, judged, analysis, beside, unassessed, black_outside
    )
    return _save(picture, path, scan.altered)


def write_as_seen(path: Path, rgb: NDArray[np.uint8], captions: Captions) -> Path:
    """Write a viewport as it is on screen, with the same strip below it, as a PNG.

    It has no metadata, unless the scan is altered, which they say.

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
    return _save(with_strip(Image.fromarray(np.ascontiguousarray(rgb)), captions), path, ALTERED in captions.lines)


def _save(picture: Image.Image, path: Path, altered: bool) -> Path:
    metadata = PngInfo()
    if altered:
        metadata.add_itxt("Altered", ALTERED)
    try:
        with atomic_write(path) as partial:
            picture.save(partial, format="PNG", compress_level=4, pnginfo=metadata)
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", path) from error
    return path
