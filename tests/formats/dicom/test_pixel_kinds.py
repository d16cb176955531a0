"""Stored values of unusual pixels: wide colour, palettes, and signs that contradict the header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

import mammoview
from mammoview.study.scan import Scan
from tests.support.dicom_files import dataset, write

RGB = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}


def opened(path: Path) -> Scan:
    (study,) = mammoview.open_study(path)
    (scan,) = study.scans
    return scan


def grey_ramp(kind: str) -> NDArray[np.generic]:
    """Return (40, 30) from the lowest to the highest value of a type; the right half is white."""
    levels = np.iinfo(kind)
    made = np.linspace(levels.min, levels.max, 40 * 30).reshape(40, 30).clip(levels.min, levels.max).astype(kind)
    made[:, 15:] = levels.max
    return made


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["uint8", "uint16", "uint32", "int8", "int16", "int32"])
def test_white_of_a_colour_picture_stays_white(tmp_path: Path, kind: str) -> None:
    grey = grey_ramp(kind)
    bits = 8 * grey.dtype.itemsize
    made = dataset(np.repeat(grey[..., None], 3, 2), **RGB, BitsStored=bits, HighBit=bits - 1)
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    np.testing.assert_allclose(scan.pixels.astype(float), grey.astype(float), atol=1)
    assert (scan.pixels[:, 15:] == np.iinfo(kind).max).all() and "colour picture: read as grey" in scan.warnings
    shown = mammoview.render(scan)
    assert shown[0, 0] < 16 and (shown[:, 15:] == 255).all()


def test_luma_of_run_lengths_is_taken_as_it_is_stored(tmp_path: Path) -> None:
    grey = grey_ramp("uint8")
    flat = np.full_like(grey, 90)
    made = dataset(np.stack([grey, flat, 255 - flat], -1), **RGB, BitsStored=8, HighBit=7)
    made.compress(RLELossless, encoding_plugin="pydicom")
    made.PhotometricInterpretation = "YBR_FULL"
    np.testing.assert_array_equal(opened(write(tmp_path / "L_CC.dcm", made)).pixels, grey)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    """Numbers of colours are no greys."""
    index = np.arange(40 * 30, dtype=np.uint8).reshape(40, 30) % 16
    table = (np.array([3, 9, 1, 15, 0, 7, 2, 11, 5, 13, 4, 8, 6, 14, 10, 12], np.uint16)) * 4369
    made = dataset(index, PhotometricInterpretation="PALETTE COLOR", BitsStored=8, HighBit=7)
    for colour in ("Red", "Green", "Blue"):
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [16, 0, 16])
        setattr(made, f"{colour}PaletteColorLookupTableData", table.tobytes())
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    np.testing.assert_array_equal(scan.pixels, table[index])
    assert "colour picture: read as grey" in scan.warnings


def contradicting(syntax: Any, values: NDArray[np.generic], bits: int, header_signed: bool) -> Dataset:
    """Return a file whose codestream has the sign of `values` and whose header states another one."""
    if syntax == JPEG2000Lossless:
        coded = imagecodecs.jpeg2k_encode(values, codecformat="J2K", bitspersample=bits, reversible=True)
    else:
        coded = imagecodecs.jpegls_encode(values)
    made = dataset(values, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(header_signed))
    made.PixelData = encapsulate([bytes(coded)])
    made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = syntax
    return made


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("header_signed", [False, True])
def test_jpeg_2000_of_another_sign_than_its_header_is_reported(tmp_path: Path, bits: int, header_signed: bool) -> None:
    """The values are those of pydicom, which believes the header as well."""
    values = np.linspace(0, 2**bits - 1, 40 * 30).reshape(40, 30).astype(np.int64)
    values = values.astype(np.uint16) if header_signed else (values - 2 ** (bits - 1)).astype(np.int16)
    path = write(tmp_path / "L_CC.dcm", contradicting(JPEG2000Lossless, values, bits, header_signed))
    scan = opened(path)
    own, reported = ("unsigned", "signed") if header_signed else ("signed", "unsigned")
    line = f"its JPEG 2000 values are {own}, the header says {reported}: the header is believed, and greys may be wrong"
    assert line in scan.warnings
    np.testing.assert_array_equal(scan.pixels, dcmread(path).pixel_array)


@pytest.mark.parametrize("signed", [False, True])
def test_jpeg_2000_that_agrees_with_its_header_has_no_such_line(tmp_path: Path, signed: bool) -> None:
    values = np.linspace(0, 4095, 40 * 30).reshape(40, 30).astype(np.uint16)
    values = (values - 2048.0).astype(np.int16) if signed else values
    scan = opened(write(tmp_path / "L_CC.dcm", contradicting(JPEG2000Lossless, values, 12, signed)))
    assert not any("JPEG 2000" in line for line in scan.warnings)
    np.testing.assert_array_equal(scan.pixels, values)


def test_jpeg_ls_has_no_sign_of_its_own_and_takes_the_headers(tmp_path: Path) -> None:
    values = (np.linspace(-2048, 2047, 40 * 30).reshape(40, 30)).astype(np.int16)
    made = contradicting(JPEGLSLossless, (values & 0xFFF).astype(np.uint16), 12, True)
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    np.testing.assert_array_equal(scan.pixels, values)
