"""Synthetic findings have the stated sizes and contrasts, lie in the breast, and alone distinguish the classes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mammoview.assess.inference.preprocessing import CLIP
from training.data import synthetic
from training.data.patches import PatchSampling, TrainingPatches
from training.data.prepare import PreparedMammogram
from training.data.synthetic import CLUSTER_MM, MASS_MM, PARTICLES, AddedIntensities, cluster, exposed, mass
from training.evaluation import leakage_checks


def _extent_mm(profile: np.ndarray, um: int, least: float = 0.0) -> float:
    rows, columns = np.nonzero(profile > least)
    return max(np.ptp(rows) + 1, np.ptp(columns) + 1) * um / 1000


@pytest.mark.parametrize("um", [100, 200])
@pytest.mark.parametrize("seed", range(6))
def test_a_mass_has_its_diameter_and_stays_on_its_canvas(um: int, seed: int) -> None:
    made = mass(np.random.default_rng(seed), um, spicules=False)
    assert MASS_MM[0] <= made.mm <= MASS_MM[1]
    assert _extent_mm(made.profile, um) == pytest.approx(made.mm, abs=2.5 * um / 1000)
    assert made.profile.shape[0] % 2
    frame = np.concatenate([made.profile[[0, -1]].ravel(), made.profile[:, [0, -1]].ravel()])
    assert not frame.any(), "it is cut by its canvas"


def test_no_finding_is_larger_than_asked_for() -> None:
    for seed in range(30):
        assert mass(np.random.default_rng(seed), 200, most_mm=9).mm <= 9
        assert cluster(np.random.default_rng(seed), 200, most_mm=9).mm <= 9


def test_spicules_leave_the_body_and_taper() -> None:
    """What lies on circles ever farther out grows less, in width and in value; a mass without spicules ends."""
    um, radii = 100, np.array([1.1, 1.25, 1.4])
    covered, value = np.zeros((2, len(radii))), np.zeros(len(radii))
    for seed in range(25):
        rng = np.random.default_rng(seed)
        spiked, plain = mass(rng, um, spicules=True), mass(rng, um, spicules=False)
        for k, made in enumerate((plain, spiked)):
            half = len(made.profile) // 2
            y, x = np.mgrid[-half : half + 1, -half : half + 1] * um / 1000
            body = ndimage.binary_opening(made.profile > 0.02 * made.profile.max(), iterations=6)
            # Distance from the body, in units of its own radius.
            apart = 1 + ndimage.distance_transform_edt(~body) * um / 1000 / (made.mm / 2)
            for i, radius in enumerate(radii):
                ring = (np.abs(apart - radius) < 0.05) & (np.hypot(x, y) > 0)
                if ring.any():
                    covered[k, i] += (made.profile[ring] > 0).mean()
                    value[i] += made.profile[ring].mean() / made.profile.max() * k
    assert not covered[0, 1:].any()
    assert (covered[1] > 0).all()
    assert (np.diff(covered[1]) < 0).all()
    assert (np.diff(value) < 0).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_cluster_holds_grains_of_a_tenth_to_one_millimetre(seed: int) -> None:
    made = cluster(np.random.default_rng(seed), synthetic.FINE_UM)
    labels, number = ndimage.label(made.profile > 1e-3, np.ones((3, 3)))
    assert 2 <= number <= PARTICLES[1]
    assert CLUSTER_MM[0] <= made.mm <= CLUSTER_MM[1]
    assert _extent_mm(made.profile, synthetic.FINE_UM) <= made.mm + 0.2
    alone = [s for s in ndimage.find_objects(labels) if s is not None]
    widths = [max(s.stop - s.start for s in pair) * synthetic.FINE_UM / 1000 for pair in alone]
    assert min(widths) <= 1.1
    assert np.median(widths) <= 1.0


@pytest.mark.parametrize("make", [mass, cluster])
def test_a_finding_is_the_same_at_every_magnification(make) -> None:
    """Area-averaged: what it adds up to on the breast (SD x mm2) and where its middle lies do not depend on pixels."""
    for seed in range(5):
        totals, middles = [], []
        for um in (100, 200):
            profile = make(np.random.default_rng(seed), um).profile.astype(float)
            totals.append(profile.sum() * (um / 1000) ** 2)
            middle = np.array(ndimage.center_of_mass(profile)) - len(profile) // 2
            middles.append(middle * um / 1000)
        assert totals[0] == pytest.approx(totals[1], rel=0.06)
        np.testing.assert_allclose(*middles, atol=0.06)


@pytest.fixture
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "distractors", lambda _rng, _um: [])


@pytest.mark.usefixtures("undisturbed")
def test_what_a_finding_adds_is_its_profile() -> None:
    """In density, which is what absorbers add in: the same over dark and over bright tissue."""
    made = mass(np.random.default_rng(3), 200, spicules=False)
    for level in (-2.0, 1.0):
        tissue, mask = np.full((240, 240), level, np.float32), np.ones((240, 240), np.float32)
        with_it = exposed(tissue, mask, 200, np.random.default_rng(1), ((made, 120, 120),))
        without = exposed(tissue, mask, 200, np.random.default_rng(1))
        half = len(made.profile) // 2
        added = (with_it - without)[120 - half : 121 + half, 120 - half : 121 + half]
        assert added.sum() == pytest.approx(made.profile.sum(), rel=0.01)
        assert np.abs(added - made.profile).max() < 0.1, "blur and grey levels"


@pytest.mark.usefixtures("undisturbed")
def test_bright_tissue_does_not_cut_a_finding_flat() -> None:
    tissue, mask = np.full((240, 240), 3.2, np.float32), np.ones((240, 240), np.float32)
    made = mass(np.random.default_rng(5), 200, spicules=False)
    tall = AddedIntensities(made.profile * np.float32(3 / made.profile.max()), made.mm, made.kind)
    film = exposed(tissue, mask, 200, np.random.default_rng(1), ((tall, 120, 120),))
    assert film.max() < CLIP[1]
    assert film[120, 120] > film[5, 5] + 0.3, "it is weakened, not left out"


@pytest.mark.usefixtures("undisturbed")
def test_a_finding_changes_nothing_outside_the_breast() -> None:
    mask = np.zeros((240, 240), np.float32)
    mask[:, :118] = 1
    tissue = np.where(mask > 0, 0.0, -2.0).astype(np.float32)
    made = mass(np.random.default_rng(3), 200, spicules=True)
    with_it = exposed(tissue, mask, 200, np.random.default_rng(1), ((made, 120, 120),))
    without = exposed(tissue, mask, 200, np.random.default_rng(1))
    assert (with_it == without)[mask == 0].all()
    assert (with_it != without)[mask == 1].any()


def test_distractors_do_not_depend_on_the_finding() -> None:
    """From the same draw, film with a finding and without differs at the finding alone."""
    tissue, mask = np.zeros((240, 240), np.float32), np.ones((240, 240), np.float32)
    made = cluster(np.random.default_rng(2), 200, most_mm=8)
    half = len(made.profile) // 2 + 4
    changed = 0
    for seed in range(30):
        with_it = exposed(tissue, mask, 200, np.random.default_rng(seed), ((made, 120, 120),))
        without = exposed(tissue, mask, 200, np.random.default_rng(seed))
        differs = with_it != without
        differs[120 - half : 121 + half, 120 - half : 121 + half] = False
        assert not differs.any()
        changed += bool(np.abs(without).max() > 0.16)
    assert changed > 5, "some film has distractors"


def test_synthetic_positives_lie_in_normal_tissue(
    members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    patches = TrainingPatches(members, 200, 128, PatchSampling(synthetic=1.0), seed=2)
    normal = {s for pool in patches.negatives.values() for s in pool}
    filmed = []
    film = TrainingPatches.filmed
    monkeypatch.setattr(
        TrainingPatches,
        "filmed",
        lambda self, spot, added, rng: filmed.append((spot, added)) or film(self, spot, added, rng),
    )
    labels = [int(patches[i][1]) for i in range(len(patches))]
    assert [added is not None for _, added in filmed] == [label == 1 for label in labels]
    assert {spot for spot, _ in filmed} <= normal


def test_half_of_the_positives_are_synthetic_where_half_are_asked_for(
    members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(
        synthetic,
        "exposed",
        lambda tissue, mask, um, rng, findings: seen.append(bool(findings)) or tissue,
    )
    patches = TrainingPatches(members, 200, 128, PatchSampling(synthetic=0.5), seed=2)
    for epoch in range(6):
        patches.epoch = epoch
        for i in range(0, len(patches), 2):
            patches[i]
    assert 0.35 < np.mean(seen) < 0.65


def test_without_their_findings_both_classes_are_filmed_alike(
    members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 4 for synthetic patches: an invisible finding leaves nothing that distinguishes the classes."""
    nothing = AddedIntensities(np.zeros((5, 5), np.float32), 1.0, "mass")
    monkeypatch.setattr(synthetic, "finding", lambda *_: nothing)
    patches = TrainingPatches(members, 200, 128, PatchSampling(synthetic=1.0), seed=3)
    rng = np.random.default_rng(1)
    patches.images = [rng.standard_normal(m.mask(200).shape).astype(np.float16) for m in members]
    patches.masks = [np.full(m.mask(200).shape, 255, np.uint8) for m in members]
    drawn = [patches[i] for i in range(min(160, len(patches)))]
    leakage_checks.check_treatment(np.stack([x[0].numpy() for x, _ in drawn]), np.array([bool(y) for _, y in drawn]))
