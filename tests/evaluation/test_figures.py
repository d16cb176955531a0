"""Tables and figures of random results against independent counts: brute force, scikit-learn, MONAI."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from monai.metrics import compute_fp_tp_probs, compute_froc_curve_data, compute_froc_score
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from mammoview.evaluation.curve_plots import plots_of, roc_points, subset_plots
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.evaluation_tables import RATES, part
from mammoview.evaluation.figures import OF_LESIONS, OF_VIEWS, CountedViews, Figure, afroc_cases, figures_of, parts_of
from mammoview.evaluation.statistics import Estimate
from tests.evaluation.made_results import LISTED, SPACING, Case, random_cases, results_of

MARGIN = 1.6 / SPACING.column_mm


def hits(mark: tuple[float, float, float], box: tuple[float, float, float, float]) -> bool:
    """The definition of a hit, written once more."""
    column, row, _ = mark
    left, top, right, bottom = box
    return left - MARGIN <= column <= right + MARGIN and top - MARGIN <= row <= bottom + MARGIN


def best_of(case: Case) -> list[float]:
    return [max((m[2] for m in case.marks if hits(m, b)), default=-math.inf) for b in case.boxes]


def false_of(case: Case) -> list[float]:
    return [m[2] for m in case.marks if not any(hits(m, b) for b in case.boxes)]


def slow_sensitivity(cases: list[Case], rate: float, normal: bool = False) -> float:
    """Go down all thresholds and stop before the false marks are too many."""
    counted = [case for case in cases if not case.boxes] if normal else cases
    false = [score for case in counted for score in false_of(case)]
    best = [score for case in cases for score in best_of(case)]
    found = 0.0
    for threshold in sorted({*false, *best, 2.0} - {-math.inf}, reverse=True):
        if sum(score >= threshold for score in false) > rate * len(counted):
            return found
        found = sum(score >= threshold for score in best) / len(best)
    return found


@pytest.fixture(scope="module", params=[1, 2])
def cases(request: pytest.FixtureRequest) -> list[Case]:
    return random_cases(request.param)


@pytest.fixture(scope="module")
def made(cases: list[Case]) -> Evaluation:
    found, lines = evaluation_of(results_of(cases))
    assert lines == []
    return found


@pytest.fixture(scope="module")
def figures(made: Evaluation) -> list[Figure]:
    return figures_of(made, 40)


def value(figures: list[Figure], figure: str, name: str, subset: str = "all") -> float:
    (found,) = (f for f in figures if (f.figure, f.name, f.subset) == (figure, name, subset))
    assert found.estimate.low <= found.estimate.high
    return found.estimate.value


def test_the_page_has_words_in_the_place_of_names_of_columns() -> None:
    one = Estimate(0.5, 0.4, 0.6, 9)
    said = {subset: Figure("x", "y", subset, one).subset_words for subset in ("outline_kind box", "all", "kind mass")}
    assert said == {"outline_kind box": "outline: box", "all": "all", "kind mass": "kind mass"}
    for name in (*OF_LESIONS, *OF_VIEWS):
        assert "_" not in Figure("x", "y", f"{name} value", one).subset_words


def test_the_tables_are_those_of_a_count_by_hand(cases: list[Case], made: Evaluation) -> None:
    lesions, marks = iter(made.lesions), iter(made.marks)
    for case, view in zip(cases, made.views, strict=True):
        assert view["lesions"] == len(case.boxes)
        assert view["score"] == max((m[2] for m in case.marks), default=0)
        assert view["false_listed"] == sum(score >= LISTED for score in false_of(case))
        ranked = sorted(case.marks, key=lambda mark: -mark[2])
        of_lesions = [next(lesions) for _ in case.boxes]
        for n, mark in enumerate(ranked):
            row = next(marks)
            assert (row["rank"], row["score"], row["column"]) == (n + 1, mark[2], mark[0])
            assert row["cluster"] == (mark[0] < 400)
            hit = [k for k, b in enumerate(case.boxes) if hits(mark, b)]
            assert row["hit"] == bool(hit)
            assert row["lesion_id"] == (of_lesions[hit[0]]["lesion_id"] if hit else "")
            if case.boxes and not hit:
                beyond = [
                    (max(b[0] - mark[0], 0, mark[0] - b[2]), max(b[1] - mark[1], 0, mark[1] - b[3])) for b in case.boxes
                ]
                assert row["near_miss_mm"] == pytest.approx(min(math.hypot(*d) for d in beyond) * 0.1)
        for row, b, best in zip(of_lesions, case.boxes, best_of(case), strict=True):
            assert row["score"] == (None if best == -math.inf else best)
            assert row["hit_listed"] == (best >= LISTED)
            assert row["hit_budget_1_2"] == (best >= 0.6)
            assert row["size_mm"] == pytest.approx(max(b[2] - b[0], b[3] - b[1]) * 0.1)
            if row["rank"]:
                assert ranked[row["rank"] - 1][2] == best
            near = [math.hypot(m[0] - (b[0] + b[2]) / 2, m[1] - (b[1] + b[3]) / 2) for m in ranked if m[2] >= LISTED]
            assert row["distance_mm"] == (pytest.approx(0.1 * min(near)) if near else None)
        if case.boxes:
            assert view["pointing"] == bool(ranked and any(hits(ranked[0], b) for b in case.boxes))
    assert next(lesions, None) is next(marks, None) is None
    assert [row["patient"] for row in made.patients] == list(dict.fromkeys(case.patient for case in cases))


def test_the_froc_is_that_of_a_slow_count(cases: list[Case], made: Evaluation, figures: list[Figure]) -> None:
    for rate in RATES:
        assert value(figures, "FROC", f"TPR at {rate:g} FP/image") == pytest.approx(slow_sensitivity(cases, rate))
        on_normals = slow_sensitivity(cases, rate, normal=True)
        assert value(figures, "FROC", f"TPR at {rate:g} FP/normal view") == pytest.approx(on_normals)
        flags = [row[f"hit_fp_{part(rate)}"] for row in made.lesions]
        assert np.mean(flags) == pytest.approx(slow_sensitivity(cases, rate))
    rates = (*RATES, 8.0)
    cpm = np.mean([slow_sensitivity(cases, rate) for rate in rates])
    assert value(figures, "FROC", "CPM, FP/image") == pytest.approx(cpm)


def test_the_froc_is_that_of_monai(cases: list[Case], figures: list[Figure]) -> None:
    """Where scores differ from one another MONAI's curve goes through the same points."""
    rng = np.random.default_rng(3)
    apart = [
        replace(c, boxes=[*c.boxes], marks=[(x, y, s + 1e-6 * rng.random()) for x, y, s in c.marks]) for c in cases
    ]
    false, true, total = [], [], 0
    for case in apart:
        mask = np.zeros((1000, 1000), int)
        if len(case.boxes) == 2 and (  # MONAI's masks know no overlap
            min(case.boxes[0][2], case.boxes[1][2]) + 2 * MARGIN > max(case.boxes[0][0], case.boxes[1][0])
            and min(case.boxes[0][3], case.boxes[1][3]) + 2 * MARGIN > max(case.boxes[0][1], case.boxes[1][1])
        ):
            case.boxes.pop()
        for k, (left, top, right, bottom) in enumerate(case.boxes):
            rows = slice(max(0, math.ceil(top - MARGIN)), math.floor(bottom + MARGIN) + 1)
            mask[rows, max(0, math.ceil(left - MARGIN)) : math.floor(right + MARGIN) + 1] = k + 1
        total += len(case.boxes)
        if case.marks:
            x, y, p = np.array(case.marks).T
            fp, tp, _ = compute_fp_tp_probs(
                p, np.round(y).astype(int), np.round(x).astype(int), mask, resolution_level=0
            )
            false += list(fp)
            true += list(tp)
    rates, sensitivities = compute_froc_curve_data(np.array(false), np.array(true), total, len(apart))
    # Marks were rounded to pixels for the mask, and so are ours.
    rounded = [
        Case(c.patient, c.breast, c.boxes, [(round(x), round(y), s) for x, y, s in c.marks], c.pathologies)
        for c in apart
    ]
    ours = figures_of(evaluation_of(results_of(rounded))[0], 5)
    points = sorted(zip(rates, sensitivities, strict=True))
    for rate in RATES:
        below = max((s for r, s in points if r <= rate + 1e-12), default=0.0)
        assert value_of(ours, f"TPR at {rate:g} FP/image") == pytest.approx(below)
    score = compute_froc_score(rates, sensitivities, RATES)
    assert abs(np.mean([value_of(ours, f"TPR at {r:g} FP/image") for r in RATES]) - score) < 0.02  # it interpolates


