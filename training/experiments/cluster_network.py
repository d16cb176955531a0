"""`python -m training cluster-network`: a network that looks at clusters of bright spots, from synthetic ones alone.

Two networks are trained on normal views of mini-MIAS, and on views of CBIS masses away from these, with synthetic
clusters of calcifications added, one for some folds and one for the others, each of which reads the women of the folds
that it never saw. What each says of the
clusters that `cluster-candidates` keeps is then scored beside the clusters' own value and the grid's logit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from safetensors.torch import load_file, save
from torch import Tensor, nn

from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, auc, mean
from training.data.cluster_patches import UM, ClusterPatches, NormalView, centred, patch_at, tissue_places
from training.data.memmaps import write_arrays, write_bytes, write_text
from training.data.prepare import FOLDS, PreparedMammogram
from training.experiments.candidates import Candidates, candidates, grid_logit
from training.experiments.cluster_candidates import (
    BESIDE,
    GRID,
    OWN_VALUE,
    kept_clusters,
    list_rows,
    read_clusters,
)
from training.experiments.detection import GRIDS, known, scored_of
from training.experiments.detection_figures import DRAWS, RATES, write
from training.fit.trainer import WEIGHTS

SOURCE = "mini_mias"
"""The data set whose calcifications are counted, and whose normal views it is trained on."""
MASSES = "cbis_masses"
"""A data set of masses, which it is trained on away from these: JPEG pictures, whose ringing looks like spots."""
TESTED = ((0, 1, 2), (3, 4))
"""Folds that each of the two networks reads; it is trained on the others."""
RANKED = 12
"""Clusters of a view of mini-MIAS that are places of training, and that are told apart."""
APART_PX = 40
"""Places of training lie this far from the box of a finding: half a patch and its shifts."""
STEPS = 800
BATCH = 32
RATE = 4e-3
WEIGHT_DECAY = 0.05
SHIFTS_PX = ((0, 0), (-5, -5), (-5, 5), (5, -5), (5, 5))
"""Places around the middle of a cluster's cell whose logits are averaged."""
LOGITS = "logits.npz"
_LOG_EVERY = 100


class ClusterNetwork(nn.Module):
    """The logit of a cluster of calcifications in a patch of 64 px: convolutions, then mean and maximum over it."""

    def __init__(self) -> None:
        super().__init__()

        def layer(taken: int, given: int) -> list[nn.Module]:
            return [nn.Conv2d(taken, given, 3, padding=1, bias=False), nn.BatchNorm2d(given), nn.ReLU()]

        self.features = nn.Sequential(
            *layer(1, 8),
            *layer(8, 8),
            nn.MaxPool2d(2),
            *layer(8, 24),
            *layer(24, 24),
            nn.MaxPool2d(2),
            *layer(24, 48),
            nn.MaxPool2d(2),
            *layer(48, 48),
        )
        self.head = nn.Linear(96, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N,) of patches (N, 1, 64, 64)."""
        found = self.features(x)
        return self.head(torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1))[:, 0]


def network_folder(runs: Path, seed: int) -> Path:
    """Return where the two networks of a seed lie."""
    return runs / f"cluster_network_{seed}"


def places(member: PreparedMammogram, cells: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the middles of cells of the 400 um image in pixels of that of 200 um, (N, 2) of (row, column)."""
    fine, coarse = (np.array(member.corners[um]) * um for um in (UM, 400))
    return (cells + 0.5) * (CELL_UM / UM) - ((fine - coarse) / UM)[::-1]


def train(runs: Path, members: Sequence[PreparedMammogram], seed: int) -> None:
    """Train the two networks of a seed on one thread each; those that are there are passed over."""
    for part, tested in enumerate(TESTED):
        file = network_folder(runs, seed) / str(part) / WEIGHTS
        if not file.exists():
            of = [m for m in members if m.fold >= 0 and m.fold not in tested and (m.source == MASSES or _is_normal(m))]
            views = [view for view in (normal_view(runs, m) for m in of) if len(view.tissue)]
            losses, network = _trained(views, part, seed)
            text = "\n".join(["step,loss", *(f"{k},{loss:.4f}" for k, loss in losses)])
            write_text(file.parent / "history.csv", f"{text}\n")
            write_bytes(file, save(network.state_dict()))


def _is_normal(member: PreparedMammogram) -> bool:
    return member.source == SOURCE and not member.findings


def normal_view(runs: Path, member: PreparedMammogram) -> NormalView:
    """Return where a mammogram has clusters and tissue away from its findings, for negatives."""
    cells = candidates(member, kept_clusters(runs, member), RANKED).cells
    tissue = tissue_places(np.asarray(member.mask(UM)) > 200)
    clusters = places(member, cells)
    for points in member.polygons(UM):
        (left, top), (right, bottom) = points.min(0) - APART_PX, points.max(0) + APART_PX
        clusters, tissue = (
            at[(at[:, 0] < top) | (at[:, 0] > bottom) | (at[:, 1] < left) | (at[:, 1] > right)]
            for at in (clusters, tissue)
        )
    return NormalView(member.source, member.image(UM), clusters, tissue)


def _trained(views: list[NormalView], part: int, seed: int) -> tuple[list[tuple[int, float]], ClusterNetwork]:
    """Train one network; returns its mean losses with the number of steps, and itself."""
    torch.manual_seed(seed)
    patches = ClusterPatches(views, np.random.default_rng([part, seed]))
    network = ClusterNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS)
    losses: list[float] = []
    history = []
    for step in track(range(1, STEPS + 1), f"network {part}"):
        x, y = (torch.from_numpy(a) for a in patches.batch(BATCH))
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(x)
        loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % _LOG_EVERY == 0 or step == STEPS:
            history.append((step, float(np.mean(losses[-_LOG_EVERY:]))))
    return history, network


