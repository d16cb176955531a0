"""Data sets in other formats: stored values read back bit by bit, outlines, spacing, names, and what goes on."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from mammoview.assess.results.content_keys import content_key
from mammoview.cli.command_line import main
from mammoview.core.errors import MammoviewError
from mammoview.export.conversion import COLUMNS, ConversionPlan, convert, mask_of
from mammoview.export.conversion_formats import OutlineFormat, PictureFormat
from mammoview.export.conversion_lists import EarlierLists
from mammoview.formats.datasets.cbis_masks import scaled_to
from mammoview.formats.datasets.coco_facts import FACTS
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import OutlineKind, Scan
from mammoview.study.spacing import SpacingSource
from tests.formats.datasets.test_cbis import write_mask
from tests.formats.datasets.test_ddsm import case, lossless
from tests.formats.datasets.test_mini_mias import folder
from tests.support.dicom_oracles import conformance_errors
from tests.support.ljpeg_encoder import film


@pytest.fixture
def ddsm(tmp_path: Path) -> Path:
    """A case with one lossless picture, with three outlines."""
    root = case(tmp_path / "case")
    pixels = film(400, 320, 12)
    pixels[60:340, 40:280] += 900  # a breast that can be found
    lossless(root, "LEFT_MLO", pixels.clip(0, 4095).astype(np.uint16))
    return root


def stored(file: Path) -> NDArray[np.generic]:
    """Read a picture without Mammoview."""
    if file.suffix == ".dcm":
        return pydicom.dcmread(file).pixel_array
    return tifffile.imread(file) if file.suffix == ".tif" else np.asarray(Image.open(file))


def converted(data: Path, out: Path, to: str, *words: str) -> list[dict[str, str]]:
    """Run the command, and return the lines of its table with a picture."""
    main(["convert", str(data), "-o", str(out), "--to", to, *words])
    with (out / "conversion.csv").open(newline="", encoding="utf-8") as file:
        return [line for line in csv.DictReader(file) if line["state"] != "failed"]


def lesion_view(data: Path) -> Scan:
    return next(scan for study in open_study(data) for scan in study.scans if scan.outlines)


@pytest.mark.parametrize("to", list(PictureFormat))
def test_stored_values_of_a_ddsm_case_are_read_back_bit_by_bit(ddsm: Path, tmp_path: Path, to: PictureFormat) -> None:
    (line,) = converted(ddsm, tmp_path / "out", to.value)
    scan = lesion_view(ddsm)
    pixels = stored(tmp_path / "out" / line["file"])
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, scan.pixels)
    assert line["file"].startswith("B_3001_1_L_MLO-") and line["source"] == "B_3001_1.LEFT_MLO.LJPEG"
    assert (line["um_per_row"], line["spacing_source"], line["bits"]) == ("50.0", "digitizer", "12")
    (again,) = open_study(tmp_path / "out" / line["file"])[0].scans
    np.testing.assert_array_equal(again.pixels, scan.pixels)
    assert again.name == "L MLO"
    if to is PictureFormat.DICOM:
        assert again.spacing.row_mm == 0.05 and again.spacing.source is SpacingSource.NOMINAL
        made = pydicom.dcmread(tmp_path / "out" / line["file"])
        assert made.ImageComments == "DDSM; spacing: digitizer" and made.StudyDate == "19960702"
        assert (made.BitsStored, made.PatientID) == (12, "B_3001_1")
        assert conformance_errors(tmp_path / "out" / line["file"]) == []
    if to is PictureFormat.PNG:
        assert Image.open(tmp_path / "out" / line["file"]).info["dpi"] == pytest.approx((508, 508), abs=0.01)


def test_a_dicom_image_has_its_films_calibration_and_scanner_from_the_coco_file(ddsm: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    (line,) = converted(ddsm, out, "dicom", "--outlines", "coco")
    source = lesion_view(ddsm)
    for path in (out, out / line["file"]):
        scan = lesion_view(path)
        assert scan.spacing == source.spacing and scan.grey.density == source.grey.density is not None
        assert scan.grey == source.grey and scan.pixel_hash == source.pixel_hash
        assert scan.facts["model"] == scan.facts["digitizer"] == source.facts["digitizer"]
        assert "manufacturer" not in scan.facts
    assert conformance_errors(out / line["file"]) == []
    # The same by way of a PNG, whose spacing and calibration the COCO file states.
    converted(ddsm, tmp_path / "png", "png", "--outlines", "coco")
    (line,) = converted(tmp_path / "png", again, "dicom", "--outlines", "coco")
    assert pydicom.dcmread(again / line["file"]).NominalScannedPixelSpacing == [0.05, 0.05]
    assert conformance_errors(again / line["file"]) == []
    assert lesion_view(again).grey == scan.grey and lesion_view(again).spacing == source.spacing
    # Words of a COCO file become one value each, however they are written.
    (reported,) = (tmp_path / "png").glob("*.json")
    document = json.loads(reported.read_text())
    document["images"][0]["facts"] |= {"manufacturer": "A\\B\nC" * 30, "digitizer": "D\\E\nF" * 30}
    reported.write_text(json.dumps(document))
    (line,) = converted(tmp_path / "png", tmp_path / "long", "dicom")
    named = pydicom.dcmread(tmp_path / "long" / line["file"])
    assert (named.Manufacturer, named.ManufacturerModelName) == (("A/B C" * 30)[:63], ("D/E F" * 30)[:63])
    assert conformance_errors(tmp_path / "long" / line["file"]) == []
    # A header with greys of its own is believed.
    made = pydicom.dcmread(out / line["file"])
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = -1, 4095, "US"
    made.save_as(out / line["file"])
    assert lesion_view(out).grey.density is None


def test_what_was_compressed_lossily_says_so_in_dicom(ddsm: Path, tmp_path: Path) -> None:
    pixels = (lesion_view(ddsm).pixels >> 4).astype(np.uint8)
    (ddsm / "B_3001_1.LEFT_MLO.LJPEG").unlink()
    Image.fromarray(pixels).save(ddsm / "B_3001_1.LEFT_MLO.jpg")
    out = tmp_path / "out"
    (line,) = converted(ddsm, out, "dicom", "--outlines", "seg")
    for name in (line["file"], line["outline_files"]):
        made = pydicom.dcmread(out / name)
        assert made.LossyImageCompression == "01" and made.LossyImageCompressionMethod == "ISO_10918_1"
        assert conformance_errors(out / name) == []


def test_an_assumed_spacing_stays_assumed_in_dicom(tmp_path: Path) -> None:
    out, data = tmp_path / "out", folder(tmp_path / "mias", (1,), size=1024)
    (line,) = converted(data, out, "dicom")
    (scan,) = open_study(data)[0].scans
    assert scan.spacing.source is SpacingSource.ASSUMED and line["spacing_source"] == "assumed"
    made = pydicom.dcmread(out / line["file"])
    assert made.ImageComments == "mini-MIAS; spacing: assumed, 200 x 200 um per pixel"
    assert not {"NominalScannedPixelSpacing", "PixelSpacing", "ImagerPixelSpacing"} & {one.keyword for one in made}
    assert conformance_errors(out / line["file"]) == []
    (again,) = open_study(out / line["file"])[0].scans
    assert again.spacing == scan.spacing
    assert any(text.startswith("spacing assumed: the file says so, 200 x 200 um") for text in again.warnings)


def test_views_without_a_picture_are_listed_and_do_not_stop_the_others(
    ddsm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(ddsm), "-o", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1 and "3 failed, 4 scans were found" in printed.err
    with (tmp_path / "out" / "conversion.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert sum("the picture of this view is missing" in line["warnings"] for line in lines) == 3


def test_a_second_run_goes_on_and_overwrites_nothing(ddsm: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (line,) = converted(ddsm, out, "png", "--outlines", "json")
    picture, outlines = out / line["file"], out / line["outline_files"]
    picture.write_bytes(b"mine")
    outlines.unlink()
    (line,) = converted(ddsm, out, "png", "--outlines", "json")
    assert line["state"] == "converted" and picture.read_bytes() == b"mine" and outlines.is_file()
    (line,) = converted(ddsm, out, "png", "--outlines", "json")
    assert line["state"] == "already there"
    (line,) = converted(ddsm, out, "png", "--outlines", "json", "--overwrite")
    assert line["state"] == "converted"
    np.testing.assert_array_equal(stored(picture), lesion_view(ddsm).pixels)
    assert not [file for file in out.iterdir() if file.name.startswith(".")]


def test_what_was_killed_half_way_is_finished(ddsm: Path, tmp_path: Path) -> None:
    """A run that is stopped between two scans leaves whole files alone, and the next one writes the rest."""
    (study,) = open_study(ddsm)
    study.scans = [scan for scan in study.scans if scan.outlines] * 2
    plan = ConversionPlan(ddsm, [study], tmp_path, PictureFormat.PNG, OutlineFormat.MASKS)
    next(convert(plan))
    first = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    states = [one.state.value for one in convert(plan)]
    assert states == ["already there", "already there"]
    assert {file: file.read_bytes() for file in first} == first


def test_outlines_as_json_come_back_as_they_were(ddsm: Path, tmp_path: Path) -> None:
    (line,) = converted(ddsm, tmp_path / "out", "png", "--outlines", "json")
    before, after = lesion_view(ddsm).outlines, lesion_view(tmp_path / "out" / line["file"]).outlines
    assert len(after) == 3
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=1e-3)
        assert (one.kind, one.lesion_type, one.pathology, one.assessment, one.subtlety, one.source) == (
            other.kind,
            other.lesion_type,
            other.pathology,
            other.assessment,
            other.subtlety,
            other.source,
        )


def test_circles_of_mini_mias_stay_circles(tmp_path: Path) -> None:
    data = folder(tmp_path / "mias", (1, 3), size=1024)
    lines = converted(data, tmp_path / "out", "png", "--outlines", "json")
    first = next(line for line in lines if line["outlines"] == "1")
    assert stored(tmp_path / "out" / first["file"]).dtype == np.uint16 and first["stored_type"] == "uint8"
    (outline,) = lesion_view(tmp_path / "out" / first["file"]).outlines
    assert outline.kind is OutlineKind.CIRCLE
    assert outline.centroid == pytest.approx((535, 599), abs=1e-2)
    held = json.loads((tmp_path / "out" / first["outline_files"]).read_text())["outlines"][0]
    assert held["circle"] == [535, 599, 197] and held["source"] == "mini-MIAS"


def test_coco_has_every_picture_and_outline_of_the_folder_also_after_a_second_run(ddsm: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        (line,) = converted(ddsm, out, "tiff", "--outlines", "coco")
        reported = json.loads((out / "coco.json").read_text())
        assert [image["file_name"] for image in reported["images"]] == [line["file"]]
        assert reported["images"][0]["patient"] == "B_3001_1" and reported["images"][0]["um_per_row"] == 50
        assert len(reported["annotations"]) == 3
        for one, outline in zip(reported["annotations"], lesion_view(ddsm).outlines, strict=True):
            points = np.array(one["segmentation"][0]).reshape(-1, 2)
            np.testing.assert_allclose(points, outline.points, atol=0.01)
            assert one["pathology"] == outline.pathology


@pytest.mark.parametrize("to", ["png", "tiff"])
def test_with_its_coco_file_a_converted_data_set_is_read_as_it_was(ddsm: Path, tmp_path: Path, to: str) -> None:
    """Pixels, how they are read, spacing and outlines are the same: so are the models' results, and what counts."""
    mias, out = folder(tmp_path / "mias", (1, 3), size=1024), tmp_path / "out"
    for data in (ddsm, mias):
        converted(data, out, to, "--outlines", "coco")
    before = {study.patient: scan for data in (ddsm, mias) for study in open_study(data) for scan in study.scans}
    before["B_3001_1"] = lesion_view(ddsm)  # the only one with a picture
    after = {study.patient: scan for study in open_study(out) for scan in study.scans}
    assert before.keys() == after.keys() and len(before) == 3
    for patient, scan in before.items():
        again = after[patient]
        assert content_key(again) == content_key(scan)
        assert (again.name, again.grey.bits, again.warnings) == (scan.name, scan.grey.bits, scan.warnings)
        reported = {name: scan.facts[name] for name in ("data set", *FACTS) if name in scan.facts}
        assert reported.items() <= again.facts.items() and reported
        for one, other in zip(again.outlines, scan.outlines, strict=True):
            assert (one.assessment, one.subtlety) == (other.assessment, other.subtlety)


