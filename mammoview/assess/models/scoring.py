"""Scores of findings from a re-scorer's logits: a frequency with its interval, read from a curve."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator

CANDIDATES = 12
"""The best peaks of a map that are scored: they hold nine tenths of the masses."""
NEAREST_CELLS = 3
"""Peaks closer than this (about 1 cm) are one candidate."""


class CurvePoint(BaseModel):
    """One point of the curve from scores to frequencies.

    Parameters
    ----------
    logit
        Combined logit of the marks counted here.
    frequency, low, high
        Share of them that held a finding, and its 95 % interval.
    n
        Number of marks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    logit: float
    frequency: float
    low: float
    high: float
    n: int


class Scoring(BaseModel):
    """How the logits of a candidate become the score of a finding.

    Parameters
    ----------
    candidates
        Whose peaks are scored: the leading grid's, or those of the sum of its logit and the baseline heatmap's.
    grid, baseline, context, offset
        Weights of the logits of the leading grid, of the baseline heatmap and of the re-scorer, and what is added.
    curve
        Frequencies by combined logit, rising, counted out of fold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: Literal["grid", "sum"] = "sum"
    grid: float
    baseline: float
    context: float
    offset: float
    curve: tuple[CurvePoint, ...]

    @field_validator("curve")
    @classmethod
    def _rises(cls, curve: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
        logits, frequencies = [p.logit for p in curve], [p.frequency for p in curve]
        if len(curve) < 2 or sorted(set(logits)) != logits or sorted(frequencies) != frequencies:
            raise ValueError("a curve needs two points or more, and rises")
        return curve

    def logits(self, said: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the combined logit of every candidate, (N,), of the three logits of each, (N, 3)."""
        return np.asarray(said @ np.array([self.grid, self.baseline, self.context]) + self.offset)

    def frequencies(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frequency, low and high of every combined logit, (N, 3); flat beyond the curve's ends."""
        at = [p.logit for p in self.curve]
        columns = [[getattr(p, name) for p in self.curve] for name in ("frequency", "low", "high")]
        return np.stack([np.interp(logits, at, column) for column in columns], 1)


def logit(p: NDArray[np.floating], least: float = 1e-4) -> NDArray[np.float64]:
    """Return the log odds of probabilities, kept `least` away from 0 and 1."""
    p = np.clip(np.asarray(p, np.float64), least, 1 - least)
    return np.asarray(np.log(p / (1 - p)))
