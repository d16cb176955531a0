"""The stages of detection: candidates, the heatmap from pretrained features, the re-scorer, and what they score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from safetensors.torch import load_file

from mammoview.assess.inference.heatmap_cells import CELL_PX, FRAME_CELLS, INPUT_UM
from mammoview.assess.inference.heatmaps import baseline_map
from mammoview.assess.inference.rescoring import in_context
from mammoview.assess.models.bundle import ModelBundle, load_bundle, optimised_for_inference
from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork
from mammoview.assess.models.networks import HeatmapRegressor, Rescorer, RescorerConfig, SqueezeHeatmapConfig
from mammoview.assess.models.scoring import logit
from mammoview.core.errors import MammoviewError
from training.data.film import image as film_image
from training.data.memmaps import write_arrays
from training.data.prepare import FOLDS, PreparedMammogram, load
from training.data.splits import split
from training.evaluation import one_path
from training.evaluation.model_notes import check, claim, weights_key
from training.experiments import rescorer
from training.experiments.candidates import (
    Candidates,
    candidates,
    classifiers_of,
    grid_keys,
    grid_logit,
    read_grids,
)
from training.experiments.rescorer import RescorerRun
from training.fit import heatmap_runs, pretrained
from training.fit.heatmap_runs import HeatmapRun, TrainingFrames
from training.fit.trainer import WEIGHTS

SHIPPED_FOLD = 4
"""The bundled models were trained without it."""
GRIDS = "grids"
"""Folder of the out-of-fold grids of the bundled classifiers."""
CLUSTER_PARTS = ((0, 1, 2), (3, 4))
"""Folds that each of the two networks of clusters of a seed reads; it is trained on the others."""


def known(runs: Path) -> list[PreparedMammogram]:
    """Return the mammograms that are in a fold and whose findings have a place."""
    return [m for m in load(runs / "prepared") if m.fold >= 0 and not m.unplaced]


def read_candidates(runs: Path) -> None:
    """Let the bundled classifier of each fold read the women that it never saw."""
    read_grids(load_bundle(), known(runs), runs / GRIDS)


def check_grids(runs: Path) -> None:
    """Raise MammoviewError when other classifiers than the bundled ones read the grids."""
    if (runs / GRIDS).exists():
        check(runs / GRIDS, grid_keys(load_bundle()).__getitem__)


def heatmap_run(part: str, seed: int, epochs: int, film: float = 0.0) -> HeatmapRun:
    """Return the settings of a heatmap with SqueezeNet's features."""
    return HeatmapRun(
        network=SqueezeHeatmapConfig(),
        epochs=epochs,
        rate=5e-4,
        part=part,
        seed=seed,
        variation="both",
        small=2,
        film=film,
    )


def heatmap_folder(runs: Path, part: str, seed: int) -> Path:
    """Return where a heatmap with SqueezeNet's features lies."""
    return runs / f"heatmap_squeezenet_{seed}" / part


def rescorer_folder(runs: Path, part: str, seed: int) -> Path:
    """Return where a re-scorer lies."""
    return runs / f"rescorer_{seed}" / part


def cluster_folder(runs: Path, part: int, seed: int) -> Path:
    """Return where the network of clusters lies that reads the folds of a part of `CLUSTER_PARTS`."""
    return runs / f"cluster_network_{seed}" / str(part)


def train_heatmap(
    runs: Path, part: str, start: Path | None, seed: int, epochs: int, workers: int = 0, film: float = 0.0
) -> None:
    """Train the heatmap with SqueezeNet's features on one part of the patients.

    Parameters
    ----------
    film
        Share of Frames in which the film beyond the skin is as it was scanned.
    """
    if start is not None:
        pretrained.load(start)  # wrong weights are named before all images are read
    run = heatmap_run(part, seed, epochs, film)
    training = split(load(runs / "prepared"), part).training
    frames = TrainingFrames(training, run.seed, run.variation, run.small, film, runs if film else None)
    heatmap_runs.train(run, frames, [], heatmap_folder(runs, part, seed), workers, start)


