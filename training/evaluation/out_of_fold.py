"""Input of the evaluation: out-of-fold predictions with thresholds chosen on the other folds (rules 2, 3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.models.scoring import NEAREST_CELLS
from mammoview.assess.results.hits_and_overlap import HIT_MARGIN_MM, on_boxes, peaks
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, FreeResponse
from training.data.patch_centres import TISSUE_SHARE
from training.data.prepare import FOLDS, PreparedMammogram, load
from training.fit.classifier import PatchPredictions
from training.fit.heatmap_runs import cells, filled
from training.fit.recipe import MAGNIFICATIONS, Recipe
from training.fit.stages import CALIBRATIONS, patches_of, recipe_of
from training.metrics.calibration import LogitCalibration

SPECIFICITY = 0.95
"""The grid's operating threshold keeps this share of the other folds' tissue patches negative."""


@dataclass(frozen=True)
class OutOfFoldPatches:
    """Fixed patches of one magnification, with out-of-fold predictions.

    Parameters
    ----------
    um
        um per pixel.
    read
        Logits and facts.
    p
        Probability, calibrated on the other folds, float64 (N,).
    threshold
        Operating threshold of each patch's fold, chosen on the other folds, float64 (N,).
    """

    um: int
    read: PatchPredictions
    p: NDArray[np.float64]
    threshold: NDArray[np.float64]

    @property
    def tissue(self) -> NDArray[np.bool_]:
        """Patches of the headline: findings that fit a patch, and negatives with at least 80 % tissue (rule 5)."""
        return (self.read.label & ~self.read.large) | (~self.read.label & (self.read.share >= TISSUE_SHARE))

    @property
    def all(self) -> NDArray[np.bool_]:
        """The same findings with all negatives."""
        return ~self.read.large

    def of(self, *sources: str) -> NDArray[np.bool_]:
        """Patches of these data sets."""
        return np.isin(self.read.source, sources)


def operating(p: NDArray[np.float64], read: PatchPredictions) -> float:
    """Probability exceeded by 5 % of the tissue patches without a finding."""
    return float(np.quantile(p[~read.label & (read.share >= TISSUE_SHARE)], SPECIFICITY))


def _patches(runs: Path, um: int, calibrations: list[LogitCalibration]) -> OutOfFoldPatches:
    read = patches_of(runs, um)
    p, threshold = np.empty_like(read.z), np.empty_like(read.z)
    for fold in range(FOLDS):
        here = read.fold == fold
        calibrated = calibrations[fold].probability(read.z)
        p[here] = calibrated[here]
        negatives = calibrated[~here & ~read.label & (read.share >= TISSUE_SHARE)]
        threshold[here] = np.quantile(negatives, SPECIFICITY)
    return OutOfFoldPatches(um, read, p, threshold)


@dataclass(frozen=True)
class OutOfFoldImage:
    """One mammogram with its out-of-fold maps on the 3.2 mm cells of the prepared 400 um image.

    Parameters
    ----------
    member
        The prepared mammogram.
    stacked
        Input of the fused model: baseline map, calibrated grids, position; float32 (channels, rows, columns).
    fused
        Fused heatmap, float32 (rows, columns).
    """

    member: PreparedMammogram
    stacked: NDArray[np.float32]
    fused: NDArray[np.float32]

    @cached_property
    def target(self) -> NDArray[np.float32]:
        """Blurred outlines on the cells."""
        return cells(filled(self.member))

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Cells with breast."""
        return cells(np.asarray(self.member.mask(INPUT_UM), np.float32)) > 0

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """Left, top, right, bottom of each outline, 400 um pixels (N, 4)."""
        found = [(*p.min(0), *p.max(0)) for p in self.member.polygons(INPUT_UM)]
        return np.array(found, float).reshape(-1, 4)

    def hit(self, column: float, row: float) -> int:
        """Index of the lesion hit by a mark at that place (400 um pixels), -1 for none."""
        hits = np.flatnonzero(on_boxes([[column, row]], self.boxes, HIT_MARGIN_MM * 1000 / INPUT_UM))
        return int(hits[0]) if len(hits) else -1

    def lesion_peaks(self, values: NDArray[np.float32]) -> list[float]:
        """Highest value of a map inside each outline."""
        shape = self.member.image(INPUT_UM).shape
        found = []
        for points in self.member.polygons(INPUT_UM):
            area = cells(polygon2mask(shape, points[:, ::-1] - 0.5).astype(np.float32)) > 0
            found.append(float(values[area].max()) if area.any() else 0.0)
        return found

    def marks(self, values: NDArray[np.float32]) -> CandidateMarks:
        """Peaks of a map on the cells, each with the lesion that it hits."""
        values = np.where(self.inside, values, 0)
        found = peaks(values, NEAREST_CELLS)
        lesion = [self.hit((c + 0.5) * CELL_PX, (r + 0.5) * CELL_PX) for r, c in found]
        return CandidateMarks(
            self.member.group, values[tuple(found.T)].astype(float), np.array(lesion, int), len(self.member.findings)
        )


