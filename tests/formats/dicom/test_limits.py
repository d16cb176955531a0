"""Lengths that lie and disks that give back zeros cost no more than a moment."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless

from mammoview.core.errors import UnreadableError
from mammoview.formats.dicom import limits, pixel_data_check
from mammoview.formats.dicom.dicom_reader import read_dicom, read_header
from mammoview.formats.dicom.values import items, numbers
from tests.support.dicom_encoding import encoded, tissue
from tests.support.dicom_files import dataset, item, ramp, write

ZEROS = bytes(8 * limits.MOST_READS)
"""As many empty attributes as bytes / 8, if they are read as such."""


@pytest.mark.parametrize("start", [b"", bytes(128) + b"DICM", "header"])
def test_zeros_in_place_of_a_header(tmp_path: Path, start: bytes | str) -> None:
    path = write(tmp_path / "a.dcm")
    raw = path.read_bytes()
    path.write_bytes((raw[: raw.index(b"\x28\0\x10\0")] if start == "header" else start) + ZEROS)
    with pytest.raises(UnreadableError, match=r"a\.dcm: the DICOM header is damaged"):
        read_dicom(path)


def test_deflated_zeros(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", encoded(DeflatedExplicitVRLittleEndian, tissue(1, 40, 30, 12), 12))
    meta = 144 + int(read_file_meta_info(path).FileMetaInformationGroupLength)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(path.read_bytes()[:meta] + deflater.compress(ZEROS) + deflater.flush())
    with pytest.raises(UnreadableError, match="the DICOM header is damaged"):
        read_dicom(path)


def sequence_of_length(path: Path, length: int) -> Path:
    """Write a mammogram whose VOI LUT Sequence claims that length, all of whose pixels are zero."""
    made = dataset(
        np.zeros((2000, 1500), np.uint16), VOILUTSequence=Sequence([item(LUTExplanation="one")]), ImageComments="after"
    )
    raw = write(path, made).read_bytes()
    place = raw.index(b"\x28\x00\x10\x30SQ") + 8
    path.write_bytes(raw[:place] + struct.pack("<L", length) + raw[place + 4 :])
    return path


@pytest.mark.parametrize("length", [0xFFFFFFFF, 5_900_000])
def test_a_sequence_that_swallows_the_pixels(tmp_path: Path, length: int) -> None:
    with pytest.raises(UnreadableError, match=r"a\.dcm: (the DICOM header is damaged|it is cut short)"):
        read_dicom(sequence_of_length(tmp_path / "a.dcm", length))


def test_what_it_swallowed_is_no_sequence(tmp_path: Path) -> None:
    header, _ = read_header(sequence_of_length(tmp_path / "a.dcm", 5_900_000))
    assert header.get_item("VOILUTSequence", keep_deferred=True).length == 5_900_000
    assert items(header, "VOILUTSequence") == ()


def test_endless_numbers_are_none(tmp_path: Path) -> None:
    made = dataset()
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    path = write(tmp_path / "a.dcm", made)
    raw, value = path.read_bytes(), b"1\\" * limits.MOST_BYTES
    place = raw.index(b"\xe0\x7f\x10\0")
    path.write_bytes(raw[:place] + struct.pack("<HHL", 0x28, 0x1050, len(value)) + value + raw[place:])
    scan = read_dicom(path).scan
    header, _ = read_header(path)
    assert len(header.get_item("WindowCenter", keep_deferred=True).value or b"") == 0
    assert numbers(header, "WindowCenter") == () and scan.grey.windows == ()
    np.testing.assert_array_equal(scan.pixels, ramp())


def test_compressed_pixels_in_endless_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_data_check, "MOST_FRAGMENTS", 1000)
    path = write(tmp_path / "a.dcm", encoded(JPEGLSLossless, tissue(1, 40, 30, 12), 12))
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.index(b"\xfe\xff\x00\xe0")] + b"\xfe\xff\x00\xe0\0\0\0\0" * 1001)
    with pytest.raises(UnreadableError, match="in more than 1000 pieces"):
        read_dicom(path)


def groups(frames: int, macros: int) -> Sequence:
    """Return functional groups of so many frames, all of undefined length, which takes the most calls to read."""

    def undefined(made: Dataset) -> Dataset:
        made.is_undefined_length_sequence_item = True
        return made

    def macro() -> Dataset:
        values: dict[str, Any] = {"WindowCenter": 500, "WindowWidth": 200, "ImagePositionPatient": [1, 2, 3]}
        return undefined(item(**values))

    keywords = ("FrameContentSequence", "FrameVOILUTSequence", "PlanePositionSequence", "FrameAnatomySequence")
    frame = undefined(item(**{keyword: Sequence([macro()]) for keyword in keywords[:macros]}))
    for keyword in keywords[:macros]:
        frame[keyword].is_undefined_length = True
    return Sequence([frame] * frames)


@pytest.mark.parametrize("undefined", [False, True])
def test_a_long_stack_is_well_within_the_bounds(tmp_path: Path, undefined: bool) -> None:
    made = dataset(np.zeros((400 * 16, 16), np.uint16), NumberOfFrames=400)
    made.Rows = 16
    made.PerFrameFunctionalGroupsSequence = groups(400, 4)
    made["PerFrameFunctionalGroupsSequence"].is_undefined_length = undefined
    scan = read_dicom(write(tmp_path / "a.dcm", made)).scan
    assert scan.stack is not None and scan.stack.count == 400
    assert scan.grey.windows[0].center == 500
