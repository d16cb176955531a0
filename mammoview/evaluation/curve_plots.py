"""Curves of an evaluation as plots: FROC, AFROC, ROC, reliability, and figures by subset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.evaluation.evaluation_tables import RATES
from mammoview.evaluation.figures import CountedViews, Figure, afroc_cases, calibration_cases, roc_cases, units
from mammoview.evaluation.statistics import Estimate, FreeResponse, reliability
from mammoview.evaluation.svg_plots import Axis, Line, bars, plot, share_axis

BINS = 10
"""Bins of equal number of the reliability."""
_LEAST, _MOST = 0.1, 8.0
"""Ends of the axis of false marks."""
_RATE_AXIS = [(r, f"1/{1 / r:g}" if r < 1 else f"{r:g}") for r in (*RATES, 8.0)]


@dataclass(frozen=True)
class Plot:
    """A plot of the report.

    Parameters
    ----------
    title, svg
        Heading and drawing.
    note
        A sentence below it.
    """

    title: str
    svg: str
    note: str = ""


def roc_points(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 - specificity and sensitivity at every threshold, float64 (N, 2), from (0, 0) to (1, 1)."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(scores[order][1:] != scores[order][:-1], True)
    true, false = np.cumsum(labels[order])[last], np.cumsum(~labels[order])[last]
    points = np.column_stack([false / max(1, (~labels).sum()), true / max(1, labels.sum())])
    return np.vstack([[0.0, 0.0], points])


def plots_of(views: CountedViews, figures: Sequence[Figure], frequencies: bool) -> list[Plot]:
    """Return the plots for which there are cases; `frequencies`: whether scores are meant as probabilities."""
    found = []
    if len(views.lesions):
        found.append(_froc(views, figures))
        if views.normal.any():
            labels, scores, _ = afroc_cases(views)
            line = Line("all", roc_points(labels, scores))
            axes = share_axis("normal views with a false mark"), share_axis("lesions hit")
            found.append(
                Plot(
                    "AFROC",
                    plot(*axes, [line], diagonal=True, title="AFROC"),
                    _caption(figures, "AFROC", "area of the AFROC"),
                )
            )
    found += _roc(views, figures)
    labels, p, _ = calibration_cases(views)
    if labels.any() and frequencies:
        points = reliability(labels, p, np.ones(len(p)), BINS)
        high = next(end for end in (0.1, 0.2, 0.5, 1.0) if points.max() <= end)
        ticks = [(high * k / 5, f"{high * k / 5:.2g}") for k in range(6)]
        axes = Axis("score of the mark", ticks, 0.0, high), Axis("share that hit a lesion", ticks, 0.0, high)
        dots = [(float(score), Estimate(float(share), np.nan, np.nan, 0)) for score, share in points]
        drawn = plot(*axes, [Line("marks", points, dots)], diagonal=True, title="reliability")
        found.append(Plot("Reliability", drawn, _caption(figures, "calibration", "expected calibration error")))
    return found


def _froc(views: CountedViews, figures: Sequence[Figure]) -> Plot:
    lines = [_froc_line("FP per image", views.response, figures, "image", 0.97)]
    if views.normal.any():
        lines.append(_froc_line("FP per normal view", views.on_normals, figures, "normal view", 1.03))
    axes = Axis("false marks (logarithmic)", _RATE_AXIS, _LEAST, _MOST, log=True), share_axis("lesions hit")
    note = f"The list of marks ends at {views.response.reach():.2g} false marks per image: beyond, the curve is flat."
    return Plot("FROC", plot(*axes, lines, title="FROC"), note)


def _froc_line(name: str, response: FreeResponse, figures: Sequence[Figure], of: str, aside: float) -> Line:
    """Return a curve with its intervals, which stand a little aside of the rates so that two curves can be read."""
    rates = np.geomspace(_LEAST, _MOST, 120)
    points = np.column_stack([rates, response.sensitivities(rates.tolist())])
    estimates = {f.name: f.estimate for f in figures if f.figure == "FROC"}
    names = [(rate, f"TPR at {rate:g} FP/{of}") for rate in RATES]
    return Line(
        name, points, [(rate * aside, estimates[text]) for rate, text in names if text in estimates], steps=True
    )


def _roc(views: CountedViews, figures: Sequence[Figure]) -> list[Plot]:
    found = []
    for name, malignant in (("finding against normal", False), ("malignant against others", True)):
        lines = []
        for of, rows in units(views).items():
            labels, scores, _ = roc_cases(rows, malignant)
            if labels.any() and not labels.all():
                lines.append(Line(f"per {of}", roc_points(labels, scores)))
        if lines:
            drawn = plot(share_axis("1 - specificity"), share_axis("sensitivity"), lines, diagonal=True, title="ROC")
            areas = "; ".join(
                f"{f.name.removeprefix('AUC ').split(',')[0]}: {interval(f.estimate)}"
                for f in figures
                if f.figure == "ROC" and f.name.endswith(name)
            )
            found.append(Plot(f"ROC, {name}", drawn, f"AUC {areas}."))
    return found


def _caption(figures: Sequence[Figure], figure: str, name: str) -> str:
    found = next((f for f in figures if (f.figure, f.name) == (figure, name)), None)
    return "" if found is None else f"{name[:1].upper()}{name[1:]} {interval(found.estimate)}."


def interval(e: Estimate) -> str:
    """Return an estimate in words, such as "0.712 (0.650 to 0.770, n = 120)"; without an interval where none is."""
    if not np.isfinite(e.low):
        return f"{e.value:.3f} (no interval, n = {e.n})"
    return str(e)


def subset_plots(figures: Sequence[Figure]) -> list[Plot]:
    """Return sensitivity of the list and false marks by subset, as points with intervals."""
    found = []
    for title, figure, name, axis in (
        ("Lesions hit by the list, by subset", "lesions hit by subset", "TPR at list", "lesions hit"),
        (
            "False marks of the list, by subset",
            "views by subset",
            "false marks per image of the list",
            "false marks per image",
        ),
    ):
        rows = [(f.subset_words, f.estimate) for f in figures if (f.figure, f.name) == (figure, name)]
        if rows:
            highest = max((e.high if np.isfinite(e.high) else e.value) for _, e in rows)
            high = 1.0 if "hit" in axis else max(1.0, float(np.ceil(highest)))
            found.append(Plot(title, bars(rows, axis, high)))
    return found
