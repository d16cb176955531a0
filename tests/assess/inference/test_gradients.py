"""The saliency equals one-patch-at-a-time autograd of each weighting, and Captum, however it is gated afterwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import dense_logits
from mammoview.assess.inference.gradients import by_itself, gradients, neighbourhoods
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.inference.strips import Kept
from mammoview.assess.models.networks import TissueClassifier, TissueConfig, fold_batch_norm
from mammoview.assess.results.assessment import Finding, Layer
from mammoview.assess.results.sensitivity import (
    LEAST_GATE,
    MOST_PATCHES,
    Sensitivity,
    SensitivityOptions,
    Weighting,
    bound,
    summed,
    weight,
)
from mammoview.core.errors import CancelledError
from mammoview.display.scan_analysis import analyse
from mammoview.study.geometry import Affine
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import SHAPE, small_bundle, with_thresholds

TEMPERATURE = 1.7
STARTS = np.array([[0, 0], [64, 32], [128, 160], [37, 99]])
GRADIENTS = [weighting for weighting in Weighting if weighting not in (Weighting.EVIDENCE, Weighting.SCORED)]
"""Weightings that are the gradient of something."""


@pytest.fixture(scope="module")
def network() -> TissueClassifier:
    torch.manual_seed(3)
    made = TissueClassifier(TissueConfig(widths=(4, 6, 8, 8))).eval()
    with torch.no_grad():
        made.head.weight *= 12  # answers of both kinds, some of them sure
    return made


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(4).standard_normal((256, 288)).astype(np.float32)


def value(weighting: Weighting, both: Tensor) -> Tensor:
    """The quantity behind a weighting, (N,), of raw logits (N, 2), by its definition."""
    logs = torch.log_softmax(both / TEMPERATURE, 1)
    match weighting:
        case Weighting.ENTROPY:
            return -(logs.exp() * logs).sum(1)
        case Weighting.LABEL:
            return -logs.max(1).values
        case _:
            return (both[:, 1] - both[:, 0]) / TEMPERATURE


def factors(weighting: Weighting, logits: np.ndarray, temperature: float = TEMPERATURE) -> np.ndarray:
    return weight(weighting, logits, temperature, np.full(len(logits), 7.0))


def logits_of(network: TissueClassifier, patches: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        both = network(torch.from_numpy(patches)[:, None])[:, :, 0, 0].double()
    return (both[:, 1] - both[:, 0]).numpy() / TEMPERATURE


@pytest.mark.parametrize("weighting", GRADIENTS)
def test_every_weighting_equals_autograd_one_patch_at_a_time(
    network: TissueClassifier, image: np.ndarray, weighting: Weighting
) -> None:
    patches = np.stack([image[r : r + 128, c : c + 128] for r, c in STARTS])
    found = gradients(network, image, STARTS) * factors(weighting, logits_of(network, patches))[:, None, None]
    exact = TissueClassifier(network.config).eval().double()
    exact.load_state_dict(network.state_dict())
    slow = []
    for patch in patches:
        x = torch.from_numpy(patch)[None, None].double().requires_grad_(True)
        value(weighting, exact(x)[:, :, 0, 0]).sum().backward()
        slow.append(x.grad[0, 0].abs().numpy())
    np.testing.assert_allclose(found, np.stack(slow), atol=1e-5 * np.max(slow))


@pytest.mark.parametrize("weighting", GRADIENTS)
def test_every_weighting_equals_captum(network: TissueClassifier, image: np.ndarray, weighting: Weighting) -> None:
    attr = pytest.importorskip("captum.attr")
    patches = np.stack([image[r : r + 128, c : c + 128] for r, c in STARTS])
    oracle = attr.Saliency(lambda x: value(weighting, network(x)[:, :, 0, 0]))
    theirs = oracle.attribute(torch.from_numpy(patches)[:, None].requires_grad_(True), abs=True)[:, 0].detach().numpy()
    ours = gradients(network, image, STARTS) * factors(weighting, logits_of(network, patches))[:, None, None]
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * theirs.max())


@pytest.mark.parametrize(
    "config",
    [
        SHAPE,
        TissueConfig(widths=(4, 6, 8), unshuffle=2),
        TissueConfig(widths=(4, 6, 8, 8)),
        TissueConfig(widths=(4, 6), depths=(1, 3), patch_px=64),
        TissueConfig(widths=(4, 6, 8), padded=True, patch_px=64),
    ],
    ids=["as shipped", "no fourth stage", "not unshuffled", "uneven depths", "padded"],
)
def test_neighbours_that_are_read_together_have_the_gradients_of_each_alone(config: TissueConfig) -> None:
    torch.manual_seed(6)
    network = TissueClassifier(config)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    network.eval()
    tissue = np.random.default_rng(7).standard_normal((301, 277)).astype(np.float32)
    lattice = np.stack(np.meshgrid(np.arange(0, 160, 32), np.arange(0, 144, 16), indexing="ij"), -1).reshape(-1, 2)
    starts = np.concatenate([lattice[::2], [[5, 9], [5, 25], [173, 149]], lattice[1:8:2]])
    found = gradients(network, tissue, starts)
    alone = np.stack([by_itself(network, tissue, start) for start in starts])
    assert alone.max((1, 2)).min() > 0
    np.testing.assert_allclose(found, alone, atol=1e-5 * alone.max())


@pytest.mark.parametrize("config", [SHAPE, TissueConfig(widths=(4, 6, 8, 8))], ids=["as shipped", "not unshuffled"])
@pytest.mark.parametrize("area", [40 * 277, 128 * 277, 400 * 400])
def test_what_a_scan_kept_leads_to_the_same_gradients(
    config: TissueConfig, area: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one strip or many, where the breast's outline gives every strip another width."""
    monkeypatch.setattr("mammoview.assess.inference.dense_classifier.STRIP_AREA", area)
    torch.manual_seed(8)
    network = TissueClassifier(config).eval()
    tissue = np.random.default_rng(9).standard_normal((430, 277)).astype(np.float32)
    needed = np.arange(10) < np.array([4, 9, 2, 2, 7, 10, 10, 3, 1, 0, 0, 0, 0, 0, 5, 5, 5, 5, 8])[:, None]
    kept: Kept = {}
    z = dense_logits(network, tissue, needed=needed, kept=kept)
    np.testing.assert_allclose(z, dense_logits(network, tissue, needed=needed), atol=1e-6)
    starts = np.argwhere(needed) * 16
    with monkeypatch.context() as patch:
        patch.setattr("mammoview.assess.inference.gradients.strips", None)  # nothing is read again
        found = gradients(network, tissue, starts, kept=kept)
    alone = np.stack([by_itself(network, tissue, start) for start in starts])
    np.testing.assert_allclose(found, alone, atol=1e-5 * alone.max())
    # Between the places of the logits nothing was kept.
    between = starts[:5] + 3
    alone = np.stack([by_itself(network, tissue, start) for start in between])
    np.testing.assert_allclose(gradients(network, tissue, between, kept=kept), alone, atol=1e-5 * alone.max())


