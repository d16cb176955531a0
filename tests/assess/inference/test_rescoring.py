"""The re-scorer in an assessment: its candidates, its curve, and bundles with it and without."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.cluster_scoring import CLUSTERS
from mammoview.assess.inference.rescoring import candidate_cells
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.assess.models.cluster_network import ClusterConfig
from mammoview.assess.models.networks import RescorerConfig, build_network
from mammoview.assess.models.scoring import ClusterScoring, CurvePoint, Scoring
from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import MammoviewError, ModelError
from mammoview.study.scan import Scan
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import SMALL, small_bundle, write_small
from training.evaluation.one_path import model_of

CURVE = tuple(
    CurvePoint(logit=at, frequency=f, low=f / 2, high=min(1, 2 * f), n=50)
    for at, f in ((-90, 0.01), (0, 0.2), (90, 0.9))
)
SCORING = Scoring(grid=1, baseline=0.5, context=2, offset=-0.3, curve=CURVE)
CLUSTER_CURVE = tuple(p.model_copy(update={"frequency": p.frequency / 2}) for p in CURVE)
CLUSTER_SCORING = ClusterScoring(density=1, grid=0.5, network=2, offset=-0.4, curve=CLUSTER_CURVE)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return small_bundle(tmp_path_factory.mktemp("models"))


def with_rescorer(plain: ModelBundle, mark: float = 0.0) -> ModelBundle:
    torch.manual_seed(9)
    network = build_network(RescorerConfig(last=4)).eval()
    with torch.no_grad():
        network.head.weight *= 200  # answers that differ from place to place
    return replace(plain, rescorer=model_of("rescorer", network, 400, {"mark": mark}, scoring=SCORING))


def lumpy() -> Scan:
    """A breast with lumps of 5 to 10 mm, so that its candidates differ."""
    pixels = breast_pixels().astype(float)
    lumps = ndimage.gaussian_filter(np.random.default_rng(8).standard_normal(pixels.shape), 12)
    return scan_of(np.clip(pixels * (1 + 0.15 * lumps / lumps.std()), 0, 4095).astype(np.uint16))


def test_findings_are_the_candidates_with_the_frequencies_of_the_curve(plain: ModelBundle) -> None:
    scan = lumpy()
    assessor = Assessor("cpu", bundle=with_rescorer(plain), flips=False)
    assessed = assessor.assess(scan)
    found, to_scan = assessor.candidates(scan)
    logits = found.features @ [1, 0.5, 2] - 0.3
    assert np.ptp(logits) > 0.1
    order = np.argsort(-logits, kind="stable")
    places = [to_scan((c + 0.5, r + 0.5)) for r, c in found.cells[order]]
    assert [(f.column, f.row) for f in assessed.findings] == [pytest.approx(place) for place in places]
    scores = np.interp(logits[order], [-90, 0, 90], [0.01, 0.2, 0.9])
    assert [f.score for f in assessed.findings] == pytest.approx(scores.tolist())
    assert [f.rank for f in assessed.findings] == list(range(1, len(scores) + 1))
    assert all(f.interval is not None and f.interval[0] <= f.score <= f.interval[1] for f in assessed.findings)
    assert assessed.provenance["listed"] == assessed.least == 0.0 != assessed.operating
    assert assessed.rescored and assessed.provenance["scores"] == "frequencies"
    assert "rescorer" in [m["name"] for m in assessed.provenance["models"]]


def with_clusters(plain: ModelBundle) -> ModelBundle:
    torch.manual_seed(3)
    network = build_network(ClusterConfig(widths=(4, 4), depths=(1, 1))).eval()
    with torch.no_grad():
        network.head.weight *= 40
    model = model_of("clusters", network, 200, {"mark": 0.01}, cluster_scoring=CLUSTER_SCORING)
    return replace(with_rescorer(plain), clusters=model)


def test_clusters_of_bright_spots_join_the_list_on_one_scale(plain: ModelBundle, tmp_path: Path) -> None:
    scan, bundle = lumpy(), with_clusters(plain)
    assessor = Assessor("cpu", bundle=bundle, flips=False)
    assessed = assessor.assess(scan)
    found, to_scan = assessor.candidates(scan)
    assert found.clusters is not None and 0 < len(found.clusters.cells) <= CLUSTERS
    cells = np.concatenate([found.cells, found.clusters.cells])
    logits = np.concatenate([found.features @ [1, 0.5, 2] - 0.3, found.clusters.features @ [1, 0.5, 2] - 0.4])
    expected = []
    for k in np.argsort(-logits, kind="stable"):  # of two within a centimetre the higher one stays
        if all(np.abs(cells[k] - cells[j]).max() > 3 for j in expected):
            expected.append(k)
    assert any(k >= len(found.cells) for k in expected) and any(k < len(found.cells) for k in expected)
    places = [to_scan((c + 0.5, r + 0.5)) for r, c in cells[expected]]
    assert [(f.column, f.row) for f in assessed.marks] == [pytest.approx(place) for place in places]
    scores = np.interp(logits[expected], [-90, 0, 90], [0.005, 0.1, 0.45])
    assert [f.score for f in assessed.marks] == pytest.approx(scores.tolist()), "the longer list has a curve of its own"
    assert [f.cluster for f in assessed.marks] == [k >= len(found.cells) for k in expected]
    assert assessed.provenance["listed"] == assessed.least == 0.01
    assert "clusters" in [m["name"] for m in assessed.provenance["models"]]
    cache = AssessmentCache(tmp_path, 10_000_000)
    cache.put(scan, assessed)
    kept = cache.get(scan)
    assert kept is not None and kept.marks == assessed.marks


def test_a_bundle_without_a_network_of_clusters_lists_the_candidates_alone(plain: ModelBundle) -> None:
    scan = lumpy()
    assessor = Assessor("cpu", bundle=with_rescorer(plain), flips=False)
    assert assessor.candidates(scan)[0].clusters is None
    assert not any(f.cluster for f in assessor.assess(scan).marks)


def test_only_marks_from_the_threshold_on_are_listed(plain: ModelBundle) -> None:
    scan = lumpy()
    every = Assessor("cpu", bundle=with_rescorer(plain), flips=False).assess(scan).findings
    mark = (every[0].score + every[1].score) / 2
    assert [f.score for f in Assessor("cpu", bundle=with_rescorer(plain, mark), flips=False).assess(scan).findings] == [
        every[0].score
    ]


def test_candidates_may_be_those_of_the_grid_alone(plain: ModelBundle) -> None:
    """Its weights then leave the heatmap out: one that saw the women whom the figures are of would flatter them."""
    bundle = with_rescorer(plain)
    assert bundle.rescorer is not None
    of_grid = SCORING.model_copy(update={"candidates": "grid", "baseline": 0.0})
    facts = bundle.rescorer.facts.model_copy(update={"scoring": of_grid})
    alone = Assessor("cpu", bundle=replace(bundle, rescorer=replace(bundle.rescorer, facts=facts)), flips=False)
    both = Assessor("cpu", bundle=bundle, flips=False)
    found = alone.candidates(lumpy())[0]
    assert np.all(np.diff(found.features[:, 0]) <= 1e-6) and len(found.cells) > 2
    assert np.all(np.diff(both.candidates(lumpy())[0].features[:, :2].sum(1)) <= 1e-6)


def test_an_older_bundle_lists_the_peaks_of_its_heatmap(plain: ModelBundle) -> None:
    assessor = Assessor("cpu", bundle=plain, flips=False)
    assessed = assessor.assess(scan_of(breast_pixels()))
    assert plain.listed == plain.mark
    assert not assessed.rescored and assessed.provenance["scores"] == "values of the fused heatmap"
    assert all(f.interval is None for f in assessed.findings)
    assert [f.score for f in assessed.findings] == pytest.approx(
        [assessed.heatmap.at(f.column, f.row) for f in assessed.findings]
    )
    with pytest.raises(MammoviewError, match="have no re-scorer"):
        assessor.candidates(scan_of(breast_pixels()))


def test_the_interval_survives_the_cache(plain: ModelBundle, tmp_path: Path) -> None:
    scan = lumpy()
    assessed = Assessor("cpu", bundle=with_rescorer(plain), flips=False).assess(scan)
    cache = AssessmentCache(tmp_path, 10_000_000)
    cache.put(scan, assessed)
    kept = cache.get(scan)
    assert kept is not None and kept.findings == assessed.findings


def test_a_bundle_with_a_rescorer_is_loaded_and_one_without_its_curve_refused(tmp_path: Path) -> None:
    configs = SMALL | {"rescorer": RescorerConfig(last=3)}
    pins = write_small(tmp_path / "sound", configs, scoring=SCORING)
    bundle = load_bundle(tmp_path / "sound", pins)
    assert bundle.rescorer is not None and bundle.rescorer.facts.scoring == SCORING
    assert bundle.rescorer in bundle.models and set(bundle.classifiers) == {200}
    with pytest.raises(ModelError, match="no curve"):
        load_bundle(tmp_path / "bare", write_small(tmp_path / "bare", configs))


def test_a_network_of_clusters_needs_its_curve_and_a_rescorer(tmp_path: Path) -> None:
    small = ClusterConfig(widths=(4, 4), depths=(1, 1))
    both = SMALL | {"rescorer": RescorerConfig(last=3), "clusters": small}
    pins = write_small(tmp_path / "sound", both, scoring=SCORING, cluster_scoring=CLUSTER_SCORING)
    bundle = load_bundle(tmp_path / "sound", pins)
    assert bundle.clusters is not None and bundle.clusters in bundle.models
    assert bundle.scores == CLUSTER_SCORING and bundle.listed == 0.2
    assert replace(bundle, clusters=None).scores == SCORING and replace(bundle, clusters=None).listed == 0.1
    with pytest.raises(ModelError, match="network of clusters of the bundle has no curve"):
        load_bundle(tmp_path / "bare", write_small(tmp_path / "bare", both, scoring=SCORING))
    alone = SMALL | {"clusters": small}
    with pytest.raises(ModelError, match="needs a re-scorer"):
        load_bundle(tmp_path / "alone", write_small(tmp_path / "alone", alone, cluster_scoring=CLUSTER_SCORING))


@pytest.mark.parametrize("curve", [CURVE[:1], CURVE[::-1], (CURVE[0], CURVE[2], CURVE[2]), (*CURVE, CURVE[0])])
def test_a_curve_that_does_not_rise_is_refused(curve: tuple[CurvePoint, ...]) -> None:
    reported = SCORING.model_dump() | {"curve": [p.model_dump() for p in curve]}
    with pytest.raises(ValueError, match="a curve needs two points or more, and rises"):
        Scoring.model_validate_json(json.dumps(reported))


def test_beyond_its_ends_the_curve_is_flat() -> None:
    assert SCORING.frequencies(np.array([-500.0, 500.0])).tolist() == [[0.01, 0.005, 0.02], [0.9, 0.45, 1.0]]


def test_candidates_are_peaks_inside_the_breast_a_centimetre_apart() -> None:
    values = np.full((30, 30), -5.0)
    values[5, 5], values[6, 7], values[20, 20], values[15, 3] = 2, 1, 3, 4
    inside = np.ones((30, 30), bool)
    inside[:, :4] = False
    found = candidate_cells(values, inside, 2)
    assert found.tolist() == [[20, 20], [5, 5]]
