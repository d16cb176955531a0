"""Figures of the program itself on the fold that the bundled models never saw: its lists, and candidates re-scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.data.prepare import PreparedMammogram
from training.evaluation import one_path
from training.experiments.candidates import Candidates
from training.experiments.detection import SHIPPED_FOLD, Scored, known
from training.experiments.detection_figures import marks_of, rows_of, write
from training.metrics.statistics import CandidateMarks, Estimate

LISTED = "version 4's list"
SUM = "sum of the logits"
ALONE = "re-scorer alone"


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


def figures(runs: Path, seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what `detect` and `listed` read; returns its rows.

    Nothing is fitted: logits are added as they are. Gains are told over the plain sum, and over the program's list
    where `listed` was run.

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
    if (runs / "listed").exists():
        named[LISTED] = [_listed(runs / "listed", m) for m in members]
        rows += [
            row for row in rows_of(scored, named, LISTED) if row[0] == LISTED or row[1].endswith(f"minus {LISTED}")
        ]
    write(rows, f"fold {SHIPPED_FOLD}, which the bundled models never saw, read by the program", file)
    return rows
