"""Model sensitivity that can be weighted, gated and bounded anew without another backward pass (P22-P26). No torch.

With two classes and the logit difference z, the sensitivity of every weighting is the same |dz/dx| times a factor per
patch. So one gradient per patch is kept, and a slider only adds patches up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import resample
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.assess.results.assessment import Finding, Layer
from mammoview.study.geometry import Affine

LEAST_GATE = 0.05
"""Patches below this probability are never part of a sensitivity."""
MOST_PATCHES = 256
"""Most gradients kept of one scan for a gate that moves: 8 MiB at half precision."""
LEAST_CONTOUR = 0.02
"""No contour runs lower: at exactly zero it would run around every cell of nothing."""


class Weighting(StrEnum):
    """What the gradient is taken of."""

    ENTROPY = "entropy"
    """H = -sum p log p, as in the paper: brightest where the answer is open."""
    LABEL = "own label"
    """-log p of the label that the model itself infers (P23): brightest where it may yet change its mind."""
    LOGIT = "logit"
    """The calibrated logit difference: bright wherever pixels matter, however sure the model is."""
    EVIDENCE = "evidence"
    """Log odds of a finding, laid on the pixels that matter most in their patch: brightest where the model is sure."""
    SCORED = "scored evidence"
    """The evidence, times the highest score of a mark within a patch's side: what the surroundings confirm."""


