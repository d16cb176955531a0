"""One self-contained HTML page: goals first, then every table and plot."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mammoview.evaluation.statistics import Estimate
from training.data.memmaps import write_text
from training.evaluation.result_tables import TableRow

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-size: 13px }
td, th { border-bottom: 1px solid #ddd; padding: .2rem .7rem; text-align: left; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums } img { max-width: 100% } summary { cursor: pointer }
.no { color: #a40000 } .yes { color: #00663a }
"""


LEVELS = ("floor", "target", "stretch")


def reached(value: float, levels: tuple[float, float, float], less: bool) -> str:
    """Return the highest of `LEVELS` that a value reaches, or "missed"; `less` when small is good."""
    word = "missed"
    for level, name in zip(levels, LEVELS, strict=True):
        if value <= level if less else value >= level:
            word = name
    return word


@dataclass(frozen=True)
class Goal:
    """A figure to reach, with its floor, target and stretch; `less` when small is good."""

    text: str
    table: str
    name: str
    subset: str
    levels: tuple[float, float, float]
    less: bool = False

    def reached(self, value: float) -> str:
        """Return one of `LEVELS`, or "missed"."""
        return reached(value, self.levels, self.less)


def _best(name: str) -> str:
    return f"{name}, fused"


GOALS = (
    Goal(
        "patch AUC at 200 um, CBIS masses against tissue",
        "patch AUC",
        "200 um",
        "cbis_masses, tissue negatives",
        (0.94, 0.965, 0.98),
    ),
    Goal(
        "patch AUC at 200 um, mini-MIAS all findings against tissue",
        "patch AUC",
        "200 um",
        "mini_mias, tissue negatives",
        (0.78, 0.85, 0.90),
    ),
    Goal(
        "patch AUC at 200 um, mini-MIAS masses",
        "patch AUC by subset",
        "200 um",
        "mini_mias, kind mass",
        (0.82, 0.88, 0.93),
    ),
    Goal(
        "CBIS masses, TPR at 1 FP per image, fused",
        "FROC",
        _best("TPR at 1 FP/image"),
        "cbis_masses",
        (0.45, 0.65, 0.80),
    ),
    Goal(
        "CBIS masses, TPR at 2 FP per image, fused",
        "FROC",
        _best("TPR at 2 FP/image"),
        "cbis_masses",
        (0.65, 0.78, 0.90),
    ),
    Goal(
        "mini-MIAS, TPR at 1 FP per image, fused", "FROC", _best("TPR at 1 FP/image"), "mini_mias", (0.45, 0.60, 0.75)
    ),
    Goal(
        "fused heatmap's MSE against the zero map",
        "heatmap MSE, relative change",
        "fused against zero map, 32 x 32",
        "all",
        (0.0, -0.10, -0.25),
        less=True,
    ),
    Goal(
        "fused heatmap's MSE against the mean map",
        "heatmap MSE, relative change",
        "fused against mean map, 32 x 32",
        "all",
        (0.0, -0.10, -0.25),
        less=True,
    ),
    Goal(
        "fused heatmap's MSE against the baseline",
        "heatmap MSE, relative change",
        "fused against baseline, 32 x 32",
        "all",
        (0.0, -0.10, -0.25),
        less=True,
    ),
    Goal(
        "pointing game of the gated saliency (entropy), CBIS masses",
        "saliency",
        "pointing game",
        "cbis_masses",
        (0.0, 0.60, 0.75),
    ),
    Goal(
        "the same, read as evidence",
        "saliency",
        "pointing game, evidence",
        "cbis_masses",
        (0.0, 0.60, 0.75),
    ),
    Goal(
        "ECE after calibration, 200 um", "calibration", "200 um", "ECE after calibration", (0.08, 0.05, 0.03), less=True
    ),
    Goal(
        "false marks per normal view at TPR .65, fused",
        "false marks per normal view at TPR .65",
        "fused",
        "all sets",
        (2.0, 1.0, 0.5),
        less=True,
    ),
)
"""The goals; the floor of the pointing game is that of the centre of the breast and of the strongest edge."""


