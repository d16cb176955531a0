"""Stored values become model intensities that rise with tissue."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.anatomy.breast import block_mean
from mammoview.anatomy.intensity import TissueBright, tissue_bright
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import DBA, HOWTEK_A


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


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.int32, np.float32])
@pytest.mark.parametrize(
    "grey",
    [
        GreyPipeline(),
        GreyPipeline(inverted=True),
        GreyPipeline(padding=(0, 3)),
        GreyPipeline(inverted=True, padding=(40, 60)),
        GreyPipeline(padding=(0, 5000)),
        GreyPipeline(for_processing=True),
        GreyPipeline(for_processing=True, padding=(0, 3)),
        GreyPipeline(density=DBA),
        GreyPipeline(density=HOWTEK_A, padding=(0, 3)),
    ],
)
def test_row_by_row_the_values_are_those_of_the_whole(kind: type[np.generic], grey: GreyPipeline) -> None:
    pixels = np.random.default_rng(1).integers(0, 120, (150, 37)).astype(kind)
    if kind is np.float32:
        pixels[::7, ::5] = np.nan
        pixels[3, 4] = np.inf
    whole, rows = tissue_bright(pixels, grey), TissueBright(pixels, grey)
    assert rows.shape == whole.shape
    np.testing.assert_array_equal(np.concatenate([rows[first : first + 64] for first in (0, 64, 128)]), whole)
    padded = np.pad(whole, ((0, 2), (0, 3)), mode="edge")
    blocks = padded.reshape(38, 4, 8, 5).astype(np.float64).mean((1, 3))
    np.testing.assert_allclose(block_mean(rows, 4, 5), blocks, rtol=1e-5)
