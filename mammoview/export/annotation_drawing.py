"""The reader's annotations on a picture: lines with a halo, and their figures beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont

from mammoview.display.layers.outlines import OWN_COLOUR, OWN_DASH
from mammoview.display.measurements import figure_lines, region_statistics
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.line_drawing import HALO, pen, stroke
from mammoview.study.annotations import AnnotationKind
from mammoview.study.geometry import Affine

_TEXT_SHARE = 90
"""Letters are one of this many parts of the picture's longer side high, and at least 12 px."""


def draw_annotations(rgb: NDArray[np.uint8], analysis: ScanAnalysis, hung: Affine, width: int) -> None:
    """Draw the annotations of a scan on its picture.

    Parameters
    ----------
    rgb
        uint8 (rows, columns, 3), the hung scan, which is drawn on.
    analysis
        Of the scan whose annotations are drawn; the statistics of regions are measured here.
    hung
        From scan pixels to the picture.
    width
        Of a line, pixels.
    """
    scan = analysis.scan
    size = rgb.shape[1], rgb.shape[0]
    font = ImageFont.load_default(max(12, round(max(size) / _TEXT_SHARE)))
    with pen(rgb) as draw:
        for annotation in scan.annotations:
            closed = annotation.outline
            points = hung(annotation.points)
            around = points if closed is None else hung(np.concatenate([closed, closed[:1]]))
            for line in (around, *_additions(annotation.kind, points, 8 * width)):
                if len(line) > 1:
                    stroke(draw, line, OWN_COLOUR, width, dash=OWN_DASH)
            statistics = None if closed is None else region_statistics(analysis, annotation)
            _write(draw, figure_lines(annotation, scan.spacing, statistics), around, font, size)


def _additions(kind: AnnotationKind, points: NDArray[np.float64], size: float) -> list[NDArray[np.float64]]:
    """Return the ticks of a ruler or the head of an arrow."""
    if kind not in (AnnotationKind.RULER, AnnotationKind.ARROW):
        return []
    way = points[0] - points[1]
    along = way / (np.hypot(*way) or 1.0) * size
    across = np.array([-along[1], along[0]])
    if kind is AnnotationKind.RULER:
        return [np.array([end - across / 2, end + across / 2]) for end in points]
    return [np.array([points[1], points[1] + along + side * across / 2]) for side in (1, -1)]


def _write(
    draw: ImageDraw.ImageDraw,
    lines: Sequence[str],
    around: NDArray[np.float64],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    size: tuple[int, int],
) -> None:
    """Write lines to the right of an annotation, moved into the picture where they would leave it."""
    if not lines:
        return
    # Pillow's own font has no superscripts.
    text = "\n".join(lines).replace("\u00b2", "2")
    left, top, right, bottom = draw.multiline_textbbox((0, 0), text, font)
    room = around[:, 0].max() + 6, around[:, 1].min()
    x = min(max(4.0, room[0]), max(4.0, size[0] - (right - left) - 4))
    y = min(max(4.0, room[1]), max(4.0, size[1] - (bottom - top) - 4))
    draw.rectangle((x - 4, y - 2, x + right + 4, y + bottom + 4), (0, 0, 0, 110))
    draw.multiline_text((x, y), text, OWN_COLOUR, font, stroke_width=2, stroke_fill=HALO[:3])
