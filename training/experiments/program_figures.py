"""Figures of the program itself on the fold that the bundled models never saw: its lists, and candidates re-scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mammoview.assess.models.bundle import load_bundle
from mammoview.core.errors import MammoviewError
from training.data.prepare import PreparedMammogram
from training.evaluation import one_path
from training.experiments.candidates import Candidates
from training.experiments.detection import SHIPPED_FOLD, Scored, detected_folder, known
from training.experiments.detection_figures import combined, marks_of, rows_of, write
from training.metrics.statistics import CandidateMarks, Estimate

LISTED = "version 4's list"
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
    return [_scored(runs / f"detected_{seed}", m) for m in known(runs) if m.fold == SHIPPED_FOLD]


def fold_figures(runs: Path, seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect --folds` read, of the folds that it has read whole; returns its rows.

    The grid's candidates, by the grid, by the re-scorer, and by both with weights that were fitted on the other folds.
    """
    folder = detected_folder(runs, seed, folds=True)
    by_fold: dict[int, list[PreparedMammogram]] = {}
    for member in known(runs):
        by_fold.setdefault(member.fold, []).append(member)
    whole = {k: of for k, of in sorted(by_fold.items()) if all(one_path.file_of(folder, m).exists() for m in of)}
    if not whole:
        raise MammoviewError("no fold was read whole", "Run: python -m training detect --folds", folder)
    scored = [_scored(folder, m) for of in whole.values() for m in of]
    named = {
        GRID: marks_of(scored, [s.said[:, 0] for s in scored]),
        ALONE: marks_of(scored, [s.said[:, 2] for s in scored]),
        "re-scored": marks_of(scored, combined(scored, (0, 2))),
    }
    rows = rows_of(scored, named, GRID)
    write(rows, f"out of fold, folds {', '.join(map(str, whole))}, by patient, read by the program", file)
    return rows


def figures(runs: Path, seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect` and `listed` read; returns its rows.

    Nothing is fitted: logits are added as they are. Gains are told over the plain sum, and over the program's list
    where `listed` was run. The bundle's list is that of its own scoring, whose three numbers were fitted on all folds,
    where `detect --folds` read the fold.

    Raises
    ------
    MammoviewError
        When a mammogram was not read.
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
    if model is not None and all(one_path.file_of(folder, m).exists() for m in members):
        of_grid = [_scored(folder, m) for m in members]
        assert model.facts.scoring is not None
        named[BUNDLED] = marks_of(of_grid, [model.facts.scoring.logits(s.said) for s in of_grid])
        rows += [row for row in rows_of(scored, {BUNDLED: named[BUNDLED]}, BUNDLED) if row[0] == BUNDLED]
    if (runs / "listed").exists():
        named[LISTED] = [_listed(runs / "listed", m) for m in members]
        rows += [
            row for row in rows_of(scored, named, LISTED) if row[0] == LISTED or row[1].endswith(f"minus {LISTED}")
        ]
    write(rows, f"fold {SHIPPED_FOLD}, which the bundled models never saw, read by the program", file)
    return rows
