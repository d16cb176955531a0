"""Sensitivity of a user's own model: of which pixels its most probable places depend, by gradients or by covering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference import own_maps
from mammoview.assess.inference.occlusion import Place, Score, Squares, occlusion
from mammoview.assess.inference.own_maps import MagnifiedBreast
from mammoview.assess.inference.scan_input import Check
from mammoview.assess.models.own_model import ModelTask, OwnModelFacts
from mammoview.assess.models.own_network import OwnNetwork, patch_logits, tile_boxes, tile_maps
from mammoview.assess.results.assessment import Finding, Grid, Layer
from mammoview.assess.results.sensitivity import MOST_PATCHES, Sensitivity, in_heatmap

MOST_OCCLUDED = 8
"""Patches, or findings, that a sensitivity is made of: the most probable ones."""
ALIGNED_TILES = 32
"""Tiles that are covered lie on this raster, pixels: on that of the strides of most networks, whose answer may depend
on it."""
LEAST_LOGIT = -7.0
"""What counts where no box is left of a covered finding."""


@dataclass(frozen=True)
class OwnAnswer:
    """Results of a model for a scan before its sensitivity is computed.

    Parameters
    ----------
    grid, heatmap, marks
        As of an assessment.
    breast
        What the model was given.
    centres, logits
        Places that a sensitivity may be taken at: column and row in `breast.image`, (N, 2), and the logit of each.
    boxes
        Box of each of them, (N, 4), of a detector.
    """

    grid: Grid | None
    heatmap: Layer
    marks: tuple[Finding, ...]
    breast: MagnifiedBreast
    centres: NDArray[np.float64]
    logits: NDArray[np.float64]
    boxes: NDArray[np.float64] | None = None


def sensitivity_of(
    network: OwnNetwork,
    answer: OwnAnswer,
    heatmap: Layer,
    gate: float,
    tau: float | None,
    check: Check,
    progress: Callable[[float], None],
) -> tuple[Sensitivity, int]:
    """Return the sensitivity of a scan to a model of the user's, and how many places it was to be taken at.

    Parameters
    ----------
    answer
        What the model made of the scan.
    heatmap
        Within whose contour the places lie.
    gate
        Least probability of a place, 0..1; of those at or above it the most probable are taken.
    tau
        Value of the heatmap, 0..1, whose contour holds the places; None for places anywhere in the breast.
    check
        Raises CancelledError where the work is cancelled.
    progress
        Called with the share that is done, 0..1.
    """
    breast, p = answer.breast, 1 / (1 + np.exp(-answer.logits))
    chosen = np.flatnonzero(p >= gate)
    if tau is not None:
        chosen = chosen[in_heatmap(heatmap, breast.to_scan, answer.centres[chosen][:, ::-1], tau)]
    chosen = chosen[np.argsort(-p[chosen], kind="stable")][: MOST_PATCHES if network.facts.network else MOST_OCCLUDED]
    if network.facts.network:
        changes, corners = _gradients(network, answer, chosen, check, progress)
    else:
        changes, corners = _covered(network, answer, chosen, check, progress)
    made = len(changes)
    highest = np.maximum(changes.max((1, 2), initial=0), np.finfo(np.float32).tiny)
    relative = changes / highest[:, None, None]
    least = float(p[chosen[made - 1]]) if tau is None and made else gate
    return (
        Sensitivity(
            relative if tau is not None else relative.astype(np.float16),
            highest,
            corners.reshape(-1, 2)[:made],
            answer.logits[chosen[:made]],
            network.facts.output.temperature if network.facts.network else 1.0,
            breast.to_scan,
            breast.image.shape,
            heatmap,
            least,
        ),
        len(chosen),
    )


def _gradients(
    network: OwnNetwork, answer: OwnAnswer, chosen: NDArray[np.intp], check: Check, progress: Callable[[float], None]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Abs. gradients of the logit at places of a network of ours, and the corners of their patches or tiles."""
    from mammoview.assess.inference.own_gradients import map_gradients, patch_gradients
    from mammoview.assess.models.known_network import KnownNetwork

    known, side, breast = cast(KnownNetwork, network), network.facts.input.patch_px, answer.breast
    step = 1 if network.facts.task is ModelTask.CLASSIFIER else min(ALIGNED_TILES, side)
    centres = answer.centres[chosen][:, ::-1]
    corners = np.array([breast.around(one, side, step) for one in centres], np.intp).reshape(-1, 2)

    def report(share: float) -> None:
        check()
        progress(share)

    if network.facts.task is ModelTask.CLASSIFIER:
        return patch_gradients(known, breast.image, corners, report), corners
    return map_gradients(known, breast.image, corners, centres, report), corners


def _covered(
    network: OwnNetwork, answer: OwnAnswer, chosen: NDArray[np.intp], check: Check, progress: Callable[[float], None]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return changes of the logit where places are covered, as many as time allows, and their corners."""
    side, um = network.facts.input.patch_px, network.facts.input.um_per_px
    squares = Squares.across(side, um, network.facts.task is ModelTask.CLASSIFIER)
    corners = np.array([answer.breast.around(answer.centres[i][::-1], squares.region) for i in chosen], np.intp)
    places = [_place(network, answer, int(i), corner) for i, corner in zip(chosen, corners, strict=True)]
    return occlusion(places, squares, network.facts.input.batch, check, progress).changes, corners


def _place(network: OwnNetwork, answer: OwnAnswer, i: int, corner: NDArray[np.intp]) -> Place:
    """Return what is covered about a place, and what is asked of the network there.

    `corner` is row and column of the region's corner in `breast.image`.
    """
    side, breast = network.facts.input.patch_px, answer.breast
    if network.facts.task is ModelTask.CLASSIFIER:
        start = corner
    else:
        start = np.array(breast.around(answer.centres[i][::-1], side, min(ALIGNED_TILES, side)))
    patch = breast.image[start[0] : start[0] + side, start[1] : start[1] + side]
    match network.facts.task:
        case ModelTask.CLASSIFIER:
            score: Score = partial(patch_logits, network)
        case ModelTask.HEATMAP:
            score = partial(_at_place, network, answer.centres[i][::-1] - start)
        case ModelTask.DETECTOR:
            assert answer.boxes is not None  # a detector has them
            score = partial(_of_box, network, answer.boxes[i] - np.tile(start[::-1], 2))
    row, column = corner - start
    return Place(patch, (int(row), int(column)), score)


def sensitivity_text(facts: OwnModelFacts) -> str:
    """Describe how the sensitivity of a model is computed, for its provenance."""
    if facts.network:
        return f"gradients of the {MOST_PATCHES} most probable places at most"
    return f"occlusion of the {MOST_OCCLUDED} most probable places at most"


def _at_place(network: OwnNetwork, place: NDArray[np.floating], tiles: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the logits of a heatmap at a place (row, column) of each tile, (N,)."""
    maps = tile_maps(network, tiles)
    r, c = np.clip((place / (tiles.shape[1] / maps.shape[1])).astype(int), 0, maps.shape[1] - 1)
    return maps[:, r, c]


def _of_box(network: OwnNetwork, box: NDArray[np.float64], tiles: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the logit of the best box of each tile that overlaps a box, (N,)."""
    found = np.full(len(tiles), LEAST_LOGIT)
    for i, tile in enumerate(tiles):
        boxes, logits = tile_boxes(network, tile)
        same = own_maps.intersection_over_union(box, boxes) >= network.facts.output.overlap
        found[i] = max(LEAST_LOGIT, float(logits[same].max(initial=LEAST_LOGIT)))
    return found
