"""The examples of the documentation do what they say."""

from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pypdfium2
import pytest
from PIL import Image

import mammoview
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.results.comparison_table import comparison
from mammoview.core.settings import Settings
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.study.scan import Side
from tests.export.dicom.sources import write_mammogram
from tests.support.orthanc import asked, running_orthanc
from tests.support.phantoms import breast_pixels
from tests.support.small_models import small_bundle
from tests.support.timeouts import PATIENCE_MS

ROOT = Path(__file__).parents[2]


def example(name: str) -> SimpleNamespace:
    """The names that an example defines."""
    return SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "examples" / f"{name}.py")))


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    return Assessor("cpu", bundle=small_bundle(tmp_path_factory.mktemp("models")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two views of one woman."""
    made = tmp_path / "study"
    made.mkdir()
    for name, side in (("case_L_CC", Side.LEFT), ("case_R_CC", Side.RIGHT)):
        pixels = breast_pixels(740, 420, side=side)
        Image.fromarray((pixels / pixels.max() * 255).astype(np.uint8)).save(made / f"{name}.png")
    return made


def test_a_folder_to_a_table(folder: Path, tmp_path: Path, assessor: Assessor) -> None:
    ours = example("folder_to_table")
    count = ours.write_table(folder, tmp_path / "table.csv", assessor)
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [f for scan in mammoview.open_study(folder)[0].scans for f in assessor.assess(scan).findings]
    assert count == len(rows) == len(found) > 0
    assert [row["score"] for row in rows] == [f"{f.score:.3f}" for f in found]
    assert {row["file"] for row in rows} <= {"case_L_CC.png", "case_R_CC.png"}


def test_own_outlines_are_shown_and_compared(folder: Path, tmp_path: Path, assessor: Assessor) -> None:
    ours = example("own_outlines")
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("left,top,right,bottom,lesion_type,pathology\n60,300,140,380,MASS,BENIGN\n")
    picture = folder / "case_L_CC.png"
    written = ours.write_outlines(picture, boxes, "A reader")
    assert json.loads(written.read_text())["source"] == "A reader"
    (outline,) = next(s for s in mammoview.open_study(picture)[0].scans if s.path == picture).outlines
    assert (outline.box, outline.pathology) == ((60, 300, 140, 380), "BENIGN")
    found = ours.hits(picture, assessor)
    assert {"heatmap", "saliency", "grid_200um"} <= set(found)
    scan = next(s for s in mammoview.open_study(picture)[0].scans if s.path == picture)
    compared = comparison(scan, assessor.assess(scan))
    assert compared is not None
    assert found == {name: (layer["hits"], layer["false_marks"]) for name, layer in compared["layers"].items()}
    with pytest.raises(FileExistsError):
        ours.write_outlines(picture, boxes, "Another")


def test_dicom_to_a_figure_of_panels(tmp_path: Path, assessor: Assessor) -> None:
    target = example("panel_figure").write_panels(write_mammogram(tmp_path), tmp_path, assessor)
    with pypdfium2.PdfDocument(target) as made:
        text = made[0].get_textpage().get_text_range()
    assert text.startswith("a bare b heatmap c patch grid d model sensitivity")
    body = (ROOT / "docs" / "examples" / "panel_figure.py").read_text("utf-8").partition('"""Write the first')[2]
    assert len(body.partition("return target")[0].splitlines()) - 1 <= 10


def test_results_into_an_archive(tmp_path: Path, assessor: Assessor) -> None:
    file = write_mammogram(tmp_path)
    with running_orthanc(tmp_path) as server:
        assert json.loads(asked(f"{server}/instances", file.read_bytes()))["Status"] == "Success"
        sent = example("results_to_orthanc").send(file, server, assessor)
        (study,) = json.loads(asked(f"{server}/studies"))
        kept = json.loads(asked(f"{server}/studies/{study}/instances"))
    assert len(kept) == len(sent) + 1 and set(sent) < {instance["ID"] for instance in kept}


def test_a_set_that_is_there_is_kept_and_no_made_up_woman_comes_into_the_library(tmp_path: Path, monkeypatch) -> None:
    ours, own = example("train_from_nothing"), tmp_path / "data" / "own"
    own.mkdir(parents=True)
    (own / "outlines.csv").write_text("of my own")
    ours.make_set(own)
    assert [(file.name, file.read_text()) for file in own.iterdir()] == [("outlines.csv", "of my own")]
    made: list[dict[str, object]] = []

    def window(**wanted: object) -> SimpleNamespace:
        made.append(wanted)
        return SimpleNamespace(open_paths=lambda _: None, show=lambda: None)

    monkeypatch.setattr("mammoview.qt.main_window.main_window.MainWindow", window)
    monkeypatch.setattr("mammoview.qt.application.application", lambda: SimpleNamespace(exec=lambda: 0))
    ours.show(own, None)
    assert made[0]["library"] is False


@pytest.mark.slow
def test_from_nothing_to_a_model_that_the_window_loads(tmp_path: Path, qtbot) -> None:
    ours = example("train_from_nothing")
    own = tmp_path / "data" / "own"
    ours.make_set(own)
    made = ours.load(ours.train(tmp_path))
    report = (tmp_path / "runs" / "evaluation" / "report.html").read_text("utf-8")
    assert "own, tissue negatives" in report and "cbis_masses against mini_mias: left out" in report
    settings = Settings.model_construct(notice_seen=True, reading="concurrent", cache_mb=0)
    window = MainWindow(settings, lambda: made, library=False)
    window.open_paths([own / "w00_L_MLO.png"])
    window.show()
    try:
        qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=PATIENCE_MS)
        (entry,) = window.session.entries.values()
        assert entry.state is AssessmentState.DONE
        assert entry.assessed is not None and set(entry.assessed.assessment.grids) == {100, 150, 200}
        assert entry.assessed.assessment.provenance["models"] == made.bundle.provenance()
    finally:
        window.close()
