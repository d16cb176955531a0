"""Heatmaps of two folders of runs compared: one of noise, one that is right, on made-up mammograms."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.models.bundle import load_bundle
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.experiments import detection, fusing, heatmap_epochs
from training.experiments.candidates import grid_keys
from training.fit.heatmap_runs import cells, filled

SEED = 5
Heat = Callable[[PreparedMammogram], NDArray[np.float32]]


def noise(member: PreparedMammogram) -> NDArray[np.float32]:
    """A map of noise on the cells of a mammogram."""
    rows, columns = (n // CELL_PX for n in member.image(INPUT_UM).shape)
    return expit(np.random.default_rng(len(member.key)).normal(-4, 1, (rows, columns))).astype(np.float32)


def right(member: PreparedMammogram) -> NDArray[np.float32]:
    """The map that was to be learned."""
    return np.clip(cells(filled(member)), 0.001, 0.999)


@pytest.fixture
def folders(members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two folders of runs with one grid of noise; the heatmaps of the second are right, and of folds 0 and 1 alone."""
    of = [m for m in members if not m.unplaced and m.fold in (0, 1, 2)]
    monkeypatch.setattr(detection, "known", lambda _: of)
    monkeypatch.setattr(fusing, "known", lambda _: of)
    monkeypatch.setattr(detection, "weights_key", str)
    monkeypatch.setattr(fusing, "maps_key", lambda runs, part, _: f"{runs.resolve().name} {part}")
    monkeypatch.setattr(fusing, "breast_map", lambda heat, member: heat(member))
    monkeypatch.setattr(detection, "breast_map", lambda heat, member, _: heat(member))

    def heatmap_of(runs: Path, part: str, _seed: int) -> Heat:
        if runs.name == "12 epochs" and part not in "01":
            raise MammoviewError("this run is not finished", "Train it")
        return right if runs.name == "12 epochs" else noise

    monkeypatch.setattr(detection, "heatmap_of", heatmap_of)
    monkeypatch.setattr(fusing, "heatmap_of", heatmap_of)
    found = [tmp_path / "6 epochs", tmp_path / "12 epochs"]
    for runs in found:
        for m in of:
            write_arrays(runs / detection.GRIDS / f"{m.key}.npz", {"grid": noise(m)})
        (runs / detection.GRIDS / "models.json").write_text(json.dumps(grid_keys(load_bundle())))
        detection.score(runs, "heat", SEED, None)
    return found


def test_the_better_heatmap_gains_on_the_folds_that_both_have(folders: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = heatmap_epochs.run(folders, "heat", SEED, table)
    value = {(way, what): figure.value for way, what, figure in rows}
    error = "heatmap MSE x 1000, 32 x 32 (P21)"
    assert value["12 epochs, heatmap", error] < 0.1 * value["6 epochs, heatmap", error]
    change = "heatmap MSE, relative change against the 6 epochs, heatmap"
    assert value["12 epochs, heatmap", change] < -0.9
    for way in ("heatmap", "sum"):
        masses = f"CBIS masses: TPR at 1 FP/image, minus 6 epochs, {way}"
        assert value[f"12 epochs, {way}", masses] > 0.3
    assert not any("re-scored" in way for way, _, _ in rows)  # no re-scorer was asked
    with table.open(encoding="utf-8", newline="") as file:
        assert {r["split"] for r in csv.DictReader(file)} == {"out of fold, folds 0, 1, by patient"}


def test_a_heatmap_gains_nothing_over_itself(folders: list[Path], tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.symlink_to(folders[0])
    rows = heatmap_epochs.run([folders[0], again], "heat", SEED, tmp_path / "table.csv")
    gains = [figure.value for way, what, figure in rows if way.startswith("again") and "minus" in what]
    assert gains and set(gains) == {0.0}


def test_folders_of_one_name_are_refused(folders: list[Path], tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="one name"):
        heatmap_epochs.run([folders[0], folders[0]], "heat", SEED, tmp_path / "table.csv")
