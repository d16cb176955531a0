"""A calibration is a spacing like any other, is found again by the picture alone, and can be forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mammoview
from mammoview.cli.command_line import main
from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.display.length_text import ScaleBar, length, length_text
from mammoview.export import annotation_drawing as annotations
from mammoview.export import pictures
from mammoview.export.captions import Captions
from mammoview.export.page import Page
from mammoview.records import user_calibration
from mammoview.records.earlier_keys import earlier_calibration_key
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.scan import Scan, Study
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels, scan_of

STATED = Spacing(0.2, 0.1, SpacingSource.ASSUMED)


@given(st.floats(100, 3000), st.floats(100, 3000), st.floats(1, 300))
def test_the_ruler_is_then_as_long_as_the_user_says(across: float, down: float, millimetres: float) -> None:
    for stated in (STATED, UNKNOWN_SPACING):
        measured = length((0, 0), (across, down), stated)
        spacing = user_calibration.calibrated(stated, measured, millimetres)
        assert length((0, 0), (across, down), spacing) == pytest.approx(millimetres)
        assert spacing.row_mm / spacing.column_mm == pytest.approx(stated.row_mm / stated.column_mm)
        assert spacing.stated == stated


def test_the_source_stands_beside_the_length() -> None:
    assert length_text(12.34, user_calibration.calibrated(UNKNOWN_SPACING, 100, 5)) == "12.3 mm, calibrated by you"


@pytest.mark.parametrize(
    ("measured", "millimetres"), [(0, 10), (10, 0), (10, -3), (10, float("nan")), (10, 2000), (0.5, 900)]
)
def test_impossible_lengths_are_refused(measured: float, millimetres: float) -> None:
    with pytest.raises(MammoviewError):
        user_calibration.calibrated(UNKNOWN_SPACING, measured, millimetres)


def test_scans_of_another_spacing_keep_their_own() -> None:
    one, same = scan_of(breast_pixels(), spacing=STATED), scan_of(breast_pixels(), spacing=STATED)
    magnified = scan_of(breast_pixels(), spacing=Spacing(0.05, 0.05, SpacingSource.CORRECTED))
    assert user_calibration.companions(one, [magnified, one, same]) == [one, same]


def test_it_is_found_again_wherever_the_file_lies(tmp_path: Path, fresh_data_folder: Path) -> None:
    first = mammoview.open_study(write(tmp_path / "a.dcm", PatientID="SECRET", PatientName="Secret^Jane"))[0].scans[0]
    assert any(line.startswith("spacing unknown") for line in first.warnings)
    user_calibration.use(first, user_calibration.calibrated(first.spacing, 100, 7))
    assert not any(line.startswith("spacing") for line in first.warnings)
    user_calibration.remember([first])
    kept = (fresh_data_folder / "calibrations.json").read_text()
    assert "secret" not in kept.lower() and "a.dcm" not in kept
    moved = mammoview.open_study(write(tmp_path / "moved.dcm", PatientID="OTHER"))[0].scans[0]
    assert user_calibration.apply_user_calibration(moved) and not user_calibration.apply_user_calibration(moved)
    assert moved.spacing.label == "mm, calibrated by you" and moved.spacing.row_mm == pytest.approx(0.07)
    assert moved.spacing.stated == UNKNOWN_SPACING


def test_another_picture_of_the_same_size_is_not_meant() -> None:
    scan, other = scan_of(breast_pixels(), spacing=STATED), scan_of(breast_pixels(top=3999), spacing=STATED)
    user_calibration.use(scan, user_calibration.calibrated(scan.spacing, 10, 11))
    user_calibration.remember([scan])
    assert not user_calibration.apply_user_calibration(other) and other.spacing == STATED


def test_pictures_of_another_size_are_not_decoded() -> None:
    scan = scan_of(breast_pixels(), spacing=STATED)
    user_calibration.use(scan, user_calibration.calibrated(scan.spacing, 10, 11))
    user_calibration.remember([scan])
    other = scan_of(breast_pixels(300, 200))
    other.read = lambda: pytest.fail("it was decoded")
    assert not user_calibration.apply_user_calibration(other)


def test_forgetting_leaves_nothing_behind(tmp_path: Path, fresh_data_folder: Path) -> None:
    scan = mammoview.open_study(write(tmp_path / "a.dcm"))[0].scans[0]
    warnings = list(scan.warnings)
    user_calibration.use(scan, user_calibration.calibrated(scan.spacing, 10, 1))
    user_calibration.remember([scan])
    assert scan.spacing.stated is not None
    user_calibration.use(scan, scan.spacing.stated)
    user_calibration.remember([scan])
    assert scan.spacing == UNKNOWN_SPACING and sorted(scan.warnings) == sorted(warnings)
    assert list(fresh_data_folder.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"scans": 3}', '{"scans": {"a": 1, "b": {"rows": 1, "columns": 1, "row_mm": -1, "column_mm": 1}}}'],
)
def test_a_damaged_file_is_no_reason_to_fail(fresh_data_folder: Path, text: str) -> None:
    fresh_data_folder.mkdir()
    (fresh_data_folder / "calibrations.json").write_text(text)
    scan = scan_of(np.ones((1, 1), np.uint8), spacing=STATED)
    assert not user_calibration.apply_user_calibration(scan)
    user_calibration.use(scan, user_calibration.calibrated(STATED, 10, 11))
    user_calibration.remember([scan])
    assert len(json.loads((fresh_data_folder / "calibrations.json").read_text())["scans"]) == 1


def test_the_command_line_uses_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.dcm")
    scan = mammoview.open_study(path)[0].scans[0]
    user_calibration.use(scan, user_calibration.calibrated(scan.spacing, 100, 7))
    user_calibration.remember([scan])
    assert main(["info", str(path)]) == 0
    assert "0.07 mm/px, calibrated by you" in capsys.readouterr().out
    seen: list[Scan] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "write_png", lambda content: seen.append(content.scans[0].scan))
        assert main(["export", str(path), "-o", str(tmp_path / "out"), "--layers", "outlines"]) == 0
    assert [one.spacing.label for one in seen] == ["mm, calibrated by you"]


@pytest.fixture
def known_twice(tmp_path: Path) -> tuple[Path, Path]:
    """The same picture twice, 0.2 x 0.15 mm by its header; the user's ruler made one of them twice as coarse."""
    pixels = breast_pixels(900, 800)
    paths = []
    for name, corner in (("plain", 31), ("ruled", 32)):
        pixels[0, 0] = corner  # Calibrations are known by the pixels.
        paths.append(write(tmp_path / f"{name}_L_CC.dcm", pixels=pixels, PixelSpacing=[0.2, 0.15], BitsStored=16))
    scan = mammoview.open_study(paths[1])[0].scans[0]
    user_calibration.use(scan, user_calibration.calibrated(scan.spacing, 30, 60))
    user_calibration.remember([scan])
    return paths[0], paths[1]


