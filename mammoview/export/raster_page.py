"""Draws a page with Pillow."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

from mammoview.export.fonts import font
from mammoview.export.layer_drawing import draw_layer
from mammoview.export.line_drawing import HALO, stroke
from mammoview.export.page import Box, Item, Page, PageBox, PageImage, PageLayer, PageLine, PagePolygon, PageText
from mammoview.study.geometry import Affine


def drawn(page: Page) -> Image.Image:
    """Return the page as an RGB picture of its size."""
    picture = Image.new("RGB", (page.width, page.height), page.background)
    draw_items(picture, page.items)
    return picture


def draw_items(picture: Image.Image, items: Iterable[Item]) -> None:
    """Draw items on an RGB picture."""
    for item in items:
        match item:
            case PageImage():
                _draw_image(picture, item)
            case PageLayer():
                _draw_layer(picture, item)
            case PageLine():
                _draw_line(picture, item)
            case PageBox():
                fill = None if item.fill is None else (*item.fill, round(255 * item.opacity))
                ImageDraw.Draw(picture, "RGBA").rectangle(item.box, fill, item.edge)
            case PagePolygon():
                corners = [(float(x), float(y)) for x, y in item.points - 0.5]
                ImageDraw.Draw(picture, "RGBA").polygon(corners, item.fill)
            case PageText():
                _draw_text(picture, item)


def _draw_image(picture: Image.Image, item: PageImage) -> None:
    left, top, right, bottom = _whole(item.box)
    image = Image.fromarray(np.ascontiguousarray(item.pixels))
    size = max(1, right - left), max(1, bottom - top)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS if item.smooth else Image.Resampling.NEAREST)
    picture.paste(image, (left, top))


def _draw_layer(picture: Image.Image, item: PageLayer) -> None:
    left, top, right, bottom = _whole(item.box)
    rgb = np.array(picture.crop((left, top, right, bottom)))
    to_part = Affine(column_shift=-left, row_shift=-top) @ item.to_page
    draw_layer(rgb, item.drawing, to_part, item.width, item.opacity, item.lines_opacity)
    picture.paste(Image.fromarray(rgb), (left, top))


def _draw_line(picture: Image.Image, item: PageLine) -> None:
    whole = (0, 0, *picture.size)
    left, top, right, bottom = whole if item.box is None else _whole(item.box)
    part = picture if (left, top, right, bottom) == whole else picture.crop((left, top, right, bottom))
    points, width = item.points - (left, top), max(1, round(item.width))
    draw = ImageDraw.Draw(part, "RGBA")
    if item.halo:
        stroke(draw, points, item.colour, width, item.opacity, item.dash)
    else:
        line = [(float(x), float(y)) for x, y in points - 0.5]
        draw.line(line, (*item.colour, round(255 * item.opacity)), width, "curve")
    if part is not picture:
        picture.paste(part, (left, top))


def _draw_text(picture: Image.Image, item: PageText) -> None:
    ImageDraw.Draw(picture).text(
        (item.x, item.y),
        item.text,
        item.colour,
        font(item.size, item.face),
        anchor=item.anchor,
        stroke_width=item.halo,
        stroke_fill=HALO[:3],
    )


def _whole(box: Box) -> tuple[int, int, int, int]:
    """Return a box in whole pixels."""
    left, top, right, bottom = (round(side) for side in box)
    return left, top, right, bottom
