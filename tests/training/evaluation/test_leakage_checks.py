"""The nine rules against leakage: each passes on a sound set-up and fails on one that leaks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mammoview.evaluation.statistics import Estimate, auc
from training.data.patch_augmentation import cut, toned, vary
from training.data.patch_centres import PatchCentre
from training.data.patches import PatchSampling, TrainingPatches
from training.data.prepare import PreparedMammogram
from training.data.splits import split
from training.evaluation import leakage_checks
from training.evaluation.leakage_checks import LeakError
from training.evaluation.out_of_fold import OutOfFoldEvidence
from training.evaluation.result_tables import TableRow


@pytest.fixture(scope="module")
def evidence(trained: Path) -> OutOfFoldEvidence:
    return OutOfFoldEvidence(trained)


def test_the_trained_folds_keep_the_rules(evidence: OutOfFoldEvidence) -> None:
    leakage_checks.check_evidence(evidence)


def test_1_a_split_by_image_puts_patients_on_both_sides(members: list[PreparedMammogram]) -> None:
    parts = split(members, "0")
    leakage_checks.check_split([m.group for m in parts.training], [m.group for m in parts.held])
    by_image = members[::2], members[1::2]
    with pytest.raises(LeakError, match="rule 1"):
        leakage_checks.check_split([m.group for m in by_image[0]], [m.group for m in by_image[1]])


def test_2_a_threshold_from_the_test_patients_is_refused(evidence: OutOfFoldEvidence) -> None:
    read = evidence.patches[200].read
    for fold in range(5):
        leakage_checks.check_choice("operating point", read.group[read.fold != fold], read.group[read.fold == fold])
    with pytest.raises(LeakError, match="rule 2"):
        leakage_checks.check_choice("operating point", read.group, read.group[read.fold == 0])


def test_3_grids_from_a_classifier_that_saw_the_patient_are_refused(members: list[PreparedMammogram]) -> None:
    parts = split(members, "3")
    leakage_checks.check_crossed([m.group for m in parts.held], [m.group for m in parts.training])
    with pytest.raises(LeakError, match="rule 3"):
        leakage_checks.check_crossed([m.group for m in members], [m.group for m in parts.training])


def _texture(resample_positives_only: bool) -> tuple[np.ndarray, np.ndarray]:
    """Patches of noise, drawn as the data set draws them; or with the negatives cut straight from the image."""
    rng = np.random.default_rng(0)
    image = rng.standard_normal((900, 900)).astype(np.float16)
    patches, labels = [], []
    for i in range(160):
        label = i % 2 == 0
        spot = PatchCentre(0, *rng.uniform(200, 700, 2), label, 1.0)
        if label or not resample_positives_only:
            patches.append(toned(cut(image, spot, 64, 0.0, vary(rng)), rng))
        else:
            patches.append(cut(image, PatchCentre(0, round(spot.column), round(spot.row), label, 1.0), 64, 0.0))
        labels.append(label)
    return np.stack(patches), np.array(labels)


def test_4_negatives_that_skip_the_resampler_give_themselves_away() -> None:
    leakage_checks.check_treatment(*_texture(resample_positives_only=False))
    with pytest.raises(LeakError, match="rule 4"):
        leakage_checks.check_treatment(*_texture(resample_positives_only=True))


@pytest.mark.parametrize("draw", [PatchSampling(), PatchSampling(variation="none")])
def test_4_the_data_set_treats_both_classes_alike(members: list[PreparedMammogram], draw: PatchSampling) -> None:
    """Every image replaced by the same noise: what the real data set draws has the same sharpness for both labels."""
    patches = TrainingPatches(members, 200, 128, draw, seed=3)
    rng = np.random.default_rng(1)
    patches.images = [rng.standard_normal(m.mask(200).shape).astype(np.float16) for m in members]
    drawn = [patches[i] for i in range(min(160, len(patches)))]
    x = np.stack([d[0][0].numpy() for d in drawn])[:, 32:-32, 32:-32]
    leakage_checks.check_treatment(x, np.array([bool(d[1]) for d in drawn]))


def test_5_background_among_the_headline_negatives_is_refused(evidence: OutOfFoldEvidence) -> None:
    patches = evidence.patches[200]
    leakage_checks.check_headline(patches.read.label[patches.tissue], patches.read.share[patches.tissue])
    with pytest.raises(LeakError, match="rule 5"):
        leakage_checks.check_headline(patches.read.label[patches.all], patches.read.share[patches.all])


def test_6_a_marker_that_gives_the_class_away_is_found() -> None:
    rng = np.random.default_rng(2)
    labels = rng.random(400) < 0.5
    groups = np.arange(400).astype(str)
    leakage_checks.check_shortcut("blanked patches", auc(labels, rng.normal(size=400), groups))
    with pytest.raises(LeakError, match="rule 6"):
        leakage_checks.check_shortcut("a marker beside findings", auc(labels, labels + rng.normal(size=400), groups))


def test_6_shortcuts_are_reported_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leakage_checks, "check_subsets", lambda rows: None)
    shortcut = dataclasses.replace(ROW, table="shortcuts", name="breast mask alone")
    assert leakage_checks.check_rows([ROW]) == []
    assert "rule 6" in leakage_checks.check_rows([ROW, shortcut])[0]


def test_7_patches_normalised_one_by_one_are_refused(members: list[PreparedMammogram]) -> None:
    patches = np.stack([leakage_checks.middle_patch(m) for m in members[:10]])
    leakage_checks.check_normalisation(patches)
    alone = (patches - patches.mean((1, 2), keepdims=True)) / patches.std((1, 2), keepdims=True)
    with pytest.raises(LeakError, match="rule 7"):
        leakage_checks.check_normalisation(alone)


ROW = TableRow("patch AUC", "200 um", "cbis_masses", Estimate(0.9, 0.85, 0.95, 100))


@pytest.mark.parametrize(
    "bare",
    [
        dataclasses.replace(ROW, figure=Estimate(0.9, np.nan, np.nan, 100)),
        dataclasses.replace(ROW, figure=Estimate(0.9, 0.8, 0.95, 0)),
        dataclasses.replace(ROW, split=""),
    ],
)
def test_8_a_bare_figure_is_refused(bare: TableRow) -> None:
    leakage_checks.check_figures([ROW])
    with pytest.raises(LeakError, match="rule 8"):
        leakage_checks.check_figures([ROW, bare])


def test_9_missing_subsets_are_named() -> None:
    rows = [
        dataclasses.replace(ROW, table="patch AUC by subset", subset=f"cbis_masses, {s} x")
        for s in leakage_checks.SUBSETS
    ]
    leakage_checks.check_subsets(rows)
    with pytest.raises(LeakError, match=r"rule 9.*margins"):
        leakage_checks.check_subsets(rows[:-1])
