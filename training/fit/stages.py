"""The stages between prepared mammograms and evaluation, each resumable and each for one part of the patients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from mammoview.assess.inference.heatmaps import fused_map
from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.networks import (
    Config,
    FusedHeatmap,
    HeatmapRegressor,
    Network,
    TissueClassifier,
    build_network,
)
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays, write_text
from training.data.prepare import FOLDS, PreparedMammogram, load
from training.data.splits import ALL, PARTS, PILOT, split
from training.fit import classifier, heatmap_runs
from training.fit.heatmap_runs import FusedExamples, TrainingFrames, cells, filled, held_frames
from training.fit.predictions import Predictions, load_predictions, predictions_folder, read
from training.fit.recipe import MAGNIFICATIONS, Recipe, baseline_folder, first_folder, fused_folder, tissue_folder
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import LogitCalibration, calibrated

RECIPE_FILE = "recipe.json"
CALIBRATIONS = "calibrations.json"


def recipe_of(runs: Path, given: Path | None = None) -> Recipe:
    """Return the recipe of these runs, kept beside them; raises MammoviewError when another one is given."""
    file = runs / RECIPE_FILE
    load(runs / "prepared")
    wanted = Recipe() if given is None else _parsed(given)
    if not file.exists():
        write_text(file, wanted.model_dump_json(indent=1))
        return wanted
    kept = _parsed(file)
    if given is not None and wanted != kept:
        raise MammoviewError("these runs follow another recipe", "Choose other --runs, or leave --recipe out", file)
    return kept


def _parsed(file: Path) -> Recipe:
    try:
        return Recipe.model_validate_json(file.read_text())
    except (OSError, ValueError) as error:
        raise MammoviewError(
            f"this is not a recipe ({error})", "See training/fit/recipe.py for its fields", file
        ) from error


def train_classifier(runs: Path, recipe: Recipe, um: int, part: str, workers: int = 0) -> None:
    """Train the tissue classifier of one magnification on one part of the patients.

    It starts from the weights of the magnification trained before, if there is one. Where the recipe says so, a second
    cycle goes on from the first, with the first one's false positives among its negatives.
    """
    members = load(runs / "prepared")
    before = MAGNIFICATIONS[: MAGNIFICATIONS.index(um)]
    start = tissue_folder(runs, before[-1], part) / WEIGHTS if before else None
    if start is not None and not start.exists():
        raise MammoviewError(
            f"the classifier at {before[-1]} um is not trained yet",
            f"Run: python -m training classifier --um {before[-1]} --part {part}",
            start,
        )
    folder = tissue_folder(runs, um, part)
    if um not in recipe.hard_epochs:
        classifier.train(recipe.first(um, part), members, folder, start, workers)
        return
    first = classifier.train(recipe.first(um, part), members, first_folder(runs, um, part), start, workers)
    classifier.train(recipe.second(um, part), members, folder, first, workers)


def train_baseline(runs: Path, recipe: Recipe, part: str, workers: int = 0) -> None:
    """Train the baseline heatmap on one part of the patients."""
    parts = split(load(runs / "prepared"), part)
    run = recipe.baseline(part)
    held = held_frames(parts.held) if part == PILOT else []
    heatmap_runs.train(
        run, TrainingFrames(parts.training, run.seed, run.variation), held, baseline_folder(runs, part), workers
    )


def load_weights(config: Config, folder: Path) -> Network:
    """Load a finished run's weights into a network as it ships: in evaluation mode, batch-norm folded."""
    network = build_network(config)
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except FileNotFoundError as error:
        raise MammoviewError(
            "this run is not finished", "Run the stage before: see python -m training", folder
        ) from error
    return optimised_for_inference(network)


def classifier_of(runs: Path, recipe: Recipe, um: int, part: str) -> TissueClassifier:
    """Load the classifier of a part."""
    network = load_weights(recipe.network, tissue_folder(runs, um, part))
    assert isinstance(network, TissueClassifier)
    return network


def baseline_of(runs: Path, recipe: Recipe, part: str) -> HeatmapRegressor:
    """Load the baseline heatmap of a part."""
    network = load_weights(recipe.heatmap, baseline_folder(runs, part))
    assert isinstance(network, HeatmapRegressor)
    return network


