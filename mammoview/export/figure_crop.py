"""The part of a scan that a figure shows, and its picture and layers in a box of a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.anatomy.frame import BASE_UM, FRAME_PX
from mammoview.assess.results.assessment import Assessment
from mammoview.core.errors import MammoviewError
from mammoview.display import screen_orientation
from mammoview.display.layer_style import LayerStyle
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.page import Box, Item, PageBox, PageImage
from mammoview.export.scan_layers import layer_drawings
from mammoview.study.geometry import Affine
from mammoview.study.scan import Side

AROUND_MM = 20.0
"""Tissue on each side of a finding, mm."""
MARGIN_MM = 5.0
"""Film round the breast, or tissue round an outline, mm."""
PAPER_CROP = "paper"
"""Name of the crop of the paper."""
PX_MM = 0.05
"""Side of a pixel where the spacing is unknown, mm."""


@dataclass(frozen=True)
class Crop:
    """A rectangle of a scan.

    Parameters
    ----------
    to_view
        Maps scan (column, row) to the picture as it is turned for the figure.
    box
        Left, top, right and bottom in that picture.
    across_mm, down_mm
        Size of its pixels; where the spacing is unknown they are taken for 0.05 mm.
    title
        What it shows, such as "finding 1".
    """

    to_view: Affine
    box: Box
    across_mm: float
    down_mm: float
    title: str

    @property
    def width_mm(self) -> float:
        """Width on the breast, mm."""
        return (self.box[2] - self.box[0]) * self.across_mm

    @property
    def height_mm(self) -> float:
        """Height on the breast, mm."""
        return (self.box[3] - self.box[1]) * self.down_mm

    def to_page(self, box: Box) -> Affine:
        """Map scan (column, row) to a box of a page that the crop fills."""
        left, top, right, bottom = box
        across = (right - left) / (self.box[2] - self.box[0])
        down = (bottom - top) / (self.box[3] - self.box[1])
        return Affine(across, down, left - across * self.box[0], top - down * self.box[1]) @ self.to_view


def crop_named(name: str, analysis: ScanAnalysis, assessment: Assessment | None) -> Crop:
    """Return the crop that a text names.

    Parameters
    ----------
    name
        "scan", "breast", "paper" (the Frame of the paper), "finding:N" by rank, or "outline:N" in the order of the
        scan's outlines.
    analysis, assessment
        Of the scan.

    Raises
    ------
    MammoviewError
        When there is no such crop, or the scan has no such finding, outline or breast.
    """
    kind, _, number = name.strip().lower().partition(":")
    path = analysis.scan.path
    if kind == PAPER_CROP and not number:
        return paper_crop(analysis, assessment)
    if kind == "scan" and not number:
        return _hung(analysis, None, 0.0, "whole scan")
    if kind == "breast" and not number:
        return breast_crop(analysis)
    if kind not in ("finding", "outline") or not number.isdecimal():
        raise MammoviewError(f"there is no crop {name!r}", "Use scan, breast, paper, finding:N or outline:N")
    index = int(number)
    if kind == "finding":
        marks = () if assessment is None else assessment.marks
        found = next((mark for mark in marks if mark.rank == index), None)
        if found is None:
            raise MammoviewError(f"the scan has no finding {index}", f"It has {len(marks)}", path)
        return finding_crop(analysis, found.column, found.row, f"finding {index}")
    outlines = analysis.scan.outlines
    if not 1 <= index <= len(outlines):
        raise MammoviewError(f"the scan has no outline {index}", f"It has {len(outlines)}", path)
    return _hung(analysis, outlines[index - 1].points, MARGIN_MM, f"outline {index}")


def breast_crop(analysis: ScanAnalysis, wall: Side | None = None) -> Crop:
    """Return the breast with a margin; the whole scan where none was found.

    `wall` is the side on which the chest wall is wanted; that on which it hangs alone for None.
    """
    breast = analysis.breast
    if breast is None:
        return _hung(analysis, None, 0.0, "whole scan", wall=wall)
    rows, columns = np.flatnonzero(breast.mask.any(1)), np.flatnonzero(breast.mask.any(0))
    corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]], float)
    return _hung(analysis, breast.to_scan(corners), MARGIN_MM, "breast", wall=wall)


def finding_crop(analysis: ScanAnalysis, column: float, row: float, title: str) -> Crop:
    """Return a square of 40 mm round a place of the scan, moved into it where it would leave it."""
    return _hung(analysis, np.array([[column, row]]), AROUND_MM, title, moved=True)


def paper_crop(analysis: ScanAnalysis, assessment: Assessment | None) -> Crop:
    """Return the Frame of the paper: 102.4 mm, nipple to the right. Raises MammoviewError without an assessment."""
    if assessment is None:
        raise MammoviewError(
            "the layout of the paper needs an assessment", "Show a layer of the models", analysis.scan.path
        )
    side = BASE_UM / 1000
    return Crop(
        assessment.frame.from_scan,
        (0.0, 0.0, FRAME_PX, FRAME_PX),
        side,
        side,
        f"Frame of the paper, {side * FRAME_PX:g} mm, nipple to the right",
    )


def crop_items(
    crop: Crop,
    box: Box,
    grey: NDArray[np.uint8],
    analysis: ScanAnalysis,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle],
    line: int,
) -> list[Item]:
    """Return the picture of a crop and its layers in a box of a page.

    Parameters
    ----------
    crop, box
        What is shown, and where.
    grey
        uint8 (rows, columns): the scan as it is shown, not turned.
    analysis, assessment
        Of the scan.
    layers, styles
        Which layers lie over it, and how.
    line
        Width of lines, pixels of the page.
    """
    to_page, drawn = crop.to_page(box), layer_drawings(analysis, assessment, layers, styles)
    return [
        # Pillow counts the last row and column of a box in.
        PageBox((box[0], box[1], box[2] - 1, box[3] - 1), (0, 0, 0)),
        *_image(to_page, box, grey),
        *(layer.on_page(to_page, box, line) for layer in drawn),
    ]


def _image(to_page: Affine, box: Box, grey: NDArray[np.uint8]) -> Sequence[PageImage]:
    """Return the part of a scan that lies in a box, at the resolution of the page at most."""
    left, top, right, bottom = box
    turned = to_page.turned(grey)
    corners = to_page([[0, 0], [grey.shape[1], grey.shape[0]]])
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    rows, columns = turned.shape
    across, down = (x1 - x0) / columns, (y1 - y0) / rows
    first_column, last_column = max(0, round((left - x0) / across)), min(columns, round((right - x0) / across))
    first_row, last_row = max(0, round((top - y0) / down)), min(rows, round((bottom - y0) / down))
    if first_column >= last_column or first_row >= last_row:
        return ()
    place = (
        max(left, x0 + first_column * across),
        max(top, y0 + first_row * down),
        min(right, x0 + last_column * across),
        min(bottom, y0 + last_row * down),
    )
    part = np.ascontiguousarray(turned[first_row:last_row, first_column:last_column])
    size = max(1, round(place[2] - place[0])), max(1, round(place[3] - place[1]))
    if size[0] < part.shape[1] and size[1] < part.shape[0]:
        part = np.asarray(Image.fromarray(part).resize(size, Image.Resampling.LANCZOS))
    return (PageImage(part, place),)


def _hung(
    analysis: ScanAnalysis,
    points: NDArray[np.float64] | None,
    margin_mm: float,
    title: str,
    moved: bool = False,
    wall: Side | None = None,
) -> Crop:
    """Return the box of points as the scan hangs, with a margin; the whole scan for None."""
    spacing = analysis.standing_spacing
    alone = screen_orientation.hung_transform(analysis)
    hung = alone if wall is None else screen_orientation.to_screen(analysis, wall)
    across, down = (spacing.column_mm, spacing.row_mm) if spacing.known else (PX_MM, PX_MM)
    rows, columns = analysis.standing_size
    if points is None:
        return Crop(hung, (0.0, 0.0, float(columns), float(rows)), across, down, title)
    placed = hung(points)
    margin = np.array([margin_mm / across, margin_mm / down])
    low, high = np.round(placed.min(0) - margin), np.round(placed.max(0) + margin)
    limits = np.array([columns, rows], float)
    if moved:
        shift = np.maximum(0, -low) - np.maximum(0, high - limits)
        # A scan smaller than the square is shown in its middle.
        shift = np.where(high - low > limits, np.round((limits - high - low) / 2), shift)
        low, high = low + shift, high + shift
    else:
        low, high = np.maximum(low, 0), np.minimum(high, limits)
    return Crop(hung, (float(low[0]), float(low[1]), float(high[0]), float(high[1])), across, down, title)
