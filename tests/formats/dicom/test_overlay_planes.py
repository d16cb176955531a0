"""Overlay planes: where they lie, against pydicom's arrays and DCMTK's pictures; damaged ones give one warning."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    RLELossless,
)

import mammoview
from mammoview.cli.command_line import main
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import Scan
from tests.support.dicom_encoding import encoded, tissue
from tests.support.dicom_files import dataset, item, ramp, write
from tests.support.referencing_objects import presentation_state

ROWS, COLUMNS = 40, 30


def drawing(rows: int = ROWS, columns: int = COLUMNS, seed: int = 1) -> NDArray[np.bool_]:
    """Return a drawing without any symmetry, whose corners are all drawn."""
    drawn = np.random.default_rng(seed).random((rows, columns)) < 0.3
    drawn[[0, 0, -1, -1], [0, -1, 0, -1]] = True
    return drawn


def with_plane(
    made: Dataset,
    drawn: NDArray[np.bool_],
    origin: tuple[int, int] = (1, 1),
    group: int = 0x6000,
    kind: str = "G",
    **elements: Any,
) -> Dataset:
    """Add an overlay plane of its own data; (frames, rows, columns) makes one of several frames."""
    frames = drawn if drawn.ndim == 3 else drawn[None]
    made.add_new((group, 0x0010), "US", frames.shape[1])
    made.add_new((group, 0x0011), "US", frames.shape[2])
    if drawn.ndim == 3:
        made.add_new((group, 0x0015), "IS", str(len(frames)))
    made.add_new((group, 0x0040), "CS", kind)
    made.add_new((group, 0x0050), "SS", list(origin))
    made.add_new((group, 0x0100), "US", 1)
    made.add_new((group, 0x0102), "US", 0)
    data = np.packbits(frames.ravel(), bitorder="little").tobytes()
    made.add_new((group, 0x3000), "OB", data + b"\0" * (len(data) % 2))
    for name, (element, vr, value) in elements.items():
        del name
        made.add_new((group, element), vr, value)
    return made


def label(text: str) -> tuple[int, str, str]:
    return 0x1500, "LO", text


def opened(path: Path) -> Scan:
    """Return the only scan at a path."""
    (study,) = mammoview.open_study(path)
    (scan,) = study.scans
    return scan


def laid(scan: Scan, mark: Mark) -> NDArray[np.bool_]:
    """Return the drawing of a mark on the lattice of its scan."""
    assert mark.bitmap is not None
    found = np.zeros((scan.rows, scan.columns), bool)
    drawn = mark.bitmap.read()
    top, left = mark.bitmap.top, mark.bitmap.left
    found[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return found


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLosslessSV1,
    ],
    ids=lambda uid: uid.name,
)
def test_a_plane_lies_where_pydicom_has_it(tmp_path: Path, syntax: Any) -> None:
    made = with_plane(encoded(syntax, tissue(1, ROWS, COLUMNS, 12), 12), drawing(), label=label("First target mark"))
    path = write(tmp_path / "L_CC.dcm", made)
    scan = opened(path)
    (mark,) = scan.marks
    assert (mark.origin, mark.text, mark.source) == (MarkOrigin.OVERLAY, "First target mark", "overlay 6000")
    np.testing.assert_array_equal(laid(scan, mark), dcmread(path).overlay_array(0x6000))
    assert not any("overlay" in line for line in scan.warnings)


def test_a_plane_of_words_in_big_endian_is_the_same_drawing(tmp_path: Path) -> None:
    """OW data are words, whose bytes change places (PS3.5 8.1.2)."""
    drawn = drawing()
    made = with_plane(encoded(ExplicitVRBigEndian, tissue(1, ROWS, COLUMNS, 12), 12), drawn)
    plain = np.frombuffer(made[0x6000, 0x3000].value, np.uint8)
    made.add_new((0x6000, 0x3000), "OW", plain.reshape(-1, 2)[:, ::-1].tobytes())
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    np.testing.assert_array_equal(laid(scan, scan.marks[0]), drawn)


@pytest.mark.parametrize("origin", [(5, 7), (-3, -9), (0, 1), (35, 28)], ids=str)
def test_a_plane_counts_from_one_and_is_cut_at_the_pictures_edges(tmp_path: Path, origin: tuple[int, int]) -> None:
    drawn = drawing(20, 24)
    scan = opened(write(tmp_path / "L_CC.dcm", with_plane(dataset(), drawn, origin)))
    around = np.zeros((3 * ROWS, 3 * COLUMNS), bool)
    top, left = ROWS + origin[0] - 1, COLUMNS + origin[1] - 1
    around[top : top + 20, left : left + 24] = drawn
    np.testing.assert_array_equal(laid(scan, scan.marks[0]), around[ROWS : 2 * ROWS, COLUMNS : 2 * COLUMNS])


def test_planes_keep_their_words_and_an_empty_one_is_no_mark(tmp_path: Path) -> None:
    made = with_plane(dataset(), drawing(seed=2), description=(0x0022, "LO", "lesion"), kind="R")
    with_plane(made, drawing(seed=3), group=0x6004, subtype=(0x0045, "LO", "USER"))
    with_plane(made, np.zeros((ROWS, COLUMNS), bool), group=0x6002, label=label("nothing"))
    with_plane(made, drawing(seed=4), group=0x601E, label=label("last"))
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    assert [mark.words for mark in scan.marks] == [
        "lesion, region of interest (overlay 6000)",
        "overlay 6004, user",
        "last (overlay 601E)",
    ]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless], ids=lambda u: u.name)
def test_a_plane_in_free_bits_of_the_pixels_is_shown_and_leaves_the_pixels_alone(tmp_path: Path, syntax: Any) -> None:
    drawn, values = drawing(), ramp()
    made = dataset(values | drawn.astype(np.uint16) << 14, BitsStored=12, HighBit=11)
    for element, vr, value in (
        (0x0010, "US", ROWS),
        (0x0011, "US", COLUMNS),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 16),
        (0x0102, "US", 14),
    ):
        made.add_new((0x6000, element), vr, value)
    if syntax == RLELossless:
        made.compress(RLELossless, encoding_plugin="pydicom")
    else:
        made.file_meta.TransferSyntaxUID = syntax
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    (mark,) = scan.marks
    np.testing.assert_array_equal(laid(scan, mark), drawn)
    np.testing.assert_array_equal(scan.pixels, values)


def test_frames_of_a_plane_lie_on_their_frames_and_a_single_one_on_all(tmp_path: Path) -> None:
    made = encoded(ExplicitVRLittleEndian, tissue(4, ROWS, COLUMNS, 12), 12)
    drawn = np.stack([drawing(7, 9, 1), np.zeros((7, 9), bool), drawing(7, 9, 3), drawing(7, 9, 4)])
    with_plane(made, drawn, first=(0x0051, "US", 2))
    with_plane(made, drawing(), group=0x6002)
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    # The second is empty, and the fourth has no frame to lie on.
    assert [mark.frame for mark in scan.marks] == [1, 3, None]
    for mark, index in zip(scan.marks, (0, 2), strict=False):
        np.testing.assert_array_equal(laid(scan, mark)[:7, :9], drawn[index])


def test_a_plane_of_more_than_a_megabyte_is_read(tmp_path: Path) -> None:
    pixels = np.zeros((3400, 2600), np.uint8)
    drawn = drawing(3400, 2600)
    scan = opened(write(tmp_path / "L_CC.dcm", with_plane(dataset(pixels), drawn)))
    np.testing.assert_array_equal(laid(scan, scan.marks[0]), drawn)


def test_a_plane_in_a_zip_is_read(tmp_path: Path) -> None:
    write(tmp_path / "L_CC.dcm", with_plane(dataset(), drawing()))
    shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path, "L_CC.dcm")
    scan = opened(tmp_path / "a.zip")
    np.testing.assert_array_equal(laid(scan, scan.marks[0]), drawing())


def _short(made: Dataset) -> None:
    made[0x6000, 0x3000].value = b"\1\0"


def _without_data(made: Dataset) -> None:
    del made[0x6000, 0x3000]


def _without_size(made: Dataset) -> None:
    del made[0x6000, 0x0010]


def _elsewhere(made: Dataset) -> None:
    made[0x6000, 0x0050].value = [ROWS + 1, 1]


def _malformed(made: Dataset) -> None:
    made[0x6000, 0x0050].value = [1, 1, 1]


def _in_values(made: Dataset) -> None:
    """In bits that hold the picture."""
    _without_data(made)
    made[0x6000, 0x0100].value, made[0x6000, 0x0102].value = 16, 4


def _many_frames(made: Dataset) -> None:
    made.add_new((0x6000, 0x0015), "IS", "70000")


@pytest.mark.parametrize(
    ("damage", "reported"),
    [
        (_short, "150 bytes of drawing are promised, 2 are there"),
        (_without_data, "150 bytes of drawing are promised, 0 are there"),
        (_without_size, "it has no possible size"),
        (_elsewhere, "it lies outside of the picture"),
        (_malformed, "its origin is malformed"),
        (_in_values, "neither its own data nor free bits of the pixels hold it"),
        (_many_frames, "10500000 bytes of drawing are promised, 150 are there"),
    ],
)
def test_a_damaged_plane_is_one_warning_and_the_scan_stays(
    tmp_path: Path, damage: Callable[[Dataset], None], reported: str
) -> None:
    made = with_plane(dataset(), drawing())
    damage(made)
    scan = opened(write(tmp_path / "L_CC.dcm", made))
    assert scan.marks == () and scan.pixels.shape == (ROWS, COLUMNS)
    assert [line for line in scan.warnings if "overlay" in line] == [f"overlay 6000 is left out: {reported}"]


def test_info_lists_planes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "L_CC.dcm", with_plane(dataset(), drawing(), label=label("First target mark")))
    assert main(["info", str(path)]) == 0
    assert "overlay plane: First target mark (overlay 6000)" in capsys.readouterr().out
    assert main(["info", str(path), "--json"]) == 0
    (reported,) = json.loads(capsys.readouterr().out)["studies"][0]["scans"][0]["marks"]
    assert reported == {
        "origin": "planes",
        "text": "First target mark",
        "source": "overlay 6000",
        "centre": [COLUMNS / 2, ROWS / 2],
        "frame": None,
    }


@pytest.mark.skipif(shutil.which("dcm2pnm") is None, reason="dcm2pnm of DCMTK is not installed")
@pytest.mark.parametrize("origin", [(1, 1), (6, 4), (-2, -5)], ids=str)
def test_a_plane_is_drawn_where_dcmtk_draws_it(tmp_path: Path, origin: tuple[int, int]) -> None:
    made = with_plane(dataset(np.zeros((ROWS, COLUMNS), np.uint16)), drawing(), origin)
    path = write(tmp_path / "L_CC.dcm", made)
    out = tmp_path / "out.pgm"
    subprocess.run(["dcm2pnm", "-q", "+O", "1", "+Omr", str(path), str(out)], check=True, capture_output=True)
    with Image.open(out) as picture:
        theirs = np.asarray(picture) > 0
    scan = opened(path)
    np.testing.assert_array_equal(laid(scan, scan.marks[0]), theirs)


def test_a_presentation_state_says_which_planes_are_shown_and_may_bring_its_own(tmp_path: Path) -> None:
    made = with_plane(dataset(), drawing())
    with_plane(made, drawing(seed=2), group=0x6002)
    write(tmp_path / "L_CC.dcm", made)
    uid = str(made.SOPInstanceUID)
    state = presentation_state([uid], (ROWS, COLUMNS))
    state.add_new((0x6002, 0x1001), "CS", "MARKS")
    with_plane(state, drawing(9, 9, 5), (3, 4), group=0x6004, label=label("arrow"))
    state.add_new((0x6004, 0x1001), "CS", "MARKS")
    with_plane(state, drawing(9, 9, 6), group=0x6006, label=label("not wanted"))
    state.GraphicLayerSequence = Sequence([item(GraphicLayer="MARKS", GraphicLayerOrder=1)])
    write(tmp_path / "state.dcm", state)
    scan = opened(tmp_path)
    assert [(mark.origin, mark.words) for mark in scan.marks] == [
        (MarkOrigin.OVERLAY, "overlay 6000"),
        (MarkOrigin.OVERLAY, "overlay 6002"),
        (MarkOrigin.STATE, "arrow (SECOND READ, overlay 6004)"),
    ]
    np.testing.assert_array_equal(laid(scan, scan.marks[2])[2:11, 3:12], drawing(9, 9, 5))
    (window,) = scan.grey.states
    assert window.presentation is not None and window.presentation.overlays == {0x6002, 0x6004}
