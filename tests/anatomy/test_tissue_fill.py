"""Fills: continuous at the edge, with the texture of the surroundings, and nothing left of what was there."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.anatomy.tissue_fill import fill, set_in

MM = 0.1


def tissue(rows: int = 240, columns: int = 220, noise: float = 20.0) -> np.ndarray:
    """A slope with fine texture."""
    y, x = np.mgrid[:rows, :columns]
    return (2000 + 3 * x + 2 * y + noise * np.random.default_rng(4).standard_normal((rows, columns))).astype(np.float32)


def disc(shape: tuple[int, int], row: int, column: int, radius: int) -> np.ndarray:
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


def test_a_slope_goes_on_under_the_fill() -> None:
    values = tissue(noise=0.0)
    region = disc(values.shape, 120, 110, 25)
    altered = np.where(region, 60000, values).astype(np.float32)
    found = fill(altered, region, np.zeros_like(region), MM)  # no texture is to be had
    assert np.abs(found - values)[region].max() < 20
    np.testing.assert_array_equal(found[~region], values[~region])


def test_the_fill_has_the_texture_of_its_surroundings() -> None:
    values = tissue()
    region = disc(values.shape, 120, 110, 25)
    altered = np.where(region, 60000, values).astype(np.float32)
    found = fill(altered, region, np.ones_like(region), MM) - tissue(noise=0.0)
    assert np.std(found[region]) == pytest.approx(20, rel=0.2) and abs(found[region].mean()) < 6
    # No edge: steps across the border are those within the tissue.
    border = region[:, 1:] != region[:, :-1]
    steps = np.abs(np.diff(found, axis=1))
    assert steps[border].mean() < 1.5 * steps[~border].mean()


@pytest.mark.parametrize("shape", [(30, 26), (9, 9), (1, 12)])
def test_a_region_may_fill_all_that_is_seen_or_meet_the_edge_of_the_scan(shape: tuple[int, int]) -> None:
    values = tissue(*shape)
    for region in (np.ones(shape, bool), np.arange(shape[1]) < shape[1] // 2 + np.zeros(shape[0], int)[:, None]):
        found = fill(values, region, np.ones(shape, bool), MM)
        assert np.isfinite(found).all() and found.shape == shape


def test_a_piece_that_is_set_in_keeps_its_structure_and_meets_its_surroundings() -> None:
    values, region = tissue(), disc((240, 220), 120, 110, 25)
    piece = (tissue() * 0 + 9000).astype(np.float32)
    piece[disc(piece.shape, 120, 110, 8)] += 700
    found = set_in(values, piece, region, MM) - tissue(noise=0.0)
    assert found[120, 110] == pytest.approx(700, abs=40)
    ring = region & ~disc(values.shape, 120, 110, 23)
    assert abs(found[ring].mean()) < 20
