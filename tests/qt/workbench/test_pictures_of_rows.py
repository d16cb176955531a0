"""Crops, sheets and training sets are of the pictures that were assessed, and name nobody."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.export.error_sheet import crop_round
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.workbench.workbench_worker import OpenedEvaluation, WorkbenchWorker, _open, _scan
from tests.support.phantoms import breast_pixels, scan_of


@pytest.fixture
def opened(evaluated: tuple[Path, dict[str, Path]]) -> OpenedEvaluation:
    return _open(evaluated[0], SimpleNamespace(check=lambda: None))


def test_a_file_that_holds_another_picture_now_is_refused(
    opened: OpenedEvaluation, evaluated: tuple[Path, dict[str, Path]]
) -> None:
    files = evaluated[1]
    shutil.copyfile(files["R CC"], files["L CC"])
    worker = WorkbenchWorker()
    (row,) = (n for n in range(len(opened.rows)) if opened.rows.texts["what"][n].endswith("lesion"))
    with pytest.raises(MammoviewError, match="another picture than the one that was assessed"):
        worker.cut(opened, row, 64)


def test_a_crop_that_was_cut_before_is_not_taken_for_that_of_another_evaluation(
    opened: OpenedEvaluation, evaluated: tuple[Path, dict[str, Path]]
) -> None:
    files = evaluated[1]
    worker = WorkbenchWorker()
    row = next(n for n in range(len(opened.rows)) if opened.rows.texts["view"][n] == "L CC")
    before = worker.cut(opened, row, 64).grey
    shutil.copyfile(files["R CC"], files["L CC"])
    code = str(opened.rows.texts["view_code"][row])
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
    assert _scan(tmp_path / "a.zip" / scan.path.name, scan.pixel_hash).name == "L CC"
    with pytest.raises(MammoviewError, match="not found on this machine"):
        _scan(tmp_path / "a.zip" / "other.dcm", scan.pixel_hash)


def test_film_outside_the_breast_is_black_in_a_sheet(opened: OpenedEvaluation) -> None:
    worker = WorkbenchWorker()
    seen, leaving = (worker._rendered(opened, 0, leaves)[1] for leaves in (False, True))
    assert seen.shape == leaving.shape
    assert (leaving[leaving > 0] == seen[leaving > 0]).all() and (leaving == 0).sum() >= (seen == 0).sum()


def test_an_evaluation_that_was_stopped_is_not_read(evaluated: tuple[Path, dict[str, Path]]) -> None:
    (evaluated[0] / "evaluation.json").unlink()
    with pytest.raises(MammoviewError, match="no folder of an evaluation"):
        _open(evaluated[0], SimpleNamespace(check=lambda: None))


def test_small_bright_points_are_averaged_and_not_stepped_over() -> None:
    grey = np.zeros((1000, 1000), np.uint8)
    grey[::10, ::10] = 255
    scan = scan_of(breast_pixels())
    for offset in range(3):
        crop = crop_round(scan, grey, (500.0 + offset, 500.0), (100, 100, 800, 800), pixels=64)
        inside = crop.grey[8:-8, 8:-8].astype(float)
        assert inside.mean() == pytest.approx(2.55, abs=0.6) and inside.max() < 40
