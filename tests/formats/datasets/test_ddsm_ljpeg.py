"""Lossless decoding: exact against a real file's reference and against an encoder written from the rule alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.datasets import ddsm_ljpeg
from tests.support.ljpeg_encoder import encode, film

HERE = Path("picture.LJPEG")


def test_the_real_file_equals_its_reference(shared_data: Path) -> None:
    (path,) = (shared_data / "ddsm_ljpeg").glob("*.LJPEG")
    (reference,) = (shared_data / "ddsm_ljpeg").glob("*.npy")
    decoded = ddsm_ljpeg.decode(path.read_bytes(), path)
    assert decoded.rows_held == 175 and decoded.pixels.shape == (4334, 1874)
    np.testing.assert_array_equal(decoded.pixels[:175], np.load(reference))
    assert not decoded.pixels[175:].any()


@pytest.mark.parametrize(
    ("bits", "shape"),
    [(12, (301, 203)), (8, (301, 203)), (7, (40, 33)), (16, (300, 205)), (12, (17, 400)), (16, (401, 16))],
)
def test_whole_files_come_back_exact(bits: int, shape: tuple[int, int]) -> None:
    pixels = film(*shape, bits)
    decoded = ddsm_ljpeg.decode(encode(pixels, bits), HERE)
    np.testing.assert_array_equal(decoded.pixels, pixels)
    assert decoded.rows_held == shape[0] and decoded.pixels.dtype == np.uint16


def test_a_decoder_that_keeps_to_the_standard_gets_them_wrong() -> None:
    import imagecodecs

    pixels = film(60, 50, 12)
    assert (imagecodecs.jpeg8_decode(encode(pixels, 12, rule="t81")) == pixels).all()
    assert (imagecodecs.jpeg8_decode(encode(pixels, 12)) != pixels).mean() > 0.5


@given(
    arrays.arrays(np.uint16, st.tuples(st.integers(16, 40), st.integers(16, 40)), elements=st.integers(0, 65535)),
    st.sampled_from([2, 7, 8, 9, 12, 16]),
)
def test_any_pixels_come_back_exact(pixels: NDArray[np.uint16], bits: int) -> None:
    pixels = pixels >> (16 - bits)
    # A wholly uniform middle grey cannot be distinguished from a file without pixels, nor one from some row on from a
    # file that was cut.
    pixels[0, 0] = pixels[-1, -1] = 1
    np.testing.assert_array_equal(ddsm_ljpeg.decode(encode(pixels, bits), HERE).pixels, pixels)


def test_bytes_behind_the_end_do_not_matter() -> None:
    pixels = film(50, 40, 12)
    np.testing.assert_array_equal(ddsm_ljpeg.decode(encode(pixels, 12) + bytes(500), HERE).pixels, pixels)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
def test_a_file_cut_short_gives_the_rows_it_has(share: float) -> None:
    pixels = film(300, 200, 16)
    data = encode(pixels, 16)
    decoded = ddsm_ljpeg.decode(data[: int(len(data) * share)], HERE)
    assert abs(decoded.rows_held - 300 * share) < 15
    np.testing.assert_array_equal(decoded.pixels[: decoded.rows_held], pixels[: decoded.rows_held])
    assert not decoded.pixels[decoded.rows_held :].any()


def test_sizes_reported_the_other_way_round() -> None:
    pixels = film(240, 170, 12)
    # The encoder used a wrong length of a row: the number of pixels is that of the .ics file.
    stream = ddsm_ljpeg.decode(encode(pixels.reshape(170, 240), 12), HERE)
    np.testing.assert_array_equal(ddsm_ljpeg.laid_out(stream, 240, 170).pixels, pixels)
    # The picture lies on its side.
    lying = ddsm_ljpeg.decode(encode(pixels.T, 12), HERE)
    np.testing.assert_array_equal(ddsm_ljpeg.laid_out(lying, 240, 170).pixels, pixels)


def damaged(change: str) -> bytes:
    data = encode(film(100, 80, 12), 12)
    if change == "middle":
        return data[: len(data) // 2] + ddsm_ljpeg.END
    if change == "header alone":
        return data[:60]
    if change == "scan header":
        scan = data.index(b"\xff\xda")
        return data[: scan + 2] + b"\x7f\xff" + data[scan + 4 : scan + 12]
    if change == "frame":
        return data.replace(b"\xff\xc3", b"\xff\xc0")
    if change == "components":
        return data.replace(bytes([12, 0, 100, 0, 80, 1]), bytes([12, 0, 100, 0, 80, 3]))
    if change == "restart":
        return data[:2] + bytes([0xFF, 0xDD, 0, 4, 0, 80]) + data[2:]
    if change == "tiny":
        return data.replace(bytes([12, 0, 100, 0, 80, 1]), bytes([12, 0, 3, 0, 80, 1]))
    return b"not a picture at all"


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ("middle", "damaged: only .* of 100 rows"),
        ("header alone", "cut short|damaged"),
        ("scan header", "header of the lossless JPEG is damaged"),
        ("frame", "not a lossless one"),
        ("components", "not a grey one"),
        ("restart", "restart intervals"),
        ("tiny", "too small"),
        ("text", "not a lossless JPEG"),
    ],
)
def test_damaged_files_are_one_clear_error(change: str, reported: str) -> None:
    with pytest.raises(MammoviewError, match=reported):
        ddsm_ljpeg.decode(damaged(change), HERE)


def test_values_beyond_the_bits_are_damage() -> None:
    pixels = film(100, 80, 12)
    pixels[50, 40] = 5000
    with pytest.raises(UnreadableError, match="beyond its 12 bits"):
        ddsm_ljpeg.decode(encode(pixels, 12), HERE)


def test_a_large_size_in_a_small_file_costs_nothing() -> None:
    data = encode(film(20, 20, 12), 12, size=(12_000, 12_000))
    with pytest.raises(UnreadableError):
        ddsm_ljpeg.decode(data, HERE)
