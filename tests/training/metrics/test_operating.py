"""Operating curves from marks: thresholds with their false marks on normal views, and frequencies by score."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks
from training.metrics.operating import BUDGETS, frequencies, operating_curve


def views(number: int, seed: int, lesions: int) -> list[CandidateMarks]:
    """Six marks on each view; on views with a lesion the first one hits it and scores higher on average."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(number):
        scores = rng.normal(0, 1, 6)
        lesion = np.full(6, -1)
        if lesions:
            lesion[0], scores[0] = 0, scores[0] + 2.5
        found.append(CandidateMarks(f"{seed} {k // 2}", scores, lesion, lesions))
    return found


def test_false_marks_are_counted_on_normal_views_only() -> None:
    marks = [*views(60, 0, 1), *views(80, 1, 0)]
    normal = np.array([not m.lesions for m in marks])
    curve = operating_curve(marks, normal, "masses", "made up", 200)
    assert [p.false_marks for p in curve.points] == list(BUDGETS)
    assert (curve.findings, curve.normal_views, curve.patients) == (60, 80, 70)
    best = np.array([m.scores[0] for m in marks[:60]])
    false = np.concatenate([m.scores for m in marks[60:]])
    for point in curve.points:
        assert (false >= point.threshold).sum() / 80 <= point.false_marks
        assert (false >= point.threshold - 1e-9).sum() / 80 == pytest.approx(point.false_marks, abs=1 / 40)
        assert point.sensitivity == pytest.approx((best >= point.threshold).mean(), abs=1e-4)
        assert point.low <= point.sensitivity <= point.high and point.false_low <= point.false_marks <= point.false_high
    # Of more marks on views with a finding nothing changes.
    more = [
        CandidateMarks(m.group, np.append(m.scores, 9.0), np.append(m.lesion, -1), m.lesions) if m.lesions else m
        for m in marks
    ]
    assert operating_curve(more, normal, "masses", "made up", 200).points == curve.points


def test_a_curve_ends_where_its_marks_end() -> None:
    marks = [*views(20, 0, 1), *(CandidateMarks(m.group, m.scores[:1], m.lesion[:1], 0) for m in views(40, 1, 0))]
    curve = operating_curve(marks, np.arange(60) >= 20, "masses", "made up", 50)
    assert curve.points[-1].false_marks < 1


@pytest.mark.parametrize("marks", [views(4, 0, 1), views(4, 0, 0)])
def test_a_curve_needs_findings_and_normal_views(marks: list[CandidateMarks]) -> None:
    with pytest.raises(MammoviewError, match="normal views and findings"):
        operating_curve(marks, np.array([not m.lesions for m in marks]), "masses", "made up")


def test_few_marks_make_no_curve() -> None:
    marks = [CandidateMarks("a", np.array([1.0]), np.array([0]), 1), CandidateMarks("b", np.empty(0), np.empty(0), 0)]
    with pytest.raises(MammoviewError, match="too few false marks"):
        operating_curve(marks, np.array([False, True]), "masses", "made up", 10)


def test_marks_that_are_scored_alike_are_one_point() -> None:
    groups, held = np.array([f"woman {k}" for k in range(400)]), np.arange(400) % 3 == 0
    scores = np.repeat([0.01, 0.01 + 1e-9, 0.5, 0.7], 100)
    points = frequencies(scores, held, groups)
    assert sum(p.n for p in points) == 400 and all(a.score < b.score for a, b in pairwise(points))
    with pytest.raises(MammoviewError, match="all marks are scored alike"):
        frequencies(np.full(400, 0.2), held, groups)


@pytest.mark.parametrize("number", [40, 600, 17_000])
def test_frequencies_are_counted_finest_at_the_top(number: int) -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(0, 2, number)
    held = rng.random(number) < 1 / (1 + np.exp(-scores))
    points = frequencies(scores, held, np.array([f"woman {k // 6}" for k in range(number)]))
    assert sum(p.n for p in points) == number and points[0].n == number // 2
    assert all(a.frequency < b.frequency and a.score < b.score for a, b in pairwise(points))
    assert all(p.low <= p.frequency <= p.high for p in points)
    if number > 1000:
        assert points[-1].n == 80 < points[1].n
        assert max(abs(p.frequency - 1 / (1 + np.exp(-p.score))) for p in points[1:]) < 0.08