def value_of(figures: list[Figure], name: str) -> float:
    return next(f.estimate.value for f in figures if f.figure == "FROC" and f.name == name)


def test_roc_and_afroc_are_those_of_scikit_learn(cases: list[Case], made: Evaluation, figures: list[Figure]) -> None:
    groups = {
        "view": [[case] for case in cases],
        "breast": _grouped(cases, lambda case: (case.patient, case.breast)),
        "patient": _grouped(cases, lambda case: case.patient),
    }
    for of, together in groups.items():
        score = [max((m[2] for case in one for m in case.marks), default=0.0) for one in together]
        label = [any(case.boxes for case in one) for one in together]
        if len(set(label)) == 2:
            found = value(figures, "ROC", f"AUC per {of}, finding against normal")
            assert found == pytest.approx(roc_auc_score(label, score))
        words = [{p for case in one for p in case.pathologies} for one in together]
        reported = [k for k, w in enumerate(words) if "" not in w or "MALIGNANT" in w]
        label = ["MALIGNANT" in words[k] for k in reported]
        if len(set(label)) == 2:
            found = value(figures, "ROC", f"AUC per {of}, malignant against others")
            assert found == pytest.approx(roc_auc_score(label, [score[k] for k in reported]))
    labels, scores, _ = afroc_cases(CountedViews.of(made))
    expected_labels = [True] * sum(len(case.boxes) for case in cases) + [False] * sum(not c.boxes for c in cases)
    expected = [s for c in cases for s in best_of(c)] + [max(false_of(c), default=-1) for c in cases if not c.boxes]
    finite = np.where(np.isfinite(scores), scores, -1)
    area = roc_auc_score(expected_labels, np.where(np.isfinite(expected), expected, -1))
    assert value(figures, "AFROC", "area of the AFROC") == pytest.approx(area) == roc_auc_score(labels, finite)
    points = roc_points(labels, finite)
    false, true, _ = roc_curve(labels, finite, drop_intermediate=False)
    assert np.allclose(points, np.column_stack([false, true]))


