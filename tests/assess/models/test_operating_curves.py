"""Operating curves and frequencies of marks: what is read from them, what is refused, what older bundles have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import BundledModel, ModelBundle, load_bundle
from mammoview.assess.models.operating_curves import (
    BundleCurves,
    MarkOdds,
    OperatingCurve,
    OperatingPoint,
    ScoredMarks,
)
from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.false_mark_budgets import FALSE_MARK_BUDGETS
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import small_bundle


def point(threshold: float, rate: float, hit: float) -> OperatingPoint:
    return OperatingPoint(
        threshold=threshold,
        false_marks=rate,
        false_low=rate * 0.8,
        false_high=rate * 1.2,
        sensitivity=hit,
        low=hit - 0.05,
        high=hit + 0.05,
    )


def curve(*points: OperatingPoint) -> OperatingCurve:
    return OperatingCurve(of="masses", split="made up", findings=40, normal_views=20, patients=30, points=points)


CURVE = curve(point(0.8, 0.25, 0.5), point(0.6, 0.5, 0.6), point(0.4, 1, 0.7), point(0.1, 2, 0.8))
ODDS = MarkOdds(
    split="made up",
    points=(
        ScoredMarks(score=0.1, frequency=0.02, low=0.01, high=0.04, n=500),
        ScoredMarks(score=0.5, frequency=0.3, low=0.25, high=0.36, n=100),
        ScoredMarks(score=0.9, frequency=0.8, low=0.7, high=0.9, n=80),
    ),
)


def test_a_budget_of_false_marks_gives_a_threshold_and_what_it_finds() -> None:
    assert [CURVE.threshold_at(budget) for budget in FALSE_MARK_BUDGETS] == [0.8, 0.6, 0.4, 0.1]
    assert CURVE.threshold_at(0.75) == pytest.approx(0.5)
    assert CURVE.sensitivity_at(1.0) == pytest.approx((0.7, 0.65, 0.75))
    assert CURVE.sensitivity_at(1.5).value == pytest.approx(0.75)


def test_a_threshold_has_false_marks_with_an_interval() -> None:
    assert CURVE.false_marks_at(0.4) == pytest.approx((1, 0.8, 1.2))
    assert CURVE.false_marks_at(0.25).value == pytest.approx(1.5)


def test_beyond_its_ends_a_curve_is_flat() -> None:
    assert (CURVE.threshold_at(0.01), CURVE.threshold_at(9)) == (0.8, 0.1)
    assert (CURVE.sensitivity_at(0).value, CURVE.false_marks_at(0.0).value) == (0.5, 2)
    assert (ODDS.at(0).value, ODDS.at(1).value) == (0.02, 0.8)


def test_a_score_has_a_frequency_with_an_interval() -> None:
    assert ODDS.at(0.5) == pytest.approx((0.3, 0.25, 0.36))
    assert ODDS.at(0.7) == pytest.approx((0.55, 0.475, 0.63))
    assert ODDS.marks == 680


@pytest.mark.parametrize(
    "points",
    [CURVE.points[:1], CURVE.points[::-1], (CURVE.points[0], CURVE.points[0]), (CURVE.points[0], point(0.9, 0.5, 0.6))],
)
def test_a_curve_out_of_order_is_refused(points: tuple[OperatingPoint, ...]) -> None:
    with pytest.raises(ValidationError, match="false marks rise and thresholds fall"):
        curve(*points)


@pytest.mark.parametrize("points", [ODDS.points[:1], ODDS.points[::-1]])
def test_frequencies_that_fall_are_refused(points: tuple[ScoredMarks, ...]) -> None:
    with pytest.raises(ValidationError, match="do not fall"):
        MarkOdds(split="made up", points=points)


@pytest.mark.parametrize("one", [CURVE, ODDS, BundleCurves(heatmap=CURVE, odds=ODDS)])
def test_curves_survive_json(one: BaseModel) -> None:
    assert type(one).model_validate_json(one.model_dump_json()) == one


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return small_bundle(tmp_path_factory.mktemp("models"))


def changed(model: BundledModel, **facts: object) -> BundledModel:
    return replace(model, facts=model.facts.model_copy(update=facts))


def with_curves(bundle: ModelBundle, high: float, low: float) -> ModelBundle:
    """A quarter of a false mark per normal view from `high` on, two from `low` on."""
    of_heatmap = curve(point(high, 0.25, 0.5), point(low, 2, 0.8))
    grid = changed(bundle.classifiers[200], curve=CURVE)
    return replace(bundle, classifiers={200: grid}, fused=changed(bundle.fused, curve=of_heatmap, odds=ODDS))


def test_an_older_bundle_has_no_curves(plain: ModelBundle) -> None:
    assert plain.curves == BundleCurves() == Assessor("cpu", bundle=plain).assess(scan_of(breast_pixels())).curves
    assert plain.lowest == plain.listed


def test_marks_are_kept_for_every_budget_and_listed_from_the_threshold_on(plain: ModelBundle, tmp_path: Path) -> None:
    scan = scan_of(breast_pixels())
    every = Assessor("cpu", bundle=with_curves(plain, 0.3, 1e-6), flips=False).assess(scan)
    scores = sorted((mark.score for mark in every.marks), reverse=True)
    assert len(scores) > 2 and every.findings == every.marks_from(plain.mark)
    between = (scores[1] + scores[2]) / 2
    bundle = with_curves(plain, scores[0], between)
    assessed = Assessor("cpu", bundle=bundle, flips=False).assess(scan)
    assert assessed.marks == tuple(m for m in every.marks if m.score >= min(between, plain.mark))
    assert assessed.curves == bundle.curves and assessed.curves.findings == assessed.curves.heatmap
    found = assessed.curves.findings
    assert found is not None
    assert [m.rank for m in assessed.marks_from(found.threshold_at(0.25))] == [1]
    cache = AssessmentCache(tmp_path, 10_000_000)
    cache.put(scan, assessed)
    kept = cache.get(scan)
    assert kept is not None and kept.curves == assessed.curves and kept.marks == assessed.marks


def test_the_bundled_models_have_the_curves_that_the_window_needs() -> None:
    curves = load_bundle().curves
    for one in (curves.heatmap, curves.grid, curves.findings):
        assert one is not None and one.normal_views >= 50 and one.findings >= 200
        hits = [one.sensitivity_at(budget) for budget in FALSE_MARK_BUDGETS]
        assert all(h.low <= h.value <= h.high for h in hits) and hits[0].value < hits[-1].value
        assert one.points[0].false_marks <= min(FALSE_MARK_BUDGETS) and one.points[-1].false_marks >= 2
    assert curves.odds is not None and curves.odds.at(1).value > curves.odds.at(0).value
