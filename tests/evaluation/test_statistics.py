"""Figures and intervals against hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from mammoview.evaluation.statistics import (
    CandidateMarks,
    FreeResponse,
    auc,
    auc_difference,
    balanced,
    brier,
    calibration_error,
    delong,
    mean,
    reliability,
)


def test_auc_and_its_interval_grow_with_clustering() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(400) < 0.5
    scores = labels + rng.normal(0, 1, 400)
    alone = auc(labels, scores, np.arange(400).astype(str))
    assert alone.low < alone.value < alone.high
    assert 0.70 < alone.value < 0.82  # Phi(1 / sqrt 2) = .760
    # Every case four times over, as four images of one woman: the interval must not shrink.
    again = auc(np.tile(labels, 4), np.tile(scores, 4), np.tile(np.arange(400), 4).astype(str))
    assert again.value == pytest.approx(alone.value)
    assert again.high - again.low == pytest.approx(alone.high - alone.low, rel=0.15)
    leaky = auc(np.tile(labels, 4), np.tile(scores, 4), np.arange(1600).astype(str))
    assert leaky.high - leaky.low < 0.7 * (alone.high - alone.low), "ignoring the patients would look twice as sure"


def test_what_rests_on_one_patient_has_no_interval() -> None:
    labels = np.arange(20) < 3
    scores, patients = labels.astype(float), np.array(["a"] * 3 + [f"b{n}" for n in range(17)])
    one = auc(labels, scores, patients)
    assert one.value == 1 and np.isnan(one.low) and np.isnan(one.high)
    difference = auc_difference((labels, scores, patients), (labels, -scores, patients))
    assert difference.value == 1 and np.isnan(difference.low)
    assert np.isnan(auc(~labels, scores, patients).low), "the other class as well"
    # Two women are enough for one, and lesions of one woman are as few as malignant cases.
    patients[2] = "c"
    assert np.isfinite(auc(labels, scores, patients).low)
    marks = [CandidateMarks(p, np.array([0.9]), np.array([0 if p == "a" else -1]), int(p == "a")) for p in patients]
    assert np.isnan(FreeResponse(marks[1:]).figure(1.0).low)
    known = np.where(patients == "b0", 1.0, np.nan)
    assert mean(known, patients).value == 1 and np.isnan(mean(known, patients).low)


def test_bootstrap_of_a_mean_agrees_with_theory() -> None:
    values = np.random.default_rng(1).normal(3, 2, 500)
    figure = mean(values, np.arange(500).astype(str))
    assert figure.value == pytest.approx(values.mean())
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * 2 / np.sqrt(500), rel=0.12)


def test_calibration_error_of_known_cases() -> None:
    p = np.repeat([0.2, 0.8], 500)
    labels = np.concatenate([np.arange(500) < 100, np.arange(500) < 400])
    assert calibration_error(labels, p, np.ones(1000), bins=2) == pytest.approx(0, abs=1e-12)
    assert calibration_error(labels, np.clip(p + 0.1, 0, 1), np.ones(1000), bins=2) == pytest.approx(0.1)


def test_auc_is_that_of_scikit_learn_with_ties() -> None:
    rng = np.random.default_rng(4)
    labels = rng.random(300) < 0.3
    scores = np.round(labels + rng.normal(0, 1, 300), 1)
    groups = np.repeat(np.arange(100), 3).astype(str)
    assert auc(labels, scores, groups).value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@pytest.mark.parametrize(
    ("labels", "one", "two", "difference"),
    [
        ([1, 0, 0, 0], [0.9, 0.1, 0.5, 0.2], [0.3, 0.1, 0.5, 0.2], 1 / 3),  # a single positive case
        ([1, 1, 1, 0], [0.9, 0.8, 0.7, 0.1], [0.9, 0.0, 0.7, 0.1], 1 / 3),  # a single negative one
        ([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], [0.1, 0.2, 0.8, 0.9], 1.0),  # one parts all pairs, the other none
    ],
)
def test_delong_without_a_variance_has_no_interval(
    labels: list[int], one: list[float], two: list[float], difference: float
) -> None:
    found = delong(np.array(labels, bool), np.array(one), np.array(two))
    assert found == pytest.approx((difference, np.nan, np.nan), nan_ok=True)


def test_one_patient_has_no_interval() -> None:
    labels, scores, one = np.array([True, False, False]), np.array([0.9, 0.2, 0.1]), np.array(["w", "w", "w"])
    marks = [CandidateMarks("w", scores, np.array([0, -1, -1]), 1)]
    found = (auc(labels, scores, one), mean(scores, one), FreeResponse(marks).cpm(), FreeResponse(marks).figure(1))
    assert all(np.isfinite(e.value) and np.isnan(e.low) and np.isnan(e.high) for e in found)


def test_a_bin_without_weight_adds_no_calibration_error() -> None:
    labels, p = np.array([False, False, True]), np.array([0.1, 0.2, 0.9])
    assert calibration_error(labels, p, np.array([0.0, 0.0, 10.0]), bins=2) == pytest.approx(0.1)


def test_calibration_is_that_of_scikit_learn() -> None:
    """Equal-mass bins against scikit-learn's; the Brier score against its own."""
    rng = np.random.default_rng(5)
    p = rng.random(1500)
    labels = rng.random(1500) < p**1.5
    share, middle = calibration_curve(labels, p, n_bins=15, strategy="quantile")
    np.testing.assert_allclose(reliability(labels, p, np.ones(1500)), np.stack([middle, share], 1), atol=0.004)
    assert calibration_error(labels, p, np.ones(1500)) == pytest.approx(np.abs(share - middle).mean(), abs=0.003)
    assert brier(labels, p, np.ones(1500)) == pytest.approx(brier_score_loss(labels, p), abs=1e-12)
    weights = balanced(labels)
    assert weights[labels].sum() == pytest.approx(weights[~labels].sum())


