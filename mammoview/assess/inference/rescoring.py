"""The re-scorer over a scan's candidates: what a context of 51 mm says of each, p(y | z : C) of the paper (P16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from skimage.feature import peak_local_max

from mammoview.assess.inference.dense_classifier import patchwise_logits
from mammoview.assess.inference.heatmaps import CELL_PX, INPUT_UM
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.models.networks import PatchNetwork
from mammoview.assess.models.scoring import CANDIDATES, NEAREST_CELLS, logit


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
