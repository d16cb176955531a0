"""Plots of an evaluation as SVG, drawn plainly: lines, points with intervals, and bars of subsets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from mammoview.evaluation.statistics import Estimate

WIDTH, HEIGHT = 420, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 46
"""Margins of the axes in the drawing, px."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Of lines in their order (Okabe and Ito 2008); each has a dash of its own too."""
DASHES = ("", "6 3", "2 3", "8 3 2 3")
GRID, INK, PALE = "#dddddd", "#222222", "#777777"


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Parameters
    ----------
    name
        In the legend.
    points
        float64 (N, 2), rising in the first.
    estimates
        Points with intervals on it, by their place on the first axis.
    steps
        Whether it goes on flat up to the next point.
    """

    name: str
    points: NDArray[np.float64]
    estimates: Sequence[tuple[float, Estimate]] = ()
    steps: bool = False


@dataclass(frozen=True)
class Axis:
    """One axis.

    Parameters
    ----------
    title
        Beside it.
    ticks
        Values with their labels.
    low, high
        Its ends.
    log
        Whether it is logarithmic.
    """

    title: str
    ticks: Sequence[tuple[float, str]]
    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, 0 at the low end and 1 at the high one; values beyond lie at the ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


SHARES = tuple((v, f"{v:g}") for v in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0))


def share_axis(title: str) -> Axis:
    """Return an axis from 0 to 1."""
    return Axis(title, SHARES, 0.0, 1.0)


def plot(x: Axis, y: Axis, lines: Sequence[Line], diagonal: bool = False, title: str = "") -> str:
    """Return a plot of lines as an SVG element; `title` is read out by screen readers."""
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(point: Sequence[float]) -> tuple[float, float]:
        return LEFT + width * x.share(point[0]), TOP + height * (1 - y.share(point[1]))

    parts = [_opening(WIDTH, HEIGHT, title)]
    for value, label in x.ticks:
        place = LEFT + width * x.share(value)
        parts.append(_stroke([(place, TOP), (place, TOP + height)], GRID))
        parts.append(_text(place, TOP + height + 15, label, anchor="middle"))
    for value, label in y.ticks:
        place = TOP + height * (1 - y.share(value))
        parts.append(_stroke([(LEFT, place), (LEFT + width, place)], GRID))
        parts.append(_text(LEFT - 6, place + 4, label, anchor="end"))
    if diagonal:
        parts.append(_stroke([at((x.low, y.low)), at((x.high, y.high))], PALE, dash="3 3"))
    corners = [(LEFT, TOP), (LEFT, TOP + height), (LEFT + width, TOP + height)]
    parts.append(_stroke(corners, INK))
    parts.append(_text(LEFT + width / 2, HEIGHT - 10, x.title, anchor="middle"))
    middle = TOP + height / 2
    parts.append(_text(14, middle, y.title, anchor="middle", turn=f"rotate(-90 14 {middle:.1f})"))
    for k, line in enumerate(lines):
        parts += _line(line, at, COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)])
    for k, line in enumerate(lines if len(lines) > 1 else ()):
        top = TOP + height - 12 - 15 * (len(lines) - 1 - k)
        start = LEFT + width - 7 * max(len(one.name) for one in lines) - 34
        parts.append(_stroke([(start, top - 4), (start + 24, top - 4)], COLOURS[k % 4], 2, DASHES[k % 4]))
        parts.append(_text(start + 29, top, line.name))
    return "".join((*parts, "</svg>"))


def _line(line: Line, at: object, colour: str, dash: str) -> list[str]:
    assert callable(at)
    points = [at(point) for point in line.points]
    if line.steps:
        points = [
            p for one, two in zip(points, [*points[1:], points[-1]], strict=True) for p in (one, (two[0], one[1]))
        ]
    parts = [_stroke(points, colour, 2, dash)] if len(points) > 1 else []
    for place, e in line.estimates:
        centre = at((place, e.value))
        if math.isfinite(e.low) and math.isfinite(e.high):
            ends = [at((place, e.low)), at((place, e.high))]
            parts.append(_stroke(ends, colour, 1.2))
            parts += [_stroke([(px - 3, py), (px + 3, py)], colour, 1.2) for px, py in ends]
        parts.append(f'<circle cx="{centre[0]:.1f}" cy="{centre[1]:.1f}" r="2.6" fill="{colour}"/>')
    return parts


def bars(rows: Sequence[tuple[str, Estimate]], title: str, high: float = 1.0, names: int = 190) -> str:
    """Return points with intervals, one line each under their names, as an SVG element.

    Parameters
    ----------
    rows
        Name and estimate of each.
    title
        Of the axis.
    high
        End of the axis, which begins at 0.
    names
        Room for the names, px.
    """
    step, width = 17, WIDTH - RIGHT - 110
    height = step * len(rows)
    parts = [_opening(WIDTH + names, height + BOTTOM, title)]
    for k in range(6):
        value = high * k / 5
        place = names + width * k / 5
        parts.append(_stroke([(place, 4), (place, height + 4)], GRID))
        parts.append(_text(place, height + 18, f"{value:.3g}", anchor="middle"))
    for k, (name, e) in enumerate(rows):
        middle = 4 + step * (k + 0.5)
        parts.append(_text(names - 8, middle + 4, name if len(name) < 32 else f"{name[:30]}…", anchor="end"))
        if not math.isfinite(e.value):
            continue
        if math.isfinite(e.low) and math.isfinite(e.high):
            ends = [(names + width * min(v / high, 1), middle) for v in (e.low, e.high)]
            parts.append(_stroke(ends, COLOURS[0], 1.4))
        parts.append(f'<circle cx="{names + width * min(e.value / high, 1):.1f}" cy="{middle:.1f}" r="3" ')
        parts.append(f'fill="{COLOURS[0]}"/>')
        parts.append(_text(names + width + 10, middle + 4, f"{e.value:.2f}, n = {e.n}", colour=PALE))
    parts.append(_text(names + width / 2, height + BOTTOM - 10, title, anchor="middle"))
    return "".join((*parts, "</svg>"))


def _opening(width: float, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" font-family="sans-serif" font-size="11"><title>{escape(title)}</title>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", turn: str = "", colour: str = INK) -> str:
    turned = f' transform="{turn}"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{turned}>{escape(text)}</text>'


def _stroke(points: Sequence[tuple[float, float]], colour: str, width: float = 1.0, dash: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
