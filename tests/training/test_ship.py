"""Which folds go beside the leading classifier when it ships, and what its folder then holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import mammoview.assess.models.hashes
from mammoview.assess.inference.dense_classifier import dense_logits
from mammoview.assess.models.bundle import load_bundle, load_model
from mammoview.core.paths import resources
from tests.support.small_models import write_small
from training.data.splits import ALL
from training.fit.recipe import tissue_folder
from training.fit.stages import load_weights
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import LogitCalibration
from training.ship import facts_of_weights, further_folds, pins_of, write_model

CALIBRATIONS = [LogitCalibration(1 + n / 10, n / 5) for n in range(6)]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """All five folds at 200 um, as trained."""
    write_small(tmp_path / "small")
    for part in range(5):
        folder = tissue_folder(tmp_path / "runs", 200, str(part))
        folder.mkdir(parents=True)
        shutil.copyfile(tmp_path / "small" / "tissue_200um" / "model.safetensors", folder / WEIGHTS)
    return tmp_path / "runs"


def test_all_folds_but_the_models_own_ship_each_with_its_calibration(runs: Path) -> None:
    found = further_folds(runs, "4", CALIBRATIONS)
    assert {file: own for file, (_, own) in found.items()} == {
        f"fold_{part}.safetensors": CALIBRATIONS[part] for part in range(4)
    }
    assert further_folds(runs, ALL, CALIBRATIONS) == {}
    (tissue_folder(runs, 200, "2") / WEIGHTS).unlink()
    assert further_folds(runs, "4", CALIBRATIONS) == {}


def test_hashes_of_other_models_lie_beside_them(tmp_path: Path) -> None:
    assert pins_of(resources() / "models") == Path(mammoview.assess.models.hashes.__file__)
    assert pins_of(tmp_path / "models") == tmp_path / "models" / "hashes.py"


def test_the_written_folder_loads_and_keeps_no_fold_of_before(runs: Path, tmp_path: Path) -> None:
    pins = write_small(tmp_path / "models")
    folder = tmp_path / "models" / "tissue_200um"
    facts = load_model(folder, pins["tissue_200um"]).facts
    (folder / "fold_9.safetensors").write_bytes(b"of an earlier training")
    found = further_folds(runs, "4", CALIBRATIONS)
    training = {"training_mammograms": 4, "training_patients": 2, "part": "four of the five folds", "data": "made up"}
    temperatures = {file: own.temperature for file, (_, own) in found.items()}
    facts = facts.model_copy(update={"folds": temperatures, "training": training})
    own = (tissue_folder(runs, 200, "4") / WEIGHTS, CALIBRATIONS[-1])
    pins["tissue_200um"] = write_model(folder, facts, {WEIGHTS: own, **found})
    assert not (folder / "fold_9.safetensors").exists()
    bundle = load_bundle(tmp_path / "models", pins)
    assert [m.facts.temperature for m in bundle.folds] == [c.temperature for c in CALIBRATIONS[:4]]
    image = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
    raw = dense_logits(load_weights(facts.network, tissue_folder(runs, 200, "4")), image)
    for model, calibration in zip(bundle.folds, CALIBRATIONS, strict=False):
        said = dense_logits(model.network, image) / model.facts.temperature
        np.testing.assert_allclose(said, calibration.logits(raw), atol=1e-5)
    assert "4 further folds" in (folder / "MODEL_CARD.md").read_text()


def test_weights_that_are_there_already_keep_what_they_were_trained_on(tmp_path: Path) -> None:
    """Curves may be counted on mammograms that were prepared anew after the weights were trained."""
    folder, weights, others = tmp_path / "model", tmp_path / "weights", tmp_path / "others"
    folder.mkdir()
    weights.write_bytes(b"weights")
    others.write_bytes(b"others")
    now = {"manifest_sha256": "anew"}
    assert facts_of_weights(folder, weights, now) == now
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "model.json").write_text('{"training": {"manifest_sha256": "then"}}')
    assert facts_of_weights(folder, weights, now) == {"manifest_sha256": "then"}
    assert facts_of_weights(folder, others, now) == now
