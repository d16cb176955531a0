"""Scores of findings from the logits of candidates: a frequency with its interval, read from a curve."""

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


class FrequencyCurve(BaseModel):
    """How often marks held a finding, by their combined logit.

    Parameters
    ----------
    curve
        Frequencies by combined logit, rising, counted out of fold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    curve: tuple[CurvePoint, ...]

    @field_validator("curve")
    @classmethod
    def _rises(cls, curve: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
        logits, frequencies = [p.logit for p in curve], [p.frequency for p in curve]
        if len(curve) < 2 or sorted(set(logits)) != logits or sorted(frequencies) != frequencies:
            raise ValueError("a curve needs two points or more, and rises")
        return curve

    def frequencies(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frequency, low and high of every combined logit, (N, 3); flat beyond the curve's ends."""
        at = [p.logit for p in self.curve]
        columns = [[getattr(p, name) for p in self.curve] for name in ("frequency", "low", "high")]
        return np.stack([np.interp(logits, at, column) for column in columns], 1)


class Scoring(FrequencyCurve):
    """How the logits of a candidate become the score of a finding.

    Parameters
    ----------
    candidates
        Whose peaks are scored: the leading grid's, or those of the sum of its logit and the baseline heatmap's.
    grid, baseline, context, offset
        Weights of the logits of the leading grid, of the baseline heatmap and of the re-scorer, and what is added.
    """

    candidates: Literal["grid", "sum"] = "sum"
    grid: float
    baseline: float
    context: float
    offset: float

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the combined logit of every candidate, (N,), of the three logits of each, (N, 3)."""
        return np.asarray(features @ np.array([self.grid, self.baseline, self.context]) + self.offset)


class ClusterScoring(FrequencyCurve):
    """How a cluster of bright spots is scored among the other candidates.

    Its logit is that of a calcification, on one scale with the combined logits of `Scoring`: the curve is that of the
    list of both.

    Parameters
    ----------
    density, grid, network, offset
        Weights of the cluster's value on the map of clusters, of the logits of the leading grid and of the network, and
        what is added.
    """

    density: float
    grid: float
    network: float
    offset: float

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the combined logit of every cluster, (N,), of its three values, (N, 3)."""
        return np.asarray(features @ np.array([self.density, self.grid, self.network]) + self.offset)


def apart(cells: NDArray[np.intp], logits: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return which candidates stay, best first: those that lie near a higher one are left out.

    Parameters
    ----------
    cells
        (N, 2): row and column of each.
    logits
        (N,): combined logit of each.
    """
    kept: list[int] = []
    for k in np.argsort(-logits, kind="stable").tolist():
        if all(np.abs(cells[k] - cells[j]).max() > NEAREST_CELLS for j in kept):
            kept.append(k)
    return np.array(kept, np.intp)


def logit(p: NDArray[np.floating], least: float = 1e-4) -> NDArray[np.float64]:
    """Return the log odds of probabilities, kept `least` away from 0 and 1."""
    p = np.clip(np.asarray(p, np.float64), least, 1 - least)
    return np.asarray(np.log(p / (1 - p)))
