"""Quantiles of the tissue equal those of NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mammoview.display.grey_levels import QUANTILES, quantiles


@given(size=st.integers(1, 3000), kinds=st.integers(1, 70000), scale=st.sampled_from([1.0, -0.37, 1e-4]))
def test_quantiles_are_those_of_numpy_to_the_last_bit(size: int, kinds: int, scale: float) -> None:
    values = scale * np.random.default_rng(size).integers(0, kinds, size).astype(np.float64)
    np.testing.assert_array_equal(quantiles(values, QUANTILES), np.quantile(values, QUANTILES))
    assert quantiles(values, np.array([0.98]))[0] == np.percentile(values, 98)
