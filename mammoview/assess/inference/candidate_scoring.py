"""What the models of a bundle make of the candidates of a scan: the re-scorer of peaks, and the network of clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.cluster_scoring import scored_clusters
from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.assess.inference.heatmaps import grid_cells, whole_breast
from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.rescoring import Rescored, rescored
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.networks import Rescorer


def scored_candidates(
    bundle: ModelBundle,
    placement: ModelPlacement,
    prepared: PreparedScan,
    leading: DenseResult,
    base: NDArray[np.float32],
    check: Callable[[], None],
) -> Rescored | None:
    """Return the candidates of a scan as the models see them; None where the bundle has no re-scorer that scores.

    Parameters
    ----------
    leading
        Answer of the leading classifier.
    base
        Baseline heatmap over the whole breast, float32 (rows, columns); 0 where there is no breast.
    check
        Called between batches; raises to stop the work.
    """
    model, clusters = bundle.rescorer, bundle.clusters
    if model is None or model.facts.scoring is None:
        return None
    area = whole_breast(prepared)
    cells = grid_cells(leading, bundle.leading, area)
    with placement.precision(model):
        network = cast(Rescorer, model.network)
        found = rescored(network, prepared, area, base, cells, model.facts.scoring.candidates, check)
    if clusters is None:
        return found
    with placement.precision(clusters):
        looks = cast(ClusterNetwork, clusters.network)
        return replace(found, clusters=scored_clusters(looks, prepared, area, base > 0, cells, check))
