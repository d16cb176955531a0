"""Calibrated probabilities: temperature and intercept of a classifier's logits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from torch import Tensor

from mammoview.evaluation.statistics import balanced

BIAS = "head.bias"
"""The classifier's last bias: one number for no finding, one for a finding."""


class LogitCalibration(NamedTuple):
    """A logit z becomes (z - offset) / temperature (Platt 1999; without the offset, Guo et al. 2017).

    The offset corrects for the training distribution, in which mined false positives are overrepresented.
    """

    temperature: float = 1.0
    offset: float = 0.0

    def logits(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return calibrated logits."""
        return (np.asarray(z, np.float64) - self.offset) / self.temperature

    def probability(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return calibrated probabilities; the prior is 1/2."""
        return 1 / (1 + np.exp(-self.logits(z)))

    def shifted(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return a classifier's weights with the offset in its last bias, so that only the temperature remains."""
        bias = weights[BIAS].clone()
        bias -= bias.new_tensor([-self.offset / 2, self.offset / 2])
        return weights | {BIAS: bias}


RAW = LogitCalibration()
"""Logits of the network."""


def calibrated(labels: NDArray[np.bool_], logits: NDArray[np.float64]) -> LogitCalibration:
    """Return the calibration that minimises the class-balanced log loss.

    Classes have equal weight, as in training: the prior of a calibrated probability is 1/2.
    """
    weight = balanced(labels)

    def loss(x: NDArray[np.float64]) -> float:
        z = LogitCalibration(float(np.exp(x[0])), float(x[1])).logits(logits)
        return float((weight * np.logaddexp(0, np.where(labels, -z, z))).sum())

    log_t, offset = optimize.minimize(loss, (0.0, 0.0), method="L-BFGS-B", bounds=((-3, 3), (-20, 20))).x
    return LogitCalibration(float(np.exp(log_t)), float(offset))
