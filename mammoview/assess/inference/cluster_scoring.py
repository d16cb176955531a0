"""Clusters of bright spots as candidates beside the peaks of the maps, and the network's logit of each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.inference.dense_classifier import BATCH
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.rescoring import ScoredClusters, candidate_cells, context_box
from mammoview.assess.inference.spot_clusters import CELL_PX, UM, cluster_map
from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.scoring import logit

CLUSTERS = 6
"""The best clusters of a scan that are scored."""
MARGIN_CELLS = 3
"""Cells that the patches of a cluster reach beyond it, its shifts included."""
SHIFTS_PX = ((0, 0), (-5, -5), (-5, 5), (5, -5), (5, 5))
"""Places around the middle of a cluster's cell whose logits are averaged."""


def scored_clusters(
    network: ClusterNetwork,
    prepared: PreparedScan,
    area: tuple[int, int, int, int],
    inside: NDArray[np.bool_],
    grid: NDArray[np.float32],
    check: Callable[[], None] = lambda: None,
) -> ScoredClusters:
    """Return the clusters of bright spots of a scan, each with the network's logit.

    Parameters
    ----------
    area
        Left, top, rows, columns of the heatmap's lattice, as of `heatmaps.heatmaps`.
    inside
        Which of its cells hold breast, bool (rows, columns).
    grid
        Leading grid on that lattice, probabilities, float32 (rows, columns).
    """
    image, mask = prepared.magnified(UM, *clusters_box(area), check)
    cells, density = clusters(image, mask >= 0.5, inside)
    logits = network_logits(network, image, middles(cells + MARGIN_CELLS), check)
    return ScoredClusters(cells, cluster_features(density, grid, cells, logits))


def clusters_box(area: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return left, top, rows, columns in pixels of 200 um of an area in cells, with what patches reach beyond it."""
    return context_box(area, MARGIN_CELLS, CELL_PX)


def clusters(
    image: NDArray[np.float32], breast: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the cells (N, 2) of the best clusters and the value of the map of clusters at each, (N,).

    Parameters
    ----------
    image, breast
        Normalised intensities and which pixels are breast, (rows, columns), over `clusters_box`.
    inside
        As of `scored_clusters`.
    """
    m = MARGIN_CELLS
    density = cluster_map(image, breast)[m:-m, m:-m]
    cells = candidate_cells(density, inside, CLUSTERS)
    return cells, density[tuple(cells.T)].astype(np.float64)


def cluster_features(
    density: NDArray[np.float64], grid: NDArray[np.float32], cells: NDArray[np.intp], logits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `ScoredClusters.features` of some cells, of which the network's logits are known."""
    return np.stack([density, logit(grid[tuple(cells.T)]), logits], 1)


def reach_px(network: ClusterNetwork) -> int:
    """Return how far from the middle of a cluster's cell, by row or column, pixels are looked at."""
    return network.config.patch_px // 2 + max(max(shift) for shift in SHIFTS_PX) + 1


def middles(cells: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the middles of cells (N, 2) in pixels of an image of 200 um whose corner is that of the first cell."""
    return (np.asarray(cells) + 0.5) * CELL_PX


def patch_at(image: NDArray[np.floating], row: float, column: float, side: int) -> NDArray[np.float32]:
    """Cut the patch around a place, float32 (side, side); beyond the image its edge is repeated."""
    top, left = (round(float(v)) - side // 2 for v in (row, column))
    rows, columns = image.shape
    part = np.asarray(image[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)], np.float32)
    after = ((max(-top, 0), max(top + side - rows, 0)), (max(-left, 0), max(left + side - columns, 0)))
    return np.pad(part, after, mode="edge")


def centred(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a patch minus its mean: what the network is given."""
    return patch - patch.mean()


def network_logits(
    network: ClusterNetwork,
    image: NDArray[np.floating],
    places: NDArray[np.float64],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """Return the logit of a cluster of calcifications at each place, the mean over `SHIFTS_PX`, float64 (N,).

    Parameters
    ----------
    image
        (rows, columns), normalised, 200 um per pixel.
    places
        (N, 2): row and column of each in its pixels.
    check
        Called between batches; raises to stop the work.
    """
    device, side = next(network.parameters()).device, network.config.patch_px
    patches = [
        centred(patch_at(image, row + down, column + right, side))
        for row, column in places
        for down, right in SHIFTS_PX
    ]
    logits = np.zeros(len(patches))
    for start in range(0, len(patches), BATCH):
        check()
        x = torch.from_numpy(np.stack(patches[start : start + BATCH])[:, None])
        x = x.to(device).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            logits[start : start + BATCH] = network(x).double().cpu().numpy()
    return logits.reshape(-1, len(SHIFTS_PX)).mean(1)
