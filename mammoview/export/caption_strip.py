"""The legend strip below a picture: never over the tissue."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mammoview.display.legend import Legend
from mammoview.export.captions import Captions

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
    width = max(picture.width, LEAST_WIDTH)
    em = min(56, max(11, round(width / _EM_SHARE)))
    # Drawn on a sheet that is surely long enough and cut to what was used.
    lines = 12 + 4 * len(captions.legends) + 4 * len(captions.lines)
    sheet = Image.new("RGB", (width, 2 * em * lines), BACK)
    used = _CaptionStrip(sheet, em).draw(captions)
    whole = Image.new("RGB", (width, picture.height + used), (0, 0, 0))
    whole.paste(picture, ((width - picture.width) // 2, 0))
    whole.paste(sheet.crop((0, 0, width, used)), (0, picture.height))
    return whole


class _CaptionStrip:
    """A sheet being written from top to bottom."""

    def __init__(self, sheet: Image.Image, em: int) -> None:
        self._sheet = sheet
        self._draw = ImageDraw.Draw(sheet)
        self._em = em
        self._y = em

    def draw(self, captions: Captions) -> int:
        """Write everything; returns the height used."""
        self._head(captions)
        for legend in captions.legends:
            self._legend(legend)
        for line in captions.lines:
            self._y += self._wrapped(self._em, self._y, line, FAINT, 0.8)
        return self._y + self._em

    def _head(self, captions: Captions) -> None:
        """Title and notice on the left, scale bar on the right."""
        em, right = self._em, self._sheet.width - self._em
        top = self._y
        self._draw.text((em, top), captions.title, TEXT, _font(round(1.5 * em)))
        left = right - captions.bar.pixels
        self._draw.rectangle((left, top + 0.5 * em, right, top + 0.68 * em), TEXT)
        for end in (left, right):
            self._draw.rectangle((end - 0.06 * em, top + 0.25 * em, end + 0.06 * em, top + 0.93 * em), TEXT)
        label = captions.bar.text
        self._draw.text((right, top + 1.1 * em), label, TEXT, _font(em), anchor="ra")
        self._draw.text((em, top + 2.3 * em), captions.notice, WARM, _font(em))
        self._y = top + round(4.2 * em)

    def _legend(self, legend: Legend) -> None:
        """Title, colour bar with ticks, and words, in one row."""
        em, top = self._em, self._y
        top_colour = tuple(int(c) for c in legend.colours[-1])
        self._draw.text((em, top), legend.title, top_colour, _font(em))
        left = (1 + _TITLE_EMS) * em
        height = round(0.8 * em)
        box = (left, top + round(0.15 * em), left + _BAR_EMS * em, top + round(0.15 * em) + height)
        if legend.unit:
            self._bar(legend, box)
        else:
            middle = (box[1] + box[3]) / 2
            sample = np.array([[box[0], middle], [box[2], middle]])
            self._draw.line([tuple(p) for p in sample.tolist()], (0, 0, 0), round(0.35 * em))
            self._draw.line([tuple(p) for p in sample.tolist()], top_colour, max(1, round(0.15 * em)))
        words = legend.text.removeprefix(legend.title).removeprefix(", ")
        used = self._wrapped(left + (_BAR_EMS + 2) * em, top, words, TEXT, 0.9)
        self._y = top + max(used, round(2.5 * em if legend.unit else 2.0 * em))

    def _bar(self, legend: Legend, box: tuple[int, int, int, int]) -> None:
        """Colours from the threshold on, an empty frame below it; ticks under it, the operating point above."""
        left, top, right, bottom = box
        em, width = self._em, right - left
        band = Image.fromarray(np.ascontiguousarray(legend.colours[None])).resize(
            (width, bottom - top), Image.Resampling.NEAREST
        )
        self._sheet.paste(band, (left, top))
        cut = left + round(width * (legend.threshold or 0.0))
        if cut > left:
            self._draw.rectangle((left, top, cut, bottom - 1), BACK, FAINT)
        for tick in legend.ticks:
            x = left + tick.value * width
            self._draw.line((x, bottom, x, bottom + 0.2 * em), FAINT, max(1, em // 16))
            self._draw.text((x, bottom + 0.3 * em), tick.text, FAINT, _font(round(0.7 * em)), anchor="ma")
        if legend.operating_point is not None:
            x = left + legend.operating_point * width
            half = 0.22 * em
            self._draw.polygon([(x, top - 1), (x - half, top - 1 - 2 * half), (x + half, top - 1 - 2 * half)], TEXT)

    def _wrapped(self, left: int, top: int, text: str, fill: tuple[int, int, int], size: float) -> int:
        """Write words in as many lines as they need; returns the height used."""
        font = _font(max(9, round(size * self._em)))
        room = self._sheet.width - self._em - left
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
        step = round(1.45 * size * self._em)
        for i, line in enumerate(lines):
            self._draw.text((left, top + i * step), line, fill, font)
        return step * len(lines) + round(0.25 * self._em)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that comes with Pillow, which is the same on every machine."""
    return ImageFont.load_default(size)
