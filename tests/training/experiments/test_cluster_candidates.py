"""Clusters of bright spots: what is one, where it lies on the cells, and how it joins the other candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import FreeResponse
from training.data.prepare import PreparedMammogram, PreparedOutline
from training.experiments import cluster_candidates, detection_figures
from training.experiments.candidates import Candidates, candidates
from training.experiments.cluster_candidates import cluster_logits, clusters_of, in_turn, merged, recall_rows
from training.experiments.detection import Scored
from training.experiments.spot_clusters import cluster_map, spots

SIDE = 320


def film(seed: int = 0) -> np.ndarray:
    """Grain of a film, float32 (320, 320), 64 mm."""
    return np.random.default_rng(seed).normal(0, 0.03, (SIDE, SIDE)).astype(np.float32)


def with_spots(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    image = image.copy()
    image[tuple(places.T)] += 1
    return image


CLUSTER = np.array([[184 + 4 * i, 104 + 4 * j] for i in range(4) for j in range(3)])
"""Twelve spots within 2.4 mm round (190, 108), so in the cell (11, 6)."""
ALL = np.ones((SIDE, SIDE), bool)


def test_small_bright_spots_are_found_and_large_ones_and_those_at_the_rim_are_not() -> None:
    down, across = np.mgrid[:SIDE, :SIDE]
    soft = np.exp(-((down - 80) ** 2 + (across - 200) ** 2) / (2 * 12.0**2)).astype(np.float32)
    image = with_spots(film() + soft, CLUSTER)
    found = {(int(r), int(c)) for r, c in spots(image, ALL)}
    assert {(int(r), int(c)) for r, c in CLUSTER} <= found
    assert len(found) < len(CLUSTER) + 5
    inside = ALL.copy()
    inside[:, :107] = False  # the second column of the cluster lies 1 px inside, the third 5 px
    assert {c for _, c in spots(image, inside)} & {104, 108, 112} == {112}


def test_a_cluster_is_denser_than_its_surroundings() -> None:
    alone = cluster_map(with_spots(film(), CLUSTER), ALL)
    assert alone.shape == (SIDE // 16, SIDE // 16)
    row, column = np.unravel_index(alone.argmax(), alone.shape)
    assert abs(row - 11) <= 1 and abs(column - 6) <= 1
    every = np.argwhere((np.indices((SIDE, SIDE)) % 6 == 3).all(0))
    among = cluster_map(with_spots(film(), np.concatenate([every, CLUSTER])), ALL)
    assert among[11, 6] < alone.max() / 2, "spots everywhere are no cluster"
    assert not cluster_map(np.zeros((SIDE, SIDE), np.float32), ALL).any()


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


def test_of_two_candidates_near_each_other_the_higher_one_stays() -> None:
    one, two = made(0, [(0, 0), (20, 20)], [-1, -1]), made(0, [(3, 0), (9, 9)], [0, -1])
    marks = merged((one, two), (np.array([1.0, 3.0]), np.array([2.0, 0.5])))
    assert marks.scores.tolist() == [3.0, 2.0, 0.5] and marks.lesion.tolist() == [-1, 0, -1]
    assert FreeResponse([marks]).lesion_best.tolist() == [2.0]


def test_candidates_taken_in_turn_hold_what_either_map_holds() -> None:
    one, two = made(0, [(0, 0), (10, 0), (20, 0)], [-1, -1, 0]), made(0, [(2, 2), (30, 30)], [-1, -1])
    found = in_turn(one, two, 2)
    assert found.cells.tolist() == [[0, 0], [10, 0], [20, 0], [30, 30]]  # (2, 2) is near (0, 0)
    rows = {told: figure.value for _, told, figure in recall_rows({"a": [found, made(1, [(0, 0)], [-1])]})}
    assert rows["mini_mias, calcification: share within 4 candidates"] == 0.5


def test_weights_of_clusters_are_fitted_on_women_of_other_folds() -> None:
    rng = np.random.default_rng(0)
    found, said = [], []
    for k in range(40):
        # One in three clusters of the outlined women lies on a calcification, and there both values are high.
        found.append(made(k % 2, [(0, 0), (10, 10), (20, 20)], [0, -1, -1]))
        said.append(np.array([[2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]) + rng.normal(0, 0.8, (3, 2)))
        # Nobody outlines calcifications here: these show what is none, not how often one is.
        found.append(made(k % 2, [(0, 0), (9, 9)], [-1, -1], "cbis_masses"))
        said.append(np.array([[0.0, 2.0], [0.0, 2.0]]) + rng.normal(0, 0.8, (2, 2)))
    found.append(made(0, [], []))
    said.append(np.empty((0, 2)))
    logits = cluster_logits(said, found)
    assert len(logits[-1]) == 0
    outlined = np.concatenate([z for z, c in zip(logits, found, strict=True) if c.member.source == "mini_mias"])
    assert outlined.size == 120 and abs((1 / (1 + np.exp(-outlined))).mean() - 1 / 3) < 0.05
    on, *off = np.mean([z for z in logits if len(z) == 3], axis=0)
    assert on > 1 and max(off) < -1
    other = list(said)
    other[0] = -said[0]  # of fold 0, so fold 1 alone is fitted otherwise
    changed = cluster_logits(other, found)
    assert changed[4][0] == logits[4][0] and changed[2][0] != logits[2][0]


def test_clusters_on_findings_of_another_kind_are_left_out_of_the_fit() -> None:
    rng = np.random.default_rng(0)
    found = [made(k % 2, [(0, 0), (10, 10)], [0, -1]) for k in range(20)]
    said = [np.array([[2.0], [0.0]]) + rng.normal(0, 0.8, (2, 1)) for _ in found]
    mass = PreparedOutline(np.array([[0, 0], [1, 0], [1, 1]], float), "MASS", "BENIGN")
    others = [made(k % 2, [(0, 0)], [0]) for k in range(20)]
    others = [replace(c, member=replace(c.member, findings=(mass,))) for c in others]
    alone = cluster_logits(said, found)
    beside = cluster_logits([*said, *(np.array([[-5.0]]) for _ in others)], [*found, *others])
    assert all(np.array_equal(a, b) for a, b in zip(alone, beside, strict=False))
    with pytest.raises(MammoviewError, match="all clusters lie on outlined calcifications, or none does"):
        cluster_logits([np.array([[1.0]])] * 20, others)
    elsewhere = [made(k % 2, [(0, 0), (9, 9)], [0, -1], "cbis_masses") for k in range(20)]
    with pytest.raises(MammoviewError, match="all clusters"):
        cluster_logits([np.array([[1.0], [0.0]])] * 20, elsewhere)


def test_the_table_tells_recall_and_lists(
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
    found = [candidates(m, maps[m.name]) for m in few]
    # No finding of the phantoms is a calcification, and few spots cluster there.
    monkeypatch.setattr(cluster_candidates, "kind_of", lambda _: "calcification")
    scored = [Scored(c, rng.normal(0, 1, (len(c.cells), 3))) for c in found]
    monkeypatch.setattr(cluster_candidates, "scored_of", lambda *_: scored)
    rows = cluster_candidates.run(tmp_path, ["one"], 12, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().count("\n") == len(rows) + 1
    ways = {way for way, _, _ in rows}
    assert {"peaks of the sum", "two of the sum, one cluster", "one: re-scored", "one: with clusters of spots"} <= ways
    assert any(told == "mini-MIAS, all findings hit at 1 FP/image, minus re-scored" for _, told, _ in rows)
    kept = sorted((tmp_path / cluster_candidates.FOLDER).glob("*.npz"))
    assert len(kept) == len(few)
