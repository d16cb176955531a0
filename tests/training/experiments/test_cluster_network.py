"""The network on clusters of bright spots: whom it is trained on, where it looks, and its table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from mammoview.assess.inference.heatmap_cells import CELL_PX
from training.data import cluster_patches
from training.data.cluster_patches import NormalView
from training.data.memmaps import write_bytes
from training.data.prepare import PreparedMammogram, PreparedOutline
from training.experiments import cluster_candidates, cluster_network, detection_figures
from training.experiments.candidates import Candidates, candidates
from training.experiments.cluster_candidates import read_clusters
from training.experiments.cluster_network import (
    ClusterNetwork,
    network_folder,
    network_logits,
    places,
    positive_rows,
    ranking_rows,
    train,
)
from training.experiments.detection import Scored
from training.fit.trainer import WEIGHTS


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_patches, "PROFILES", 6)
    monkeypatch.setattr(cluster_network, "STEPS", 3)
    monkeypatch.setattr(cluster_network, "BATCH", 4)
    for module in (cluster_network, cluster_candidates, detection_figures):
        monkeypatch.setattr(module, "DRAWS", 20)


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
    view = cluster_network.normal_view

    def noted(runs: Path, member: PreparedMammogram) -> NormalView:
        seen[-1].append(member)
        return view(runs, member)

    monkeypatch.setattr(cluster_network, "normal_view", noted)
    train(tmp_path, members, 1)
    assert seen[-1] and all(m.source == "cbis_masses" or not m.findings for m in seen[-1])
    normal = {m.name for m in seen[-1] if m.source == "mini_mias"}
    assert normal == {m.name for m in mias if not m.findings}, "each normal view in one of them"
    files = sorted(network_folder(tmp_path, 1).rglob("*.safetensors"))
    written = [file.read_bytes() for file in files]
    assert len(files) == 2 and written[0] != written[1]
    history = (files[0].parent / "history.csv").read_text().splitlines()
    assert history[0] == "step,loss" and history[-1].startswith("3,")
    seen.append([])
    files[1].unlink()
    train(tmp_path, members, 1)
    assert {m.fold for m in seen[-1]} <= {0, 1, 2}, "the one that reads folds 3 and 4"
    assert [file.read_bytes() for file in files] == written, "the same seed, the same network"


def test_each_woman_is_read_by_the_network_that_never_saw_her(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mias = [m for m in members if m.source == "mini_mias" and m.fold >= 0]
    found = [Candidates(m, np.array([[4, 4], [9, 5]]), np.zeros(2), np.full(2, -1)) for m in mias]
    found.append(Candidates(members[0], np.empty((0, 2), np.intp), np.zeros(0), np.empty(0, np.intp)))
    for part in (0, 1):
        network = ClusterNetwork()
        torch.nn.init.zeros_(network.head.weight)
        torch.nn.init.constant_(network.head.bias, float(part))
        write_bytes(network_folder(tmp_path, 5) / str(part) / WEIGHTS, save(network.state_dict()))
    said = network_logits(tmp_path, found, 5)
    assert all(said[f"mini_mias.{m.name}"].tolist() == [float(m.fold in (3, 4))] * 2 for m in mias)
    assert said[f"{members[0].source}.{members[0].name}"].shape == (0,)


def test_a_way_that_ranks_calcifications_first_hits_them() -> None:
    outline = PreparedOutline(np.array([[0, 0], [1, 0], [1, 1]], float), "CALC", "BENIGN")
    found = []
    for k in range(12):
        member = PreparedMammogram(Path(), "mini_mias", str(k), f"w{k}", k % 5, False, (outline,), {}, {})
        found.append(Candidates(member, np.array([[0, 0], [9, 9]]), np.zeros(2), np.array([-1, 0])))
    said = {"good": [np.array([0.0, 1.0])] * 12, "poor": [np.array([1.0, 0.0])] * 12}
    rows = {(way, told): figure.value for way, told, figure in ranking_rows(found, said)}
    told = "clusters of mini-MIAS on calcifications against other clusters, AUC"
    assert (rows["good", told], rows["poor", told]) == (1.0, 0.0)
    told = "mini-MIAS, calcifications hit by clusters alone at 0.5 FP/image"
    assert (rows["good", told], rows["poor", told]) == (1.0, 0.0)
    shares = positive_rows(
        [*found, replace(found[0], member=replace(found[0].member, findings=()))], [*said["good"], np.zeros(1)], "good"
    )
    assert [(told.split(":")[0], figure.value, figure.n) for _, told, figure in shares] == [
        ("views of mini_mias, with findings", 1.0, 12),
        ("views of mini_mias, without findings", 0.0, 1),
    ]
    assert not ranking_rows([replace(c, lesion=np.array([-1, -1])) for c in found], said)


def test_the_table_has_a_list_of_each_seed(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [m for m in members if not m.unplaced and m.fold >= 0]
    rng = np.random.default_rng(0)
    maps = {m.name: rng.normal(0, 1, tuple(n // 8 for n in m.image(400).shape)) for m in few}
    monkeypatch.setattr(cluster_network, "known", lambda _: few)
    monkeypatch.setattr(cluster_network, "grid_logit", lambda _, m: maps[m.name])
    scored = [Scored(c, rng.normal(0, 1, (len(c.cells), 3))) for c in (candidates(m, maps[m.name]) for m in few)]
    monkeypatch.setattr(cluster_network, "scored_of", lambda *_: scored)
    # Few spots cluster in the phantoms, and no finding there is a calcification.
    monkeypatch.setattr(cluster_network, "read_clusters", lambda *_: None)
    monkeypatch.setattr(cluster_network, "RANKED", 3)
    for module in (cluster_network, cluster_candidates):
        monkeypatch.setattr(module, "BESIDE", 2)
    values = {m.name: rng.uniform(0, 1, maps[m.name].shape) for m in few}
    for m in few:
        for points in m.polygons(400):
            column, row = (points.min(0) + points.max(0)) / 2 // CELL_PX
            values[m.name][int(row), int(column)] = 2
    monkeypatch.setattr(cluster_network, "kept_clusters", lambda _, m: values[m.name])
    for module in (cluster_network, cluster_candidates):
        monkeypatch.setattr(module, "kind_of", lambda _: "calcification")
    rows = cluster_network.run(tmp_path, "one", [1, 2], tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().count("\n") == len(rows) + 1
    ways = {way for way, _, _ in rows}
    assert {"own value", "grid", "network, seed 1", "network, seed 2"} <= ways
    assert {"re-scored", "with clusters of spots", "with clusters of spots, network, seed 2"} <= ways
