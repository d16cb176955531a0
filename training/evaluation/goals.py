"""`python -m training goals`: the goals beside the figures of the published tables, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mammoview.evaluation.statistics import Estimate
from training.datasets.example import table
from training.evaluation.results_page import reached

AT_1 = "TPR at 1 FP/image"
SHIPS = {"scored with": "re-scored, with clusters"}
POINTING = {"inside the heatmap from": "operating point", "figure": "pointing game"}
ENERGY = {"inside the heatmap from": "operating point", "figure": "energy inside the box"}


@dataclass(frozen=True)
class PublishedGoal:
    """A figure to reach, and where it stands.

    Parameters
    ----------
    text
        What is measured.
    file
        Table in the folder of results.
    row
        Columns that single its line out.
    levels
        Floor, target and stretch; a change below zero is written as a share.
    less
        Whether small is good.
    """

    text: str
    file: str
    row: dict[str, str]
    levels: tuple[float, float, float]
    less: bool = False


def _patch(text: str, subset: str, *levels: float) -> PublishedGoal:
    row = {"table": "patch AUC", "figure": "200 um", "subset": f"{subset}, tissue negatives"}
    return PublishedGoal(text, "figures.csv", row, (levels[0], levels[1], levels[2]))


def _listed(text: str, figure: str, *levels: float, less: bool = False) -> PublishedGoal:
    return PublishedGoal(text, "program_folds.csv", SHIPS | {"figure": figure}, (levels[0], levels[1], levels[2]), less)


def _saliency(text: str, row: dict[str, str], *levels: float) -> PublishedGoal:
    return PublishedGoal(text, "saliency_gate.csv", row, (levels[0], levels[1], levels[2]))


def _calibration(grid: str) -> PublishedGoal:
    row = {"grid": grid, "calibration": "fitted on other women", "figure": "ECE"}
    return PublishedGoal(f"ECE on tissue, as shown, {grid}", "grid_calibration.csv", row, (0.06, 0.04, 0.03), less=True)


def _error(text: str, against: str) -> PublishedGoal:
    row = {"scored with": "convolutions", "figure": f"heatmap MSE, relative change against the {against}"}
    return PublishedGoal(text, "fusing.csv", row, (0.0, -0.02, -0.10), less=True)


GOALS = (
    _patch("patch AUC at 200 um, CBIS masses against tissue", "cbis_masses", 0.957, 0.965, 0.975),
    _patch("patch AUC at 200 um, mini-MIAS all findings against tissue", "mini_mias", 0.85, 0.88, 0.92),
    _listed("CBIS masses, TPR at 0.5 FP per image", "CBIS masses: TPR at 0.5 FP/image", 0.60, 0.66, 0.70),
    _listed("the same at 1 FP", "CBIS masses: TPR at 1 FP/image", 0.70, 0.75, 0.80),
    _listed("the same at 2 FP", "CBIS masses: TPR at 2 FP/image", 0.80, 0.83, 0.88),
    _listed("masses to 10 mm, at 1 FP", f"CBIS masses to 10 mm: {AT_1}", 0.45, 0.55, 0.65),
    _listed("masses within 10 mm of the skin", f"CBIS masses within 10 mm of the skin: {AT_1}", 0.35, 0.45, 0.55),
    _listed("architectural distortion", f"CBIS masses architectural distortion: {AT_1}", 0.45, 0.52, 0.60),
    _listed("rank 1 holds the mass", "CBIS views whose rank 1 hold a mass", 0.60, 0.67, 0.70),
    _listed("ranks 1 to 3 hold the mass", "CBIS views whose ranks 1 to 3 hold a mass", 0.70, 0.76, 0.80),
    _listed(
        "false marks per normal view at TPR .70",
        "false marks per normal view at TPR .70, all sets",
        1.4,
        0.6,
        0.3,
        less=True,
    ),
    _listed("mini-MIAS, all findings, TPR at 1 FP", f"mini-MIAS, all findings: {AT_1}", 0.50, 0.60, 0.75),
    _listed("mini-MIAS, calcifications hit at 1 FP", "mini-MIAS, calcifications hit at 1 FP/image", 0.2, 0.4, 0.5),
    *(_calibration(grid) for grid in ("100 um", "150 um", "200 um")),
    _saliency("pointing game, scored evidence", POINTING | {"weighting": "scored evidence"}, 0.58, 0.65, 0.75),
    _saliency("pointing game, evidence", POINTING | {"weighting": "evidence"}, 0.58, 0.65, 0.75),
    _saliency("pointing game, entropy", POINTING | {"weighting": "entropy"}, 0.58, 0.65, 0.75),
    _saliency("energy inside the box, scored evidence", ENERGY | {"weighting": "scored evidence"}, 0.33, 0.40, 0.50),
    _error("fused heatmap's MSE against the zero map", "zero map"),
    _error("fused heatmap's MSE against the mean map", "mean map"),
    _error("fused heatmap's MSE against the heatmap below it", "heatmap"),
)
"""The goals, in the order of the models' path; of the saliency the gate is the heatmap at its operating point."""


def figure(goal: PublishedGoal, folder: Path) -> Estimate | None:
    """Return what a goal's table says; None without the table or its line. Raises MammoviewError for a damaged one."""
    if not (folder / goal.file).exists():
        return None
    columns = (*goal.row, "value", "low 95 %", "high 95 %", "n")
    for line in table(folder / goal.file, *columns):
        if all(line[name] == value for name, value in goal.row.items()):
            value, low, high = (float(line[name]) for name in columns[-4:-1])
            return Estimate(value, low, high, int(line["n"]))
    return None


def markdown(folder: Path) -> str:
    """Return the goals whose tables lie in a folder, as a Markdown table with the level that each reached."""
    lines = ["| goal | reached | 95 % interval | n | floor / target / stretch | level |", "|---|---|---|---|---|---|"]
    for goal in GOALS:
        found = figure(goal, folder)
        if found is None:
            continue
        word = reached(found.value, goal.levels, goal.less)
        word = {"missed": "**below the floor**"}.get(word, word)
        levels = " / ".join(f"{v:g}" for v in goal.levels)
        interval = f"{found.low:.3f} to {found.high:.3f}"
        lines.append(f"| {goal.text} | {found.value:.3f} | {interval} | {found.n} | {levels} | {word} |")
    return "\n".join(lines) + "\n"
