"""The gradients behind the model sensitivity, patch by patch (P22); `sensitivity` puts them together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.device import out_of_memory
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
    torch.OutOfMemoryError, RuntimeError, MemoryError
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
        except (RuntimeError, MemoryError) as error:
            if batch == 1 or not out_of_memory(error):
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
