"""Calibration of the shipped grids: which patches count, and what a fit on other women mends."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.models.bundle import dump_pins
from mammoview.assess.models.networks import TissueConfig
from mammoview.assess.models.platt import UNSCALED
from mammoview.display.scan_analysis import analyse
from mammoview.study.geometry import Affine
from mammoview.study.scan import Outline, OutlineKind
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import THREE, write_small
from training import ship_calibration
from training.experiments.grid_calibration import WAYS, Patches, fitted, mean_logits, patches, rows

CONFIG = TissueConfig(widths=(1, 1, 1), patch_px=64)
STEP, SIDE = CONFIG.step, CONFIG.patch_px
NO_IMAGE = np.empty((0, 0), np.float32)


def outline(left: float, top: float, side: float) -> Outline:
    points = np.array([[left, top], [left + side, top], [left + side, top + side], [left, top + side]], float)
    return Outline(points, OutlineKind.BOUNDARY, "MASS", "BENIGN")


def test_positives_are_centred_on_findings_that_fit_and_negatives_are_tissue_that_touches_none() -> None:
    scan = replace(scan_of(breast_pixels()), outlines=(outline(400, 320, 160), outline(800, 800, 400)))
    lattice = Affine(4, 4)
    logits = np.arange(60 * 50, dtype=float).reshape(60, 50)
    share = np.ones((60, 50))
    share[:, 40:] = 0.5
    found = DenseResult.of(NO_IMAGE, (0, 0), logits, share, CONFIG)
    at, label = patches(scan, found, lattice)
    said = logits[tuple(at.T)]
    # The small finding's centre is at (480, 400), so (120, 100) in the magnified image; the large one does not fit.
    row, column = round((100 - SIDE / 2) / STEP), round((120 - SIDE / 2) / STEP)
    assert said[label].tolist() == [logits[row, column]] and 0 < (~label).sum() <= 24
    for value in said[~label].astype(int):
        y, x = (4 * STEP * part for part in divmod(int(value), 50))
        assert x < 40 * 4 * STEP
        for left, top, right, bottom in (o.box for o in scan.outlines):
            assert x + 4 * SIDE <= left or x >= right or y + 4 * SIDE <= top or y >= bottom


def test_logits_that_are_off_are_mended_on_women_whom_the_fit_did_not_see() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, 6000)
    label = rng.random(len(z)) < 1 / (1 + np.exp(-z))
    found = Patches(2 * z + 3, label, rng.integers(0, 200, len(z)).astype(str))
    shown = fitted(found)
    assert (shown.slope, shown.intercept) == pytest.approx((0.5, -1.5), abs=0.1)
    figures = {(way, name): figure for _, way, name, figure in rows(found, "100 um", shown)}
    own, as_shown, others = (figures[way, "ECE"] for way in WAYS)
    assert own.value > 0.15 and as_shown.value < 0.03 and others.value < 0.03
    change = figures[f"{WAYS[2]}, minus {WAYS[0]}", "ECE"]
    assert change.high < 0
    assert change.value == pytest.approx(others.value - own.value)


def test_the_mean_of_equal_logits_is_that_logit() -> None:
    prepared = prepared_scan(analyse(scan_of(breast_pixels())))
    left, top, right, bottom = prepared.extent(200)
    shape = ((bottom - top) // STEP, (right - left) // STEP)
    one = DenseResult.of(NO_IMAGE, (left, top), np.full(shape, 1.3), np.ones(shape), CONFIG)
    np.testing.assert_allclose(mean_logits({200: one, 150: one}, prepared, 200)[5:-5, 5:-5], 1.3, atol=1e-4)


def test_the_scalings_ship_with_the_grids_and_the_weights_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = write_small(tmp_path / "models", THREE)
    for name in pins:  # facts of a card
        file = tmp_path / "models" / name / "model.json"
        facts = json.loads(file.read_text())
        facts["training"] = {"training_mammograms": 1, "training_patients": 1, "part": "some", "data": "made up"}
        file.write_text(json.dumps(facts))
        pins[name]["model.json"] = sha256(file.read_bytes()).hexdigest()
    (tmp_path / "hashes.py").write_text(dump_pins(pins))
    rng = np.random.default_rng(1)
    z = rng.normal(0, 2, 3000)
    label = rng.random(len(z)) < 1 / (1 + np.exp(-z))
    read = {f"{um} um": Patches(z + um / 100, label, np.arange(3000).astype(str)) for um in (100, 150, 200)}
    read["mean"] = Patches(3 * z, label, np.arange(3000).astype(str))
    monkeypatch.setattr(ship_calibration, "measured", lambda *_: {k: (v, UNSCALED) for k, v in read.items()})
    made = ship_calibration.ship(tmp_path, tmp_path / "models", tmp_path / "hashes.py")
    for um, model in made.classifiers.items():
        assert model.sha256 == pins[model.facts.name]["model.safetensors"]
        assert model.facts.version == ship_calibration.VERSION
        assert model.facts.shown.intercept == pytest.approx(-um / 100, abs=0.2)
        shown = model.facts.shown.threshold(0.5)
        assert f"{shown:.4f}" in (tmp_path / "models" / model.facts.name / "MODEL_CARD.md").read_text()
    assert made.classifiers[200].facts.shown_mean.slope == pytest.approx(1 / 3, abs=0.03)
    assert made.classifiers[100].facts.shown_mean == UNSCALED