def test_lists_keep_the_pictures_of_runs_over_other_parts(ddsm: Path, tmp_path: Path) -> None:
    out, mias = tmp_path / "out", folder(tmp_path / "mias", (1, 3))
    converted(ddsm, out, "png", "--outlines", "coco")
    lines = converted(mias, out, "png", "--outlines", "coco")
    assert sorted({line["data_set"] for line in lines}) == ["DDSM", "mini-MIAS"] and len(lines) == 3
    reported = json.loads((out / "coco.json").read_text())
    assert [one["file_name"] for one in reported["images"]] == sorted(line["file"] for line in lines)
    assert [one["id"] for one in reported["annotations"]] == [1, 2, 3, 4]
    held = {one["id"]: one for one in reported["images"]}
    assert sum(held[one["image_id"]]["data_set"] == "DDSM" for one in reported["annotations"]) == 3
    next(out.glob("B_3001*.png")).unlink()
    assert {line["data_set"] for line in converted(mias, out, "png", "--outlines", "coco")} == {"mini-MIAS"}


@pytest.mark.parametrize("name", ["conversion.csv", "coco.json"])
def test_lists_of_other_origin_are_never_overwritten(
    name: str, ddsm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"images": []}')
    assert main(["convert", str(ddsm), "-o", str(tmp_path / "out"), "--outlines", "coco"]) == 2
    assert f"{name}: a file of this name holds something else" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "out").iterdir()] == [name]


