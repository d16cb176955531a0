"""Crops, sheets and training sets are of the pictures that were assessed, and are anonymous."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.core.result_sources import private_table, remembered_files
from mammoview.core.tables import TEXT
from mammoview.evaluation.evaluation_folder import read_evaluation, write_provenance
from mammoview.evaluation.evaluation_tables import write_columns
from mammoview.evaluation.reader_findings import FINDING_COLUMNS, FINDINGS
from mammoview.export.error_sheet import crop_round
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.workbench.error_rows import READER_MISSED
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation, open_evaluation
from mammoview.qt.workbench.opened_sources import OpenedSources
from mammoview.qt.workbench.workbench_worker import WorkbenchWorker
from mammoview.records import opened_studies
from mammoview.records.user_calibration import remember, use
from mammoview.study.spacing import Spacing, SpacingSource
from tests.qt.workbench.conftest import texts
from tests.support.phantoms import breast_pixels, scan_of


@pytest.fixture
def opened(evaluated: tuple[Path, dict[str, Path]]) -> OpenedEvaluation:
    return open_evaluation(evaluated[0], SimpleNamespace(check=lambda: None))


def test_a_file_that_holds_another_picture_now_is_refused(
    opened: OpenedEvaluation, evaluated: tuple[Path, dict[str, Path]]
) -> None:
    files = evaluated[1]
    shutil.copyfile(files["R CC"], files["L CC"])
    worker = WorkbenchWorker()
    (row,) = (n for n, what in enumerate(texts(opened.rows, "what")) if what.endswith("lesion"))
    with pytest.raises(MammoviewError, match="another picture than the one that was assessed"):
        worker.cut(opened, row, 64)


def test_a_crop_that_was_cut_before_is_not_taken_for_that_of_another_evaluation(
    opened: OpenedEvaluation, evaluated: tuple[Path, dict[str, Path]]
) -> None:
    files = evaluated[1]
    worker = WorkbenchWorker()
    row = texts(opened.rows, "view").index("L CC")
    before = worker.cut(opened, row, 64).grey
    shutil.copyfile(files["R CC"], files["L CC"])
    code = opened.rows.at([row])[0]["view_code"]
    (other,) = (scan for study in open_study(files["L CC"]) for scan in study.scans)
    anew = replace(opened, pixels={**opened.pixels, code: other.pixel_hash})
    assert (worker.cut(anew, row, 64).grey != before).any()
    with pytest.raises(MammoviewError, match="another picture than the one that was assessed"):
        worker.cut(replace(opened, pixels={**opened.pixels, code: "0" * 40}), row, 64)


def test_another_view_is_never_taken_for_one_that_is_missing(tmp_path: Path, study: Path) -> None:
    (scan,) = (one for found in open_study(study) for one in found.scans if one.name == "L CC")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in study.iterdir():
            archive.write(file, file.name)
    assert OpenedSources().find(tmp_path / "a.zip" / scan.path.name, scan.pixel_hash)[1].name == "L CC"
    with pytest.raises(MammoviewError, match="not found on this machine"):
        OpenedSources().find(tmp_path / "a.zip" / "other.dcm", scan.pixel_hash)


def test_a_zip_is_opened_once_for_its_pictures_and_again_where_it_was_replaced(
    tmp_path: Path, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in study.iterdir():
            archive.write(file, file.name)
    opened: list[Path] = []
    whole = opened_studies.open_with_records
    monkeypatch.setattr(opened_studies, "open_with_records", lambda path: opened.append(path) or whole(path))
    sources = OpenedSources()
    names = {sources.find(packed / file.name, "")[1].name for file in study.iterdir()}
    assert len(names) == 4 and opened == [packed]
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(study / "LCC.dcm", "LCC.dcm")
    assert sources.find(packed / "LCC.dcm", "")[1].name == "L CC"
    with pytest.raises(MammoviewError, match="not found on this machine"):
        sources.find(packed / "RCC.dcm", "")
    for number in range(9):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as archive:
            archive.write(study / "LCC.dcm", "LCC.dcm")
        sources.find(tmp_path / f"{number}.zip" / "LCC.dcm", "")
    before = len(opened)
    sources.find(packed / "LCC.dcm", "")
    assert len(opened) == before + 1, "the headers of few sources are kept"


def test_a_calibration_is_taken_up_in_the_crops_of_pictures_in_a_zip(
    opened: OpenedEvaluation, evaluated: tuple[Path, dict[str, Path]], tmp_path: Path
) -> None:
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(evaluated[1]["L CC"], "LCC.dcm")
    row = texts(opened.rows, "view").index("L CC")
    code = opened.rows.at([row])[0]["view_code"]
    inside = replace(opened, files={**opened.files, code: packed / "LCC.dcm"})
    worker = WorkbenchWorker()
    before = worker.cut(inside, row, 64)
    assert worker.cut(inside, row, 64).grey.tobytes() == before.grey.tobytes()
    (scan,) = (one for found in open_study(packed) for one in found.scans)
    use(scan, Spacing(scan.spacing.row_mm / 2, scan.spacing.column_mm / 2, SpacingSource.USER))
    remember([scan])
    after = worker.cut(inside, row, 64)
    assert after.grey.tobytes() != before.grey.tobytes(), "half the spacing: twice the pixels for as many millimetres"
    use(scan, Spacing(scan.spacing.row_mm * 2, scan.spacing.column_mm * 2, SpacingSource.CALIBRATED))
    remember([scan])
    assert worker.cut(inside, row, 64).grey.tobytes() == before.grey.tobytes()


def test_pictures_that_do_not_match_are_not_kept_in_memory(tmp_path: Path, study: Path) -> None:
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(study / "LCC.dcm", "LCC.dcm")
    sources = OpenedSources()
    with pytest.raises(MammoviewError, match="another picture"):
        sources.find(packed / "LCC.dcm", "0" * 64)
    assert not sources.find(packed / "LCC.dcm", "")[1].is_decoded


def test_film_outside_the_breast_is_black_in_a_sheet(opened: OpenedEvaluation) -> None:
    worker, code = WorkbenchWorker(), opened.rows.at([0])[0]["view_code"]
    seen, leaving = (worker.rendered(opened, code, leaves)[1] for leaves in (False, True))
    assert seen.shape == leaving.shape
    assert (leaving[leaving > 0] == seen[leaving > 0]).all() and (leaving == 0).sum() >= (seen == 0).sum()


def test_pictures_are_found_from_a_folder_that_was_renamed_and_from_an_evaluation_of_the_tables_alone(
    evaluated: tuple[Path, dict[str, Path]], tmp_path: Path
) -> None:
    renamed = evaluated[0].rename(tmp_path / "renamed")
    compared = tmp_path / "compared"
    compared.mkdir()
    evaluation, provenance = read_evaluation(renamed)
    evaluation.write(compared)
    write_provenance(compared, provenance)
    for folder in (renamed, compared):
        opened = open_evaluation(folder, SimpleNamespace(check=lambda: None))
        assert {opened.place_of(row).file for row in range(len(opened.rows))} == {
            evaluated[1][name] for name in ("L CC", "R CC")
        }
        assert WorkbenchWorker().cut(opened, 0, 64).grey.any()


def test_rows_of_readers_are_read_and_lie_in_the_pictures(evaluated: tuple[Path, dict[str, Path]]) -> None:
    found = {"found_unaided": False, "found_final": False, "accepted": None, "model_hit": False}
    blank = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}
    reported = {**blank, "reader": "reader 1", "lesion_id": "lesion 1", **found}
    write_columns(evaluated[0] / FINDINGS, FINDING_COLUMNS, [reported])
    opened = open_evaluation(evaluated[0], SimpleNamespace(check=lambda: None))
    row = texts(opened.rows, "reader").index("reader 1")
    assert texts(opened.rows, "what")[row] == READER_MISSED
    assert opened.place_of(row).file == evaluated[1]["L CC"]


def test_tables_of_codes_that_cannot_be_read_are_left_out(evaluated: tuple[Path, dict[str, Path]]) -> None:
    folder = private_table(evaluated[0]).parent
    (folder / "0.csv").write_bytes(b"\xff\xfe")
    (folder / "1.csv").write_text("other,words\n1,2\n")
    assert {*evaluated[1].values()} <= {*remembered_files().values()}


def test_an_evaluation_that_was_stopped_is_not_read(evaluated: tuple[Path, dict[str, Path]]) -> None:
    (evaluated[0] / "evaluation.json").unlink()
    with pytest.raises(MammoviewError, match="no folder of an evaluation"):
        open_evaluation(evaluated[0], SimpleNamespace(check=lambda: None))


def test_small_bright_points_are_averaged_and_not_stepped_over() -> None:
    grey = np.zeros((1000, 1000), np.uint8)
    grey[::10, ::10] = 255
    scan = scan_of(breast_pixels())
    for offset in range(3):
        crop = crop_round(scan, grey, (500.0 + offset, 500.0), (100, 100, 800, 800), pixels=64)
        inside = crop.grey[8:-8, 8:-8].astype(float)
        assert inside.mean() == pytest.approx(2.55, abs=0.6) and inside.max() < 40
