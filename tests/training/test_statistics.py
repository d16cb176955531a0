"""Figures and intervals against hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from training.statistics import Marks, auc, bootstrap, calibration_error, sensitivity_at, temperature


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


def test_bootstrap_of_a_mean_agrees_with_theory() -> None:
    values = np.random.default_rng(1).normal(3, 2, 500)
    figure = bootstrap(lambda i: float(values[i].mean()), np.arange(500).astype(str))
    assert figure.value == pytest.approx(values.mean())
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * 2 / np.sqrt(500), rel=0.12)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_temperature_is_recovered(true: float) -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(0, 2, 20000)
    labels = rng.random(20000) < 1 / (1 + np.exp(-z))
    assert temperature(labels, z * true) == pytest.approx(true, rel=0.08)


def test_calibration_error_of_known_cases() -> None:
    p = np.repeat([0.2, 0.8], 500)
    labels = np.concatenate([np.arange(500) < 100, np.arange(500) < 400])
    assert calibration_error(labels, p, np.ones(1000), bins=2) == pytest.approx(0, abs=1e-12)
    assert calibration_error(labels, np.clip(p + 0.1, 0, 1), np.ones(1000), bins=2) == pytest.approx(0.1)


def test_free_response_counts_each_lesion_once() -> None:
    one = Marks("a", np.array([0.9, 0.8, 0.7]), np.array([0, 0, -1]), 1)
    two = Marks("b", np.array([0.6, 0.5]), np.array([-1, 0]), 2)
    assert sensitivity_at([one, two], 0) == pytest.approx(1 / 3)
    assert sensitivity_at([one, two], 1) == pytest.approx(2 / 3)
    assert np.isnan(sensitivity_at([Marks("c", np.zeros(0), np.zeros(0, int), 0)], 1))
