"""Re-scoring of a scan's candidates in a context of 51 mm: p(y | z : C) of the paper (P16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.dense_classifier import patchwise_logits
from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.networks import PatchNetwork
from mammoview.assess.models.scoring import CANDIDATES, NEAREST_CELLS, apart, logit
from mammoview.assess.results.assessment import Finding, Grid, Layer
from mammoview.assess.results.findings import listed, ranked_findings
from mammoview.assess.results.local_maxima import local_maxima
from mammoview.study.spacing import Spacing


def candidate_cells(
    values: NDArray[np.floating], inside: NDArray[np.bool_], most: int = CANDIDATES
) -> NDArray[np.intp]:
    """Return the highest peaks of a map of logits inside the breast, (N, 2) of (row, column), best first."""
    lowest = float(values.min()) - 1
    raised = np.where(inside, values - lowest, 0)
    return local_maxima(raised, NEAREST_CELLS, 0, most)


@dataclass(frozen=True)
class ScoredClusters:
    """The clusters of bright spots of a scan, best first.

    Parameters
    ----------
    cells
        (N, 2): row and column on the lattice of the whole-breast heatmap.
    features
        At each its value on the map of clusters, and the logits of the leading grid and of the network, float64 (N, 3).
    """

    cells: NDArray[np.intp]
    features: NDArray[np.float64]


@dataclass(frozen=True)
class Rescored:
    """The candidates of a scan: the highest peaks of a map, best first.

    Parameters
    ----------
    cells
        (N, 2): row and column on the lattice of the whole-breast heatmap.
    features
        Logits of the leading grid, the baseline heatmap and the re-scorer at each, float64 (N, 3).
    clusters
        Clusters of bright spots beside them; None where the bundle has no network of clusters.
    """

    cells: NDArray[np.intp]
    features: NDArray[np.float64]
    clusters: ScoredClusters | None = None


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
    margin = context_margin(network)
    image, _ = prepared.magnified(INPUT_UM, *context_box(area, margin), check)
    cells = candidates(baseline, grid, peaks_of)
    return Rescored(cells, rescoring_features(cells, baseline, grid, in_context(network, image, cells + margin, check)))


def context_margin(network: PatchNetwork) -> int:
    """Return how many cells of the heatmap the context of a candidate reaches beyond it."""
    return -(-network.config.patch_px // 2 // CELL_PX)


def context_box(area: tuple[int, int, int, int], margin: int, cell_px: int = CELL_PX) -> tuple[int, int, int, int]:
    """Return left, top, rows, columns in pixels of an area in cells of that side, with a margin of cells round it."""
    left, top, rows, columns = area
    sides = (rows + 2 * margin) * cell_px, (columns + 2 * margin) * cell_px
    return (left - margin) * cell_px, (top - margin) * cell_px, *sides


def candidates(
    baseline: NDArray[np.float32], grid: NDArray[np.float32], peaks_of: Literal["grid", "sum"]
) -> NDArray[np.intp]:
    """Return the cells (N, 2) that are scored; parameters as of `rescored`."""
    return candidate_cells(logit(grid) if peaks_of == "grid" else logit(baseline) + logit(grid), baseline > 0)


def rescoring_features(
    cells: NDArray[np.intp],
    baseline: NDArray[np.float32],
    grid: NDArray[np.float32],
    context: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the logits of `Rescored.features` at some cells, whose contexts' logits are known."""
    at = tuple(cells.T)
    return np.stack([logit(grid[at]), logit(baseline[at]), context], 1)


def scored_marks(
    bundle: ModelBundle,
    found: Rescored | None,
    maps: tuple[Layer, Layer, Mapping[int, Grid]],
    spacing: Spacing,
) -> tuple[Finding, ...]:
    """Return the marks of a scan down to the lowest score that a bundle lists, best first.

    Parameters
    ----------
    found
        What the re-scorer makes of the candidates; None where there is none: marks are the peaks of the fused heatmap.
    maps
        Fused heatmap, baseline heatmap and grids.
    """
    model = bundle.rescorer
    if found is None or model is None or model.facts.scoring is None or bundle.scores is None:
        return ranked_findings(*maps, bundle.lowest, bundle.mark, spacing)
    best, logits = ranked(bundle, found)
    cells = found.cells if found.clusters is None else np.concatenate([found.cells, found.clusters.cells])
    frequency = bundle.scores.frequencies(logits)
    return listed(cells[best], frequency, maps, bundle.lowest, bundle.mark, spacing, best >= len(found.cells))


def ranked(bundle: ModelBundle, found: Rescored) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return which candidates are listed, best first, (M,), and their combined logits; the bundle has a re-scorer.

    They are counted through the candidates and then the clusters; of two near each other the higher one stays.
    """
    scores, of_clusters = (None if m is None else m.facts for m in (bundle.rescorer, bundle.clusters))
    assert scores is not None and scores.scoring is not None  # callers have looked
    logits = scores.scoring.logits(found.features)
    if of_clusters is None or of_clusters.cluster_scoring is None or found.clusters is None:
        best = np.argsort(-logits, kind="stable")  # frequencies may be alike
        return best, logits[best]
    logits = np.concatenate([logits, of_clusters.cluster_scoring.logits(found.clusters.features)])
    best = apart(np.concatenate([found.cells, found.clusters.cells]), logits)
    return best, logits[best]


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
