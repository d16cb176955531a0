"""Evaluation through the program itself: an Assessor with the models of a fold that the patient is not in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.inference.rescoring import Rescored, ScoredClusters
from mammoview.assess.inference.spot_clusters import UM as SPOTS_UM
from mammoview.assess.models.bundle import BundledModel, ModelBundle, ModelCardFacts, Threshold
from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.networks import Config, HeatmapRegressor, Rescorer
from mammoview.assess.models.scoring import ClusterScoring, CurvePoint, Scoring
from mammoview.assess.results.hits_and_overlap import LOWEST, hits
from mammoview.core.errors import MammoviewError
from mammoview.study.geometry import Affine
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.scan import Outline, Scan
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.datasets import Example, ExcludedImage, examples
from training.datasets.example import scan_of
from training.evaluation.model_notes import claim, logits_key

_RISING = (
    CurvePoint(logit=-100.0, frequency=0.0, low=0.0, high=1.0, n=0),
    CurvePoint(logit=100.0, frequency=1.0, low=0.0, high=1.0, n=0),
)
EVERYTHING = Scoring(grid=1.0, baseline=1.0, context=1.0, offset=0.0, curve=_RISING)
"""Lists every candidate: for models whose scores are yet to be calibrated."""
EVERY_CLUSTER = ClusterScoring(density=1.0, grid=1.0, network=1.0, offset=0.0, curve=_RISING)
"""The same of clusters."""
CLUSTER = "cluster_"
"""What the names of arrays of clusters begin with."""


def scan_of_example(example: Example) -> Scan:
    """Return an example as the Scan that the viewer makes of a file of that spacing. Raises MammoviewError."""
    if example.opened:
        return replace(scan_of(example.file), outlines=example.outlines, spacing=example.spacing)
    pixels = example.read()
    rows, columns = pixels.shape
    return Scan(
        path=example.file,
        rows=rows,
        columns=columns,
        read=lambda: example.read().astype(np.uint16),
        spacing=example.spacing,
        grey=GreyPipeline(bits=8),
        outlines=example.outlines,
    )


def model_of(name: str, network: object, um: int, points: Mapping[str, float], **facts: object) -> BundledModel:
    """Return a network that is not shipped as a Model, with thresholds of those values.

    `facts` are further facts of `model.json`, such as the temperature.
    """
    config: Config = network.config  # type: ignore[attr-defined]  # every network has one
    card_facts = ModelCardFacts(
        name=name,
        version="not shipped",
        network=config,
        um_per_px=um,
        normalisation="",
        thresholds={k: Threshold(value=v, sensitivity=0.0, chosen_on="nothing") for k, v in points.items()},
        training={},
        figures={},
        libraries={},
        **facts,
    )
    return BundledModel(card_facts, network, "")  # type: ignore[arg-type]  # one of ours


def lesion_of(scan: Scan, places: NDArray[np.float64], outlines: Sequence[Outline] | None = None) -> NDArray[np.intp]:
    """Return which outline each place (N, 2) in scan pixels hits, -1 for none (N,); all of the scan's when None."""
    counted = scan.outlines if outlines is None else outlines
    if not counted or not len(places):
        return np.full(len(places), -1, np.intp)
    hit = hits(places, counted, scan.spacing)
    return np.where(hit.any(1), hit.argmax(1), -1).astype(np.intp)


