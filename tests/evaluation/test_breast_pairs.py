"""Pairs of CC and MLO marks against a slow count of random breasts."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from mammoview.anatomy.nipple import TILT_DEGREES
from mammoview.assess.results.mark_pairs import TOLERANCE_MM
from mammoview.evaluation.breast_pairs import COLUMNS, pair_figures, pair_rows, report_part
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.results import ScanResult
from mammoview.evaluation.study_codes import StudyCodes
from mammoview.study.scan import Projection, box
from tests.evaluation.made_results import LISTED, result_of, scan_of

Mark = tuple[float, float, float]


def made(seed: int, women: int = 12) -> tuple[list[ScanResult], dict[tuple[str, str], list[tuple[int, list[Any]]]]]:
    """Random breasts in CC and MLO: results, and of each breast the number of boxes and the marks of both views."""
    rng = np.random.default_rng(seed)
    results, breasts = [], {}
    for woman, side in product(range(women), "RL"):
        views = []
        several = rng.random() < 0.2
        for projection in (Projection.CC, Projection.MLO):
            boxes = [(300.0, 300.0, 420.0, 420.0)] * (rng.random() < 0.6) + [(500.0, 700.0, 600.0, 800.0)] * several
            marks = [(x, y, round(float(s), 2)) for x, y, s in rng.uniform((0, 0, 0.2), (800, 1000, 1), (4, 3))]
            marks += [(360.0, float(rng.uniform(330, 400)), 0.85)] * (rng.random() < 0.7)
            scan = replace(
                scan_of(f"{woman}{side}{projection}", tuple(box(*b) for b in boxes), side), projection=projection
            )
            result = result_of(scan, f"woman {woman}", marks)
            for mark in result.held["marks"]:
                mark["from_nipple"] = {"inward_mm": mark["column"] / 10, "up_mm": (mark["row"] - 500) / 10}
            results.append(replace(result, owner=StudyCodes(f"woman {woman}", f"study {woman}")))
            views.append((len(boxes), [(mark["column"], mark["row"], mark["score"]) for mark in result.held["marks"]]))
        breasts[f"woman {woman}", side] = views
    return results, breasts


def slow_pairs(views: list[tuple[int, list[Mark]]], tilt: float) -> list[tuple[Mark, Mark]]:
    """Take the pair with the highest product of scores, strike out its marks, and so on."""
    cc, mlo = ([mark for mark in marks if mark[2] >= LISTED] for _, marks in views)

    def depth(mark: Mark, angle: float) -> float:
        return mark[0] / 10 * math.cos(angle) + (mark[1] - 500) / 10 * math.sin(angle)

    found = []
    while True:
        near = [(a, b) for a in cc for b in mlo if abs(depth(a, 0) - depth(b, tilt)) <= TOLERANCE_MM]
        if not near:
            return found
        best = max(near, key=lambda pair: pair[0][2] * pair[1][2])
        found.append(best)
        cc.remove(best[0])
        mlo.remove(best[1])


@pytest.fixture(scope="module", params=[1, 2])
def case(request: pytest.FixtureRequest) -> tuple[Evaluation, dict[tuple[str, str], list[tuple[int, list[Mark]]]]]:
    results, breasts = made(request.param)
    found, _ = evaluation_of(results)
    return found, breasts


def test_pairs_are_those_of_a_slow_count(case: tuple[Evaluation, Any]) -> None:
    evaluation, breasts = case
    rows = pair_rows(evaluation)
    reported = {column.name for column in COLUMNS}
    assert rows and all(row.keys() == reported for row in rows)
    lesions = {mark["mark_id"]: mark["hit"] for mark in evaluation.marks}
    total = one = single = with_pair = 0
    for (woman, side), views in breasts.items():
        expected = slow_pairs(views, math.radians(TILT_DEGREES))
        mine = [row for row in rows if (row["patient"], row["breast"]) == (woman, side)]
        assert [(row["cc_score"], row["mlo_score"]) for row in mine] == [(a[2], b[2]) for a, b in expected]
        assert [row["pair"] for row in mine] == list(range(1, len(expected) + 1))
        numbers = [number for number, _ in views]
        for row in mine:
            assert row["both_hit"] == (lesions[row["cc_mark_id"]] and lesions[row["mlo_mark_id"]])
            assert 0 <= row["difference_mm"] <= TOLERANCE_MM
            unknown = row["both_hit"] and numbers not in ([1, 1], [0, 0])
            assert row["one_lesion"] == (None if unknown else row["both_hit"])
        if numbers == [1, 1]:
            single, total = single + 1, total + len(mine)
            one += sum(row["both_hit"] for row in mine)
            with_pair += any(row["both_hit"] for row in mine)
    figures = {(f.name, f.subset): f.estimate for f in pair_figures(evaluation, rows, 30)}
    subset = "breasts with one lesion in both views"
    assert (figures["pairs that are one lesion", subset].value, figures["pairs that are one lesion", subset].n) == (
        pytest.approx(one / total), total,
    )  # fmt: skip
    found = figures["breasts with a pair on the lesion", subset]
    assert (found.value, found.n) == (pytest.approx(with_pair / single), single)
    assert figures["pairs per breast", "breasts with CC and MLO"].value == pytest.approx(len(rows) / len(breasts))
    assert figures["both marks hit a lesion", "pairs"].n == len(rows)
    assert all(not e.low > e.value and not e.value > e.high for e in figures.values())
    assert len(report_part(pair_figures(evaluation, rows, 5)).rows) == len(figures)


def test_without_both_projections_or_places_there_is_no_pair() -> None:
    lone = result_of(scan_of("a"), "w", [(1, 1, 0.9)])
    evaluation, _ = evaluation_of([lone])
    assert pair_rows(evaluation) == [] and pair_figures(evaluation, [], 5) == []
    other = result_of(replace(scan_of("b"), projection=Projection.MLO), "w", [(1, 1, 0.9)])
    evaluation, _ = evaluation_of([lone, other])  # without places from the nipple
    assert pair_rows(evaluation) == []
    ((per_breast, normal),) = (pair_figures(evaluation, [], 5),)
    assert (per_breast.estimate.value, normal.estimate.value) == (0.0, 0.0)
    failed = replace(other, held=None, reason="x")
    assert pair_figures(evaluation_of([lone, failed])[0], [], 5) == []
