"""The pyramid keeps values, sides and padding apart."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.qt.session.image_pyramid import ImagePyramid


def test_levels_halve_and_round_up():
    pyramid = ImagePyramid.of(np.zeros((1001, 700), np.uint16))
    assert [level.shape for level in pyramid.levels] == [(1001, 700), (501, 350), (251, 175)]


def test_means_do_not_overflow():
    pyramid = ImagePyramid.of(np.full((256, 256), 65535, np.uint16))
    assert (pyramid.levels[1] == 65535).all()


def test_signed_codes_are_averaged_as_what_they_mean():
    values = np.zeros((256, 256), np.int16)
    values[::2] = -100
    level = ImagePyramid.of(values.view(np.uint16), signed=True).levels[1]
    assert (level.view(np.int16) == -50).all()


def test_padding_grows_no_bright_rim():
    values = np.full((256, 256), 1000, np.uint16)
    values[:, :101] = 4000
    level = ImagePyramid.of(values, padding=(4000, 4000)).levels[1]
    assert set(np.unique(level)) == {1000, 4000}
    assert (level[:, :51] == 4000).all()


def test_a_level_has_about_one_pixel_per_screen_pixel_or_more():
    pyramid = ImagePyramid.of(np.zeros((4096, 2048), np.uint16))
    for scale in (2.0, 1.0, 0.9, 0.53, 0.52, 0.5, 0.3, 0.12, 0.01):
        index = pyramid.level_for(scale)
        last = index == len(pyramid.levels) - 1
        assert scale * 2**index <= 1.05 or index == 0
        assert last or scale * 2 ** (index + 1) > 1.05


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("padding", [None, (3, 900)])
def test_a_halving_is_the_mean_of_four_rounded_down(signed: bool, padding: tuple[int, int] | None):
    kind = np.int16 if signed else np.uint16
    limits = np.iinfo(kind)
    values = np.random.default_rng(2).integers(limits.min, limits.max, (301, 275)).astype(kind)
    values[40:60, 30:90] = 500
    level = ImagePyramid.of(values.view(np.uint16), signed, padding).levels[1].view(kind)
    blocks = np.pad(values, ((0, 1), (0, 1)), mode="edge").astype(np.int64).reshape(151, 2, 138, 2)
    want = blocks.sum((1, 3)) // 4
    if padding is not None:
        want[((blocks >= padding[0]) & (blocks <= padding[1])).any((1, 3))] = padding[0]
    np.testing.assert_array_equal(level, want)
