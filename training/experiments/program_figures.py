"""Figures of the program itself on the fold that the bundled models never saw: its lists, and candidates re-scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.rescoring import ranked
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, Estimate
from training.data.prepare import PreparedMammogram
from training.evaluation import one_path
from training.evaluation.model_notes import noted
from training.experiments.candidates import Candidates
from training.experiments.cluster_figures import (
    ALL,
    SPOTS,
    cluster_logits,
    clusters_in,
    gains,
    merged,
    positive_rows,
    ranking_rows,
    score_rows,
)
from training.experiments.detection import SHIPPED_FOLD, Scored, detected, known
from training.experiments.detection_figures import combined, marks_of, rows_of, write

SUM = "sum of the logits"
ALONE = "re-scorer alone"
GRID = "grid"
BUNDLED = "the bundle's list"
RESCORED = "re-scored"
WITH_SPOTS = "re-scored, with clusters without their network"
WITH_CLUSTERS = "re-scored, with clusters"
"""The list as it ships."""


def _scored(folder: Path, member: PreparedMammogram) -> Scored:
    kept = one_path.load(folder, member)
    scored = _candidates(member, kept, "")
    if f"{one_path.CLUSTER}said" not in kept:
        return scored
    return replace(scored, clusters=_candidates(member, kept, one_path.CLUSTER))


def _candidates(member: PreparedMammogram, kept: Mapping[str, NDArray[np.generic]], prefix: str) -> Scored:
    features = np.asarray(kept[f"{prefix}said"], np.float64)
    cells, lesion = (np.asarray(kept[f"{prefix}{name}"], np.intp) for name in ("cells", "lesion"))
    return Scored(Candidates(member, cells, features[:, 0], lesion), features)


def _listed(folder: Path, member: PreparedMammogram) -> CandidateMarks:
    kept = one_path.load(folder, member)
    scores, lesion = np.asarray(kept["score"], np.float64), np.asarray(kept["lesion"], np.intp)
    return CandidateMarks(member.group, scores, lesion, len(member.findings))


def scored_of(runs: Path, seed: int, cluster_seed: int | None = None) -> list[Scored]:
    """Return what `detect` read with the re-scorer of a seed. Raises MammoviewError when a mammogram was not read."""
    folder = detected(runs, seed, folds=False, cluster_seed=cluster_seed)
    return scored_in(folder, [m for m in known(runs) if m.fold == SHIPPED_FOLD])


def scored_in(folder: Path, members: list[PreparedMammogram]) -> list[Scored]:
    """Return what the program read into a folder. Raises MammoviewError when a mammogram was not read."""
    return [_scored(folder, m) for m in members]


def scored_folds(runs: Path, seed: int, heat_seed: int | None, cluster_seed: int | None) -> list[Scored]:
    """Return what `detect --folds` read, of the folds that it has read whole. Raises MammoviewError when none was."""
    folder = detected(runs, seed, True, heat_seed, cluster_seed)
    by_fold: dict[int, list[PreparedMammogram]] = {}
    for member in known(runs):
        by_fold.setdefault(member.fold, []).append(member)
    whole = [of for _, of in sorted(by_fold.items()) if all(one_path.file_of(folder, m).exists() for m in of)]
    if not whole:
        raise MammoviewError("no fold was read whole", "Run: python -m training detect --folds", folder)
    return [_scored(folder, m) for of in whole for m in of]


def fold_figures(
    runs: Path, seed: int, file: Path, heat_seed: int | None = None, cluster_seed: int | None = None
) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect --folds` read, of the folds that it has read whole; returns its rows.

    The candidates by the grid, or by the sum of the grid and the heatmap of a seed, by the re-scorer, and by all of
    them with weights that were fitted on the other folds; with a `cluster_seed` the list that has the clusters of
    bright spots as well, and that of clusters without their network, both over the one without them.
    """
    scored = scored_folds(runs, seed, heat_seed, cluster_seed)
    reference, columns = (GRID, (0, 2)) if heat_seed is None else (SUM, (0, 1, 2))
    logits = combined(scored, columns)
    named = {
        reference: marks_of(scored, [s.features[:, columns[:-1]].sum(1) for s in scored]),
        ALONE: marks_of(scored, [s.features[:, 2] for s in scored]),
        RESCORED: marks_of(scored, logits),
    }
    rows = rows_of(scored, named, reference)
    if cluster_seed is not None:
        clusters, members = clusters_in(scored), [s.found.member for s in scored]
        ways = {
            way: merged(scored, logits, cluster_logits(clusters, values))
            for way, values in ((WITH_SPOTS, SPOTS), (WITH_CLUSTERS, ALL))
        }
        found = rows_of(scored, {RESCORED: named[RESCORED]} | ways, RESCORED)
        rows += [row for row in found if row[0] != RESCORED]
        present = {(way, name) for way, name, _ in rows}
        for way, marks in ways.items():
            more = gains(members, marks, named[RESCORED], RESCORED)
            rows += [(way, name, figure) for name, figure in more if (way, name) not in present]
        rows += [(WITH_CLUSTERS, *row) for row in score_rows(scored, logits, cluster_logits(clusters))]
        network = f"network of clusters, seed {cluster_seed}"
        rows += [*ranking_rows(clusters, network), *positive_rows(clusters, network)]
    folds = sorted({s.found.member.fold for s in scored})
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient, read by the program", file)
    return rows


