"""Contrast and sizes of the window's palette."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from mammoview.qt.canvas.difference_item import BOTH, LAYER_ONLY, OUTLINE_ONLY
from mammoview.qt.canvas.outlined_text import STRIP
from mammoview.qt.navigation import linked_cursor
from mammoview.qt.widgets import theme
from tests.display.test_colour_vision import LEAST_DIFFERENCE, SIMULATIONS, difference, simulated


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def applied(qapp):
    yield lambda name: theme.apply(qapp, name)
    theme.apply(qapp)


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("contrast", 7.0)])
def test_text_is_legible_on_every_surface(applied, name, least):
    applied(name)
    for surface in (theme.BACKGROUND, theme.CHROME, theme.PANEL, theme.RAISED):
        for text in (theme.TEXT, theme.FAINT, theme.WARNING):
            assert contrast(text, surface) >= least, (text.name(), surface.name())
    assert contrast(theme.TEXT, theme.SELECTED) >= least


@pytest.mark.parametrize("name", ["dark", "contrast"])
def test_what_is_written_over_a_scan_is_legible_on_the_whitest_film(applied, name):
    applied(name)
    share = STRIP.alphaF()
    behind = QColor.fromRgbF(*3 * (1 - share,))  # the strip over white
    for text in (theme.TEXT, theme.FAINT, theme.WARNING, theme.MODELS, theme.PRIOR, linked_cursor.COLOUR):
        assert contrast(text, behind) >= 4.5, text.name()
        assert contrast(text, theme.BACKGROUND) >= 4.5, text.name()


@pytest.mark.parametrize("name", ["dark", "contrast"])
def test_frames_and_focus_are_seen(applied, name):
    """WCAG 1.4.11 requires 3:1."""
    applied(name)
    for surface in (theme.BACKGROUND, theme.CHROME, theme.PANEL):
        assert contrast(theme.ACCENT, surface) >= 3.0


@pytest.mark.parametrize("kind", SIMULATIONS)
def test_the_areas_of_a_comparison_differ_in_hue_and_hatching_for_all_kinds_of_colour_vision(kind):
    areas = (BOTH, OUTLINE_ONLY, LAYER_ONLY)
    assert len({area.hatching for area in areas}) == 3
    for one, other in combinations(areas, 2):
        hues = (np.array(area.colour.getRgbF()[:3]) for area in (one, other))
        assert difference(*(simulated(hue, SIMULATIONS[kind]) for hue in hues)) > LEAST_DIFFERENCE


def test_the_palette_is_that_of_the_design(applied):
    applied("dark")
    names = [colour.name() for colour in (theme.CHROME, theme.PANEL, theme.LINE, theme.TEXT, theme.BACKGROUND)]
    assert names == ["#0e1012", "#16191c", "#2a2f34", "#d7dce0", "#000000"]


def test_type_has_three_sizes(qapp, applied):
    applied("dark")
    base = qapp.font()
    dpi = qapp.primaryScreen().logicalDotsPerInchY()
    fonts = (theme.title_font(base), base, theme.facts_font(base))
    assert [round(font.pointSizeF() * dpi / 72) for font in fonts] == [18, 13, 11]
