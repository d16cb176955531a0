"""The gradients behind the model sensitivity, patch by patch (P22); `sensitivity` puts them together.

Patches are independent samples: |sum of gradients| is not the sum of |gradients| where they overlap. But neighbours
cover the same tissue, and un-padded convolutions give the same values for it in every patch: so it is read once for all
patches of a neighbourhood, or not at all where the scan for the grid kept what it read. Each patch has but its way back
for itself, and patches go it together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mammoview.assess.inference.dense_classifier import tensor
from mammoview.assess.inference.strips import Kept, cut, strips
from mammoview.assess.models.device import out_of_memory
from mammoview.assess.models.networks import PatchNetwork, fold_batch_norm

BATCH = 32
"""Patches that go back together; fewer at a time take longer."""


def gradients(
    network: PatchNetwork,
    image: NDArray[np.float32],
    starts: NDArray[np.intp],
    progress: Callable[[float], None] = lambda _: None,
    kept: Kept | None = None,
) -> NDArray[np.float32]:
    """Abs. gradient of the logit difference with respect to the pixels of each patch, float32 (N, side, side).

    In film of one value, rounding decides which of equal neighbours a pooling takes, and where the gradient ends up.
    Where the device has too little memory for a batch, it is halved. A padded network, which would answer otherwise in
    one pass, and one that cannot be led through strip by strip are taken one patch at a time.

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, magnified.
    starts
        intp (N, 2): row and column of each patch's top left corner.
    progress
        Called between layers, and between patches that are taken one at a time, with the share that is done; may raise
        to stop the work.
    kept
        What `dense` kept of the image; patches that start where it has logits are then not read again. Those must have
        been needed there. With a start elsewhere all are read anew.

    Raises
    ------
    torch.OutOfMemoryError, RuntimeError, MemoryError
        When not even one patch fits.
    """
    side = network.config.patch_px
    out = np.zeros((len(starts), side, side), np.float32)
    if network.config.padded or not network.streams:
        for i, start in enumerate(starts):
            out[i] = by_itself(network, image, start)
            progress((i + 1) / len(starts))
        return out
    way = BackwardPass.of(network)
    if (starts % way.step).any():
        kept = None
    groups = list(neighbourhoods(starts, 2 * side, way.step))
    order = np.concatenate([*groups, np.empty(0, np.intp)])
    group_of = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    pieces: dict[int, ImagePiece] = {}
    done, batch = 0, BATCH
    while done < len(order):
        some, where = order[done : done + batch], group_of[done : done + batch].tolist()
        check = partial(progress, done / len(order))
        try:
            # A piece is released after the last patch that lies in it.
            pieces = {k: pieces.get(k) or ImagePiece.of(way, image, starts[groups[k]], check, kept) for k in set(where)}
            found = back(way, [pieces[k] for k in where], starts[some], check)
        except (RuntimeError, MemoryError) as error:
            if batch == 1 or not out_of_memory(error):
                raise
            batch //= 2
            continue
        out[some, : way.receptive_field, : way.receptive_field] = found
        done += len(some)
        progress(done / len(order))
    return out


def by_itself(network: PatchNetwork, image: NDArray[np.float32], start: NDArray[np.intp]) -> NDArray[np.float32]:
    """Abs. gradient of one patch by one backward pass of its own, float32 (side, side): what `gradients` must equal."""
    side, (row, column) = network.config.patch_px, start
    x = tensor(image[row : row + side, column : column + side], next(network.parameters()).device).requires_grad_(True)
    both = network(x)[0, :, 0, 0]
    (gradient,) = torch.autograd.grad(both[1] - both[0], x)
    found: NDArray[np.float32] = gradient[0, 0].abs().cpu().numpy()
    return found


@dataclass(frozen=True)
class BackwardPass:
    """What the way back from a network's logit difference needs of the network.

    Parameters
    ----------
    layers
        Its features with batch-norm folded.
    receptive_field
        Side of the part of a patch that its window covers, pixels.
    head
        Gradient that every place of the window gets from the head, which reads their mean; float32 (channels,).
    first
        The first convolution's way back for 2 x 2 places at once, float32 (4 * inputs, outputs, 4, 4): a vector unit
        has more lanes than there are inputs.
    window, step, unshuffle
        Side of the window in places, distance of places in pixels, side of the blocks that became channels.
    """

    layers: nn.Sequential
    receptive_field: int
    head: Tensor
    first: Tensor
    window: int
    step: int
    unshuffle: int

    @property
    def masks(self) -> set[int]:
        """Places in `layers` of the ReLUs whose way is kept; before a pooling, that of the pooling is enough."""
        pairs = zip(self.layers, [*list(self.layers)[1:], None], strict=True)
        return {
            i
            for i, (layer, after) in enumerate(pairs)
            if isinstance(layer, nn.ReLU) and not isinstance(after, nn.MaxPool2d)
        }

    @classmethod
    def of(cls, network: PatchNetwork) -> BackwardPass:
        """Take them from an un-padded network."""
        layers, block = fold_batch_norm(network.features), network.unshuffle
        with torch.inference_mode():
            head = (network.head.weight[1, :, 0, 0] - network.head.weight[0, :, 0, 0]) / network.window**2
            weight = next(layer for layer in layers if isinstance(layer, nn.Conv2d)).weight
            outputs = weight.shape[0]
            first = weight.new_zeros(2, block, 2, block, outputs, 4, 4)
            turned = weight.flip(2, 3).transpose(0, 1).reshape(block, block, outputs, 3, 3)
            for row in range(2):
                for column in range(2):
                    first[row, :, column, :, :, row : row + 3, column : column + 3] = turned
            first = first.reshape(-1, outputs, 4, 4).contiguous(memory_format=torch.channels_last)
        return cls(layers, network.receptive_field(network.window), head, first, network.window, network.step, block)


def neighbourhoods(starts: NDArray[np.intp], side: int, step: int) -> Iterator[NDArray[np.intp]]:
    """Yield groups of places, intp (n,): indices into `starts`, less than `side` apart and whole steps from another.

    Together the groups hold every place once.
    """
    left = np.arange(len(starts))
    while len(left):
        rows, columns = starts[left].T
        near = rows < rows.min() + side
        near &= columns < columns[near].min() + side
        near &= ((starts[left] - starts[left[near.argmax()]]) % step == 0).all(1)
        yield left[near]
        left = left[~near]


@dataclass(frozen=True)
class ImagePiece:
    """A piece of an image as an un-padded network read it, and which way every value went.

    Parameters
    ----------
    corner
        Row and column of its top left corner in the image.
    ways
        Per layer, float32 (rows, columns, channels): of a ReLU, values that it lets through where they are above 0; of
        a pooling, 1 where it took a positive value and 0 elsewhere. Nothing for layers whose way back is always the
        same, nor for a ReLU before a pooling.
    """

    corner: NDArray[np.intp]
    ways: list[Tensor]

    @classmethod
    def of(
        cls,
        way: BackwardPass,
        image: NDArray[np.float32],
        starts: NDArray[np.intp],
        check: Callable[[], None],
        kept: Kept | None,
    ) -> ImagePiece:
        """Return the piece of the image with all patches of these corners, cut from a kept one, or read again."""
        (top, left), (bottom, right) = starts.min(0), starts.max(0) + way.receptive_field
        at, size = np.array([top, left]) // way.unshuffle, np.array([bottom - top, right - left]) // way.unshuffle
        ways: list[Tensor] = []
        masks = way.masks
        with torch.inference_mode():
            if not kept:
                kept, at = {}, np.zeros(2, np.intp)
                x = tensor(image[top:bottom, left:right], way.head.device)
                deque(strips(way.layers, x, bottom - top, check=check, kept=kept), maxlen=0)
            values = none = torch.empty(0)
            for i, layer in enumerate(way.layers):
                ways.append(none)
                if isinstance(layer, nn.Conv2d):
                    size = size - (layer.kernel_size[0] - 1)
                    values = cut(kept[i], *at.tolist(), *size.tolist())
                elif isinstance(layer, nn.MaxPool2d):
                    ways[i] = pooled_from(values)
                    at, size = at // 2, size // 2
                elif i in masks:
                    ways[i] = values[0].permute(1, 2, 0)
        return cls(starts.min(0), ways)


def pooled_from(values: Tensor) -> Tensor:
    """Return 1 where a 2 x 2 pooling of (1, C, rows, columns) takes a positive value from, (rows, columns, C).

    A ReLU comes before every pooling: a highest value that is not positive lets no gradient through it. max_unpool2d
    would do the same, but imports a library of formulas when first called.
    """
    _, channels, rows, columns = values.shape
    both = nn.functional.max_pool2d(values, 2, return_indices=True)
    highest, places = (one[0].permute(1, 2, 0).flatten(0, 1) for one in both)
    found = values.new_zeros(rows * columns, channels).scatter_(0, places, (highest > 0).float())
    return found.unflatten(0, (rows, columns))


def back(
    way: BackwardPass, pieces: Sequence[ImagePiece], starts: NDArray[np.intp], check: Callable[[], None]
) -> NDArray[np.float32]:
    """Abs. gradients of a batch of patches, each in its piece, float32 (N, size, size) of its receptive field."""
    at = (starts - np.stack([piece.corner for piece in pieces])) // way.step
    layers, masks, let_through = list(way.layers), way.masks, torch.ops.aten.threshold_backward.grad_input
    first = next(i for i, layer in enumerate(layers) if isinstance(layer, nn.Conv2d))
    with torch.inference_mode():
        g = way.head.repeat(len(starts), way.window, way.window, 1)
        for i in range(len(layers) - 1, -1, -1):
            check()
            layer, ways = layers[i], [piece.ways[i] for piece in pieces]
            if isinstance(layer, nn.MaxPool2d):
                at = at * 2
                g = unpooled(g, ways, at)
            elif isinstance(layer, nn.Conv2d) and i != first:
                g = nn.functional.conv_transpose2d(g.permute(0, 3, 1, 2), layer.weight).permute(0, 2, 3, 1)
            elif i in masks:
                rows, columns = g.shape[1:3]
                for one, kept, (r, c) in zip(g, ways, at, strict=True):
                    let_through(one, kept[r : r + rows, c : c + columns], 0, grad_input=one)
        found = nn.functional.conv2d(g.permute(0, 3, 1, 2), way.first, stride=2, padding=2)
        pixels: NDArray[np.float32] = nn.functional.pixel_shuffle(found.abs_(), 2 * way.unshuffle)[:, 0].cpu().numpy()
        return pixels


def unpooled(g: Tensor, ways: Sequence[Tensor], at: NDArray[np.intp]) -> Tensor:
    """Lead gradients (N, rows, columns, channels) back through 2 x 2 poolings to where their values came from."""
    n, rows, columns, channels = g.shape
    found = g.new_empty(n, 2 * rows, 2 * columns, channels)
    wide = g[:, :, :, None].expand(-1, -1, -1, 2, -1).reshape(n, rows, 1, 2 * columns, channels)
    for into, one, way, (r, c) in zip(found, wide, ways, at, strict=True):
        there = way[r : r + 2 * rows, c : c + 2 * columns].unflatten(0, (rows, 2))
        torch.mul(there, one, out=into.unflatten(0, (rows, 2)))
    return found
