"""Data exports, each read back: arrays with their affine, COCO boxes and polygons, tables, overlays."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.assess.results.assessment import Layer
from mammoview.assess.results.mark_size import mark_outline
from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import analyse
from mammoview.export.data import CATEGORIES, coco
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, Grey
from mammoview.export.formats import FORMATS
from mammoview.formats.datasets.ddsm_text import parse_overlay
from mammoview.formats.opening.open_study import open_study
from mammoview.study.finding_status import finding_status
from mammoview.study.geometry import Affine
from mammoview.study.identity import PatientIdentity
from mammoview.study.scan import Laterality, Side, Study, box
from mammoview.study.spacing import UNKNOWN_SPACING
from tests.support.phantoms import MODELS, assessed, breast_pixels, scan_of

PLACES = ((90.0, 200.0), (125.0, 280.0))
SECRETS = ("DOE", "JANE", "4711", "1996")


@pytest.fixture(scope="module")
def content() -> ExportContent:
    """An assessed scan with two outlines and two findings, and one that is not assessed."""
    scan = scan_of(breast_pixels(450, 300), patient="DOE^JANE 4711")
    scan.path, scan.facts = Path("DOE_JANE_4711.dcm"), {"date": "1996-07-03"}
    scan.identity = PatientIdentity(name="DOE^JANE", patient_id="4711")
    scan.outlines = (
        box(70, 180, 110, 220, source="DDSM", lesion_type="MASS", pathology="MALIGNANT", assessment=5, note="DOE"),
        box(20, 100, 60, 140, source="DOE_JANE.xml"),
    )
    analysis = analyse(scan)
    other = scan_of(breast_pixels(450, 300, Side.RIGHT), Laterality.R, spacing=UNKNOWN_SPACING)
    scans = (AssessedScan(analysis, assessed(scan, *PLACES, analysis=analysis)), AssessedScan(analyse(other)))
    return ExportContent(Path("x"), Study("DOE^JANE", [one.scan for one in scans]), scans, ("heatmap",))


def written(content: ExportContent, name: str, folder: Path, first: bool = False) -> Path:
    scans = content.scans[:1] if first else content.scans
    path = FORMATS[name].write(replace(content, target=folder / f"x.{FORMATS[name].suffix}", scans=scans))
    if name != "npz":  # compressed; its texts are looked at where they are read
        assert not any(secret in path.read_text(encoding="utf-8") for secret in SECRETS)
    return path


def test_an_archive_holds_layers_affines_and_provenance(content: ExportContent, tmp_path: Path) -> None:
    one = content.scans[0]
    with np.load(written(content, "npz", tmp_path, first=True), allow_pickle=False) as held:
        facts = json.loads(held["facts"].tobytes())
        np.testing.assert_array_equal(held["heatmap_breast"], one.assessment.heatmap.values)
        assert held["saliency"].shape == (450, 300)
        assert held["um_per_px"].tolist() == [200.0, 200.0]
        # The affine maps the highest cell to the place of a finding.
        row, column = np.unravel_index(held["heatmap_breast"].argmax(), (32, 32))
        x, y, _ = held["heatmap_breast_affine"] @ (column + 0.5, row + 0.5, 1)
        assert min(np.hypot(x - place[0], y - place[1]) for place in PLACES) < 12
    assert facts["provenance"]["models"] == MODELS
    assert facts["thresholds"]["tau"] == 0.4 and facts["scan"]["spacing_source"] == "assumed"
    assert not any(secret in json.dumps(facts) for secret in SECRETS)
    with pytest.raises(MammoviewError, match="was not assessed"):
        FORMATS["npz"].write(replace(content, target=tmp_path / "y.npz", scans=content.scans[1:]))


def test_coco_has_boxes_and_polygons_with_scores_and_sources(content: ExportContent, tmp_path: Path) -> None:
    path = written(content, "coco", tmp_path)
    coco = pytest.importorskip("pycocotools.coco").COCO(path)
    assert [coco.cats[number]["name"] for number in coco.getCatIds()] == list(CATEGORIES)
    first, second = coco.getImgIds()
    assert (coco.imgs[first]["width"], coco.imgs[first]["height"]) == (300, 450)
    assert coco.imgs[first]["um_per_px"] == [200, 200] and coco.imgs[second]["um_per_px"] is None
    assert [coco.imgs[number]["assessed"] for number in (first, second)] == [True, False]
    outlines = coco.loadAnns(coco.getAnnIds(imgIds=[first], catIds=[1]))
    assert outlines[0]["bbox"] == [70, 180, 40, 40] and outlines[0]["area"] == 1600
    assert (outlines[0]["source"], outlines[0]["drawn_by"], outlines[0]["pathology"]) == (
        "DDSM",
        "radiologist",
        "MALIGNANT",
    )
    assert outlines[1]["source"] == "other file"
    mask = coco.annToMask(outlines[0])
    assert mask.shape == (450, 300) and mask[180:220, 70:110].all() and mask.sum() == 1600
    findings = coco.loadAnns(coco.getAnnIds(imgIds=[first], catIds=[2]))
    assert [found["score"] for found in findings] == [0.8, pytest.approx(0.7)]
    for found, (column, row) in zip(findings, PLACES, strict=True):
        assert coco.annToMask(found)[int(row), int(column)]
        left, top, width, height = found["bbox"]
        assert left < column < left + width and top < row < top + height
    assert coco.dataset["info"]["models"] == MODELS and coco.dataset["info"]["thresholds"]["heatmap"] == 0.4
    assert not coco.getAnnIds(imgIds=[second])


def test_coco_says_that_its_places_are_those_of_the_stored_pixels(content: ExportContent, tmp_path: Path) -> None:
    """The right breast is stored with its wall to the left, so that exported pictures are flipped."""
    pixels = breast_pixels(450, 300, Side.LEFT)
    pixels[180:220, 70:110] = 5000
    scan = scan_of(pixels, Laterality.R)
    scan.outlines = (box(70, 180, 110, 220, source="DDSM"),)
    flipped = replace(content, scans=(AssessedScan(analyse(scan)),))
    reported = coco(flipped)
    (image,), (outline,) = reported["images"], reported["annotations"]
    assert image["coordinates"].startswith("stored pixels of the source file")
    assert "exported_picture.from_stored" in image["coordinates"] and outline["bbox"] == [70, 180, 40, 40]
    assert image["exported_picture"]["from_stored"] == [[-1, 0, 300], [0, 1, 0]]
    png = replace(flipped, target=tmp_path / "x.png", options=ExportOptions(grey=Grey.STORED))
    picture = np.asarray(Image.open(FORMATS["png"].write(png)))
    assert picture.shape == (image["exported_picture"]["height"], image["exported_picture"]["width"])
    corners = np.array(outline["segmentation"][0]).reshape(-1, 2)
    placed = np.c_[corners, np.ones(len(corners))] @ np.array(image["exported_picture"]["from_stored"]).T
    (left, top), (right, bottom) = placed.min(0).astype(int), placed.max(0).astype(int)
    assert (picture[top:bottom, left:right] == 5000).all() and (picture == 5000).sum() == 1600
    # With captions below it, a narrow picture has a margin.
    captioned = np.asarray(Image.open(FORMATS["png"].write(replace(png, options=ExportOptions()))).convert("L"))
    placed = np.c_[corners, np.ones(len(corners))] @ np.array(image["captioned_picture"]["from_stored"]).T
    column, row = placed.min(0).astype(int)
    assert captioned.shape[1] == image["captioned_picture"]["width"] == 720 and column == left + 210
    square = captioned[row : row + 40, column : column + 40]
    beside = captioned[row : row + 40, [column - 8, column + 47]]
    assert square[5:-5, 5:-5].min() > 240 > beside.max()
    # Exported pictures open with the outlines at their places, and without the findings of the models.
    findings = {"id": 9, "image_id": 1, "category_id": 2, "bbox": [1, 1, 9, 9], "score": 0.9}
    reported["annotations"].append(findings)
    for options, of, more in ((png.options, "exported_picture", ""), (ExportOptions(), "captioned_picture", "-grid")):
        place = tmp_path / of
        place.mkdir()
        FORMATS["png"].write(replace(png, target=place / f"{image['file_name']}{more}.png", options=options))
        (place / "study.coco.json").write_text(json.dumps(reported))
        ((again,),) = (study.scans for study in open_study(place))
        (drawn,) = again.outlines
        placed = np.c_[corners, np.ones(len(corners))] @ np.array(image[of]["from_stored"]).T
        assert drawn.box == (*placed.min(0), *placed.max(0)) and drawn.source == "DDSM"


def test_coco_says_of_each_scan_whether_it_is_normal(content: ExportContent, tmp_path: Path) -> None:
    outlined, bare = content.scans
    normal = replace(scan_of(breast_pixels(450, 300, Side.RIGHT) + 1, Laterality.R), facts={"finding": "NORM"})
    lost = replace(normal, warnings=["finding without a position: ASYM"])
    findings = assessed(normal, *PLACES)
    scans = (outlined, bare, AssessedScan(analyse(normal), findings), AssessedScan(analyse(lost)))
    made = coco(replace(content, scans=scans))
    assert [image["finding_status"] for image in made["images"]] == ["outlined", "not known", "normal", "not known"]
    # Read back, only the one that surely is normal counts as such.
    for one, image in zip(scans, made["images"], strict=True):
        image["file_name"] = f"{image['id']}.png"
        Image.fromarray(one.scan.pixels.astype(np.uint16)).save(tmp_path / image["file_name"])
    (tmp_path / "x.coco.json").write_text(json.dumps(made))
    read = {scan.path.name: finding_status(scan).value for study in open_study(tmp_path) for scan in study.scans}
    assert read == {"1.png": "outlined", "2.png": "not known", "3.png": "normal", "4.png": "not known"}


def test_a_table_has_a_line_for_each_finding_and_outline(content: ExportContent, tmp_path: Path) -> None:
    with written(content, "csv", tmp_path).open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["what"] for line in lines] == ["finding", "finding", "outline", "outline", "not assessed"]
    assert float(lines[0]["x_mm"]) == pytest.approx(18) and float(lines[0]["um_per_row"]) == 200
    assert "tissue-200um:1.0:0123456789abcdef" in lines[0]["models"] and "grid_200um=0.6" in lines[0]["thresholds"]
    assert lines[2]["drawn_by"] == "radiologist" and lines[2]["left"] == "70.0"
    assert lines[4]["um_per_row"] == "" and lines[4]["spacing_source"] == "unknown"
    assert lines[0]["scan"].startswith("scan_L_CC-")


def test_an_overlay_is_read_by_our_reader(content: ExportContent, tmp_path: Path) -> None:
    path = written(content, "overlay", tmp_path, first=True)
    back = parse_overlay(path.read_text(), path).outlines
    assert len(back) == 2 and back[0].pathology == "MALIGNANT" and back[0].assessment == 5
    assert back[0].box == pytest.approx((70.5, 180.5, 110.5, 220.5))
    with pytest.raises(MammoviewError, match="has no outlines"):
        FORMATS["overlay"].write(replace(content, target=tmp_path / "y.OVERLAY", scans=content.scans[1:]))


def test_the_outline_of_a_mark_runs_along_its_cells() -> None:
    values = np.zeros((8, 8), np.float32)
    values[2:4, 3:6] = 1
    heatmap = Layer(values, Affine(10, 10, 100, 200))
    points = mark_outline(heatmap, 145, 225)
    assert points.min(0) == pytest.approx((130, 220), abs=2.6) and points.max(0) == pytest.approx((160, 240), abs=2.6)
    lone = mark_outline(heatmap, 105, 205)
    assert lone.tolist() == [[100, 200], [110, 200], [110, 210], [100, 210]]


def test_the_box_of_a_finding_ends_with_the_scan(content: ExportContent) -> None:
    scan = content.scans[0].scan
    analysis = content.scans[0].analysis
    at_the_edge = AssessedScan(analysis, assessed(scan, (4.0, 224.0), analysis=analysis))
    (found,) = [one for one in coco(replace(content, scans=(at_the_edge,)))["annotations"] if one["category_id"] == 2]
    left, top, width, height = found["bbox"]
    assert left == 0 and top > 0 and left + width <= 300 and top + height <= 450


def test_ten_thousand_outlines_are_written(content: ExportContent, tmp_path: Path) -> None:
    scan = scan_of(breast_pixels(300, 200))
    scan.outlines = tuple(box(i % 150, i % 250, i % 150 + 9, i % 250 + 9, source="DDSM") for i in range(10_000))
    many = replace(content, scans=(AssessedScan(analyse(scan)),))
    for name in ("coco", "csv"):
        path = FORMATS[name].write(replace(many, target=tmp_path / f"x.{FORMATS[name].suffix}"))
        assert path.stat().st_size > 100_000
    assert len(json.loads((tmp_path / "x.coco.json").read_text())["annotations"]) == 10_000


def test_a_full_disk_leaves_no_half_file(
    content: ExportContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    monkeypatch.setattr(np, "savez_compressed", full)
    for name in ("coco", "csv", "npz"):
        with pytest.raises(MammoviewError, match=r"cannot be written \(No space left on device\)"):
            written(content, name, tmp_path, first=True)
    assert not list(tmp_path.iterdir())
