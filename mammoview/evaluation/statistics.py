"""Figures with their intervals: patient-clustered bootstrap, calibration, free-response curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
CALIBRATION_BINS = 15
"""Bins of equal mass of calibration figures."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval and the number of cases it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n})"

    def as_dict(self, split: str) -> dict[str, float | int | str]:
        """For model.json; `split` is where it was measured."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
            "split": split,
        }


SEED = 3
"""Of every bootstrap, so that the same cases give the same interval."""


def bootstrap(
    statistic: Callable[[NDArray[np.float64]], float], groups: NDArray[np.str_], draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Percentile interval of a weighted statistic, whole patients drawn with replacement.

    Parameters
    ----------
    statistic
        Takes the number of draws of each case, float64 (N,), and returns the figure. Draws for which it is not defined
        (ValueError or NaN, as for one class only) are left out.
    groups
        Patient of each case (N,).
    """
    (found,) = bootstrap_each(lambda w: np.array([statistic(w)]), groups, draws, seed)
    return found


def bootstrap_each(
    statistics: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    groups: NDArray[np.str_],
    draws: int = DRAWS,
    seed: int = SEED,
) -> list[Estimate]:
    """Percentile intervals of several weighted statistics (K,) at once, as `bootstrap` gives each of them.

    Draws for which all are not defined (ValueError) are left out, and NaN of a single one. What rests on one patient,
    as an area under the ROC curve whose positive cases are all of one woman, has no interval (NaN): the draws that are
    left would suggest that it cannot be another.
    """
    names, inverse = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    found = []
    draws = draws if len(names) > 1 else 0
    for _ in range(draws):
        drawn = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))
        try:
            found.append(statistics(drawn[inverse].astype(np.float64)))
        except ValueError:
            continue
    whole = statistics(np.ones(len(groups)))
    values = np.array(found, np.float64).reshape(-1, len(whole))
    rests = np.zeros(len(whole), bool)
    if len(values) < draws or not np.isfinite(values).all():
        rests = _rests_on_one(statistics, inverse, len(whole))
    estimates = []
    for value, of_draws, rests_on_one in zip(whole, values.T, rests, strict=True):
        finite = of_draws[np.isfinite(of_draws)]
        has_interval = finite.size and not rests_on_one
        low, high = np.percentile(finite, (2.5, 97.5)) if has_interval else (np.nan, np.nan)
        estimates.append(Estimate(float(value), float(low), float(high), len(groups)))
    return estimates


def _rests_on_one(
    statistics: Callable[[NDArray[np.float64]], NDArray[np.float64]], patients: NDArray[np.intp], count: int
) -> NDArray[np.bool_]:
    """Return which of `count` statistics are not defined without one of the patients, bool (count,)."""
    found = np.zeros(count, bool)
    for patient in range(int(patients.max()) + 1):
        try:
            found |= ~np.isfinite(statistics((patients != patient).astype(np.float64)))
        except ValueError:
            return np.ones(count, bool)
    return found


def in_order(names: Sequence[str]) -> NDArray[np.str_]:
    """Return the patient of each case as a number by first appearance, so that draws do not depend on the names."""
    numbers = {name: f"{k:09d}" for k, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], "U9")


def mean(values: NDArray[np.floating], groups: NDArray[np.str_], draws: int = DRAWS) -> Estimate:
    """Mean with its patient-clustered interval; NaN values are left out."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0)

    def statistic(w: NDArray[np.float64]) -> float:
        total = float((w * known).sum())
        return float((w * filled).sum()) / total if total else float("nan")

    return bootstrap(statistic, groups, draws)


def auc(
    labels: NDArray[np.bool_], scores: NDArray[np.float64], groups: NDArray[np.str_], draws: int = DRAWS
) -> Estimate:
    """Area under the ROC curve with its patient-clustered interval; equal scores count one half."""
    return bootstrap(_area(labels, scores), groups, draws)


def _area(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> Callable[[NDArray[np.float64]], float]:
    """Return the area under the ROC curve as a function of the cases' weights."""
    _, place = np.unique(scores, return_inverse=True)

    def statistic(w: NDArray[np.float64]) -> float:
        positive = np.bincount(place, w * labels)
        negative = np.bincount(place, w * ~labels)
        pairs = positive.sum() * negative.sum()
        if not pairs:
            raise ValueError("one class only")
        return float((positive * (np.cumsum(negative) - negative / 2)).sum() / pairs)

    return statistic