@pytest.mark.parametrize("lines", [None, COLUMNS, ("file", "other")])
def test_of_two_lists_the_one_that_is_not_ours_is_named(lines: Sequence[str] | None, tmp_path: Path) -> None:
    if lines is not None:
        (tmp_path / "conversion.csv").write_text(",".join(lines) + "\n")
    for content in ("{", "[]", '{"images": []}'):
        (tmp_path / "coco.json").write_text(content)
        with pytest.raises(MammoviewError) as refused:
            EarlierLists.of(tmp_path)
        assert refused.value.path == tmp_path / ("coco.json" if lines in (None, COLUMNS) else "conversion.csv")


def test_masks_hold_the_pixels_whose_centres_lie_inside(ddsm: Path, tmp_path: Path) -> None:
    (line,) = converted(ddsm, tmp_path / "out", "png", "--outlines", "masks")
    scan = lesion_view(ddsm)
    names = line["outline_files"].split()
    assert len(names) == 3
    for name, outline in zip(names, scan.outlines, strict=True):
        mask = stored(tmp_path / "out" / name)
        assert mask.shape == (scan.rows, scan.columns) and set(np.unique(mask)) <= {0, 255}
        np.testing.assert_array_equal(mask > 0, mask_of(scan, outline))


def test_a_segmentation_refers_to_the_converted_image_and_opens_on_it(ddsm: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (line,) = converted(ddsm, out, "dicom", "--outlines", "seg")
    image, made = pydicom.dcmread(out / line["file"]), pydicom.dcmread(out / line["outline_files"])
    assert made.Modality == "SEG" and made.NumberOfFrames <= 3
    referred = made.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID
    assert referred == image.SOPInstanceUID
    (scan,) = open_study(out)[0].scans
    assert scan.marks
    frames = made.pixel_array.reshape(-1, scan.rows, scan.columns)
    for frame, outline in zip(frames, lesion_view(ddsm).outlines, strict=True):
        np.testing.assert_array_equal(frame > 0, mask_of(scan, outline))


def test_a_segmentation_needs_a_dicom_image(ddsm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(ddsm), "-o", str(tmp_path / "out"), "--outlines", "seg"]) == 2
    assert "Use --to dicom" in capsys.readouterr().err