def train_rescorer(
    runs: Path,
    part: str,
    start: Path | None,
    seed: int,
    epochs: int,
    workers: int = 0,
    hard: bool = False,
    heat_seed: int | None = None,
    mini_mias: int = 1,
    calcifications: int = 1,
    film: float = 0.0,
) -> None:
    """Train the re-scorer on the out-of-fold candidates of one part of the patients.

    Parameters
    ----------
    hard
        Draw findings that are hard to find more often, graded, and negatives of dense mammograms twice.
    heat_seed
        Seed of the heatmaps (maps of `fuse`) whose sum with the grid has the candidates as peaks; without, the grid.
    mini_mias, calcifications
        How often findings of mini-MIAS, and calcifications, are drawn where another is drawn once.
    film
        Share of contexts in which the film beyond the skin is as it was scanned.
    """
    if start is not None:
        pretrained.load(start)
    check_grids(runs)
    if heat_seed is not None:
        check_maps(runs, heat_seed)
    members = [m for m in split(load(runs / "prepared"), part).training if not m.unplaced]
    found = []
    for member in track(members, "candidates"):
        values = grid_logit(runs / GRIDS, member)
        if heat_seed is not None:
            values = values + logit(heatmap_cells(runs, member, heat_seed))
        found.append(candidates(member, values))
    run = RescorerRun(
        part=part,
        seed=seed,
        epochs=epochs,
        graded=hard,
        dense=2 if hard else 1,
        heatmap_seed=heat_seed,
        mini_mias=mini_mias,
        calcifications=calcifications,
        film=film,
    )
    rescorer.train(run, found, rescorer_folder(runs, part, seed), start, workers, runs if film else None)


def maps_folder(runs: Path, seed: int) -> Path:
    """Return where the out-of-fold heatmaps of a seed lie."""
    return runs / f"maps_{seed}"


def heatmap_cells(runs: Path, member: PreparedMammogram, seed: int) -> NDArray[np.float32]:
    """Return the out-of-fold heatmap of a mammogram on its cells. Raises MammoviewError when it was not made."""
    try:
        with np.load(maps_folder(runs, seed) / f"{member.key}.npz") as kept:
            return np.asarray(kept["heatmap"])
    except OSError as error:
        raise MammoviewError("this mammogram has no heatmap yet", "Run: python -m training fuse", runs) from error


def maps_key(runs: Path, part: str, seed: int) -> str:
    """Return the hash of the heatmap of a part. Raises MammoviewError when it is not trained."""
    return weights_key(heatmap_of(runs, part, seed))


def check_maps(runs: Path, seed: int) -> None:
    """Raise MammoviewError when other heatmaps than those of the seed read the maps."""
    check(maps_folder(runs, seed), lambda part: maps_key(runs, part, seed))


def _finished(folder: Path) -> Path:
    if not (folder / WEIGHTS).exists():
        raise MammoviewError("this run is not finished", "Run the stage before: see python -m training", folder)
    return folder / WEIGHTS


def heatmap_of(runs: Path, part: str, seed: int) -> HeatmapRegressor:
    """Load the heatmap of a part. Raises MammoviewError when it is not trained."""
    network = HeatmapRegressor(SqueezeHeatmapConfig())
    network.load_state_dict(load_file(_finished(heatmap_folder(runs, part, seed))))
    return optimised_for_inference(network)


def rescorer_of(runs: Path, part: str, seed: int) -> Rescorer:
    """Load the re-scorer of a part. Raises MammoviewError when it is not trained."""
    network = Rescorer(RescorerConfig())
    network.load_state_dict(load_file(_finished(rescorer_folder(runs, part, seed))))
    return optimised_for_inference(network)


def cluster_network_of(runs: Path, fold: int, seed: int) -> ClusterNetwork:
    """Load the network of clusters that never saw the women of a fold. Raises MammoviewError when it is not trained."""
    (part,) = (k for k, folds in enumerate(CLUSTER_PARTS) if fold in folds)
    network = ClusterNetwork(ClusterConfig())
    network.load_state_dict(load_file(_finished(cluster_folder(runs, part, seed))))
    return optimised_for_inference(network)


@dataclass(frozen=True)
class Scored:
    """The candidates of one mammogram with the scores of each model that was not trained on the woman.

    Parameters
    ----------
    found
        Candidates by the map whose peaks they are: "grid" (the leading one), "heatmap", or "sum" of their logits.
    features
        Logits of the grid, the heatmap and the re-scorer at each, float64 (N, 3); NaN where a model was not asked.
    clusters
        The clusters of bright spots beside them, or None where they were not looked for; their `features` are the value
        on the map of clusters and the logits of the grid and of the network.
    """

    found: Candidates
    features: NDArray[np.float64]
    clusters: Scored | None = None


