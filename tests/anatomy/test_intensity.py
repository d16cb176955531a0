"""Stored values become model intensities that rise with tissue."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.anatomy.intensity import tissue_bright
from mammoview.study.grey_pipeline import GreyPipeline


@pytest.mark.parametrize(
    ("grey", "rises"),
    [
        (GreyPipeline(), True),
        (GreyPipeline(inverted=True), False),
        (GreyPipeline(slope=-1.0), False),
        (GreyPipeline(inverted=True, slope=-1.0), True),
        (GreyPipeline(for_processing=True), False),
    ],
)
def test_polarity(grey: GreyPipeline, rises: bool) -> None:
    values = tissue_bright(np.array([[10, 20, 40, 80]], np.uint16), grey)
    assert values.dtype == np.float32
    steps = np.diff(values[0])
    assert (steps > 0).all() if rises else (steps < 0).all()


@pytest.mark.parametrize("inverted", [False, True])
def test_padding_becomes_the_darkest_value(inverted: bool) -> None:
    pixels = np.array([[0, 1, 500, 900, 4095]], np.uint16)
    values = tissue_bright(pixels, GreyPipeline(inverted=inverted, padding=(0, 1)))
    assert (values[0, :2] == values[0, 2:].min()).all()


def test_no_numbers_and_nothing_but_padding() -> None:
    values = tissue_bright(np.array([[np.nan, 2, 3]], np.float32), GreyPipeline())
    assert values[0, 0] == 2
    assert (tissue_bright(np.full((3, 3), 9, np.uint8), GreyPipeline(padding=(9, 9))) == 0).all()


def test_signed_values_keep_their_order() -> None:
    values = tissue_bright(np.array([[-500, 0, 500]], np.int16), GreyPipeline(signed=True))
    assert (np.diff(values[0]) > 0).all()
