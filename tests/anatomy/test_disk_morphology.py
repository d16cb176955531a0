"""Morphology with a disc equals thresholded distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage import morphology

from mammoview.anatomy.disk_morphology import dilated, eroded, without_small


@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    share=st.sampled_from([0.0, 0.003, 0.05, 0.4, 1.0]),
    radius=st.sampled_from([0.0, 1.0, 2.5, 3.75, 7.0, 20.0]),
    seed=st.integers(0, 99),
)
def test_a_dilation_holds_what_lies_within_its_radius(
    shape: tuple[int, int], share: float, radius: float, seed: int
) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    near = ndimage.distance_transform_edt(~mask) <= radius if mask.any() else np.zeros(shape, bool)
    np.testing.assert_array_equal(dilated(mask, radius), near)


@pytest.mark.parametrize("radius", [1.0, 3.0, 7.5])
def test_an_erosion_keeps_what_lies_deeper_than_its_radius(radius: float) -> None:
    mask = np.zeros((50, 60), bool)
    mask[5:44, 8:55] = True
    mask[20, 30] = False
    np.testing.assert_array_equal(eroded(mask, radius), ndimage.distance_transform_edt(mask) > radius)


def test_beyond_the_edge_nothing_erodes() -> None:
    assert eroded(np.ones((6, 7), bool), 3).all()


@pytest.mark.parametrize("share", [0.0, 0.4, 0.6, 1.0])
def test_small_regions_go_as_with_scikit_image(share: float) -> None:
    mask = np.random.default_rng(3).random((60, 70)) < share
    for size in (0, 4, 64):
        np.testing.assert_array_equal(without_small(mask, size), morphology.remove_small_objects(mask, max_size=size))
