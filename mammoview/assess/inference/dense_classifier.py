"""The tissue classifier over a whole breast: one fully convolutional pass, and the patchwise reference (P17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mammoview.anatomy.frame import resample
from mammoview.assess.inference.preprocessing import LEAST_SHARE, PreparedScan, patch_starts, patches_share
from mammoview.assess.inference.strips import STRIP_AREA, Kept, strips
from mammoview.assess.models.networks import PatchNetwork, TissueClassifier, fold_batch_norm
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.study.geometry import Affine

BATCH = 16
"""Patches per batch; on two cores 16 is faster than 64 or 225."""


def tensor(image: NDArray[np.float32], device: torch.device) -> Tensor:
    """Return (1, 1, H, W) in channels_last."""
    x = torch.from_numpy(np.ascontiguousarray(image))[None, None]
    return x.to(device).contiguous(memory_format=torch.channels_last)


def dense_logits(
    network: PatchNetwork,
    image: NDArray[np.float32],
    every: int = 1,
    needed: NDArray[np.bool_] | None = None,
    check: Callable[[], None] = lambda: None,
    kept: Kept | None = None,
) -> NDArray[np.float64]:
    """Logit difference (finding against none) at every patch position of `image`, float64 (rows, columns).

    Positions start at the image's top left corner and are `every` * network.step pixels apart. A padded network, which
    would answer otherwise in one pass, is evaluated patch by patch; one that cannot be led through strip by strip goes
    over the whole image at once.

    Parameters
    ----------
    needed
        Which positions are asked for, bool (rows, columns); the others are background and all get the logit of one
        patch of the image's last pixel. All are asked for when None.
    check
        Called between the layers of every strip; raises to stop the work.
    kept
        Gets what the convolutions, with batch-norm folded, make of the image, so that `gradients` need not read it
        again; nothing by a network that is padded or not led through strip by strip.
    """
    side, stride = network.config.patch_px, network.step * every
    shape = tuple((n - side) // stride + 1 for n in image.shape)
    if network.config.padded:  # SqueezeNet's configurations never are
        return patchwise_logits(network, image, patch_starts(shape, stride), check).reshape(shape)
    device = next(network.parameters()).device
    # Poolings leave over the last pixels of a patch: no patch of the last row or column looks at them.
    read = network.reach(network.window)
    height, width = ((n - 1) * stride + read for n in shape)
    if not network.streams:
        with torch.inference_mode():
            check()
            one = network(tensor(image[:height, :width], device), every)[0].double().cpu()
        return (one[1] - one[0]).numpy()
    rows = strip_rows(height, width, network.step) if device.type == "cpu" else height
    widths = None if needed is None else _widths(needed, stride, read, rows)
    with torch.inference_mode():
        x = tensor(image[:height, :width], device)
        features = network.features if kept is None else fold_batch_norm(network.features)
        parts = list(strips(features, x, rows, widths, check, kept))
        most = max(part.shape[3] for part in parts)
        whole = torch.cat([nn.functional.pad(part, (0, most - part.shape[3])) for part in parts], 2)
        both = network.read(whole, every)[0].double().cpu()
    z = (both[1] - both[0]).numpy()
    if needed is None:
        return z
    found = np.full(shape, _background(network, float(image[-1, -1])))
    found[:, : z.shape[1]] = np.where(needed[:, : z.shape[1]], z, found[:, : z.shape[1]])
    return found


def strip_rows(height: int, width: int, step: int) -> int:
    """Rows of the fewest strips of one height that hold no more than `STRIP_AREA` pixels, a multiple of `step`."""
    number = -(-height * width // STRIP_AREA)
    return max(64, -(-height // number // step) * step)


def _widths(needed: NDArray[np.bool_], stride: int, side: int, rows: int) -> list[int]:
    """Columns that each strip of so many rows needs for the patches that are asked for, which read `side` pixels."""
    height = (len(needed) - 1) * stride + side
    ends = np.where(needed.any(1), needed.shape[1] - needed[:, ::-1].argmax(1), 0)
    found = []
    for top in range(0, height, rows):
        first, end = max(0, -(-(top - side + 1) // stride)), min(len(ends), (top + rows - 1) // stride + 1)
        # Never less than one patch: every layer then has something to work on.
        found.append((max(1, int(ends[first:end].max(initial=0))) - 1) * stride + side)
    return found


def _background(network: PatchNetwork, value: float) -> float:
    """Logit difference of a patch without any breast in it."""
    side = network.config.patch_px
    return float(patchwise_logits(network, np.full((side, side), value, np.float32), np.zeros((1, 2), np.intp))[0])


def patchwise_logits(
    network: PatchNetwork,
    image: NDArray[np.float32],
    starts: NDArray[np.intp],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """Logit difference of each patch, float64 (N,); `starts` (N, 2) are (row, column) of the top left corners."""
    side = network.config.patch_px
    device = next(network.parameters()).device
    out = []
    with torch.inference_mode():
        for i in range(0, len(starts), BATCH):
            check()
            patches = np.stack([image[r : r + side, c : c + side] for r, c in starts[i : i + BATCH]])
            x = torch.from_numpy(patches)[:, None].to(device).contiguous(memory_format=torch.channels_last)
            both = network(x)[:, :, 0, 0].double().cpu()
            out.append(both[:, 1] - both[:, 0])
    return torch.cat(out).numpy() if out else np.zeros(0)


@dataclass(frozen=True)
class DenseResult:
    """The classifier's dense answer over one breast.

    Parameters
    ----------
    image
        float32 normalised magnified image; half a patch wider than the cells on every side.
    left, top
        Corner of `image` on the Frame's lattice at that magnification, pixels.
    logits
        float64 (rows, columns): calibrated logit of the patch that starts at each multiple of `step`. Heatmap and
        re-scorer were trained on these.
    share
        Share of breast in each of those patches.
    step, patch_px
        Distance of neighbouring patches and side of a patch.
    kept
        What the convolutions made of `image`, where it was asked for.
    shown
        Calibration of what a reader is shown of the logits.
    """

    image: NDArray[np.float32]
    left: int
    top: int
    logits: NDArray[np.float64]
    share: NDArray[np.float64]
    step: int
    patch_px: int
    kept: Kept | None = None
    shown: PlattScaling = UNSCALED

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Whether each patch holds breast."""
        return self.share >= LEAST_SHARE

    @property
    def probability(self) -> NDArray[np.float64]:
        """p(finding) per patch, as heatmap and re-scorer are given it; 0 where there is no breast."""
        return np.where(self.inside, 1 / (1 + np.exp(-self.logits)), 0.0)

    @property
    def shown_probability(self) -> NDArray[np.float64]:
        """p(finding) per patch, as a reader is shown it; 0 where there is no breast."""
        return np.where(self.inside, self.shown.probability(self.logits), 0.0)

    @property
    def lattice(self) -> Affine:
        """Maps cells one step wide, centred on their patches, to pixels of `image`."""
        corner = (self.patch_px - self.step) / 2
        return Affine(self.step, self.step, corner, corner)

    def strided(self, stride: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return indices (rows, columns) into `logits` of the patches centred in the cells of a grid of that stride."""
        first, each = stride // 2 // self.step, stride // self.step
        rows, columns = self.logits.shape
        return np.arange(first, rows, each), np.arange(first, columns, each)

    def cells(self, lattice: Affine, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Read `probability` on a coarser lattice; `lattice` maps its cells to pixels of `image`."""
        return resample(self.probability.astype(np.float32), self.lattice.inverse @ lattice, shape)


def scan_breast(
    network: TissueClassifier,
    prepared: PreparedScan,
    um: int,
    temperature: float,
    check: Callable[[], None] = lambda: None,
    keep: bool = False,
) -> DenseResult:
    """Evaluate the classifier over the whole breast at its magnification (P17).

    Cells are aligned with the Frame's corner in steps of 64 pixels, whichever stride is read later. Background is
    evaluated once for all its patches. `keep` holds on to what the convolutions made of the breast, for its gradients.
    """
    side, step = network.config.patch_px, network.step
    left, top, right, bottom = prepared.extent(um)
    left, top = left // 64 * 64, top // 64 * 64
    columns, rows = -(-(right - left) // 64) * 64, -(-(bottom - top) // 64) * 64
    half = side // 2
    image, mask = prepared.magnified(um, left - half, top - half, rows + side, columns + side, check)
    check()
    share = patches_share(mask, step, side)
    check()
    kept: Kept | None = {} if keep else None
    logits = dense_logits(network, image, needed=share >= LEAST_SHARE, check=check, kept=kept) / temperature
    return DenseResult(image, left - half, top - half, logits, share, step, side, kept)