@pytest.mark.usefixtures("small_models")
def test_assess_follows_it(known_twice: tuple[Path, Path], tmp_path: Path) -> None:
    """Millimetres, findings and the magnification at which the models look."""
    assert main(["assess", *map(str, known_twice), "-o", str(tmp_path / "out"), "--device", "cpu"]) == 0
    reported = {
        path.stem.split("_")[0]: json.loads(path.read_text()) for path in (tmp_path / "out").glob("*_L_CC*.json")
    }
    plain, ruled = reported["plain"], reported["ruled"]
    assert plain["scan"]["spacing_mm"] == [0.2, 0.15] and plain["scan"]["spacing_source"] == "calibrated"
    assert ruled["scan"]["spacing_mm"] == [0.4, 0.3] and ruled["scan"]["spacing_source"] == "calibrated by you"
    for one, (row_mm, column_mm) in ((plain, (0.2, 0.15)), (ruled, (0.4, 0.3))):
        for name, layer in one["layers"].items():
            matrix = np.array(layer["to_scan"])
            cell_mm = abs(matrix[0, 0]) * column_mm, abs(matrix[1, 1]) * row_mm
            assert cell_mm[0] == pytest.approx(cell_mm[1])
            # 32 px of 200 um, or the heatmap's 3.2 mm, on the breast as the user measured it.
            assert cell_mm[0] == pytest.approx(6.4 if name.startswith("grid") else 3.2)
        for found in one["findings"]:
            assert found["x_mm"] == pytest.approx(found["column"] * column_mm)
            assert found["y_mm"] == pytest.approx(found["row"] * row_mm)
    assert plain["findings"] and ruled["findings"]


