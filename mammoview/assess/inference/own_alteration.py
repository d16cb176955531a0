"""What a model of the user's own says of a scan whose pixels were altered in some places.

Breast, Frame and normalisation stay those of the true scan, as with the bundled models; all of the picture is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.alteration import held_cells
from mammoview.assess.inference.altered_images import Box, part_intensities, pixel_range
from mammoview.assess.inference.own_assessor import OwnAnswer, OwnAssessor
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.assess.results.score_changes import Change, ScoreChanges
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.pixel_changes import PixelRegion
from mammoview.study.scan import Scan


@dataclass(eq=False)
class OwnRegionState:
    """What the model made of a scan.

    Parameters
    ----------
    prepared
        The scan as the model is given it; the image belongs to this state alone.
    answer
        What it said.
    """

    prepared: PreparedScan
    answer: OwnAnswer


@dataclass(frozen=True, eq=False)
class OwnTrueScan:
    """A scan with true pixels, ready to be altered.

    Parameters
    ----------
    scan, analysis
        The scan.
    extremes
        The least and the largest stored value, (1, 2): how values are read may depend on them.
    state
        What the model says of it.
    """

    scan: Scan
    analysis: ScanAnalysis
    extremes: NDArray[np.generic]
    state: OwnRegionState

    def copied(self) -> OwnRegionState:
        """Return a state to be altered."""
        prepared = self.state.prepared
        return OwnRegionState(replace(prepared, image=prepared.image.copy()), self.state.answer)


class OwnRegionAssessor:
    """Has a model of the user's own answer again for a scan with altered regions.

    Parameters
    ----------
    assessor
        Whose model; `assess` of the same assessor gives the true scan's results.
    """

    def __init__(self, assessor: OwnAssessor) -> None:
        self._assessor = assessor

    def prepare(
        self, scan: Scan, analysis: ScanAnalysis | None = None, check: Callable[[], None] = lambda: None
    ) -> OwnTrueScan:
        """Read a scan once. Raises NoBreastError, UnreadableError, ModelError, MammoviewError."""

        def read() -> OwnTrueScan:
            known, prepared = self._assessor.prepared(scan, analysis, check)
            state = OwnRegionState(prepared, self._answer(scan, prepared, check))
            return OwnTrueScan(scan, known, pixel_range(scan.still().pixels), state)

        return self._assessor.run(scan, read)

    def answer(
        self,
        true: OwnTrueScan,
        state: OwnRegionState,
        pixels: NDArray[np.generic],
        boxes: Sequence[Box],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring a state up to date with pixels that changed since; as `RegionAssessor.answer`."""
        for left, top, right, bottom in boxes:
            part = np.s_[top:bottom, left:right]
            state.prepared.image[part] = part_intensities(pixels[part], true.extremes, true.scan.grey)
        state.answer = self._assessor.run(true.scan, lambda: self._answer(true.scan, state.prepared, check))

    def _answer(self, scan: Scan, prepared: PreparedScan, check: Callable[[], None]) -> OwnAnswer:
        return self._assessor.answer(scan, prepared, check, lambda _share: None)

    def assessment(
        self, true: OwnTrueScan, state: OwnRegionState, made: Assessment, check: Callable[[], None] = lambda: None
    ) -> Assessment:
        """Return an assessment of the altered scan, without a saliency; as `RegionAssessor.assessment`."""
        check()
        answer, blank = state.answer, np.zeros_like(made.saliency.values)
        return replace(
            made,
            grids={} if answer.grid is None else dict.fromkeys(made.grids, answer.grid),
            heatmap=answer.heatmap,
            frame_heatmap=answer.heatmap,
            saliency=Layer(blank, made.saliency.to_scan),
            marks=answer.marks,
            provenance={**made.provenance, "altered": True},
        )

    def changes(
        self, true: OwnTrueScan, state: OwnRegionState, region: PixelRegion, check: Callable[[], None] = lambda: None
    ) -> ScoreChanges:
        """Return how the scores of a region of the scan changed: highest value of the grid and of the heatmap in it."""
        check()
        before, after = true.state.answer, state.answer
        um = round(self._assessor.facts.input.um_per_px)
        grids = {}
        if before.grid is not None and after.grid is not None:
            grids[um] = _change(before.grid, after.grid, region)
        heatmap = _change(before.heatmap, after.heatmap, region)
        return ScoreChanges(region.centre, grids, None, heatmap, None, ())


def _change(before: Layer, after: Layer, region: PixelRegion) -> Change:
    held = held_cells(before.to_scan, before.values.shape, region)
    return Change(float(before.values[held].max()), float(after.values[held].max()))
