"""The clusters of bright spots of a scan whose pixels were altered in some places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.altered_images import Box, ScanParts
from mammoview.assess.inference.cluster_scoring import (
    MARGIN_CELLS,
    cluster_features,
    clusters,
    clusters_box,
    middles,
    network_logits,
)
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.rescoring import ScoredClusters
from mammoview.assess.inference.spot_clusters import UM
from mammoview.assess.models.cluster_network import ClusterNetwork


@dataclass(eq=False)
class AlteredClusters:
    """The image in which clusters are looked for, and the network's logits of those found.

    Parameters
    ----------
    area
        Left, top, rows, columns of the heatmap's cells.
    image, breast
        Normalised intensities at 200 um, and which pixels are breast, (rows, columns).
    known
        Logits of the network by cell.
    found
        Cells of the clusters and their values on the map, of the present image; None where they are to be found.
    """

    area: tuple[int, int, int, int]
    image: NDArray[np.float32]
    breast: NDArray[np.bool_]
    known: dict[tuple[int, int], float] = field(default_factory=dict)
    found: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None

    @classmethod
    def of(
        cls, prepared: PreparedScan, area: tuple[int, int, int, int], check: Callable[[], None] = lambda: None
    ) -> AlteredClusters:
        """Return those of a scan with true pixels."""
        image, mask = prepared.magnified(UM, *clusters_box(area), check)
        return cls(area, image, mask >= 0.5)

    def copied(self) -> AlteredClusters:
        """Return the same, to be altered."""
        return replace(self, image=self.image.copy(), known=dict(self.known))

    def refresh(
        self,
        parts: ScanParts,
        pixels: NDArray[np.generic],
        box: Box,
        reach: int,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring the image up to date with pixels that changed in a box of the scan.

        Parameters
        ----------
        parts
            Reads parts of the scan.
        pixels
            Stored values (rows, columns) of the altered scan.
        reach
            Pixels around the middle of a cluster that the network reads.
        """
        corner = clusters_box(self.area)[:2]
        rows, columns = self.image.shape
        left, top, right, bottom = parts.changed(UM, corner, (rows, columns), box)
        if left >= right or top >= bottom:
            return
        place = corner[0] + left, corner[1] + top, bottom - top, right - left
        self.image[top:bottom, left:right] = parts.magnified(pixels, UM, *place, check)
        self.found = None
        for cell in list(self.known):
            row, column = middles(np.array(cell) + MARGIN_CELLS)
            if left - reach < column < right + reach and top - reach < row < bottom + reach:
                del self.known[cell]

    def scored(
        self,
        network: ClusterNetwork,
        inside: NDArray[np.bool_],
        grid: NDArray[np.float32],
        check: Callable[[], None] = lambda: None,
    ) -> ScoredClusters:
        """Return the clusters of the present image; parameters as of `cluster_scoring.scored_clusters`."""
        if self.found is None:
            self.found = clusters(self.image, self.breast, inside)
        cells, density = self.found
        return ScoredClusters(cells, cluster_features(density, grid, cells, self._logits(network, cells, check)))

    def _logits(
        self, network: ClusterNetwork, cells: NDArray[np.intp], check: Callable[[], None]
    ) -> NDArray[np.float64]:
        """Return the network's logit of each cell (N, 2); those that did not change are known."""
        names: Sequence[tuple[int, int]] = [(int(r), int(c)) for r, c in cells]
        new = [name for name in names if name not in self.known]
        if new:
            logits = network_logits(network, self.image, middles(np.array(new) + MARGIN_CELLS), check)
            self.known.update(zip(new, logits.tolist(), strict=True))
        return np.array([self.known[name] for name in names])