def test_an_assessment_reads_nothing_again_for_its_saliency(
    assessor: Assessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan, open_ = scan_of(breast_pixels()), Assessor("cpu", bundle=with_thresholds(assessor.bundle, 0.01, 0.3))
    own = open_.assess(scan).saliency
    assert own.values.max() > 0
    monkeypatch.setattr("mammoview.assess.inference.gradients.strips", None)
    np.testing.assert_array_equal(open_.assess(scan).saliency.values, own.values)


@given(starts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=40))
def test_every_patch_is_in_one_neighbourhood_and_fits_it(starts: list[tuple[int, int]]) -> None:
    places = np.array(starts, int).reshape(-1, 2) // 8 * 8
    groups = list(neighbourhoods(places, 128, 16))
    assert sorted(np.concatenate([*groups, []]).astype(int).tolist()) == list(range(len(places)))
    for group in groups:
        apart = places[group] - places[group].min(0)
        assert apart.max() < 128
        assert (apart % 16 == 0).all()


def test_the_weightings_are_about_different_patches(network: TissueClassifier, image: np.ndarray) -> None:
    z = np.array([0.0, 1.5, 6.0, -1.5])
    entropy, label, logit = (factors(weighting, z, 1.0) for weighting in GRADIENTS)
    assert entropy.argmax() in (1, 3)  # zero where p = 0.5: the entropy's own maximum is flat
    assert entropy[0] == 0
    assert label.argmax() == 0
    assert (logit == 1).all()
    np.testing.assert_allclose(entropy[1], entropy[3])
    np.testing.assert_allclose(label[1], label[3])


