"""The pyramid keeps values, sides and padding apart."""

from __future__ import annotations

import numpy as np

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
