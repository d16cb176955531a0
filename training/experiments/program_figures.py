"""Figures of the program itself on the fold that the bundled models never saw: its lists, and candidates re-scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mammoview.assess.models.bundle import load_bundle
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, Estimate
from training.data.prepare import PreparedMammogram
from training.evaluation import one_path
from training.experiments.candidates import Candidates
from training.experiments.detection import SHIPPED_FOLD, Scored, detected_folder, known
from training.experiments.detection_figures import combined, marks_of, rows_of, write

SUM = "sum of the logits"
ALONE = "re-scorer alone"
GRID = "grid"
BUNDLED = "the bundle's list"


def _scored(folder: Path, member: PreparedMammogram) -> Scored:
    kept = one_path.load(folder, member)
    said = np.asarray(kept["said"], np.float64)
    cells = np.zeros((len(said), 2), np.intp)  # places are in scan pixels here
    return Scored(Candidates(member, cells, said[:, 0], np.asarray(kept["lesion"], np.intp)), said)


def _listed(folder: Path, member: PreparedMammogram) -> CandidateMarks:
    kept = one_path.load(folder, member)
    scores, lesion = np.asarray(kept["score"], np.float64), np.asarray(kept["lesion"], np.intp)
    return CandidateMarks(member.group, scores, lesion, len(member.findings))


def scored_of(runs: Path, seed: int) -> list[Scored]:
    """Return what `detect` read with the re-scorer of a seed. Raises MammoviewError when a mammogram was not read."""
    return scored_in(runs / f"detected_{seed}", [m for m in known(runs) if m.fold == SHIPPED_FOLD])


def scored_in(folder: Path, members: list[PreparedMammogram]) -> list[Scored]:
    """Return what the program read into a folder. Raises MammoviewError when a mammogram was not read."""
    return [_scored(folder, m) for m in members]


def fold_figures(runs: Path, seed: int, file: Path, heat_seed: int | None = None) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect --folds` read, of the folds that it has read whole; returns its rows.

    The candidates by the grid, or by the sum of the grid and the heatmap of a seed, by the re-scorer, and by all of
    them with weights that were fitted on the other folds.
    """
    folder = detected_folder(runs, seed, folds=True, heat_seed=heat_seed)
    by_fold: dict[int, list[PreparedMammogram]] = {}
    for member in known(runs):
        by_fold.setdefault(member.fold, []).append(member)
    whole = {k: of for k, of in sorted(by_fold.items()) if all(one_path.file_of(folder, m).exists() for m in of)}
    if not whole:
        raise MammoviewError("no fold was read whole", "Run: python -m training detect --folds", folder)
    scored = [_scored(folder, m) for of in whole.values() for m in of]
    reference, columns = (GRID, (0, 2)) if heat_seed is None else (SUM, (0, 1, 2))
    named = {
        reference: marks_of(scored, [s.said[:, columns[:-1]].sum(1) for s in scored]),
        ALONE: marks_of(scored, [s.said[:, 2] for s in scored]),
        "re-scored": marks_of(scored, combined(scored, columns)),
    }
    rows = rows_of(scored, named, reference)
    write(rows, f"out of fold, folds {', '.join(map(str, whole))}, by patient, read by the program", file)
    return rows


def figures(runs: Path, seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect` and `listed` read; returns its rows.

    Nothing is fitted: logits are added as they are. Gains are reported over the plain sum, and over the program's list
    where `listed` was run. The bundle's list is that of its own scoring, whose weights were fitted on all folds; where
    it scores the grid's candidates, `detect --folds` has to have read the fold.

    Raises
    ------
    MammoviewError
        When a mammogram was not read, or a list does not tell whose it is.
    """
    scored = scored_of(runs, seed)
    members = [s.found.member for s in scored]
    named = {
        SUM: marks_of(scored, [s.said[:, :2].sum(1) for s in scored]),
        ALONE: marks_of(scored, [s.said[:, 2] for s in scored]),
        "sum and re-scorer": marks_of(scored, [s.said.sum(1) for s in scored]),
    }
    rows = rows_of(scored, named, SUM)
    model, folder = load_bundle().rescorer, detected_folder(runs, seed, folds=True)
    scoring = None if model is None else model.facts.scoring
    own = scored if scoring is not None and scoring.candidates == "sum" else []
    if scoring is not None and not own and all(one_path.file_of(folder, m).exists() for m in members):
        own = [_scored(folder, m) for m in members]
    if scoring is not None and own:
        named[BUNDLED] = marks_of(own, [scoring.logits(s.said) for s in own])
        rows += [row for row in rows_of(scored, {BUNDLED: named[BUNDLED]}, BUNDLED) if row[0] == BUNDLED]
    if (runs / "listed").exists():
        theirs = f"version {one_path.listing_models(runs / 'listed')['version']}'s list"
        named[theirs] = [_listed(runs / "listed", m) for m in members]
        rows += [
            row for row in rows_of(scored, named, theirs) if row[0] == theirs or row[1].endswith(f"minus {theirs}")
        ]
    write(rows, f"fold {SHIPPED_FOLD}, which the bundled models never saw, read by the program", file)
    return rows
