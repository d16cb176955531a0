"""Evaluation of the saliency and of the classifier's features, fold by fold on unseen patients."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage.filters import sobel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from mammoview.assess.inference.gradients import gradients
from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.inference.preprocessing import patch_starts
from mammoview.assess.models.networks import TissueClassifier, build_network
from mammoview.assess.results.sensitivity import Weighting, summed, weight
from mammoview.evaluation.statistics import auc, mean
from training.data.memmaps import write_arrays
from training.data.patch_centres import TISSUE_SHARE, outlined
from training.data.patches import FixedPatches, fixed
from training.data.prepare import FOLDS, PreparedMammogram
from training.evaluation.out_of_fold import OutOfFoldEvidence, OutOfFoldImage, operating
from training.evaluation.result_tables import SOURCES, TableRow
from training.fit.classifier import logits
from training.fit.dense_scan import scanned
from training.fit.predictions import load_predictions, predictions_folder
from training.fit.stages import classifier_of
from training.metrics.calibration import LogitCalibration

UM = 200
"""Magnification of the saliency that is evaluated: the one with native detail."""
BLOCK = 8
"""Saliency is compared in squares of this many pixels (1.6 mm): a single pixel's peak is noise."""
SHARES = np.linspace(0, 1, 11)
"""Shares of a patch that are inserted or deleted."""
EXAMPLES = 40
"""Patches per fold for insertion, deletion and randomisation."""


