"""The gradients behind the model sensitivity, patch by patch (P22); `sensitivity` puts them together.

Patches are independent samples: |sum of gradients| is not the sum of |gradients| where they overlap. But neighbours
look at the same tissue, and un-padded convolutions say the same of it in every patch: so it is read once for all
patches of a neighbourhood, and what is each patch's own is the way back from its logits to its pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mammoview.assess.device import out_of_memory
from mammoview.assess.networks import TissueClassifier, fold_batch_norm
from mammoview.assess.scanning import BATCH, tensor


def gradients(
    network: TissueClassifier,
    image: NDArray[np.float32],
    starts: NDArray[np.intp],
    progress: Callable[[float], None] = lambda _: None,
) -> NDArray[np.float32]:
    """Abs. gradient of the logit difference with respect to the pixels of each patch, float32 (N, side, side).

    In film of one value, rounding says which of equal neighbours a pooling takes, and where the gradient ends up.
    Where the device has too little memory for a batch, it is halved. A padded network, which would answer otherwise in
    one pass, is taken one patch at a time.

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, magnified.
    starts
        intp (N, 2): row and column of each patch's top left corner.
    progress
        Called between batches with the share that is done; may raise to stop the work.

    Raises
    ------
    torch.OutOfMemoryError, RuntimeError, MemoryError
        When not even one patch fits.
    """
    side = network.config.patch_px
    out = np.zeros((len(starts), side, side), np.float32)
    if network.config.padded:
        for i, start in enumerate(starts):
            out[i] = by_itself(network, image, start)
            progress((i + 1) / len(starts))
        return out
    layers = fold_batch_norm(network.features)
    groups = list(neighbourhoods(starts, side, network.step))
    order = np.concatenate([*groups, np.empty(0, np.intp)])
    group_of = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    pieces: dict[int, Piece] = {}
    done, batch = 0, BATCH
    while done < len(order):
        some, where = order[done : done + batch], group_of[done : done + batch].tolist()
        try:
            # A piece is let go after the last patch that lies in it.
            pieces = {k: pieces.get(k) or Piece.of(network, layers, image, starts[groups[k]]) for k in set(where)}
            out[some] = back(network, layers, [pieces[k] for k in where], starts[some])
        except (RuntimeError, MemoryError) as error:
            if batch == 1 or not out_of_memory(error):
                raise
            batch //= 2
            continue
        done += len(some)
        progress(done / len(order))
    return out


def by_itself(network: TissueClassifier, image: NDArray[np.float32], start: NDArray[np.intp]) -> NDArray[np.float32]:
    """Abs. gradient of one patch by one backward pass of its own, float32 (side, side): what `gradients` must equal."""
    side, (row, column) = network.config.patch_px, start
    x = tensor(image[row : row + side, column : column + side], next(network.parameters()).device).requires_grad_(True)
    both = network(x)[0, :, 0, 0]
    (gradient,) = torch.autograd.grad(both[1] - both[0], x)
    found: NDArray[np.float32] = gradient[0, 0].abs().cpu().numpy()
    return found


def neighbourhoods(starts: NDArray[np.intp], side: int, step: int) -> Iterator[NDArray[np.intp]]:
    """Yield groups of patches, intp (n,): indices into `starts`, less than one side apart and whole steps from another.

    Together the groups hold every patch once.
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
class Piece:
    """A piece of an image as an un-padded network read it, and which way every value went.

    Parameters
    ----------
    corner
        Row and column of its top left corner in the image.
    ways
        Per layer, 1 where a ReLU let a value through or a pooling took a positive one and 0 elsewhere, float32 (rows,
        columns, channels); nothing for layers whose way back is always the same.
    """

    corner: NDArray[np.intp]
    ways: list[Tensor]

    @classmethod
    def of(
        cls, network: TissueClassifier, layers: nn.Sequential, image: NDArray[np.float32], starts: NDArray[np.intp]
    ) -> Piece:
        """Read the piece of an image that holds all patches that start there."""
        (top, left), (bottom, right) = starts.min(0), starts.max(0) + network.config.patch_px
        ways: list[Tensor] = []
        with torch.inference_mode():
            x = tensor(image[top:bottom, left:right], next(network.parameters()).device)
            for layer in layers:
                way = torch.empty(0)
                if isinstance(layer, nn.MaxPool2d):
                    whole = x.shape[2:]
                    x, places = nn.functional.max_pool2d(x, 2, return_indices=True)
                    # A ReLU comes before every pooling: a highest value of zero lets no gradient through it.
                    way = nn.functional.max_unpool2d(x.sign(), places, [2, 2], output_size=whole)
                else:
                    x = layer(x)
                    if isinstance(layer, nn.ReLU):
                        way = x.sign()
                ways.append(way[0].permute(1, 2, 0).contiguous() if way.numel() else way)
        return cls(starts.min(0), ways)


def back(
    network: TissueClassifier, layers: nn.Sequential, pieces: Sequence[Piece], starts: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Abs. gradients of a batch of patches, each in its piece, float32 (N, side, side)."""
    at = (starts - np.stack([piece.corner for piece in pieces])) // network.step
    with torch.inference_mode():
        head = network.head.weight[1, :, 0, 0] - network.head.weight[0, :, 0, 0]
        # The head reads the mean of the window: the same gradient everywhere in it.
        g = (head / network.window**2).expand(len(starts), network.window, network.window, -1)
        for i in range(len(layers) - 1, -1, -1):
            layer, ways = layers[i], [piece.ways[i] for piece in pieces]
            if isinstance(layer, nn.MaxPool2d):
                at = at * 2
                g = unpooled(g, ways, at)
            elif isinstance(layer, nn.Conv2d):
                g = nn.functional.conv_transpose2d(g.permute(0, 3, 1, 2), layer.weight).permute(0, 2, 3, 1)
            elif isinstance(layer, nn.ReLU) and not isinstance(layers[i + 1], nn.MaxPool2d):
                rows, columns = g.shape[1:3]
                for one, way, (r, c) in zip(g, ways, at, strict=True):
                    one *= way[r : r + rows, c : c + columns]
        found = g.abs().cpu().numpy()
    block, side = network.config.unshuffle, network.config.patch_px
    rows, columns = (n * block for n in found.shape[1:3])
    # What poolings leave over at the far edges is read by nothing: its gradient is zero.
    out = np.zeros((len(starts), side, side), np.float32)
    for channel in range(block**2):
        r, c = divmod(channel, block)
        out[:, r:rows:block, c:columns:block] = found[..., channel]
    return out


def unpooled(g: Tensor, ways: Sequence[Tensor], at: NDArray[np.intp]) -> Tensor:
    """Lead gradients (N, rows, columns, channels) back through 2 x 2 poolings to where their values came from."""
    n, rows, columns, channels = g.shape
    found = g.new_empty(n, 2 * rows, 2 * columns, channels)
    wide = g[:, :, :, None].expand(-1, -1, -1, 2, -1).reshape(n, rows, 1, 2 * columns, channels)
    for into, one, way, (r, c) in zip(found, wide, ways, at, strict=True):
        there = way[r : r + 2 * rows, c : c + 2 * columns].unflatten(0, (rows, 2))
        torch.mul(there, one, out=into.unflatten(0, (rows, 2)))
    return found
