"""DICOM files of every syntax are decoded to their stored values; files that lie, end early or show something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from mammoview.core.errors import MammoviewError, NotAMammogramError, UnreadableError
from mammoview.formats.dicom.codestream import picture_shape
from mammoview.formats.dicom.dicom_reader import read_dicom
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Scan
from tests.support.dicom_files import CT, code, dataset, ramp, write

# Damaged headers make the libraries warn, and the program takes no notice of that.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def in_syntax(syntax: UID, pixels: np.ndarray) -> Dataset:
    """Return a mammogram whose pixels are stored in that transfer syntax."""
    big = syntax == ExplicitVRBigEndian
    made = dataset(pixels.astype(pixels.dtype.newbyteorder(">")) if big else pixels)
    if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        made.compress(syntax)
    elif syntax == JPEGLosslessSV1:
        made.PixelData = encapsulate([jpeg_lossless(pixels)])
        made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = syntax
    return made


def jpeg_lossless(pixels: np.ndarray) -> bytes:
    """Return a lossless JPEG (process 14, selection value 1) of 12-bit pixels: each difference as 13 plain bits.

    One Huffman table of 16 codes of 5 bits each makes the coding plain enough to write here.
    """
    rows, columns = pixels.shape
    table = bytes([0, 0, 0, 0, 16, *[0] * 11, *range(16)])
    head = b"\xff\xd8\xff\xc3\x00\x0b\x0c" + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    head += b"\xff\xc4" + (3 + len(table)).to_bytes(2, "big") + b"\x00" + table
    head += b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00"
    values = pixels.astype(int)
    before = np.empty_like(values)
    before[:, 1:] = values[:, :-1]
    before[1:, 0] = values[:-1, 0]
    before[0, 0] = 2048
    bits = []
    for difference in (values - before).ravel():
        size = int(abs(difference)).bit_length()
        low = difference if difference > 0 else difference + (1 << size) - 1
        bits.append(f"{size:05b}" + (f"{low:0{size}b}" if size else ""))
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    coded = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    return bytes(head + coded + b"\xff\xd9")


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
    ids=lambda s: s.name,
)
def test_syntaxes(tmp_path: Path, syntax: UID) -> None:
    pixels = ramp(61, 47)
    scan = read_dicom(write(tmp_path / "a.dcm", in_syntax(syntax, pixels))).scan
    assert (scan.rows, scan.columns, scan.grey.bits) == (61, 47, 12)
    np.testing.assert_array_equal(scan.pixels, pixels)


def test_signed_and_8_bit_values(tmp_path: Path) -> None:
    for name, pixels in (("i.dcm", ramp().astype("i2") - 2048), ("b.dcm", ramp(top=255).astype("u1"))):
        scan = read_dicom(write(tmp_path / name, pixels=pixels)).scan
        np.testing.assert_array_equal(scan.pixels, pixels)
        assert scan.pixels.dtype == pixels.dtype


def test_bits_above_the_stored_ones_are_taken_away(tmp_path: Path) -> None:
    pixels = ramp()
    scan = read_dicom(write(tmp_path / "a.dcm", pixels=pixels | np.uint16(0x8000))).scan
    np.testing.assert_array_equal(scan.pixels, pixels)
    negative = pixels.astype("i2") - 2048
    scan = read_dicom(write(tmp_path / "b.dcm", pixels=negative & np.int16(0x0FFF))).scan
    np.testing.assert_array_equal(scan.pixels, negative)
    shifted = read_dicom(write(tmp_path / "c.dcm", pixels=pixels << 4, HighBit=15)).scan
    np.testing.assert_array_equal(shifted.pixels, pixels)


def test_file_without_part_10_header(tmp_path: Path) -> None:
    made = dataset()
    del made.file_meta
    made.save_as(tmp_path / "old", implicit_vr=True, little_endian=True)
    raw = (tmp_path / "old").read_bytes()
    assert b"DICM" not in raw[:200]
    (study,) = open_study(tmp_path / "old")
    np.testing.assert_array_equal(study.scans[0].pixels, ramp())


def test_colour_is_turned_to_grey_and_reported(tmp_path: Path) -> None:
    grey = ramp(top=255).astype("u1")
    made = dataset(grey, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0, BitsStored=8)
    made.HighBit, made.PixelData = 7, np.repeat(grey[..., None], 3, -1).tobytes()
    scan = read_dicom(write(tmp_path / "a.dcm", made)).scan
    np.testing.assert_array_equal(scan.pixels, grey)
    assert "colour picture: read as grey" in scan.warnings


def test_lossy_is_reported(tmp_path: Path) -> None:
    scan = read_dicom(write(tmp_path / "a.dcm", LossyImageCompression="01", LossyImageCompressionRatio=[5, 12])).scan
    assert scan.facts["lossy"] == "earlier compression, 12:1"
    assert any(w.startswith("lossy compression") for w in scan.warnings)


def test_real_lossy_files_decode_to_the_same_film(shared_data: Path) -> None:
    (study,) = open_study(shared_data / "dicom_mg")
    jpeg2000, jpeg = study.scans
    assert jpeg2000.name == jpeg.name == "L MLO" and jpeg.orientation == ("A", "F")
    assert jpeg.grey.windows[0].width == 4095 and "10:1" in jpeg.facts["lossy"]
    a, b = jpeg2000.pixels[::16, ::16].astype(float), jpeg.pixels[::16, ::16].astype(float)
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.999 and np.abs(a - b).mean() < 20


@pytest.mark.parametrize(
    ("attributes", "reported"),
    [
        ({"Modality": "CT", "SOPClassUID": CT}, "modality is CT"),
        ({"Modality": "SR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33", "Rows": None}, "modality is SR"),
        ({"Modality": "DX", "SOPClassUID": CT, "BodyPartExamined": "CHEST", "ViewPosition": "PA"}, "shows CHEST"),
        ({"Modality": "CR", "SOPClassUID": CT, "ViewPosition": "AP"}, "a view AP"),
        ({"PatientID": "Mass-Test_P_00820_LEFT_CC_1"}, "mask or crop"),
        ({"ViewCodeSequence": [code("G-8310", "SRT")]}, "specimen"),
        ({"Rows": 1, "Columns": 1}, "too small"),
    ],
)
def test_what_is_no_mammogram(tmp_path: Path, attributes: dict[str, Any], reported: str) -> None:
    path = write(tmp_path / "a.dcm", **attributes)
    with pytest.raises(NotAMammogramError, match=reported) as caught:
        open_study(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "doubt"),
    [
        ({"Modality": "RG", "ViewPosition": "MLO"}, False),
        ({"Modality": "OT", "ViewPosition": None, "BodyPartExamined": "BREAST"}, False),
        ({"Modality": "CR", "ViewPosition": None}, True),
    ],
)
def test_relatives_of_mammography(tmp_path: Path, attributes: dict[str, Any], doubt: bool) -> None:
    scan = read_dicom(write(tmp_path / "a.dcm", SOPClassUID=CT, **attributes)).scan
    assert any("nothing in the header says" in w for w in scan.warnings) is doubt


@pytest.mark.parametrize(
    ("attributes", "reported"),
    [
        ({"Rows": 60000, "Columns": 60000}, "more than a mammogram has"),
        ({"Rows": 20000, "Columns": 20000}, "more than a mammogram has"),
        ({"Rows": 4000}, "cut short: its header promises 240000 bytes of pixels, 2400 are there"),
        ({"Rows": None}, "rows and columns are missing"),
        ({"BitsAllocated": 32, "BitsStored": 32}, "cut short"),
    ],
)
def test_headers_that_claim_too_much(tmp_path: Path, attributes: dict[str, Any], reported: str) -> None:
    path = write(tmp_path / "a.dcm", **attributes)
    with pytest.raises(UnreadableError, match=reported):
        open_study(path)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, JPEGLSLossless])
def test_cut_anywhere_it_is_one_error(tmp_path: Path, syntax: UID) -> None:
    whole = write(tmp_path / "whole.dcm", in_syntax(syntax, ramp())).read_bytes()
    path = tmp_path / "cut.dcm"
    for length in [1, 50, 131, 140, 200, 400, len(whole) // 2, len(whole) - 12]:
        path.write_bytes(whole[:length])
        with pytest.raises(MammoviewError, match=r"cut\.dcm"):
            _ = open_study(path)[0].scans[0].pixels


def test_damaged_pixels_are_reported_when_asked_for(tmp_path: Path) -> None:
    made = in_syntax(RLELossless, np.random.default_rng(1).integers(0, 4095, (80, 80)).astype("u2"))
    raw = write(tmp_path / "a.dcm", made).read_bytes()
    (tmp_path / "a.dcm").write_bytes(raw[:-4000] + bytes([129]) * 4000)
    scan = read_dicom(tmp_path / "a.dcm").scan
    with pytest.raises(UnreadableError, match=r"a\.dcm: its pixels \(RLE.*cannot be decoded.*Copy it again"):
        _ = scan.pixels


def test_runs_that_reach_past_the_end(tmp_path: Path) -> None:
    made = dataset(ramp(20, 20))
    # Two segments, high and low bytes, of runs that unpack to 640 bytes where 400 belong.
    high, low = bytes([129, 1]) * 5, bytes([129, 7]) * 5
    starts = b"".join(n.to_bytes(4, "little") for n in (2, 64, 64 + len(high)))
    made.PixelData = encapsulate([starts + bytes(52) + high + low])
    made.file_meta.TransferSyntaxUID = RLELossless
    scan = read_dicom(write(tmp_path / "a.dcm", made)).scan
    assert (scan.pixels == 256 + 7).all()


def test_codestreams_that_are_larger_than_the_header_says_are_never_decoded(tmp_path: Path) -> None:
    for syntax in (JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1):
        made = in_syntax(syntax, ramp(200, 300))
        made.Rows, made.Columns = 30, 20
        with pytest.raises(UnreadableError, match="do not have the size"):
            read_dicom(write(tmp_path / "a.dcm", made))


def test_codestream_sizes() -> None:
    assert picture_shape(jpeg_lossless(ramp(61, 47))) == (61, 47, 1)
    assert picture_shape(b"") is None and picture_shape(b"\xff\xd8\xff\xda") is None
    assert picture_shape(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc0\x00\x0b\x08\x00\x05\x00\x07\x03") == (5, 7, 3)


@given(st.binary(max_size=80))
def test_any_codestream_start_gives_an_answer(start: bytes) -> None:
    for prefix in (b"", b"\xff\xd8\xff", b"\xff\x4f\xff\x51"):
        picture_shape(prefix + start)


def test_deflate_bomb_is_refused_before_it_is_inflated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mammoview.formats.dicom.pixel_data_check.MAX_INFLATED_BYTES", 1 << 20)
    made = in_syntax(DeflatedExplicitVRLittleEndian, np.zeros((2000, 1000), "u2"))
    path = write(tmp_path / "a.dcm", made)
    assert path.stat().st_size < 20_000
    with pytest.raises(UnreadableError, match="unpack to more than"):
        read_dicom(path)


@pytest.mark.parametrize("frames", [4, 300])
def test_deflated_frames_that_are_not_there_are_missed_at_opening(tmp_path: Path, frames: int) -> None:
    made = in_syntax(DeflatedExplicitVRLittleEndian, np.arange(3 * 60 * 50, dtype="u2").reshape(180, 50))
    made.Rows, made.NumberOfFrames = 60, 3
    assert read_dicom(write(tmp_path / "a.dcm", made)).scan.stack is not None
    made.NumberOfFrames = frames
    with pytest.raises(UnreadableError, match=f"promises {frames * 6000} bytes of pixels, 18000 are there"):
        read_dicom(write(tmp_path / "b.dcm", made))


def test_pixels_gone_since(tmp_path: Path) -> None:
    scan = read_dicom(write(tmp_path / "a.dcm")).scan
    scan.path.unlink()
    with pytest.raises(UnreadableError, match=r"a\.dcm: there is no such file"):
        _ = scan.pixels


@given(st.integers(0, 1500), st.binary(min_size=1, max_size=12))
def test_damage_anywhere_gives_a_scan_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.dcm"
    raw = bytearray(write(path).read_bytes())
    place = min(place, len(raw) - len(damage))
    raw[place : place + len(damage)] = damage
    path.write_bytes(bytes(raw))
    try:
        (study,) = open_study(path)
        assert isinstance(study.scans[0], Scan)
        assert study.scans[0].pixels.ndim == 2
    except MammoviewError as error:
        assert "damaged.dcm" in str(error)


def test_samples_of_cbis(samples: Path) -> None:
    studies = open_study(samples)
    assert [s.patient for s in studies] == ["P_00173", "P_00820"]
    for study in studies:
        assert [s.name for s in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]
        assert study.outside == []
        for scan in study.scans:
            assert scan.spacing.label == "mm, assumed 50 um" and scan.grey.bits == 16
            assert scan.outlines and all(o.source == "CBIS-DDSM ROI box" for o in scan.outlines)
    assert sum(len(s.outlines) for study in studies for s in study.scans) == 10
    malignant = {s.name for s in studies[1].scans for o in s.outlines if o.pathology == "MALIGNANT"}
    assert malignant == {"L CC", "L MLO"}
    scan = studies[1].scans[1]
    assert scan.pixels.shape == (scan.rows, scan.columns) == (4736, 2624)
