"""Output of a user's own model over a whole breast: a grid of patches, a heatmap of tiles, or boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.frame import BASE_UM, Frame
from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.inference.preprocessing import (
    CLIP,
    LEAST_SHARE,
    PreparedScan,
    mean_and_deviation,
    patch_starts,
    patches_share,
)
from mammoview.assess.inference.scan_input import Check, prepared_scan
from mammoview.assess.models.own_model import ModelInput, NormalisationKind, OwnModelFacts
from mammoview.assess.models.own_network import OwnNetwork, patch_logits, tile_boxes, tile_maps
from mammoview.assess.results.assessment import Grid, Layer
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.geometry import Affine

ALIGNED_PX = 64
"""Grids of strides that divide this are aligned as those of the bundled models."""
MOST_BOXES = 1000
"""Most boxes of a tile that are kept, the best."""

Progress = Callable[[float], None]


def prepared_for(analysis: ScanAnalysis, given: ModelInput, check: Check = lambda: None) -> PreparedScan:
    """Prepare a scan as a model declares. Raises NoBreastError."""
    prepared = prepared_scan(analysis, check, *_normalisation(given))
    if given.orientation == "nipple right":
        return prepared
    spacing = film_spacing(analysis.scan)
    stored = Affine(BASE_UM / 1000 / spacing.column_mm, BASE_UM / 1000 / spacing.row_mm)
    return replace(prepared, frame=Frame(stored))


def _normalisation(
    given: ModelInput,
) -> tuple[Callable[[NDArray[np.float32]], tuple[float, float]], tuple[float, float]]:
    """Return what measures the normalisation, and the range that values are kept in."""
    match given.normalisation:
        case NormalisationKind.BREAST_DEVIATIONS:
            return mean_and_deviation, CLIP
        case NormalisationKind.BREAST_RANGE:
            return lambda inside: (float(inside.min()), float(inside.max() - inside.min())), (0.0, 1.0)
        case NormalisationKind.FIXED:
            return lambda _inside: (given.mean or 0.0, given.deviation or 1.0), (-np.inf, np.inf)


@dataclass(frozen=True)
class MagnifiedBreast:
    """The breast as the input of a model, half a patch wider on every side.

    Parameters
    ----------
    image, mask
        float32 (rows, columns) each: normalised intensities, and the share of breast per pixel.
    left, top
        Corner of the breast on the lattice of the prepared scan at that magnification, pixels.
    margin
        Pixels between the corner of `image` and that of the breast.
    to_scan
        Maps pixels of `image` to those of the scan.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.float32]
    left: int
    top: int
    margin: int
    to_scan: Affine

    @property
    def inner(self) -> tuple[int, int]:
        """Rows and columns without the margin."""
        rows, columns = self.image.shape
        return rows - 2 * self.margin, columns - 2 * self.margin

    def around(self, centre: NDArray[np.floating], side: int, step: int = 1) -> tuple[int, int]:
        """Return row and column of the corner of a patch around a centre (row, column), moved inside of `image`.

        It lies a multiple of `step` pixels from the corner of the breast, where that is possible.
        """
        start = np.round((np.asarray(centre) - side / 2 - self.margin) / step).astype(int) * step + self.margin
        row, column = np.clip(start, 0, np.array(self.image.shape) - side)
        return int(row), int(column)


