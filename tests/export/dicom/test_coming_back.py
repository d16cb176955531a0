"""Our own objects, and those of others, open as layers of the scans that they are about."""

from __future__ import annotations

import zipfile
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet
from pydicom.sr.codedict import codes

import mammoview
from mammoview.display.layers.drawing import Path as DrawnPath
from mammoview.display.layers.layer_type import LayerContext
from mammoview.display.layers.registry import LAYERS, STYLES
from mammoview.export.dicom.measurement_report import measurement_reports
from mammoview.export.dicom.presentation_state import presentation_states
from mammoview.export.dicom.secondary_capture import secondary_captures
from mammoview.export.dicom.segmentation import segmentations
from mammoview.export.dicom.source import DicomSource
from mammoview.export.dicom.writing import write_objects
from mammoview.export.regions import enclosed
from mammoview.formats.inspection.describe import describe, description_lines
from mammoview.records.reader_report import Verdict
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import Scan
from tests.export.dicom.sources import PLACE, TRIANGLE, draw, open_scan, source_of, write_mammogram
from tests.support.phantoms import breast_pixels

OTHER = (100.0, 180.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("back")


@pytest.fixture(scope="module")
def source(folder: Path) -> DicomSource:
    scan = open_scan(write_mammogram(folder))
    draw(scan)
    verdict = Verdict(scan.pixel_hash, "L CC", *PLACE, 0.8, True)
    return source_of(scan, PLACE, OTHER, judged={1: verdict})


@pytest.fixture(scope="module")
def opened(folder: Path, source: DicomSource) -> Scan:
    """The scan, with all kinds of objects beside it."""
    write_objects(measurement_reports([source], "Reader^Rose"), folder / "report.dcm")
    write_objects(segmentations([source]), folder / "segments.dcm")
    write_objects(presentation_states([source]), folder / "state.dcm")
    (study,) = mammoview.open_study(folder)
    assert study.outside == []
    return study.scans[0]


def of(scan: Scan, origin: MarkOrigin) -> list[Mark]:
    return [mark for mark in scan.marks if mark.origin is origin]


def test_findings_of_a_report_lie_where_they_were(opened: Scan) -> None:
    marks = of(opened, MarkOrigin.REPORT)
    (verdict,) = (mark for mark in marks if mark.source == "Reader Rose")
    first, second = (mark for mark in marks if mark is not verdict)
    assert first.centre == pytest.approx(PLACE)
    assert second.centre == pytest.approx(OTHER)
    assert first.text.startswith("Selected region 0.8, Value of the fused heatmap at its peak 0.8")
    assert first.source.startswith("Mammoview ")
    assert verdict.centre == pytest.approx(PLACE)
    assert verdict.text == "Selected region, Verdict of the reader on a mark Accepted"


def test_segments_enclose_the_same_pixels(opened: Scan) -> None:
    segments = of(opened, MarkOrigin.SEGMENT)
    assert len(segments) == 4  # The segmentation of the marks lies there twice: for the report, and for itself.
    boundary, core, finding = (
        next(mark for mark in segments if mark.text.startswith(label)) for label in ("Boundary", "Core", "Finding 1")
    )
    for mark, points in ((boundary, TRIANGLE), (core, TRIANGLE + 40)):
        one, two = enclosed(mark.points, (600, 400)), enclosed(points, (600, 400))
        assert (one & two).sum() / (one | two).sum() > 0.98
    assert (boundary.text, boundary.source) == ("Boundary by a radiologist (malignant)", "drawn by hand")
    assert finding.text == "Finding 1, score 0.80"
    assert finding.source.startswith("Mammoview findings ")


def test_maps_have_the_values_of_the_models(opened: Scan, source: DicomSource) -> None:
    assert source.assessment is not None
    assert [one.name for one in opened.maps] == ["heatmap", "heatmap_baseline", "grid_200um", "grid_mean"]
    heatmap = opened.maps[0]
    assert heatmap.source.startswith("Mammoview heatmap")
    for column, row in (PLACE, OTHER, (30.5, 40.5), (250.5, 500.5)):
        want = source.assessment.heatmap.at(column, row) or 0
        assert heatmap.at(column, row) == pytest.approx(want, abs=0.5 / 255)


def test_outlines_of_a_state_are_the_same(opened: Scan) -> None:
    assert np.allclose(of(opened, MarkOrigin.STATE)[0].points, TRIANGLE, atol=1e-3)


def test_all_of_them_are_layers(opened: Scan) -> None:
    context = LayerContext(opened)
    report = LAYERS["sr"].describe(LAYERS["sr"].data(context), STYLES["sr"])
    assert [label.text for label in report.labels].count("Selected region 0.8") == 1
    for name, count in (("sr", 3), ("seg", 4)):
        layer = LAYERS[name]
        drawing = layer.describe(layer.data(context), STYLES[name])
        assert len(drawing.strokes[0].figures) == count
        assert len(drawing.labels) == count
    contours = [figure for strokes in drawing.strokes[1:] for figure in strokes.figures]
    assert all(isinstance(figure, DrawnPath) and figure.lines for figure in contours)
    (read,) = LAYERS["seg"].read_out(context, *PLACE)
    assert dict(read.values)["heatmap"] > 0.9
    # Labels of segments are free text, and hidden with the patient.
    hidden = LAYERS["seg"].describe(LAYERS["seg"].data(LayerContext(opened, patient_shown=False)), STYLES["seg"])
    assert hidden.labels == ()


def test_info_says_what_they_are(opened: Scan) -> None:
    from mammoview.study.scan import Study

    study = Study("", [opened])
    lines = "\n".join(description_lines([study]))
    assert "measurement report: Selected region 0.8" in lines
    assert "segmentation: map heatmap (Mammoview heatmap" in lines
    assert len(describe([study])["studies"][0]["scans"][0]["maps"]) == 4


def test_nothing_found_is_said_by_the_scan(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200)))
    write_objects(measurement_reports([source_of(scan)]), tmp_path / "report.dcm")
    again = mammoview.open_study(tmp_path)[0].scans[0]
    assert again.facts["report"].startswith("CAD Processing") or "without findings" in again.facts["report"]
    assert again.marks == ()