class OutOfFoldEvidence:
    """All inputs of the figures.

    Raises
    ------
    MammoviewError
        When a stage is missing.
    """

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.recipe: Recipe = recipe_of(runs)
        kept = runs / CALIBRATIONS
        if not kept.exists():
            raise MammoviewError("the fused heatmap is not trained yet", "Run: python -m training fused", runs)
        self.calibrations = {
            int(um): [LogitCalibration(*c) for c in cs] for um, cs in json.loads(kept.read_text()).items()
        }
        self.members = load(runs / "prepared")
        self.patches = {um: _patches(runs, um, self.calibrations[um]) for um in sorted(MAGNIFICATIONS)}
        self.images = [self._image(m) for m in self.members if not m.unplaced]
        self.omitted: list[str] = []

    def omit(self, table: str, subset: str) -> None:
        """Note a comparison that is left out since one of its two sides has no cases."""
        self.omitted.append(f"{table}, {subset}: left out, one of the two has no cases here")

    def _image(self, member: PreparedMammogram) -> OutOfFoldImage:
        with np.load(self.runs / "maps" / f"{member.key}.npz") as kept:
            return OutOfFoldImage(member, kept["stacked"], kept["fused"])

    @property
    def maps(self) -> list[str]:
        """Names of the maps that give marks."""
        return ["fused", "baseline", *(f"grid {um} um" for um in self.recipe.fused.grids)]

    def values(self, image: OutOfFoldImage, name: str) -> NDArray[np.float32]:
        """Return one map of an image."""
        if name == "fused":
            return image.fused
        if name == "baseline":
            return image.stacked[0]
        return image.stacked[1 + self.recipe.fused.grids.index(int(name.split()[1]))]

    @cached_property
    def marks(self) -> dict[str, list[CandidateMarks]]:
        """Marks of every image by map."""
        return {name: [i.marks(self.values(i, name)) for i in self.images] for name in self.maps}

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """Patient of every image."""
        return np.array([i.member.group for i in self.images])

    @cached_property
    def sources(self) -> NDArray[np.str_]:
        """Data set of every image."""
        return np.array([i.member.source for i in self.images])

    @cached_property
    def folds(self) -> NDArray[np.intp]:
        """Fold of every image."""
        return np.array([i.member.fold for i in self.images])

    @cached_property
    def normal(self) -> NDArray[np.bool_]:
        """Images without a finding."""
        return np.array([not i.member.findings for i in self.images])

    def mark(self, fold: int | None = None) -> float:
        """Lowest value at or above which the fused heatmap has at most one false mark per image.

        Chosen without `fold`, or on all.
        """
        chosen = [m for m, f in zip(self.marks["fused"], self.folds, strict=True) if f != fold]
        return float(np.nextafter(FreeResponse(chosen).threshold(1.0), np.inf))
