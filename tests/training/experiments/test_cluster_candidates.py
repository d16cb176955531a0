"""Candidates where bright spots cluster: where they lie on the cells, and what candidates hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.assess.inference.test_spot_clusters import CLUSTER, SIDE, film, with_spots
from training.data.prepare import PreparedMammogram, PreparedOutline
from training.experiments import cluster_candidates, detection_figures
from training.experiments.candidates import Candidates
from training.experiments.cluster_candidates import clusters_of, in_turn, recall_rows


def member_in(folder: Path, image: np.ndarray, corners: dict[int, tuple[int, int]]) -> PreparedMammogram:
    shapes = {200: image.shape, 400: (SIDE // 2, SIDE // 2)}
    for um, shape in shapes.items():
        np.save(folder / f"mini_mias.one.{um}.npy", image if um == 200 else np.zeros(shape, np.float16))
        np.save(folder / f"mini_mias.one.{um}.mask.npy", np.full(shape, 255, np.uint8))
    return PreparedMammogram(folder, "mini_mias", "one", "one", 0, False, (), corners, {})


def test_the_map_lies_on_the_cells_of_the_heatmaps_image(tmp_path: Path) -> None:
    member = member_in(tmp_path, with_spots(film(), CLUSTER), {200: (-32, 32), 400: (-40, 0)})
    values = clusters_of(member)
    assert values.shape == (20, 20)
    # The image of 200 um starts 3 cells right of and 2 cells below that of 400 um.
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert abs(row - 13) <= 1 and abs(column - 9) <= 1


def made(fold: int, cells: list[tuple[int, int]], lesion: list[int], source: str = "mini_mias") -> Candidates:
    square = np.array([[0, 0], [1, 0], [1, 1]], float)
    member = PreparedMammogram(
        Path(), source, "x", f"w{fold}", fold, False, (PreparedOutline(square, "CALC", "BENIGN"),), {}, {}
    )
    score = -np.arange(len(cells), dtype=float)
    return Candidates(member, np.array(cells, np.intp).reshape(-1, 2), score, np.array(lesion, np.intp))


def test_candidates_taken_in_turn_hold_what_either_map_holds() -> None:
    one, two = made(0, [(0, 0), (10, 0), (20, 0)], [-1, -1, 0]), made(0, [(2, 2), (30, 30)], [-1, -1])
    found = in_turn(one, two, 2)
    assert found.cells.tolist() == [[0, 0], [10, 0], [20, 0], [30, 30]]  # (2, 2) is near (0, 0)
    rows = {reported: figure.value for _, reported, figure in recall_rows({"a": [found, made(1, [(0, 0)], [-1])]})}
    assert rows["mini_mias, calcification: share within 4 candidates"] == 0.5


def test_the_table_tells_recall(
    members: list[PreparedMammogram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [m for m in members if not m.unplaced and m.fold >= 0]
    rng = np.random.default_rng(0)
    maps = {m.name: rng.normal(0, 1, tuple(n // 8 for n in m.image(400).shape)) for m in few}
    monkeypatch.setattr(cluster_candidates, "known", lambda _: few)
    monkeypatch.setattr(cluster_candidates, "grid_logit", lambda _, m: maps[m.name])
    monkeypatch.setattr(cluster_candidates, "heatmap_cells", lambda _, m, seed: 1 / (1 + np.exp(-maps[m.name])))
    for module in (cluster_candidates, detection_figures):
        monkeypatch.setattr(module, "DRAWS", 20)
    rows = cluster_candidates.run(tmp_path, 12, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().count("\n") == len(rows) + 1
    assert {"peaks of the sum", "two of the sum, one cluster"} <= {way for way, _, _ in rows}
    assert len(list((tmp_path / cluster_candidates.FOLDER).glob("*.npz"))) == len(few)
