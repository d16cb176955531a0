"""The description of a page: pictures, layers, lines, boxes and texts, for the raster and the vector back ends.

Coordinates are (x, y) in pixels of the page, y down, the page covering 0..width by 0..height; pixel centres lie at
integer + 0.5. `mammoview.export.raster_page` draws a page with Pillow, `svg_page` and `pdf_page` as vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.display.layers.drawing import RGB, Drawing
from mammoview.export.fonts import Face
from mammoview.study.geometry import Affine

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, eq=False)
class PageImage:
    """A picture.

    Parameters
    ----------
    pixels
        uint8 (rows, columns) grey, or (rows, columns, 3) RGB.
    box
        Where it lies.
    smooth
        Whether it is interpolated where its pixels are not those of the page; else they stay squares.
    """

    pixels: NDArray[np.uint8]
    box: Box
    smooth: bool = True


@dataclass(frozen=True, eq=False)
class PageLayer:
    """The description of a layer; its labels are left out, as they may name the patient.

    Parameters
    ----------
    drawing
        In scan pixels.
    to_page
        Maps scan pixels to the page.
    box
        What lies outside is not drawn.
    width
        Of every line.
    opacity, lines_opacity
        0..1, of rasters and fills, and of lines and bitmaps.
    """

    drawing: Drawing
    to_page: Affine
    box: Box
    width: int
    opacity: float
    lines_opacity: float


@dataclass(frozen=True, eq=False)
class PageLine:
    """A line.

    Parameters
    ----------
    points
        float64 (N, 2); a closed line repeats its first point.
    colour, width, opacity
        Of the line.
    dash
        Dash and gap in widths of the line; None for a continuous one.
    halo
        Whether a dark line of twice the width lies below it.
    box
        What lies outside is not drawn; None for the whole page.
    """

    points: NDArray[np.float64]
    colour: RGB
    width: float
    opacity: float = 1.0
    dash: tuple[int, int] | None = None
    halo: bool = False
    box: Box | None = None


@dataclass(frozen=True)
class PageBox:
    """A box.

    Parameters
    ----------
    box
        Where it lies.
    fill
        Its colour; None leaves it clear.
    edge
        Colour of its edge, one pixel wide; None for none.
    opacity
        0..1, of the fill.
    """

    box: Box
    fill: RGB | None = None
    edge: RGB | None = None
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class PagePolygon:
    """A filled polygon.

    Parameters
    ----------
    points
        float64 (N, 2).
    fill
        Its colour.
    """

    points: NDArray[np.float64]
    fill: RGB


@dataclass(frozen=True)
class PageText:
    """One line of text.

    Parameters
    ----------
    x, y
        Where its anchor lies.
    text
        Its text.
    size
        Of the font, pixels.
    colour
        Of the letters.
    anchor
        "l", "m" or "r" for left, middle or right, and "a" for the top of the letters or "s" for their base line.
    face
        Font.
    halo
        Width of a dark line around the letters; 0 for none.
    """

    x: float
    y: float
    text: str
    size: int
    colour: RGB
    anchor: str = "la"
    face: Face = Face.PLAIN
    halo: int = 0


Item = PageImage | PageLayer | PageLine | PageBox | PagePolygon | PageText


@dataclass(frozen=True, eq=False)
class Page:
    """A page.

    Parameters
    ----------
    width, height
        Pixels.
    items
        From the bottom up.
    dpi
        Pixels per inch in print.
    background
        Colour of the paper.
    facts
        Provenance for the metadata of the file; names nobody.
    """

    width: int
    height: int
    items: tuple[Item, ...]
    dpi: int = 300
    background: RGB = (255, 255, 255)
    facts: Mapping[str, str] = field(default_factory=dict)


def moved(item: Item, across: float, down: float) -> Item:
    """Return an item shifted on the page."""
    shift = np.array([across, down])
    match item:
        case PageImage():
            return replace(item, box=_shifted(item.box, across, down))
        case PageLayer():
            to_page = Affine(column_shift=across, row_shift=down) @ item.to_page
            return replace(item, to_page=to_page, box=_shifted(item.box, across, down))
        case PageLine():
            box = None if item.box is None else _shifted(item.box, across, down)
            return replace(item, points=item.points + shift, box=box)
        case PageBox():
            return replace(item, box=_shifted(item.box, across, down))
        case PagePolygon():
            return replace(item, points=item.points + shift)
        case PageText():
            return replace(item, x=item.x + across, y=item.y + down)


def _shifted(box: Box, across: float, down: float) -> Box:
    return box[0] + across, box[1] + down, box[2] + across, box[3] + down
