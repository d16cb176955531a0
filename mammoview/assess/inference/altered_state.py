"""State of the models on a scan whose pixels are altered in some places: images, logits and heatmaps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import Frame
from mammoview.assess.inference.altered_clusters import AlteredClusters
from mammoview.assess.inference.altered_images import ScanParts
from mammoview.assess.inference.dense_classifier import PatchLogits
from mammoview.assess.results.assessment import Assessment
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import PixelRegion
from mammoview.study.scan import Scan


@dataclass(eq=False)
class RegionState:
    """Images, logits and heatmaps of a scan, from which an altered region is assessed anew.

    Parameters
    ----------
    pixels
        Stored values (rows, columns) that this is about; an array of the scan or of an altered copy, not one more.
    scanned
        Logits of the classifiers' patches by um per pixel.
    context
        float32 (rows, columns), normalised, 400 um per pixel: the breast and the re-scorer's margin round it.
    base, fused
        The heatmaps, float32 (rows, columns).
    clusters
        Clusters of bright spots; None where the bundle has no network of clusters.
    known
        Logits of the re-scorer by cell.
    """

    pixels: NDArray[np.generic]
    scanned: dict[int, PatchLogits]
    context: NDArray[np.float32]
    base: NDArray[np.float32]
    fused: NDArray[np.float32]
    clusters: AlteredClusters | None = None
    known: dict[tuple[int, int], float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TrueScan:
    """A scan with true pixels, ready to be altered; a few MB.

    Parameters
    ----------
    scan, analysis, made
        The scan, and its assessment.
    parts
        Reads parts of it.
    area
        Left, top, rows, columns of the heatmap's cells.
    margin
        Cells of the heatmap that the re-scorer's context reaches beyond them.
    inside
        Which cells of the heatmap hold breast, bool (rows, columns).
    position
        The fused heatmap's position channels; None where it has none.
    state
        Images, logits and heatmaps of its true pixels.
    """

    scan: Scan
    analysis: ScanAnalysis
    made: Assessment
    parts: ScanParts
    area: tuple[int, int, int, int]
    margin: int
    inside: NDArray[np.bool_]
    position: NDArray[np.float32] | None
    state: RegionState

    @property
    def frame(self) -> Frame:
        """The Frame of the scan."""
        return self.parts.normalisation.frame

    def copied(self) -> RegionState:
        """Return a state to be altered."""
        state = self.state
        return replace(
            state,
            scanned=dict(state.scanned),
            context=state.context.copy(),
            clusters=None if state.clusters is None else state.clusters.copied(),
            known=dict(state.known),
        )


def held_cells(lattice: Affine, shape: tuple[int, int], region: PixelRegion) -> NDArray[np.bool_]:
    """Return which cells of a lattice have their centre in a region of the scan, or the one nearest to it."""
    rows, columns = shape
    held = np.zeros(shape, np.bool_)
    across, down = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    places = np.floor(lattice(np.stack([across, down], -1))).astype(int) - (region.left, region.top)
    height, width = region.mask.shape
    inside = ((places >= 0) & (places < (width, height))).all(-1)
    held[inside] = region.mask[places[inside][:, 1], places[inside][:, 0]]
    if not held.any():
        column, row = np.floor(lattice.inverse(region.centre)).astype(int)
        held[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)] = True
    return held
