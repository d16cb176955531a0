"""The tissue classifier over a whole breast: one fully convolutional pass, and the patchwise reference (P17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mammoview.anatomy.frame import Frame, resample
from mammoview.assess.inference.preprocessing import (
    LEAST_SHARE,
    Normalisation,
    PreparedScan,
    patch_starts,
    patches_share,
)
from mammoview.assess.inference.strips import STRIP_AREA, Kept, strips
from mammoview.assess.models.networks import (
    PatchNetwork,
    SqueezeNetConfig,
    TissueClassifier,
    TissueConfig,
    fold_batch_norm,
)
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.assess.results.assessment import Layer
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
    read = network.receptive_field(network.window)
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
class PatchLogits:
    """Logits of a classifier for the patches of one breast.

    Parameters
    ----------
    left, top
        Corner of the first patch on the Frame's lattice at that magnification, pixels.
    logits
        float64 (rows, columns): calibrated logit of the patch that starts at each multiple of `step`. Heatmap and
        re-scorer were trained on these.
    inside
        Whether each of those patches holds breast, bool.
    step, patch_px
        Distance of neighbouring patches and side of a patch.
    shown
        Calibration of what a reader is shown of the logits.
    """

    left: int
    top: int
    logits: NDArray[np.float64]
    inside: NDArray[np.bool_]
    step: int
    patch_px: int
    shown: PlattScaling = UNSCALED

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
        """Maps cells one step wide, centred on their patches, to pixels from the first patch's corner on."""
        corner = (self.patch_px - self.step) / 2
        return Affine(self.step, self.step, corner, corner)

    def strided(self, stride: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return indices (rows, columns) into `logits` of the patches centred in the cells of a grid of that stride."""
        first, each = stride // 2 // self.step, stride // self.step
        rows, columns = self.logits.shape
        return np.arange(first, rows, each), np.arange(first, columns, each)

    def cells(self, lattice: Affine, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Read `probability` on a coarser lattice; `lattice` maps its cells to pixels from the first corner on."""
        return resample(self.probability.astype(np.float32), self.lattice.inverse @ lattice, shape)

    def layer(self, frame: Frame, um: int) -> Layer:
        """Return the logits as a layer of the scan; NaN where there is no breast."""
        values = np.where(self.inside, self.logits, np.nan).astype(np.float32)
        return Layer(values, frame.lattice(um, self.left, self.top) @ self.lattice)


@dataclass(frozen=True, kw_only=True)
class DenseResult(PatchLogits):
    """Dense logits of a classifier over one breast, with its input.

    Parameters
    ----------
    image
        float32 normalised magnified image, whose corner is that of the first patch; half a patch wider than the cells
        on every side.
    share
        Share of breast in each patch.
    kept
        What the convolutions made of `image`, where it was asked for.
    """

    image: NDArray[np.float32]
    share: NDArray[np.float64]
    kept: Kept | None = None

    @classmethod
    def of(
        cls,
        image: NDArray[np.float32],
        corner: tuple[int, int],
        logits: NDArray[np.float64],
        share: NDArray[np.float64],
        network: TissueConfig | SqueezeNetConfig,
        kept: Kept | None = None,
    ) -> DenseResult:
        """Return the logits of a network of that configuration, whose first patch starts at `corner` (left, top)."""
        step, side, inside = network.step, network.patch_px, share >= LEAST_SHARE
        return cls(*corner, logits, inside, step, side, image=image, share=share, kept=kept)

    @property
    def answer(self) -> PatchLogits:
        """The same without the image, which it does not keep alive."""
        return PatchLogits(self.left, self.top, self.logits, self.inside, self.step, self.patch_px, self.shown)


def breast_patches(network: PatchNetwork, prepared: Normalisation, um: int) -> tuple[int, int, int, int]:
    """Return the corner of the first patch of a breast (left, top) on the Frame's lattice, and rows and columns, px.

    Cells are aligned with the Frame's corner in steps of 64 pixels, whichever stride is read later; the first patch
    starts half a patch before the first cell. Rows and columns are those of the cells.
    """
    left, top, right, bottom = prepared.extent(um)
    left, top, half = left // 64 * 64, top // 64 * 64, network.config.patch_px // 2
    return left - half, top - half, -(-(bottom - top) // 64) * 64, -(-(right - left) // 64) * 64


def known_patches(
    network: PatchNetwork, prepared: Normalisation, um: int, known: Layer, shown: PlattScaling
) -> PatchLogits | None:
    """Return the logits in a layer of `PatchLogits.layer`; None where it was made of another view of the scan."""
    left, top, rows, columns = breast_patches(network, prepared, um)
    step, inside = network.step, np.isfinite(known.values)
    logits = np.where(inside, known.values, 0).astype(np.float64)
    found = PatchLogits(left, top, logits, inside, step, network.config.patch_px, shown)
    fits = inside.shape == (rows // step + 1, columns // step + 1)
    return found if fits and known.to_scan == prepared.frame.lattice(um, left, top) @ found.lattice else None


def scan_breast(
    network: TissueClassifier,
    prepared: PreparedScan,
    um: int,
    temperature: float,
    check: Callable[[], None] = lambda: None,
    keep: bool = False,
) -> DenseResult:
    """Evaluate the classifier over the whole breast at its magnification (P17).

    Background is evaluated once for all its patches. `keep` holds on to what the convolutions made of the breast, for
    its gradients.
    """
    side, step = network.config.patch_px, network.step
    left, top, rows, columns = breast_patches(network, prepared, um)
    image, mask = prepared.magnified(um, left, top, rows + side, columns + side, check)
    check()
    share = patches_share(mask, step, side)
    check()
    kept: Kept | None = {} if keep else None
    logits = dense_logits(network, image, needed=share >= LEAST_SHARE, check=check, kept=kept) / temperature
    return DenseResult.of(image, (left, top), logits, share, network.config, kept)
