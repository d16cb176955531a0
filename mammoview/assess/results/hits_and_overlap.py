"""Outlines against the models' layers: what was hit, how well the areas agree, how many marks were false. No torch.

The definitions, which training uses as well:

* a **mark** of a layer is a local maximum at or above the threshold, with no higher one within about 1 cm;
* an outline is **hit** by a layer when a mark lies inside the outline's box widened by 1.6 mm on every side (half a
  cell of the heatmap); a mark that hits no outline is **false**. A core lies in its boundary and is not counted apart;
* a **region** of a layer is a connected set of cells (8-neighbours) at or above the threshold. The best overlap
  of an outline is that of the region with the highest IoU = |A and B| / |A or B|; its Dice is 2 IoU / (1 + IoU). Cells
  that the outline's line cuts count by the part that lies inside;
* the **distance** is that from the outline's centre of mass to the nearest mark.

What counts as truth are the outlines that others drew, unless the reader chooses otherwise (`Truth`). Outlines of the
reader's own are set against that truth as one more layer: their marks are their centres of mass, their regions
themselves.

The saliency is averaged over cells of 1.6 mm and ranked anew, 0..1: single pixels of it make neither marks nor regions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.draw import polygon2mask

from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.assess.results.local_maxima import local_maxima
from mammoview.display.lattice import Lattice
from mammoview.display.layer_rendering import percentile_rank
from mammoview.display.layers.registry import COMPARED
from mammoview.study.geometry import Affine
from mammoview.study.outline_sources import Truth, counted
from mammoview.study.scan import Outline, OutlineKind, Scan
from mammoview.study.spacing import Spacing

HIT_MARGIN_MM = 1.6
"""A mark hits an outline inside its box widened by this."""
APART_MM = 9.6
"""Marks are at least about this far apart: three cells of the heatmap."""
LOWEST = 1e-4
"""Values up to this are nothing at all."""
SALIENCY_CELL_MM = 1.6
"""Side of the cells over which the saliency is averaged."""
NOMINAL_MM = 0.05
"""Millimetres per pixel taken for margins where the spacing is unknown, as the Frame does; never reported."""
_FINE_MM = 0.4
"""Side of the squares in which the area of an outline is counted, at most."""
_HASH_DIGITS = 12
OWN_LAYER = "own"
"""Name under which the reader's own outlines are compared; a layer without values."""
_EIGHT = np.ones((3, 3), int)


@dataclass(frozen=True)
class OutlineMatch:
    """One outline and one layer.

    Parameters
    ----------
    hit
        Whether a mark lies on it.
    iou, dice
        Best overlap with a region of the layer, 0..1.
    distance
        From the outline's centre to the nearest mark: mm, or pixels where the spacing is unknown; None without marks.
    score
        Highest value of the marks that hit it, or None.
    """

    hit: bool
    iou: float
    dice: float
    distance: float | None
    score: float | None


@dataclass(frozen=True)
class LayerComparison:
    """All outlines of a scan and one layer at one threshold.

    Parameters
    ----------
    layer
        "grid_200um", "heatmap_baseline", "heatmap", "saliency"; "own" for outlines of the reader's own.
    threshold
        0..1; NaN for a layer without values.
    matches
        One per outline of `OutlineComparison.outlines`.
    marks, false_marks
        Number of marks, and of those that hit nothing.
    """

    layer: str
    threshold: float
    matches: tuple[OutlineMatch, ...]
    marks: int
    false_marks: int

    @property
    def hits(self) -> int:
        """Number of outlines hit."""
        return sum(match.hit for match in self.matches)


def peaks(values: NDArray[np.floating], apart: int) -> NDArray[np.intp]:
    """Return local maxima above nothing, (N, 2) of (row, column), each the highest within `apart` cells."""
    return local_maxima(values, apart, LOWEST)


