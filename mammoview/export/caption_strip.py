"""The legend strip below a picture: never over the tissue."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mammoview.display.layers.drawing import RGB
from mammoview.display.legend import Legend
from mammoview.export.captions import Captions
from mammoview.export.fonts import Face, face_of, wrapped
from mammoview.export.page import Item, PageBox, PageImage, PageLine, PagePolygon, PageText
from mammoview.export.raster_page import draw_items

LEAST_WIDTH = 720
"""A narrower picture gets a margin, so that the legend stays legible."""

BACK = (17, 18, 20)
TEXT = (222, 222, 222)
FAINT = (150, 152, 156)
WARM = (232, 190, 120)

_EM_SHARE = 62
_TITLE_EMS, _BAR_EMS = 11, 15


def with_strip(picture: Image.Image, captions: Captions) -> Image.Image:
    """Return the RGB picture with its captions below it.

    Parameters
    ----------
    picture
        RGB; copied unchanged to the top, centred where it is narrower than the legend.
    captions
        What to write; the scale bar is drawn in pixels of the picture.
    """
    items, used, width = strip(picture.width, captions)
    sheet = Image.new("RGB", (width, used), BACK)
    draw_items(sheet, items)
    whole = Image.new("RGB", (width, picture.height + used), (0, 0, 0))
    whole.paste(picture, (strip_margin(picture.width), 0))
    whole.paste(sheet, (0, picture.height))
    return whole


def strip_margin(picture_width: int) -> int:
    """Return the margin to the left of a picture of that width with captions below it, pixels."""
    return max(0, LEAST_WIDTH - picture_width) // 2


def strip(picture_width: int, captions: Captions) -> tuple[list[Item], int, int]:
    """Return the items of the strip below a picture of that width, and height and width of the strip, pixels."""
    width = max(picture_width, LEAST_WIDTH)
    drawn = _CaptionStrip(width, min(56, max(11, round(width / _EM_SHARE))))
    used = drawn.write(captions)
    return drawn.items, used, width


class _CaptionStrip:
    """A strip being written from top to bottom."""

    def __init__(self, width: int, em: int) -> None:
        self.items: list[Item] = []
        self._width, self._em, self._y = width, em, em

    def write(self, captions: Captions) -> int:
        """Write everything; returns the height used."""
        self._head(captions)
        for legend in captions.legends:
            self._legend(legend)
        for line in captions.lines:
            self._y += self._wrapped(self._em, self._y, line, FAINT, 0.8)
        return self._y + self._em

    def _head(self, captions: Captions) -> None:
        """Title and notice on the left, scale bar on the right."""
        em, right = self._em, self._width - self._em
        top = self._y
        self._text(em, top, captions.title, round(1.5 * em), TEXT)
        left = right - captions.bar.pixels
        self.items.append(PageBox((left, top + 0.5 * em, right, top + 0.68 * em), TEXT))
        for end in (left, right):
            self.items.append(PageBox((end - 0.06 * em, top + 0.25 * em, end + 0.06 * em, top + 0.93 * em), TEXT))
        self._text(right, top + 1.1 * em, captions.bar.text, em, TEXT, "ra")
        self._text(em, top + 2.3 * em, captions.notice, em, WARM)
        self._y = top + round(4.2 * em)

    def _legend(self, legend: Legend) -> None:
        """Title, colour bar with ticks, and words, in one row."""
        em, top = self._em, self._y
        red, green, blue = (int(c) for c in legend.colours[-1])
        top_colour = red, green, blue
        self._text(em, top, legend.title, em, top_colour)
        left = (1 + _TITLE_EMS) * em
        height = round(0.8 * em)
        box = (left, top + round(0.15 * em), left + _BAR_EMS * em, top + round(0.15 * em) + height)
        if legend.unit:
            self._bar(legend, box)
        else:
            middle = (box[1] + box[3]) / 2
            self._line((box[0], middle), (box[2], middle), (0, 0, 0), round(0.35 * em))
            self._line((box[0], middle), (box[2], middle), top_colour, max(1, round(0.15 * em)))
        words = legend.text.removeprefix(legend.title).removeprefix(", ")
        used = self._wrapped(left + (_BAR_EMS + 2) * em, top, words, TEXT, 0.9)
        self._y = top + max(used, round(2.5 * em if legend.unit else 2.0 * em))

    def _bar(self, legend: Legend, box: tuple[int, int, int, int]) -> None:
        """Colours from the threshold on, an empty frame below it; ticks under it, the operating point above."""
        left, top, right, bottom = box
        em, width = self._em, right - left
        self.items.append(PageImage(np.ascontiguousarray(legend.colours[None]), box, smooth=False))
        cut = left + round(width * (legend.threshold or 0.0))
        if cut > left:
            self.items.append(PageBox((left, top, cut, bottom - 1), BACK, FAINT))
        for tick in legend.ticks:
            x = left + tick.value * width
            self._line((x, bottom), (x, bottom + 0.2 * em), FAINT, max(1, em // 16))
            self._text(x, bottom + 0.3 * em, tick.text, round(0.7 * em), FAINT, "ma")
        if legend.operating_point is not None:
            x = left + legend.operating_point * width
            half = 0.22 * em
            corners = [(x, top - 1), (x - half, top - 1 - 2 * half), (x + half, top - 1 - 2 * half)]
            self.items.append(PagePolygon(np.array(corners) + 0.5, TEXT))

    def _wrapped(self, left: int, top: int, text: str, fill: RGB, size: float) -> int:
        """Write words in as many lines as they need; returns the height used."""
        letters = max(9, round(size * self._em))
        face = face_of(text)
        lines = wrapped(text, self._width - self._em - left, letters, face)
        step = round(1.45 * size * self._em)
        for i, line in enumerate(lines):
            self._text(left, top + i * step, line, letters, fill, face=face)
        return step * len(lines) + round(0.25 * self._em)

    def _text(
        self, x: float, y: float, text: str, size: int, colour: RGB, anchor: str = "la", face: Face | None = None
    ) -> None:
        self.items.append(PageText(x, y, text, size, colour, anchor, face or face_of(text)))

    def _line(self, start: tuple[float, float], end: tuple[float, float], colour: RGB, width: int) -> None:
        """Add a line between pixels whose centres are counted as whole numbers."""
        self.items.append(PageLine(np.array([start, end], float) + 0.5, colour, width))
