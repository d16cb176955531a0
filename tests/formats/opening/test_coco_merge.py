"""Folders with COCO files open as pictures with outlines, wherever the files lie; what is missing is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoview.evaluation.lone_outlines import outlines_without_pictures, outlines_without_place
from mammoview.evaluation.results import rows_of
from mammoview.formats.opening.open_study import open_study
from mammoview.records.opened_studies import refused_files
from mammoview.study.scan import Scan
from mammoview.study.spacing import SpacingSource
from tests.evaluation.made_results import result_of

BOX = [10, 12, 30, 20]


def picture(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.arange(60 * 50, dtype=np.uint16).reshape(60, 50)).save(file)
    return file


def write(file: Path, names: list[str], annotated: tuple[int, ...] = (0,), **more: Any) -> Path:
    """A COCO file of these pictures, with a box on those of these numbers."""
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "images": [{"id": k, "file_name": name, "width": 50, "height": 60, **more} for k, name in enumerate(names)],
        "annotations": [{"id": n, "image_id": k, "category_id": 1, "bbox": BOX} for n, k in enumerate(annotated)],
        "categories": [{"id": 1, "name": "mass"}],
    }
    file.write_text(json.dumps(document))
    return file


def scans(path: Path | list[Path]) -> dict[str, Scan]:
    return {scan.path.name: scan for study in open_study(path) for scan in study.scans}


def label(scan: Scan) -> str:
    return str(rows_of(result_of(scan, "w", [])).view["label"])


@pytest.mark.parametrize(
    ("place", "file", "name"),
    [
        ("", "coco.json", "a_L_CC.png"), ("images", "x.json", "a_L_CC.png"), ("x/y", "coco.json", "x/y/a_L_CC.png"),
        ("images", "annotations/instances.json", "a_L_CC.png"), ("train", "annotations/t.json", "train/a_L_CC.png"),
        ("deep/er", "coco.json", "a_L_CC.png"), ("images", "images/_annotations.coco.json", "images/a_L_CC.png"),
    ],
)  # fmt: skip
def test_the_pictures_of_a_coco_file_have_its_outlines(tmp_path: Path, place: str, file: str, name: str) -> None:
    picture(tmp_path / place / "a_L_CC.png")
    write(tmp_path / file, [name])
    (scan,) = scans(tmp_path).values()
    assert [(o.box, o.lesion_type, o.source) for o in scan.outlines] == [((10, 12, 40, 32), "mass", Path(file).name)]
    assert label(scan) == "finding"


def test_listed_pictures_without_outlines_are_normal_and_others_unknown(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        picture(tmp_path / name)
    write(tmp_path / "coco.json", ["a.png", "b.png", "c.png", "gone.png"], (0, 1))
    document = json.loads((tmp_path / "coco.json").read_text())
    document["annotations"][1]["bbox"] = [1, 2, 0, 4]
    (tmp_path / "coco.json").write_text(json.dumps(document))
    studies = open_study(tmp_path)
    found = {scan.path.name: scan for study in studies for scan in study.scans}
    assert {name: label(scan) for name, scan in found.items()} == {
        "a.png": "finding", "b.png": "unplaced", "c.png": "normal", "d.png": "unplaced",
    }  # fmt: skip
    assert "it is not listed in coco.json: whether it has a finding is not known" in found["d.png"].warnings
    assert len({study.key for study in studies}) == 4, "whose patient nobody tells are not of one woman"
    outside = [line for study in studies for line in study.outside]
    assert outside == ["left out, as their pictures are not here: the outlines of gone.png"]
    assert refused_files(studies) == []
    assert outlines_without_pictures([tmp_path], found.values()) == [
        f"{tmp_path}/coco.json: its picture gone.png is not there"
    ]
    assert outlines_without_place(found.values()) == [
        f"{tmp_path}/b.png: an outline of coco.json is left out: annotation 1: its box has no size"
    ]


def test_beside_a_coco_file_that_cannot_be_read_no_picture_is_normal(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    (tmp_path / "coco.json").write_text('{"images": [')
    studies = open_study(tmp_path)
    assert [label(scan) for study in studies for scan in study.scans] == ["unplaced"]
    assert "it is no COCO file that can be read" in refused_files(studies)[0]


def test_a_picture_by_itself_and_a_zip_have_the_outlines_too(tmp_path: Path) -> None:
    file = picture(tmp_path / "data" / "images" / "a_L_CC.png")
    write(tmp_path / "data" / "annotations" / "instances_train.json", ["a_L_CC.png"])
    assert [len(scan.outlines) for scan in scans(file).values()] == [1]
    archive = shutil.make_archive(str(tmp_path / "all"), "zip", tmp_path / "data")
    assert [len(scan.outlines) for scan in scans(Path(archive)).values()] == [1]


def test_one_lesion_in_two_files_is_one(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    for name in ("all.json", "train.json"):
        write(tmp_path / name, ["a.png"])
    write(tmp_path / "more.json", ["a.png"], (0, 0))
    (scan,) = scans(tmp_path).values()
    assert len(scan.outlines) == 1


def test_what_a_file_tells_of_a_picture_is_used_where_the_picture_does_not(tmp_path: Path) -> None:
    picture(tmp_path / "a_R_CC.png")
    told = {
        "patient": "17", "laterality": "L", "projection": "MLO", "um_per_px": [100, 50], "spacing_source": "digitizer",
        "data_set": "DDSM", "bits": 12, "facts": {"density": "3", "digitizer": 4, "other": "x"}, "warnings": ["w", 3],
        "density_calibration": {"digitizer": "made", "intercept": 4, "slope": -1e-3, "logarithmic": False},
    }  # fmt: skip
    write(tmp_path / "coco.json", ["a_R_CC.png"], **told)
    (study,) = open_study(tmp_path)
    (scan,) = study.scans
    assert (study.patient, scan.name) == ("17", "R CC")
    assert (scan.spacing.row_mm, scan.spacing.column_mm, scan.spacing.source) == (0.05, 0.1, SpacingSource.DIGITIZER)
    assert scan.facts == {"density": "3", "data set": "DDSM", "format": "PNG"} and scan.warnings == ["w"]
    assert scan.grey.bits == 12 and scan.grey.inverted
    assert scan.grey.density is not None and scan.grey.density.density(1000.0) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "told",
    [
        {"um_per_px": [float("nan"), 1], "spacing_source": "digitizer"}, {"um_per_px": "x"}, {"um_per_row": [1]},
        {"um_per_px": [50, 50], "spacing_source": "unknown"}, {"laterality": 3, "projection": ["CC"]},
        {"bits": 10**9, "low_values_are_bright": "yes"}, {"facts": 3, "warnings": "x", "data_set": ["DDSM"]},
        {"density_calibration": {"digitizer": "x", "intercept": float("nan"), "slope": 1, "logarithmic": False}},
        {"patient": {"name": "x"}},
    ],
)  # fmt: skip
def test_values_that_are_none_are_left(tmp_path: Path, told: dict[str, Any]) -> None:
    picture(tmp_path / "a.png")
    write(tmp_path / "coco.json", ["a.png"], **told)
    (scan,) = scans(tmp_path).values()
    assert len(scan.outlines) == 1
    assert not scan.spacing.known and scan.laterality is None and scan.grey.bits == 16 and scan.grey.density is None
    assert scan.facts == {"format": "PNG"}