def figures(runs: Path, seed: int, file: Path, cluster_seed: int | None = None) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect` and `listed` read; returns its rows.

    Nothing is fitted: logits are added as they are. Gains are reported over the plain sum, and over the program's list
    where `listed` was run. The bundle's list is that of its own scoring, whose weights were fitted on all folds; where
    it scores the grid's candidates, `detect --folds` has to have read the fold. It has clusters where `detect` was
    given the `cluster_seed` of the bundle's.

    Raises
    ------
    MammoviewError
        When a mammogram was not read, or a list does not state its models.
    """
    scored = scored_of(runs, seed, cluster_seed)
    members = [s.found.member for s in scored]
    named = {
        SUM: marks_of(scored, [s.features[:, :2].sum(1) for s in scored]),
        ALONE: marks_of(scored, [s.features[:, 2] for s in scored]),
        "sum and re-scorer": marks_of(scored, [s.features.sum(1) for s in scored]),
    }
    rows = rows_of(scored, named, SUM)
    bundle = load_bundle()
    scoring = None if bundle.rescorer is None else bundle.rescorer.facts.scoring
    of_grid = scoring is None or scoring.candidates == "grid"
    folder = detected(runs, seed, of_grid, None, cluster_seed)
    if scoring is not None and all(one_path.file_of(folder, m).exists() for m in members):
        named[BUNDLED] = [_bundled(bundle, folder, m) for m in members]
        rows += [row for row in rows_of(scored, {BUNDLED: named[BUNDLED]}, BUNDLED) if row[0] == BUNDLED]
    if (runs / "listed").exists():
        theirs = f"version {noted(runs / 'listed')['version']}'s list"
        named[theirs] = [_listed(runs / "listed", m) for m in members]
        rows += [
            row for row in rows_of(scored, named, theirs) if row[0] == theirs or row[1].endswith(f"minus {theirs}")
        ]
    write(rows, f"fold {SHIPPED_FOLD}, which the bundled models never saw, read by the program", file)
    return rows


def _bundled(bundle: ModelBundle, folder: Path, member: PreparedMammogram) -> CandidateMarks:
    """Return the list of a mammogram as the bundle scores and merges it."""
    kept = one_path.load(folder, member)
    best, logits = ranked(bundle, one_path.kept_candidates(kept))
    lesion = np.asarray(one_path.joined(kept, "lesion"), np.intp)[best]
    return CandidateMarks(member.group, logits, lesion, len(member.findings))
