"""Ranked findings: peaks of the fused heatmap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.models.scoring import NEAREST_CELLS
from mammoview.assess.results.assessment import Finding, Grid, Layer
from mammoview.assess.results.local_maxima import local_maxima
from mammoview.study.spacing import Spacing

Maps = tuple[Layer, Layer | None, Mapping[int, Grid]]
"""Fused heatmap, baseline heatmap where there is one, and the grids by um per pixel."""
MOST = 12
"""No more findings than this are listed for a scan."""


def peaks_of(layer: Layer, least: float, apart: int = NEAREST_CELLS) -> NDArray[np.intp]:
    """Return row and column of the highest peaks of a layer at or above `least`, so many cells apart, (N, 2)."""
    return local_maxima(layer.values, apart, least, MOST)


def ranked_findings(
    heatmap: Layer, baseline: Layer, grids: Mapping[int, Grid], least: float, mark: float, spacing: Spacing
) -> tuple[Finding, ...]:
    """Peaks of the fused heatmap at or above `least`, best first, with the layers that agree.

    The heatmaps agree from `mark` on, the grids from their own thresholds.
    """
    peaks = peaks_of(heatmap, least)
    values = heatmap.values[tuple(peaks.T)]
    best = np.argsort(-values, kind="stable")
    return tuple(
        _finding(rank, peaks[i], float(values[i]), None, (heatmap, baseline, grids), mark, spacing)
        for rank, i in enumerate(best, 1)
    )


def listed(
    cells: NDArray[np.intp],
    frequency: NDArray[np.float64],
    maps: Maps,
    least: float,
    mark: float,
    spacing: Spacing,
    clusters: NDArray[np.bool_],
) -> tuple[Finding, ...]:
    """Candidates whose frequency is at least `least`, most frequent first, with the layers that agree.

    Parameters
    ----------
    cells
        (N, 2): row and column of each on the heatmap.
    frequency
        (N, 3): frequency of a finding and its interval.
    maps
        Fused heatmap, baseline heatmap and grids; the heatmaps agree from `mark` on.
    clusters
        Which of them are clusters of bright spots, (N,).
    """
    best = [i for i in np.argsort(-frequency[:, 0], kind="stable") if frequency[i, 0] >= least]
    return tuple(
        replace(
            _finding(rank, cells[i], float(frequency[i, 0]), tuple(frequency[i, 1:].tolist()), maps, mark, spacing),
            cluster=bool(clusters[i]),
        )
        for rank, i in enumerate(best, 1)
    )


def with_agreement(marks: tuple[Finding, ...], maps: Maps, mark: float) -> tuple[Finding, ...]:
    """Return marks with the layers that agree now; parameters as of `listed`."""
    return tuple(replace(one, layers=_agreeing(maps, mark, one.column, one.row)) for one in marks)


def marks_at(
    places: NDArray[np.float64],
    scores: NDArray[np.float64],
    layers: Mapping[str, tuple[Layer, float]],
    spacing: Spacing,
) -> tuple[Finding, ...]:
    """Return marks at places of a scan, `MOST` at most, best first, with the layers above their threshold there.

    Parameters
    ----------
    places
        (N, 2): column and row in scan pixels.
    scores
        (N,): probability of each.
    layers
        By name, each with its threshold.
    """
    best = np.argsort(-scores, kind="stable")[:MOST]
    found = []
    for rank, i in enumerate(best, 1):
        column, row = (float(v) for v in places[i])
        agree = tuple(name for name, (one, threshold) in layers.items() if _at(one, column, row) >= threshold)
        x, y = (column * spacing.column_mm, row * spacing.row_mm) if spacing.known else (None, None)
        found.append(Finding(rank, column, row, x, y, float(scores[i]), agree))
    return tuple(found)


def _finding(
    rank: int,
    cell: NDArray[np.intp],
    score: float,
    interval: tuple[float, float] | None,
    maps: Maps,
    mark: float,
    spacing: Spacing,
) -> Finding:
    column, row = maps[0].to_scan((cell[1] + 0.5, cell[0] + 0.5))
    x, y = (column * spacing.column_mm, row * spacing.row_mm) if spacing.known else (None, None)
    return Finding(rank, float(column), float(row), x, y, score, _agreeing(maps, mark, column, row), interval=interval)


def _agreeing(maps: Maps, mark: float, column: float, row: float) -> tuple[str, ...]:
    """Return the names of the layers that agree at a scan point."""
    heatmap, baseline, grids = maps
    named = (("heatmap", heatmap), ("heatmap_baseline", baseline))
    layers = [name for name, one in named if one is not None and _at(one, column, row) >= mark]
    return (*layers, *(f"grid_{um}um" for um, g in grids.items() if _at(g, column, row) >= g.threshold))


def _at(layer: Layer, column: float, row: float) -> float:
    return layer.at(column, row) or 0.0
