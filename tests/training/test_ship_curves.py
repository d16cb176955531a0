"""The operating curve of the grid joins a bundled model: of women whom none of its folds saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import mammoview.assess.models.hashes
from mammoview.assess.models.bundle import ModelCardFacts, dump_pins, load_bundle
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks
from tests.support.small_models import write_small
from training import ship_curves
from training.__main__ import app
from training.data.prepare import PreparedMammogram
from training.evaluation.curves import curve_of
from training.ship import pinned

Pins = dict[str, dict[str, str]]


@pytest.fixture
def few(members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch) -> list[PreparedMammogram]:
    few = [replace(m, fold=4) for m in members if not m.unplaced]
    monkeypatch.setattr(ship_curves, "known", lambda _: few)
    return few


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pins:
    pins = write_small(tmp_path / "models")
    for name in pins:  # what a card is made of
        file = tmp_path / "models" / name / "model.json"
        facts = json.loads(file.read_text())
        facts["training"] = {"training_mammograms": 4, "training_patients": 2, "part": "four folds", "data": "made up"}
        file.write_text(json.dumps(facts))
        ship_curves.with_facts(tmp_path / "models", pins, name)
    monkeypatch.setattr(mammoview.assess.models.hashes, "PINS", pins)
    return pins


def noise(_: Path, member: PreparedMammogram) -> np.ndarray:
    """Logits of a grid, without any finding."""
    rows, columns = (n // 8 for n in member.image(400).shape)
    return np.random.default_rng(1).normal(-3, 1, (80, 80))[:rows, :columns]


def written(file: Path) -> Pins:
    scope: dict[str, Pins] = {}
    exec(file.read_text(), scope)
    return scope["PINS"]


def test_grids_that_other_classifiers_read_give_no_curve(tmp_path: Path, few: list[PreparedMammogram]) -> None:
    (tmp_path / "grids").mkdir()
    (tmp_path / "grids" / "models.json").write_text('{"0": "another"}')
    with pytest.raises(MammoviewError, match="other models"):
        ship_curves.grid_curve(tmp_path)


def test_curves_join_models_whose_weights_stay(
    tmp_path: Path, few: list[PreparedMammogram], pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship_curves, "grid_logit", noise)
    ship_curves.ship(tmp_path, tmp_path / "models", tmp_path / "hashes.py")
    now = written(tmp_path / "hashes.py")
    assert {n: f["model.safetensors"] for n, f in now.items()} == {n: f["model.safetensors"] for n, f in pins.items()}
    assert now["tissue_200um"] != pins["tissue_200um"] and now["heatmap_fused"] == pins["heatmap_fused"]
    grid = load_bundle(tmp_path / "models", now).curves.grid
    assert grid is not None
    assert grid.normal_views == sum(not m.findings for m in few)
    assert grid.findings == sum(len(m.findings) for m in few)
    assert "of mini-MIAS" in grid.of and "out of fold" in grid.split
    card = (tmp_path / "models" / "tissue_200um" / "MODEL_CARD.md").read_text()
    assert "## Operating curve" in card and "| 0.25 |" in card


def test_hashes_of_models_elsewhere_lie_beside_them(
    tmp_path: Path, few: list[PreparedMammogram], pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    (models / "hashes.py").write_text(dump_pins(pins))
    others = {name: dict.fromkeys(files, "0" * 64) for name, files in pins.items()}
    monkeypatch.setattr(mammoview.assess.models.hashes, "PINS", others)  # the bundled models are others
    bundled = Path(mammoview.assess.models.hashes.__file__)
    before = bundled.read_bytes()
    monkeypatch.setattr(ship_curves, "grid_logit", noise)
    done = CliRunner().invoke(app, ["ship-curves", "--runs", str(tmp_path), "--models", str(models)])
    assert done.exit_code == 0, done.output
    assert bundled.read_bytes() == before
    now = written(models / "hashes.py")
    assert now["tissue_200um"] != pins["tissue_200um"] and now["heatmap_fused"] == pins["heatmap_fused"]
    assert load_bundle(models, now).curves.grid is not None


@pytest.mark.parametrize("text", ["PINS: dict = {", "PINS: dict = [1]", "", "PINS: dict = open('x')", "A: int = 1"])
def test_a_file_without_hashes_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "hashes.py").write_text(text)
    with pytest.raises(MammoviewError, match="does not hold the hashes"):
        pinned(tmp_path / "hashes.py")


def test_a_curve_says_which_findings_it_is_of(few: list[PreparedMammogram]) -> None:
    rng = np.random.default_rng(0)
    marks = [CandidateMarks(m.group, rng.random(12), np.full(12, -1), len(m.findings)) for m in few]
    counts = {s: sum(len(m.findings) for m in few if m.source == s) for s in ("cbis_masses", "mini_mias")}
    reported = curve_of(few, marks, "made up").of
    assert f"{counts['cbis_masses']} of CBIS-DDSM" in reported and f"{counts['mini_mias']} of mini-MIAS" in reported


def test_facts_without_curves_are_read_as_before(pins: Pins, tmp_path: Path) -> None:
    """Models of older versions have neither curve nor frequencies."""
    file = tmp_path / "models" / "heatmap_fused" / "model.json"
    reported = {k: v for k, v in json.loads(file.read_text()).items() if k not in ("curve", "odds")}
    facts = ModelCardFacts.model_validate(reported)
    assert facts.curve is None and facts.odds is None
