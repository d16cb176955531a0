"""Crops of errors of a model: the small pictures of the workbench, and a sheet of them as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.export.figure_layout import GREY, PAPER, Layout
from mammoview.export.fonts import Face
from mammoview.export.page import Page, PageImage, PagePolygon
from mammoview.export.raster_page import drawn
from mammoview.export.saving import save_pdf, save_png, save_svg
from mammoview.study.scan import Scan

AROUND_MM = 40.0
"""Side of a crop."""
UNKNOWN_MM = 0.05
COLUMNS = 4
MOST = 200
"""Most crops of a sheet."""
_WIDTH_MM, _MARGIN_MM, _GAP_MM = 180.0, 4.0, 3.0
_PIXELS = 384


@dataclass(frozen=True, eq=False)
class ErrorCrop:
    """A square of a scan round a place.

    Parameters
    ----------
    grey
        uint8 (side, side).
    box
        Left, top, right, bottom of the lesion in parts of the side, 0..1; None for a mark.
    title, text
        What it is, and what is known of it. They name nobody.
    """

    grey: NDArray[np.uint8]
    box: tuple[float, float, float, float] | None
    title: str = ""
    text: str = ""


def crop_round(
    scan: Scan,
    grey: NDArray[np.uint8],
    place: tuple[float, float],
    box: tuple[float, float, float, float] | None = None,
    pixels: int = _PIXELS,
) -> ErrorCrop:
    """Return a square of `AROUND_MM` round a place of a scan, larger where the lesion is; what lies beyond is black.

    Parameters
    ----------
    scan
        Whose spacing counts.
    grey
        Of the whole scan, as `rendering.render` returns it.
    place
        (column, row) in scan pixels.
    box
        Of the lesion in scan pixels; None for a mark.
    pixels
        Side of the crop.
    """
    spacing = scan.spacing
    across, down = (spacing.column_mm, spacing.row_mm) if spacing.known else (UNKNOWN_MM, UNKNOWN_MM)
    sides = (
        [AROUND_MM] if box is None else [AROUND_MM, 1.3 * (box[2] - box[0]) * across, 1.3 * (box[3] - box[1]) * down]
    )
    width, height = max(sides) / across, max(sides) / down
    left, top = place[0] - width / 2, place[1] - height / 2
    # At its own size first: then each pixel is averaged into the crop, and calcifications are not stepped over.
    own = max(pixels, round(width)), max(pixels, round(height))
    extent = (left, top, left + width, top + height)
    picture = Image.fromarray(grey).transform(own, Image.Transform.EXTENT, extent, Image.Resampling.BILINEAR)
    picture = picture.resize((pixels, pixels), Image.Resampling.BOX)
    inside = None
    if box is not None:
        inside = ((box[0] - left) / width, (box[1] - top) / height, (box[2] - left) / width, (box[3] - top) / height)
    return ErrorCrop(np.asarray(picture, np.uint8), inside)


def sheet(crops: Sequence[ErrorCrop], dpi: int = 300) -> Page:
    """Return a page of crops, four in a row, with words below each. Raises MammoviewError for none, or too many."""
    if not crops or len(crops) > MOST:
        raise MammoviewError(f"a sheet holds 1 to {MOST} crops, and not {len(crops)}", "Select fewer rows")
    layout = Layout(_WIDTH_MM, dpi, _MARGIN_MM)
    side = (layout.room_mm - (COLUMNS - 1) * _GAP_MM) / COLUMNS
    for first in range(0, len(crops), COLUMNS):
        top, deepest = layout.y_mm, 0.0
        for index, crop in enumerate(crops[first : first + COLUMNS]):
            left = layout.margin_mm + index * (side + _GAP_MM)
            x0, y0, x1, y1 = (layout.px(mm) for mm in (left, top, left + side, top + side))
            layout.items.append(PageImage(crop.grey, (x0, y0, x1, y1)))
            if crop.box is not None:
                corners = [(crop.box[i], crop.box[j]) for i, j in ((0, 1), (2, 1), (2, 3), (0, 3))]
                points = np.array([(x0 + x * (x1 - x0), y0 + y * (y1 - y0)) for x, y in corners])
                layout.items += _frame(points, layout.line)
            y = top + side + 1
            lines = [(crop.title, 7.0, Face.BOLD)] + [(line, 6.5, Face.TEXT) for line in crop.text.splitlines()]
            for text, points_size, face in lines:
                for line in layout.lines(text, points_size, face, side):
                    layout.text(left, y, line, points_size, face=face)
                    y += layout.step_mm(points_size)
            deepest = max(deepest, y)
        layout.y_mm = deepest + 2
    layout.paragraph(f"{NOT_FOR_DIAGNOSIS} Mammoview {__version__}", 6.5, GREY)
    width, height = layout.size
    facts = {"Title": f"Mammoview: {len(crops)} crops", "Software": f"Mammoview {__version__}"}
    return Page(width, height, tuple(layout.items), layout.dpi, PAPER, {**facts, "Notice": NOT_FOR_DIAGNOSIS})


def write_sheet(path: Path, crops: Sequence[ErrorCrop], dpi: int = 300) -> Path:
    """Write a sheet as PNG, SVG or PDF, by the suffix; returns its path. Raises MammoviewError."""
    page = sheet(crops, dpi)
    match path.suffix.lower():
        case ".png":
            save_png(path, drawn(page), page.facts, page.dpi)
        case ".svg":
            save_svg(path, page)
        case ".pdf":
            save_pdf(path, [page])
        case _:
            raise MammoviewError("a sheet is a PNG, SVG or PDF file", "Give a name that ends in one of these", path)
    return path


def _frame(points: NDArray[np.float64], line: int) -> list[PagePolygon]:
    """Return a thin frame as four bars."""
    bars = []
    for start, end in zip(points, np.roll(points, -1, 0), strict=True):
        way = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
        off = np.array([-way[1], way[0]]) * line / 2
        bars.append(PagePolygon(np.array([start - off, end - off, end + off, start + off]), (255, 170, 60)))
    return bars
