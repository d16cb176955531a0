"""Temperature and intercept: what they recover, and that a classifier with a shifted bias gives the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from mammoview.assess.models.networks import TissueConfig, build_network
from training.fit.classifier import logits
from training.metrics.calibration import LogitCalibration, calibrated


def cases(prior: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Labels and logits that are calibrated for findings and negatives weighted alike, however many there are."""
    rng = np.random.default_rng(2)
    z = rng.normal(0, 2, 40000)
    labels = rng.random(z.size) < 1 / (1 + np.exp(-z))
    keep = labels | (rng.random(z.size) < (1 - prior) / prior)
    return labels[keep], z[keep]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("offset", [-1.5, 0.0, 0.7])
def test_temperature_and_offset_are_recovered(temperature: float, offset: float) -> None:
    labels, z = cases()
    found = calibrated(labels, z * temperature + offset)
    assert found.temperature == pytest.approx(temperature, rel=0.04)
    assert found.offset == pytest.approx(offset, abs=0.06 * temperature)


def test_rare_findings_weigh_as_much_as_the_rest_together() -> None:
    labels, z = cases(0.8)
    assert labels.mean() > 0.7
    found = calibrated(labels, z)
    assert found.temperature == pytest.approx(1, rel=0.04)
    assert found.offset == pytest.approx(0, abs=0.1)


def test_it_is_a_logistic_regression() -> None:
    labels, z = cases(0.7)
    oracle = LogisticRegression(C=np.inf, class_weight="balanced", tol=1e-8).fit(3 * z[:, None] + 1, labels)
    found = calibrated(labels, 3 * z + 1)
    assert 1 / found.temperature == pytest.approx(oracle.coef_[0, 0], rel=1e-3)
    assert -found.offset / found.temperature == pytest.approx(oracle.intercept_[0], abs=1e-3)


def test_nothing_to_calibrate_with_is_no_fault() -> None:
    labels = np.zeros(5, bool)
    found = calibrated(labels, np.linspace(-1, 1, 5))
    assert np.isfinite(found).all()


def test_a_shifted_classifier_needs_the_temperature_alone() -> None:
    torch.manual_seed(3)
    network = build_network(TissueConfig(widths=(4, 8), patch_px=32)).eval()
    patches = torch.randn(6, 1, 32, 32)
    calibration = LogitCalibration(0.7, -0.6)
    wanted = calibration.logits(logits(network, patches))
    network.load_state_dict(calibration.shifted(network.state_dict()))
    np.testing.assert_allclose(logits(network, patches) / 0.7, wanted, atol=1e-5)
    assert calibration.probability(np.array([-0.6]))[0] == 0.5
