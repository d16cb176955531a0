"""Lengths always say where they come from."""

from __future__ import annotations

import pytest

from mammoview.display.layers.registry import STYLES
from mammoview.display.legend import legend
from mammoview.display.length_text import area_text, length, length_text, scale_bar
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource

OBLONG = Spacing(0.1, 0.05, SpacingSource.DETECTOR)


def test_lengths_honour_non_square_pixels() -> None:
    assert length((0, 0), (60, 0), OBLONG) == pytest.approx(3)
    assert length((0, 0), (60, 40), OBLONG) == pytest.approx(5)
    assert length_text(length((0, 0), (60, 40), OBLONG), OBLONG) == "5.0 mm, at detector"


def test_an_unknown_spacing_gives_pixels() -> None:
    assert length_text(length((10, 10), (40, 50), UNKNOWN_SPACING), UNKNOWN_SPACING) == "50 px"
    assert scale_bar(UNKNOWN_SPACING, 730).text == "500 px"
    assert area_text(12.4, UNKNOWN_SPACING) == "12 px\u00b2"


def test_assumed_spacing_says_so() -> None:
    assumed = Spacing(0.05, 0.05, SpacingSource.ASSUMED)
    assert length_text(12.34, assumed) == "12.3 mm, assumed 50 um"
    assert area_text(3.21, assumed) == "3.2 mm\u00b2, assumed 50 um"


@pytest.mark.parametrize(("longest", "text", "pixels"), [(450, "20 mm", 400), (1000, "50 mm", 1000), (20, "1 mm", 20)])
def test_scale_bars_are_round_and_fit(longest: float, text: str, pixels: float) -> None:
    bar = scale_bar(Spacing(0.05, 0.05, SpacingSource.CALIBRATED), longest)
    assert bar.text == f"{text}, calibrated"
    assert bar.pixels == pytest.approx(pixels)


def test_legends_state_scale_threshold_and_operating_point() -> None:
    grid = legend(STYLES["grid"], operating_point=0.62)
    assert grid.text == "Patch grid, probability 0 to 1, drawn from 0.50, operating point 0.62"
    assert [tick.value for tick in grid.ticks] == [0, 0.5, 1]
    assert "not a finding" in legend(STYLES["saliency"]).text
    assert legend(STYLES["outlines"]).colours.shape == (1, 3)
