"""Results of a user's own model for a scan whose pixels were altered in some places.

Breast, Frame and normalisation stay those of the true scan, as with the bundled models. The whole
picture is assessed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.intensity import TissueBright
from mammoview.assess.inference.altered_images import Box
from mammoview.assess.inference.altered_state import held_cells
from mammoview.assess.inference.own_assessor import OwnAssessor
from mammoview.assess.inference.preprocessing import Normalisation
from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.assess.results.score_changes import Change, ScoreChanges
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.pixel_changes import PixelRegion
from mammoview.study.scan import Scan


@dataclass(eq=False)
class OwnRegionState:
    """The results of the model for an altered scan: `made` is an assessment of it."""

    made: Assessment


@dataclass(frozen=True, eq=False)
class OwnTrueScan:
    """A scan with true pixels, ready to be altered.

    Parameters
    ----------
    scan, analysis, made
        The scan, and its assessment.
    normalisation
        As the model is given it.
    greys
        How its stored values are read.
    """

    scan: Scan
    analysis: ScanAnalysis
    made: Assessment
    normalisation: Normalisation
    greys: TissueBright

    def copied(self) -> OwnRegionState:
        """Return a state to be altered."""
        return OwnRegionState(self.made)


class OwnRegionAssessor:
    """Runs a model of the user's own again on the altered regions of a scan.

    Parameters
    ----------
    assessor
        Whose model; `assess` of the same assessor gives the true scan's results.
    """

    def __init__(self, assessor: OwnAssessor) -> None:
        self._assessor = assessor

    def prepare(
        self,
        scan: Scan,
        made: Assessment,
        analysis: ScanAnalysis | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> OwnTrueScan:
        """Measure the normalisation of a scan; as `RegionAssessor.prepare`.

        Raises NoBreastError, UnreadableError, ModelError, MammoviewError.
        """

        def read() -> OwnTrueScan:
            known, prepared = self._assessor.prepared(scan, analysis, check)
            greys = TissueBright(scan.still().pixels, scan.grey, check)
            return OwnTrueScan(scan, known, made, prepared.normalisation, greys)

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

        def read() -> Assessment:
            prepared = true.normalisation.of(true.greys.of(pixels))
            answer = self._assessor.answer(true.scan, prepared, check, lambda _share: None)
            return replace(
                true.made,
                grids={} if answer.grid is None else dict.fromkeys(true.made.grids, answer.grid),
                heatmap=answer.heatmap,
                frame_heatmap=answer.heatmap,
                marks=answer.marks,
            )

        state.made = self._assessor.run(true.scan, read)

    def assessment(
        self, true: OwnTrueScan, state: OwnRegionState, check: Callable[[], None] = lambda: None
    ) -> Assessment:
        """Return an assessment of the altered scan, without a saliency; as `RegionAssessor.assessment`."""
        check()
        made = state.made
        blank = Layer(np.zeros_like(made.saliency.values), made.saliency.to_scan)
        return replace(made, saliency=blank, provenance={**made.provenance, "altered": True})

    def changes(
        self, true: OwnTrueScan, state: OwnRegionState, region: PixelRegion, check: Callable[[], None] = lambda: None
    ) -> ScoreChanges:
        """Return how the scores of a region of the scan changed: highest value of the grid and of the heatmap in it."""
        check()
        before, after = true.made, state.made
        grids = {um: _change(grid, after.grids[um], region) for um, grid in before.grids.items()}
        return ScoreChanges(region.centre, grids, None, _change(before.heatmap, after.heatmap, region), None, ())


def _change(before: Layer, after: Layer, region: PixelRegion) -> Change:
    """Return the highest value of a layer in a region, before and after; each layer lies where it lies."""
    highest = [float(one.values[held_cells(one.to_scan, one.values.shape, region)].max()) for one in (before, after)]
    return Change(*highest)
