"""The assessment of a scan: plain arrays with their place in it. No torch in here.

Every layer is an array of cells and an affine from its cell lattice to scan pixels (cell centres at integer + 0.5),
so that drawing, measuring and exporting a layer need no other geometry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import Frame
from mammoview.assess.models.operating_curves import BundleCurves
from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import within_budgets
from mammoview.study.geometry import Affine

MEAN_CALIBRATION = (0.0224, 0.0167, 0.0442)
"""Calibration error of the mean of the grids as shown, and its 95 % interval, on tissue and findings of women whom
neither the models nor the fit saw: ECE over 15 bins of equal mass, from `training/results/grid_calibration.csv`."""

OWN_SCORES = "probabilities of the user's own model"
"""What the provenance calls the scores of marks of a model that is not bundled."""


@dataclass(frozen=True)
class Layer:
    """Values on a lattice over the scan.

    Parameters
    ----------
    values
        float32 (rows, columns) of the lattice.
    to_scan
        Maps (column, row) of the lattice to (column, row) of the scan.
    """

    values: NDArray[np.float32]
    to_scan: Affine

    def at(self, column: float, row: float) -> float | None:
        """Value of the cell that holds the scan point (column, row); None outside the lattice."""
        c, r = np.floor(self.to_scan.inverse((column, row))).astype(int)
        rows, columns = self.values.shape
        return float(self.values[r, c]) if 0 <= r < rows and 0 <= c < columns else None


@dataclass(frozen=True)
class Grid(Layer):
    """The aggregated patch grid: one calibrated probability per patch position.

    A cell is one stride wide and centred on its patch; the patch itself is larger (`patch_px`).

    Parameters
    ----------
    um_per_px
        Magnification of the patches.
    stride_px, patch_px
        Distance of neighbouring patches and side of a patch, in pixels of that magnification.
    threshold
        Operating threshold of the classifier.
    mean_of
        Magnifications whose logits this grid is the mean of, not given a threshold of its own. Empty for the grid of
        one classifier.
    """

    um_per_px: float = 200.0
    stride_px: int = 64
    patch_px: int = 128
    threshold: float = 0.5
    mean_of: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Name in tables and files: "grid_200um" or "grid_mean"."""
        return _grid_name(self.um_per_px, self.mean_of)

    @property
    def title(self) -> str:
        """Name for the reader: "200 um" or "mean of 100, 150, 200 um"."""
        return _grid_title(self.um_per_px, self.mean_of)


def _grid_name(um_per_px: float, mean_of: tuple[int, ...] = ()) -> str:
    return "grid_mean" if mean_of else f"grid_{um_per_px:g}um"


def _grid_title(um_per_px: float, mean_of: tuple[int, ...] = ()) -> str:
    return f"mean of {', '.join(map(str, mean_of))} um" if mean_of else f"{um_per_px:g} um"


@dataclass(frozen=True)
class Finding:
    """One suspicious place, ranked by score.

    Parameters
    ----------
    column, row
        Place in scan pixels.
    x_mm, y_mm
        Place in mm from the scan's left and top edge, or None when the spacing is unknown.
    score
        Frequency that the re-scorer gives it, or, without one, value of the fused heatmap at its peak, 0..1.
    layers
        Names of the layers that are above their threshold here.
    flips
        Lowest and highest probability of the leading classifier's patch here over its four flips: how steady the local
        result is. None where that was not asked for.
    folds
        Lowest and highest probability of that patch over all folds of the leading classifier that ship: how much it
        depends on the training patients. None where one fold ships.
    fold_values
        The probabilities of which `folds` is the range, one per fold. None where one fold ships, and in assessments of
        earlier versions.
    cluster
        Whether it is listed for a cluster of bright spots, which may be calcifications, rather than as a peak of the
        maps.
    interval
        95 % interval of the score where it is a frequency: of as many marks scored so, the share that held a finding,
        out of fold. None where it is the value of a map.
    """

    rank: int
    column: float
    row: float
    x_mm: float | None
    y_mm: float | None
    score: float
    layers: tuple[str, ...]
    flips: tuple[float, float] | None = None
    folds: tuple[float, float] | None = None
    interval: tuple[float, float] | None = None
    fold_values: tuple[float, ...] | None = None
    cluster: bool = False

    def is_place_of(self, other: Finding) -> bool:
        """Whether another mark is this one: what agrees with it may have become known since."""
        return (self.column, self.row, self.score) == (other.column, other.row, other.score)

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Finding:
        """Return the finding in a JSON object that was made by `asdict`; other entries of it are left out.

        Raises
        ------
        TypeError
            When the object lacks what every finding has.
        """
        known = {one.name: held[one.name] for one in fields(cls) if one.name in held}
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in known.items()}
        return cls(**values)