def test_evidence_is_each_patchs_log_odds_on_the_pixels_that_matter_most_in_it() -> None:
    patches = np.zeros((4, 8, 8), np.float16)
    patches[:, 2, 3], patches[:, 5, 5] = 1, 0.5
    heatmap = Layer(np.ones((1, 1), np.float32), Affine(64, 64))
    starts, logits = np.array([[0, 0], [0, 16], [16, 0], [16, 16]]), np.array([1.0, 4.0, -2.0, 3.0])
    highest = np.array([0.01, 20.0, 1.0, 0.0], np.float32)
    made = Sensitivity(patches, highest, starts, logits, TEMPERATURE, Affine(), (32, 32), heatmap)
    found = made.layer(SensitivityOptions(Weighting.EVIDENCE, 0.0, 0.0)).values
    np.testing.assert_allclose(found[2, 3], 1, rtol=1e-5)
    np.testing.assert_allclose(found[2, 19], 4, rtol=1e-5)
    np.testing.assert_allclose(found[5, 21], 2, rtol=1e-3)
    assert found[16:].sum() == 0, "a patch that speaks against a finding, and one without any gradient, show nothing"


def test_scored_evidence_is_the_evidence_times_the_highest_score_within_a_patch_side() -> None:
    patches = np.ones((3, 8, 8), np.float16)
    starts, logits = np.array([[0, 0], [0, 16], [24, 24]]), np.array([1.0, 4.0, 2.0])
    heatmap = Layer(np.ones((1, 1), np.float32), Affine(320, 320))
    made = Sensitivity(patches, np.ones(3, np.float32), starts, logits, TEMPERATURE, Affine(10, 10), (32, 32), heatmap)
    marks = [
        Finding(k, x, y, None, None, s, ())
        for k, (x, y, s) in enumerate([(40, 40, 0.25), (200, 40, 0.5), (190, 30, 0.1)])
    ]
    found = made.with_marks(marks).layer(SensitivityOptions(Weighting.SCORED, 0.0, 0.0)).values
    np.testing.assert_allclose([found[4, 4], found[4, 20], found[28, 28]], [0.25, 2.0, 0], rtol=1e-5)
    assert not made.layer(SensitivityOptions(Weighting.SCORED, 0.0, 0.0)).values.any(), "without marks there is none"


def test_overlapping_patches_add_their_absolute_gradients() -> None:
    patches = np.stack([np.full((4, 4), 2.0), np.full((4, 4), -3.0)]).astype(np.float32)
    total = summed(np.abs(patches), np.array([1.0, 0.5]), np.array([[0, 0], [2, 1]]), (7, 6))
    assert total[0, 0] == 2.0
    assert total[3, 2] == 2.0 + 1.5
    assert total[5, 4] == 1.5
    assert total[6, 5] == 0.0


def test_no_gated_patch_gives_an_empty_map() -> None:
    network = TissueClassifier(TissueConfig(widths=(4, 4))).eval()
    none = gradients(network, np.zeros((128, 128), np.float32), np.empty((0, 2), int))
    heatmap = Layer(np.ones((1, 1), np.float32), Affine(128, 128))
    whole = Sensitivity(none, np.empty(0), np.empty((0, 2), int), np.empty(0), 1.0, Affine(), (128, 128), heatmap)
    assert whole.layer(SensitivityOptions(Weighting.ENTROPY, 0.0, 0.0)).values.sum() == 0


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    return Assessor("cpu", bundle=small_bundle(tmp_path_factory.mktemp("models")))


