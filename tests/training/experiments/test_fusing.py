"""Fused heatmaps over out-of-fold grids and heatmaps, on made-up mammograms."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.models.bundle import load_bundle
from mammoview.assess.models.scoring import logit
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.experiments import fusing
from training.experiments.candidates import grid_keys
from training.experiments.detection import GRIDS
from training.fit.heatmap_runs import cells, filled

SEED = 5


@pytest.fixture(scope="module")
def read(members: list[PreparedMammogram], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    """Runs with a grid that is right and a heatmap that is noise, for every member."""
    runs = tmp_path_factory.mktemp("fusing")
    rng = np.random.default_rng(0)
    placed = [m for m in members if not m.unplaced and m.fold >= 0]
    for m in placed:
        rows, columns = (n // CELL_PX for n in m.image(INPUT_UM).shape)
        noise = expit(rng.normal(-4, 1, (rows, columns))).astype(np.float32)
        right = np.clip(cells(filled(m)), 0.001, 0.999)
        name = f"{m.source}.{m.name}.npz"
        write_arrays(runs / f"maps_{SEED}" / name, {"heatmap": noise})
        write_arrays(runs / GRIDS / name, {"grid": right})
    (runs / GRIDS / "models.json").write_text(json.dumps(grid_keys(load_bundle())))
    return runs, placed


def test_the_table_compares_every_way_with_the_plain_sum(read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs, placed = read
    monkeypatch.setattr(fusing, "known", lambda _runs: placed)
    monkeypatch.setattr(fusing, "read_maps", lambda _runs, _seed: None)
    monkeypatch.setattr(fusing, "WAYS", {"convolutions": fusing.WAYS["convolutions"]})
    table = tmp_path / "fusing.csv"
    rows = fusing.fuse(runs, SEED, 8, table)
    with table.open(encoding="utf-8", newline="") as file:
        assert [r["scored with"] for r in csv.DictReader(file)] == [way for way, _, _ in rows]
    errors = {way: f.value for way, what, f in rows if what == "heatmap MSE x 1000, 32 x 32 (P21)"}
    assert set(errors) == {"zero map", "mean map", "heatmap", *fusing.WAYS}
    # The grid is right and the heatmap is noise: the network has to use what the grid sees.
    assert errors["convolutions"] < 0.8 * errors["heatmap"]


def test_every_map_is_of_the_fold_that_never_saw_the_woman(
    read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs, placed = read
    monkeypatch.setattr(fusing, "known", lambda _runs: placed)
    monkeypatch.setattr(fusing, "heatmap_of", lambda _runs, part, _seed: int(part))
    monkeypatch.setattr(fusing, "maps_key", lambda _runs, part, _seed: f"heatmap {part}")
    monkeypatch.setattr(fusing, "breast_map", lambda fold, _member: np.full((2, 2), fold, np.float32))
    fusing.read_maps(tmp_path, SEED)
    for m in placed:
        with np.load(tmp_path / f"maps_{SEED}" / f"{m.source}.{m.name}.npz") as kept:
            assert (kept["heatmap"] == m.fold).all()
    with monkeypatch.context() as trained_anew:
        trained_anew.setattr(fusing, "maps_key", lambda _runs, part, _seed: f"another heatmap {part}")
        with pytest.raises(MammoviewError, match="other models"):
            fusing.read_maps(tmp_path, SEED)
    monkeypatch.setattr(fusing, "fused_of", lambda _runs, _way, part, _seed: int(part))
    monkeypatch.setattr(fusing, "fused_map", lambda fold, channels: np.full(channels.shape[1:], fold, np.float32))
    inputs = {id(m): fusing.stacked(runs, m, SEED) for m in placed}
    maps = fusing.maps_of(runs, placed, inputs, SEED)
    for way in fusing.WAYS:
        assert [int(of[0, 0]) for of in maps[way]] == [m.fold for m in placed]


def test_channels_are_heatmap_grid_and_position(read) -> None:
    runs, placed = read
    channels = fusing.stacked(runs, placed[0], SEED)
    assert channels.dtype == np.float32 and channels.shape[0] == 5
    assert np.allclose(logit(channels[1]), logit(np.clip(cells(filled(placed[0])), 0.001, 0.999)), atol=1e-3)
    assert np.allclose(channels[2:], np.asarray(placed[0].position(), np.float32))


def test_what_is_missing_is_named(read, tmp_path: Path) -> None:
    runs, placed = read
    with pytest.raises(MammoviewError, match="no heatmap yet"):
        fusing.stacked(tmp_path, placed[0], SEED)
    with pytest.raises(MammoviewError, match="not finished"):
        fusing.fused_of(runs, "convolutions", "0", SEED + 1)