def read(
    data: Path,
    members: list[PreparedMammogram],
    bundle_of: Callable[[int], ModelBundle],
    folder: Path,
    device: str = "cpu",
) -> None:
    """Let the program look for candidates in every mammogram, with the models of the fold that never saw the woman.

    Parameters
    ----------
    data
        Folder of the data sets.
    members
        Mammograms to read; each is read by the models of its fold.
    bundle_of
        Returns the models of a fold. They need a re-scorer.
    folder
        Gets one file per mammogram: `cells`, `places` in scan pixels, `said` by each model, `lesion` hit, and the same
        of clusters as `cluster_cells` and so on, where the models look at these. Those that are there are passed over.

    Raises
    ------
    MammoviewError
        When it holds what other models found.
    """
    wanted = {(m.source, m.name): m for m in members}
    todo: dict[int, list[Example]] = {}
    for item in examples(data):
        if isinstance(item, ExcludedImage) or (item.source, item.name) not in wanted:
            continue
        if not _file(folder, item.source, item.name).exists():
            todo.setdefault(wanted[item.source, item.name].fold, []).append(item)
    for fold in sorted({m.fold for m in members}):
        bundle = bundle_of(fold)
        claim(folder, {str(fold): candidates_key(bundle)})
        assessor = Assessor(device, bundle=bundle, flips=False)
        for item in track(todo.get(fold, []), f"reading fold {fold}"):
            scan = scan_of_example(item)
            found, to_scan = assessor.candidates(scan)
            arrays = _kept(scan, found, to_scan, "")
            if found.clusters is not None:
                arrays |= _kept(scan, found.clusters, to_scan, CLUSTER)
            write_arrays(_file(folder, item.source, item.name), arrays)


def _kept(scan: Scan, found: Rescored | ScoredClusters, to_scan: Affine, prefix: str) -> dict[str, NDArray[np.generic]]:
    """Return what is kept of some candidates of a scan."""
    places = np.asarray(to_scan(found.cells[:, ::-1] + 0.5), float).reshape(-1, 2)
    arrays = {"cells": found.cells, "places": places, "said": found.features, "lesion": lesion_of(scan, places)}
    return {f"{prefix}{name}": values for name, values in arrays.items()}


def unseen(members: list[PreparedMammogram], fold: int) -> list[PreparedMammogram]:
    """Return the mammograms whose women the bundled models of a fold never saw.

    They are those of the fold, and those of women none of whose mammograms were there when these models were trained.
    """
    seen = {m.group for m in members if not m.later and m.fold != fold}
    return [m for m in members if m.fold >= 0 and not m.unplaced and m.group not in seen]


def with_rescorer(bundle: ModelBundle, network: Rescorer, clusters: ClusterNetwork | None = None) -> ModelBundle:
    """Return the same models with a re-scorer and a network of clusters (none without) that are yet to be calibrated.

    Every candidate is listed.
    """
    scorer = model_of("rescorer", network, INPUT_UM, {"mark": 0.0}, scoring=EVERYTHING)
    return replace(bundle, rescorer=scorer, clusters=_of_clusters(clusters))


def _of_clusters(network: ClusterNetwork | None) -> BundledModel | None:
    if network is None:
        return None
    return model_of("clusters", network, SPOTS_UM, {"mark": 0.0}, cluster_scoring=EVERY_CLUSTER)


def of_fold(
    classifier: BundledModel,
    network: Rescorer,
    bundle: ModelBundle,
    heat: HeatmapRegressor | None = None,
    clusters: ClusterNetwork | None = None,
) -> ModelBundle:
    """Return what makes the candidates of a fold, and scores them: models that never saw its women.

    Parameters
    ----------
    classifier
        The leading classifier as trained without the fold.
    network
        The re-scorer as trained without it.
    bundle
        Without `heat`, its heatmaps are asked for the breast's area alone, and the candidates are those of the grid.
    heat
        The heatmap as trained without the fold: the candidates are those of its logits and the grid's together.
    clusters
        The network of clusters as trained without the fold; without it there are no clusters.
    """
    of_grid = EVERYTHING.model_copy(update={"candidates": "grid", "baseline": 0.0})
    scoring = of_grid if heat is None else EVERYTHING
    scorer = model_of("rescorer", network, INPUT_UM, {"mark": 0.0}, scoring=scoring)
    baseline = bundle.baseline if heat is None else model_of("heatmap_baseline", heat, INPUT_UM, {})
    return replace(
        bundle,
        classifiers={bundle.leading: classifier},
        folds=(),
        rescorer=scorer,
        baseline=baseline,
        clusters=_of_clusters(clusters),
    )