def fused_of(runs: Path, recipe: Recipe, part: str) -> FusedHeatmap:
    """Load the fused heatmap of a part."""
    network = load_weights(recipe.fused, fused_folder(runs, part))
    assert isinstance(network, FusedHeatmap)
    return network


def read_fold(runs: Path, recipe: Recipe, part: str) -> None:
    """Run the models of one part on the mammograms of its fold, which they were not trained on."""
    members = split(load(runs / "prepared"), part).held
    networks = {um: classifier_of(runs, recipe, um, part) for um in MAGNIFICATIONS}
    for um, network in networks.items():
        file = runs / "patches" / f"{um}.{part}.npz"
        if not file.exists():
            classifier.PatchPredictions.of(network, members, um, network.config.patch_px).save(file)
    read(networks, baseline_of(runs, recipe, part), members, predictions_folder(runs))


def train_parts(runs: Path, jobs: int) -> None:
    """Train every part's classifiers and baseline, then predict its fold; `jobs` parts at the same time.

    Each stage is a process of its own, with its share of the processor cores. Raises MammoviewError when one fails.
    """
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    shared = os.environ | {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads)}

    def chain(part: str) -> None:
        stages = [["classifier", "--um", str(um)] for um in MAGNIFICATIONS] + [["baseline"]]
        stages += [["read"]] if part != ALL else []
        for stage in stages:
            command = [sys.executable, "-m", "training", *stage, "--part", part, "--runs", str(runs)]
            print("part", part, *stage, flush=True)
            done = subprocess.run(command, env=shared, capture_output=True, text=True, check=False)
            if done.returncode:
                error = (done.stderr.strip().splitlines() or ["no word"])[-1]
                raise MammoviewError(
                    f"stage {' '.join(stage)} of part {part} failed: {error}", "Run it alone to see more"
                )

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(chain, PARTS))


def patches_of(runs: Path, um: int) -> classifier.PatchPredictions:
    """Out-of-fold logits of the fixed patches of every fold."""
    return classifier.PatchPredictions.joined([runs / "patches" / f"{um}.{fold}.npz" for fold in range(FOLDS)])


def calibrations(runs: Path) -> dict[int, list[LogitCalibration]]:
    """Calibration of every magnification, one per fold from the other folds' patches, and last the one of all."""
    found = {}
    for um in MAGNIFICATIONS:
        patches = patches_of(runs, um)
        others = [patches.fold != fold for fold in range(FOLDS)] + [np.ones_like(patches.fold, bool)]
        found[um] = [calibrated(patches.label[keep], patches.z[keep]) for keep in others]
    return found


def train_fused(runs: Path, recipe: Recipe) -> None:
    """Train the fused heatmap of every part on the out-of-fold predictions, and save its out-of-fold maps.

    Its inputs are predictions of models that never saw the patient, calibrated on other folds.
    """
    members = [m for m in load(runs / "prepared") if not m.unplaced]
    by_fold = calibrations(runs)
    inputs = [_stacked(runs, recipe, m, {um: t[m.fold] for um, t in by_fold.items()}) for m in members]
    targets = [cells(filled(m)) for m in members]
    for part in (*map(str, range(FOLDS)), ALL):
        run = recipe.mixing(part)
        chosen = [i for i, m in enumerate(members) if part == ALL or m.fold != int(part)]
        data = FusedExamples([inputs[i] for i in chosen], [targets[i] for i in chosen], run.seed)
        heatmap_runs.train(run, data, [], fused_folder(runs, part))
    folder = runs / "maps"
    networks = [fused_of(runs, recipe, str(fold)) for fold in range(FOLDS)]
    for member, stacked in zip(members, inputs, strict=True):
        fused = fused_map(networks[member.fold], stacked)
        write_arrays(folder / f"{member.key}.npz", {"stacked": stacked, "fused": fused})
    write_text(runs / CALIBRATIONS, json.dumps(by_fold))


def _stacked(runs: Path, recipe: Recipe, member: PreparedMammogram, by_um: dict[int, LogitCalibration]) -> np.ndarray:
    predictions: Predictions = load_predictions(predictions_folder(runs), member)
    return predictions.stacked(member, recipe.fused.grids, recipe.network, by_um)
