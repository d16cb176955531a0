"""Calibration of what is shown: other probabilities, the same marks, cells, heatmaps and saliency."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.special import expit, logit

from mammoview.assess.inference.alteration import RegionAssessor
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import BundledModel, ModelBundle, load_bundle
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.sensitivity import SensitivityOptions, Weighting
from mammoview.core.errors import ModelError
from mammoview.study.scan import Scan
from tests.assess.inference.test_rescoring import lumpy
from tests.assess.models.test_operating_curves import CURVE
from tests.support.small_models import SHAPE, THREE, small_bundle, with_thresholds, write_small

SCALINGS = {um: PlattScaling(slope=1.2 + um / 1000, intercept=-0.4 - um / 500) for um in (100, 150, 200)}
MEAN = PlattScaling(slope=0.8, intercept=-0.7)


def changed(model: BundledModel, **facts: object) -> BundledModel:
    return replace(model, facts=model.facts.model_copy(update=facts))


def scaled(bundle: ModelBundle) -> ModelBundle:
    """The same models with a calibration of what is shown of each grid, and of their mean."""
    classifiers = {um: changed(m, shown=SCALINGS[um]) for um, m in bundle.classifiers.items()}
    classifiers[200] = changed(classifiers[200], shown_mean=MEAN)
    return replace(bundle, classifiers=classifiers)


@pytest.fixture(scope="module")
def scan() -> Scan:
    return lumpy()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, scan: Scan) -> ModelBundle:
    """Models whose threshold half of the leading grid's cells reach."""
    made = small_bundle(tmp_path_factory.mktemp("models"), THREE, {"fold_0.safetensors": 1.3})
    network = made.classifiers[200]
    made = replace(made, classifiers=made.classifiers | {200: changed(network, curve=CURVE)})
    middle = float(np.median(inside(Assessor("cpu", bundle=made, flips=False).assess(scan).grids[200].values)))
    return with_thresholds(made, 0.0, middle)


@pytest.fixture(scope="module")
def pair(bundle: ModelBundle, scan: Scan) -> tuple[Assessment, Assessment]:
    """The assessment as it was, and with another calibration of what is shown."""
    plain, other = (Assessor("cpu", bundle=b).assess(scan) for b in (bundle, scaled(bundle)))
    return plain, other


