"""The one affine: whatever is done with it can be undone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.study.geometry import Affine, flip_columns, flip_rows

scales = st.floats(0.001, 1000).flatmap(lambda s: st.sampled_from([s, -s]))
shifts = st.floats(-1e5, 1e5)
affines = st.builds(Affine, scales, scales, shifts, shifts, st.booleans())
points = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@given(affines, points)
def test_inverse_undoes(affine: Affine, point: tuple[float, float]) -> None:
    there = affine(point)
    size = 1 + np.abs(there).max() + abs(affine.column_shift) + abs(affine.row_shift)
    slope = min(abs(affine.column_scale), abs(affine.row_scale))
    np.testing.assert_allclose(affine.inverse(there), point, rtol=1e-9, atol=1e-12 * size / slope)


@given(affines, affines, points)
def test_product_applies_right_one_first(outer: Affine, inner: Affine, point: tuple[float, float]) -> None:
    want = outer(inner(point))
    size = np.abs(want).max() + abs(outer.column_scale * inner.column_shift) + abs(outer.row_scale * inner.row_shift)
    np.testing.assert_allclose((outer @ inner)(point), want, rtol=1e-9, atol=1e-9 * (1 + size))


@given(affines, points)
def test_matrix_says_the_same(affine: Affine, point: tuple[float, float]) -> None:
    column, row, one = affine.matrix @ [*point, 1]
    np.testing.assert_allclose(affine(point), (column, row), rtol=1e-9, atol=1e-6)
    assert one == 1


@given(affines, st.lists(points, min_size=1, max_size=5))
def test_many_points_at_once(affine: Affine, many: list[tuple[float, float]]) -> None:
    np.testing.assert_array_equal(affine(many), [affine(p) for p in many])


@pytest.mark.parametrize(("flip", "axis"), [(flip_columns, 1), (flip_rows, 0)])
@pytest.mark.parametrize("size", [(4, 6), (5, 7)])
def test_flips_move_pixel_centres_to_pixel_centres(
    flip: Callable[[float], Affine], axis: int, size: tuple[int, int]
) -> None:
    picture = np.arange(size[0] * size[1]).reshape(size)
    flipped = np.flip(picture, axis)
    affine = flip(size[axis])
    for row in range(size[0]):
        for column in range(size[1]):
            c, r = affine((column + 0.5, row + 0.5))
            assert flipped[int(r), int(c)] == picture[row, column]
            assert (c % 1, r % 1) == (0.5, 0.5)
    assert affine @ affine == Affine()


@pytest.mark.parametrize("bad", [(0, 1, 0, 0), (1, 0, 0, 0), (float("nan"), 1, 0, 0), (1, 1, float("inf"), 0)])
def test_useless_maps_are_refused(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="affine"):
        Affine(*bad)
