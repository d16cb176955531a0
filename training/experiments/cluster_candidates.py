"""`python -m training cluster-candidates`: candidates where bright spots cluster, beside the peaks of the maps.

First which candidates hold findings at all, by kind; then what lists are worth that have clusters of spots beside the
re-scored peaks of the sum. A cluster is scored by its own value and the grid's logit, with weights that were fitted on
the other folds of the data sets whose calcifications are outlined; a candidate near a higher one is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.models.scoring import NEAREST_CELLS, logit
from mammoview.evaluation.lesion_words import kind_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, mean
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.experiments.candidates import Candidates, candidates, grid_logit
from training.experiments.detection import GRIDS, Scored, heatmap_cells, known, scored_of
from training.experiments.detection_figures import DRAWS, RATES, combined, marks_of, rows_of, write
from training.experiments.spot_clusters import UM, cluster_map

FOLDER = "clusters"
BESIDE = 6
"""Clusters that are scored beside the peaks of the sum."""
RECALLS = (4, 8, 12, 20)
"""Numbers of candidates at which recall is counted."""
OUTLINED = ("mini_mias", "ddsm_100um", "ddsm_normals", "ddsm_tissue")
"""Data sets whose calcifications are outlined; of the masses' views they are not."""
REFERENCE = "re-scored"
WITH = "with clusters of spots"


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
    """Keep the map of clusters of every mammogram; those that are there are passed over."""
    for member in track(members, "clusters"):
        if not _file(runs, member).exists():
            write_arrays(_file(runs, member), {"clusters": clusters_of(member)})


def _file(runs: Path, member: PreparedMammogram) -> Path:
    return runs / FOLDER / f"{member.source}.{member.name}.npz"


def kept_clusters(runs: Path, member: PreparedMammogram) -> NDArray[np.float32]:
    """Return the map that `read_clusters` kept of a mammogram, float32 (rows, columns)."""
    with np.load(_file(runs, member)) as kept:
        return np.asarray(kept["clusters"])


def merged(found: Sequence[Candidates], values: Sequence[NDArray[np.float64]]) -> CandidateMarks:
    """Return the candidates of several maps as marks, without those that lie near a higher one."""
    cells = np.concatenate([c.cells for c in found])
    scores, lesion = np.concatenate(values), np.concatenate([c.lesion for c in found])
    keep: list[int] = []
    for k in np.argsort(-scores, kind="stable").tolist():
        if all(np.abs(cells[k] - cells[j]).max() > NEAREST_CELLS for j in keep):
            keep.append(k)
    member = found[0].member
    return CandidateMarks(member.group, scores[keep], lesion[keep], len(member.findings))


def cluster_logits(said: Sequence[NDArray[np.float64]], found: Sequence[Candidates]) -> list[NDArray[np.float64]]:
    """Return the logit of a finding at each cluster, weights fitted on the other folds of `OUTLINED`.

    `said` are the values of each cluster, (N, values).
    """
    folds = np.array([c.member.fold for c in found])
    fit = np.array([c.member.source in OUTLINED for c in found])
    out: list[NDArray[np.float64]] = [np.empty(0)] * len(found)
    for fold in sorted(set(folds)):
        others = np.flatnonzero(fit & (folds != fold)).tolist()
        x = np.concatenate([said[k] for k in others])
        y = np.concatenate([found[k].lesion >= 0 for k in others])
        model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
        for k in np.flatnonzero(folds == fold).tolist():
            out[k] = model.decision_function(said[k]) if len(said[k]) else np.empty(0)
    return out


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