def ratio(
    of: NDArray[np.floating], total: NDArray[np.floating], groups: NDArray[np.str_], draws: int = DRAWS
) -> Estimate:
    """Ratio of two sums with its patient-clustered interval; n is the second sum."""

    def statistic(w: NDArray[np.float64]) -> float:
        whole = float((w * total).sum())
        return float((w * of).sum()) / whole if whole else float("nan")

    return replace(bootstrap(statistic, groups, draws), n=int(total.sum()))


Scored = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.str_]]
"""Labels, scores and patients of some cases."""


def auc_difference(one: Scored, two: Scored, draws: int = DRAWS) -> Estimate:
    """Difference of two areas (one minus two) on cases of the same patients, with a paired bootstrap over patients.

    The cases may differ: classifiers with another patch side have other patches.
    """
    first, second = _area(*one[:2]), _area(*two[:2])
    cut = len(one[0])
    found = bootstrap(lambda w: first(w[:cut]) - second(w[cut:]), np.concatenate([one[2], two[2]]), draws)
    return replace(found, n=cut)


def calibration_error(
    labels: NDArray[np.bool_], p: NDArray[np.float64], weights: NDArray[np.float64], bins: int = CALIBRATION_BINS
) -> float:
    """Return the expected calibration error over bins of equal mass, cases weighted by `weights`."""
    order = np.argsort(p, kind="stable")
    edges = np.searchsorted(np.cumsum(weights[order]), np.linspace(0, weights.sum(), bins + 1)[1:-1], "right")
    error = 0.0
    for part in np.split(order, edges):
        w = weights[part]
        if w.any():  # a bin may hold cases without weight alone, such as patients that a bootstrap did not draw
            error += w.sum() * abs(np.average(labels[part], weights=w) - np.average(p[part], weights=w))
    return float(error / weights.sum())


def brier(labels: NDArray[np.bool_], p: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted mean squared error of a probability (Brier 1950)."""
    return float(np.average((p - labels) ** 2, weights=weights))


def reliability(
    labels: NDArray[np.bool_], p: NDArray[np.float64], weights: NDArray[np.float64], bins: int = CALIBRATION_BINS
) -> NDArray[np.float64]:
    """Mean probability and share of findings in bins of equal mass, float64 (bins, 2); empty bins are left out."""
    order = np.argsort(p, kind="stable")
    edges = np.searchsorted(np.cumsum(weights[order]), np.linspace(0, weights.sum(), bins + 1)[1:-1], "right")
    parts = [part for part in np.split(order, edges) if part.size]
    return np.array([(np.average(p[i], weights=weights[i]), np.average(labels[i], weights=weights[i])) for i in parts])


def balanced(labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights under which both classes have the same mass: the prior of the calibrated probabilities is 1/2."""
    return np.where(labels, 0.5 / max(1, labels.sum()), 0.5 / max(1, (~labels).sum()))


def mid_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value, 1 for the lowest; equal values have the mean of their ranks."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[which]


def delong(labels: NDArray[np.bool_], one: NDArray[np.float64], two: NDArray[np.float64]) -> tuple[float, float, float]:
    """Difference of two correlated AUCs (one minus two), its standard error, and the two-sided p-value.

    DeLong, DeLong & Clarke-Pearson 1988, by mid-ranks (Sun & Xu 2014). Cases count as independent. Error and p-value
    are NaN where no variance can be estimated: of a single positive or negative case, or of areas that differ although
    no case varies.
    """
    m, n = int(labels.sum()), int((~labels).sum())
    areas, positive, negative = [], [], []
    for z in (one, two):
        within_positive, within_negative = mid_ranks(z[labels]), mid_ranks(z[~labels])
        joint = mid_ranks(np.concatenate([z[labels], z[~labels]]))
        v10 = (joint[:m] - within_positive) / n
        v01 = 1 - (joint[m:] - within_negative) / m
        areas.append(v10.mean())
        positive.append(v10)
        negative.append(v01)
    difference = float(areas[0] - areas[1])
    if m < 2 or n < 2:
        return difference, float("nan"), float("nan")
    covariance = np.cov(positive) / m + np.cov(negative) / n
    error = float(np.sqrt(max(0.0, covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])))
    if error == 0 and difference != 0:
        return difference, float("nan"), float("nan")
    p = 1.0 if error == 0 else math.erfc(abs(difference) / error / math.sqrt(2))
    return difference, error, p


