"""The heatmap regressors over the paper's Frame and, in overlapping Frames, over the whole breast (P18-P20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.inference.dense_classifier import DenseResult, PatchLogits, tensor
from mammoview.assess.inference.heatmap_cells import CELL_PX, CELL_UM, FRAME_CELLS, FRAME_PX, INPUT_UM
from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.inference.preprocessing import Normalisation, PreparedScan, position_channels
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, SqueezeHeatmapConfig
from mammoview.assess.results.assessment import Layer
from mammoview.study.geometry import Affine


def frame_starts(low: int, high: int) -> list[int]:
    """Return starts (input pixels) of overlapping Frames that cover low..high, half a Frame apart at most."""
    span = max(high - low, FRAME_PX)
    number = 1 + -(-(span - FRAME_PX) // (FRAME_PX // 2))
    return [low + round(i * (span - FRAME_PX) / max(1, number - 1) / CELL_PX) * CELL_PX for i in range(number)]


def baseline_map(
    network: HeatmapRegressor, image: NDArray[np.float32], check: Callable[[], None] = lambda: None
) -> NDArray[np.float32]:
    """Heatmap of an input whose sides are multiples of 256 at least: Frames half overlapping, blended.

    A network with SqueezeNet's features, which costs more, goes over the input in one pass: no place is read twice.

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, 400 um per pixel; each side at least 256 and a multiple of 8.
    check
        Called before each Frame; raises to stop the work.

    Returns
    -------
    float32 (rows / 8, columns / 8).
    """
    rows, columns = image.shape
    device = next(network.parameters()).device
    if isinstance(network.config, SqueezeHeatmapConfig):
        check()
        with torch.inference_mode():
            return network(tensor(image, device))[0, 0].float().cpu().numpy()
    ramp = 1 - np.abs(np.linspace(-1, 1, FRAME_CELLS + 2)[1:-1])
    weight = np.outer(ramp, ramp)
    total, weights = np.zeros((rows // CELL_PX, columns // CELL_PX)), np.zeros((rows // CELL_PX, columns // CELL_PX))
    for r in frame_starts(0, rows):
        for c in frame_starts(0, columns):
            check()
            with torch.inference_mode():
                out = network(tensor(image[r : r + FRAME_PX, c : c + FRAME_PX], device))[0, 0].float().cpu().numpy()
            place = np.s_[r // CELL_PX : r // CELL_PX + FRAME_CELLS, c // CELL_PX : c // CELL_PX + FRAME_CELLS]
            total[place] += weight * out
            weights[place] += weight
    return (total / weights).astype(np.float32)


def fused_map(network: FusedHeatmap, channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fused heatmap float32 (rows, columns) of stacked inputs float32 (channels, rows, columns)."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        return network(torch.from_numpy(channels)[None].to(device))[0, 0].float().cpu().numpy()


def stacked_inputs(
    baseline: NDArray[np.float32], grids: list[NDArray[np.float32]], position: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Stack the fused model's input: baseline map, grids, position; all on the heatmap's lattice."""
    layers = [baseline[None], *(g[None] for g in grids), *([position] if position is not None else [])]
    return np.concatenate(layers).astype(np.float32)


def heatmaps(
    baseline: HeatmapRegressor,
    fused: FusedHeatmap,
    prepared: PreparedScan,
    scanned: Mapping[int, DenseResult],
    area: tuple[int, int, int, int],
    check: Callable[[], None] = lambda: None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Baseline and fused heatmap over an area of the heatmap's lattice, breast only.

    Parameters
    ----------
    scanned
        The classifiers' dense logits by um per pixel.
    area
        Left, top, rows, columns in cells of 3.2 mm, relative to the Frame's corner; (0, 0, 32, 32) is the paper's.
    check
        Called between Frames; raises to stop the work.

    Returns
    -------
    Two float32 (rows, columns) arrays; cells without breast are 0.
    """
    left, top, rows, columns = area
    lattice = prepared.frame.lattice(CELL_UM, left, top)
    base, inside = baseline_over(baseline, prepared, area, check)
    grids = [grid_cells(scanned[um], um, area) for um in fused.config.grids]
    position = position_channels(prepared, lattice, rows, columns) if fused.config.position else None
    both = fused_map(fused, stacked_inputs(base, grids, position))
    return np.where(inside, base, 0).astype(np.float32), np.where(inside, both, 0).astype(np.float32)


def all_heatmaps(
    bundle: ModelBundle,
    placement: ModelPlacement,
    prepared: PreparedScan,
    scanned: Mapping[int, DenseResult],
    check: Callable[[], None],
) -> tuple[Layer, Layer, Layer, Layer]:
    """Return baseline and fused heatmap over the whole breast, then both over the paper's Frame.

    Parameters are those of `heatmaps`.
    """
    networks = cast(HeatmapRegressor, bundle.baseline.network), cast(FusedHeatmap, bundle.fused.network)
    layers: list[Layer] = []
    with placement.precision(bundle.baseline):
        for area in (whole_breast(prepared), (0, 0, FRAME_CELLS, FRAME_CELLS)):
            lattice = prepared.frame.lattice(CELL_UM, *area[:2])
            layers += [Layer(v, lattice) for v in heatmaps(*networks, prepared, scanned, area, check)]
            check()
    return layers[0], layers[1], layers[2], layers[3]


def baseline_over(
    network: HeatmapRegressor,
    prepared: PreparedScan,
    area: tuple[int, int, int, int],
    check: Callable[[], None] = lambda: None,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Baseline heatmap over an area, and which of its cells hold breast, (rows, columns); `area` as of `heatmaps`."""
    left, top, rows, columns = area
    image, mask = prepared.magnified(INPUT_UM, left * CELL_PX, top * CELL_PX, rows * CELL_PX, columns * CELL_PX, check)
    inside = mask.reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3)) > 0
    return baseline_map(network, image, check), inside


def grid_cells(scanned: PatchLogits, um: int, area: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Read a classifier's probability on the heatmap's lattice, float32 (rows, columns); `area` as of `heatmaps`."""
    left, top, rows, columns = area
    k = CELL_UM / um
    return scanned.cells(Affine(k, k, left * k - scanned.left, top * k - scanned.top), (rows, columns))


def whole_breast(prepared: Normalisation) -> tuple[int, int, int, int]:
    """Left, top, rows, columns (cells) that hold the breast and are no smaller than a Frame."""
    left, top, right, bottom = prepared.extent(CELL_UM)
    return left, top, max(bottom - top, FRAME_CELLS), max(right - left, FRAME_CELLS)