def test_they_are_found_in_a_zip_and_through_a_dicomdir(opened: Scan, folder: Path, tmp_path: Path) -> None:
    assert opened.marks
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in folder.glob("*.dcm"):
            archive.write(file, file.name)
    zipped = mammoview.open_study(tmp_path / "all.zip")[0].scans[0]
    medium = FileSet()
    for file in folder.glob("*.dcm"):
        if not file.name.startswith("report-SEG"):  # It is there as another file.
            medium.add(file)
    medium.write(tmp_path / "medium")
    listed = mammoview.open_study(tmp_path / "medium" / "DICOMDIR")[0].scans[0]
    for scan in (zipped, listed):
        assert sorted(mark.words for mark in scan.marks) == sorted(mark.words for mark in opened.marks)
        assert len(scan.maps) == 4


def test_an_annotated_picture_is_no_mammogram(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200)))
    write_objects(secondary_captures([source_of(scan, assess=False)], ("outlines",)), tmp_path / "picture.dcm")
    (study,) = mammoview.open_study(tmp_path)
    assert len(study.scans) == 1
    assert "annotated picture" in study.outside[0]


def others_segmentation(scan: Scan, header: Dataset) -> hd.seg.Segmentation:
    """Return a segmentation as another program makes it: a label, a legacy algorithm name, and no tracking."""
    mask = np.zeros((scan.rows, scan.columns), np.uint8)
    mask[100:140, 50:90] = 1
    about = hd.seg.SegmentDescription(
        1, "Mass", codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Lesion, "AUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence("Finder", codes.DCM.ArtificialIntelligence, "2.1"),
    )  # fmt: skip
    return hd.seg.Segmentation(
        [header], mask, "BINARY", [about], "1.2.9.1", 1, "1.2.9.2", 1, "Maker", "Finder", "2.1", "1"
    )


def test_a_segmentation_of_another_program_opens(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200)))
    source = source_of(scan, assess=False)
    others_segmentation(scan, source.header).save_as(tmp_path / "other.dcm")
    again = mammoview.open_study(tmp_path)[0].scans[0]
    (mark,) = again.marks
    assert (mark.text, mark.source) == ("Mass", "Finder 2.1")
    assert mark.centre == pytest.approx((70, 120))


def test_objects_about_pictures_that_are_not_here_say_so(tmp_path: Path, folder: Path, opened: Scan) -> None:
    assert opened.marks
    for name in ("report.dcm", "segments.dcm"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    write_mammogram(tmp_path, breast_pixels(300, 200))
    (study,) = mammoview.open_study(tmp_path)
    said = "\n".join(study.outside)
    assert "measurement report about pictures that are not here" in said
    assert "segmentation about pictures that are not here" in said


def test_a_damaged_segmentation_is_a_warning(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200)))
    made = others_segmentation(scan, source_of(scan, assess=False).header)
    made.PixelData = made.PixelData[:100]
    made.save_as(tmp_path / "other.dcm")
    again = mammoview.open_study(tmp_path)[0].scans[0]
    assert again.marks == ()
    assert any(line.startswith("segmentation: it is cut short") for line in again.warnings)


def test_a_segmentation_of_another_size_is_left_out(tmp_path: Path) -> None:
    scan = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200)))
    made = others_segmentation(scan, source_of(scan, assess=False).header)
    made.save_as(tmp_path / "other.dcm")
    write_mammogram(tmp_path, breast_pixels(320, 200), SOPInstanceUID=scan.identity.instance_uid)
    again = mammoview.open_study(tmp_path)[0].scans[0]
    assert again.marks == ()
    assert any("not those of the picture" in line for line in again.warnings)
