"""Curves and a re-scorer join bundled models: from what the program read on the fold that they never saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import mammoview.assess.models.hashes
from mammoview.assess.models.bundle import ModelCardFacts, load_bundle
from mammoview.assess.models.networks import RescorerConfig, build_network
from mammoview.core.errors import MammoviewError
from tests.support.small_models import write_small
from training import ship_curves, ship_rescorer
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.evaluation.curves import curve_of
from training.experiments import program_figures
from training.metrics.statistics import CandidateMarks

Pins = dict[str, dict[str, str]]
SMALL = RescorerConfig(last=3)


def read_by_the_program(runs: Path, members: list[PreparedMammogram]) -> None:
    rng = np.random.default_rng(0)
    for m in members:
        lesion = np.r_[0 if m.findings else -1, np.full(11, -1)]
        said = rng.normal(0, 1, (12, 3)) + np.outer(lesion >= 0, [1, 1, 2])
        file = f"{m.source}.{m.name}.npz"
        write_arrays(runs / "detected_21" / file, {"said": said, "lesion": lesion})
        score = 1 / (1 + np.exp(-said.sum(1)))
        write_arrays(runs / "listed" / file, {"score": score, "lesion": lesion})


@pytest.fixture
def few(members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch) -> list[PreparedMammogram]:
    few = [replace(m, fold=4) for m in members if not m.unplaced]
    for module in (program_figures, ship_curves):
        monkeypatch.setattr(module, "known", lambda _: few)
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


def written(file: Path) -> Pins:
    scope: dict[str, Pins] = {}
    exec(file.read_text(), scope)
    return scope["PINS"]


def test_curves_join_models_whose_weights_stay(
    tmp_path: Path, few: list[PreparedMammogram], pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by_the_program(tmp_path, few)
    values = np.random.default_rng(1).normal(-3, 1, (80, 80))
    monkeypatch.setattr(
        ship_curves, "grid_logit", lambda _f, m: values[: m.image(400).shape[0] // 8, : m.image(400).shape[1] // 8]
    )
    ship_curves.ship(tmp_path, tmp_path / "models", tmp_path / "hashes.py")
    now = written(tmp_path / "hashes.py")
    assert {n: f["model.safetensors"] for n, f in now.items()} == {n: f["model.safetensors"] for n, f in pins.items()}
    assert now["heatmap_fused"] != pins["heatmap_fused"] and now["heatmap_baseline"] == pins["heatmap_baseline"]
    curves = load_bundle(tmp_path / "models", now).curves
    assert curves.heatmap is not None and curves.grid is not None and curves.odds is not None
    assert curves.findings == curves.heatmap
    assert curves.heatmap.normal_views == sum(not m.findings for m in few)
    assert curves.heatmap.findings == sum(len(m.findings) for m in few)
    assert "of mini-MIAS" in curves.heatmap.of and "never saw" in curves.heatmap.split
    card = (tmp_path / "models" / "heatmap_fused" / "MODEL_CARD.md").read_text()
    assert "## Operating curve" in card and "| 0.25 |" in card and "as in screening, it is lower" in card


def test_a_rescorer_ships_with_what_the_program_read(
    tmp_path: Path, few: list[PreparedMammogram], pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship_rescorer, "RescorerConfig", lambda: SMALL)
    monkeypatch.setattr(ship_rescorer, "load", lambda _: few)
    monkeypatch.setattr(ship_rescorer, "split", lambda *_: type("Split", (), {"training": few}))
    monkeypatch.setattr(ship_rescorer, "manifest_hash", lambda _: "0")
    folder = tmp_path / "rescorer_21" / "4"
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    save_file(build_network(SMALL).state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text('{"start": null}')
    with pytest.raises(MammoviewError, match="was not read yet"):
        ship_rescorer.ship(tmp_path, None, 21, tmp_path / "models", tmp_path / "hashes.py")
    read_by_the_program(tmp_path, few)
    ship_rescorer.ship(tmp_path, None, 21, tmp_path / "models", tmp_path / "hashes.py")
    bundle = load_bundle(tmp_path / "models", written(tmp_path / "hashes.py"))
    assert bundle.rescorer is not None
    scoring, curve = bundle.rescorer.facts.scoring, bundle.rescorer.facts.curve
    assert scoring is not None and curve is not None and bundle.curves.findings == curve
    assert (scoring.candidates, scoring.grid, scoring.baseline, scoring.context, scoring.offset) == ("sum", 1, 1, 1, 0)
    odds = bundle.curves.odds
    assert odds is not None
    for score in (0.0, 0.05, 0.5, 1.0):  # the score is the frequency itself, within the curve
        assert odds.at(score).value == pytest.approx(np.clip(score, odds.points[0].score, odds.points[-1].score))
    mark = bundle.rescorer.facts.thresholds["mark"]
    assert mark.false_positives_per_image is not None and mark.false_positives_per_image <= 1


def test_a_curve_says_which_findings_it_is_of(few: list[PreparedMammogram]) -> None:
    rng = np.random.default_rng(0)
    marks = [CandidateMarks(m.group, rng.random(12), np.full(12, -1), len(m.findings)) for m in few]
    counts = {s: sum(len(m.findings) for m in few if m.source == s) for s in ("cbis_masses", "mini_mias")}
    told = curve_of(few, marks, "made up").of
    assert f"{counts['cbis_masses']} of CBIS-DDSM" in told and f"{counts['mini_mias']} of mini-MIAS" in told


def test_facts_without_curves_are_read_as_before(pins: Pins, tmp_path: Path) -> None:
    """Models of older versions have neither curve nor frequencies."""
    file = tmp_path / "models" / "heatmap_fused" / "model.json"
    told = {k: v for k, v in json.loads(file.read_text()).items() if k not in ("curve", "odds")}
    facts = ModelCardFacts.model_validate(told)
    assert facts.curve is None and facts.odds is None
