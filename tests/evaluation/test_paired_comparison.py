"""Two evaluations against each other: paired statistics against independent ones, and what differs, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.figures import CountedViews, Figure, figures_of, roc_cases
from mammoview.evaluation.paired_comparison import COLUMNS, compare, differences, paired, report_part
from mammoview.evaluation.statistics import delong
from mammoview.evaluation.study_codes import StudyCodes
from mammoview.study.scan import box
from mammoview.study.spacing import Spacing, SpacingSource
from tests.evaluation.made_results import Case, random_cases, result_of, results_of, scan_of


def slow_delong(labels: np.ndarray, one: np.ndarray, two: np.ndarray) -> tuple[float, float, float]:
    """DeLong, DeLong & Clarke-Pearson 1988 as it is written: a kernel over all pairs, and sums over its rows."""
    v10, v01 = [], []
    for scores in (one, two):
        x, y = scores[labels], scores[~labels]
        kernel = np.array([[1.0 if a > b else 0.5 if a == b else 0.0 for b in y] for a in x])
        v10.append(kernel.mean(1))
        v01.append(kernel.mean(0))
    area = [v.mean() for v in v10]
    m, n = len(v10[0]), len(v01[0])

    def s(v: list[np.ndarray], i: int, j: int) -> float:
        return float(((v[i] - area[i]) * (v[j] - area[j])).sum() / (len(v[i]) - 1))

    variance = sum(sign * (s(v10, i, j) / m + s(v01, i, j) / n) for i, j, sign in ((0, 0, 1), (1, 1, 1), (0, 1, -2)))
    z = (area[0] - area[1]) / np.sqrt(variance)
    return area[0] - area[1], float(np.sqrt(variance)), float(2 * stats.norm.sf(abs(z)))


@pytest.mark.parametrize("seed", range(3))
def test_delong_is_that_of_the_paper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.random(60) < 0.4
    one = np.round(rng.normal(labels, 1), 1)  # with ties
    two = np.round(0.6 * one + rng.normal(0.3 * labels, 1), 1)
    assert delong(labels, one, two) == pytest.approx(slow_delong(labels, one, two))
    assert delong(labels, one, one) == (0.0, 0.0, 1.0)


def other_model(cases: list[Case]) -> list[Case]:
    """The same views, some marks moved on, some scored otherwise."""
    rng = np.random.default_rng(9)
    return [
        replace(c, marks=[(x, y, round(float(np.clip(s + rng.normal(0, 0.2), 0, 1)), 2)) for x, y, s in c.marks[1:]])
        for c in cases
    ]


@pytest.fixture(scope="module")
def pair() -> tuple[Evaluation, Evaluation]:
    cases = random_cases(4, 20)
    # The other was made elsewhere: its codes are others.
    others = [
        replace(r, code=f"elsewhere {r.code}", owner=StudyCodes(f"x {r.owner.patient}", "y"))
        for r in results_of(other_model(cases))[::-1]
    ]
    return evaluation_of(results_of(cases))[0], evaluation_of(others)[0]


def find(figures: list[Figure], name: str, subset: str = "") -> Figure:
    return next(f for f in figures if f.name == name and f.subset.startswith(subset))


def test_differences_are_those_of_the_single_figures(pair: tuple[Evaluation, Evaluation]) -> None:
    compared = paired(*pair)
    assert (compared.left_out, len(compared.this.views)) == (0, len(pair[0].views))
    found, (one, two) = compare(compared, 60), (figures_of(e, 3) for e in pair)
    one, two = list(one), list(two)
    for name in ("TPR at 0.5 FP/image", "TPR at 2 FP/image", "CPM, FP/image"):
        figure = find(found, name).estimate
        assert figure.value == pytest.approx(find(one, name).estimate.value - find(two, name).estimate.value)
        assert figure.low <= figure.value <= figure.high
    both = [roc_cases(CountedViews.of(e).rows) for e in (compared.this, compared.other)]
    name = "AUC per view, finding against normal"
    expected = roc_auc_score(both[0][0], both[0][1]) - roc_auc_score(both[1][0], both[1][1])
    assert find(found, name, "this minus other, bootstrap").estimate.value == pytest.approx(expected)
    by_delong = find(found, name, "this minus other, DeLong").estimate
    assert by_delong.value == pytest.approx(expected)
    _, error, p = slow_delong(both[0][0], both[0][1], both[1][1])
    assert by_delong.high - by_delong.low == pytest.approx(2 * 1.96 * error)
    assert f"p = {p:.3g}" in find(found, name, "this minus other, DeLong").subset


def test_an_evaluation_against_itself_has_no_difference(pair: tuple[Evaluation, Evaluation]) -> None:
    compared = paired(pair[0], pair[0])
    for figure in compare(compared, 20):
        e = figure.estimate
        assert (e.value, e.low, e.high) == (0.0, 0.0, 0.0)
    assert differences(compared) == []


def test_lesions_and_marks_that_differ_are_listed() -> None:
    scan = scan_of("a", (box(100, 100, 200, 200, lesion_type="MASS", pathology="BENIGN"), box(500, 500, 600, 600)))
    this = evaluation_of([result_of(scan, "w", [(150, 150, 0.9), (700, 100, 0.8), (700, 900, 0.7), (550, 550, 0.3)])])[
        0
    ]
    other = evaluation_of(
        [result_of(scan, "w", [(550, 550, 0.6), (750, 100, 0.5), (100, 900, 0.45), (150, 150, 0.2)])]
    )[0]
    rows = differences(paired(this, other))
    reported = [(row["what"], row["by"], row["kind"], row["column"], row["score"], row["other_score"]) for row in rows]
    assert reported == [
        ("lesion", "this", "mass", 150.0, 0.9, 0.2),
        ("lesion", "other", "not stated", 550.0, 0.3, 0.6),
        ("false mark", "this", "", 700.0, 0.7, None),  # 5 mm from (700, 100) the other has one as well
        ("false mark", "other", "", 100.0, None, 0.45),
    ]
    assert all(row.keys() == {column.name for column in COLUMNS} for row in rows)
    part = report_part(paired(this, other), [], rows, "another model")
    assert [row[0::4] for row in part.rows] == [
        ("lesions of this list alone", 1), ("lesions of other list alone", 1),
        ("false marks of this list alone", 1), ("false marks of other list alone", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("offset", "alone"),
    [((60, 0), 0), ((0, 60), 2), ((90, 0), 0), ((100, 0), 2), ((0, 40), 0), ((0, 50), 2), ((70, 35), 2)],
)
def test_marks_are_matched_in_millimetres_where_pixels_are_not_square(offset: tuple[int, int], alone: int) -> None:
    scan = scan_of("a", spacing=Spacing(0.2, 0.1, SpacingSource.CALIBRATED))  # down, across
    one, two = (
        evaluation_of([result_of(scan, "w", [(300 + k * offset[0], 300 + k * offset[1], 0.9)])])[0] for k in (0, 1)
    )
    away = float(np.hypot(offset[0] * 0.1, offset[1] * 0.2))
    assert alone == 2 * (away > 9.6)
    assert len(differences(paired(one, two))) == alone
    # The table of an earlier version has the spacing down a column alone: the other one's is taken across.
    earlier = replace(two, views=[view | {"column_spacing_mm": None} for view in two.views])
    for pair in ((one, earlier), (earlier, one)):
        assert len(differences(paired(*pair))) == alone


def test_of_two_tables_of_an_earlier_version_pixels_count_as_square() -> None:
    scan = scan_of("a", spacing=Spacing(0.2, 0.1, SpacingSource.CALIBRATED))
    one, two = (evaluation_of([result_of(scan, "w", [(300 + k, 300, 0.9)])])[0] for k in (0, 60))
    earlier = [replace(e, views=[view | {"column_spacing_mm": None} for view in e.views]) for e in (one, two)]
    assert len(differences(paired(*earlier))) == 2


def test_the_bootstrap_makes_the_draws_asked_for(
    pair: tuple[Evaluation, Evaluation], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    class Counted(np.random.Generator):
        def integers(self, *a: Any, **k: Any) -> Any:
            made.append(1)
            return super().integers(*a, **k)

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Counted(np.random.PCG64(seed)))
    compare(paired(*pair), 7)
    assert len(made) % 7 == 0 and len(made) <= 7 * 5


def test_views_with_other_outlines_are_left_out() -> None:
    lesion = box(100, 100, 200, 200)
    one = [result_of(scan_of("a", (lesion,)), "w", []), result_of(scan_of("b", (lesion,)), "w", [])]
    two = [result_of(scan_of("a", (lesion,)), "w", []), result_of(scan_of("b"), "w", [], content="other outlines")]
    compared = paired(evaluation_of(one)[0], evaluation_of(two)[0])
    assert (len(compared.this.views), len(compared.other.lesions), compared.left_out) == (1, 1, 1)
    with pytest.raises(MammoviewError, match="no view with the same outlines"):
        paired(evaluation_of(one[1:])[0], evaluation_of(two[1:])[0])
