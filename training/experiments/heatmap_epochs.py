"""`python -m training heatmap-epochs`: heatmaps of several folders of runs on the same mammograms, paired over women.

The folders differ in the heatmaps alone, such as in the number of epochs that these were trained for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, Estimate
from training.experiments.cluster_figures import gains
from training.experiments.detection import Scored, heatmap_cells, scored_of
from training.experiments.detection_figures import combined, marks_of, rows_of, write
from training.experiments.fusing import error_rows, read_maps


def lists(runs: Path, name: str, folds: set[int] | None = None) -> tuple[list[Scored], dict[str, list[CandidateMarks]]]:
    """Return what was scored of the sum of grid and heatmap, and marks by the heatmap, the sum and the re-scored sum.

    Re-scored marks are left out where no re-scorer was asked. Raises MammoviewError without what `score` keeps.

    Parameters
    ----------
    name
        What `score` kept the candidates under.
    folds
        Only the mammograms of these; all that were scored when None.
    """
    heat, scored = (
        [s for s in scored_of(runs, name, of) if folds is None or s.found.member.fold in folds]
        for of in ("heatmap", "sum")
    )
    marks = {of: marks_of(found, [s.found.score for s in found]) for of, found in (("heatmap", heat), ("sum", scored))}
    if np.isfinite(np.concatenate([s.features[:, 2] for s in scored])).all():
        marks["re-scored"] = marks_of(scored, combined(scored, (0, 1, 2)))
    return scored, marks


def run(folders: Sequence[Path], name: str, seed: int, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of errors and of detection, of the folds that were scored in every folder; returns its rows.

    Parameters
    ----------
    folders
        Folders of runs, by whose names the heatmaps are called; the others are compared with the first.
    name
        What `score` kept the candidates under in each.
    seed
        Of the heatmaps.
    file
        CSV to write.

    Raises
    ------
    MammoviewError
        When nothing is scored under the name, no fold is in all folders, or two folders have one name.
    """
    if len({folder.name for folder in folders}) < len(folders):
        raise MammoviewError("two folders of runs have one name", "Rename one, or give a link to it")
    folds = set.intersection(*({s.found.member.fold for s in lists(runs, name)[0]} for runs in folders))
    if not folds:
        raise MammoviewError("no fold is scored in all of these folders", "Run: python -m training score")
    kept = {runs.name: lists(runs, name, folds) for runs in folders}
    scored, ways = kept[folders[0].name]
    members = [s.found.member for s in scored]
    for runs in folders:
        read_maps(runs, seed, sorted(folds))
    maps = {f"{runs.name}, heatmap": [heatmap_cells(runs, m, seed) for m in members] for runs in folders}
    rows = error_rows(members, maps, next(iter(maps)))
    for way in ways:
        named = {f"{label}, {way}": marks[way] for label, (_, marks) in kept.items()}
        reference = next(iter(named))
        rows += rows_of(scored, named, reference)
        for label, marks in list(named.items())[1:]:
            rows += [(label, *row) for row in gains(members, marks, named[reference], reference)]
    write(rows, f"out of fold, folds {', '.join(map(str, sorted(folds)))}, by patient", file)
    return rows