@pytest.mark.parametrize("weighting", GRADIENTS)
@pytest.mark.parametrize("position", [0.2, 0.5, 0.8])
def test_another_gate_and_threshold_need_no_other_gradients(
    assessor: Assessor, weighting: Weighting, position: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a whole assessment with that gate: patches chosen, weighted, summed and bounded from the start."""
    scan = scan_of(breast_pixels())
    assessment = assessor.assess(scan)
    kept = assessor.sensitivity(scan, assessment)
    assert len(kept.starts) > 10
    p = 1 / (1 + np.exp(-kept.logits))
    gate = float(np.quantile(p, position))
    tau = float(np.quantile(assessment.heatmap.values[assessment.heatmap.values > 0], position / 2))
    monkeypatch.setattr("mammoview.assess.inference.gradients.back", None)  # no backward pass from here on
    live = kept.layer(SensitivityOptions(weighting, gate, tau))
    monkeypatch.undo()
    inside = [
        r >= gate and (assessment.heatmap.at(*kept.lattice(start[::-1] + 64.0)) or 0) >= tau
        for r, start in zip(p, kept.starts, strict=True)
    ]
    model = assessor.bundle.classifiers[200]
    image = _image(assessor, scan)
    exact = gradients(model.network, image, kept.starts[inside])
    expected = summed(exact, factors(weighting, kept.logits[inside], 1.5), kept.starts[inside], kept.shape)
    expected[~bound(assessment.heatmap, kept.lattice, kept.shape, tau)] = 0
    assert live.values.max() > 0
    assert apart(live.values, expected, blanked(assessor, scan)) < 0.01


def _image(assessor: Assessor, scan) -> np.ndarray:
    from mammoview.assess.inference.dense_classifier import scan_breast

    return scan_breast(assessor.bundle.classifiers[200].network, prepared_scan(analyse(scan)), 200, 1.5).image


def blanked(assessor: Assessor, scan) -> np.ndarray:
    """Pixels of one value instead of the film's own: there, rounding says which of equal ones a pooling takes."""
    return _image(assessor, scan) == np.float32(prepared_scan(analyse(scan)).air)


def apart(one: np.ndarray, two: np.ndarray, but: np.ndarray) -> float:
    """Share of two maps that is in one place only: rounding lets a single deep unit through now and then."""
    return float(np.abs(one - two)[~but].sum() / two[~but].sum())


def test_at_the_operating_point_the_live_map_is_the_assessments_own(assessor: Assessor) -> None:
    scan = scan_of(breast_pixels())
    open_ = Assessor("cpu", bundle=with_thresholds(assessor.bundle, 0.01, 0.3))
    assessment = open_.assess(scan)
    live = open_.sensitivity(scan, assessment).layer(
        SensitivityOptions(Weighting.ENTROPY, assessment.gate, assessment.tau)
    )
    own = assessment.saliency
    assert own.values.max() > 0
    assert live.to_scan == own.to_scan
    assert apart(live.values, own.values, blanked(assessor, scan)) < 0.01


def test_the_gradients_that_are_kept_are_bounded(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scan_of(breast_pixels())
    assessment = assessor.assess(scan)
    everything = assessor.sensitivity(scan, assessment)
    assert everything.least_gate == LEAST_GATE
    assert everything.nbytes <= MOST_PATCHES * 128 * 128 * 2
    monkeypatch.setattr("mammoview.assess.inference.gated_gradients.MOST_PATCHES", 5)
    few = assessor.sensitivity(scan, assessment)
    assert len(few.starts) == 5
    p = np.sort(1 / (1 + np.exp(-everything.logits)))[::-1]
    # The most probable ones stay, and the gate says from where on they are complete.
    assert few.least_gate == pytest.approx(p[4])


def test_gradients_can_be_stopped_before_every_layer_there_and_back(
    network: TissueClassifier, image: np.ndarray
) -> None:
    shares: list[float] = []
    starts = STARTS[:2]
    gradients(network, image, starts, shares.append)
    layers = len(fold_batch_norm(network.features))
    assert len(shares) == 2 * layers + 1
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop_at(number: int) -> Callable[[float], None]:
        left = iter(range(number))

        def stop(_share: float) -> None:
            if next(left, None) is None:
                raise CancelledError

        return stop

    for number in range(2 * layers + 1):
        with pytest.raises(CancelledError):
            gradients(network, image, starts, stop_at(number))


def test_taking_the_gradients_can_be_cancelled(assessor: Assessor) -> None:
    scan = scan_of(breast_pixels())
    with pytest.raises(CancelledError):
        assessor.sensitivity(scan, assessor.assess(scan), lambda: True)
