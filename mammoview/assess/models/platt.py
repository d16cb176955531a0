"""Platt scaling: the calibration of the probabilities that a reader is shown. No torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit


class PlattScaling(BaseModel):
    """A logit z becomes slope * z + intercept (Platt 1999), which rises with z: the order of values stays.

    Parameters
    ----------
    slope
        Above 0.
    intercept
        Logit of what was 1/2.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slope: float = Field(default=1.0, gt=0)
    intercept: float = 0.0

    def logits(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the scaled logits."""
        return np.asarray(z, np.float64) * self.slope + self.intercept

    def probability(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probabilities of logits that are yet to be scaled."""
        return np.asarray(expit(self.logits(z)))

    def threshold(self, p: float) -> float:
        """Return the threshold that lets the same cells through as `p` did; thresholds outside 0..1 stay."""
        if self == UNSCALED or not 0 < p < 1:
            return p
        return float(self.probability(np.log(p / (1 - p))))


UNSCALED = PlattScaling()
"""Of models without a calibration of what is shown, as those of older bundles: their values are shown as they are."""
