"""`python -m training cluster-candidates`: candidates where bright spots cluster, beside the peaks of the maps.

Which candidates hold findings at all, by kind. `program --folds` computes the figures of the lists (`cluster_figures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.inference.spot_clusters import UM, cluster_map
from mammoview.assess.models.scoring import NEAREST_CELLS, logit
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.evaluation.statistics import Estimate, mean
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.experiments.candidates import Candidates, candidates, grid_logit
from training.experiments.detection import GRIDS, check_grids, check_maps, heatmap_cells, known
from training.experiments.detection_figures import DRAWS, write

FOLDER = "clusters"
RECALLS = (4, 8, 12, 20)
"""Numbers of candidates at which recall is counted."""


def clusters_of(member: PreparedMammogram) -> NDArray[np.float32]:
    """Return the map of clusters of a mammogram on the cells of its 400 um image, float32 (rows, columns)."""
    rows, columns = (n // 8 for n in member.image(400).shape)
    fine, coarse = (np.array(member.corners[um]) * um for um in (UM, 400))
    right, down = ((fine - coarse) // CELL_UM).tolist()
    found = cluster_map(np.asarray(member.image(UM), np.float32), np.asarray(member.mask(UM)) >= 128)
    found = found[: rows - down, : columns - right]
    values = np.zeros((rows, columns), np.float32)
    values[down : down + found.shape[0], right : right + found.shape[1]] = found
    return values


def read_clusters(runs: Path, members: Sequence[PreparedMammogram]) -> None:
    """Write the map of clusters of every mammogram; existing ones are skipped."""
    for member in track(members, "clusters"):
        if not _file(runs, member).exists():
            write_arrays(_file(runs, member), {"clusters": clusters_of(member)})


def _file(runs: Path, member: PreparedMammogram) -> Path:
    return runs / FOLDER / f"{member.key}.npz"


def kept_clusters(runs: Path, member: PreparedMammogram) -> NDArray[np.float32]:
    """Return the map that `read_clusters` kept of a mammogram, float32 (rows, columns)."""
    with np.load(_file(runs, member)) as kept:
        return np.asarray(kept["clusters"])


def recall_rows(named: dict[str, list[Candidates]]) -> list[tuple[str, str, Estimate]]:
    """Share of the findings of each kind that lie within the first candidates of every way to choose them."""
    rows = []
    for name, found in named.items():
        rank, kind, groups = [], [], []
        for c in found:
            for k, finding in enumerate(c.member.findings):
                at = np.flatnonzero(c.lesion == k)
                rank.append(int(at[0]) if len(at) else len(c.lesion) + max(RECALLS))
                kind.append(f"{c.member.source}, {kind_of(finding.lesion_type)}")
                groups.append(c.member.group)
        ranks, kinds, of = np.array(rank), np.array(kind), np.array(groups)
        for which in sorted(set(kind)):
            keep = kinds == which
            for most in RECALLS:
                held = (ranks[keep] < most).astype(float)
                rows.append((name, f"{which}: share within {most} candidates", mean(held, of[keep], DRAWS)))
    return rows


def in_turn(one: Candidates, two: Candidates, every: int) -> Candidates:
    """Return the candidates of one map with one of another after every few, without those near one that is taken."""
    order: list[tuple[Candidates, int]] = []
    second = iter(range(len(two.cells)))
    for k in range(len(one.cells)):
        order.append((one, k))
        if k % every == every - 1 and (extra := next(second, None)) is not None:
            order.append((two, extra))
    order += [(two, k) for k in second]
    cells: list[NDArray[np.intp]] = []
    lesion: list[int] = []
    for found, k in order:
        if all(np.abs(found.cells[k] - cell).max() > NEAREST_CELLS for cell in cells):
            cells.append(found.cells[k])
            lesion.append(int(found.lesion[k]))
    return Candidates(
        one.member, np.array(cells, np.intp).reshape(-1, 2), np.zeros(len(cells)), np.array(lesion, np.intp)
    )


def run(runs: Path, heat_seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what candidates hold; returns its rows.

    Parameters
    ----------
    heat_seed
        Seed of the heatmaps.

    Raises
    ------
    MammoviewError
        When a mammogram has no grid or heatmap, or has those of other models.
    """
    check_grids(runs)
    check_maps(runs, heat_seed)
    members = known(runs)
    read_clusters(runs, members)
    most = max(RECALLS)
    maps = {m.key: (grid_logit(runs / GRIDS, m), logit(heatmap_cells(runs, m, heat_seed))) for m in members}
    grids = [candidates(m, maps[m.key][0], most) for m in members]
    sums = [candidates(m, np.add(*maps[m.key]), most) for m in members]
    spots = [candidates(m, kept_clusters(runs, m), most) for m in members]
    named = {
        "peaks of the sum": sums,
        "peaks of the grid": grids,
        "peaks of clusters of spots": spots,
        "two of the sum, one of the grid": [in_turn(s, g, 2) for s, g in zip(sums, grids, strict=True)],
        "two of the sum, one cluster": [in_turn(s, c, 2) for s, c in zip(sums, spots, strict=True)],
    }
    rows = recall_rows(named)
    folds = sorted({m.fold for m in members})
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient", file)
    return rows