def magnified(prepared: PreparedScan, facts: OwnModelFacts, aligned: int, least: int, check: Check) -> MagnifiedBreast:
    """Return the breast at a model's magnification.

    Corner and size are multiples of `aligned` pixels; no side is shorter than `least` pixels.
    """
    um, margin = facts.input.um_per_px, -(-facts.input.patch_px // 2)
    left, top, right, bottom = prepared.extent(um)
    left, top = left // aligned * aligned, top // aligned * aligned
    columns, rows = (-(-max(n, least) // aligned) * aligned for n in (right - left, bottom - top))
    corner, size = (left - margin, top - margin), (rows + 2 * margin, columns + 2 * margin)
    image, mask = prepared.magnified(um, *corner, *size, check)
    return MagnifiedBreast(image, mask, left, top, margin, prepared.frame.lattice(um, *corner))


@dataclass(frozen=True)
class ScannedPatches:
    """Probabilities of a patch classifier over a breast.

    Parameters
    ----------
    grid
        One probability per place; 0 where there is no breast.
    breast
        What the patches were cut from.
    starts
        Row and column of the corner of each patch that holds breast, in `breast.image`, intp (N, 2).
    logits
        Calibrated logit of each, (N,).
    """

    grid: Grid
    breast: MagnifiedBreast
    starts: NDArray[np.intp]
    logits: NDArray[np.float64]


def patch_grid(network: OwnNetwork, prepared: PreparedScan, check: Check, progress: Progress) -> ScannedPatches:
    """Run a patch classifier at every place of its grid that holds breast. Raises ModelError."""
    facts = network.facts
    side, stride = facts.input.patch_px, facts.input.stride
    aligned = ALIGNED_PX if ALIGNED_PX % stride == 0 else stride
    breast = magnified(prepared, facts, aligned, aligned, check)
    shape = tuple(n // stride for n in breast.inner)
    first = stride // 2  # The margin is half a patch: so a patch is centred in its cell.
    share = patches_share(breast.mask[first:, first:], stride, side)[: shape[0], : shape[1]]
    starts = patch_starts(shape, stride) + first
    inside = (share >= LEAST_SHARE).ravel()
    starts = starts[inside]
    logits = np.zeros(len(starts))
    for i in range(0, len(starts), facts.input.batch):
        check()
        progress(i / len(starts))
        batch = starts[i : i + facts.input.batch]
        patches = np.stack([breast.image[r : r + side, c : c + side] for r, c in batch])
        logits[i : i + len(batch)] = patch_logits(network, patches)
    values = np.zeros(inside.size)
    values[inside] = 1 / (1 + np.exp(-logits))
    offset = first + side / 2 - stride / 2
    grid = Grid(
        values.reshape(shape).astype(np.float32),
        breast.to_scan @ Affine(stride, stride, offset, offset),
        um_per_px=facts.input.um_per_px,
        stride_px=stride,
        patch_px=side,
        threshold=facts.thresholds.operating,
    )
    return ScannedPatches(grid, breast, starts, logits)


def tile_starts(length: int, side: int, stride: int, step: int) -> list[int]:
    """Return starts of tiles that cover a length of whole steps, `stride` apart at most, multiples of `step`."""
    if length <= side:
        return [0]
    number = 1 + -(-(length - side) // max(step, stride // step * step))
    return [round(i * (length - side) / (number - 1) / step) * step for i in range(number)]


def tiled_heatmap(
    network: OwnNetwork, prepared: PreparedScan, check: Check, progress: Progress
) -> tuple[Layer, MagnifiedBreast]:
    """Run a heatmap model over overlapping tiles, blended towards their middle. Raises ModelError.

    Cells smaller than 3.2 mm are joined to blocks of about that size, which have the highest value of their cells:
    a peak keeps its height. Cells without breast are 0.
    """
    facts = network.facts
    side, um = facts.input.patch_px, facts.input.um_per_px
    breast = magnified(prepared, facts, ALIGNED_PX, side, check)
    margin = breast.margin
    check()
    cells = tile_maps(network, breast.image[None, margin : margin + side, margin : margin + side]).shape[1]
    step = side // cells
    (rows, columns) = (-(-(n - side) // step) * step + side for n in breast.inner)
    if (rows, columns) != breast.inner:
        breast = _grown(prepared, facts, breast, rows, columns, check)
    tiles = [
        (r, c)
        for r in tile_starts(rows, side, facts.input.stride, step)
        for c in tile_starts(columns, side, facts.input.stride, step)
    ]
    ramp = 1 - np.abs(np.linspace(-1, 1, cells + 2)[1:-1])
    weight = np.outer(ramp, ramp)
    total, weights = np.zeros((rows // step, columns // step)), np.zeros((rows // step, columns // step))
    for i in range(0, len(tiles), facts.input.batch):
        check()
        progress(i / len(tiles))
        batch = tiles[i : i + facts.input.batch]
        maps = tile_maps(
            network,
            np.stack([breast.image[margin + r : margin + r + side, margin + c : margin + c + side] for r, c in batch]),
        )
        for (r, c), one in zip(batch, 1 / (1 + np.exp(-maps)), strict=True):
            place = np.s_[r // step : r // step + cells, c // step : c // step + cells]
            total[place] += weight * one
            weights[place] += weight
    inner = breast.mask[margin : margin + rows, margin : margin + columns]
    share = inner.reshape(rows // step, step, columns // step, step).mean((1, 3))
    values = np.where(share > 0, total / weights, 0)
    block = max(1, round(CELL_UM / um / step))
    lattice = breast.to_scan @ Affine(step * block, step * block, margin, margin)
    return Layer(_block_highest(values, block).astype(np.float32), lattice), breast


def _grown(
    prepared: PreparedScan, facts: OwnModelFacts, breast: MagnifiedBreast, rows: int, columns: int, check: Check
) -> MagnifiedBreast:
    """Return the same with so many rows and columns without the margin."""
    corner = breast.left - breast.margin, breast.top - breast.margin
    size = rows + 2 * breast.margin, columns + 2 * breast.margin
    image, mask = prepared.magnified(facts.input.um_per_px, *corner, *size, check)
    return replace(breast, image=image, mask=mask)


def _block_highest(values: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    """Return the highest value of each block of cells; blocks at the ends may be smaller."""
    rows, columns = (-(-n // block) * block for n in values.shape)
    padded = np.pad(values, ((0, rows - values.shape[0]), (0, columns - values.shape[1])))
    return np.asarray(padded.reshape(rows // block, block, columns // block, block).max((1, 3)))


@dataclass(frozen=True)
class DetectedBoxes:
    """The boxes of a detector over a breast, best first.

    Parameters
    ----------
    boxes
        Left, top, right, bottom in pixels of `breast.image`, float64 (N, 4).
    logits
        Calibrated logit of each, (N,).
    breast
        What the tiles were cut from.
    """

    boxes: NDArray[np.float64]
    logits: NDArray[np.float64]
    breast: MagnifiedBreast

    @property
    def centres(self) -> NDArray[np.float64]:
        """Column and row of each in `breast.image`, (N, 2)."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / 2


def detected(network: OwnNetwork, prepared: PreparedScan, check: Check, progress: Progress) -> DetectedBoxes:
    """Run a detector over overlapping tiles. Raises ModelError.

    Of boxes that overlap by `output.overlap` or more the best remains. Boxes whose centre lies outside of the breast,
    and those below the lowest threshold, are left out.
    """
    facts = network.facts
    side, stride = facts.input.patch_px, facts.input.stride
    breast = magnified(prepared, facts, 1, side, check)
    margin, (rows, columns) = breast.margin, breast.inner
    tiles = [(r, c) for r in tile_starts(rows, side, stride, 1) for c in tile_starts(columns, side, stride, 1)]
    boxes, logits = [np.zeros((0, 4))], [np.zeros(0)]
    for i, (r, c) in enumerate(tiles):
        check()
        progress(i / len(tiles))
        found, z = tile_boxes(network, breast.image[margin + r : margin + r + side, margin + c : margin + c + side])
        best = np.argsort(-z, kind="stable")[:MOST_BOXES]
        boxes.append(np.clip(found[best], 0, side) + np.array([c, r, c, r]) + margin)
        logits.append(z[best])
    every, z = np.concatenate(boxes), np.concatenate(logits)
    middle = (every[:, :2] + every[:, 2:]) / 2
    at = np.clip(middle.astype(int), 0, np.array(breast.image.shape)[::-1] - 1)
    least = facts.thresholds.kept
    kept = (breast.mask[at[:, 1], at[:, 0]] > 0) & (z >= np.log(least / (1 - least)))
    kept &= (every[:, 2] > every[:, 0]) & (every[:, 3] > every[:, 1])
    chosen = separate(every[kept], z[kept], facts.output.overlap)
    return DetectedBoxes(every[kept][chosen], z[kept][chosen], breast)


def separate(boxes: NDArray[np.float64], scores: NDArray[np.float64], overlap: float) -> NDArray[np.intp]:
    """Return indices of boxes, best first, without those that overlap a better one (greedy suppression)."""
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        waiting = waiting[intersection_over_union(boxes[best], boxes[waiting]) < overlap]
    return np.array(kept, np.intp)


def intersection_over_union(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the overlap of a box (4,) with each of others (N, 4), 0..1."""
    width = np.clip(np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0]), 0, None)
    height = np.clip(np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1]), 0, None)
    both = width * height
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) + (box[2] - box[0]) * (box[3] - box[1])
    return np.asarray(both / np.maximum(areas - both, 1e-12))


def box_map(found: DetectedBoxes, prepared: PreparedScan) -> Layer:
    """Return the score of the best box over each cell of 3.2 mm; every box counts at its own centre."""
    left, top, right, bottom = prepared.extent(CELL_UM)
    lattice = prepared.frame.lattice(CELL_UM, left, top)
    values = np.zeros((bottom - top, right - left), np.float32)
    to_cells = lattice.inverse @ found.breast.to_scan
    for box, logit in zip(found.boxes[::-1], found.logits[::-1], strict=True):
        corners = to_cells(box.reshape(2, 2))
        (c0, r0), (c1, r1) = corners.min(0), corners.max(0)
        rows, columns = (slice(max(0, round(a)), max(0, round(b))) for a, b in ((r0, r1), (c0, c1)))
        score = float(1 / (1 + np.exp(-logit)))
        values[rows, columns] = np.maximum(values[rows, columns], score)
        c, r = np.clip(np.floor(corners.mean(0)).astype(int), 0, np.array(values.shape)[::-1] - 1)
        values[r, c] = max(values[r, c], score)
    return Layer(values, lattice)


def read_cells(layer: Layer, lattice: Affine, shape: tuple[int, int]) -> Layer:
    """Return a layer's values at the centres of the cells of another lattice; 0 outside of it."""
    centres = np.stack(np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5), -1)
    at = np.floor(layer.to_scan.inverse(lattice(centres))).astype(int)
    rows, columns = layer.values.shape
    inside = (at[..., 0] >= 0) & (at[..., 0] < columns) & (at[..., 1] >= 0) & (at[..., 1] < rows)
    values = layer.values[at[..., 1].clip(0, rows - 1), at[..., 0].clip(0, columns - 1)]
    return Layer(np.where(inside, values, 0).astype(np.float32), lattice)
