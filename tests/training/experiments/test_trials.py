"""Trials share patients, budget and test patches, and their differences are measured on the same patients."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from mammoview.assess.models.networks import TissueClassifier
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import auc, auc_difference
from tests.training.conftest import SMALL
from training.data.prepare import PreparedMammogram
from training.data.splits import TRIAL, split
from training.experiments import trials


def test_a_trial_is_tested_on_patients_that_it_never_saw(members: list[PreparedMammogram]) -> None:
    parts = split(members, TRIAL)
    assert not {m.group for m in parts.training} & {m.group for m in parts.held}
    assert {m.fold for m in parts.held} == {0, 1}
    assert len(parts.training) + len(parts.held) == len(members)


def test_all_trials_have_the_same_budget() -> None:
    for trial in [*trials.arms(), *trials.trials()]:
        assert sum(c.epochs for c in trial.cycles) == trials.EPOCHS, trial.name
        assert {c.part for c in trial.cycles} == {TRIAL}
    names = [t.slug for t in [*trials.arms(), *trials.trials()]]
    assert len(set(names)) == len(names)


def test_the_arms_end_in_a_table(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    wanted = trials.arms(2, SMALL.network)[::3]
    seed = trials.Trial(trials.SEED, (trials.cycle(2, network=SMALL.network, seed=21),))
    side = trials.Trial(
        "patch of 160 px", (trials.cycle(1, network=SMALL.network.model_copy(update={"patch_px": 160})),)
    )
    trials.run(tmp_path, [*wanted, seed, side], tmp_path / "arms.csv")
    with (tmp_path / "arms.csv").open() as f:
        rows = list(csv.DictReader(f))
    further = {f"{trials.REFERENCE}, read four ways", "mean of both seeds"}
    assert {r["trial"] for r in rows} == {t.name for t in [*wanted, seed, side]} | further
    for row in rows:
        assert float(row["low 95 %"]) <= float(row["AUC"]) <= float(row["high 95 %"])
        if row["trial"] == trials.REFERENCE:
            assert not row["difference"]
        else:
            assert float(row["difference low"]) <= float(row["difference"]) <= float(row["difference high"])
    by = {(r["trial"], r["patches"]): r for r in rows}
    subset = "cbis_masses, tissue negatives"
    one, reference = by["synthetic, then real", subset], by[trials.REFERENCE, subset]
    apart = float(one["AUC"]) - float(reference["AUC"])
    assert float(one["difference"]) == pytest.approx(apart, abs=2e-4)
    assert one["DeLong p"]
    assert not by["patch of 160 px", subset]["DeLong p"], "patches of another side are not paired"
    before = {f: f.stat().st_mtime_ns for f in (tmp_path / "trials").rglob("model.safetensors")}
    trials.run(tmp_path, wanted, tmp_path / "again.csv")
    assert before == {f: f.stat().st_mtime_ns for f in before}, "what was finished was trained again"


def test_a_trial_that_is_not_trained_is_named(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="not trained yet"):
        trials.weights_of(tmp_path, trials.arms()[0])


def test_reading_four_ways_does_not_mind_how_a_patch_is_turned_over() -> None:
    torch.manual_seed(0)
    flipped = trials.FlipAveragedClassifier(TissueClassifier(SMALL.network)).eval()
    x = torch.randn(2, 1, 128, 128)
    torch.testing.assert_close(flipped(x), flipped(x.flip(-1)))
    torch.testing.assert_close(flipped(x), flipped(x.flip(-2)))
    assert not torch.allclose(flipped.network(x), flipped.network(x.flip(-1)))


def test_the_difference_of_areas_is_that_of_the_areas() -> None:
    rng = np.random.default_rng(0)
    labels, groups = rng.random(400) < 0.3, np.array([f"p{i // 4}" for i in range(400)])
    good, bad = labels + rng.normal(0, 0.6, 400), labels + rng.normal(0, 1.5, 400)
    found = auc_difference((labels, good, groups), (labels, bad, groups))
    assert found.value == pytest.approx(roc_auc_score(labels, good) - roc_auc_score(labels, bad))
    assert 0 < found.low < found.value < found.high
    same = auc_difference((labels, good, groups), (labels, good, groups))
    assert (same.value, same.low, same.high) == (0, 0, 0)
    # Unpaired draws would give the difference of two scores that go together a wider interval.
    close = auc_difference((labels, good, groups), (labels, good + rng.normal(0, 0.05, 400), groups))
    alone = auc(labels, good, groups)
    assert close.high - close.low < alone.high - alone.low