def blocks(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Mean over squares of `BLOCK` pixels; incomplete blocks at the right and bottom are dropped."""
    rows, columns = (n // BLOCK for n in values.shape[-2:])
    cut = values[..., : rows * BLOCK, : columns * BLOCK]
    return cut.reshape(*values.shape[:-2], rows, BLOCK, columns, BLOCK).mean((-3, -1))


def saliency_of(
    network: TissueClassifier,
    image: OutOfFoldImage,
    z: NDArray[np.float32],
    calibration: LogitCalibration,
    threshold: float,
    tau: float,
) -> dict[Weighting, NDArray[np.float32]]:
    """Gated and bounded saliency of one mammogram (P22-P26) by weighting, each float32 like its 200 um image."""
    member = image.member
    read = scanned(member, UM, network.config, z, calibration)
    rows, columns = read.strided(2 * read.step)
    starts = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    p = read.probability[tuple(starts.T)]
    centres = starts * read.step + read.patch_px / 2
    heat = _at_200(image.fused, member)
    inside = heat[tuple(np.minimum(centres.astype(int), np.array(heat.shape) - 1).T)] >= tau
    chosen = starts[inside & (p >= threshold)]
    patches = gradients(network, read.image, chosen * read.step)
    highest = patches.max((1, 2), initial=0)
    found = {}
    for weighting in Weighting:
        weights = weight(weighting, read.logits[tuple(chosen.T)], calibration.temperature, highest)
        total = summed(patches, weights, chosen * read.step, read.image.shape)
        found[weighting] = np.where(heat >= tau, total, 0).astype(np.float32)
    return found


def _at_200(values: NDArray[np.float32], member: PreparedMammogram) -> NDArray[np.float32]:
    """Repeat a map on 3.2 mm cells over the pixels of the 200 um image."""
    left, top = (2 * c - d for c, d in zip(member.corners[INPUT_UM], member.corners[UM], strict=True))
    k = CELL_PX * INPUT_UM // UM
    rows, columns = member.image(UM).shape
    r = (np.arange(rows) - top) // k
    c = (np.arange(columns) - left) // k
    ok = ((r >= 0) & (r < values.shape[0]))[:, None] & ((c >= 0) & (c < values.shape[1]))[None]
    return np.where(ok, values[np.ix_(r.clip(0, values.shape[0] - 1), c.clip(0, values.shape[1] - 1))], 0)


def pointing_rates(image: OutOfFoldImage, by_weighting: dict[Weighting, NDArray[np.float32]]) -> dict[str, float]:
    """Return whether the highest square lies on a lesion, the share of energy inside, the precision-recall area.

    The figures of the entropy, the weighting of the paper, have no suffix.
    """
    member = image.member
    outlines = outlined(member, UM)
    marked = blocks(outlines.astype(np.float32)) >= 0.5
    breast = blocks(np.asarray(member.mask(UM), np.float32)) > 127
    edges = blocks(sobel(ndimage.gaussian_filter(np.asarray(member.image(UM), np.float32), 2)))
    centre = ndimage.center_of_mass(breast)
    measurable = bool(marked[breast].any())

    def hits(values: NDArray[np.floating]) -> float:
        if not values.any():
            return 0.0
        row, column = np.unravel_index(int(np.argmax(np.where(breast, values, 0))), values.shape)
        return float(_hit(image, float(row), float(column)))

    found = {
        "pointing game, centre of the breast": float(_hit(image, centre[0] - 0.5, centre[1] - 0.5)),
        "pointing game, strongest edge": hits(edges),
        "area of the outlines": float(marked[breast].mean()) if breast.any() else 0.0,
        "shows saliency": float(by_weighting[Weighting.ENTROPY].any()),
    }
    for weighting, saliency in by_weighting.items():
        of = "" if weighting is Weighting.ENTROPY else f", {weighting}"
        squares = blocks(ndimage.gaussian_filter(saliency, BLOCK / 2))
        found[f"pointing game{of}"] = hits(squares)
        found[f"energy inside the outline{of}"] = float(saliency[outlines > 0].sum() / max(saliency.sum(), 1e-9))
        precision = average_precision_score(marked[breast], squares[breast]) if measurable else float("nan")
        found[f"AUPRC{of}"] = float(precision)
    return found


def _hit(image: OutOfFoldImage, row: float, column: float) -> bool:
    """Whether the centre of a square lies in a widened outline's box."""
    left, top = (2 * c - d for c, d in zip(image.member.corners[INPUT_UM], image.member.corners[UM], strict=True))
    x = ((column + 0.5) * BLOCK - left) * UM / INPUT_UM
    y = ((row + 0.5) * BLOCK - top) * UM / INPUT_UM
    return image.hit(x, y) >= 0


def _patch_gradients(network: TissueClassifier, patches: Tensor) -> NDArray[np.float64]:
    side = patches.shape[-1]
    tall = np.concatenate(list(patches[:, 0].numpy()))
    return blocks(gradients(network, tall, patch_starts((len(patches), 1), side))).astype(float)


def _paths(
    network: TissueClassifier, patches: Tensor, order: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean probability while squares are deleted, and inserted, in this order; float64 (N,) each."""
    n, side = len(patches), patches.shape[-1] // BLOCK
    blurred = torch.from_numpy(ndimage.gaussian_filter(patches.numpy(), (0, 0, 10, 10)))
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), 1)
    deleted, inserted = [], []
    for share in SHARES:
        first = torch.from_numpy((rank < share * side**2).reshape(n, 1, side, side).repeat(BLOCK, 2).repeat(BLOCK, 3))
        deleted.append(1 / (1 + np.exp(-logits(network, torch.where(first, blurred, patches)))))
        inserted.append(1 / (1 + np.exp(-logits(network, torch.where(first, patches, blurred)))))
    return np.mean(deleted, 0), np.mean(inserted, 0)


def _faithfulness(network: TissueClassifier, patches: FixedPatches, seed: int) -> dict[str, NDArray[np.float64]]:
    """Measure insertion and deletion against a random order (Petsiuk 2018), and randomisation (Adebayo 2018)."""
    rng = np.random.default_rng(seed)
    positive = np.flatnonzero(patches.labels)
    chosen = rng.permutation(positive)[:EXAMPLES]
    x = patches.patches[chosen]
    maps = _patch_gradients(network, x)
    flat = maps.reshape(len(x), -1)
    by_saliency = np.argsort(-flat, 1)
    by_chance = np.argsort(rng.random(flat.shape), 1)
    deletion, insertion = _paths(network, x, by_saliency)
    deletion_chance, insertion_chance = _paths(network, x, by_chance)
    head = copy.deepcopy(network)
    nn.init.normal_(head.head.weight)
    torch.manual_seed(seed)
    untrained = build_network(network.config)
    assert isinstance(untrained, TissueClassifier)
    same = {}
    for name, other in (("last layer", head), ("all layers", untrained.eval())):
        theirs = _patch_gradients(other, x).reshape(len(x), -1)
        same[name] = np.array([stats.spearmanr(a, b).statistic for a, b in zip(flat, theirs, strict=True)])
    return {
        "deletion (low is good)": deletion,
        "deletion, random order": deletion_chance,
        "insertion (high is good)": insertion,
        "insertion, random order": insertion_chance,
        "rank correlation after randomising the last layer": same["last layer"],
        "rank correlation after randomising all layers": same["all layers"],
        "group": patches.of("group")[chosen],
    }


def _blanked(patches: FixedPatches, rng: np.random.Generator) -> Tensor:
    """Replace the central half of every patch, with or without finding, by the mean of its surroundings."""
    side = patches.patches.shape[-1]
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    radius = np.hypot(x, y)
    out = patches.patches.numpy().copy()
    ring = (radius > 0.40 * side) & (radius < 0.48 * side)
    soft = np.clip((0.42 * side - radius) / (0.06 * side), 0, 1)
    for patch in out:
        level = patch[0][ring].mean()
        grain = rng.normal(0, 0.05, patch.shape)
        patch[0] = patch[0] * (1 - soft) + (level + grain[0]) * soft
    return torch.from_numpy(out)


def _features(network: TissueClassifier, patches: Tensor) -> NDArray[np.float32]:
    with torch.inference_mode():
        return np.concatenate([network.features(p).mean((2, 3)).numpy() for p in patches.split(64)])


def probe_fold(evidence: OutOfFoldEvidence, fold: int, file: Path) -> None:
    """Evaluate one fold with the models that never saw it, and save the results."""
    network = classifier_of(evidence.runs, evidence.recipe, UM, str(fold))
    calibration = evidence.calibrations[UM][fold]
    patches = evidence.patches[UM]
    others = patches.read.fold != fold
    calibrated = calibration.probability(patches.read.z)
    kept = type(patches.read)(**{k: v[others] for k, v in vars(patches.read).items()})
    threshold, tau = operating(calibrated[others], kept), evidence.mark(fold)
    pointing: dict[str, list[float]] = {}
    groups, sources = [], []
    for image in evidence.images:
        if image.member.fold != fold or not image.member.findings:
            continue
        z = load_predictions(predictions_folder(evidence.runs), image.member).logits[UM]
        saliency = saliency_of(network, image, z, calibration, threshold, tau)
        for key, value in pointing_rates(image, saliency).items():
            pointing.setdefault(key, []).append(value)
        groups.append(image.member.group)
        sources.append(image.member.source)
    members = [m for m in evidence.members if m.fold == fold]
    cut = fixed(members, UM, network.config.patch_px, 8)
    rng = np.random.default_rng(fold)
    faith = _faithfulness(network, cut, fold)
    shape = cut.patches.shape[-1] // 16
    masks = np.array([_mask_patch(members[s.example], s.column, s.row, shape) for s in cut.spots])
    arrays = {f"pointing {k}": np.array(v) for k, v in pointing.items()}
    arrays |= {f"faith {k}": v for k, v in faith.items()}
    arrays |= {
        "images group": np.array(groups),
        "images source": np.array(sources),
        "patch label": cut.labels,
        "patch share": np.array([s.share for s in cut.spots]),
        "patch large": np.array([s.large for s in cut.spots]),
        "patch source": cut.of("source"),
        "patch group": cut.of("group"),
        "patch features": _features(network, cut.patches),
        "patch blanked": logits(network, _blanked(cut, rng)),
        "patch mask": masks,
    }
    write_arrays(file, arrays)


def _mask_patch(member: PreparedMammogram, column: float, row: float, size: int) -> NDArray[np.float32]:
    """Breast mask of a patch in squares of 16 pixels, float32 (size * size,)."""
    side = size * 16
    mask = np.asarray(member.mask(UM), np.float32) / 255
    top, left = (int(min(max(v - side / 2, 0), n - side)) for v, n in zip((row, column), mask.shape, strict=True))
    return mask[top : top + side, left : left + side].reshape(size, 16, size, 16).mean((1, 3)).ravel()


def probed_folds(evidence: OutOfFoldEvidence) -> dict[str, NDArray[Any]]:
    """Evaluate every remaining fold; returns the joined results of all folds."""
    parts = []
    for fold in range(FOLDS):
        file = evidence.runs / "looks" / f"{fold}.npz"
        if not file.exists():
            probe_fold(evidence, fold, file)
        with np.load(file) as kept:
            parts.append({k: kept[k] for k in kept.files} | {"patch fold": np.full(len(kept["patch label"]), fold)})
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}


def saliency_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """Pointing game, faithfulness, randomisation; and the checks that only the finding distinguishes the classes."""
    found = probed_folds(evidence)
    for key in [k for k in found if k.startswith("pointing ")]:
        for source in SOURCES:
            keep = found["images source"] == source
            if keep.any():
                yield TableRow(
                    "saliency",
                    key.removeprefix("pointing "),
                    source,
                    mean(found[key][keep], found["images group"][keep]),
                )
    for key in [k for k in found if k.startswith("faith ") and k != "faith group"]:
        yield TableRow(
            "saliency", key.removeprefix("faith "), "patches with findings", mean(found[key], found["faith group"])
        )
    yield from _shortcut_rows(found, evidence)


def _shortcut_rows(found: dict[str, NDArray[Any]], evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    label, groups, source = found["patch label"], found["patch group"], found["patch source"]
    tissue = ~found["patch large"] & (label | (found["patch share"] >= TISSUE_SHARE))
    for name in SOURCES:
        keep = tissue & (source == name)
        if len(set(label[keep])) < 2:
            continue
        blanked = auc(label[keep], found["patch blanked"][keep], groups[keep])
        yield TableRow("shortcuts", "middle of every patch blanked", f"{name}, tissue negatives", blanked)
        # Findings near the skin have less tissue than the headline's negatives may have: compared at the same share.
        keep &= found["patch mask"].mean(1) >= TISSUE_SHARE
        if len(set(label[keep])) < 2:
            evidence.omit("shortcuts, breast mask alone", name)
            continue
        p = _crossed(found["patch mask"][keep], label[keep], groups[keep])
        yield TableRow(
            "shortcuts", "breast mask alone", f"{name}, patches of tissue", auc(label[keep], p, groups[keep])
        )
    calm = ~label & (found["patch share"] >= TISSUE_SHARE)
    pairs = (("mini_mias",), ("ddsm_normals", "ddsm_tissue"))
    for other in pairs:
        keep = calm & np.isin(source, ("cbis_masses", *other))
        first = source[keep] == "cbis_masses"
        name = f"cbis_masses against {' and '.join(other)}"
        if len(set(first)) < 2:
            evidence.omit("source prediction, features of tissue without finding", name)
            continue
        # Features of two folds' networks are not comparable, so the test is done within each fold.
        p = np.empty(int(keep.sum()))
        fold = found["patch fold"][keep]
        for f in set(fold):
            here = fold == f
            if len(set(first[here])) == 2:
                p[here] = _crossed(found["patch features"][keep][here], first[here], groups[keep][here])
            else:
                p[here] = 0.5
        yield TableRow("source prediction", "features of tissue without finding", name, auc(first, p, groups[keep]))


def _crossed(features: NDArray[np.floating], label: NDArray[np.bool_], groups: NDArray[np.str_]) -> NDArray[np.float64]:
    """Probability by logistic regression, cross-validated by patient; one half where a class has too few patients."""
    if min(len(set(groups[label == c])) for c in (False, True)) < FOLDS:
        return np.full(len(label), 0.5)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, C=0.1))
    p: NDArray[np.float64] = cross_val_predict(
        model, features, label, groups=groups, cv=StratifiedGroupKFold(FOLDS), method="predict_proba"
    )
    return p[:, 1]