class ViewMarks(Protocol):
    """What free-response analysis takes of one image.

    Parameters
    ----------
    group
        Patient.
    best
        Highest score of the marks that hit each lesion, -inf where none does, float64 (lesions,).
    false
        Scores of the marks that hit no lesion, float64 (N,).
    """

    @property
    def group(self) -> str: ...  # noqa: D102
    @property
    def best(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def false(self) -> NDArray[np.float64]: ...  # noqa: D102


@dataclass(frozen=True)
class CandidateMarks:
    """Candidates of one image: their scores, which lesion each one hits (-1 for none), how many lesions there are."""

    group: str
    scores: NDArray[np.float64]
    lesion: NDArray[np.intp]
    lesions: int

    @property
    def best(self) -> NDArray[np.float64]:
        """Highest score on each lesion, -inf for none, float64 (lesions,)."""
        best = [float(self.scores[self.lesion == k].max(initial=-np.inf)) for k in range(self.lesions)]
        return np.array(best, np.float64)

    @property
    def false(self) -> NDArray[np.float64]:
        """Scores of the candidates that hit no lesion, float64 (N,)."""
        return self.scores[self.lesion < 0]


RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""False marks per image at which sensitivity is read; their mean is the CPM of the LUNA16 challenge."""


class FreeResponse:
    """Free-response analysis of a set of images: lesions hit against false marks per image (Bunch et al. 1977).

    A lesion counts as hit once, by its best mark; further marks on it are ignored.

    Parameters
    ----------
    marks
        Candidates of every image.
    counted
        Images whose false marks are counted, bool (N,); all when left out. Lesions count on every image.
    """

    def __init__(self, marks: Sequence[ViewMarks], counted: NDArray[np.bool_] | None = None) -> None:
        self.groups = np.array([m.group for m in marks])
        self.counted = np.ones(len(marks), bool) if counted is None else counted
        best = [m.best for m in marks]
        self.lesion_image = np.repeat(np.arange(len(marks)), [len(b) for b in best])
        self.lesion_best = np.concatenate([*best, np.zeros(0)])
        false = [m.false if self.counted[i] else np.zeros(0) for i, m in enumerate(marks)]
        image = np.repeat(np.arange(len(marks)), [len(f) for f in false])
        scores = np.concatenate([*false, np.zeros(0)])
        order = np.argsort(-scores, kind="stable")
        self.false_scores, self.false_image = scores[order], image[order]

    def threshold(self, rate: float, weights: NDArray[np.float64] | None = None) -> float:
        """Lowest threshold above which there are no more than `rate` false marks per counted image."""
        w = np.ones(len(self.groups)) if weights is None else weights
        total = np.cumsum(w[self.false_image])
        allowed = rate * w[self.counted].sum()
        first = int(np.searchsorted(total, allowed, "right"))
        return float(self.false_scores[first]) if first < len(self.false_scores) else -np.inf

    def sensitivity(self, rate: float, weights: NDArray[np.float64] | None = None) -> float:
        """Share of lesions hit at `rate` false marks per counted image; ValueError without lesions."""
        w = np.ones(len(self.groups)) if weights is None else weights
        of_lesion = w[self.lesion_image]
        if not of_lesion.sum():
            raise ValueError("no lesion")
        return float(of_lesion[self.lesion_best > self.threshold(rate, w)].sum() / of_lesion.sum())

    def sensitivities(self, rates: Sequence[float], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return `sensitivity` at several rates, float64 (K,); ValueError without lesions."""
        return np.array([self.sensitivity(rate, weights) for rate in rates])

    def reach(self) -> float:
        """Return the false marks per counted image where all marks count: the curve does not go beyond."""
        images = int(self.counted.sum())
        return len(self.false_scores) / images if images else float("nan")

    def threshold_of(self, sensitivity: float) -> float:
        """Highest threshold that keeps this share of the lesions."""
        return float(np.quantile(self.lesion_best, 1 - sensitivity, method="lower"))

    def figure(self, rate: float, draws: int = DRAWS) -> Estimate:
        """Sensitivity at a rate with its interval; n counts lesions."""
        found = bootstrap(lambda w: self.sensitivity(rate, w), self.groups, draws)
        return replace(found, n=len(self.lesion_best))

    def cpm(self, draws: int = DRAWS) -> Estimate:
        """Mean sensitivity at 1/8 to 8 false marks per image."""
        found = bootstrap(lambda w: float(np.mean(self.sensitivities(RATES, w))), self.groups, draws)
        return replace(found, n=len(self.lesion_best))

    def curve(self) -> NDArray[np.float64]:
        """Rates and sensitivities of the whole curve up to 8 false marks per image, float64 (points, 2)."""
        rates = np.linspace(0, 8, 161)[1:]
        return np.array([(r, self.sensitivity(r)) for r in rates])