def on_boxes(points: ArrayLike, boxes: ArrayLike, margin: ArrayLike) -> NDArray[np.bool_]:
    """Return which points lie in which boxes, widened.

    Parameters
    ----------
    points
        (N, 2), (column, row).
    boxes
        (M, 4): left, top, right, bottom, in the unit of the points.
    margin
        One number for both directions, or (across, down), in the same unit: `HIT_MARGIN_MM` of it.

    Returns
    -------
    bool (N, M).
    """
    p = np.asarray(points, float).reshape(-1, 1, 2)
    b = np.asarray(boxes, float).reshape(1, -1, 4)
    return np.asarray(((p >= b[..., :2] - margin) & (p <= b[..., 2:] + margin)).all(axis=-1))


def hits(places: ArrayLike, outlines: Sequence[Outline], spacing: Spacing) -> NDArray[np.bool_]:
    """Return which marks hit which outlines, bool (N, M).

    Parameters
    ----------
    places
        (N, 2), (column, row) in scan pixels.
    outlines
        M of them.
    spacing
        Of the scan.
    """
    across, down = mm_per_px(spacing)
    boxes = [outline.box for outline in outlines]
    return on_boxes(places, boxes, (HIT_MARGIN_MM / across, HIT_MARGIN_MM / down))


def lone_marks(these: ArrayLike, others: ArrayLike, mm: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which marks of two lists on one scan have none of the other list near, within `APART_MM`.

    Parameters
    ----------
    these, others
        Columns and rows in scan pixels, shapes (N, 2) and (M, 2).
    mm
        Millimetres per pixel: one number for both directions, or (across, down).

    Returns
    -------
    bool (N,) and (M,)
    """
    one, two = (np.asarray(places, np.float64).reshape(-1, 2) for places in (these, others))
    near = np.hypot(*((one[:, None] - two[None]) * np.asarray(mm, np.float64)).transpose(2, 0, 1)) <= APART_MM
    return np.asarray(~near.any(1)), np.asarray(~near.any(0))


def highest_place(layer: Layer) -> tuple[float, float] | None:
    """Return the centre of the cell of the highest value, (column, row) in scan pixels; None where all is nothing."""
    values = np.nan_to_num(layer.values, nan=0.0)
    if not values.size or values.max() <= LOWEST:
        return None
    row, column = np.unravel_index(int(np.argmax(values)), values.shape)
    x, y = layer.to_scan((column + 0.5, row + 0.5))
    return float(x), float(y)


class _PreparedLayer:
    """One layer made ready: its marks and how much of each cell every outline covers."""

    def __init__(self, layer: Lattice, outlines: Sequence[Outline], spacing: Spacing) -> None:
        self.layer = layer
        across, down = mm_per_px(spacing)
        cell = layer.to_scan.cell(across, down)
        values = np.nan_to_num(np.asarray(layer.values, np.float64), nan=0.0)
        self.values = values
        found = peaks(values, max(1, round(APART_MM / min(cell)))) if values.size else np.empty((0, 2), int)
        self.scores = values[tuple(found.T)]
        self.places = layer.to_scan(found[:, ::-1] + 0.5)
        self.on = hits(self.places, outlines, spacing)
        unit = (spacing.column_mm, spacing.row_mm) if spacing.known else (1.0, 1.0)
        centres = np.array([outline.centroid for outline in outlines]).reshape(1, -1, 2)
        self.distances = np.linalg.norm((self.places[:, None] - centres) * unit, axis=2)
        self.covered = [_coverage(outline, layer, max(1, int(np.ceil(max(cell) / _FINE_MM)))) for outline in outlines]

    def at(self, name: str, threshold: float) -> LayerComparison:
        """Compare at a threshold; what is nothing stays nothing at a threshold of zero."""
        up = self.scores >= threshold
        labels, _ = ndimage.label((self.values >= threshold) & (self.values > LOWEST), _EIGHT)
        sizes = np.bincount(labels.ravel()).astype(float)
        matches = []
        for k, (inside, place, area) in enumerate(self.covered):
            iou = _best_iou(labels[place], inside, sizes, area)
            hitting = up & self.on[:, k]
            matches.append(
                OutlineMatch(
                    hit=bool(hitting.any()),
                    iou=iou,
                    dice=2 * iou / (1 + iou),
                    distance=float(self.distances[up, k].min()) if up.any() else None,
                    score=float(self.scores[hitting].max()) if hitting.any() else None,
                )
            )
        false = int((up & ~self.on.any(1)).sum())
        return LayerComparison(name, threshold, tuple(matches), int(up.sum()), false)


def _best_iou(labels: NDArray[np.int32], inside: NDArray[np.float64], sizes: NDArray[np.float64], area: float) -> float:
    """Highest IoU of one outline with a region; sizes and areas in cells."""
    if not labels.any():
        return 0.0
    common = np.bincount(labels.ravel(), inside.ravel(), len(sizes))[1:]
    return float((common / (sizes[1:] + area - common)).max())


def _coverage(outline: Outline, layer: Lattice, fine: int) -> tuple[NDArray[np.float64], tuple[slice, slice], float]:
    """Return the covered part 0..1 of each cell, which cells those are, and the outline's whole area in cells."""
    points = layer.to_scan.inverse(outline.points)
    # What lies far beyond the layer is not counted, so that no outline needs more memory than the layer does.
    size = np.array(layer.values.shape[::-1])
    low = np.floor(np.clip(points.min(0), -size, 2 * size - 1)).astype(int)
    high = np.floor(np.clip(points.max(0), -size, 2 * size - 1)).astype(int) + 1
    shape = (high - low) * fine
    squares = polygon2mask((shape[1], shape[0]), ((points - low) * fine)[:, ::-1] - 0.5)
    part = squares.reshape(shape[1] // fine, fine, shape[0] // fine, fine).mean((1, 3))
    rows, columns = layer.values.shape
    (left, top), (right, bottom) = np.clip(low, 0, (columns, rows)), np.clip(high, 0, (columns, rows))
    cut = part[top - low[1] : bottom - low[1], left - low[0] : right - low[0]]
    return cut, (slice(top, bottom), slice(left, right)), float(part.sum())


def _filled(outline: Outline, lattice: Layer) -> NDArray[np.float64]:
    """Return how much of each cell of a lattice an outline covers, 0..1."""
    canvas = np.zeros(lattice.values.shape)
    part, place, _ = _coverage(outline, lattice, 1)
    canvas[place] = part
    return canvas


class OutlineComparison:
    """A scan's outlines made ready for comparison with its assessment; `at` is then quick enough for a slider."""

    def __init__(self, scan: Scan, assessment: Assessment, truth: Truth = Truth.OTHERS) -> None:
        """Prepare; some tens of milliseconds.

        `outlines` are those that count as `truth`, `models` made the layers, `weighting` is that of the saliency.
        """
        self.models, self.weighting = _models_of(assessment), assessment.weighting
        self.scan, self.truth = scan, truth
        self.outlines = lesions(counted(scan.outlines, truth))
        self.own = lesions(counted(scan.outlines, Truth.OWN)) if truth is Truth.OTHERS else ()
        self.layers = layers_of(assessment, scan.spacing)
        self._ready = {name: _PreparedLayer(layer, self.outlines, scan.spacing) for name, layer in self.layers.items()}
        self.at = lru_cache(maxsize=256)(self._at)

    def _at(self, name: str, threshold: float) -> LayerComparison:
        """Compare one layer at a threshold 0..1."""
        return self._ready[name].at(name, threshold)

    @cached_property
    def reader(self) -> LayerComparison:
        """The reader's own outlines against those that count as truth."""
        across, down = mm_per_px(self.scan.spacing)
        step = Affine(_FINE_MM / across, _FINE_MM / down)
        columns, rows = np.ceil(step.inverse((self.scan.columns, self.scan.rows))).astype(int)
        lattice = Layer(np.zeros((rows, columns), np.float32), step)
        drawn = [_filled(outline, lattice) for outline in self.own]
        places = np.array([outline.centroid for outline in self.own]).reshape(-1, 2)
        on = hits(places, self.outlines, self.scan.spacing)
        unit = (across, down) if self.scan.spacing.known else (1.0, 1.0)
        matches = []
        for k, outline in enumerate(self.outlines):
            inside = _filled(outline, lattice)
            ious = [float(np.minimum(inside, one).sum() / max(1e-9, np.maximum(inside, one).sum())) for one in drawn]
            iou = max(ious, default=0.0)
            away = np.linalg.norm((places - outline.centroid) * unit, axis=1)
            distance = float(away.min()) if away.size else None
            matches.append(OutlineMatch(bool(on[:, k].any()), iou, 2 * iou / (1 + iou), distance, None))
        false = int((~on.any(1)).sum())
        return LayerComparison(OWN_LAYER, math.nan, tuple(matches), len(self.own), false)

    def highest(self, name: str) -> tuple[float, ...]:
        """Return the highest value of a layer where a mark would hit, for each outline; 0 where no cell lies there."""
        ready = self._ready[name]
        rows, columns = np.indices(ready.values.shape)
        cells = ready.layer.to_scan(np.column_stack([columns.ravel() + 0.5, rows.ravel() + 0.5]))
        inside = hits(cells, self.outlines, self.scan.spacing)
        values = ready.values.ravel()
        return tuple(float(values[inside[:, k]].max(initial=0.0)) for k in range(len(self.outlines)))

    def region(self, name: str, threshold: float) -> Layer:
        """Return the cells that count at a threshold: values 1 inside, 0 outside."""
        ready = self._ready[name]
        inside = (ready.values >= threshold) & (ready.values > LOWEST)
        return Layer(inside.astype(np.float32), ready.layer.to_scan)


def lesions(outlines: Iterable[Outline]) -> tuple[Outline, ...]:
    """Return the outlines that count as one lesion each: all but cores, which lie in a boundary."""
    found = tuple(outlines)
    return tuple(o for o in found if o.kind is not OutlineKind.CORE) or found


def layers_of(assessment: Assessment, spacing: Spacing) -> dict[str, Lattice]:
    """Return what is compared, on the scale 0..1, by name; over the whole breast."""
    return {
        name: averaged_saliency(lattice, spacing) if one.ranked else lattice
        for one in COMPARED
        for name, (lattice, _) in one.maps(assessment).items()
    }


def averaged_saliency(saliency: Lattice, spacing: Spacing) -> Layer:
    """Average over cells of 1.6 mm and rank the cells among those that are not zero, 0..1."""
    steps = [max(1, round(SALIENCY_CELL_MM / mm)) for mm in saliency.to_scan.cell(*mm_per_px(spacing))]
    values = np.nan_to_num(saliency.values, nan=0.0)
    rows, columns = (-(-n // step) for n, step in zip(values.shape, steps[::-1], strict=True))
    padded = np.pad(values, ((0, rows * steps[1] - values.shape[0]), (0, columns * steps[0] - values.shape[1])))
    means = padded.reshape(rows, steps[1], columns, steps[0]).mean((1, 3))
    return Layer(percentile_rank(means), saliency.to_scan @ Affine(steps[0], steps[1]))


def _models_of(assessment: Assessment) -> str:
    """Return name, version and the first digits of the hash of the models of an assessment; empty where not known."""
    stated = assessment.provenance.get("models")
    models = stated if isinstance(stated, list | tuple) else ()
    names = (f"{one.get('name', '')} {one.get('version', '')}" for one in models)
    hashes = (str(one.get("sha256", ""))[:_HASH_DIGITS] for one in models)
    return ", ".join(f"{name} ({digits})" if digits else name for name, digits in zip(names, hashes, strict=True))


def operating_points(assessment: Assessment) -> dict[str, float]:
    """Return the thresholds at which the models were tuned; for the saliency the percentile that is drawn from."""
    return {name: point for one in COMPARED for name, (_, point) in one.maps(assessment).items()}


def mm_per_px(spacing: Spacing) -> tuple[float, float]:
    """Return millimetres per pixel across and down, nominal where unknown."""
    return (spacing.column_mm, spacing.row_mm) if spacing.known else (NOMINAL_MM, NOMINAL_MM)
