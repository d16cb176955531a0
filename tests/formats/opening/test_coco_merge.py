"""Folders with COCO files open as pictures with outlines, wherever the files lie; what is missing is reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoview.evaluation.results import rows_of
from mammoview.evaluation.unmatched_outlines import outlines_without_pictures, outlines_without_place
from mammoview.formats.datasets import coco
from mammoview.formats.opening.open_study import open_study
from mammoview.records.opened_studies import refused_files
from mammoview.study.finding_status import FindingStatus, finding_status
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


def test_below_a_coco_file_that_cannot_be_read_no_picture_is_normal(tmp_path: Path) -> None:
    for place in ("images", "train", "deep/er", "."):
        picture(tmp_path / place / f"{len(place)}.png")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "train.JSON").write_text('{"images": [')
    studies = open_study(tmp_path)
    assert [label(scan) for study in studies for scan in study.scans] == ["unplaced"] * 4
    assert "it is no COCO file that can be read" in refused_files(studies)[0]
    (alone,) = open_study(tmp_path / "train" / "5.png")
    assert label(alone.scans[0]) == "unplaced" and refused_files([alone]) == []


def test_of_several_pictures_of_a_listed_name_none_is_normal_and_none_has_the_outlines(tmp_path: Path) -> None:
    for place in ("train", "val"):
        picture(tmp_path / place / "1.png")
        write(tmp_path / "annotations" / f"instances_{place}.json", ["1.png"], (0,) if place == "train" else ())
    picture(tmp_path / "val" / "other.png")
    studies = open_study(tmp_path)
    every = [scan for study in studies for scan in study.scans]
    assert [(label(scan), scan.outlines) for scan in every] == [("unplaced", ())] * 3
    assert "left out, as several pictures have their names: the outlines of 1.png" in studies[0].outside
    for opened in (tmp_path / "val", tmp_path / "val" / "1.png"):  # that the other was not opened changes nothing
        scan = scans(opened)["1.png"]
        assert (label(scan), scan.outlines) == ("unplaced", ())
        assert scan.warnings[-1].startswith("instances_val.json may be about another picture of this name: ")


@pytest.mark.parametrize(
    ("listed", "places"),
    [
        (["a.png"], ["a.png", "images/a.png"]),  # the name leads to both
        (["train/a.png"], ["val/a.png"]), (["x/train/a.png"], ["y/train/a.png"]), (["train/a.png"], ["a.png"]),
        (["p/x/a.png", "q/x/a.png"], ["x/a.png"]),
        (["a.PNG"], ["deep/a.png"]),  # nothing in its folder is listed
    ],
)  # fmt: skip
def test_a_picture_that_is_not_surely_the_listed_one_is_neither(
    tmp_path: Path, listed: list[str], places: list[str]
) -> None:
    for place in places:
        picture(tmp_path / place)
    write(tmp_path / "coco.json", listed, um_per_px=[50, 50])
    every = [scan for study in open_study(tmp_path) for scan in study.scans]
    assert [(label(scan), len(scan.outlines), scan.spacing.known) for scan in every] == [
        ("unplaced", 0, False) for _ in places
    ]


def test_folders_before_those_of_the_data_set_do_not_matter(tmp_path: Path) -> None:
    for place in ("train", "val"):
        picture(tmp_path / "images" / place / "a.png")
    write(tmp_path / "coco.json", ["old/set/train/a.png", "val/a.png"])
    labels = {scan.path.parent.name: label(scan) for study in open_study(tmp_path) for scan in study.scans}
    assert labels == {"train": "finding", "val": "normal"}


def test_a_resized_copy_is_not_the_listed_picture(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    write(tmp_path / "coco.json", ["a.png"], (), um_per_px=[50, 50], width=100)
    (scan,) = scans(tmp_path).values()
    assert label(scan) == "unplaced" and not scan.spacing.known


def test_pictures_of_many_folders_have_the_outlines_beside_them(tmp_path: Path) -> None:
    files = [picture(tmp_path / str(n) / "a.png") for n in range(9)]
    for file in files:
        write(file.with_name("coco.json"), ["a.png"])
    found = [scan for study in open_study(list(files)) for scan in study.scans]
    assert [len(scan.outlines) for scan in found] == [1] * 9


def test_a_zip_has_nothing_of_the_coco_files_beside_it(tmp_path: Path) -> None:
    picture(tmp_path / "data" / "a.png")
    archive = shutil.make_archive(str(tmp_path / "made" / "all"), "zip", tmp_path / "data")
    write(tmp_path / "made" / "coco.json", ["a.png"])
    (scan,) = scans(Path(archive)).values()
    assert scan.outlines == () and label(scan) == "unplaced"
    write(tmp_path / "data" / "coco.json", ["a.png"], ())
    archive = shutil.make_archive(str(tmp_path / "made" / "told"), "zip", tmp_path / "data")
    for beside in ('{"images": [', (tmp_path / "made" / "coco.json").read_text()):
        (tmp_path / "made" / "coco.json").write_text(beside)
        (scan,) = scans(Path(archive)).values()
        assert scan.outlines == () and label(scan) == "normal"


def test_predictions_alone_make_no_picture_normal(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        picture(tmp_path / name)
    file = write(tmp_path / "predictions.json", ["a.png", "b.png", "c.png"])
    document = json.loads(file.read_text())
    document["annotations"][0]["score"] = 0.5
    file.write_text(json.dumps(document))
    assert {label(scan) for scan in scans(tmp_path).values()} == {"unplaced"}
    assert "predictions.json has annotations, but none of a lesion: whether it has a finding is not known" in (
        scans(tmp_path)["b.png"].warnings
    )
    write(tmp_path / "truth.json", ["a.png", "b.png"], (1,))
    assert {name: label(scan) for name, scan in scans(tmp_path).items()} == {
        "a.png": "normal", "b.png": "finding", "c.png": "unplaced",
    }  # fmt: skip


def test_of_pages_of_an_export_only_pictures_of_the_scan_have_its_facts(tmp_path: Path) -> None:
    """The scan has 50 x 60 pixels and hangs turned by 90 degrees, as 60 x 50."""
    place = {"from_stored": [[0, 1, 0], [1, 0, 0]]}
    reported = {"exported_picture": {"width": 60, "height": 50} | place, "captioned_picture": {"width": 60} | place}
    spacing = {"um_per_px": [50, 100], "spacing_source": "digitizer"}
    for name, rows, columns in (("P001", 50, 60), ("P002-grid", 70, 60), ("P003-panels", 60, 50)):
        Image.fromarray(np.arange(rows * columns, dtype=np.uint16).reshape(rows, columns)).save(
            tmp_path / f"{name}.png"
        )
    write(tmp_path / "coco.json", ["P001", "P002", "P003"], (), **reported, **spacing)
    found = scans(tmp_path)
    for name in ("P001.png", "P002-grid.png"):
        assert (found[name].spacing.row_mm, found[name].spacing.column_mm) == (0.05, 0.1)
        assert label(found[name]) == "normal"
    assert not found["P003-panels.png"].spacing.known and label(found["P003-panels.png"]) == "unplaced"
    reported["exported_picture"]["from_stored"] = [[0, 10**400, 0], [1, 0, 0]]
    write(tmp_path / "coco.json", ["P001"], **reported, **spacing)
    assert label(scans(tmp_path)["P001.png"]) == "unplaced"


def test_one_woman_in_two_folders_is_one(tmp_path: Path) -> None:
    for name in ("cc/1.png", "mlo/2.png"):
        picture(tmp_path / name)
    write(tmp_path / "annotations" / "coco.json", ["cc/1.png", "mlo/2.png"], patient="17")
    (study,) = open_study(tmp_path)
    assert study.patient == "17" and len(study.scans) == 2


def test_a_picture_by_itself_and_a_zip_have_the_outlines_too(tmp_path: Path) -> None:
    file = picture(tmp_path / "data" / "images" / "a_L_CC.png")
    write(tmp_path / "data" / "annotations" / "instances_train.json", ["a_L_CC.png"])
    assert [len(scan.outlines) for scan in scans(file).values()] == [1]
    archive = shutil.make_archive(str(tmp_path / "all"), "zip", tmp_path / "data")
    assert [len(scan.outlines) for scan in scans(Path(archive)).values()] == [1]


@pytest.mark.parametrize("place", ["images/train", "Images/train/17", "images"])
@pytest.mark.parametrize("file", ["annotations/a.json", "labels/instances.json", "all.json"])
@pytest.mark.parametrize("opened", ["picture", "folder", "data"])
def test_coco_files_of_a_data_set_are_found_from_every_folder_of_its_images(
    tmp_path: Path, place: str, file: str, opened: str
) -> None:
    data = tmp_path / "data"
    picture(data / place / "a_L_CC.png")
    write(data / file, ["a_L_CC.png"])
    path = {"picture": data / place / "a_L_CC.png", "folder": data / place, "data": data}[opened]
    (scan,) = scans(path).values()
    assert [o.box for o in scan.outlines] == [(10, 12, 40, 32)]


def test_no_other_folder_above_a_picture_is_looked_at(tmp_path: Path) -> None:
    for place in ("pictures/train", "images/a/b/c"):
        picture(tmp_path / place / "a_L_CC.png")
    write(tmp_path / "annotations" / "instances.json", ["a_L_CC.png"])
    write(tmp_path / "coco.json", ["a_L_CC.png"])
    for place in ("pictures/train", "images/a/b/c"):
        (scan,) = scans(tmp_path / place / "a_L_CC.png").values()
        assert scan.outlines == () and label(scan) == "normal"


def test_files_with_any_name_are_seen_beside_a_picture_but_not_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = picture(tmp_path / "a_L_CC.png")
    write(tmp_path / "z.json", ["a_L_CC.png"])
    assert [len(scan.outlines) for scan in scans(file).values()] == [1]
    for n in range(3):
        (tmp_path / f"{n}.json").write_text("{}")
    monkeypatch.setattr(coco, "MOST_NEAR", 3)
    assert [len(scan.outlines) for scan in scans(file).values()] == [0]
    (tmp_path / "z.json").rename(tmp_path / "z_annotations.json")
    assert [len(scan.outlines) for scan in scans(file).values()] == [1], "those with telling names come first"


def test_an_export_says_whether_a_scan_is_normal(tmp_path: Path) -> None:
    reported = {"a.png": "outlined", "b.png": "normal", "c.png": "not known", "d.png": None, "e.png": 7}
    for name in reported:
        picture(tmp_path / name)
    file = write(tmp_path / "coco.json", list(reported))
    document = json.loads(file.read_text())
    for image, status in zip(document["images"], reported.values(), strict=True):
        if status is not None:
            image["finding_status"] = status
    expected = {"a.png": "finding", "b.png": "normal", "c.png": "unplaced"}
    file.write_text(json.dumps(document))
    found = scans(tmp_path)
    assert {name: label(scan) for name, scan in found.items()} == expected | {"d.png": "normal", "e.png": "normal"}
    assert "coco.json does not say that it is normal: whether it has a finding is not known" in found["c.png"].warnings
    assert [finding_status(found[name]) for name in ("a.png", "b.png", "c.png", "d.png")] == [
        FindingStatus.OUTLINED, FindingStatus.NORMAL, FindingStatus.NOT_KNOWN, FindingStatus.NORMAL,
    ]  # fmt: skip
    # What this program exports says so of each picture; earlier versions did not.
    document["info"] = {"description": "Outlines and findings, in stored pixels"}
    file.write_text(json.dumps(document))
    labels = {name: label(scan) for name, scan in scans(tmp_path).items()}
    assert labels == expected | {"d.png": "unplaced", "e.png": "unplaced"}
    # A prediction changes no stated fact, nor does it state that a picture is normal.
    document["annotations"] = [{"id": n, "image_id": n, "category_id": 1, "bbox": BOX, "score": 0.9} for n in (1, 2)]
    file.write_text(json.dumps(document))
    labels = {name: label(scan) for name, scan in scans(tmp_path).items()}
    assert labels == {name: "normal" if name == "b.png" else "unplaced" for name in reported}


def test_a_picture_called_normal_says_nothing_of_the_others(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        picture(tmp_path / name)
    file = write(tmp_path / "coco.json", ["a.png", "b.png", "c.png", "c.png"])
    document = json.loads(file.read_text())
    document["categories"] = [{"id": 1, "name": "breast"}]
    for n, status in ((0, "normal"), (2, "not known"), (3, "normal")):
        document["images"][n]["finding_status"] = status
    file.write_text(json.dumps(document))
    labels = {name: label(scan) for name, scan in scans(tmp_path).items()}
    # The one annotation is of a breast, so that lesions were not looked for; of two statuses the doubtful one counts.
    assert labels == {"a.png": "normal", "b.png": "unplaced", "c.png": "unplaced"}


def test_one_lesion_in_two_files_is_one(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    for name in ("all.json", "train.json"):
        write(tmp_path / name, ["a.png"])
    write(tmp_path / "more.json", ["a.png"], (0, 0))
    (scan,) = scans(tmp_path).values()
    assert len(scan.outlines) == 1


def test_what_a_file_tells_of_a_picture_is_used_where_the_picture_does_not(tmp_path: Path) -> None:
    picture(tmp_path / "a_R_CC.png")
    reported = {
        "patient": "17", "laterality": "L", "projection": "MLO", "um_per_px": [100, 50], "spacing_source": "digitizer",
        "data_set": "DDSM", "bits": 12, "facts": {"density": "3", "digitizer": 4, "other": "x"}, "warnings": ["w", 3],
        "density_calibration": {"digitizer": "made", "intercept": 4, "slope": -1e-3, "logarithmic": False},
    }  # fmt: skip
    write(tmp_path / "coco.json", ["a_R_CC.png"], **reported)
    (study,) = open_study(tmp_path)
    (scan,) = study.scans
    assert (study.patient, scan.name) == ("17", "R CC")
    assert (scan.spacing.row_mm, scan.spacing.column_mm, scan.spacing.source) == (0.05, 0.1, SpacingSource.DIGITIZER)
    assert scan.facts == {"density": "3", "data set": "DDSM", "format": "PNG"} and scan.warnings == ["w"]
    assert scan.grey.bits == 12 and scan.grey.inverted
    assert scan.grey.density is not None and scan.grey.density.density(1000.0) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "reported",
    [
        {"um_per_px": [float("nan"), 1], "spacing_source": "digitizer"}, {"um_per_px": "x"}, {"um_per_row": [1]},
        {"um_per_px": [50, 50], "spacing_source": "unknown"}, {"laterality": 3, "projection": ["CC"]},
        {"bits": 10**9, "low_values_are_bright": "yes"}, {"facts": 3, "warnings": "x", "data_set": ["DDSM"]},
        {"density_calibration": {"digitizer": "x", "intercept": float("nan"), "slope": 1, "logarithmic": False}},
        {"patient": {"name": "x"}}, {"bits": True}, {"um_per_px": [10**400, 50]}, {"patient": True},
        {"density_calibration": {"digitizer": "x", "intercept": 10**400, "slope": -1, "logarithmic": False}},
    ],
)  # fmt: skip
def test_values_that_are_none_are_left(tmp_path: Path, reported: dict[str, Any]) -> None:
    picture(tmp_path / "a.png")
    write(tmp_path / "coco.json", ["a.png"], **reported)
    (scan,) = scans(tmp_path).values()
    assert len(scan.outlines) == 1
    assert not scan.spacing.known and scan.laterality is None and scan.grey.bits == 16 and scan.grey.density is None
    assert scan.facts == {"format": "PNG"}
