"""Synthetic clusters are added to finely scanned tissue alone, and two ways of training are compared fold by fold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoview.assess.models.bundle import load_bundle
from mammoview.core.errors import MammoviewError
from tests.training.conftest import SMALL
from training.__main__ import app
from training.data import patches
from training.data.patches import FINE, PatchSampling, TrainingPatches
from training.data.prepare import FOLDS, PreparedMammogram
from training.experiments import fine_clusters
from training.experiments.fine_clusters import WITH, WITHOUT, start_of

CLUSTERS = 6


def drawn(members: list[PreparedMammogram], clusters: int = CLUSTERS) -> TrainingPatches:
    return TrainingPatches(members, 100, 128, PatchSampling(variation="none", clusters=clusters))


def test_clusters_come_in_pairs_behind_the_findings(members: list[PreparedMammogram]) -> None:
    plain, more = drawn(members, 0), drawn(members)
    assert len(more) == len(plain) + 2 * CLUSTERS
    assert len(plain) > 0
    labels = [int(more[k][1]) for k in range(len(plain), len(more))]
    assert labels == [1, 0] * CLUSTERS
    for k in (0, 1, len(plain) - 1):
        np.testing.assert_array_equal(more[k][0], plain[k][0])


def test_a_cluster_is_brighter_than_the_tissue_that_it_is_added_to(
    members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "CLUSTER_STRENGTH", 1.0)
    data = drawn(members, 40)
    first = len(data) - 2 * 40

    def spread(patch: np.ndarray) -> float:
        return float(np.quantile(patch, 0.99) - np.median(patch))

    given = [spread(data[k][0].numpy()) for k in range(first, len(data), 2)]
    none = [spread(data[k][0].numpy()) for k in range(first + 1, len(data), 2)]
    assert np.median(given) > np.median(none)


def test_only_finely_scanned_tissue_gets_clusters(members: list[PreparedMammogram]) -> None:
    data = drawn(members)
    assert {members[s.example].source for pool in data.fine for s in pool} <= set(FINE)
    with pytest.raises(MammoviewError, match="to add clusters to"):
        drawn([m for m in members if m.source not in FINE])


def test_each_fold_starts_from_the_classifier_that_never_saw_it() -> None:
    bundle = load_bundle()
    starts = [start_of(bundle, fold) for fold in range(FOLDS)]
    assert len(set(starts)) == FOLDS and all(file.is_file() for file in starts)


def test_both_ways_are_trained_read_and_compared(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    monkeypatch.setattr(fine_clusters, "Recipe", lambda: SMALL)
    monkeypatch.setattr(fine_clusters, "start_of", lambda *_: None)
    monkeypatch.setattr(fine_clusters, "EPOCHS", 1)
    monkeypatch.setattr(fine_clusters, "CLUSTERS", CLUSTERS)
    say = ["fine-clusters", "-o", str(tmp_path / "table.csv"), "--runs", str(tmp_path), "--fold", "0", "--fold", "1"]
    first = CliRunner().invoke(app, say, catch_exceptions=False)
    assert first.exit_code == 0
    table = (tmp_path / "table.csv").read_text()
    for word in (f"{WITH}, seed 1", f"{WITHOUT}, seed 1", f"minus {WITHOUT}", "hit by the grid alone at 1 FP/image"):
        assert word in table
    weights = sorted(tmp_path.glob("fine_clusters_1/*/model.safetensors"))
    assert len(weights) == 4
    before = [file.stat().st_mtime_ns for file in weights]
    again = CliRunner().invoke(app, say, catch_exceptions=False)
    assert again.exit_code == 0 and (tmp_path / "table.csv").read_text() == table
    assert [file.stat().st_mtime_ns for file in weights] == before


def test_without_the_magnification_the_command_says_what_to_do(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_clusters, "known", lambda _: [])
    with pytest.raises(MammoviewError, match="nothing is prepared at 100 um"):
        fine_clusters.run(tmp_path, [1], tmp_path / "table.csv")
