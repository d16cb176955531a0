"""Operating curves and frequencies of marks, as model.json holds them, from out-of-fold marks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from mammoview.assess.models.operating_curves import OperatingCurve, OperatingPoint, ScoredMarks
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, FreeResponse, bootstrap

BUDGETS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""False marks per normal view at which a curve has a point, as far as the marks reach."""
TOP_MARKS, GROWTH = 80, 1.35
"""Marks of the point of the highest scores, and by how much each point below it has more."""
LEAST_RISE = 1e-4
"""Frequency by which a point lies above the one before at least."""
DRAWS = 1000


def operating_curve(
    marks: list[CandidateMarks], normal: NDArray[np.bool_], of: str, split: str, draws: int = DRAWS
) -> OperatingCurve:
    """Return sensitivity and threshold at budgets of false marks per normal view.

    Parameters
    ----------
    marks
        Of the views whose findings count and of the normal views, (N,); a mark counts from its score on.
    normal
        Which views are normal, bool (N,).
    of, split
        As of `OperatingCurve`.

    Raises
    ------
    MammoviewError
        Without a normal view or a finding, or when the marks do not reach two budgets.
    """
    if not normal.any() or not sum(m.lesions for m in marks):
        raise MammoviewError("an operating curve needs normal views and findings", "Prepare more data")
    response = FreeResponse(marks, normal)
    points: list[OperatingPoint] = []
    for budget in BUDGETS:
        below = response.threshold(budget)
        if not np.isfinite(below):
            break
        threshold = float(np.nextafter(below, np.inf))
        if points and threshold >= points[-1].threshold:
            continue
        counts = np.array([float((m.scores[m.lesion < 0] >= threshold).sum()) for m in marks])
        false = bootstrap(_per(counts, normal), response.groups, draws)
        hit = response.figure(budget, draws)
        points.append(
            OperatingPoint(
                threshold=threshold,
                false_marks=budget,
                false_low=round(min(false.low, budget), 4),
                false_high=round(max(false.high, budget), 4),
                sensitivity=round(hit.value, 4),
                low=round(hit.low, 4),
                high=round(hit.high, 4),
            )
        )
    if len(points) < 2:
        raise MammoviewError("there are too few false marks for an operating curve", "Keep marks of lower scores")
    return OperatingCurve(
        of=of,
        split=split,
        findings=len(response.lesion_best),
        normal_views=int(normal.sum()),
        patients=len(set(response.groups.tolist())),
        points=tuple(points),
    )


def _per(counts: NDArray[np.float64], normal: NDArray[np.bool_]) -> Callable[[NDArray[np.float64]], float]:
    def statistic(w: NDArray[np.float64]) -> float:
        views = float(w[normal].sum())
        return float((w * counts)[normal].sum()) / views if views else float("nan")

    return statistic


def frequencies(
    scores: NDArray[np.float64], held: NDArray[np.bool_], groups: NDArray[np.str_]
) -> tuple[ScoredMarks, ...]:
    """Count how often marks held a finding, by score; the lower half of the marks is one point.

    Parameters
    ----------
    scores
        Out of fold, (N,).
    held
        Whether each mark held a finding, (N,).
    groups
        Patient of each mark, for the intervals.

    Raises
    ------
    MammoviewError
        When all scores are alike.
    """
    order = np.argsort(scores, kind="stable")
    half = len(order) // 2
    parts: list[NDArray[np.intp]] = []
    for part in (order[:half], *(order[start:end] for start, end in pairwise(_edges(half, len(order))))):
        if parts and scores[part].mean() <= scores[parts[-1]].mean():  # marks that are scored alike
            parts[-1] = np.concatenate([parts[-1], part])
        else:
            parts.append(part)
    if len(parts) < 2:
        raise MammoviewError("all marks are scored alike", "Train the models for longer")
    at = [float(scores[part].mean()) for part in parts]
    counted = [bootstrap(_share(held[part]), groups[part], 500) for part in parts]
    n = [len(part) for part in parts]
    level = IsotonicRegression().fit(at, [f.value for f in counted], n).predict(at)
    # Where the counts do not rise, scores still rank: each point is a little above the one before.
    rising = np.maximum.accumulate(level - LEAST_RISE * np.arange(len(level))) + LEAST_RISE * np.arange(len(level))
    low, high = (
        np.maximum.accumulate(IsotonicRegression().fit(at, [getattr(f, end) for f in counted], n).predict(at))
        for end in ("low", "high")
    )
    return tuple(
        ScoredMarks(
            score=z,
            frequency=round(float(f), 5),
            low=round(float(min(a, f)), 5),
            high=round(float(max(b, f)), 5),
            n=k,
        )
        for z, f, a, b, k in zip(at, rising, low, high, n, strict=True)
    )


def _edges(half: int, total: int) -> list[int]:
    """Bounds of the points above the median, rising, wider and wider from the top down."""
    edges, size = [total], float(min(TOP_MARKS, max(1, (total - half) // 4)))
    while edges[-1] - size > half + size / 2:
        edges.append(edges[-1] - round(size))
        size *= GROWTH
    return [half, *edges[::-1]]


def _share(held: NDArray[np.bool_]) -> Callable[[NDArray[np.float64]], float]:
    return lambda w: float((w * held).sum() / w.sum())