def test_pictures_of_no_known_data_set_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own").mkdir()
    Image.fromarray(np.full((300, 300), 7, np.uint8)).save(tmp_path / "own" / "Doe_L_CC.png")
    assert main(["convert", str(tmp_path / "own"), "-o", str(tmp_path / "out")]) == 2
    assert "none of the data sets" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["conversion.csv"]


def test_a_mask_at_another_size_is_scaled_and_one_of_another_shape_is_not() -> None:
    mask = np.zeros((100, 60), bool)
    mask[20:40, 30:45] = True
    larger = scaled_to(mask, 500, 300)
    np.testing.assert_array_equal(larger, mask.repeat(5, 0).repeat(5, 1))
    np.testing.assert_array_equal(scaled_to(larger, 100, 60), mask)
    assert scaled_to(mask, 100, 62) is None and scaled_to(mask, 60, 100) is None


def test_a_mask_of_cbis_at_another_size_is_mended_and_listed(tmp_path: Path) -> None:
    name = "Mass-Training_P_00001_LEFT_CC"
    for folder_name, file, size in ((name, "1-1.dcm", (400, 300)), (f"{name}_1", "1-1.dcm", (800, 600))):
        pixels = np.zeros(size, np.uint8)
        if folder_name == name:
            pixels[:] = np.arange(300)[None] % 200 + 20
        else:
            pixels[200:400, 160:320] = 255
        path = tmp_path / "data" / folder_name / "1" / "2" / file
        write_mask(path, pixels)
        header = pydicom.dcmread(path)
        header.PatientID = folder_name
        header.StudyInstanceUID = header.SeriesInstanceUID = "1.2.3"
        header.PatientOrientation = "CC"
        header.save_as(path)
    (line,) = converted(tmp_path / "data", tmp_path / "out", "png", "--outlines", "masks")
    assert line["data_set"] == "CBIS-DDSM" and line["patient"] == "P_00001" and line["spacing_source"] == "assumed"
    assert "has another size than the picture, and is scaled to it" in line["warnings"]
    mask = stored(tmp_path / "out" / line["outline_files"]) > 0
    assert mask.shape == (400, 300) and mask.sum() == pytest.approx(100 * 80, rel=0.02)


def test_real_pictures_keep_their_values(shared_data: Path, tmp_path: Path) -> None:
    """One real view of mini-MIAS, and the real lossless picture of DDSM as far as its file reaches."""
    for source in (shared_data / "mini_mias" / "images" / "mdb001.png", shared_data / "ddsm_ljpeg"):
        if not source.exists():
            continue
        (line,) = converted(source, tmp_path / source.name, "tiff", "--outlines", "json")
        (scan,) = open_study(source)[0].scans
        np.testing.assert_array_equal(stored(tmp_path / source.name / line["file"]), scan.pixels)
