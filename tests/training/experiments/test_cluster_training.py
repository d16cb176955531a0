"""The network on clusters of bright spots: whom it is trained on, and where it looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from mammoview.assess.inference.heatmap_cells import CELL_PX
from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork
from mammoview.core.errors import MammoviewError
from training.data import cluster_patches
from training.data.cluster_patches import NormalView
from training.data.memmaps import write_bytes
from training.data.prepare import FOLDS, PreparedMammogram, PreparedOutline
from training.experiments import cluster_training
from training.experiments.cluster_candidates import read_clusters
from training.experiments.cluster_training import places, train
from training.experiments.detection import CLUSTER_PARTS, cluster_folder, cluster_network_of
from training.fit.trainer import WEIGHTS


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_patches, "PROFILES", 6)
    monkeypatch.setattr(cluster_training, "STEPS", 3)
    monkeypatch.setattr(cluster_training, "BATCH", 4)


def test_cells_lie_where_they_lie_on_the_finer_image() -> None:
    member = PreparedMammogram(Path(), "mini_mias", "x", "x", 0, False, (), {200: (-32, 32), 400: (-40, 0)}, {})
    # The finer image starts 3 cells right of and 2 cells below the coarser one.
    assert places(member, np.array([[2, 3], [4, 3]])).tolist() == [[8.0, 8.0], [40.0, 8.0]]
    points = np.array([[0.0, 0.0], [640.0, 320.0]])  # on the lattice of 50 um
    square = PreparedOutline(points, "CALC", "BENIGN")
    member = PreparedMammogram(Path(), "mini_mias", "x", "x", 0, False, (square,), member.corners, {})
    cells = (member.polygons(400)[0][:, ::-1] / CELL_PX - 0.5).round(6)
    assert np.allclose(places(member, cells), member.polygons(200)[0][:, ::-1])


def test_each_network_is_trained_on_normal_views_of_the_other_folds_and_repeats(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mias = [m for m in members if m.source == "mini_mias" and m.fold >= 0]
    read_clusters(tmp_path, members)
    seen: list[list[PreparedMammogram]] = [[]]
    view = cluster_training.normal_view

    def noted(runs: Path, member: PreparedMammogram) -> NormalView:
        seen[-1].append(member)
        return view(runs, member)

    monkeypatch.setattr(cluster_training, "normal_view", noted)
    train(tmp_path, members, 1)
    assert seen[-1] and all(m.source == "cbis_masses" or not m.findings for m in seen[-1])
    normal = {m.name for m in seen[-1] if m.source == "mini_mias"}
    assert normal == {m.name for m in mias if not m.findings}, "each normal view in one of them"
    files = sorted(cluster_folder(tmp_path, 0, 1).parent.rglob("*.safetensors"))
    written = [file.read_bytes() for file in files]
    assert len(files) == 2 and written[0] != written[1]
    history = (files[0].parent / "history.csv").read_text().splitlines()
    assert history[0] == "step,loss" and history[-1].startswith("3,")
    seen.append([])
    files[1].unlink()
    train(tmp_path, members, 1)
    assert {m.fold for m in seen[-1]} <= {0, 1, 2}, "the one that reads folds 3 and 4"
    assert [file.read_bytes() for file in files] == written, "the same seed, the same network"


def test_each_woman_is_read_by_the_network_that_never_saw_her(tmp_path: Path) -> None:
    for part in range(len(CLUSTER_PARTS)):
        network = ClusterNetwork(ClusterConfig())
        torch.nn.init.zeros_(network.head.weight)
        torch.nn.init.constant_(network.head.bias, float(part))
        write_bytes(cluster_folder(tmp_path, part, 5) / WEIGHTS, save(network.state_dict()))
    of = [cluster_network_of(tmp_path, fold, 5)(torch.zeros(1, 1, 64, 64)).item() for fold in range(FOLDS)]
    assert of == [0, 0, 0, 1, 1]
    with pytest.raises(MammoviewError, match="not finished"):
        cluster_network_of(tmp_path, 0, 6)
