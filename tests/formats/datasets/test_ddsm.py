"""DDSM cases as folders: their lossless pictures, conversions that stand for them, and what is damaged or missing."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import UnreadableError
from mammoview.display.rendering import render
from mammoview.formats.datasets.ddsm import FEWER_BITS
from mammoview.formats.opening.open_study import open_study
from mammoview.study.finding_status import finding_status
from mammoview.study.optical_density import LUMISYS
from mammoview.study.spacing import SpacingSource
from tests.support.ddsm_cases import ICS, OVERLAY
from tests.support.ljpeg_encoder import encode, film


def case(root: Path, name: str = "B-3001-1.ics", ics: str = ICS, overlay: str | None = OVERLAY) -> Path:
    """Write a case folder with an outline file and return it."""
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(ics)
    if overlay is not None:
        (root / "B_3001_1.LEFT_MLO.OVERLAY").write_text(overlay)
    return root


def test_case_without_its_pictures(tmp_path: Path) -> None:
    (study,) = open_study(case(tmp_path))
    assert (study.patient, study.date) == ("B_3001_1", "1996-07-02")
    assert [s.name for s in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]
    scan = study.scans[3]
    assert (scan.rows, scan.columns, scan.grey.bits) == (400, 320, 12)
    assert scan.spacing.source is SpacingSource.DIGITIZER and scan.spacing.row_mm == 0.05
    assert [o.kind.value for o in scan.outlines] == ["boundary", "core", "boundary"]
    assert any("the picture of this view is missing" in w for w in scan.warnings)
    with pytest.raises(
        UnreadableError, match=r"B_3001_1\.LEFT_MLO\.LJPEG: the picture of this view is missing.*PGM conversion"
    ):
        _ = scan.pixels


def test_only_views_that_the_ics_file_calls_free_of_outlines_are_surely_normal(tmp_path: Path) -> None:
    (study,) = open_study(case(tmp_path / "case"))
    assert [finding_status(scan).value for scan in study.scans] == ["normal"] * 3 + ["outlined"]
    (study,) = open_study(case(tmp_path / "silent", ics=ICS.replace("NON_OVERLAY", "", 1)))
    assert {scan.name: finding_status(scan).value for scan in study.scans}["L CC"] == "not known"
    (study,) = open_study(case(tmp_path / "lost", overlay=None))
    assert finding_status(study.scans[3]).value == "not known"


def lossless(root: Path, view: str, pixels: NDArray[np.uint16], packed: bool = False, cut: int | None = None) -> Path:
    """Write the LJPEG of a view, perhaps gzip-ed, perhaps without its last bytes."""
    data = encode(pixels, 12)[:cut]
    path = root / f"B_3001_1.{view}.LJPEG{'.gz' * packed}"
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_lossless_pictures_of_a_case(tmp_path: Path, packed: bool) -> None:
    root, pixels = case(tmp_path), film(400, 320, 12)
    path = lossless(root, "LEFT_MLO", pixels, packed)
    (study,) = open_study(root)
    scan = study.scans[3]
    np.testing.assert_array_equal(scan.pixels, pixels)
    assert scan.path == path and scan.spacing.row_mm == 0.05 and len(scan.outlines) == 3 and scan.warnings == []
    assert scan.grey.density is LUMISYS and scan.facts["digitizer"] == "LUMISYS LASER"
    (one,) = open_study(path)
    assert len(one.scans) == 4
    # The lossless picture is believed more than a conversion of it.
    Image.fromarray(np.zeros((200, 80), np.uint8)).save(root / "B_3001_1.LEFT_MLO.png")
    assert open_study(root)[0].scans[3].path == path


def test_a_case_name_stays_within_its_folder(tmp_path: Path) -> None:
    (study,) = open_study(case(tmp_path, ics=ICS.replace("B-3001-1", "../../B/3001\0" + "x" * 300)))
    assert "/" not in study.patient and len(study.patient) <= 64
    assert all(scan.path.parent == tmp_path for scan in study.scans)


def test_lossless_picture_alone(tmp_path: Path) -> None:
    path = lossless(tmp_path, "RIGHT_CC", film(100, 80, 12))
    (tmp_path / "b_3001_1.right_cc.overlay").write_text(OVERLAY)
    (study,) = open_study(path)
    (scan,) = study.scans
    assert (scan.name, study.patient, scan.spacing.known) == ("R CC", "B_3001_1", False)
    assert [o.kind.value for o in scan.outlines] == ["boundary"]
    assert "2 outlines outside the picture left out" in scan.warnings
    assert any("grey levels are not calibrated" in w for w in scan.warnings)


@pytest.mark.parametrize("packed", [False, True])
def test_lossless_picture_cut_short_shows_its_rows(tmp_path: Path, packed: bool) -> None:
    root, pixels = case(tmp_path), film(400, 320, 12)
    lossless(root, "LEFT_MLO", pixels, packed, cut=60_000)
    scan = open_study(root)[0].scans[3]
    assert scan.facts["partial"] == "cut short" and any("the picture is cut short" in w for w in scan.warnings)
    held = int(np.flatnonzero(scan.pixels.any(1))[-1]) + 1
    assert 50 < held < 350
    np.testing.assert_array_equal(scan.pixels[:held], pixels[:held])
    assert not render(scan)[held:].any()


def test_size_of_the_ics_wins_where_the_header_is_transposed(tmp_path: Path) -> None:
    root, pixels = case(tmp_path), film(400, 320, 12)
    path = lossless(root, "LEFT_MLO", pixels)
    path.write_bytes(encode(pixels.reshape(320, 400), 12))
    scan = open_study(root)[0].scans[3]
    np.testing.assert_array_equal(scan.pixels, pixels)
    assert any("exchanges rows and columns" in w for w in scan.warnings)


def test_size_that_disagrees_with_the_ics_is_reported(tmp_path: Path) -> None:
    root = case(tmp_path)
    lossless(root, "LEFT_MLO", film(390, 318, 12))
    scan = open_study(root)[0].scans[3]
    assert scan.pixels.shape == (390, 318)
    assert any("states 320 x 400 pixels, the picture has 318 x 390" in w for w in scan.warnings)


def test_damaged_lossless_picture_is_one_line(tmp_path: Path) -> None:
    root = case(tmp_path)
    (root / "B_3001_1.LEFT_MLO.LJPEG").write_bytes(b"no picture" * 9)
    (study,) = open_study(root)
    assert len(study.scans) == 3
    assert any("B_3001_1.LEFT_MLO.LJPEG: it is not a lossless JPEG" in line for line in study.outside)


def test_views_listed_twice_or_not_at_all_and_double_files(tmp_path: Path) -> None:
    twice = "LEFT_CC LINES 10 PIXELS_PER_LINE 10 BITS_PER_PIXEL 12 RESOLUTION 50 NON_OVERLAY\n"
    root = case(tmp_path, ics=ICS.replace("LEFT_MLO LINES", "LEFT_ML LINES") + twice)
    lossless(root, "LEFT_MLO", film(400, 320, 12))
    lossless(root, "LEFT_CC", film(400, 300, 12))
    (root / "b-3001-1.left_cc.ljpeg").write_bytes(b"something else")
    (study,) = open_study(root)
    by_name = {scan.name: scan for scan in study.scans}
    assert any("lists this view more than once" in w for w in by_name["L CC"].warnings)
    assert by_name["L CC"].rows == 400
    assert "the .ics file does not list this view" in by_name["L MLO"].warnings
    assert any("b-3001-1.left_cc.ljpeg: another file of the case has the same name" in line for line in study.outside)


def test_texts_that_are_not_ascii(tmp_path: Path) -> None:
    root = case(tmp_path)
    (root / "B-3001-1.ics").write_bytes(ICS.replace("REGULAR", "RÉGULIER").encode("latin-1"))
    (study,) = open_study(root)
    assert study.scans[0].facts["film"] == "régulier"


def test_outlines_beyond_the_picture_are_reported(tmp_path: Path) -> None:
    overlay = OVERLAY.replace("100 200 2 2 2", "318 200 2 2 2")
    scan = open_study(case(tmp_path, overlay=overlay))[0].scans[3]
    lossless(tmp_path, "LEFT_MLO", film(400, 320, 12))
    scan = open_study(tmp_path)[0].scans[3]
    assert len(scan.outlines) == 3 and "1 outline reaches beyond the picture" in scan.warnings


@pytest.mark.parametrize("name", ["B_3001_1.LEFT_MLO.png", "b-3001-1.left_mlo.PNG", "B_3001_1_LEFT_MLO.tif"])
def test_conversions_stand_for_lossless_pictures(tmp_path: Path, name: str) -> None:
    root = case(tmp_path)
    pixels = np.arange(400 * 320, dtype=np.uint16).reshape(400, 320)
    Image.fromarray(pixels).save(root / name)
    (study,) = open_study(root)
    scan = study.scans[3]
    assert scan.path.name == name and scan.spacing.row_mm == 0.05 and len(scan.outlines) == 3
    np.testing.assert_array_equal(scan.pixels, pixels)
    assert scan.warnings == []
    (one,) = open_study(root / name)
    assert [s.path.name for s in one.scans] == [name] and len(one.scans[0].outlines) == 3


def test_reduced_conversion_takes_spacing_and_outlines_along(tmp_path: Path) -> None:
    root = case(tmp_path)
    Image.fromarray(np.zeros((200, 80), np.uint8)).save(root / "B_3001_1.LEFT_MLO.png")
    scan = open_study(root)[0].scans[3]
    assert (scan.spacing.row_mm, scan.spacing.column_mm) == pytest.approx((0.1, 0.2))
    assert scan.outlines[0].box == pytest.approx((100.5 / 4, 200.5 / 2, 103.5 / 4, 203.5 / 2))
    assert any("stand for the 320 x 400 that were scanned" in w for w in scan.warnings)


@pytest.mark.parametrize("dress", ["gzip", "lower", "both"])
def test_gzip_and_small_letters(tmp_path: Path, dress: str) -> None:
    root = tmp_path / "case"
    root.mkdir()
    for name, text in (("B-3001-1.ics", ICS), ("B_3001_1.LEFT_MLO.OVERLAY", OVERLAY)):
        name, text = (name.lower(), text.lower()) if dress != "gzip" else (name, text)
        packed = dress != "lower"
        (root / (name + ".gz" * packed)).write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    (study,) = open_study(root)
    assert len(study.scans) == 4 and len(study.scans[3].outlines) == 3
    (study,) = open_study(next(root.glob("*.ics*")))
    assert len(study.scans) == 4


def test_bad_overlay_is_a_warning_and_missing_one_too(tmp_path: Path) -> None:
    scan = open_study(case(tmp_path / "a", overlay="nonsense"))[0].scans[3]
    assert not scan.outlines and any("B_3001_1.LEFT_MLO.OVERLAY is left out: it is not" in w for w in scan.warnings)
    scan = open_study(case(tmp_path / "b", overlay=None))[0].scans[3]
    assert "its outline file is missing" in scan.warnings


def test_gzip_bomb_and_cut_gzip(tmp_path: Path) -> None:
    root = tmp_path / "case"
    root.mkdir()
    (root / "B-3001-1.ics.gz").write_bytes(gzip.compress(bytes(200 << 20)))
    with pytest.raises(UnreadableError, match="far too long"):
        open_study(root / "B-3001-1.ics.gz")
    (root / "B-3001-1.ics.gz").write_bytes(gzip.compress(ICS.encode())[:60])
    with pytest.raises(UnreadableError, match="cut short"):
        open_study(root / "B-3001-1.ics.gz")


def test_impossible_sizes_are_one_line_each(tmp_path: Path) -> None:
    ics = ICS.replace("LEFT_CC LINES 400", "LEFT_CC LINES 999999").replace("RIGHT_CC LINES 400", "RIGHT_CC LINES 0")
    (study,) = open_study(case(tmp_path, ics=ics))
    assert [s.name for s in study.scans] == ["R MLO", "L MLO"]
    assert len(study.outside) == 2 and any("more than a mammogram has" in line for line in study.outside)


def test_bad_ics_is_one_line_and_pictures_open(tmp_path: Path) -> None:
    root = case(tmp_path, ics="nothing")
    Image.fromarray(np.zeros((200, 80), np.uint8)).save(root / "B_3001_1.LEFT_MLO.png")
    (study,) = open_study(root)
    assert [s.name for s in study.scans] == ["L MLO"]
    assert any("it is not the .ics file of a DDSM case" in line for line in study.outside)
    (study,) = open_study(root / "B_3001_1.LEFT_MLO.png")
    assert study.scans[0].name == "L MLO"


def test_overlay_without_its_case(tmp_path: Path) -> None:
    (tmp_path / "B_3001_1.LEFT_MLO.OVERLAY").write_text(OVERLAY)
    with pytest.raises(UnreadableError, match=r"\.ics file of its case is not beside it"):
        open_study(tmp_path / "B_3001_1.LEFT_MLO.OVERLAY")


def test_two_cases_in_one_folder(tmp_path: Path) -> None:
    case(tmp_path)
    case(tmp_path, "C-0009-1.ics", ICS.replace("B-3001-1", "C-0009-1"))
    assert [s.patient for s in open_study(tmp_path)] == ["B_3001_1", "C_0009_1"]


def test_the_real_case(shared_data: Path) -> None:
    (study,) = open_study(shared_data / "ddsm_case4000")
    assert [s.name for s in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]
    cc, mlo = study.scans[1], study.scans[3]
    assert (cc.rows, cc.columns) == (5296, 2566) and cc.spacing.row_mm == 0.0435
    assert (len(cc.outlines[0].points), len(mlo.outlines[0].points)) == (2528, 3356)
    assert cc.outlines[0].points[0].tolist() == [1414.5, 2832.5]
    for scan in (cc, mlo):
        (outline,) = scan.outlines
        assert outline.pathology == "BENIGN" and (outline.assessment, outline.subtlety) == (0, 4)
        left, top, right, bottom = outline.box
        assert 0 <= left < right <= scan.columns and 0 <= top < bottom <= scan.rows
    assert cc.facts["digitizer"] == "HOWTEK 43.5"
    (line,) = study.outside
    assert line.startswith("left out, as drawings, masks or previews") and "TAPE_D_4000_1.COMB.16_PGM" in line


def test_a_case_of_8_bits_opens(tmp_path: Path) -> None:
    (tmp_path / "B-3001-1.ics").write_text(ICS.replace("BITS_PER_PIXEL 12", "BITS_PER_PIXEL 8"))
    pixels = film(400, 300, 8)
    (tmp_path / "B_3001_1.RIGHT_CC.LJPEG").write_bytes(encode(pixels, 8))
    scan = next(scan for scan in open_study(tmp_path)[0].scans if scan.name == "R CC")
    assert scan.grey.bits == 8 and scan.grey.density is None and not scan.grey.inverted
    assert FEWER_BITS in scan.warnings
    np.testing.assert_array_equal(scan.pixels, pixels)
