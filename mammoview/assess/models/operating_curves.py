"""Operating curves of model.json: false marks and sensitivity by threshold, frequency of findings by score. No torch.

All figures are out of fold: of mammograms of patients that the models were not trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, field_validator


class Interval(NamedTuple):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class OperatingPoint(BaseModel):
    """One threshold of a layer or of the findings list.

    Parameters
    ----------
    threshold
        Marks at or above it count.
    false_marks, false_low, false_high
        False marks per normal view, and their 95 % interval at this threshold.
    sensitivity, low, high
        Share of the findings that a mark hits, and its 95 % interval at this number of false marks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float
    false_marks: float
    false_low: float
    false_high: float
    sensitivity: float
    low: float
    high: float


class OperatingCurve(BaseModel):
    """Sensitivity against false marks per normal view (free-response analysis), with the threshold of each point.

    Parameters
    ----------
    of
        What the findings are, such as "masses of CBIS-DDSM".
    split
        What the marks were made by and on.
    findings, normal_views, patients
        Numbers that the figures rest on; patients are those of both.
    points
        False marks and sensitivities rise, thresholds fall.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    split: str
    findings: int
    normal_views: int
    patients: int
    points: tuple[OperatingPoint, ...]

    @field_validator("points")
    @classmethod
    def _ordered(cls, points: tuple[OperatingPoint, ...]) -> tuple[OperatingPoint, ...]:
        rates, thresholds = [p.false_marks for p in points], [p.threshold for p in points]
        if len(points) < 2 or sorted(set(rates)) != rates or sorted(thresholds, reverse=True) != thresholds:
            raise ValueError("an operating curve needs two points or more; false marks rise and thresholds fall")
        return points

    def with_thresholds(self, change: Callable[[float], float]) -> OperatingCurve:
        """Return the same curve of values that were changed by a rising function."""
        points = [p.model_copy(update={"threshold": change(p.threshold)}) for p in self.points]
        return self.model_copy(update={"points": tuple(points)})

    def threshold_at(self, false_marks_per_normal_view: float) -> float:
        """Return the threshold with so many false marks per normal view; that of the nearest end beyond the curve."""
        return self._at(false_marks_per_normal_view, "threshold")

    def sensitivity_at(self, false_marks_per_normal_view: float) -> Interval:
        """Return the share of findings hit at so many false marks per normal view; flat beyond the curve's ends."""
        return Interval(*(self._at(false_marks_per_normal_view, name) for name in ("sensitivity", "low", "high")))

    def false_marks_at(self, threshold: float) -> Interval:
        """Return the false marks per normal view at a threshold; flat beyond the curve's ends."""
        points = self.points[::-1]
        at = [p.threshold for p in points]
        columns = [[getattr(p, name) for p in points] for name in ("false_marks", "false_low", "false_high")]
        return Interval(*(float(np.interp(threshold, at, column)) for column in columns))

    def _at(self, rate: float, name: str) -> float:
        return float(np.interp(rate, [p.false_marks for p in self.points], [getattr(p, name) for p in self.points]))


class ScoredMarks(BaseModel):
    """Marks of about the same score, counted.

    Parameters
    ----------
    score
        Their mean score.
    frequency, low, high
        Share of them that held a finding, and its 95 % interval.
    n
        Number of marks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float
    frequency: float
    low: float
    high: float
    n: int


class MarkOdds(BaseModel):
    """Of 100 marks scored so, how many held a finding.

    Parameters
    ----------
    split
        What the marks were made by and on. The share of views with a finding is that of these archives: where findings
        are rarer, as in screening, so are they among marks.
    points
        By rising score; frequencies do not fall.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    split: str
    points: tuple[ScoredMarks, ...]

    @field_validator("points")
    @classmethod
    def _rises(cls, points: tuple[ScoredMarks, ...]) -> tuple[ScoredMarks, ...]:
        scores, frequencies = [p.score for p in points], [p.frequency for p in points]
        if len(points) < 2 or sorted(set(scores)) != scores or sorted(frequencies) != frequencies:
            raise ValueError("frequencies need two scores or more, and do not fall")
        return points

    @property
    def marks(self) -> int:
        """Number of marks counted."""
        return sum(p.n for p in self.points)

    def at(self, score: float) -> Interval:
        """Return the frequency at a score; flat beyond the lowest and the highest one counted."""
        scores = [p.score for p in self.points]
        columns = [[getattr(p, name) for p in self.points] for name in ("frequency", "low", "high")]
        return Interval(*(float(np.interp(score, scores, column)) for column in columns))


class BundleCurves(BaseModel):
    """The curves of a bundle; None where it has none, as those of older versions.

    Parameters
    ----------
    heatmap
        Of the peaks of the fused heatmap.
    grid
        Of the peaks of the leading grid, by calibrated probability.
    findings
        Of the findings list, by `Finding.score`.
    odds
        Frequency of a finding by `Finding.score`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    heatmap: OperatingCurve | None = None
    grid: OperatingCurve | None = None
    findings: OperatingCurve | None = None
    odds: MarkOdds | None = None
