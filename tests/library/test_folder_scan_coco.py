"""Patients of COCO files in the library: new ones, changed ones, and files that are gone or were read half."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import CancelledError
from mammoview.formats.opening.open_study import open_study
from mammoview.library import folder_scan
from mammoview.library.database import LibraryDatabase
from mammoview.library.folder_scan import add_folder, folders, scan_folder
from mammoview.library.insert import insert_opened_study, study_key
from mammoview.library.queries import studies
from tests.support.examinations import scanned

VIEWS = {
    "images/train/1.png": ("17", "L", "CC"),
    "images/train/2.png": ("17", "L", "MLO"),
    "images/3.png": ("18", "R", "CC"),
}
FILE = "annotations/instances.json"


def write(root: Path, reported: dict[str, tuple[str, str, str]]) -> None:
    (root / FILE).parent.mkdir(exist_ok=True)
    images = [
        {"id": n, "file_name": name, "patient": patient, "laterality": side, "projection": projection}
        for n, (name, (patient, side, projection)) in enumerate(reported.items())
    ]
    (root / FILE).write_text(json.dumps({"images": images, "annotations": []}))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three pictures that a COCO file lists, and one that it lists without a sign of being a mammogram."""
    folder = tmp_path / "data"
    for n, name in enumerate([*VIEWS, "images/beach.png"]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((64, 48), 90 + n, np.uint8)).save(folder / name)
    write(folder, VIEWS | {"images/beach.png": ("", "", "")})
    return folder


def found(index: LibraryDatabase) -> dict[str, list[str]]:
    """Names of the views by patient."""
    return {study.patient: [scan.name for scan in study.scans if scan.there] for study in studies(index)}


def test_patients_of_a_coco_file_are_those_of_the_index(root: Path, index: LibraryDatabase) -> None:
    outcome = scanned(index, root)
    assert (outcome.read, outcome.scans, outcome.refused) == (5, 3, [])
    assert found(index) == {"17": ["L CC", "L MLO"], "18": ["R CC"]}
    assert scan_folder(index, folders(index)[0]).read == 0
    # A listed study opens as that study.
    known = next(study for study in studies(index) if study.patient == "17")
    (opened,) = open_study(known.sources)
    assert study_key(opened) == known.key
    insert_opened_study(index, opened, 5.0)
    assert {study.patient: study.opened for study in studies(index)} == {"17": 5.0, "18": None}


def test_a_changed_coco_file_changes_patients_and_one_that_is_gone_takes_them(
    root: Path, index: LibraryDatabase
) -> None:
    scanned(index, root)
    write(root, VIEWS | {"images/3.png": ("17", "R", "CC")})
    assert scan_folder(index, folders(index)[0]).read == 5
    assert found(index) == {"17": ["R CC", "L CC", "L MLO"]}
    assert scan_folder(index, folders(index)[0]).read == 0
    (root / FILE).unlink()
    scan_folder(index, folders(index)[0])
    assert found(index) == {}, "pictures of which nobody tells that they are mammograms"
    assert scan_folder(index, folders(index)[0]).read == 0
    write(root, VIEWS)
    scan_folder(index, folders(index)[0])
    assert found(index) == {"17": ["L CC", "L MLO"], "18": ["R CC"]}


def test_a_scan_that_is_stopped_does_not_keep_old_patients(
    root: Path, index: LibraryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(index, root)
    monkeypatch.setattr(folder_scan, "AT_ONCE", 1)
    for change in (lambda: write(root, VIEWS | {"images/3.png": ("19", "R", "CC")}), (root / FILE).unlink):
        change()
        calls = iter((False, False, True))
        with pytest.raises(CancelledError):
            scan_folder(index, add_folder(index, root), cancelled=lambda calls=calls: next(calls))
        scan_folder(index, folders(index)[0])
        expected = {"17": ["L CC", "L MLO"], "19": ["R CC"]} if (root / FILE).is_file() else {}
        assert found(index) == expected


def test_a_scan_that_is_stopped_beside_a_coco_file_goes_on_where_it_was(
    root: Path, index: LibraryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_scan, "AT_ONCE", 1)

    def stop_after(parts: int) -> None:
        calls = iter((False,) * parts + (True,))
        with pytest.raises(CancelledError):
            scan_folder(index, add_folder(index, root), cancelled=lambda: next(calls))

    stop_after(3)
    assert scan_folder(index, folders(index)[0]).read == 1
    index.change("UPDATE scans SET thumbnail = x'01'")
    write(root, VIEWS | {"images/3.png": ("19", "R", "CC")})
    stop_after(1)
    stop_after(2)
    assert scan_folder(index, folders(index)[0]).read == 1
    assert found(index) == {"17": ["L CC", "L MLO"], "19": ["R CC"]}
    assert {bytes(row["thumbnail"]) for row in index.rows("SELECT thumbnail FROM scans")} == {b"\1"}
    assert scan_folder(index, folders(index)[0]).read == 0


def test_a_name_that_several_pictures_have_tells_no_patient(root: Path, index: LibraryDatabase) -> None:
    write(root, {"1.png": ("17", "L", "CC")})
    (root / "images" / "val").mkdir()
    (root / "images/val/1.png").write_bytes((root / "images/train/1.png").read_bytes())
    scanned(index, root)
    assert "17" not in found(index)
    (root / FILE).write_text('{"images": [')
    scan_folder(index, folders(index)[0])
    assert found(index) == {}


def test_patients_are_those_of_opening_however_deep_the_pictures_lie(tmp_path: Path, index: LibraryDatabase) -> None:
    picture = tmp_path / "data" / "p" / "q" / "r" / "1.png"
    picture.parent.mkdir(parents=True)
    Image.fromarray(np.full((64, 48), 90, np.uint8)).save(picture)
    reported = {
        "images": [{"id": 1, "file_name": "p/q/r/1.png", "patient": "17", "laterality": "L", "projection": "CC"}]
    }
    (tmp_path / "data" / "coco.json").write_text(json.dumps(reported | {"annotations": []}))
    scanned(index, tmp_path / "data")
    assert found(index) == {"17": ["L CC"]}
    assert [study.patient for study in open_study([tmp_path / "data"])] == ["17"]


def test_a_changed_coco_file_outside_the_folder_changes_patients(root: Path, index: LibraryDatabase) -> None:
    scanned(index, root / "images")
    assert found(index) == {"17": ["L CC", "L MLO"], "18": ["R CC"]}
    write(root, {name: ("99", *reported[1:]) for name, reported in VIEWS.items()})
    scan_folder(index, folders(index)[0])
    assert found(index) == {"99": ["R CC", "L CC", "L MLO"]}
    assert scan_folder(index, folders(index)[0]).read == 0


def test_a_coco_file_that_is_none_any_more_takes_its_patients(root: Path, index: LibraryDatabase) -> None:
    scanned(index, root)
    (root / FILE).write_text("[]")
    scan_folder(index, folders(index)[0])
    assert found(index) == {}
    assert scan_folder(index, folders(index)[0]).read == 0


def test_folders_without_coco_files_are_listed_once(
    tmp_path: Path, index: LibraryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        (tmp_path / "data" / str(n)).mkdir(parents=True)
        Image.fromarray(np.full((64, 48), 90, np.uint8)).save(tmp_path / "data" / str(n) / "L_CC.png")
    places: list[list[Path]] = []
    near = folder_scan.coco.coco_files_near
    monkeypatch.setattr(folder_scan.coco, "coco_files_near", lambda folders: places.append(folders) or near(folders))
    scanned(index, tmp_path / "data")
    assert places == [[tmp_path / "data"]]
