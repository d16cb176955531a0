"""Results of the models for a scan whose pixels were altered in some places, computed for those places alone.

Breast, Frame and normalisation stay those of the true scan, so that the difference is that of the altered pixels. Only
patches that look at them are classified again; the heatmaps, which see the whole breast, are made anew.
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
from mammoview.assess.inference.altered_state import RegionState, TrueScan, held_cells
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.cluster_scoring import reach_px
from mammoview.assess.inference.dense_classifier import PatchLogits, dense_logits, patchwise_logits
from mammoview.assess.inference.grids import grid, known_logits, mean_of_bundle
from mammoview.assess.inference.heatmap_cells import CELL_PX, CELL_UM, INPUT_UM
from mammoview.assess.inference.heatmaps import baseline_map, fused_map, grid_cells, stacked_inputs, whole_breast
from mammoview.assess.inference.preprocessing import position_channels
from mammoview.assess.inference.rescoring import (
    Rescored,
    ScoredClusters,
    candidates,
    context_box,
    context_margin,
    in_context,
    said,
    scored_marks,
)
from mammoview.assess.inference.scan_input import analysed, prepared_scan
from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, Rescorer, TissueClassifier
from mammoview.assess.models.scoring import NEAREST_CELLS
from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.assess.results.score_changes import Change, ScoreChanges
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import PixelRegion
from mammoview.study.scan import Scan


class RegionAssessor:
    """Has the models answer again for the altered regions of a scan.

    Parameters
    ----------
    assessor
        Whose models; `assess` of the same assessor gives the true scan's results.
    """

    def __init__(self, assessor: Assessor) -> None:
        self._assessor, self._bundle = assessor, assessor.bundle

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
                state.clusters.refresh(true.parts, pixels, box, reach_px(self._cluster_network), check)
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
        """Make the heatmaps of what the classifiers say now."""
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
        thresholds are those of the true scan's. Its provenance says that the scan was altered.
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
                self._bundle, self._rescored(true, state, check), (fused, base, grids), true.scan.spacing
            ),
            mean_grid=mean_of_bundle(self._bundle, scanned, frame, leading),
            logits={um: one.layer(frame, um) for um, one in scanned.items()},
            provenance={**made.provenance, "altered": True},
            lacking=(),
        )

    def _rescored(self, true: TrueScan, state: RegionState, check: Callable[[], None]) -> Rescored | None:
        """Return what the re-scorer makes of the candidates; None without one."""
        model = self._bundle.rescorer
        if model is None or model.facts.scoring is None:
            return None
        leading = self._leading_cells(true, state)
        cells = candidates(state.base, leading, model.facts.scoring.candidates)
        told = said(cells, state.base, leading, self._in_context(true, state, cells, check))
        return Rescored(cells, told, self._clusters(state, leading, check))

    @property
    def _cluster_network(self) -> ClusterNetwork:
        assert self._bundle.clusters is not None  # a state without one has no clusters
        return cast(ClusterNetwork, self._bundle.clusters.network)

    def _clusters(
        self, state: RegionState, leading: NDArray[np.float32], check: Callable[[], None]
    ) -> ScoredClusters | None:
        """Return the clusters of bright spots with what the network says of them; None without one."""
        if state.clusters is None or self._bundle.clusters is None:
            return None
        with self._assessor.placement.precision(self._bundle.clusters):
            return state.clusters.scored(self._cluster_network, state.base > 0, leading, check)

    def _leading_cells(self, true: TrueScan, state: RegionState) -> NDArray[np.float32]:
        um = self._bundle.leading
        return grid_cells(state.scanned[um], um, true.area)

    def _in_context(
        self, true: TrueScan, state: RegionState, cells: NDArray[np.intp], check: Callable[[], None]
    ) -> NDArray[np.float64]:
        """Return the re-scorer's logit of each cell (N, 2); those whose context did not change are known."""
        model = self._bundle.rescorer
        assert model is not None  # the callers have looked
        names = [(int(r), int(c)) for r, c in cells]
        new = [name for name in dict.fromkeys(names) if name not in state.known]
        if new:
            with self._assessor.placement.precision(model):
                network = cast(Rescorer, model.network)
                logits = in_context(network, state.context, np.array(new) + true.margin, check)
            state.known.update(zip(new, logits.tolist(), strict=True))
        return np.array([state.known[name] for name in names])

    def changes(
        self, true: TrueScan, state: RegionState, region: PixelRegion, check: Callable[[], None] = lambda: None
    ) -> ScoreChanges:
        """Return how the scores of a region of the scan changed."""
        before, place = true.state, region.centre
        lattice = true.frame.lattice(CELL_UM, *true.area[:2])
        cells = held_cells(lattice, state.base.shape, region)
        return ScoreChanges(
            place=place,
            grids={
                um: self._change(
                    before.scanned[um].shown_probability,
                    state.scanned[um].shown_probability,
                    self._patches(true, um, region),
                )
                for um, s in before.scanned.items()
            },
            baseline=self._change(before.base, state.base, cells),
            fused=self._change(before.fused, state.fused, cells),
            rescored=self._rescored_change(true, state, lattice, place, check),
            clusters=self._clusters_change(true, state, lattice, place, check),
            folds=self._fold_changes(true, state, region, check),
        )

    @staticmethod
    def _change(before: NDArray[np.floating], after: NDArray[np.floating], where: NDArray[np.bool_]) -> Change:
        return Change(float(before[where].max()), float(after[where].max()))

    def _patches(self, true: TrueScan, um: int, region: PixelRegion) -> NDArray[np.bool_]:
        """Return which patches are centred in the region, or the one nearest to it."""
        s = true.state.scanned[um]
        return held_cells(true.frame.lattice(um, s.left, s.top) @ s.lattice, s.logits.shape, region)

    def _rescored_change(
        self,
        true: TrueScan,
        after: RegionState,
        lattice: Affine,
        place: tuple[float, float],
        check: Callable[[], None],
    ) -> Change | None:
        model, curve = self._bundle.rescorer, self._bundle.scores
        if model is None or model.facts.scoring is None or curve is None:
            return None
        cell = self._cell(after, lattice, place)[None]
        scores = []
        for state in (true.state, after):
            leading = self._leading_cells(true, state)
            logits = said(cell, state.base, leading, self._in_context(true, state, cell, check))
            scores.append(float(curve.frequencies(model.facts.scoring.logits(logits))[0, 0]))
        return Change(*scores)

    def _clusters_change(
        self,
        true: TrueScan,
        after: RegionState,
        lattice: Affine,
        place: tuple[float, float],
        check: Callable[[], None],
    ) -> Change | None:
        """Return the highest score of a cluster near a place; None where none is near it before or after."""
        model, curve = self._bundle.clusters, self._bundle.scores
        if model is None or model.facts.cluster_scoring is None or curve is None:
            return None
        cell, scores = self._cell(after, lattice, place), []
        for state in (true.state, after):
            found = self._clusters(state, self._leading_cells(true, state), check)
            assert found is not None  # there is a network of clusters
            near = np.abs(found.cells - cell).max(1, initial=0) <= NEAREST_CELLS
            said_near = model.facts.cluster_scoring.logits(found.said[near])
            scores.append(float(curve.frequencies(said_near)[:, 0].max(initial=0)))
        return Change(*scores) if any(scores) else None

    @staticmethod
    def _cell(state: RegionState, lattice: Affine, place: tuple[float, float]) -> NDArray[np.intp]:
        """Return row and column of the heatmap's cell that holds a scan point, or of the nearest."""
        column, row = np.floor(lattice.inverse(place)).astype(int)
        rows, columns = state.base.shape
        return np.array([min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)])

    def _fold_changes(
        self, true: TrueScan, after: RegionState, region: PixelRegion, check: Callable[[], None]
    ) -> tuple[Change, ...]:
        if not self._bundle.folds:
            return ()
        um, before = self._bundle.leading, true.state
        s = before.scanned[um]
        held = self._patches(true, um, region)
        highest = np.maximum(s.probability, after.scanned[um].probability)
        row, column = np.unravel_index(np.where(held, highest, -1).argmax(), held.shape)
        place = s.left + int(column) * s.step, s.top + int(row) * s.step, s.patch_px, s.patch_px
        both = np.concatenate([true.parts.magnified(one.pixels, um, *place, check) for one in (before, after)])
        starts = np.array([[0, 0], [s.patch_px, 0]])
        changes = []
        for model in (self._bundle.classifiers[um], *self._bundle.folds):
            z = patchwise_logits(cast(TissueClassifier, model.network), both, starts, check)
            changes.append(Change(*s.shown.probability(z / model.facts.temperature).tolist()))
        return tuple(changes)


def _inner(image: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """Cut a margin of cells of the heatmap off an image at its input's resolution."""
    cut = margin * CELL_PX
    return image[cut : len(image) - cut, cut : image.shape[1] - cut]