@dataclass(frozen=True)
class Assessment:
    """All results of the models for one scan.

    Parameters
    ----------
    frame
        The paper's base image of this scan.
    grids
        One per magnification, keyed by um per pixel: 100, 150, 200; only those for which a model is bundled.
    heatmap, heatmap_baseline
        The fused and the baseline regression over the whole breast (overlapping Frames merged), 3.2 mm cells. A model
        of the user's own has one heatmap, and None for the baseline.
    frame_heatmap, frame_heatmap_baseline
        The same over the paper's single Frame: 32 x 32.
    saliency
        Model sensitivity: abs. gradient of the entropy of gated patches, summed, bounded by the heatmap; in units of
        nat per unit of normalised intensity, on the lattice of the magnified image.
    tau
        Threshold of the fused heatmap that gates and bounds the saliency.
    weighting, gate
        What the saliency is the gradient of (a `sensitivity.Weighting`), and the least probability of its patches; None
        where it is that of the leading grid's threshold.
    marks
        Every mark that is listed at some budget of false marks, ranked, best first.
    curves
        What thresholds cost and find, of the models that made this; empty where their bundle has none.
    provenance
        Model names, versions, SHA-256, thresholds, device, seconds; ready for JSON.
    warnings
        Lines for a banner, such as "spacing is assumed".
    leading_um
        Magnification whose saliency this is, and whose grid is drawn unless another is chosen, um per pixel; the finest
        when None.
    mark
        Value of the fused heatmap from which its layer is drawn at first; tau where the model has none of its own.
    listed
        Score from which findings are listed; `operating` where it is None.
    mean_grid
        The mean of all magnifications; None where there is but one.
    drawn
        Name of the grid that is drawn; the leading one when empty or unknown.
    budget
        False marks per normal view that the thresholds of findings, heatmap and leading grid follow; None where they
        are the models' own.
    logits
        Calibrated logit of every patch that a classifier reads, by um per pixel, on a lattice of the centres of the
        patches, NaN where there is no breast: what a picture of which a part was altered is assessed anew from. Empty
        for a model of the user's own, and in assessments of earlier versions.
    lacking
        Magnifications that have not been read yet, um per pixel: no mark, score or place rests on them, but their
        grids, the mean grid and which grids agree with a mark are not known. Empty once the assessment is complete.
    """

    frame: Frame
    grids: Mapping[int, Grid]
    heatmap: Layer
    heatmap_baseline: Layer | None
    frame_heatmap: Layer
    frame_heatmap_baseline: Layer | None
    saliency: Layer
    tau: float
    marks: tuple[Finding, ...] = ()
    curves: BundleCurves = field(default_factory=BundleCurves)
    provenance: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    leading_um: int | None = None
    mark: float | None = None
    listed: float | None = None
    mean_grid: Grid | None = None
    drawn: str = ""
    weighting: str = "entropy"
    gate: float | None = None
    budget: float | None = None
    logits: Mapping[int, Layer] = field(default_factory=dict)
    lacking: tuple[int, ...] = ()

    def refuse_incomplete(self) -> None:
        """Raise MammoviewError while magnifications are `lacking`: what leaves the program is complete."""
        if self.lacking:
            scales = " and ".join(f"{um} um" for um in self.lacking)
            raise MammoviewError(f"the grids at {scales} have not been read yet", "Use `Assessor.complete` first")

    @property
    def named_grids(self) -> dict[str, Grid]:
        """All grids by name, the leading one first and the mean last."""
        leading = self._leading
        found = [leading, *(g for g in self.grids.values() if g is not leading), self.mean_grid]
        return {g.name: g for g in found if g is not None}

    @property
    def grid_titles(self) -> dict[str, str]:
        """Titles of all grids by name, in the order of `named_grids`; also of those that are still lacking."""
        titles = {name: grid.title for name, grid in self.named_grids.items()}
        if self.lacking:
            titles |= {_grid_name(um): _grid_title(um) for um in self.lacking}
            scales = tuple(sorted((*self.grids, *self.lacking)))
            titles[_grid_name(0, scales)] = _grid_title(0, scales)
        return titles

    @property
    def lacks_drawn(self) -> bool:
        """Whether the chosen grid is still lacking."""
        return self.drawn in self.grid_titles.keys() - self.named_grids.keys()

    @property
    def operating(self) -> float:
        """Value of the fused heatmap from which the layer is drawn at first."""
        return self.tau if self.mark is None else self.mark

    @property
    def least(self) -> float:
        """Score from which findings are listed."""
        return self.operating if self.listed is None else self.listed

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The marks that are listed, ranked, best first."""
        return self.marks_from(self.least)

    @property
    def rescored(self) -> bool:
        """Whether the scores of marks are frequencies; else they are values of the fused heatmap."""
        return any(mark.interval is not None for mark in self.marks)

    @property
    def own_model(self) -> str:
        """Name and version of the user's own model that made this; empty where the bundled ones did."""
        models = self.provenance.get("models")
        if self.provenance.get("scores") != OWN_SCORES or not isinstance(models, list | tuple) or not models:
            return ""
        return f"{models[0]['name']} {models[0]['version']}"

    @property
    def model_key(self) -> str:
        """`OwnModelFacts.key` of the user's own model that made this; empty where the bundled ones did."""
        models = self.provenance.get("models")
        return str(models[0].get("facts_sha256", "")) if self.own_model and isinstance(models, list | tuple) else ""

    def marks_from(self, score: float) -> tuple[Finding, ...]:
        """Return the marks of at least this score, ranked, best first.

        For a budget of false marks per normal view it is `curves.findings.threshold_at(budget)`.
        """
        return tuple(mark for mark in self.marks if mark.score >= score)

    def layers_above(self, finding: Finding) -> tuple[str, ...]:
        """Return the names of the layers that are above the present thresholds at a finding.

        Those of the finding itself hold for the thresholds with which it was made.
        """
        if self.curves == BundleCurves():
            return finding.layers  # There is no budget that could have moved them.
        maps = {"heatmap": self.heatmap, "heatmap_baseline": self.heatmap_baseline}
        layers = [(name, one, self.operating) for name, one in maps.items() if one is not None]
        layers += [(f"grid_{um}um", grid, grid.threshold) for um, grid in self.grids.items()]
        return tuple(name for name, one, least in layers if (one.at(finding.column, finding.row) or 0.0) >= least)

    def at_budget(self, false_marks: float) -> Assessment:
        """Return the same with the thresholds that cost so many false marks per normal view.

        Findings are listed, the fused heatmap is drawn and the leading grid is positive from them on. What has no
        operating curve keeps its threshold. Budgets beyond those that can be chosen are taken for the nearest.
        """
        false_marks = within_budgets(false_marks)
        curves, grids = self.curves, dict(self.grids)
        has_curves = any(curve is not None for curve in (curves.findings, curves.heatmap, curves.grid))
        if curves.grid is not None:
            threshold = curves.grid.threshold_at(false_marks)
            grids = {um: replace(g, threshold=threshold) if g is self._leading else g for um, g in grids.items()}
        return replace(
            self,
            grids=grids,
            mark=self.mark if curves.heatmap is None else curves.heatmap.threshold_at(false_marks),
            listed=self.listed if curves.findings is None else curves.findings.threshold_at(false_marks),
            budget=false_marks if has_curves else None,
        )

    @property
    def grid(self) -> Grid | None:
        """The grid that is drawn: the chosen one, else the leading one; None without grids, or while it is lacking."""
        if self.lacks_drawn:
            return None
        return self.named_grids.get(self.drawn, self._leading)

    @property
    def _leading(self) -> Grid | None:
        if not self.grids:
            return None
        um = self.leading_um
        return self.grids[um if um is not None and um in self.grids else min(self.grids)]
