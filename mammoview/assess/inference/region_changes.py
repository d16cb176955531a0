"""Changes of the models' scores at a region of a scan whose pixels were altered."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.altered_rescoring import AlteredRescoring
from mammoview.assess.inference.altered_state import RegionState, TrueScan, held_cells
from mammoview.assess.inference.dense_classifier import patchwise_logits
from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.inference.rescoring import rescoring_features
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.networks import TissueClassifier
from mammoview.assess.models.scoring import NEAREST_CELLS
from mammoview.assess.results.score_changes import Change, ScoreChanges
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import PixelRegion


class RegionChanges:
    """Compares the scores of an altered scan with those of the true one.

    Parameters
    ----------
    bundle
        The models.
    rescoring
        Their scores of marks and clusters.
    """

    def __init__(self, bundle: ModelBundle, rescoring: AlteredRescoring) -> None:
        self._bundle, self._rescoring = bundle, rescoring

    def of(
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
            leading = self._rescoring.leading_cells(true, state)
            logits = rescoring_features(
                cell, state.base, leading, self._rescoring.context_logits(true, state, cell, check)
            )
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
            found = self._rescoring.clusters(state, self._rescoring.leading_cells(true, state), check)
            assert found is not None  # there is a network of clusters
            near = np.abs(found.cells - cell).max(1, initial=0) <= NEAREST_CELLS
            logits_near = model.facts.cluster_scoring.logits(found.features[near])
            scores.append(float(curve.frequencies(logits_near)[:, 0].max(initial=0)))
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
