"""A network of valid convolutions over a large image, strip by strip, with the same values as in one pass.

Every layer keeps its last unused rows and prepends them to the next strip, so that nothing is computed
twice. A strip takes little memory, ends where what is asked for does, and the work can be stopped within it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

STRIP_AREA = 768 * 1024
"""Most pixels of a strip on a CPU: smaller ones cost more than they save, larger ones take memory and gain nothing."""

Kept = dict[int, list[Tensor]]
"""What convolutions made of an image, by their place among the layers: strips (1, C, rows, columns) from top to bottom,
in which a ReLU may have raised what was below 0 since. Later strips may have fewer or more columns."""


def strips(
    features: nn.Sequential,
    image: Tensor,
    rows: int,
    widths: Sequence[int] | None = None,
    check: Callable[[], None] = lambda: None,
    kept: Kept | None = None,
) -> Iterator[Tensor]:
    """Yield the features of an image from top to bottom; put together along the rows they equal one pass.

    Parameters
    ----------
    features
        Un-padded convolutions of stride 1, max-poolings of 2, un-shuffling, and layers that work on single places.
    image
        (N, C, H, W); H and W are multiples of the un-shuffling.
    rows
        Rows of `image` per strip, a multiple of the un-shuffling.
    widths
        Columns of `image` that each strip needs, multiples of the un-shuffling; all when None. Features that look at
        columns beyond those of any of their strips are not to be used.
    check
        Called before each layer of each strip; raises to stop the work.
    kept
        Gets what each convolution makes of each strip.
    """
    layers = pooled_first(features)
    held: dict[int, Tensor] = {}
    for k, top in enumerate(range(0, image.shape[2], rows)):
        x = image[:, :, top : top + rows, : None if widths is None else widths[k]]
        for i, layer in enumerate(layers):
            check()
            pools = isinstance(layer, nn.MaxPool2d)
            if pools or _reach(layer):
                if not (i and isinstance(layers[i - 1], nn.ReLU)):
                    x = _joined(held.pop(i, None), x)
                left = min(x.shape[2] % 2 if pools else _reach(layer), x.shape[2])
                if left:
                    held[i] = x[:, :, x.shape[2] - left :]
                if x.shape[2] < (2 if pools else _reach(layer) + 1):
                    break
            # What a ReLU lets through goes right behind the rows that wait for it.
            x = _joined(held.pop(i + 1, None), x, 0.0) if isinstance(layer, nn.ReLU) else _through(layer, x)
            if kept is not None and isinstance(layer, nn.Conv2d):
                kept.setdefault(i, []).append(x)
        else:
            yield x


def cut(kept: Sequence[Tensor], top: int, left: int, rows: int, columns: int) -> Tensor:
    """Cut (1, C, rows, columns) out of the strips of a convolution; 0 where a strip has not so many columns."""
    found: list[Tensor] = []
    for strip in kept:
        if rows and top < strip.shape[2]:
            x = strip[:, :, top : top + rows, left : left + columns]
            found.append(x if x.shape[3] == columns else nn.functional.pad(x, (0, columns - x.shape[3])))
            top, rows = 0, rows - x.shape[2]
        else:
            top -= strip.shape[2]
    return found[0] if len(found) == 1 else torch.cat(found, 2)


def pooled_first(features: nn.Sequential) -> list[nn.Module]:
    """Return layers of the same function in which a ReLU looks only at what a max-pooling leaves of its input."""
    layers = list(features)
    for i, (one, after) in enumerate(pairwise(layers)):
        if isinstance(one, nn.ReLU) and isinstance(after, nn.MaxPool2d):
            layers[i], layers[i + 1] = after, one
    return layers


def _through(layer: nn.Module, x: Tensor) -> Tensor:
    """Return what a layer makes of channels_last values; torch's own un-shuffling and pooling take longer on a CPU."""
    n, channels, rows, columns = x.shape
    match layer:
        case nn.PixelUnshuffle() if channels == 1:
            block = layer.downscale_factor
            blocks = x.new_empty(n, rows // block, columns // block, block, block)
            for row in range(block):
                blocks[..., row, :] = x[:, 0, row::block].unflatten(-1, (-1, block))
            return blocks.flatten(3).permute(0, 3, 1, 2)
        case nn.MaxPool2d():
            x = torch.maximum(x[:, :, : rows - 1 : 2], x[:, :, 1::2])
            return torch.maximum(x[..., : columns - 1 : 2], x[..., 1::2])
    out: Tensor = layer(x)
    return out


def _reach(layer: nn.Module) -> int:
    """Rows before its own that a layer reads."""
    return layer.kernel_size[0] - 1 if isinstance(layer, nn.Conv2d) else 0


def _joined(before: Tensor | None, x: Tensor, least: float | None = None) -> Tensor:
    """Put rows below those that were held, which may have fewer columns; values are raised to `least`."""
    if before is None:
        return x if least is None else x.clamp_min_(least)
    n, channels, rows, columns = x.shape
    held = before.shape[2]
    both = x.new_empty(n, held + rows, columns, channels).permute(0, 3, 1, 2)
    both[:, :, :held, : before.shape[3]] = before[..., :columns]
    both[:, :, :held, before.shape[3] :] = 0
    if least is None:
        both[:, :, held:] = x
    else:
        torch.clamp_min(x, least, out=both[:, :, held:])
    return both
