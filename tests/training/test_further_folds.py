"""Which folds go beside the leading classifier when it ships, and what its folder then holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mammoview.assess.bundle import load_bundle, load_model
from tests.assess.models import write_small
from training.recipe import tissue_folder
from training.run import WEIGHTS
from training.ship import further_folds, write_model
from training.splits import ALL

TEMPERATURES = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """All five folds at 200 um, as trained."""
    write_small(tmp_path / "small")
    for part in range(5):
        folder = tissue_folder(tmp_path / "runs", 200, str(part))
        folder.mkdir(parents=True)
        shutil.copyfile(tmp_path / "small" / "tissue_200um" / "model.safetensors", folder / WEIGHTS)
    return tmp_path / "runs"


def test_all_folds_but_the_models_own_ship_each_with_its_temperature(runs: Path) -> None:
    found = further_folds(runs, "4", TEMPERATURES)
    assert {file: t for file, (_, t) in found.items()} == {
        "fold_0.safetensors": 1.0,
        "fold_1.safetensors": 1.1,
        "fold_2.safetensors": 1.2,
        "fold_3.safetensors": 1.3,
    }
    assert further_folds(runs, ALL, TEMPERATURES) == {}
    (tissue_folder(runs, 200, "2") / WEIGHTS).unlink()
    assert further_folds(runs, "4", TEMPERATURES) == {}


def test_the_written_folder_loads_and_keeps_no_fold_of_before(runs: Path, tmp_path: Path) -> None:
    pins = write_small(tmp_path / "models")
    folder = tmp_path / "models" / "tissue_200um"
    facts = load_model(folder, pins["tissue_200um"]).facts
    (folder / "fold_9.safetensors").write_bytes(b"of an earlier training")
    found = further_folds(runs, "4", TEMPERATURES)
    training = {"training_mammograms": 4, "training_patients": 2, "part": "four of the five folds", "data": "made up"}
    facts = facts.model_copy(update={"folds": {file: t for file, (_, t) in found.items()}, "training": training})
    others = {file: source for file, (source, _) in found.items()}
    pins["tissue_200um"] = write_model(folder, facts, tissue_folder(runs, 200, "4"), others)
    assert not (folder / "fold_9.safetensors").exists()
    bundle = load_bundle(tmp_path / "models", pins)
    assert [m.facts.temperature for m in bundle.folds] == TEMPERATURES[:4]
    assert "4 further folds" in (folder / "MODEL_CARD.md").read_text()
