"""The re-scorer over a scan's candidates: what a context of 51 mm says of each, p(y | z : C) of the paper (P16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator
from skimage.feature import peak_local_max

from mammoview.assess.inference.dense_classifier import patchwise_logits
from mammoview.assess.inference.heatmaps import CELL_PX, INPUT_UM
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.models.networks import PatchNetwork

CANDIDATES = 12
"""The best peaks of a map that are scored: they hold nine tenths of the masses."""
NEAREST_CELLS = 3
"""Peaks closer than this (about 1 cm) are one candidate."""


class CurvePoint(BaseModel):
    """One point of the curve from scores to frequencies.

    Parameters
    ----------
    logit
        Combined logit of the marks counted here.
    frequency, low, high
        Share of them that held a finding, and its 95 % interval.
    n
        Number of marks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    logit: float
    frequency: float
    low: float
    high: float
    n: int


class Scoring(BaseModel):
    """How the logits of a candidate become the score of a finding.

    Parameters
    ----------
    candidates
        Whose peaks are scored: the leading grid's, or those of the sum of its logit and the baseline heatmap's.
    grid, baseline, context, offset
        Weights of the logits of the leading grid, of the baseline heatmap and of the re-scorer, and what is added.
    curve
        Frequencies by combined logit, rising, counted out of fold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: Literal["grid", "sum"] = "sum"
    grid: float
    baseline: float
    context: float
    offset: float
    curve: tuple[CurvePoint, ...]

    @field_validator("curve")
    @classmethod
    def _rises(cls, curve: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
        logits, frequencies = [p.logit for p in curve], [p.frequency for p in curve]
        if len(curve) < 2 or sorted(set(logits)) != logits or sorted(frequencies) != frequencies:
            raise ValueError("a curve needs two points or more, and rises")
        return curve

    def logits(self, said: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the combined logit of every candidate, (N,), of the three logits of each, (N, 3)."""
        return np.asarray(said @ np.array([self.grid, self.baseline, self.context]) + self.offset)

    def frequencies(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frequency, low and high of every combined logit, (N, 3); flat beyond the curve's ends."""
        at = [p.logit for p in self.curve]
        columns = [[getattr(p, name) for p in self.curve] for name in ("frequency", "low", "high")]
        return np.stack([np.interp(logits, at, column) for column in columns], 1)


def logit(p: NDArray[np.floating], least: float = 1e-4) -> NDArray[np.float64]:
    """Return the log odds of probabilities, kept `least` away from 0 and 1."""
    p = np.clip(np.asarray(p, np.float64), least, 1 - least)
    return np.asarray(np.log(p / (1 - p)))


def candidate_cells(
    values: NDArray[np.floating], inside: NDArray[np.bool_], most: int = CANDIDATES
) -> NDArray[np.intp]:
    """Return the highest peaks of a map of logits inside the breast, (N, 2) of (row, column), best first."""
    lowest = float(values.min()) - 1
    raised = np.where(inside, values - lowest, 0)
    return peak_local_max(raised, min_distance=NEAREST_CELLS, threshold_abs=0, exclude_border=False, num_peaks=most)


@dataclass(frozen=True)
class Rescored:
    """The candidates of a scan: the highest peaks of a map, best first.

    Parameters
    ----------
    cells
        (N, 2): row and column on the lattice of the whole-breast heatmap.
    said
        Logits of the leading grid, the baseline heatmap and the re-scorer at each, float64 (N, 3).
    """

    cells: NDArray[np.intp]
    said: NDArray[np.float64]


def rescored(
    network: PatchNetwork,
    prepared: PreparedScan,
    area: tuple[int, int, int, int],
    baseline: NDArray[np.float32],
    grid: NDArray[np.float32],
    peaks_of: Literal["grid", "sum"] = "sum",
    check: Callable[[], None] = lambda: None,
) -> Rescored:
    """See the candidates of a scan in their context.

    Parameters
    ----------
    area
        Left, top, rows, columns of the heatmap's lattice, as of `heatmaps.heatmaps`.
    baseline, grid
        Baseline heatmap and leading grid on that lattice, probabilities, float32 (rows, columns); the heatmap is 0
        where there is no breast.
    peaks_of
        `Scoring.candidates`.
    """
    left, top, rows, columns = area
    values = logit(grid) if peaks_of == "grid" else logit(baseline) + logit(grid)
    cells = candidate_cells(values, baseline > 0)
    margin = -(-network.config.patch_px // 2 // CELL_PX)  # cells
    corner = (left - margin) * CELL_PX, (top - margin) * CELL_PX
    size = (rows + 2 * margin) * CELL_PX, (columns + 2 * margin) * CELL_PX
    image, _ = prepared.magnified(INPUT_UM, *corner, *size, check)
    at = tuple(cells.T)
    said = [logit(grid[at]), logit(baseline[at]), in_context(network, image, cells + margin, check)]
    return Rescored(cells, np.stack(said, 1))


def in_context(
    network: PatchNetwork,
    image: NDArray[np.float32],
    cells: NDArray[np.intp],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """Logit of a finding at each candidate, float64 (N,).

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, 400 um per pixel; beyond it is the value of its first pixel, which is film
        without breast.
    cells
        (N, 2): row and column of each candidate on the heatmap's cells of `image`.
    check
        Called between batches; raises to stop the work.
    """
    side = network.config.patch_px
    around = np.pad(image, side // 2, constant_values=float(image[0, 0]))
    return patchwise_logits(network, around, np.asarray(cells, np.intp) * CELL_PX + CELL_PX // 2, check)
