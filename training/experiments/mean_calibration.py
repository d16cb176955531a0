"""Calibration of the mean of all grids, on cells of the leading grid of mammograms that the models never saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import Frame
from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.assess.inference.grids import grid, mean_grid
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.networks import TissueConfig
from mammoview.evaluation.statistics import Estimate, balanced, bootstrap, brier, calibration_error, mean
from mammoview.study.geometry import Affine
from training.data.patch_centres import ANY_SHARE, TISSUE_SHARE, outlined, sums
from training.data.prepare import PreparedMammogram
from training.evaluation.result_tables import TableRow
from training.fit.classifier import NEGATIVES_EACH
from training.fit.dense_scan import scanned
from training.fit.predictions import load_predictions
from training.metrics.calibration import LogitCalibration

STRIDE_PX = 32
"""Stride of the leading grid, as in the program."""
DRAWS = 300


@dataclass(frozen=True)
class GridCells:
    """Cells of the leading grid with known ground truth, as arrays of one length.

    Parameters
    ----------
    p
        Calibrated probability by name: "mean", "100 um" and so on.
    label
        Whether the patch is centred on a finding that fits it, to an eighth of its side.
    share
        Share of breast in the patch.
    group
        Patient.
    """

    p: dict[str, NDArray[np.float64]]
    label: NDArray[np.bool_]
    share: NDArray[np.float64]
    group: NDArray[np.str_]

    def of(self, keep: NDArray[np.bool_]) -> GridCells:
        """Return a subset of the cells."""
        p = {name: values[keep] for name, values in self.p.items()}
        return GridCells(p, self.label[keep], self.share[keep], self.group[keep])


def cells(
    member: PreparedMammogram, read: dict[int, DenseResult], thresholds: dict[int, float], leading: int
) -> GridCells:
    """Return a mammogram's cells: on findings, and up to `NEGATIVES_EACH` that touch none, half of them tissue."""
    frame, one = Frame(Affine()), read[leading]
    main = grid(one, frame, leading, STRIDE_PX, thresholds[leading])
    values = {"mean": mean_grid(read, frame, main, thresholds).values}
    for um, single in read.items():
        values[f"{um} um"] = mean_grid({um: single}, frame, main, thresholds).values
    rows, columns = one.strided(STRIDE_PX)
    starts = np.stack(np.meshgrid(rows * one.step, columns * one.step, indexing="ij"), -1).reshape(-1, 2)
    share = one.share[np.ix_(rows, columns)].ravel()
    label = np.zeros(len(starts), bool)
    for points in member.polygons(leading):
        if np.ptp(points, 0).max() <= one.patch_px:
            middle = (points.min(0) + points.max(0))[::-1] / 2
            label |= np.abs(starts + one.patch_px / 2 - middle).max(1) <= one.patch_px / 8
    free = (sums(outlined(member, leading), starts, one.patch_px) == 0) & (share >= ANY_SHARE)
    rng = np.random.default_rng(0)
    tissue = share >= TISSUE_SHARE
    negatives = [rng.permutation(np.flatnonzero(free & kind))[: NEGATIVES_EACH // 2] for kind in (tissue, ~tissue)]
    keep = np.concatenate([np.flatnonzero(label), *negatives])
    p = {name: found.ravel()[keep].astype(np.float64) for name, found in values.items()}
    return GridCells(p, label[keep], share[keep], np.full(len(keep), member.group))


def joined(parts: list[GridCells]) -> GridCells:
    """Concatenate the cells of several mammograms."""
    names = parts[0].p
    return GridCells(
        {name: np.concatenate([part.p[name] for part in parts]) for name in names},
        *(np.concatenate([getattr(part, field) for part in parts]) for field in ("label", "share", "group")),
    )


def calibration_rows(found: GridCells, threshold: float, split: str) -> Iterator[TableRow]:
    """Yield errors of calibration, over 15 bins of equal mass, and what the threshold achieves."""
    for subset, keep in (("all cells", found.share >= 0), ("tissue", found.label | (found.share >= TISSUE_SHARE))):
        here = found.of(keep)
        for name, p in here.p.items():
            for measured, measure in (("ECE", calibration_error), ("Brier", brier)):
                yield TableRow(
                    "calibration of the mean", f"{measured}, {name}", subset, _figure(here, p, measure), split
                )
        p = here.p["mean"]
        right = np.where((p >= threshold) == here.label, 1.0, 0.0)
        for measured, side in (("sensitivity", here.label), ("specificity", ~here.label)):
            figure = mean(right[side], here.group[side], DRAWS)
            yield TableRow("calibration of the mean", f"{measured} at {threshold:.3f}, mean", subset, figure, split)


def _figure(found: GridCells, p: NDArray[np.float64], measure: Callable[..., float]) -> Estimate:
    """Return an error of calibration with its interval; both classes have equal weight, as in calibration."""
    return bootstrap(lambda w: measure(found.label, p, w * balanced(found.label)), found.group, DRAWS)


def rows(bundle: ModelBundle, members: list[PreparedMammogram], folder: Path, split: str) -> Iterator[TableRow]:
    """Yield the table of the shipped models, from their predictions in `folder`."""
    parts = []
    thresholds = {um: m.facts.thresholds["operating"].value for um, m in bundle.classifiers.items()}
    for member in members:
        logits = load_predictions(folder, member).logits
        read = {}
        for um, model in bundle.classifiers.items():
            assert isinstance(model.facts.network, TissueConfig)
            read[um] = scanned(member, um, model.facts.network, logits[um], LogitCalibration(model.facts.temperature))
        parts.append(cells(member, read, thresholds, bundle.leading))
    odds = [np.log(t / (1 - t)) for t in thresholds.values()]
    yield from calibration_rows(joined(parts), float(1 / (1 + np.exp(-np.mean(odds)))), split)
