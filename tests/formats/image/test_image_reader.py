"""PNG, TIFF, PGM and JPEG pictures: stored values unchanged, side and projection from the name, damage reported."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mammoview
from mammoview.core.errors import MammoviewError, NotAMammogramError, UnreadableError
from mammoview.formats.image import pgm
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Scan
from tests.support.dicom_files import ramp

# Damaged headers make the libraries warn, and the program takes no notice of that.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def only_scan(path: Path) -> Scan:
    """Return the scan of a file that holds one."""
    (study,) = open_study(path)
    (scan,) = study.scans
    return scan


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write a picture of the kind that the ending stands for."""
    if path.suffix.lower() == ".pgm":
        maximum = 255 if pixels.dtype == np.uint8 else 65535
        header = f"P5\n# made for a test\n{pixels.shape[1]} {pixels.shape[0]}\n{maximum}\n".encode()
        path.write_bytes(header + pixels.astype(pixels.dtype.newbyteorder(">")).tobytes())
    else:
        Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("ending", ["png", "PNG", "tif", "tiff", "pgm"])
def test_stored_values_come_back(tmp_path: Path, ending: str, kind: type[np.generic]) -> None:
    pixels = ramp(41, 33, 255 if kind is np.uint8 else 65535).astype(kind)
    scan = only_scan(save(tmp_path / f"p12_R_MLO.{ending}", pixels))
    assert scan.name == "R MLO" and scan.patient == "p12"
    assert scan.grey.bits == 8 * pixels.itemsize and not scan.grey.inverted
    np.testing.assert_array_equal(scan.pixels, pixels)
    assert scan.pixels.dtype == kind
    assert not scan.spacing.known and "spacing unknown: lengths are given in pixels" in scan.warnings


def test_unknown_side_and_projection_are_asked_for(tmp_path: Path) -> None:
    scan = only_scan(save(tmp_path / "scan.png", ramp().astype("u2")))
    assert scan.name == "side unknown"
    assert "side unknown: name the file like case_L_CC.png" in scan.warnings
    assert "projection unknown: name the file like case_L_CC.png" in scan.warnings


def test_jpeg(tmp_path: Path) -> None:
    grey = ramp(top=255).astype("u1")
    Image.fromarray(grey).save(tmp_path / "x_L_CC.jpg", quality=95)
    scan = only_scan(tmp_path / "x_L_CC.jpg")
    assert np.abs(scan.pixels.astype(int) - grey).max() < 8
    assert any("lossy JPEG" in w for w in scan.warnings)


def test_colour_is_turned_to_grey_and_reported(tmp_path: Path) -> None:
    grey = ramp(top=255).astype("u1")
    for name, mode in (("x_L_CC.png", "RGB"), ("y_L_CC.png", "RGBA"), ("z_L_CC.jpg", "RGB")):
        Image.fromarray(grey).convert(mode).save(tmp_path / name)
        scan = only_scan(tmp_path / name)
        assert np.abs(scan.pixels.astype(int) - grey).max() < 8 and scan.pixels.ndim == 2
        assert "colour picture: read as grey" in scan.warnings


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_white_is_zero_tiff_looks_the_same(tmp_path: Path, kind: str, compression: str | None) -> None:
    pixels = ramp(top=255).astype(kind)
    tifffile.imwrite(tmp_path / "x_L_CC.tif", pixels, photometric="miniswhite", compression=compression)
    scan = only_scan(tmp_path / "x_L_CC.tif")
    looks = scan.pixels.astype(int) * (-1 if scan.grey.inverted else 1)
    assert (np.diff(looks.ravel()) <= 0).all() and looks.std() > 0, "high stored values must look dark"


def test_tiff_of_big_endian_floats_and_of_pages(tmp_path: Path) -> None:
    floats = ramp().astype(">f4") / 7
    tifffile.imwrite(tmp_path / "x_L_CC.tif", floats, byteorder=">", photometric="minisblack")
    np.testing.assert_array_equal(only_scan(tmp_path / "x_L_CC.tif").pixels, floats)
    tifffile.imwrite(tmp_path / "y_L_CC.tif", np.stack([ramp(), ramp()[::-1]]), photometric="minisblack")
    scan = only_scan(tmp_path / "y_L_CC.tif")
    assert "several pages: only the first is read" in scan.warnings
    np.testing.assert_array_equal(scan.pixels, ramp())


