"""`python -m training cluster-network`: the network of clusters of bright spots, from synthetic clusters alone.

Two networks are trained on normal views of mini-MIAS, and on views of CBIS masses away from these, with synthetic
clusters of calcifications added, one for some folds and one for the others, each of which reads the women of the folds
that it never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from safetensors.torch import save
from torch import nn

from mammoview.assess.inference.cluster_scoring import middles
from mammoview.assess.inference.spot_clusters import UM
from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork
from training.data.cluster_patches import ClusterPatches, NormalView, tissue_places
from training.data.memmaps import write_bytes, write_text
from training.data.prepare import PreparedMammogram
from training.experiments.candidates import candidates
from training.experiments.cluster_candidates import kept_clusters, read_clusters
from training.experiments.detection import CLUSTER_PARTS, cluster_folder, known
from training.fit.trainer import WEIGHTS

SOURCE = "mini_mias"
"""The data set whose calcifications are counted, and whose normal views it is trained on."""
MASSES = "cbis_masses"
"""A data set of masses, which it is trained on away from these: JPEG pictures, whose ringing looks like spots."""
PLACES = 12
"""Clusters of a view that are places of training."""
APART_PX = 40
"""Places of training lie this far from the box of a finding: half a patch and its shifts."""
STEPS = 800
BATCH = 32
RATE = 4e-3
WEIGHT_DECAY = 0.05
_LOG_EVERY = 100


def places(member: PreparedMammogram, cells: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the middles of cells of the 400 um image in pixels of that of 200 um, (N, 2) of (row, column)."""
    fine, coarse = (np.array(member.corners[um]) * um for um in (UM, 400))
    return middles(cells) - ((fine - coarse) / UM)[::-1]


def run(runs: Path, seeds: Sequence[int]) -> None:
    """Train the two networks of every seed on all mammograms that are in a fold."""
    torch.set_num_threads(1)
    members = known(runs)
    read_clusters(runs, members)
    for seed in seeds:
        train(runs, members, seed)


def train(runs: Path, members: Sequence[PreparedMammogram], seed: int) -> None:
    """Train the two networks of a seed on one thread each; those that are there are passed over."""
    for part in range(len(CLUSTER_PARTS)):
        file = cluster_folder(runs, part, seed) / WEIGHTS
        if not file.exists():
            views = [view for view in (normal_view(runs, m) for m in trained_on(members, part)) if len(view.tissue)]
            losses, network = _trained(views, part, seed)
            text = "\n".join(["step,loss", *(f"{k},{loss:.4f}" for k, loss in losses)])
            write_text(file.parent / "history.csv", f"{text}\n")
            write_bytes(file, save(network.state_dict()))


def trained_on(members: Sequence[PreparedMammogram], part: int) -> list[PreparedMammogram]:
    """Return the mammograms that the network of a part of `CLUSTER_PARTS` is trained on."""
    of = [m for m in members if m.fold >= 0 and m.fold not in CLUSTER_PARTS[part]]
    return [m for m in of if m.source == MASSES or _is_normal(m)]


def _is_normal(member: PreparedMammogram) -> bool:
    return member.source == SOURCE and not member.findings


def normal_view(runs: Path, member: PreparedMammogram) -> NormalView:
    """Return where a mammogram has clusters and tissue away from its findings, for negatives."""
    cells = candidates(member, kept_clusters(runs, member), PLACES).cells
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
    network = ClusterNetwork(ClusterConfig())
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
