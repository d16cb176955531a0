"""`python -m training cluster-candidates`: candidates where bright spots cluster, beside the peaks of the maps.

First which candidates hold findings at all, by kind; then what lists are worth that have clusters of spots beside the
re-scored peaks of the sum. A cluster is scored by its own value and the grid's logit, with weights that were fitted on
the other folds (`cluster_logits`); a candidate near a higher one is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.models.scoring import NEAREST_CELLS, logit
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, bootstrap, mean
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
OWN_VALUE = "own value"
GRID = "grid"
"""Ways to score a cluster: its value on the map of clusters, and the logit of the grid there."""
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
    """Return the logit of a calcification at each cluster, fitted on the other folds.

    Weights are fitted on all data sets, the intercept on `OUTLINED`: in the others calcifications are not outlined, so
    that clusters there are examples of what is none, but say nothing of the frequency. Clusters on findings of another
    kind are left out. `said` are the values of each cluster, (N, values). Raises MammoviewError where no cluster lies
    on a calcification.
    """
    folds = np.array([c.member.fold for c in found])
    outlined = np.array([c.member.source in OUTLINED for c in found])
    on = [np.array([_is_calcification(c.member, k) for k in c.lesion.tolist()], bool) for c in found]
    fit = [is_on | (c.lesion < 0) for is_on, c in zip(on, found, strict=True)]
    out: list[NDArray[np.float64]] = [np.empty(0)] * len(found)
    for fold in sorted(set(folds)):
        others = np.flatnonzero(folds != fold).tolist()
        x, y = (np.concatenate([of[k][fit[k]] for k in others]) for of in (said, on))
        of_outlined = np.concatenate([np.full(int(fit[k].sum()), outlined[k]) for k in others])
        if not 0 < y[of_outlined].sum() < of_outlined.sum():
            raise MammoviewError("all clusters lie on outlined calcifications, or none does", "Prepare more data")
        model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
        added = _intercept_shift(model.decision_function(x[of_outlined]), int(y[of_outlined].sum()))
        for k in np.flatnonzero(folds == fold).tolist():
            out[k] = model.decision_function(said[k]) + added if len(said[k]) else np.empty(0)
    return out


def _is_calcification(member: PreparedMammogram, lesion: int) -> bool:
    return lesion >= 0 and kind_of(member.findings[lesion].lesion_type) == "calcification"


def _intercept_shift(logits: NDArray[np.float64], number: int) -> float:
    """Return what is to be added to logits so that their probabilities add up to a number of cases."""
    return float(brentq(lambda added: expit(logits + added).sum() - number, -20.0, 20.0))


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
    """Sensitivity on mini-MIAS of one, and one minus two, of all findings and of calcifications.

    The same patients are drawn for both, and thresholds are those of the patients drawn.
    """
    of = [m.source == "mini_mias" for m in members]
    kinds = [kind_of(f.lesion_type) for m, keep in zip(members, of, strict=True) if keep for f in m.findings]
    first, second = (FreeResponse([m for m, keep in zip(marks, of, strict=True) if keep]) for marks in (one, two))
    rows = []
    for figure_name, chosen in (
        ("all findings", np.ones(len(kinds), bool)),
        ("calcifications", np.array([kind == "calcification" for kind in kinds], bool)),
    ):
        if not chosen.any():
            continue
        for rate in RATES:

            def share(
                w: NDArray[np.float64], of: FreeResponse, rate: float = rate, chosen: NDArray[np.bool_] = chosen
            ) -> float:
                weights = w[of.lesion_image][chosen]
                if not weights.any():
                    raise ValueError("no finding")
                return float(np.average(of.lesion_best[chosen] > of.threshold(rate, w), weights=weights))

            hit = bootstrap(lambda w: share(w, first), first.groups, DRAWS)
            gain = bootstrap(lambda w: share(w, first) - share(w, second), first.groups, DRAWS)
            figure = f"mini-MIAS, {figure_name} hit at {rate:g} FP/image"
            number = int(chosen.sum())
            rows.append((figure, replace(hit, n=number)))
            rows.append((f"{figure}, minus {REFERENCE}", replace(gain, n=number)))
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
    maps = {m.key: (grid_logit(runs / GRIDS, m), logit(heatmap_cells(runs, m, heat_seed))) for m in members}
    grids = [candidates(m, maps[m.key][0], most) for m in members]
    sums = [candidates(m, np.add(*maps[m.key]), most) for m in members]
    spots = {m.key: candidates(m, kept_clusters(runs, m), most) for m in members}
    named = {
        "peaks of the sum": sums,
        "peaks of the grid": grids,
        "peaks of clusters of spots": [spots[m.key] for m in members],
        "two of the sum, one of the grid": [in_turn(s, g, 2) for s, g in zip(sums, grids, strict=True)],
        "two of the sum, one cluster": [in_turn(s, spots[s.member.key], 2) for s in sums],
    }
    rows = recall_rows(named)
    for name, scored in by_name.items():
        of = [spots[s.found.member.key] for s in scored]
        at_clusters = [maps[c.member.key][0][tuple(c.cells.T)] for c in of]
        figures = list_rows(scored, of, {OWN_VALUE: [c.score for c in of], GRID: at_clusters})
        rows += [(f"{name}: {way}", told, figure) for way, told, figure in figures]
    folds = sorted({m.fold for m in members})
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient", file)
    return rows


def list_rows(
    scored: list[Scored], found: Sequence[Candidates], said: dict[str, list[NDArray[np.float64]]]
) -> list[tuple[str, str, Estimate]]:
    """Figures of the re-scored peaks of the sum, alone and with clusters beside them.

    Parameters
    ----------
    found
        Clusters of every mammogram; the best `BESIDE` are used.
    said
        By the name of the way, the score of each cluster of every mammogram. With `OWN_VALUE` and `GRID` alone makes
        one list; each further way beside these makes another.
    """
    best = [replace(c, cells=c.cells[:BESIDE], score=c.score[:BESIDE], lesion=c.lesion[:BESIDE]) for c in found]
    logits = combined(scored, (0, 1, 2))
    named = {REFERENCE: marks_of(scored, logits)}
    plain = (OWN_VALUE, GRID)
    for more in ((), *((way,) for way in said if way not in plain)):
        columns = [said[way] for way in (*plain, *more)]
        values = [np.stack(of_view, 1)[:BESIDE] for of_view in zip(*columns, strict=True)]
        own = cluster_logits(values, best)
        named[", ".join((WITH, *more))] = [
            merged((s.found, c), (a, b)) for s, c, a, b in zip(scored, best, logits, own, strict=True)
        ]
    members = [s.found.member for s in scored]
    rows = rows_of(scored, named, REFERENCE)
    for way in list(named)[1:]:
        rows += [(way, told, figure) for told, figure in gains(members, named[way], named[REFERENCE])]
    return rows