@pytest.mark.parametrize("maximum", [200, 1000, 4095])
def test_greymap_values_are_never_stretched(tmp_path: Path, maximum: int) -> None:
    pixels = ramp(top=maximum).astype(np.uint8 if maximum < 256 else np.dtype(">u2"))
    rows, columns = pixels.shape
    (tmp_path / "x_L_CC.pgm").write_bytes(f"P5 {columns} {rows} {maximum} ".encode() + pixels.tobytes())
    scan = only_scan(tmp_path / "x_L_CC.pgm")
    assert scan.grey.bits == maximum.bit_length() and scan.pixels.max() == maximum
    text = " ".join(str(v) for v in pixels.ravel())
    (tmp_path / "y_L_CC.pgm").write_text(f"P2\n# plain\n{columns} {rows}\n{maximum}\n{text}\n")
    np.testing.assert_array_equal(only_scan(tmp_path / "y_L_CC.pgm").pixels, scan.pixels)


@pytest.mark.parametrize(
    "raw",
    [
        b"P5",
        b"P5\n10",
        b"P5 40 30 255",
        b"P5 40 30 0 " + bytes(1200),
        b"P5 40 30 70000 " + bytes(2400),
        b"P5 -40 30 255 " + bytes(1200),
        b"P5 4a 30 255 " + bytes(1200),
        b"P2 40 30 255 1 2 3",
        b"P5 40 30 255 " + bytes(9),
        b"P2 40 30 255 " + b"x " * 1200,
        b"P2 40 30 25 " + b"99 " * 1200,
    ],
    ids=lambda raw: repr(raw[:14]),
)
def test_damaged_greymaps(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.pgm").write_bytes(raw)
    with pytest.raises(UnreadableError, match=r"x\.pgm: the greymap"):
        _ = only_scan(tmp_path / "x.pgm").pixels


@given(st.binary(max_size=60))
def test_any_greymap_gives_a_picture_or_one_error(tmp_path_factory: pytest.TempPathFactory, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.pgm"
    for magic in (b"P5 ", b"P2\n"):
        path.write_bytes(magic + rest)
        try:
            assert pgm.decode(path).ndim == 2
        except MammoviewError as error:
            assert "any.pgm" in str(error)


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "pgm"])
def test_cut_short_is_found_at_opening(tmp_path: Path, ending: str) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 255, (400, 300)).astype("u1")
    whole = save(tmp_path / f"x_L_CC.{ending}", pixels).read_bytes()
    for length in (3, 40, len(whole) // 2, len(whole) - 100):
        (tmp_path / f"x_L_CC.{ending}").write_bytes(whole[:length])
        with pytest.raises(UnreadableError, match=f"x_L_CC.{ending}"):
            open_study(tmp_path / f"x_L_CC.{ending}")


def test_jpeg_with_a_thumbnail_that_is_cut_short(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Image.fromarray(ramp(16, 16, 255).astype("u1")).save(thumbnail, "JPEG")
    Image.fromarray(ramp(100, 90, 255).astype("u1")).save(tmp_path / "x.jpg")
    raw = (tmp_path / "x.jpg").read_bytes()
    extra = b"\xff\xe2" + (2 + len(thumbnail.getvalue())).to_bytes(2, "big") + thumbnail.getvalue()
    (tmp_path / "x.jpg").write_bytes(raw[:2] + extra + raw[2:])
    assert only_scan(tmp_path / "x.jpg").pixels.shape == (100, 90)
    (tmp_path / "x.jpg").write_bytes(raw[:2] + extra + raw[2:-20])
    with pytest.raises(UnreadableError, match="cut short"):
        open_study(tmp_path / "x.jpg")


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8), st.sampled_from(["png", "tif", "jpg"]))
def test_damage_anywhere_gives_a_scan_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{ending}"
    raw = bytearray(save(path, ramp(40, 30, 255).astype("u1")).read_bytes())
    place %= max(1, len(raw) - len(damage))
    raw[place : place + len(damage)] = damage
    path.write_bytes(bytes(raw))
    try:
        assert only_scan(path).pixels.ndim == 2
    except MammoviewError as error:
        assert path.name in str(error)


def test_damaged_pixels_are_reported_when_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path / "x_L_CC.png", np.random.default_rng(1).integers(0, 255, (90, 80)).astype("u1"))
    raw = bytearray(path.read_bytes())
    raw[200:400] = bytes(200)
    path.write_bytes(bytes(raw))
    with pytest.raises(UnreadableError, match=r"x_L_CC\.png: the picture cannot be decoded.*Copy it again"):
        _ = only_scan(path).pixels


