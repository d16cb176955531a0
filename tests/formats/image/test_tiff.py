"""TIFF files of every kind: the values of Pillow, where Pillow is right, and not a word on the terminal."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from mammoview.cli.command_line import main
from mammoview.core.errors import MammoviewError
from mammoview.formats.image import tiff
from mammoview.formats.image.image_reader import read_picture
from mammoview.formats.opening.open_study import open_study
from tests.support.phantoms import breast_pixels

Y, X = np.mgrid[:40, :30]
DEEP = ((X * 37 + Y * 1100) % 60000).astype(np.uint16)
GREY = ((X * 3 + Y * 5) % 256).astype(np.uint8)
RGB = np.stack([GREY, 255 - GREY, GREY // 2], -1)
COLOURS = (np.stack([np.arange(256), np.arange(256)[::-1], np.arange(256) // 2]) * 257).astype(np.uint16)
KINDS = {
    "8 bit": (GREY, {"photometric": "minisblack"}),
    "16 bit": (DEEP, {"photometric": "minisblack"}),
    "signed": (DEEP.astype(np.int16), {"photometric": "minisblack"}),
    "32 bit": (DEEP.astype(np.uint32), {"photometric": "minisblack"}),
    "float": (DEEP.astype(np.float32) / 7, {"photometric": "minisblack"}),
    "white is zero": (GREY, {"photometric": "miniswhite"}),
    "white is zero, 16 bit": (DEEP, {"photometric": "miniswhite"}),
    "tiles": (DEEP, {"photometric": "minisblack", "tile": (16, 16)}),
    "RGB": (RGB, {"photometric": "rgb"}),
    "RGB, plane by plane": (np.moveaxis(RGB, -1, 0), {"photometric": "rgb", "planarconfig": "separate"}),
    "RGBA": (np.dstack([RGB, GREY]), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "CMYK": (np.dstack([RGB, GREY]), {"photometric": "separated"}),
    "grey and alpha": (np.dstack([GREY, GREY]), {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
    "palette": (GREY, {"photometric": "palette", "colormap": COLOURS}),
    "4 bit": (GREY // 16, {"photometric": "minisblack", "bitspersample": 4}),
    "2 bit": (GREY // 64, {"photometric": "minisblack", "bitspersample": 2}),
    "12 bit": (DEEP // 16, {"photometric": "minisblack", "bitspersample": 12}),
}
# Damaged headers make Pillow warn, which the program sees to and pytest undoes.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
PACKED = ["zlib", "lzw", "packbits", None]


def decoded(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return tiff.decode(path, image)


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("kind", KINDS)
def test_the_values_are_those_of_pillow(tmp_path: Path, kind: str, packed: str | None) -> None:
    values, how = KINDS[kind]
    if "bitspersample" in how:
        packed = None
        try:
            imagecodecs.packints_encode(np.zeros(8, np.uint8), 4)
        except NotImplementedError:
            pytest.skip("this version of imagecodecs reads packed bits, and does not write them")
    # Pillow 13 garbles unpacked ones that lie on their side.
    for orientation in range(1, 9 if packed else 5):
        tag = (274, 3, 1, orientation, True)
        tifffile.imwrite(tmp_path / "a.tif", values, compression=packed, extratags=[tag], **how)
        with Image.open(tmp_path / "a.tif") as image:
            colour = image.mode in ("P", "RGB", "RGBA", "CMYK", "LA")
            expected = np.asarray(image.convert("L") if colour else image)
        found = decoded(tmp_path / "a.tif")
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("planes_first", [False, True])
def test_colours_of_16_bits_keep_all_of_them(tmp_path: Path, packed: str | None, planes_first: bool) -> None:
    grey = np.stack([DEEP] * 3, -1)
    values = np.moveaxis(grey, -1, 0) if planes_first else grey
    how = {"planarconfig": "separate"} if planes_first else {}
    tifffile.imwrite(tmp_path / "a.tif", values, compression=packed, photometric="rgb", **how)
    np.testing.assert_array_equal(decoded(tmp_path / "a.tif"), DEEP)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.grey.bits == 16 and picture.warnings == ("colour picture: read as grey",)
    np.testing.assert_array_equal(picture.decode(), DEEP)


def test_other_colours_of_16_bits_are_reported(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.dstack([DEEP] * 4), photometric="separated")
    picture = read_picture(tmp_path / "a.tif")
    assert picture.grey.bits == 8 and "colours of 16 bit: only their upper 8 bits are read" in picture.warnings


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_a_png_with_colours_of_16_bits_keeps_all_of_them(tmp_path: Path, samples: int) -> None:
    values = np.dstack([DEEP] * samples)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(values))
    picture = read_picture(tmp_path / "a.png")
    assert picture.grey.bits == 16
    np.testing.assert_array_equal(picture.decode(), DEEP)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_unpacked_ones_are_turned_as_packed_ones_are(tmp_path: Path, orientation: int) -> None:
    for name, packed in (("a", None), ("b", "zlib")):
        tag = (274, 3, 1, orientation, True)
        tifffile.imwrite(tmp_path / f"{name}.tif", DEEP, compression=packed, extratags=[tag], photometric="minisblack")
    np.testing.assert_array_equal(decoded(tmp_path / "a.tif"), decoded(tmp_path / "b.tif"))


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("kind", [np.float32, np.int16, np.uint16])
def test_values_with_the_higher_byte_first_are_right_when_packed(
    tmp_path: Path, kind: type[np.generic], packed: str | None
) -> None:
    """Pillow takes packed ones for numbers with the lower byte first."""
    values = (DEEP // 2).astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", values, compression=packed, byteorder=">", photometric="minisblack")
    np.testing.assert_array_equal(decoded(tmp_path / "a.tif"), values)


def test_jpeg_within(tmp_path: Path) -> None:
    for pixels in (GREY, RGB):
        Image.fromarray(pixels).save(tmp_path / "a.tif", compression="jpeg")
        with Image.open(tmp_path / "a.tif") as image:
            expected = np.asarray(image.convert("L"))
        np.testing.assert_array_equal(decoded(tmp_path / "a.tif"), expected)


@pytest.mark.parametrize("packed", ["zlib", "lzw", "zstd", "lzma", "jpeg", "packbits", None])
def test_damaged_files_say_nothing_on_the_terminal(
    tmp_path: Path, packed: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case_L_CC.tif"
    tifffile.imwrite(file, GREY if packed == "jpeg" else DEEP, compression=packed, photometric="minisblack")
    whole, random = file.read_bytes(), np.random.default_rng(3)
    refused = 0
    for _ in range(40):
        raw = bytearray(whole)
        for place in random.integers(8, len(raw), 6):
            raw[place] = random.integers(256)
        file.write_bytes(raw)
        try:
            _ = open_study(file)[0].scans[0].pixels
        except MammoviewError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused
    assert capfd.readouterr() == ("", "")


def test_a_damaged_file_is_one_line_of_ours_on_the_command_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case_L_CC.tif"
    tifffile.imwrite(file, breast_pixels(), compression="zlib", photometric="minisblack", rowsperstrip=600)
    raw = bytearray(file.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 40] = bytes(40)
    file.write_bytes(raw)
    assert main(["export", str(file), "-o", str(tmp_path / "out"), "--layers", ""]) == 2
    lines = [line for line in capfd.readouterr().err.splitlines() if "exporting" not in line]
    assert lines == [
        f"failed: case_L_CC: {file}: the picture cannot be decoded: it is damaged. "
        "Copy it again from where it came from",
        "mammoview: 1 failed, 1 scans were found. The lines above say why",
    ]