def test_info_follows_it(known_twice: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    spacings = []
    for path in known_twice:
        assert main(["info", str(path), "--json"]) == 0
        spacings.append(json.loads(capsys.readouterr().out)["studies"][0]["scans"][0]["spacing"])
    assert [(s["row_mm"], s["column_mm"]) for s in spacings] == [(0.2, 0.15), (0.4, 0.3)]
    assert [s["label"] for s in spacings] == ["mm, calibrated", "mm, calibrated by you"]


def test_export_follows_it(known_twice: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scale bar below the picture, and the lengths drawn into it."""
    bars: list[ScaleBar] = []
    rulers: list[str] = []
    open_study, with_captions, figure_lines = mammoview.open_study, pictures.with_captions, annotations.figure_lines
    ruler = Annotation(AnnotationKind.RULER, np.array([[100.0, 300.0], [300.0, 300.0]]))

    def opened(path: Path) -> list[Study]:
        studies = open_study(path)
        studies[0].scans[0].annotations = (ruler,)
        return studies

    def captioned(picture: Page, words: Captions, *others: Any) -> Page:
        bars.append(words.bar)
        return with_captions(picture, words, *others)

    def figured(*given: Any) -> list[str]:
        rulers.extend(figure_lines(*given))
        return rulers[-1:]

    monkeypatch.setattr("mammoview.formats.opening.open_study.open_study", opened)
    monkeypatch.setattr(pictures, "with_captions", captioned)
    monkeypatch.setattr(annotations, "figure_lines", figured)
    for path in known_twice:
        assert main(["export", str(path), "-o", str(tmp_path / "out"), "--layers", "outlines"]) == 0
    # 800 columns of 0.15 and of 0.3 mm.
    assert [(bar.text, round(bar.pixels, 2)) for bar in bars] == [
        ("20 mm, calibrated", round(20 / 0.15, 2)),
        ("20 mm, calibrated by you", round(20 / 0.3, 2)),
    ]
    assert rulers == ["30.0 mm, calibrated", "60.0 mm, calibrated by you"]


def test_a_calibration_of_an_earlier_version_is_found_and_filed_under_the_pixel_hash() -> None:
    scan, again = scan_of(breast_pixels()), scan_of(breast_pixels())
    entry = {"rows": scan.rows, "columns": scan.columns, "row_mm": 0.2, "column_mm": 0.2}
    file, key = paths.data_folder() / "calibrations.json", earlier_calibration_key(scan)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 1, "scans": {key: entry, "0" * 64: {**entry, "rows": 7}}}))
    assert user_calibration.apply_user_calibration(scan)
    assert (scan.spacing.row_mm, scan.spacing.source) == (0.2, SpacingSource.USER)
    assert json.loads(file.read_text())["scans"] == {scan.pixel_hash: entry, "0" * 64: {**entry, "rows": 7}}
    assert user_calibration.apply_user_calibration(again) and again.spacing == scan.spacing


def test_a_forgotten_calibration_does_not_come_back_from_its_earlier_key() -> None:
    scan = scan_of(breast_pixels())
    entry = {"rows": scan.rows, "columns": scan.columns, "row_mm": 0.2, "column_mm": 0.2}
    file = paths.data_folder() / "calibrations.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    scans = {earlier_calibration_key(scan): entry, scan.pixel_hash: {**entry, "row_mm": 0.3}}
    file.write_text(json.dumps({"version": 1, "scans": scans}))
    user_calibration.remember([scan])  # the spacing of the file, not the user's
    assert not user_calibration.apply_user_calibration(scan)
    assert not file.exists()
