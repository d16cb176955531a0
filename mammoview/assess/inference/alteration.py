"""Results of the models for a scan whose pixels were altered in some places, computed for those places alone.

Breast, Frame and normalisation stay those of the true scan, so that the difference is that of the altered pixels. Only
patches that contain them are classified again; the heatmaps, whose input is the whole breast, are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.intensity import TissueBright
from mammoview.assess.inference.altered_clusters import AlteredClusters
from mammoview.assess.inference.altered_images import Box, ScanParts
from mammoview.assess.inference.altered_rescoring import AlteredRescoring
from mammoview.assess.inference.altered_state import RegionState, TrueScan
from mammoview.assess.inference.assessment_provenance import grid_thresholds
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.cluster_scoring import reach_px
from mammoview.assess.inference.dense_classifier import PatchLogits, dense_logits
from mammoview.assess.inference.grids import grid, known_logits, mean_of_bundle
from mammoview.assess.inference.heatmap_cells import CELL_PX, CELL_UM, INPUT_UM
from mammoview.assess.inference.heatmaps import baseline_map, fused_map, grid_cells, stacked_inputs, whole_breast
from mammoview.assess.inference.preprocessing import position_channels
from mammoview.assess.inference.region_changes import RegionChanges
from mammoview.assess.inference.rescoring import context_box, context_margin, scored_marks
from mammoview.assess.inference.scan_input import analysed, prepared_scan
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, Rescorer, TissueClassifier
from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.assess.results.score_changes import ScoreChanges
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.pixel_changes import PixelRegion
from mammoview.study.scan import Scan


class RegionAssessor:
    """Runs the models again on the altered regions of a scan.

    Parameters
    ----------
    assessor
        Whose models; `assess` of the same assessor gives the true scan's results.
    """

    def __init__(self, assessor: Assessor) -> None:
        self._assessor, self._bundle = assessor, assessor.bundle
        self._rescoring = AlteredRescoring(assessor)
        self._changes = RegionChanges(self._bundle, self._rescoring)

    def prepare(
        self,
        scan: Scan,
        made: Assessment,
        analysis: ScanAnalysis | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> TrueScan:
        """Make a scan ready to be altered; where `made` does not hold the logits of its patches they are found anew.

        Parameters
        ----------
        made
            Assessment of the scan by the same models.
        analysis
            Of the scan, if it is known already.
        check
            Called in between; raises to stop the work.

        Raises
        ------
        NoBreastError, UnreadableError, MammoviewError
        """
        return self._assessor.placement.run(scan, lambda: self._prepare(scan, made, analysis, check))

    def _prepare(self, scan: Scan, made: Assessment, found: ScanAnalysis | None, check: Callable[[], None]) -> TrueScan:
        analysis = analysed(scan, found, check)
        prepared = prepared_scan(analysis, check)
        left, top, rows, columns = area = whole_breast(prepared)
        lattice = prepared.frame.lattice(CELL_UM, left, top)
        rescorer = self._bundle.rescorer
        margin = 0 if rescorer is None else context_margin(cast(Rescorer, rescorer.network))
        context, mask = prepared.magnified(INPUT_UM, *context_box(area, margin), check)
        cells = _inner(mask, margin).reshape(rows, CELL_PX, columns, CELL_PX)
        fused = cast(FusedHeatmap, self._bundle.fused.network)
        pixels = scan.still().pixels
        known = known_logits(self._bundle, prepared, made)
        base, both = made.heatmap_baseline, made.heatmap
        is_known = len(known) == len(self._scales) and base is not None and base.to_scan == both.to_scan == lattice
        if len(known) < len(self._scales):
            known = {um: self._assessor.scanned(scan, prepared, um, check).answer for um in self._scales}
        nothing = np.zeros((rows, columns), np.float32)
        clusters = None if self._bundle.clusters is None else AlteredClusters.of(prepared, area, check)
        ready = TrueScan(
            scan=scan,
            analysis=analysis,
            made=made,
            parts=ScanParts(prepared.normalisation, TissueBright(pixels, scan.grey, check)),
            area=area,
            margin=margin,
            inside=cells.mean((1, 3)) > 0,
            position=position_channels(prepared, lattice, rows, columns) if fused.config.position else None,
            state=RegionState(pixels, known, context, nothing, nothing, clusters),
        )
        if is_known and base is not None:
            ready.state.base, ready.state.fused = base.values, both.values
        else:
            self._make_maps(ready, ready.state, check)
        return ready

    @property
    def _scales(self) -> list[int]:
        return sorted(self._bundle.classifiers)

    def answer(
        self,
        true: TrueScan,
        state: RegionState,
        pixels: NDArray[np.generic],
        boxes: Sequence[Box],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring a state up to date with pixels that changed since.

        Parameters
        ----------
        true
            The true scan.
        state
            From `true.copied()`; changed in place. It is not to be used again when this raises.
        pixels
            Stored values (rows, columns) of the altered scan, which are kept.
        boxes
            Where they differ from those that the state was last brought up to date with.
        check
            Called in between; raises to stop the work.
        """
        self._assessor.placement.run(true.scan, lambda: self._answer(true, state, pixels, boxes, check))

    def _answer(
        self,
        true: TrueScan,
        state: RegionState,
        pixels: NDArray[np.generic],
        boxes: Sequence[Box],
        check: Callable[[], None],
    ) -> None:
        state.pixels = pixels
        for box in boxes:
            for um in self._scales:
                state.scanned[um] = self._classified(true.parts, state, um, box, check)
            seen = self._refresh_context(true, state, box, check)
            state.known = {cell: z for cell, z in state.known.items() if not self._sees(cell, true.margin, seen)}
            if state.clusters is not None:
                state.clusters.refresh(true.parts, pixels, box, reach_px(self._rescoring.cluster_network), check)
        self._make_maps(true, state, check)

    @staticmethod
    def _refresh_context(true: TrueScan, state: RegionState, box: Box, check: Callable[[], None]) -> Box:
        """Bring the context up to date with a box of the scan, and return where in it that may show."""
        corner = context_box(true.area, true.margin)[:2]
        rows, columns = state.context.shape
        seen = left, top, right, bottom = true.parts.changed(INPUT_UM, corner, (rows, columns), box)
        if left < right and top < bottom:
            place = corner[0] + left, corner[1] + top, bottom - top, right - left
            state.context[top:bottom, left:right] = true.parts.magnified(state.pixels, INPUT_UM, *place, check)
        return seen

    def _sees(self, cell: tuple[int, int], margin: int, box: Box) -> bool:
        """Whether the context of a cell of the heatmap holds pixels of a box of `RegionState.context`."""
        row, column = ((index + margin) * CELL_PX + CELL_PX / 2 for index in cell)
        reach = margin * CELL_PX
        left, top, right, bottom = box
        return left < column + reach and column - reach < right and top < row + reach and row - reach < bottom

    def _classified(
        self, parts: ScanParts, state: RegionState, um: int, box: Box, check: Callable[[], None]
    ) -> PatchLogits:
        """Classify anew the patches that hold pixels of a box of the scan."""
        model, s = self._bundle.classifiers[um], state.scanned[um]
        side = s.patch_px - s.step
        size = len(s.logits) * s.step + side, s.logits.shape[1] * s.step + side
        left, top, right, bottom = parts.changed(um, (s.left, s.top), size, box)
        rows, columns = (
            slice(max(0, -(-(first - s.patch_px + 1) // s.step)), min(count, (end - 1) // s.step + 1))
            for first, end, count in ((top, bottom, len(s.logits)), (left, right, s.logits.shape[1]))
        )
        inside = s.inside[rows, columns]
        if left >= right or top >= bottom or not inside.any():
            return s
        corner = s.left + columns.start * s.step, s.top + rows.start * s.step
        height, width = ((part.stop - part.start) * s.step + side for part in (rows, columns))
        image = parts.magnified(state.pixels, um, *corner, height, width, check)
        with self._assessor.placement.precision(model):
            z = dense_logits(cast(TissueClassifier, model.network), image, check=check)
        logits = s.logits.copy()
        logits[rows, columns] = np.where(inside, z / model.facts.temperature, logits[rows, columns])
        return replace(s, logits=logits)

    def _make_maps(self, true: TrueScan, state: RegionState, check: Callable[[], None]) -> None:
        """Make the heatmaps from the present logits of the classifiers."""
        baseline, fused = self._bundle.baseline, cast(FusedHeatmap, self._bundle.fused.network)
        with self._assessor.placement.precision(baseline):
            image = np.ascontiguousarray(_inner(state.context, true.margin))
            base = baseline_map(cast(HeatmapRegressor, baseline.network), image, check)
            grids = [grid_cells(state.scanned[um], um, true.area) for um in fused.config.grids]
            both = fused_map(fused, stacked_inputs(base, grids, true.position))
        state.base = np.where(true.inside, base, 0).astype(np.float32)
        state.fused = np.where(true.inside, both, 0).astype(np.float32)

    def assessment(self, true: TrueScan, state: RegionState, check: Callable[[], None] = lambda: None) -> Assessment:
        """Return an assessment of the altered scan: grids, heatmaps and marks are its own.

        There is no saliency, and the paper's Frame and what marks are worth over flips and folds are left out; the
        thresholds are those of the true scan's. Its provenance has `altered`.
        """
        made, frame, scanned = true.made, true.frame, state.scanned
        strides, points = self._assessor.stride_px, self._assessor.operating
        grids = {um: grid(s, frame, um, strides(um), points(um)) for um, s in scanned.items()}
        leading = grids[self._bundle.leading]
        lattice = frame.lattice(CELL_UM, *true.area[:2])
        fused, base = Layer(state.fused, lattice), Layer(state.base, lattice)
        blank = np.zeros_like(made.saliency.values)
        return replace(
            made,
            grids=grids,
            heatmap=fused,
            heatmap_baseline=base,
            frame_heatmap=fused,
            frame_heatmap_baseline=base,
            saliency=Layer(blank, made.saliency.to_scan),
            marks=scored_marks(
                self._bundle, self._rescoring.rescored(true, state, check), (fused, base, grids), true.scan.spacing
            ),
            mean_grid=mean_of_bundle(self._bundle, scanned, frame, leading),
            logits={um: one.layer(frame, um) for um, one in scanned.items()},
            provenance={**made.provenance, "grid_thresholds": grid_thresholds(grids), "altered": True},
            lacking=(),
        )

    def changes(
        self, true: TrueScan, state: RegionState, region: PixelRegion, check: Callable[[], None] = lambda: None
    ) -> ScoreChanges:
        """Return how the scores of a region of the scan changed."""
        return self._changes.of(true, state, region, check)


def _inner(image: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """Cut a margin of cells of the heatmap off an image at its input's resolution."""
    cut = margin * CELL_PX
    return image[cut : len(image) - cut, cut : image.shape[1] - cut]