def breast_map(
    network: HeatmapRegressor, member: PreparedMammogram, image: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Heatmap of a prepared mammogram over the area that the program reads: the breast, no smaller than a Frame.

    Float32 (rows, columns) on the cells of the 400 um image, 0 outside that area.

    Parameters
    ----------
    image
        The mammogram at 400 um with the film beyond the skin as it was scanned; blanked when None.
    """
    image = np.asarray(member.image(INPUT_UM), np.float32) if image is None else image
    rows, columns = (n // CELL_PX for n in image.shape)
    held = heatmap_runs.cells(np.asarray(member.mask(INPUT_UM), np.float32)) > 0
    (top, bottom), (left, right) = ((w[0], w[-1] + 1) for w in (np.flatnonzero(held.any(k)) for k in (1, 0)))
    bottom, right = max(bottom, top + FRAME_CELLS), max(right, left + FRAME_CELLS)
    whole = np.pad(
        image,
        [(0, max(0, bottom * CELL_PX - image.shape[0])), (0, max(0, right * CELL_PX - image.shape[1]))],
        constant_values=float(image[0, 0]),
    )
    area = whole[top * CELL_PX : bottom * CELL_PX, left * CELL_PX : right * CELL_PX]
    out = np.zeros((max(rows, bottom), max(columns, right)), np.float32)
    out[top:bottom, left:right] = baseline_map(network, area)
    return out[:rows, :columns]


def detected_folder(
    runs: Path, seed: int, folds: bool, heat_seed: int | None = None, cluster_seed: int | None = None
) -> Path:
    """Return where the program's candidates lie: of the bundled fold, or of every fold by models of its own."""
    name = f"detected_{seed}"
    if folds:
        name = f"detected_{'' if heat_seed is None else f'{heat_seed}_'}{seed}_folds"
    return runs / (name if cluster_seed is None else f"{name}_clusters_{cluster_seed}")


def bundles(
    runs: Path, seed: int, folds: bool, heat_seed: int | None = None, cluster_seed: int | None = None
) -> Callable[[int], ModelBundle]:
    """Return what gives the models of a fold that `detect` reads with; seeds and `folds` as there.

    It raises MammoviewError for a fold whose models are not trained.
    """
    bundle = load_bundle()

    def clusters(fold: int) -> ClusterNetwork | None:
        return None if cluster_seed is None else cluster_network_of(runs, fold, cluster_seed)

    def bundled(fold: int) -> ModelBundle:
        return one_path.with_rescorer(bundle, rescorer_of(runs, str(fold), seed), clusters(fold))

    def of_fold(fold: int) -> ModelBundle:
        heat = None if heat_seed is None else heatmap_of(runs, str(fold), heat_seed)
        classifier = classifiers_of(bundle)[fold]
        return one_path.of_fold(classifier, rescorer_of(runs, str(fold), seed), bundle, heat, clusters(fold))

    return of_fold if folds else bundled


def detected(runs: Path, seed: int, folds: bool, heat_seed: int | None = None, cluster_seed: int | None = None) -> Path:
    """Return where the program's candidates lie. Raises MammoviewError when other models found them."""
    folder = detected_folder(runs, seed, folds, heat_seed, cluster_seed)
    if folder.exists():
        of = bundles(runs, seed, folds, heat_seed, cluster_seed)
        check(folder, lambda fold: one_path.candidates_key(of(int(fold))))
    return folder


def detect(
    data: Path, runs: Path, seed: int, folds: bool, heat_seed: int | None = None, cluster_seed: int | None = None
) -> None:
    """Let the program find candidates with a re-scorer in mammograms of women whom its models never saw.

    Parameters
    ----------
    folds
        Every fold, each by the leading classifier and the re-scorer trained without it: the grid's candidates. Else the
        bundled models' fold: the candidates of grid and heatmap together.
    heat_seed
        Seed of the heatmaps that were trained without each fold, whose candidates and the grid's are taken together;
        without one, those of the grid.
    cluster_seed
        Seed of the networks of clusters, whose clusters lie beside the candidates; without one there are none.
    """
    members = [m for m in known(runs) if folds or m.fold == SHIPPED_FOLD]
    folder = detected_folder(runs, seed, folds, heat_seed, cluster_seed)
    one_path.read(data, members, bundles(runs, seed, folds, heat_seed, cluster_seed), folder)


def score_fold(
    members: list[PreparedMammogram],
    grids: Path,
    heat: HeatmapRegressor | None,
    scorer: Rescorer | None,
    films: Path | None = None,
) -> dict[str, list[Scored]]:
    """Let the models of one fold score the candidates of its mammograms, by the map that these are peaks of.

    The re-scorer is asked about those of the sum, or of the grid where there is no heatmap.

    Parameters
    ----------
    films
        Folder of runs with the images whose film is real, for heatmap and re-scorer; without, film is blanked.
    """
    scored: dict[str, list[Scored]] = {}
    for member in track(members, "scoring"):
        grid = grid_logit(grids, member)
        image = np.asarray(member.image(INPUT_UM) if films is None else film_image(films, member), np.float32)
        maps = {"grid": grid}
        if heat is not None:
            base = logit(breast_map(heat, member, image))
            maps |= {"heatmap": base, "sum": grid + base}
        last = list(maps)[-1]
        for name, values in maps.items():
            found = candidates(member, values)
            at = tuple(found.cells.T)
            features = np.full((len(found.cells), 3), np.nan)
            features[:, 0] = grid[at]
            if heat is not None:
                features[:, 1] = base[at]
            if scorer is not None and name == last:
                features[:, 2] = in_context(scorer, image, found.cells)
            scored.setdefault(name, []).append(Scored(found, features))
    return scored


def score(runs: Path, name: str, heat_seed: int | None, scorer_seed: int | None, film: bool = False) -> None:
    """Score the candidates of every fold whose models are trained, and keep them under a name.

    Parameters
    ----------
    heat_seed, scorer_seed
        Seeds of the heatmap and of the re-scorer; None leaves that model out.
    film
        Whether heatmap and re-scorer see the film beyond the skin as it was scanned.

    Raises
    ------
    MammoviewError
        When other models scored what is kept under the name.
    """
    check_grids(runs)
    members, folder, grids = known(runs), runs / "scored" / name, grid_keys(load_bundle())
    for fold in range(FOLDS):
        try:
            heat = None if heat_seed is None else heatmap_of(runs, str(fold), heat_seed)
            scorer = None if scorer_seed is None else rescorer_of(runs, str(fold), scorer_seed)
        except MammoviewError as error:
            print(f"fold {fold} is left out: {error.what}")
            continue
        asked = [grids[str(fold)], *("none" if n is None else weights_key(n) for n in (heat, scorer))]
        claim(folder, {str(fold): " ".join([*asked, "real film" if film else "blanked film"])})
        if (folder / f"grid.{fold}.npz").exists():
            continue
        of_fold = [m for m in members if m.fold == fold]
        by_map = score_fold(of_fold, runs / GRIDS, heat, scorer, runs if film else None)
        for of, scored in reversed(by_map.items()):  # the grid's last: where it is there, all are
            write_arrays(
                folder / f"{of}.{fold}.npz",
                {
                    "image": np.concatenate([np.full(len(s.features), k) for k, s in enumerate(scored)]),
                    "name": np.array([s.found.member.key for s in scored]),
                    "cells": np.concatenate([s.found.cells for s in scored]),
                    "score": np.concatenate([s.found.score for s in scored]),
                    "lesion": np.concatenate([s.found.lesion for s in scored]),
                    "said": np.concatenate([s.features for s in scored]),
                },
            )


def scored_of(runs: Path, name: str, of: str) -> list[Scored]:
    """Read back what was scored under a name for "grid", "heatmap" or "sum", fold by fold.

    Raises MammoviewError without any.
    """
    members = {m.key: m for m in known(runs)}
    found = []
    for file in sorted((runs / "scored" / name).glob(f"{of}.*.npz")):
        with np.load(file) as loaded:
            kept = {key: loaded[key] for key in loaded.files}
        for k, which in enumerate(kept["name"]):
            here = kept["image"] == k
            cells, score, lesion = (kept[key][here] for key in ("cells", "score", "lesion"))
            found.append(Scored(Candidates(members[str(which)], cells, score, lesion), kept["said"][here]))
    if not found:
        raise MammoviewError("nothing is scored under this name", "Run: python -m training score", runs / "scored")
    return found
