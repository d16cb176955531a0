"""Figures with their intervals: patient-clustered bootstrap, calibration, free-response curves (rule 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from sklearn.metrics import roc_auc_score

DRAWS = 2000


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval and the number of cases it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n})"

    def as_dict(self, split: str) -> dict[str, float | int | str]:
        """For model.json; `split` says where it was measured."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
            "split": split,
        }


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float], groups: NDArray[np.str_], draws: int = DRAWS, seed: int = 3
) -> Figure:
    """Percentile interval of `statistic(indices)`, whole patients drawn with replacement.

    Draws for which the statistic is not defined (ValueError or NaN, as for one class only) are left out.
    """
    names, inverse = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(inverse == i) for i in range(len(names))]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        chosen = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        try:
            value = statistic(chosen)
        except ValueError:
            continue
        if np.isfinite(value):
            values.append(value)
    low, high = np.percentile(values, (2.5, 97.5)) if values else (np.nan, np.nan)
    return Figure(float(statistic(np.arange(len(groups)))), float(low), float(high), len(groups))


def auc(labels: NDArray[np.bool_], scores: NDArray[np.float64], groups: NDArray[np.str_]) -> Figure:
    """Area under the ROC curve with its patient-clustered interval."""

    def statistic(i: NDArray[np.intp]) -> float:
        if labels[i].all() or not labels[i].any():
            raise ValueError("one class only")
        return float(roc_auc_score(labels[i], scores[i]))

    return bootstrap(statistic, groups)


def temperature(labels: NDArray[np.bool_], logits: NDArray[np.float64]) -> float:
    """Temperature that minimises the class-balanced log loss of sigmoid(z / T) (Guo et al. 2017).

    Classes are weighted alike, as they were in training: the prior of a calibrated probability is 1/2.
    """
    weight = np.where(labels, 0.5 / max(1, labels.sum()), 0.5 / max(1, (~labels).sum()))

    def loss(log_t: float) -> float:
        z = logits / np.exp(log_t)
        return float((weight * np.logaddexp(0, np.where(labels, -z, z))).sum())

    return float(np.exp(optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def calibration_error(
    labels: NDArray[np.bool_], p: NDArray[np.float64], weights: NDArray[np.float64], bins: int = 15
) -> float:
    """Return the expected calibration error over bins of equal mass, cases weighted by `weights`."""
    order = np.argsort(p, kind="stable")
    edges = np.searchsorted(np.cumsum(weights[order]), np.linspace(0, weights.sum(), bins + 1)[1:-1], "right")
    error = 0.0
    for part in np.split(order, edges):
        if part.size:
            w = weights[part]
            error += w.sum() * abs(np.average(labels[part], weights=w) - np.average(p[part], weights=w))
    return float(error / weights.sum())


@dataclass(frozen=True)
class Marks:
    """Candidates of one image: their scores, which lesion each one hits (-1 for none), how many lesions there are."""

    group: str
    scores: NDArray[np.float64]
    lesion: NDArray[np.intp]
    lesions: int


def sensitivity_at(marks: list[Marks], false_per_image: float) -> float:
    """Share of lesions hit at the threshold that gives so many false marks per image; NaN without lesions."""
    lesions = sum(m.lesions for m in marks)
    if not lesions:
        return float("nan")
    false = np.sort(np.concatenate([m.scores[m.lesion < 0] for m in marks]))[::-1]
    allowed = int(false_per_image * len(marks))
    threshold = false[allowed] if allowed < len(false) else -np.inf
    hit = sum(len(set(m.lesion[(m.lesion >= 0) & (m.scores > threshold)])) for m in marks)
    return hit / lesions