def listing(bundle: ModelBundle) -> ModelBundle:
    """Return the same models with thresholds at which every peak of the fused heatmap is listed, and no saliency."""

    def changed(model: BundledModel, **values: float) -> BundledModel:
        points = {k: p.model_copy(update={"value": values.get(k, p.value)}) for k, p in model.facts.thresholds.items()}
        return replace(model, facts=model.facts.model_copy(update={"thresholds": points}))

    classifiers = {um: changed(m, operating=2.0) for um, m in bundle.classifiers.items()}
    return replace(bundle, classifiers=classifiers, fused=changed(bundle.fused, mark=LOWEST, tau=2.0), folds=())


def candidates_key(bundle: ModelBundle) -> str:
    """Return 12 hexadecimal digits of the models of a bundle that make its candidates and score them."""
    scoring = None if bundle.rescorer is None else bundle.rescorer.facts.scoring
    of_grid = scoring is not None and scoring.candidates == "grid"
    asked = (None if of_grid else bundle.baseline, bundle.rescorer, bundle.clusters)
    return logits_key(bundle.classifiers[bundle.leading], *(model for model in asked if model is not None))


def models_key(bundle: ModelBundle) -> str:
    """Return 12 hexadecimal digits of the weights and facts of all models of a bundle."""
    described = [f"{model.sha256} {model.facts.model_dump_json()}" for model in bundle.models]
    return sha256("\n".join(described).encode()).hexdigest()[:12]


def read_listed(
    data: Path, members: list[PreparedMammogram], bundle: ModelBundle, folder: Path, device: str = "cpu"
) -> None:
    """Let the program list what the bundled models mark in mammograms, `places` with `score` and `lesion` hit.

    Those that are there are passed over. Raises MammoviewError where they are of other models.
    """
    claim(folder, {"version": bundle.fused.facts.version, "key": models_key(bundle)})
    wanted = {(m.source, m.name) for m in members}
    assessor = Assessor(device, bundle=listing(bundle), flips=False)
    for item in track([e for e in examples(data) if isinstance(e, Example)], "assessing"):
        file = _file(folder, item.source, item.name)
        if (item.source, item.name) not in wanted or file.exists():
            continue
        scan = scan_of_example(item)
        found = assessor.assess(scan).findings
        places = np.array([(f.column, f.row) for f in found], float).reshape(-1, 2)
        score = np.array([f.score for f in found], float)
        write_arrays(file, {"places": places, "score": score, "lesion": lesion_of(scan, places)})


def _file(folder: Path, source: str, name: str) -> Path:
    return folder / f"{source}.{name}.npz"


def file_of(folder: Path, member: PreparedMammogram) -> Path:
    """Return where what was found in a mammogram lies."""
    return _file(folder, member.source, member.name)


def kept_candidates(kept: Mapping[str, NDArray[np.generic]]) -> Rescored:
    """Return the candidates of a mammogram, and its clusters where these were looked for, as `read` kept them."""

    def of(prefix: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        return np.asarray(kept[f"{prefix}cells"], np.intp), np.asarray(kept[f"{prefix}said"], np.float64)

    return Rescored(*of(""), ScoredClusters(*of(CLUSTER)) if f"{CLUSTER}said" in kept else None)


def joined(kept: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[np.generic]:
    """Return an array of the candidates followed by that of the clusters, where these were looked for."""
    return np.concatenate([kept[n] for n in (name, f"{CLUSTER}{name}") if n in kept])


def load(folder: Path, member: PreparedMammogram) -> dict[str, NDArray[np.generic]]:
    """Read back what was found in a mammogram. Raises MammoviewError when it was not read."""
    try:
        with np.load(file_of(folder, member)) as kept:
            return {name: kept[name] for name in kept.files}
    except OSError as error:
        raise MammoviewError("this mammogram was not read yet", "Run: python -m training detect", folder) from error
