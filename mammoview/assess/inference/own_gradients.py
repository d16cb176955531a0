"""Gradients of a user's own model of a known architecture, in the form of those of the bundled models (P22)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.inference.dense_classifier import tensor
from mammoview.assess.inference.gradients import gradients
from mammoview.assess.models.known_network import KnownNetwork
from mammoview.assess.models.networks import HeatmapRegressor, TissueClassifier


def patch_gradients(
    known: KnownNetwork, image: NDArray[np.float32], starts: NDArray[np.intp], progress: Callable[[float], None]
) -> NDArray[np.float32]:
    """Abs. gradient of the logit of each patch of a classifier, float32 (N, side, side).

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, magnified.
    starts
        intp (N, 2): row and column of each patch's top left corner.
    progress
        Called with the share that is done; may raise to stop the work.
    """
    assert isinstance(known.network, TissueClassifier)
    return gradients(known.network, image, starts, progress)


def map_gradients(
    known: KnownNetwork,
    image: NDArray[np.float32],
    starts: NDArray[np.intp],
    places: NDArray[np.floating],
    progress: Callable[[float], None],
) -> NDArray[np.float32]:
    """Abs. gradient of the logit of a heatmap at one place of each tile, float32 (N, side, side).

    Parameters
    ----------
    image, starts, progress
        As of `patch_gradients`; the starts are those of tiles.
    places
        Row and column in `image`, (N, 2), inside of their tiles.
    """
    assert isinstance(known.network, HeatmapRegressor)
    side, device = known.facts.input.patch_px, torch.device(known.device)
    out = np.zeros((len(starts), side, side), np.float32)
    for i, ((row, column), place) in enumerate(zip(starts, places, strict=True)):
        x = tensor(image[row : row + side, column : column + side], device).requires_grad_(True)
        # Before the sigmoid, whose slope vanishes where it is sure.
        logits = known.network.head(known.network.features(x))[0, 0]
        cells = np.array(logits.shape)
        r, c = np.clip(((place - (row, column)) * cells / side).astype(int), 0, cells - 1)
        (gradient,) = torch.autograd.grad(logits[r, c], x)
        out[i] = gradient[0, 0].abs().cpu().numpy()
        progress((i + 1) / len(starts))
    return out
