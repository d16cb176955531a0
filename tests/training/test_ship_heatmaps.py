"""Both heatmaps join the bundle: with the weights of the bundled fold, and curves of women that none of them saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

import mammoview.assess.models.hashes
from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.models.bundle import load_bundle
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, SqueezeHeatmapConfig
from mammoview.evaluation.statistics import Estimate
from tests.support.small_models import write_small
from training import ship, ship_heatmaps
from training.data.prepare import PreparedMammogram
from training.experiments.detection import SHIPPED_FOLD, heatmap_folder
from training.experiments.detection_figures import write
from training.experiments.fusing import WAYS, fused_folder
from training.fit.heatmap_runs import cells, filled
from training.fit.trainer import WEIGHTS

SEED, WAY = 3, "weighted sum"


def noisy(member: PreparedMammogram, seed: int) -> np.ndarray:
    """A map that is high in the findings and has a few false peaks."""
    rows, columns = (n // CELL_PX for n in member.image(INPUT_UM).shape)
    return (0.5 * cells(filled(member)) + 0.4 * np.random.default_rng(seed).random((rows, columns))).astype(np.float32)


def test_both_heatmaps_ship_with_one_operating_point_and_their_curves(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = [m for m in members if not m.unplaced and m.fold >= 0]
    monkeypatch.setattr(mammoview.assess.models.hashes, "PINS", write_small(tmp_path / "models"))
    monkeypatch.setattr(ship_heatmaps, "known", lambda _runs: placed)
    monkeypatch.setattr(ship_heatmaps, "load", lambda _folder: placed)
    monkeypatch.setattr(ship, "manifest_hash", lambda _folder: "0" * 64)
    monkeypatch.setattr(ship_heatmaps, "stacked", lambda _runs, _member, _seed: None)
    maps = {WAY: [noisy(m, k) for k, m in enumerate(placed)]}
    monkeypatch.setattr(ship_heatmaps, "maps_of", lambda *_args: maps)
    part = str(SHIPPED_FOLD)
    own = heatmap_folder(tmp_path, part, SEED), fused_folder(tmp_path, WAY, part, SEED)
    networks = HeatmapRegressor(SqueezeHeatmapConfig()), FusedHeatmap(WAYS[WAY])
    for folder, network in zip(own, networks, strict=True):
        folder.mkdir(parents=True)
        save_file(network.state_dict(), folder / WEIGHTS)
    (own[0] / "config.json").write_text('{"start": ["pretrained.safetensors", "abc"]}')
    table = tmp_path / "fusing.csv"
    write([(WAY, "error", Estimate(0.5, 0.4, 0.6, 9)), ("sum", "error", Estimate(1, 1, 1, 1))], "made up", table)
    ship_heatmaps.ship(tmp_path, table, SEED, WAY, tmp_path / "models")
    scope: dict[str, dict[str, dict[str, str]]] = {}
    exec((tmp_path / "models" / "hashes.py").read_text(), scope)
    bundle = load_bundle(tmp_path / "models", scope["PINS"])
    facts = bundle.fused.facts
    assert facts.thresholds["tau"].value == facts.thresholds["mark"].value == bundle.tau
    # At most one false mark per image is what the threshold is chosen for.
    assert 0 < facts.thresholds["mark"].false_positives_per_image <= 1
    assert list(facts.figures) == ["error"] and facts.figures["error"]["value"] == 0.5
    assert bundle.curves.heatmap is not None and bundle.curves.heatmap.findings == sum(len(m.findings) for m in placed)
    assert bundle.curves.odds is not None
    card = (tmp_path / "models" / "heatmap_fused" / "MODEL_CARD.md").read_text()
    assert "## Operating curve" in card and "| 0.25 |" in card and "as in screening, it is lower" in card
    assert "pretrained.safetensors" in str(bundle.baseline.facts.training["start"])
    assert isinstance(bundle.baseline.network, HeatmapRegressor)
    assert bundle.baseline.network.config == SqueezeHeatmapConfig()
