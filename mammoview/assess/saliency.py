"""Model sensitivity: the gradient of the classifier's entropy, patch by patch, gated, summed, bounded (P22-P26)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.networks import TissueClassifier
from mammoview.assess.scanning import BATCH


def gradients(
    network: TissueClassifier,
    image: NDArray[np.float32],
    starts: NDArray[np.intp],
    progress: Callable[[float], None] = lambda _: None,
) -> NDArray[np.float32]:
    """Abs. gradient of the logit difference with respect to the pixels of each patch, float32 (N, side, side).

    Patches are independent samples of a batch: |sum of gradients| is not the sum of |gradients| where they overlap.
    Where the device has too little memory for a batch, it is halved.

    Raises
    ------
    torch.OutOfMemoryError
        When not even one patch fits.
    """
    side = network.config.patch_px
    device = next(network.parameters()).device
    out = np.empty((len(starts), side, side), np.float32)
    done, batch = 0, BATCH
    while done < len(starts):
        now = slice(done, done + batch)
        try:
            out[now] = _gradients(
                network, np.stack([image[r : r + side, c : c + side] for r, c in starts[now]]), device
            )
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
            batch //= 2
            continue
        done = min(done + batch, len(starts))
        progress(done / len(starts))
    return out


def _gradients(network: TissueClassifier, patches: NDArray[np.float32], device: torch.device) -> NDArray[np.float32]:
    """Abs. gradient of one batch, float32 (N, side, side)."""
    x = torch.from_numpy(patches)[:, None].to(device).contiguous(memory_format=torch.channels_last)
    x.requires_grad_(True)
    both = network(x)[:, :, 0, 0]
    (gradient,) = torch.autograd.grad((both[:, 1] - both[:, 0]).sum(), x)
    found: NDArray[np.float32] = gradient[:, 0].abs().cpu().numpy()
    return found


def entropy_weight(logits: NDArray[np.float64], temperature: float = 1.0) -> NDArray[np.float64]:
    """Factor that turns |dz/dx| into |dH/dx| of the two-class entropy H in nat, for calibrated `logits`.

    With p = sigmoid(z), dH/dz = -z p (1 - p); the temperature divides the raw logit once more.
    """
    p = 1 / (1 + np.exp(-logits))
    return np.abs(logits) * p * (1 - p) / temperature


def summed(
    patches: NDArray[np.float32], weights: NDArray[np.float64], starts: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Add weighted patches (N, side, side) up at their places in an image of that shape, float32."""
    total = np.zeros(shape, np.float32)
    side = patches.shape[-1]
    for patch, weight, (row, column) in zip(patches, weights, starts, strict=True):
        total[row : row + side, column : column + side] += np.float32(weight) * patch
    return total
