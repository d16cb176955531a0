"""Clusters in the program's list: how they are weighed, merged and counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import FreeResponse
from training.data.prepare import PreparedMammogram, PreparedOutline
from training.experiments import cluster_figures
from training.experiments.candidates import Candidates
from training.experiments.cluster_figures import (
    SPOTS,
    cluster_logits,
    clusters_in,
    fitted,
    gains,
    merged,
    positive_rows,
    ranking_rows,
    score_rows,
)
from training.experiments.detection import Scored
from training.experiments.detection_figures import marks_of


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_figures, "DRAWS", 20)


def made(
    fold: int, cells: list[tuple[int, int]], lesion: list[int], features: np.ndarray, source: str = "mini_mias"
) -> Scored:
    square = np.array([[0, 0], [1, 0], [1, 1]], float)
    outline = PreparedOutline(square, "CALC", "BENIGN")
    member = PreparedMammogram(Path(), source, "x", f"w{fold}", fold, False, (outline,), {}, {})
    at = np.array(cells, np.intp).reshape(-1, 2)
    return Scored(Candidates(member, at, features[:, 0], np.array(lesion, np.intp)), features)


def test_of_two_candidates_near_each_other_the_higher_one_stays() -> None:
    peaks = made(0, [(0, 0), (20, 20)], [-1, -1], np.zeros((2, 3)))
    both = replace(peaks, clusters=made(0, [(3, 0), (9, 9)], [0, -1], np.zeros((2, 3))))
    (marks,) = merged([both], [np.array([1.0, 3.0])], [np.array([2.0, 0.5])])
    assert marks.scores.tolist() == [3.0, 2.0, 0.5] and marks.lesion.tolist() == [-1, 0, -1]
    assert FreeResponse([marks]).lesion_best.tolist() == [2.0]
    with pytest.raises(MammoviewError, match="clusters were not looked for"):
        clusters_in([both, peaks])


def outlined_and_not() -> list[Scored]:
    rng = np.random.default_rng(0)
    found = []
    for k in range(40):
        # One in three clusters of the outlined women lies on a calcification, and there all values are high.
        features = np.array([[2.0, 2.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]) + rng.normal(0, 0.8, (3, 3))
        found.append(made(k % 2, [(0, 0), (10, 10), (20, 20)], [0, -1, -1], features))
        # Calcifications are not outlined here: these show what is none, not how often one is.
        features = np.array([[0.0, 2.0, 0.0], [0.0, 2.0, 0.0]]) + rng.normal(0, 0.8, (2, 3))
        found.append(made(k % 2, [(0, 0), (9, 9)], [-1, -1], features, "cbis_masses"))
    return [*found, made(0, [], [], np.empty((0, 3)))]


def test_weights_of_clusters_are_fitted_on_women_of_other_folds() -> None:
    found = outlined_and_not()
    logits = cluster_logits(found, SPOTS)
    assert len(logits[-1]) == 0
    outlined = np.concatenate([z for z, c in zip(logits, found, strict=True) if c.found.member.source == "mini_mias"])
    assert outlined.size == 120 and abs((1 / (1 + np.exp(-outlined))).mean() - 1 / 3) < 0.05
    on, *off = np.mean([z for z in logits if len(z) == 3], axis=0)
    assert on > 1 and max(off) < -1
    # The first is of fold 0, so fold 1 alone is fitted otherwise.
    changed = cluster_logits([replace(found[0], features=-found[0].features), *found[1:]], SPOTS)
    assert changed[4][0] == logits[4][0] and changed[2][0] != logits[2][0]


def test_what_ships_is_fitted_on_all_folds() -> None:
    found = outlined_and_not()
    weights = fitted(found, SPOTS)
    features = np.concatenate([c.features[:, SPOTS] for c in found if c.found.member.source == "mini_mias"])
    assert abs((1 / (1 + np.exp(-weights.logits(features)))).sum() - 40) < 1e-6
    assert weights.weights.shape == (2,) and weights.weights.min() > 0


def test_clusters_on_findings_of_another_kind_are_left_out_of_the_fit() -> None:
    rng = np.random.default_rng(0)
    found = [made(k % 2, [(0, 0), (10, 10)], [0, -1], rng.normal([[2.0] * 3, [0.0] * 3], 0.8)) for k in range(20)]
    mass = PreparedOutline(np.array([[0, 0], [1, 0], [1, 1]], float), "MASS", "BENIGN")
    others = [made(k % 2, [(0, 0)], [0], np.full((1, 3), -5.0)) for k in range(20)]
    others = [replace(c, found=replace(c.found, member=replace(c.found.member, findings=(mass,)))) for c in others]
    alone, beside = cluster_logits(found), cluster_logits([*found, *others])
    assert all(np.array_equal(a, b) for a, b in zip(alone, beside, strict=False))
    with pytest.raises(MammoviewError, match="all clusters lie on outlined calcifications, or none does"):
        cluster_logits(others)
    features = np.array([[1.0] * 3, [0.0] * 3])
    with pytest.raises(MammoviewError, match="all clusters"):
        cluster_logits([made(k % 2, [(0, 0), (9, 9)], [0, -1], features, "cbis_masses") for k in range(20)])


def women(first: float, second: float) -> list[Scored]:
    features = np.array([[0.0, 0.0, first], [0.0, 0.0, second]])
    one = made(0, [(0, 0), (9, 9)], [-1, 0], features)
    return [
        replace(one, found=replace(one.found, member=replace(one.found.member, group=f"w{k}", fold=k % 5)))
        for k in range(12)
    ]


def test_a_network_that_ranks_calcifications_first_hits_them() -> None:
    good, poor = women(-1.0, 1.0), women(1.0, -1.0)
    for of, value in ((good, 1.0), (poor, 0.0)):
        rows = {reported: figure.value for _, reported, figure in ranking_rows(of, "some")}
        assert rows["clusters of mini-MIAS on calcifications against other clusters, AUC"] == value
        assert rows["mini-MIAS, calcifications hit by clusters alone at 0.5 FP/image"] == value
    normal = replace(good[0], found=replace(good[0].found, member=replace(good[0].found.member, findings=())))
    shares = positive_rows([*good, replace(normal, features=np.zeros((1, 3)))], "some")
    assert [(reported.split(":")[0], figure.value, figure.n) for _, reported, figure in shares] == [
        ("views of mini_mias, with findings", 1.0, 12),
        ("views of mini_mias, without findings", 0.0, 1),
    ]
    off = [replace(c, found=replace(c.found, lesion=np.array([-1, -1]))) for c in good]
    assert not ranking_rows(off, "some")


def test_scores_of_clusters_are_reported_beside_what_they_held() -> None:
    rng = np.random.default_rng(0)
    found, logits, of_clusters = [], [], []
    for k in range(400):
        source = "mini_mias" if k % 4 == 0 else "cbis_masses"
        values = rng.normal(-1, 2, 2)
        # Peaks hold findings as often as their logits state; so do clusters, but masses have none outlined.
        held = rng.random(2) < 1 / (1 + np.exp(-values))
        held[1] &= source == "mini_mias"
        peak, cluster = (np.array([value]) for value in values)
        one = made(k % 5, [(0, 0)], [0 if held[0] else -1], peak[:, None], source)
        other = made(k % 5, [(9, 9)], [0 if held[1] else -1], cluster[:, None], source)
        both = replace(one, clusters=other)
        found.append(replace(both, found=replace(both.found, member=replace(both.found.member, group=f"w{k}"))))
        logits.append(peak)
        of_clusters.append(cluster)
    rows = dict(score_rows(found, logits, of_clusters))
    listed = "listed at 1 FP/image, sets with outlined"
    assert len(rows) == 8
    masses, outlined = f"clusters {listed} masses alone", f"clusters {listed} calcifications"
    assert rows[f"{masses}: share that hold a finding"].value == 0 < rows[f"{masses}: mean score"].value
    assert rows[f"{outlined}: share that hold a finding"].value > rows[f"{outlined}: mean score"].value > 0
    assert rows[f"{masses}: mean score"].n > 2 * rows[f"{outlined}: mean score"].n > 0


def test_gains_are_those_of_calcifications_and_of_all_findings() -> None:
    good, poor = (marks_of(of, [c.features[:, 2] for c in of]) for of in (women(-1.0, 1.0), women(1.0, -1.0)))
    rows = dict(gains([c.found.member for c in women(0, 0)], good, poor, "re-scored"))
    for kind in ("all findings", "calcifications"):
        assert rows[f"mini-MIAS, {kind} hit at 0.5 FP/image"].value == 1
        assert rows[f"mini-MIAS, {kind} hit at 0.5 FP/image, minus re-scored"].value == 1
