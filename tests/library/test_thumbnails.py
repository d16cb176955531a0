"""Thumbnails: small, hung as on the wall, made once, and none for what cannot be decoded."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.display.scan_analysis import analyse
from mammoview.formats.opening.open_study import open_study
from mammoview.library import thumbnails
from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import file_stamp
from mammoview.library.queries import studies
from mammoview.library.thumbnails import HEIGHT, DecodedScan, make_thumbnails
from mammoview.study.scan import Side
from tests.support.dicom_files import write
from tests.support.examinations import Examine, scanned
from tests.support.phantoms import breast_pixels


def test_breasts_hang_back_to_back(tmp_path: Path, index: LibraryDatabase) -> None:
    root = tmp_path / "films"
    root.mkdir()
    # Both are stored with the chest wall on the left.
    for side in "RL":
        write(root / f"{side}.dcm", pixels=breast_pixels(side=Side.LEFT), ImageLaterality=side)
    scanned(index, root)
    assert make_thumbnails(index, studies(index)[0])
    right, left = (np.asarray(Image.open(io.BytesIO(s.thumbnail or b""))) for s in studies(index)[0].scans)
    assert right.shape == left.shape == (HEIGHT, 96)
    assert right[72, -6:].mean() > 60 > right[72, :6].mean() + 40
    assert left[72, :6].mean() > 60 > left[72, -6:].mean() + 40
    assert not make_thumbnails(index, studies(index)[0])


def test_left_and_right_compare(tmp_path: Path, index: LibraryDatabase) -> None:
    root = tmp_path / "films"
    root.mkdir()
    for side, share in (("R", 1.0), ("L", 0.6)):
        pixels = (breast_pixels() * share).astype(np.uint16)
        write(root / f"{side}.dcm", pixels=pixels, ImageLaterality=side, BitsStored=16, HighBit=15)
    scanned(index, root)
    assert make_thumbnails(index, studies(index)[0])
    both = [s.thumbnail or b"" for s in studies(index)[0].scans]
    right, left = (np.asarray(Image.open(io.BytesIO(data))).astype(int) for data in both)
    assert 0.5 < np.percentile(left[60:84], 95) / np.percentile(right[60:84], 95) < 0.7
    # Made anew alone, it is the same.
    index.change("UPDATE scans SET thumbnail = NULL WHERE path = ?", os.fsencode(root / "L.dcm"))
    assert make_thumbnails(index, studies(index)[0])
    assert [s.thumbnail for s in studies(index)[0].scans] == both


def test_what_cannot_be_decoded_is_tried_once(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    (root / "RCC.dcm").write_bytes(b"broken since the scan")
    assert make_thumbnails(index, studies(index)[0])
    lost, *others = studies(index)[0].scans
    assert lost.thumbnail == b""
    assert all(scan.thumbnail for scan in others)
    assert not make_thumbnails(index, studies(index)[0])


def test_a_changed_file_gets_a_new_thumbnail(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    make_thumbnails(index, studies(index)[0])
    file = root / "RCC.dcm"
    file.write_bytes(file.read_bytes() + b"\0\0")
    scanned(index, root)
    assert studies(index)[0].scans[0].thumbnail is None
    assert all(scan.thumbnail for scan in studies(index)[0].scans[1:])


def test_none_is_made_once_cancelled(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    scanned(index, examine(tmp_path / "films"))
    make_thumbnails(index, studies(index)[0], lambda: True)
    assert all(scan.thumbnail is None for scan in studies(index)[0].scans)


def test_another_womans_picture_never_becomes_the_thumbnail(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    write(root / "RCC.dcm", pixels=np.full((64, 48), 100, np.uint16), PatientID="P2", ImageLaterality="R")
    make_thumbnails(index, studies(index)[0])
    assert [bool(scan.thumbnail) for scan in studies(index)[0].scans] == [False, True, True, True]
    scanned(index, root)
    for study in studies(index):
        make_thumbnails(index, study)
    assert all(scan.thumbnail for study in studies(index) for scan in study.scans)


def test_scans_in_memory_are_not_decoded_again_unless_their_file_has_changed(
    tmp_path: Path, index: LibraryDatabase, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = examine(tmp_path / "films")
    scanned(index, root)
    make_thumbnails(index, studies(index)[0])
    made = [scan.thumbnail for scan in studies(index)[0].scans]
    scans = open_study([root])[0].scans
    held = {scan.path: DecodedScan(scan.pixels, analyse(scan), file_stamp(scan.path)) for scan in scans}
    again: list[str] = []
    monkeypatch.setattr(thumbnails, "analyse", lambda scan: (again.append(scan.path.name), analyse(scan))[1])
    index.change("UPDATE scans SET thumbnail = NULL")
    make_thumbnails(index, studies(index)[0], decoded=held.get)
    assert ([scan.thumbnail for scan in studies(index)[0].scans], again) == (made, [])
    file = root / "RCC.dcm"
    os.utime(file, (1, 1))
    scanned(index, root)
    make_thumbnails(index, studies(index)[0], decoded=held.get)
    assert ([scan.thumbnail for scan in studies(index)[0].scans], again) == (made, ["RCC.dcm"])
