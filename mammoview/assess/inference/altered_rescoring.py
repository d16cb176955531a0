"""Scores of marks and clusters where pixels of a scan are altered; cells whose context did not change keep theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.altered_state import RegionState, TrueScan
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.heatmaps import grid_cells
from mammoview.assess.inference.rescoring import Rescored, ScoredClusters, candidates, in_context, rescoring_features
from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.networks import Rescorer


class AlteredRescoring:
    """The re-scorer and the network of clusters on an altered scan.

    Parameters
    ----------
    assessor
        Whose models.
    """

    def __init__(self, assessor: Assessor) -> None:
        self._bundle, self._placement = assessor.bundle, assessor.placement

    def rescored(self, true: TrueScan, state: RegionState, check: Callable[[], None]) -> Rescored | None:
        """Return the scored candidates; None without a re-scorer."""
        model = self._bundle.rescorer
        if model is None or model.facts.scoring is None:
            return None
        leading = self.leading_cells(true, state)
        cells = candidates(state.base, leading, model.facts.scoring.candidates)
        features = rescoring_features(cells, state.base, leading, self.context_logits(true, state, cells, check))
        return Rescored(cells, features, self.clusters(state, leading, check))

    @property
    def cluster_network(self) -> ClusterNetwork:
        """The network of clusters, which an altered scan with clusters has."""
        assert self._bundle.clusters is not None  # a state without one has no clusters
        return cast(ClusterNetwork, self._bundle.clusters.network)

    def clusters(
        self, state: RegionState, leading: NDArray[np.float32], check: Callable[[], None]
    ) -> ScoredClusters | None:
        """Return the clusters of bright spots with their logits; None without a network of clusters."""
        if state.clusters is None or self._bundle.clusters is None:
            return None
        with self._placement.precision(self._bundle.clusters):
            return state.clusters.scored(self.cluster_network, state.base > 0, leading, check)

    def leading_cells(self, true: TrueScan, state: RegionState) -> NDArray[np.float32]:
        """Return the leading classifier's probability at each cell of the heatmap (rows, columns)."""
        um = self._bundle.leading
        return grid_cells(state.scanned[um], um, true.area)

    def context_logits(
        self, true: TrueScan, state: RegionState, cells: NDArray[np.intp], check: Callable[[], None]
    ) -> NDArray[np.float64]:
        """Return the re-scorer's logit of each cell (N, 2); those whose context did not change are known."""
        model = self._bundle.rescorer
        assert model is not None  # the callers have looked
        names = [(int(r), int(c)) for r, c in cells]
        new = [name for name in dict.fromkeys(names) if name not in state.known]
        if new:
            with self._placement.precision(model):
                network = cast(Rescorer, model.network)
                logits = in_context(network, state.context, np.array(new) + true.margin, check)
            state.known.update(zip(new, logits.tolist(), strict=True))
        return np.array([state.known[name] for name in names])