def network_logits(runs: Path, found: Sequence[Candidates], seed: int) -> dict[str, NDArray[np.float64]]:
    """Return what the network that never saw the woman says of each cluster, by data set and name; they are kept.

    Parameters
    ----------
    found
        The clusters of every mammogram; the logits have their order, float64 (N,).
    """
    file = network_folder(runs, seed) / LOGITS
    if not file.exists():
        networks = []
        for part in range(len(TESTED)):
            network = ClusterNetwork()
            network.load_state_dict(load_file(network_folder(runs, seed) / str(part) / WEIGHTS))
            networks.append(network.eval())
        part_of = {fold: part for part, folds in enumerate(TESTED) for fold in folds}
        said = {}
        for c in track(found, f"seed {seed}"):
            image = c.member.image(UM)
            at = [
                centred(patch_at(image, row + down, column + right))
                for row, column in places(c.member, c.cells)
                for down, right in SHIFTS_PX
            ]
            logits = np.zeros(0)
            if at:
                with torch.inference_mode():
                    of_patches = networks[part_of[c.member.fold]](torch.from_numpy(np.stack(at)[:, None]))
                logits = of_patches.double().numpy().reshape(-1, len(SHIFTS_PX)).mean(1)
            said[c.member.key] = logits
        write_arrays(file, said)
    with np.load(file) as kept:
        return {key: kept[key] for key in kept.files}


def ranking_rows(
    found: Sequence[Candidates], said: dict[str, list[NDArray[np.float64]]]
) -> list[tuple[str, str, Estimate]]:
    """Figures of every way to score the clusters of mini-MIAS: which lie on calcifications, and what is hit.

    None when no cluster lies on a calcification.

    Parameters
    ----------
    said
        By the name of the way, the score of each cluster of every mammogram.
    """
    on = [
        np.array([k >= 0 and kind_of(c.member.findings[k].lesion_type) == "calcification" for k in c.lesion], bool)
        for c in found
    ]
    groups = np.concatenate([np.full(len(c.lesion), c.member.group) for c in found])
    kinds = np.array([kind_of(f.lesion_type) == "calcification" for c in found for f in c.member.findings], bool)
    rows: list[tuple[str, str, Estimate]] = []
    if not np.concatenate(on).any():
        return rows
    for name, values in said.items():
        figure = auc(np.concatenate(on), np.concatenate(values), groups, DRAWS)
        rows.append((name, "clusters of mini-MIAS on calcifications against other clusters, AUC", figure))
        response = FreeResponse(
            [
                CandidateMarks(c.member.group, v, c.lesion, len(c.member.findings))
                for c, v in zip(found, values, strict=True)
            ]
        )
        of = response.groups[response.lesion_image][kinds]
        for rate in RATES:
            hit = (response.lesion_best > response.threshold(rate)).astype(float)[kinds]
            figure_name = f"mini-MIAS, calcifications hit by clusters alone at {rate:g} FP/image"
            rows.append((name, figure_name, mean(hit, of, DRAWS)))
    return rows


def positive_rows(
    found: Sequence[Candidates], logits: Sequence[NDArray[np.float64]], name: str
) -> list[tuple[str, str, Estimate]]:
    """Share of each data set's views, with findings and without, one of whose clusters has a logit over 0."""
    kinds = np.array([f"{c.member.source}, {'with' if c.member.findings else 'without'} findings" for c in found])
    groups = np.array([c.member.group for c in found])
    positive = np.array([float((values[:BESIDE] > 0).any()) for values in logits])
    rows = []
    for kind in sorted(set(kinds.tolist())):
        keep = kinds == kind
        figure_name = f"views of {kind}: share with a cluster of a logit over 0"
        rows.append((name, figure_name, mean(positive[keep], groups[keep], DRAWS)))
    return rows


def run(runs: Path, name: str, seeds: Sequence[int], file: Path) -> list[tuple[str, str, Estimate]]:
    """Train the networks that are missing, and write the table of what they say; returns its rows.

    Parameters
    ----------
    name
        What candidates of the sum were scored under by a re-scorer, all folds.
    seeds
        Seeds of the networks, each with a list of its own.

    Raises
    ------
    MammoviewError
        When nothing is scored under the name, or a mammogram has no grid.
    """
    torch.set_num_threads(1)
    scored = scored_of(runs, name, "sum")
    members = known(runs)
    read_clusters(runs, members)
    for seed in seeds:
        train(runs, members, seed)
    most = []
    for member in (s.found.member for s in scored):
        number = RANKED if member.source == SOURCE else BESIDE
        most.append(candidates(member, kept_clusters(runs, member), number))
    grids = [grid_logit(runs / GRIDS, c.member)[tuple(c.cells.T)] for c in most]
    said = {OWN_VALUE: [c.score for c in most], GRID: grids}
    for seed in seeds:
        logits = network_logits(runs, most, seed)
        said[f"network, seed {seed}"] = [logits[c.member.key] for c in most]
    of = [k for k, c in enumerate(most) if c.member.source == SOURCE]
    rows = ranking_rows([most[k] for k in of], {way: [values[k] for k in of] for way, values in said.items()})
    for seed in seeds:
        rows += positive_rows(most, said[f"network, seed {seed}"], f"network, seed {seed}")
    rows += list_rows(scored, most, said)
    write(rows, f"out of fold, folds 0 to {FOLDS - 1}, by patient; {name}", file)
    return rows
