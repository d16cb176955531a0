"""Every transfer syntax, 8 to 16 bits, one frame or several: the values are those that DCMTK or GDCM find."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels import pixel_array
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from mammoview.core.errors import UnreadableError
from mammoview.formats.dicom.dicom_reader import read_dicom
from mammoview.formats.opening.open_study import open_study
from tests.support.dicom_encoding import LOSSLESS, NEAR, SYNTAXES, encoded, tissue
from tests.support.dicom_files import write

_TOOLS = {
    RLELossless: "dcmdrle",
    JPEGLSLossless: "dcmdjpls",
    JPEGLSNearLossless: "dcmdjpls",
    JPEGBaseline8Bit: "dcmdjpeg",
    JPEGExtended12Bit: "dcmdjpeg",
    JPEGLossless: "dcmdjpeg",
    JPEGLosslessSV1: "dcmdjpeg",
    DeflatedExplicitVRLittleEndian: "dcmconv",
}
CASES = [
    (syntax, bits)
    for syntax in SYNTAXES
    for bits in (8, 12, 16)
    if not (syntax == JPEGBaseline8Bit and bits != 8) and not (syntax == JPEGExtended12Bit and bits != 12)
]


def by_others(path: Path, syntax: UID, shape: tuple[int, ...]) -> np.ndarray:
    """What DCMTK decodes; GDCM where DCMTK cannot (JPEG 2000)."""
    if syntax in (JPEG2000, JPEG2000Lossless):
        return pixel_array(path, decoding_plugin="gdcm").reshape(shape)
    tool = _TOOLS.get(syntax, "dcmconv")
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} of DCMTK is not installed (packaging/libraries.sh)")
    plain = path.with_suffix(".plain.dcm")
    subprocess.run([tool, "+te", str(path), str(plain)], check=True, capture_output=True)
    made = dcmread(plain)
    kind = np.uint8 if made.BitsAllocated == 8 else np.uint16
    return np.frombuffer(made.PixelData, kind)[: int(np.prod(shape))].reshape(shape)


@pytest.mark.parametrize(("syntax", "bits"), CASES, ids=lambda v: v.name if isinstance(v, UID) else str(v))
@pytest.mark.parametrize("frames", [1, 3])
def test_values_are_those_of_another_decoder(
    tmp_path: Path, syntax: UID, bits: int, frames: int, capfd: pytest.CaptureFixture[str]
) -> None:
    pixels = tissue(frames, 61, 47, bits)
    path = write(tmp_path / "a.dcm", encoded(syntax, pixels, bits))
    expected = by_others(path, syntax, pixels.shape)
    if syntax in LOSSLESS:
        np.testing.assert_array_equal(expected, pixels)
    capfd.readouterr()
    scan = read_dicom(path).scan
    assert scan.frame == (frames - 1) // 2 and (scan.stack.count if scan.stack else 1) == frames
    for frame in range(frames):
        if frames > 1:
            scan.show_frame(frame)
        # Two decoders may round the cosine transform of lossy JPEG differently.
        tolerance = 1 if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit) else 0
        np.testing.assert_allclose(scan.pixels.astype(int), expected[frame].astype(int), atol=tolerance)
        assert np.abs(scan.pixels.astype(int) - pixels[frame]).max() <= _error(syntax, bits)
    assert capfd.readouterr() == ("", ""), "decoders must be silent"


def _error(syntax: UID, bits: int) -> float:
    """Greatest error that a lossy file may have."""
    if syntax in LOSSLESS:
        return 0
    return NEAR if syntax == JPEGLSNearLossless else 0.1 * 2**bits


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless], ids=lambda s: s.name)
def test_frames_cut_into_fragments(tmp_path: Path, syntax: UID) -> None:
    pixels = tissue(3, 61, 47, 12)
    scan = read_dicom(write(tmp_path / "a.dcm", encoded(syntax, pixels, 12, fragments=2))).scan
    for frame in range(3):
        scan.show_frame(frame)
        np.testing.assert_array_equal(scan.pixels, pixels[frame])


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_damaged_frames_are_reported_on_one_line_and_decoders_keep_silent(
    tmp_path: Path, syntax: UID, capfd: pytest.CaptureFixture[str]
) -> None:
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    made = encoded(syntax, tissue(1, 61, 47, bits), bits)
    raw = bytearray(write(tmp_path / "a.dcm", made).read_bytes())
    for start in range(len(raw) - 900, len(raw) - 200, 90):
        raw[start : start + 12] = b"\xff\x00\x5a\xff\xd9\x00\xff\xff\x01\xff\xc3\xff"
    (tmp_path / "a.dcm").write_bytes(bytes(raw))
    try:
        assert open_study(tmp_path / "a.dcm")[0].scans[0].pixels.shape == (61, 47)
    except UnreadableError as error:
        assert "a.dcm" in str(error) and "\n" not in str(error)
    assert capfd.readouterr() == ("", "")


def test_the_real_12_bit_jpeg_is_decoded_in_silence(shared_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    scan = read_dicom(shared_data / "dicom_mg" / "MG1_JPLY.dcm").scan
    assert scan.pixels.max() <= 4095 and scan.pixels.std() > 100
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGLSLossless, RLELossless], ids=lambda s: s.name)
@pytest.mark.parametrize(
    ("claimed", "reported"),
    [(100_000, "promises 100000 frames, at most 2000"), (50, "promises 50 frames, 3 are there")],
)
def test_more_frames_than_there_are_is_one_error(tmp_path: Path, syntax: UID, claimed: int, reported: str) -> None:
    made = encoded(syntax, tissue(3, 61, 47, 12), 12)
    made.NumberOfFrames = claimed
    with pytest.raises(UnreadableError, match=reported):
        open_study(write(tmp_path / "a.dcm", made))