def test_delong_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(6)
    labels = rng.random(600) < 0.4
    common = rng.normal(0, 1, 600)
    one, two = labels * 1.2 + common, labels * 0.8 + common + rng.normal(0, 0.7, 600)
    difference, error, p = delong(labels, one, two)
    assert difference == pytest.approx(roc_auc_score(labels, one) - roc_auc_score(labels, two), abs=1e-12)
    draws = []
    for _ in range(600):
        i = rng.integers(600, size=600)
        draws.append(roc_auc_score(labels[i], one[i]) - roc_auc_score(labels[i], two[i]))
    assert error == pytest.approx(np.std(draws), rel=0.15)
    assert p < 0.05
    assert delong(labels, one, one) == (0.0, 0.0, 1.0)


ONE = CandidateMarks("a", np.array([0.9, 0.8, 0.7]), np.array([0, 0, -1]), 1)
TWO = CandidateMarks("b", np.array([0.6, 0.5]), np.array([-1, 0]), 2)


def test_free_response_counts_each_lesion_once() -> None:
    response = FreeResponse([ONE, TWO])
    assert response.sensitivity(0) == pytest.approx(1 / 3)
    assert response.sensitivity(1) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="no lesion"):
        FreeResponse([CandidateMarks("c", np.zeros(0), np.zeros(0, int), 0)]).sensitivity(1)


def test_free_response_may_count_false_marks_on_normals_only() -> None:
    normal = CandidateMarks("c", np.array([0.85]), np.array([-1]), 0)
    response = FreeResponse([ONE, TWO, normal], np.array([False, False, True]))
    assert response.threshold(0) == pytest.approx(0.85)
    assert response.sensitivity(0) == pytest.approx(1 / 3)
    assert response.sensitivity(1) == pytest.approx(2 / 3)


def test_free_response_is_what_counting_by_hand_gives() -> None:
    rng = np.random.default_rng(7)
    marks = []
    for k in range(60):
        lesions = int(rng.integers(0, 3))
        n = int(rng.integers(0, 6))
        marks.append(CandidateMarks(str(k // 2), rng.random(n), rng.integers(-1, lesions, n), lesions))
    response = FreeResponse(marks)
    for rate in (0.25, 1.0, 2.0):
        candidates = np.unique(np.concatenate([m.scores for m in marks] + [[-np.inf]]))
        best = 0.0
        for threshold in candidates:
            false = sum(int(((m.lesion < 0) & (m.scores > threshold)).sum()) for m in marks)
            hit = sum(len(set(m.lesion[(m.lesion >= 0) & (m.scores > threshold)])) for m in marks)
            if false <= rate * len(marks):
                best = max(best, hit / sum(m.lesions for m in marks))
        assert response.sensitivity(rate) == pytest.approx(best)
    figure = response.figure(1.0, 200)
    assert figure.low <= figure.value <= figure.high
    assert figure.n == sum(m.lesions for m in marks)
