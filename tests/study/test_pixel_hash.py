"""Equal pictures have one hash, others another; what it is never changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mammoview.study.pixel_hash import pixel_hash

RAMP = np.arange(12, dtype=np.uint16).reshape(3, 4)


def test_the_hash_is_the_documented_one() -> None:
    # sha256(b"mammoview pixels 1 3 4 u2\n" + 12 little-endian words), first 40 digits
    assert pixel_hash(RAMP) == "919cc59d9d23ae68330c2db82d473f11ab66ee87"


@pytest.mark.parametrize("dtype", ["u1", "i2", ">u2", "u4", "i8", "f4", "f8"])
def test_it_does_not_depend_on_how_an_array_holds_the_values(dtype: str) -> None:
    assert pixel_hash(RAMP.astype(dtype)) == pixel_hash(np.asfortranarray(RAMP)) == pixel_hash(RAMP)


def test_other_values_and_other_shapes_have_other_hashes() -> None:
    others = (RAMP.reshape(4, 3), RAMP + 1, RAMP[::-1], RAMP.astype(np.int16) - 1, RAMP + 0.5, RAMP + 1e-9)
    assert len({pixel_hash(RAMP), *map(pixel_hash, others)}) == 7


def test_not_a_number_is_one_value_and_so_is_zero() -> None:
    one = np.array([[np.nan, 0.0, 0.5]])
    other = np.array([[-np.nan, -0.0, 0.5]], np.float32)
    assert pixel_hash(one) == pixel_hash(other) != pixel_hash(np.array([[np.inf, 0.0, 0.5]]))


@given(
    arrays.arrays(
        st.sampled_from(["u2", "i2", "i4", "u8", "i8", "f4", "f8"]), arrays.array_shapes(min_dims=2, max_dims=2)
    )
)
def test_equal_values_of_any_type_have_one_hash(pixels: np.ndarray) -> None:
    for dtype in ("i4", "u8", "i8", "f4", "f8"):
        with np.errstate(all="ignore"):
            other = pixels.astype(dtype)
            pairs = list(zip(pixels.ravel().tolist(), other.ravel().tolist(), strict=True))
            exact = all(a == b or (a != a and b != b) for a, b in pairs)
        if exact:
            assert pixel_hash(other) == pixel_hash(pixels)


def test_bands_are_joined() -> None:
    tall = np.arange(1 << 20, dtype=np.uint32).reshape(-1, 1024) % 60000
    assert pixel_hash(tall) == pixel_hash(tall.astype(np.uint16)) != pixel_hash(tall[::-1])