def inside(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values[values > 0]


def test_the_same_cells_are_above_the_threshold_and_the_same_marks_are_listed(
    pair: tuple[Assessment, Assessment],
) -> None:
    plain, other = pair
    for name, grid in other.named_grids.items():
        before = plain.named_grids[name]
        assert grid.threshold != pytest.approx(before.threshold, abs=0.01)
        np.testing.assert_array_equal(grid.values >= grid.threshold, before.values >= before.threshold)
    cells = plain.grids[200].values >= plain.grids[200].threshold
    assert 0 < cells.sum() < cells.size
    reported = [[(f.rank, f.column, f.row, f.score, f.layers, f.interval) for f in a.marks] for a in pair]
    assert reported[0] == reported[1] and len(reported[0])
    for budget in (0.25, 1.0):
        one, two = (a.at_budget(budget) for a in pair)
        assert one.findings == two.findings or [f.rank for f in one.findings] == [f.rank for f in two.findings]
        np.testing.assert_array_equal(*(a.grids[200].values >= a.grids[200].threshold for a in (one, two)))


def test_what_is_shown_is_scaled_and_what_the_other_models_are_given_is_not(
    pair: tuple[Assessment, Assessment],
) -> None:
    plain, other = pair
    for um, grid in other.grids.items():
        before = plain.grids[um].values
        on = before > 0
        np.testing.assert_array_equal(grid.values > 0, on)
        z = SCALINGS[um].slope * logit(before[on].astype(float)) + SCALINGS[um].intercept
        np.testing.assert_allclose(grid.values[on], expit(z), atol=1e-5)
    mean, before = (a.named_grids["grid_mean"] for a in (other, plain))
    on = before.values > 0
    np.testing.assert_allclose(mean.values[on], MEAN.probability(logit(before.values[on].astype(float))), atol=1e-5)
    for name in ("heatmap", "heatmap_baseline", "frame_heatmap", "frame_heatmap_baseline", "saliency"):
        np.testing.assert_array_equal(getattr(plain, name).values, getattr(other, name).values)
    for one, two in zip(plain.marks, other.marks, strict=True):
        assert one.flips is not None and two.flips is not None and one.fold_values and two.fold_values
        shown = SCALINGS[200]
        assert two.flips == pytest.approx([shown.threshold(p) for p in one.flips])
        assert two.fold_values == pytest.approx([shown.threshold(p) for p in one.fold_values])


def test_a_gate_of_the_saliency_counts_the_patches_that_the_grid_shows_at_it(
    pair: tuple[Assessment, Assessment], bundle: ModelBundle, scan: Scan
) -> None:
    read = [Assessor("cpu", bundle=b).sensitivity(scan, a) for b, a in zip((bundle, scaled(bundle)), pair, strict=True)]
    for weighting in Weighting:
        layers = [
            s.layer(SensitivityOptions(weighting, a.grids[200].threshold, 0.0)).values
            for s, a in zip(read, pair, strict=True)
        ]
        np.testing.assert_allclose(*layers, atol=1e-3 * float(layers[0].max() or 1))
    gates = [a.gate for a in pair]
    assert gates == [a.grids[200].threshold for a in pair]


def test_an_altered_scan_is_shown_alike(pair: tuple[Assessment, Assessment], bundle: ModelBundle, scan: Scan) -> None:
    region = RegionAssessor(Assessor("cpu", bundle=scaled(bundle)))
    true = region.prepare(scan, pair[1])
    again = region.assessment(true, true.copied())
    for name, grid in again.named_grids.items():
        np.testing.assert_allclose(grid.values, pair[1].named_grids[name].values, atol=1e-6)
        assert grid.threshold == pair[1].named_grids[name].threshold


def test_a_bundle_without_the_calibration_shows_its_own_values(tmp_path: Path) -> None:
    pins = write_small(tmp_path, {**THREE, "tissue_150um": SHAPE})
    for name in ("tissue_100um", "tissue_200um"):
        facts = json.loads((tmp_path / name / "model.json").read_text())
        assert facts.pop("shown") == facts.pop("shown_mean") == UNSCALED.model_dump()
        pins = rewritten(tmp_path, pins, name, facts)
    bundle = load_bundle(tmp_path, pins)
    assert all(m.facts.shown == m.facts.shown_mean == UNSCALED for m in bundle.classifiers.values())
    p = np.linspace(0.001, 0.999, 50)
    assert [UNSCALED.threshold(v) for v in p] == p.tolist()
    np.testing.assert_array_equal(UNSCALED.logits(p), p)


def test_a_bundle_with_a_calibration_that_falls_is_refused(tmp_path: Path) -> None:
    pins = write_small(tmp_path)
    facts = json.loads((tmp_path / "tissue_200um" / "model.json").read_text())
    facts["shown"]["slope"] = -1.0
    with pytest.raises(ModelError, match="does not fit this program") as error:
        load_bundle(tmp_path, rewritten(tmp_path, pins, "tissue_200um", facts))
    assert error.value.path == tmp_path / "tissue_200um"


@pytest.mark.parametrize("wrong", [{"slope": 0.0}, {"slope": -1.0}, {"slope": float("nan")}, {"intercept": "x"}])
def test_a_calibration_that_would_turn_the_order_of_values_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PlattScaling.model_validate(wrong)


def test_a_threshold_that_nothing_reaches_stays() -> None:
    assert MEAN.threshold(2.0) == 2.0 and MEAN.threshold(0.0) == 0.0 and MEAN.threshold(1.0) == 1.0


def rewritten(
    folder: Path, pins: dict[str, dict[str, str]], name: str, facts: dict[str, object]
) -> dict[str, dict[str, str]]:
    """Write the facts of a model and pin them."""
    file = folder / name / "model.json"
    file.write_text(json.dumps(facts))
    return pins | {name: pins[name] | {"model.json": sha256(file.read_bytes()).hexdigest()}}