def goal_rows(rows: Sequence[TableRow]) -> list[tuple[Goal, Estimate | None, str]]:
    """Every goal with its figure and the level it reached."""
    found = {(r.table, r.name, r.subset): r.figure for r in rows}
    out = []
    for goal in GOALS:
        figure = found.get((goal.table, goal.name, goal.subset))
        word = "not measured" if figure is None else goal.reached(figure.value)
        if figure is not None and goal.name.startswith("pointing game"):
            trivial = [
                found.get((goal.table, f"pointing game, {n}", goal.subset))
                for n in ("centre of the breast", "strongest edge")
            ]
            if figure.value <= max(t.value for t in trivial if t is not None):
                word = "missed"
        out.append((goal, figure, word))
    return out


def _table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{html.escape(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<table><tr>{head}</tr>{body}</table>"


def goals_markdown(rows: Sequence[TableRow]) -> str:
    """Return the goals as a Markdown table, for the README and the model cards."""
    lines = ["| goal | reached | 95 % interval | n | floor / target / stretch | level |", "|---|---|---|---|---|---|"]
    for goal, f, word in goal_rows(rows):
        if f is not None:
            levels = " / ".join(f"{v:g}" for v in goal.levels)
            lines.append(f"| {goal.text} | {f.value:.3f} | {f.low:.3f} to {f.high:.3f} | {f.n} | {levels} | {word} |")
    return "\n".join(lines) + "\n"


def write(rows: Sequence[TableRow], folder: Path, warnings: Sequence[str] = ()) -> Path:
    """Write report.html beside `plots/` and `galleries/`, whose pictures it holds; returns its path."""
    parts = [
        "<!doctype html><meta charset='utf-8'><title>Mammoview: figures</title>",
        f"<style>{STYLE}</style><h1>Figures of the bundled models</h1>",
        "<p>Measured out of fold: every mammogram was read by models that never saw its patient, with calibrations and",
        "thresholds chosen on the other folds. Intervals: 95 %, from a bootstrap that draws whole patients; n counts",
        "patches, images or lesions. Research and education only, not a medical device.</p><h2>Goals</h2>",
        _table(
            ("goal", "reached", "interval", "n", "floor / target / stretch", "level"),
            (
                (
                    html.escape(goal.text),
                    "" if f is None else f"{f.value:.3f}",
                    "" if f is None else f"{f.low:.3f} to {f.high:.3f}",
                    "" if f is None else str(f.n),
                    " / ".join(f"{v:g}" for v in goal.levels),
                    f"<span class='{'no' if word in ('missed', 'not measured') else 'yes'}'>{word}</span>",
                )
                for goal, f, word in goal_rows(rows)
            ),
        ),
    ]
    parts += [f"<p class='no'>{html.escape(w)}</p>" for w in warnings]
    for group in ("plots", "galleries"):
        files = sorted((folder / group).glob("*.png"))
        parts += [f"<h2>{html.escape(f.stem.replace('_', ' '))}</h2>{_embedded(f)}" for f in files]
    for name in dict.fromkeys(r.table for r in rows):
        lines = (
            (
                html.escape(r.name),
                html.escape(r.subset),
                f"{r.figure.value:.4f}",
                f"{r.figure.low:.4f} to {r.figure.high:.4f}",
                str(r.figure.n),
                html.escape(r.split),
            )
            for r in rows
            if r.table == name
        )
        table = _table(("figure", "subset", "value", "interval", "n", "split"), lines)
        parts.append(f"<details><summary>{html.escape(name)}</summary>{table}</details>")
    file = folder / "report.html"
    write_text(file, "\n".join(parts))
    return file


def _embedded(file: Path) -> str:
    data = base64.b64encode(file.read_bytes()).decode()
    return f"<img alt='{html.escape(file.stem)}' src='data:image/png;base64,{data}'>"
