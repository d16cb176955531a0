"""The reader's annotations on a picture: lines with a halo, and their figures beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mammoview.display.layers.outlines import OWN_COLOUR, OWN_DASH
from mammoview.display.measurements import figure_lines, region_statistics
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.fonts import Face, font, wrapped
from mammoview.export.page import Box, Item, PageBox, PageLine, PageText
from mammoview.study.geometry import Affine

_TEXT_SHARE = 90
"""Letters are one of this many parts of the picture's longer side high, and at least 12 px."""
_UNIT = 0.8
"""Widths of a line that a pixel of the screen is: lines are wider than on screen."""
_HALO = 2
"""Width of the dark line around letters, pixels."""


def annotation_items(analysis: ScanAnalysis, hung: Affine, size: tuple[int, int], width: int) -> list[Item]:
    """Return the annotations of a scan as items of its picture.

    Parameters
    ----------
    analysis
        Of the scan whose annotations are drawn; the statistics of regions are measured here.
    hung
        From scan pixels to the picture.
    size
        Width and height of the picture, pixels.
    width
        Of a line, pixels.
    """
    scan = analysis.scan
    letters = max(12, round(max(size) / _TEXT_SHARE))
    items: list[Item] = []
    taken: list[Box] = []
    for annotation in scan.annotations:
        closed = annotation.outline
        points = hung(annotation.points)
        around = points if closed is None else hung(np.concatenate([closed, closed[:1]]))
        items += [
            PageLine(line, OWN_COLOUR, width, dash=OWN_DASH, halo=True, box=(0, 0, *size))
            for line in (around, *annotation.type.strokes(points, _UNIT * width))
            if len(line) > 1
        ]
        statistics = None if closed is None else region_statistics(analysis, annotation)
        items += _text(figure_lines(annotation, scan.spacing, statistics), around, letters, size, taken)
    return items


def _text(
    lines: Sequence[str], around: NDArray[np.float64], letters: int, size: tuple[int, int], taken: list[Box]
) -> list[Item]:
    """Return lines to the right of an annotation, moved into the picture where they would leave it; long ones in parts.

    They move up or down to cover none of the boxes `taken`, those of other texts, and their own box is added to these.
    """
    if not lines:
        return []
    lines = [part for line in lines for part in wrapped(line, size[0] - 8, letters, Face.TEXT)]
    draw, face = ImageDraw.Draw(Image.new("L", (1, 1))), font(letters, Face.TEXT)
    left, top, right, bottom = draw.multiline_textbbox((0, 0), "\n".join(lines), face)
    step = draw.multiline_textbbox((0, 0), "A\nA", face, stroke_width=_HALO)[3]
    step -= draw.textbbox((0, 0), "A", face, stroke_width=_HALO)[3]
    room = around[:, 0].max() + 6, around[:, 1].min()
    x = min(max(4.0, room[0]), max(4.0, size[0] - (right - left) - 4))
    y = min(max(4.0, room[1]), max(4.0, size[1] - (bottom - top) - 4))
    strip = _moved_clear((x - 4, y - 2, x + right + 4, y + bottom + 4), taken, size[1])
    taken.append(strip)
    y = strip[1] + 2
    return [
        PageBox(strip, (0, 0, 0), opacity=110 / 255),
        *(
            PageText(x, y + i * step, line, letters, OWN_COLOUR, face=Face.TEXT, halo=_HALO)
            for i, line in enumerate(lines)
        ),
    ]


def _moved_clear(box: Box, others: Sequence[Box], rows: int) -> Box:
    """Return a box moved up or down, as little as it takes to cover none of others in a picture of so many rows.

    It stays where it is when there is no room.
    """
    left, top, right, bottom = box
    height = bottom - top
    beside = [(other[1], other[3]) for other in others if other[0] < right and left < other[2]]
    tops = [top, *(lower for _, lower in beside), *(upper - height for upper, _ in beside)]
    free = [
        one
        for one in tops
        if 0 <= one <= rows - height and all(one >= lower or one + height <= upper for upper, lower in beside)
    ]
    found = min(free, key=lambda one: abs(one - top), default=top)
    return left, found, right, found + height