def test_sizes_no_mammogram_has(tmp_path: Path) -> None:
    with pytest.raises(NotAMammogramError, match=r"x\.png: a picture of 1 x 1 pixels is too small"):
        open_study(save(tmp_path / "x.png", np.zeros((1, 1), "u1")))
    (tmp_path / "y.pgm").write_bytes(b"P5 20000 20000 255 ")
    with pytest.raises(UnreadableError, match=r"y\.pgm: 20000 x 20000 pixels are more than a mammogram has"):
        open_study(tmp_path / "y.pgm")
    huge = bytearray(save(tmp_path / "z.png", np.zeros((40, 30), "u1")).read_bytes())
    huge[16:24] = (20000).to_bytes(4, "big") * 2
    import zlib

    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    (tmp_path / "z.png").write_bytes(bytes(huge))
    with pytest.raises(UnreadableError, match=r"z\.png: it has more pixels than a mammogram has"):
        open_study(tmp_path / "z.png")


def test_masks_are_no_mammograms(tmp_path: Path) -> None:
    Image.fromarray(ramp(top=255).astype("u1") > 99).save(tmp_path / "x.png")
    with pytest.raises(NotAMammogramError, match="mask"):
        open_study(tmp_path / "x.png")


def test_picture_replaced_since(tmp_path: Path) -> None:
    scan = only_scan(save(tmp_path / "x_L_CC.png", ramp(40, 30, 255).astype("u1")))
    save(tmp_path / "x_L_CC.png", ramp(50, 30, 255).astype("u1"))
    with pytest.raises(UnreadableError, match="has changed since"):
        _ = scan.pixels


def test_real_jpegs_with_data_after_their_end(shared_data: Path) -> None:
    studies = open_study(shared_data / "ddsm_normals")
    assert [s.patient for s in studies] == ["A_0018_1", "A_0035_1", "A_0036_1", "A_0074_1"]
    assert [s.name for s in studies[0].scans] == ["R CC", "L CC", "R MLO", "L MLO"]
    scan = studies[0].scans[0]
    assert scan.pixels.shape == (scan.rows, scan.columns) == (4844, 2038)


def test_cbis_masses(shared_data: Path) -> None:
    studies = open_study([shared_data / "cbis_masses" / "images" / f"00001_LEFT_{p}.jpg" for p in ("MLO", "CC")])
    assert [(s.patient, [scan.name for scan in s.scans]) for s in studies] == [("00001", ["L CC", "L MLO"])]
    assert not studies[0].scans[0].spacing.known


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
def test_tiff_values_keep_their_sign(tmp_path: Path, kind: str) -> None:
    levels = np.iinfo(kind)
    pixels = np.linspace(levels.min, levels.max, 40 * 30).reshape(40, 30).clip(levels.min, levels.max).astype(kind)
    tifffile.imwrite(tmp_path / "L_CC.tif", pixels)
    scan = only_scan(tmp_path / "L_CC.tif")
    np.testing.assert_array_equal(scan.pixels, pixels)
    shown = mammoview.render(scan)
    assert shown[0, 0] == 0 and shown[-1, -1] == 255 and (np.diff(shown.ravel().astype(int)) >= 0).all()


QUIET = """
import sys
from mammoview.core.errors import MammoviewError
from mammoview.formats.opening.open_study import open_study
for path in sys.argv[1:]:
    try:
        open_study(path)[0].scans[0].pixels
    except MammoviewError as error:
        print(error)
"""


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "CMYK"])
def test_compressed_tiffs_are_what_pillow_makes_of_them(tmp_path: Path, mode: str, compression: str) -> None:
    image = Image.fromarray((ramp(64, 48) >> 4).astype(np.uint8)).convert(mode)
    image.save(tmp_path / "x_L_CC.tif", compression=compression)
    (study,) = open_study(tmp_path / "x_L_CC.tif")
    with Image.open(tmp_path / "x_L_CC.tif") as again:
        np.testing.assert_array_equal(study.scans[0].pixels, np.asarray(again.convert("L")))


def test_damaged_tiffs_are_refused_without_a_word_of_the_libraries(tmp_path: Path) -> None:
    packed = tmp_path / "x_L_CC.tif"
    tifffile.imwrite(packed, ramp(64, 48), compression="deflate", photometric="minisblack")
    raw = bytearray(packed.read_bytes())
    with tifffile.TiffFile(packed) as tiff:
        page = tiff.pages.first
        start, samples = page.dataoffsets[0], page.tags["SamplesPerPixel"].valueoffset
    packed.write_bytes(raw[: start + 20] + bytes(40) + raw[start + 60 :])
    wide = tmp_path / "y_L_CC.tif"
    wide.write_bytes(raw[:samples] + b"\xff\xff" + raw[samples + 2 :])
    done = subprocess.run(
        [sys.executable, "-c", QUIET, str(packed), str(wide)], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 2 and not done.stderr
