"""`python -m training fine-clusters`: the classifier at 100 um with and without synthetic clusters in fine tissue.

Each fold's network starts from the bundled classifier at 200 um that never saw it and learns the findings at 100 um; in
one of two ways it also learns clusters of calcifications, added to films that are at hand at 100 um or finer. Both read
the women of the fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.assess.models.networks import TissueClassifier
from mammoview.assess.models.scoring import logit
from mammoview.core.errors import MammoviewError
from mammoview.core.paths import resources
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, auc, auc_difference, mean
from training.data.memmaps import write_arrays
from training.data.patch_centres import TISSUE_SHARE
from training.data.patches import PatchSampling
from training.data.prepare import FOLDS, PreparedMammogram
from training.experiments.candidates import candidates
from training.experiments.detection import SHIPPED_FOLD, known
from training.experiments.detection_figures import DRAWS, write
from training.fit import classifier
from training.fit.classifier import ClassifierConfig, PatchPredictions
from training.fit.dense_scan import grid_cells, scan_prepared
from training.fit.recipe import Recipe
from training.fit.stages import load_weights
from training.fit.trainer import WEIGHTS

UM = 100
EPOCHS = 4
CLUSTERS = 500
"""Synthetic clusters in an epoch: about as many as findings."""
WITHOUT, WITH = "real findings", "synthetic clusters as well"
SOURCES = {"CBIS masses": "cbis_masses", "mini-MIAS": "mini_mias"}
RATES = (1.0, 2.0)


def run_of(way: str, fold: int, seed: int) -> ClassifierConfig:
    """Return the settings of a fold's classifier, trained in one of the two ways."""
    recipe = Recipe()
    draw = PatchSampling(variation=recipe.variation, clusters=CLUSTERS if way == WITH else 0)
    return recipe.first(UM, str(fold)).model_copy(update={"epochs": EPOCHS, "draw": draw, "seed": seed})


def folder_of(runs: Path, way: str, seed: int, fold: int) -> Path:
    """Return where a fold's classifier lies, and what it says."""
    return runs / f"fine_clusters_{seed}" / f"{'with' if way == WITH else 'without'}_{fold}"


def start_of(bundle: ModelBundle, fold: int) -> Path:
    """Return the weights of the bundled leading classifier that never saw a fold."""
    name = WEIGHTS if fold == SHIPPED_FOLD else f"fold_{fold}.safetensors"
    return resources() / "models" / bundle.classifiers[bundle.leading].facts.name / name


def train(runs: Path, members: list[PreparedMammogram], seed: int, fold: int, way: str) -> None:
    """Train a fold's classifier, and let it read the fold: fixed patches, and the peaks of its grid in mini-MIAS."""
    folder, run = folder_of(runs, way, seed, fold), run_of(way, fold, seed)
    classifier.train(run, members, folder, start_of(load_bundle(), fold))
    held = [m for m in members if m.fold == fold]
    if not (folder / "patches.npz").exists():
        PatchPredictions.of(_network(run, folder), held, UM, run.network.patch_px).save(folder / "patches.npz")
    if not (folder / "peaks.npz").exists():
        mias = [m for m in held if m.source == "mini_mias"]
        write_arrays(folder / "peaks.npz", _peaks(_network(run, folder), mias))


def _network(run: ClassifierConfig, folder: Path) -> TissueClassifier:
    network = load_weights(run.network, folder)
    assert isinstance(network, TissueClassifier)
    return network


def _peaks(network: TissueClassifier, members: Sequence[PreparedMammogram]) -> dict[str, NDArray[np.float64]]:
    """Return score and lesion hit of each peak of the grid by the name of the mammogram, float64 (2, N) each."""
    found = {}
    for member in track(members, "scanning"):
        peaks = candidates(member, logit(grid_cells(scan_prepared(network, member, UM), member, UM)))
        found[member.name] = np.stack([peaks.score, peaks.lesion])
    return found