def gains(
    members: Sequence[PreparedMammogram], one: list[CandidateMarks], two: list[CandidateMarks]
) -> list[tuple[str, Estimate]]:
    """Sensitivity on mini-MIAS, one minus two, of all findings and of calcifications, the same patients drawn."""
    of = [m.source == "mini_mias" for m in members]
    kinds = [kind_of(f.lesion_type) for m, keep in zip(members, of, strict=True) if keep for f in m.findings]
    first, second = (FreeResponse([m for m, keep in zip(marks, of, strict=True) if keep]) for marks in (one, two))
    rows = []
    for figure_name, chosen in (
        ("all findings", np.ones(len(kinds), bool)),
        ("calcifications", np.array([kind == "calcification" for kind in kinds])),
    ):
        groups = first.groups[first.lesion_image][chosen]
        for rate in RATES:
            hit = [(r.lesion_best > r.threshold(rate)).astype(float)[chosen] for r in (first, second)]
            rows.append((f"mini-MIAS, {figure_name} hit at {rate:g} FP/image", mean(hit[0], groups, DRAWS)))
            gain = mean(hit[0] - hit[1], groups, DRAWS)
            rows.append((f"mini-MIAS, {figure_name} hit at {rate:g} FP/image, minus {REFERENCE}", gain))
    return rows


def run(runs: Path, names: Sequence[str], heat_seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what candidates hold, and of what lists with clusters are worth; returns its rows.

    Parameters
    ----------
    names
        What candidates of the sum were scored under by re-scorers, all folds.
    heat_seed
        Seed of the heatmaps.

    Raises
    ------
    MammoviewError
        When nothing is scored under a name, or a mammogram has no grid or heatmap.
    """
    by_name = {name: scored_of(runs, name, "sum") for name in names}
    members = known(runs)
    read_clusters(runs, members)
    most = max(RECALLS)
    maps = {
        f"{m.source}.{m.name}": (grid_logit(runs / GRIDS, m), logit(heatmap_cells(runs, m, heat_seed))) for m in members
    }
    grids = [candidates(m, maps[f"{m.source}.{m.name}"][0], most) for m in members]
    sums = [candidates(m, np.add(*maps[f"{m.source}.{m.name}"]), most) for m in members]
    spots = {f"{m.source}.{m.name}": candidates(m, kept_clusters(runs, m), most) for m in members}
    named = {
        "peaks of the sum": sums,
        "peaks of the grid": grids,
        "peaks of clusters of spots": [spots[f"{m.source}.{m.name}"] for m in members],
        "two of the sum, one of the grid": [in_turn(s, g, 2) for s, g in zip(sums, grids, strict=True)],
        "two of the sum, one cluster": [in_turn(s, spots[f"{s.member.source}.{s.member.name}"], 2) for s in sums],
    }
    rows = recall_rows(named)
    for name, scored in by_name.items():
        rows += [(f"{name}: {way}", figure_name, figure) for way, figure_name, figure in list_rows(scored, spots, maps)]
    folds = sorted({m.fold for m in members})
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient", file)
    return rows


def list_rows(
    scored: list[Scored],
    spots: dict[str, Candidates],
    maps: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> list[tuple[str, str, Estimate]]:
    """Figures of the re-scored peaks of the sum, alone and with clusters beside them.

    `spots` are the clusters of every mammogram and `maps` its grid and heatmap, by data set and name.
    """
    found, said = [], []
    for s in scored:
        key = f"{s.found.member.source}.{s.found.member.name}"
        c = spots[key]
        c = replace(c, cells=c.cells[:BESIDE], score=c.score[:BESIDE], lesion=c.lesion[:BESIDE])
        found.append(c)
        said.append(np.stack([c.score, maps[key][0][tuple(c.cells.T)]], 1))
    logits, own = combined(scored, (0, 1, 2)), cluster_logits(said, found)
    named = {
        REFERENCE: marks_of(scored, logits),
        WITH: [merged((s.found, c), (a, b)) for s, c, a, b in zip(scored, found, logits, own, strict=True)],
    }
    members = [s.found.member for s in scored]
    return [
        *rows_of(scored, named, REFERENCE),
        *((WITH, figure_name, figure) for figure_name, figure in gains(members, named[WITH], named[REFERENCE])),
    ]
