"""The fonts of exported pages: files that come with the libraries, so that a page is the same on every machine."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from PIL import ImageFont


class Face(StrEnum):
    """A font.

    PLAIN is Aileron, which comes with Pillow and has little more than ASCII. TEXT and BOLD are Bitstream Vera, which
    come with reportlab and have the letters of western European languages.
    """

    PLAIN = "Aileron"
    TEXT = "Bitstream Vera Sans"
    BOLD = "Bitstream Vera Sans Bold"

    @property
    def family(self) -> str:
        """Name under which programs look for the font; the bold one is of the family of the other."""
        return self.value.removesuffix(" Bold")


_FILES = {Face.TEXT: "Vera.ttf", Face.BOLD: "VeraBd.ttf"}
_ENCODING = "cp1252"
"""The letters that the fonts of texts have."""
_SPELT = {"\u2212": "-", "\u2265": ">=", "\u2264": "<=", "\u2260": "/=", "\u2192": "->", "\u03bc": "\u00b5"}


@cache
def font(size: int, face: Face = Face.PLAIN) -> ImageFont.FreeTypeFont:
    """Return a font of a size in pixels, for measuring and for drawing with Pillow."""
    if face is Face.PLAIN:
        return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))
    return ImageFont.truetype(_file(face), size, layout_engine=ImageFont.Layout.BASIC)


def content(face: Face) -> bytes:
    """Return the TrueType file of a font."""
    return font(10, face).font_bytes if face is Face.PLAIN else _file(face).read_bytes()


def ascent(size: int, face: Face) -> int:
    """Return the distance from the top of the letters ("a" of an anchor) to their base line, pixels."""
    return font(size, face).getmetrics()[0]


def legible(text: str) -> str:
    """Return a text in the letters that the fonts of texts have; what has no such letter becomes "?".

    Micrometres are written with their sign.
    """
    signs = []
    for sign in re.sub(r"\bum\b", "\u00b5m", " ".join(text.split())):
        sign = _SPELT.get(sign, sign)
        if not _has(sign):
            plain = "".join(one for one in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(one))
            sign = plain if plain and _has(plain) else "?"
        signs.append(sign)
    return "".join(signs)


def face_of(text: str) -> Face:
    """Return the font for a text as it is: PLAIN, or TEXT where that may lack a letter."""
    return Face.PLAIN if text.isascii() else Face.TEXT


def wrapped(text: str, room: float, size: int, face: Face) -> list[str]:
    """Return a text in lines that are no wider than `room` pixels, unless one word is."""
    measure = font(size, face)
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and measure.getlength(longer) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def _has(signs: str) -> bool:
    try:
        signs.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return signs.isprintable()


def _file(face: Face) -> Path:
    """Return the file of a font of texts."""
    found = find_spec("reportlab")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("reportlab", name="reportlab")
    return Path(found.origin).parent / "fonts" / _FILES[face]