def _patch_rows(
    ways: dict[str, PatchPredictions], members: Sequence[PreparedMammogram]
) -> list[tuple[str, str, Estimate]]:
    """Area under the curve of every kind of finding against tissue of the same data set, and paired differences."""
    of = {(m.source, m.name): m for m in members}
    read = ways[WITHOUT]
    kinds = np.array(
        [
            kind_of(of[str(s), str(n)].findings[f].lesion_type) if f >= 0 else ""
            for s, n, f in zip(read.source, read.name, read.finding, strict=True)
        ]
    )
    tissue = ~read.label & (read.share >= TISSUE_SHARE)
    rows = []
    for title, source in SOURCES.items():
        for kind, positive in (
            ("calcifications", read.label & (kinds == "calcification")),
            ("other findings", read.label & (kinds != "calcification")),
        ):
            keep = (read.source == source) & (tissue | (positive & ~read.large))
            if not (positive & keep).any():
                continue
            figure = f"{title}, {kind} that fit a patch against tissue, AUC"
            labels, groups = read.label[keep], read.group[keep]
            rows += [(way, figure, auc(labels, p.z[keep], groups, DRAWS)) for way, p in ways.items()]
            one, two = ((labels, p.z[keep], groups) for p in (ways[WITH], read))
            rows.append((WITH, f"{figure}, minus {WITHOUT}", auc_difference(one, two, DRAWS)))
    return rows


def _list_rows(
    marks: dict[str, list[CandidateMarks]], members: Sequence[PreparedMammogram]
) -> list[tuple[str, str, Estimate]]:
    """Share of the findings of mini-MIAS that the grid alone hits at some false marks per view, and differences."""
    kinds = np.array([kind_of(f.lesion_type) == "calcification" for m in members for f in m.findings], bool)
    rows = []
    responses = {way: FreeResponse(of) for way, of in marks.items()}
    women = responses[WITH].groups[responses[WITH].lesion_image]
    for rate in RATES:
        hit = {way: (r.lesion_best > r.threshold(rate)).astype(float) for way, r in responses.items()}
        for kind, keep in (("calcifications", kinds), ("other findings", ~kinds)):
            if keep.any():
                figure = f"mini-MIAS, {kind} hit by the grid alone at {rate:g} FP/image"
                rows += [(way, figure, mean(h[keep], women[keep], DRAWS)) for way, h in hit.items()]
                change = mean(hit[WITH][keep] - hit[WITHOUT][keep], women[keep], DRAWS)
                rows.append((WITH, f"{figure}, minus {WITHOUT}", change))
    return rows


def rows_of(
    runs: Path, members: Sequence[PreparedMammogram], seed: int, folds: Sequence[int]
) -> list[tuple[str, str, Estimate]]:
    """Figures of one seed on the folds that both ways have read."""
    read = {
        way: PatchPredictions.joined([folder_of(runs, way, seed, fold) / "patches.npz" for fold in folds])
        for way in (WITHOUT, WITH)
    }
    rows = _patch_rows(read, members)
    mias = [m for fold in folds for m in members if m.fold == fold and m.source == "mini_mias"]
    marks: dict[str, list[CandidateMarks]] = {WITHOUT: [], WITH: []}
    for way, of in marks.items():
        for fold in folds:
            with np.load(folder_of(runs, way, seed, fold) / "peaks.npz") as kept:
                for m in mias:
                    if m.fold == fold:
                        score, lesion = kept[m.name]
                        of.append(CandidateMarks(m.group, score, lesion.astype(np.intp), len(m.findings)))
    return rows + (_list_rows(marks, mias) if mias else [])


def run(
    runs: Path, seeds: Sequence[int], file: Path, folds: Sequence[int] = range(FOLDS)
) -> list[tuple[str, str, Estimate]]:
    """Train what is missing, and write the table of both ways; returns its rows.

    Raises
    ------
    MammoviewError
        When no mammogram is prepared at 100 um.
    """
    members = [m for m in known(runs) if UM in m.corners]
    if not members:
        raise MammoviewError("nothing is prepared at 100 um", "Run: python -m training prepare --um 100", runs)
    rows = []
    for seed in seeds:
        for fold in folds:
            for way in (WITHOUT, WITH):
                train(runs, members, seed, fold, way)
        found = rows_of(runs, members, seed, folds)
        rows += [(f"{way}, seed {seed}", figure, value) for way, figure, value in found]
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient", file)
    return rows
