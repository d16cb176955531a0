"""Local maxima are those of scikit-image, which finds them by way of libraries that the packages leave out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.feature import peak_local_max

from mammoview.assess.results.local_maxima import local_maxima


@pytest.mark.parametrize("levels", [3, 12, 10**6])
@pytest.mark.parametrize("apart", [1, 3, 8])
@pytest.mark.parametrize("most", [None, 5])
def test_they_equal_those_of_scikit_image(levels: int, apart: int, most: int | None) -> None:
    draw = np.random.default_rng(levels + apart)
    for shape in ((2, 3), (40, 1), (61, 44)):
        for sigma in (0, 2):  # few levels and smooth maps have plateaus
            values = ndimage.gaussian_filter(draw.random(shape), sigma).astype(np.float32)
            values = np.round(values * levels) / levels
            wanted = peak_local_max(
                values, min_distance=apart, threshold_abs=0.4, exclude_border=False, num_peaks=most or np.inf
            )
            assert np.array_equal(local_maxima(values, apart, 0.4, most), wanted)


def test_a_map_of_one_value_has_none() -> None:
    found = local_maxima(np.ones((4, 5), np.float32), 2, 0)
    assert found.shape == (0, 2) and found.dtype == np.intp