def _grouped(cases: list[Case], key: object) -> list[list[Case]]:
    found: dict[object, list[Case]] = {}
    for case in cases:
        found.setdefault(key(case), []).append(case)
    return list(found.values())


def test_calibration_and_localisation(cases: list[Case], figures: list[Figure]) -> None:
    marks = [(m[2], any(hits(m, b) for b in case.boxes)) for case in cases for m in case.marks]
    score, hit = np.array(marks, float).T
    assert value(figures, "calibration", "Brier score", "marks") == pytest.approx(brier_score_loss(hit, score))
    order = np.argsort(score, kind="stable")
    ends = [k * len(order) // 15 for k in range(16)]
    parts = [order[ends[k] : ends[k + 1]] for k in range(15)]
    error = sum(abs(hit[part].mean() - score[part].mean()) * len(part) for part in parts) / len(order)
    assert value(figures, "calibration", "expected calibration error", "marks") == pytest.approx(error)
    with_lesions = [case for case in cases if case.boxes]
    on = [any(hits(max(c.marks, key=lambda m: m[2]), b) for b in c.boxes) if c.marks else False for c in with_lesions]
    pointing = value(figures, "localisation", "highest mark lies on a lesion", "views with lesions")
    assert pointing == pytest.approx(np.mean(on)) and 0 < pointing < 1
    # The highest cell of the heatmap of the made results is the first mark.
    of_heatmap = [bool(c.marks) and any(hits(c.marks[0], b) for b in c.boxes) for c in with_lesions]
    found = value(figures, "localisation", "highest cell of the heatmap lies on a lesion", "views with lesions")
    assert found == pytest.approx(np.mean(of_heatmap))
    assert value(figures, "localisation", "IoU of the heatmap", "outline_kind box") == 0.25


def slow_interval(cases: list[Case], statistic: Callable[[list[Case]], float], draws: int = 40) -> tuple[float, float]:
    """Draw whole patients, put down all their views as often as they were drawn, and count anew."""
    women = list(_grouped(cases, lambda case: case.patient))
    rng = np.random.default_rng(3)
    values = []
    for _ in range(draws):
        drawn = [case for k in rng.integers(len(women), size=len(women)) for case in women[k]]
        with suppress(ValueError, ZeroDivisionError):
            values.append(statistic(drawn))
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def test_intervals_are_those_of_a_slow_bootstrap(cases: list[Case], figures: list[Figure]) -> None:
    def area(drawn: list[Case]) -> float:
        score = [max((m[2] for m in case.marks), default=0.0) for case in drawn]
        return float(roc_auc_score([bool(case.boxes) for case in drawn], score))

    def afroc(drawn: list[Case]) -> float:
        normal = [max(false_of(c), default=-1) for c in drawn if not c.boxes]
        best = [max(s, -1) for c in drawn for s in best_of(c)]
        return float(roc_auc_score([True] * len(best) + [False] * len(normal), best + normal))

    def listed(drawn: list[Case]) -> float:
        return float(np.mean([score >= LISTED for case in drawn for score in best_of(case)]))

    def cpm(drawn: list[Case]) -> float:
        return float(np.mean([slow_sensitivity(drawn, rate) for rate in (*RATES, 8.0)]))

    with_lesions = [case for case in cases if case.boxes]
    for name, of, statistic in (
        ("AUC per view, finding against normal", cases, area), ("area of the AFROC", cases, afroc),
        ("lesions hit by the list", with_lesions, listed), ("CPM, FP/image", cases, cpm),
        ("TPR at 0.5 FP/normal view", cases, lambda drawn: slow_sensitivity(drawn, 0.5, normal=True)),
    ):  # fmt: skip
        (found,) = (f.estimate for f in figures if f.name == name and f.subset == "all")
        assert (found.low, found.high) == pytest.approx(slow_interval(of, statistic)), name


def test_figures_by_subset_add_up(made: Evaluation, figures: list[Figure]) -> None:
    for column in ("subtlety", "pathology", "breast"):
        found = [f for f in figures if f.subset.startswith(f"{column} ") and f.name == "TPR at list"]
        assert sum(f.estimate.n for f in found) == len(made.lesions)
        total = sum(f.estimate.value * f.estimate.n for f in found)
        assert total == pytest.approx(sum(row["hit_listed"] for row in made.lesions))
    assert not [f for f in figures if f.subset.startswith("data_set")], "all views have the same"


def test_many_values_of_a_column_are_put_together() -> None:
    assert [len(of) for _, of in parts_of("KVP", [{"KVP": str(k)} for k in range(40)])] == [10, 10, 10, 10]
    names = parts_of("StationName", [{"StationName": f"room {min(k, 20)}"} for k in range(60)])
    assert len(names) == 13 and dict(names)["others"]
    assert parts_of("KVP", [{"KVP": "28"}] * 3) == []
    assert dict(parts_of("KVP", [{"KVP": ""}, {"KVP": "28"}])) == {"not stated": [0], "28": [1]}


def test_values_of_a_column_stand_in_their_order() -> None:
    sizes = parts_of("size", [{"size_mm": mm} for mm in (30, None, 15, 5)])
    assert sizes == [("to 10 mm", [3]), ("10 to 20 mm", [2]), ("over 20 mm", [0]), ("not stated", [1])]
    kvp = parts_of("KVP", [{"KVP": kvp} for kvp in ("100.0", "", "28.0", "9")])
    assert [name for name, _ in kvp] == ["9", "28.0", "100.0", "not stated"]
    quarters = [name for name, _ in parts_of("KVP", [{"KVP": str(k)} for k in range(5, 55, 2)])]
    assert quarters == ["5 to 17", "17 to 29", "29 to 41", "41 to 53"]


def test_plots_are_drawn_of_what_there_is(made: Evaluation, figures: list[Figure]) -> None:
    import xml.etree.ElementTree as Tree

    drawn = [*plots_of(CountedViews.of(made), figures, True), *subset_plots(figures)]
    assert [p.title for p in drawn][:3] == ["FROC", "AFROC", "ROC, finding against normal"]
    for one in drawn:
        Tree.fromstring(one.svg)
        assert not re.search(r"\bnan\b", one.svg)
