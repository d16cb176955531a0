"""The examples of the documentation do what they say."""

from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.results.comparison_table import comparison
from mammoview.study.scan import Side
from tests.support.phantoms import breast_pixels
from tests.support.small_models import small_bundle

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
