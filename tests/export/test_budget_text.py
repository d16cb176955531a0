"""Every kind of export that holds thresholds states the budget of false marks that they follow, in words."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset

from mammoview.assess.results.assessment import Assessment
from mammoview.core.settings import load
from mammoview.display.layers.registry import STYLES
from mammoview.export.captions import captions
from mammoview.export.dicom.cad_report import cad_reports
from mammoview.export.dicom.measurement_report import measurement_reports
from mammoview.export.dicom.presentation_state import presentation_states
from mammoview.export.dicom.secondary_capture import secondary_captures
from mammoview.export.dicom.segmentation import maps_segmentation, marks_segmentation
from mammoview.export.dicom.source import DicomSource
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, FigureKind
from mammoview.export.formats import FORMATS
from mammoview.study.scan import Study
from tests.export.dicom.sources import PLACE, draw, open_scan, source_of, stored, write_mammogram
from tests.support.operating_curves import CURVES

BUDGET = "0.5 false marks per normal view"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> DicomSource:
    """A mammogram whose models have operating curves."""
    scan = open_scan(write_mammogram(tmp_path_factory.mktemp("budget")))
    draw(scan)
    return budgeted(source_of(scan, PLACE), 0.5)


def budgeted(source: DicomSource, budget: float) -> DicomSource:
    assert source.assessment is not None
    marks = tuple(replace(mark, score=0.9) for mark in source.assessment.marks)
    made = replace(source.assessment, marks=marks, curves=CURVES)
    return DicomSource(source.analysis, source.header, assessment=made.at_budget(budget))


@pytest.fixture(scope="module")
def content(source: DicomSource) -> ExportContent:
    one = AssessedScan(source.analysis, source.assessment)
    return ExportContent(Path("x"), Study("", [source.scan]), (one,), ("heatmap", "outlines"))


def test_tables_and_archives_have_it_as_a_number(content: ExportContent, tmp_path: Path) -> None:
    def written(name: str, scans: tuple[AssessedScan, ...] = content.scans) -> Path:
        return FORMATS[name].write(replace(content, target=tmp_path / f"x.{FORMATS[name].suffix}", scans=scans))

    rows = list(csv.DictReader(io.StringIO(written("csv").read_text("utf-8"))))
    assert {row["false_marks_per_normal_view"] for row in rows if row["what"] == "finding"} == {"0.5"}
    assert json.loads(written("coco").read_text("utf-8"))["info"]["false_marks_per_normal_view"] == 0.5
    with np.load(written("npz")) as held:
        assert json.loads(held["facts"].tobytes())["false_marks_per_normal_view"] == 0.5
    # Models without a measured curve follow none.
    (one,) = content.scans
    assert one.assessment is not None
    plain = replace(one, assessment=replace(one.assessment, budget=None))
    rows = list(csv.DictReader(io.StringIO(written("csv", (plain,)).read_text("utf-8"))))
    assert {row["false_marks_per_normal_view"] for row in rows} == {""}


def test_pictures_say_it_below_and_in_their_metadata(content: ExportContent, tmp_path: Path) -> None:
    (one,) = content.scans
    assert any(BUDGET in line for line in captions(one.analysis, one.assessment, list(STYLES)).lines)
    assert not any(BUDGET in line for line in captions(one.analysis, one.assessment, ("outlines",)).lines)
    for figure in (FigureKind.SCAN, FigureKind.PANELS):
        target = tmp_path / f"{figure}.png"
        FORMATS["png"].write(replace(content, target=target, options=ExportOptions(figure, dpi=60)))
        with Image.open(target) as picture:
            assert BUDGET in picture.text["Thresholds"]


def test_dicom_objects_say_it_in_their_parameters(source: DicomSource) -> None:
    objects: dict[str, Dataset | None] = {
        "sr": measurement_reports([source])[-1],
        "cad": cad_reports([source])[0],
        "marks": marks_segmentation(source),
        "maps": maps_segmentation(source),
        "gsps": presentation_states([source])[0],
        "sc": secondary_captures([source], ("heatmap", "grid", "outlines"))[0],
    }
    for name, made in objects.items():
        assert made is not None and BUDGET in stored(made), name
    maps, state, capture = objects["maps"], objects["gsps"], objects["sc"]
    assert maps is not None and state is not None and capture is not None
    said = {
        str(segment.SegmentLabel): str(segment.SegmentationAlgorithmIdentificationSequence[0].AlgorithmParameters)
        for segment in maps.SegmentSequence
    }
    assert BUDGET in said["heatmap"] and "threshold=0.6" in said["heatmap"] and BUDGET not in said["heatmap_baseline"]
    layers = {layer.GraphicLayer: layer.get("GraphicLayerDescription", "") for layer in state.GraphicLayerSequence}
    assert layers["MARKS"] == f"Findings from 0.600 on, {BUDGET}" and layers["OUTLINES"] == ""
    assert len(capture.DerivationDescription) <= 1024


def test_another_budget_is_another_object_even_where_its_thresholds_are_the_same(source: DicomSource) -> None:
    other = DicomSource(source.analysis, source.header, assessment=replace(source.assessment, budget=1.0))
    assert measurement_reports([other])[-1].SOPInstanceUID != measurement_reports([source])[-1].SOPInstanceUID


@pytest.mark.parametrize(("asked", "taken"), [(0.01, 0.25), (0.3, 0.3), (2.0, 2.0), (9.5, 2.0)])
def test_budgets_beyond_those_that_can_be_chosen_are_the_nearest(
    source: DicomSource, fresh_settings: Path, asked: float, taken: float
) -> None:
    assert source.assessment is not None
    made: Assessment = source.assessment.at_budget(asked)
    assert made.budget == taken and made.least == source.assessment.at_budget(taken).least
    fresh_settings.mkdir(exist_ok=True)
    (fresh_settings / "settings.json").write_text(json.dumps({"version": 3, "false_marks": asked}))
    own, problem = load()
    assert (own.false_marks, problem) == (taken, "")


def test_written_objects_are_read_again(content: ExportContent, tmp_path: Path, fresh_data_folder: Path) -> None:
    kind = FORMATS["sr"]
    kind.write(replace(content, target=tmp_path / "x.sr.dcm", options=ExportOptions(kind.figures[0])))
    assert any(BUDGET in stored(dcmread(file)) for file in tmp_path.glob("*.dcm"))