def weight(
    weighting: Weighting, logits: NDArray[np.float64], temperature: float, highest: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Factor that turns |dz/dx| of the raw logit difference z into the sensitivity of a weighting, float64 (N,).

    With p = sigmoid(z), dH/dz = -z p (1 - p) in nat, and -log p(own label) has the slope 1 - max(p, 1 - p). `logits`
    are calibrated; the temperature divides the raw logit once more. The evidence is no gradient: its factor makes the
    `highest` |dz/dx| of each patch its log odds, and zero of a patch with log odds against a finding.
    """
    if weighting in (Weighting.EVIDENCE, Weighting.SCORED):
        return np.where(highest > 0, np.maximum(logits, 0) / np.maximum(highest, np.finfo(np.float32).tiny), 0)
    p = 1 / (1 + np.exp(-np.abs(logits)))
    match weighting:
        case Weighting.ENTROPY:
            slope = np.abs(logits) * p * (1 - p)
        case Weighting.LABEL:
            slope = 1 - p
        case Weighting.LOGIT:
            slope = np.ones_like(p)
    return slope / temperature


def summed(
    patches: NDArray[np.floating], weights: NDArray[np.float64], starts: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Add weighted patches (N, side, side) up at their places in an image of that shape, float32."""
    total = np.zeros(shape, np.float32)
    side = patches.shape[-1]
    for patch, factor, (row, column) in zip(patches, weights, starts, strict=True):
        total[row : row + side, column : column + side] += np.float32(factor) * patch
    return total


def score_near(
    places: NDArray[np.float64], scores: NDArray[np.float64], shape: tuple[int, int], reach: float
) -> NDArray[np.float32]:
    """Return the highest score within `reach` pixels of each pixel of an image of that shape, 0 where there is none.

    Parameters
    ----------
    places
        (N, 2): column and row of each mark in that image.
    scores
        (N,).
    """
    rows, columns = np.indices(shape, sparse=True)
    found = np.zeros(shape, np.float32)
    for (column, row), score in zip(places, scores, strict=True):
        near = (columns + 0.5 - column) ** 2 + (rows + 0.5 - row) ** 2 <= reach**2
        found[near] = np.maximum(found[near], np.float32(score))
    return found


@dataclass(frozen=True)
class SensitivityOptions:
    """How a sensitivity is read.

    Parameters
    ----------
    weighting
        What the gradient is taken of.
    gate
        Least probability, as the grid shows it, of a patch that counts (P24).
    tau
        Least value of the heatmap, at the centre of a patch that counts (P24) and under every pixel (P25).
    within_contour
        Whether the bound is the contour of the heatmap as it is drawn, not the cells at or above tau.
    """

    weighting: Weighting
    gate: float
    tau: float
    within_contour: bool = False


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The gradients of one scan's patches, ready to be put together.

    Parameters
    ----------
    patches
        |dz/dx| of each patch relative to its own highest value, float16 or float32 (N, side, side).
    highest
        That value, float32 (N,).
    starts
        Row and column of each patch's top left corner on the lattice, intp (N, 2).
    logits
        The classifier's own calibrated logit difference of each, float64 (N,), from which the sensitivity is weighted.
    temperature
        What divided the raw logits.
    lattice, shape
        Map from the magnified image's pixels to scan pixels, and that image's rows and columns.
    heatmap
        Bounds the sensitivity.
    least_gate
        Patches of a lower probability are not among `patches`: a gate below it stands for this one.
    marks
        Column and row in scan pixels and score of every mark, float64 (N, 3); the scored evidence lies near these.
    shown
        Calibration of what the grid shows of the logits.
    """

    patches: NDArray[np.floating]
    highest: NDArray[np.float32]
    starts: NDArray[np.intp]
    logits: NDArray[np.float64]
    temperature: float
    lattice: Affine
    shape: tuple[int, int]
    heatmap: Layer
    least_gate: float = 0.0
    marks: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    shown: PlattScaling = UNSCALED

    def with_marks(self, marks: Sequence[Finding]) -> Sensitivity:
        """Return the same gradients with the marks of an assessment."""
        return replace(self, marks=np.array([(m.column, m.row, m.score) for m in marks], float).reshape(-1, 3))

    @property
    def nbytes(self) -> int:
        """Memory of the gradients, bytes."""
        return int(self.patches.nbytes)

    def layer(self, choice: SensitivityOptions) -> Layer:
        """Return the sensitivity as chosen, on the magnified image's lattice."""
        probability = self.shown.probability(self.logits)
        centres = self.starts + self.patches.shape[-1] / 2 if len(self.starts) else np.empty((0, 2))
        kept = (probability >= choice.gate) & in_heatmap(self.heatmap, self.lattice, centres, choice.tau)
        highest = self.highest[kept]
        factors = weight(choice.weighting, self.logits[kept], self.temperature, highest) * highest
        total = summed(self.patches[kept], factors, self.starts[kept], self.shape)
        if choice.weighting is Weighting.SCORED:
            places = np.asarray(self.lattice.inverse(self.marks[:, :2]), float).reshape(-1, 2)
            total *= score_near(places, self.marks[:, 2], self.shape, self.patches.shape[-1])
        inside = inside_contour if choice.within_contour else bound
        total[~inside(self.heatmap, self.lattice, self.shape, choice.tau)] = 0
        return Layer(total, self.lattice)


def in_heatmap(heatmap: Layer, lattice: Affine, centres: NDArray[np.floating], tau: float) -> NDArray[np.bool_]:
    """Whether points (row, column) of a lattice, (N, 2), lie in heatmap cells at or above tau (P24)."""
    values = [heatmap.at(*lattice((column, row))) or 0.0 for row, column in centres]
    return np.array(values, float) >= tau


def bound(heatmap: Layer, lattice: Affine, shape: tuple[int, int], tau: float) -> NDArray[np.bool_]:
    """Whether each pixel of a lattice lies in a heatmap cell at or above tau (P25)."""
    to_cells = heatmap.to_scan.inverse @ lattice
    columns, _ = to_cells(np.stack([np.arange(shape[1]) + 0.5, np.zeros(shape[1])], 1)).T
    _, rows = to_cells(np.stack([np.zeros(shape[0]), np.arange(shape[0]) + 0.5], 1)).T
    r, c = np.floor(rows).astype(int), np.floor(columns).astype(int)
    height, width = heatmap.values.shape
    above = heatmap.values >= tau
    held = ((r >= 0) & (r < height))[:, None] & ((c >= 0) & (c < width))[None]
    return held & above[np.ix_(r.clip(0, height - 1), c.clip(0, width - 1))]


def inside_contour(heatmap: Layer, lattice: Affine, shape: tuple[int, int], tau: float) -> NDArray[np.bool_]:
    """Whether each pixel of a lattice lies within the contour of a heatmap at tau, as it is drawn.

    The contour runs between cell centres, and beyond the heatmap the value is 0, so that it is closed.
    """
    padded = np.pad(np.nan_to_num(heatmap.values), 1)
    to_padded = Affine(1, 1, 1, 1) @ heatmap.to_scan.inverse @ lattice
    return resample(padded, to_padded, shape, averaged=False) >= max(tau, LEAST_CONTOUR)
