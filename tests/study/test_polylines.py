"""Lines with fewer points are those of scikit-image."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.draw import polygon2mask
from skimage.measure import approximate_polygon, find_contours

from mammoview.study.polylines import simplified


@pytest.mark.parametrize("tolerance", [0.3, 0.7, 1.0, 4.0])
def test_it_is_what_scikit_image_makes_of_a_line(tolerance: float) -> None:
    random = np.random.default_rng(int(10 * tolerance))
    hills = gaussian_filter(random.normal(0, 1, (120, 120)), 4)
    closed = max(find_contours(hills, 0.0), key=len)
    for line in (closed, closed[:-5], random.normal(0, 5, (80, 2)).cumsum(0), closed[:2], closed[:1]):
        np.testing.assert_array_equal(simplified(line, tolerance), approximate_polygon(line, tolerance))


def test_a_line_along_pixel_edges_stays_within_the_tolerance() -> None:
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    corners = 60 + (35 + 15 * np.sin(5 * angles))[:, None] * np.stack([np.sin(angles), np.cos(angles)], 1)
    line = max(find_contours(polygon2mask((120, 120), corners).astype(float), 0.5), key=len)
    for tolerance in (0.5, 0.7, 2.0):
        kept = simplified(line, tolerance)
        path = np.concatenate([np.linspace(a, b, 200) for a, b in itertools.pairwise(kept)])
        assert max(np.hypot(*(path - point).T).min() for point in line) <= tolerance + 0.02
        # Of points that lie equally far away another one may be kept than there.
        assert abs(len(kept) / len(approximate_polygon(line, tolerance)) - 1) < 0.05
