"""Text, scale bars and colour bars on a white page, in millimetres of print."""

from __future__ import annotations

import numpy as np

from mammoview.display.layers.drawing import RGB
from mammoview.display.legend import Legend
from mammoview.export.fonts import Face, font, legible, wrapped
from mammoview.export.page import Item, PageBox, PageImage, PageLine, PagePolygon, PageText

INK: RGB = (0, 0, 0)
GREY: RGB = (90, 90, 90)
RULE: RGB = (170, 170, 170)
PAPER: RGB = (255, 255, 255)
POINT_MM = 25.4 / 72
"""Size of a typographic point, mm."""


class Layout:
    """Items that are laid out from the top of a page down.

    Parameters
    ----------
    width_mm
        Width of the page.
    dpi
        Pixels per inch.
    margin_mm
        White at its edges.
    """

    def __init__(self, width_mm: float, dpi: int, margin_mm: float) -> None:
        self.items: list[Item] = []
        self.dpi, self._mm = dpi, dpi / 25.4
        self.width_mm, self.margin_mm = width_mm, margin_mm
        self.y_mm = margin_mm

    def px(self, mm: float) -> float:
        """Return a length in pixels of the page."""
        return mm * self._mm

    @property
    def line(self) -> int:
        """Width of a line over a picture, pixels."""
        return max(1, round(self.px(0.25)))

    @property
    def room_mm(self) -> float:
        """Width between the margins."""
        return self.width_mm - 2 * self.margin_mm

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page so far, with the lower margin, pixels."""
        return round(self.px(self.width_mm)), round(self.px(self.y_mm + self.margin_mm))

    def text(
        self,
        x_mm: float,
        y_mm: float,
        text: str,
        points: float,
        colour: RGB = INK,
        face: Face = Face.TEXT,
        anchor: str = "la",
    ) -> None:
        """Add one line of text at a place."""
        size = self._size(points)
        self.items.append(PageText(self.px(x_mm), self.px(y_mm), legible(text), size, colour, anchor, face))

    def paragraph(
        self,
        text: str,
        points: float,
        colour: RGB = INK,
        face: Face = Face.TEXT,
        left_mm: float = 0.0,
    ) -> None:
        """Add a paragraph below what is there, from `left_mm` inside the margin on."""
        for line in self.lines(text, points, face, self.room_mm - left_mm):
            self.text(self.margin_mm + left_mm, self.y_mm, line, points, colour, face)
            self.y_mm += self.step_mm(points)

    def lines(self, text: str, points: float, face: Face, room_mm: float) -> list[str]:
        """Return a text in lines that fit."""
        return wrapped(legible(text), self.px(room_mm), self._size(points), face)

    @staticmethod
    def step_mm(points: float) -> float:
        """Return the distance of two lines of text."""
        return 1.35 * points * POINT_MM

    def width_of(self, text: str, points: float, face: Face = Face.TEXT) -> float:
        """Return the width of a line of text, mm."""
        return font(self._size(points), face).getlength(legible(text)) / self._mm

    def rule(self, y_mm: float) -> None:
        """Add a thin line across the page."""
        ends = [[self.margin_mm, y_mm], [self.width_mm - self.margin_mm, y_mm]]
        self.items.append(PageLine(self.px(1) * np.array(ends), RULE, max(1.0, self.px(0.15))))

    def scale_bar(self, x_mm: float, y_mm: float, length_mm: float, text: str, points: float) -> None:
        """Add a scale bar with its text to the right of it."""
        left, top = self.px(x_mm), self.px(y_mm)
        right, thick = left + self.px(length_mm), self.px(0.25)
        self.items.append(PageBox((left, top + self.px(0.65), right, top + self.px(0.65) + thick), INK))
        for end in (left, right):
            self.items.append(PageBox((end - thick / 2, top + self.px(0.1), end + thick / 2, top + self.px(1.45)), INK))
        self.text(x_mm + length_mm + 1.2, y_mm - 0.2, text, points)

    def colour_bar(self, legend: Legend, x_mm: float, y_mm: float, length_mm: float, points: float) -> None:
        """Add the colours of a layer from its threshold on, with the ends of its scale; a triangle at its threshold."""
        left, top, right, bottom = (self.px(mm) for mm in (x_mm, y_mm, x_mm + length_mm, y_mm + 1.8))
        threshold = legend.threshold or 0.0
        self.items.append(PageImage(legend.colours[None].copy(), (left, top, right, bottom), smooth=False))
        cut = left + (right - left) * threshold
        self.items.append(PageBox((left, top, cut, bottom), PAPER))
        self.items.append(PageBox((left, top, right, bottom), None, GREY))
        half = self.px(0.7)
        for value, anchor in ((0.0, "la"), (1.0, "ra")):
            x = left + (right - left) * value
            # The triangle would lie on the figure of an end that is close to it; its own figure replaces that one.
            if abs(cut - x) > half + self.px(self.width_of("1", points)):
                self.text(x_mm + value * length_mm, y_mm + 2.1, f"{value:g}", points, anchor=anchor)
        corners = [(cut, bottom), (cut - half, bottom + 2 * half), (cut + half, bottom + 2 * half)]
        self.items.append(PagePolygon(np.array(corners), INK))
        text = f"{threshold:.2f}"
        half_mm = self.width_of(text, points) / 2
        middle = min(max(threshold * length_mm, half_mm), length_mm - half_mm)
        self.text(x_mm + middle, y_mm + 4.3, text, points, anchor="ma")

    def _size(self, points: float) -> int:
        return max(1, round(self.px(points * POINT_MM)))
