"""A network of valid convolutions over a large image, strip by strip, with the same values as in one pass.

Every layer keeps the last rows it has not used up and meets the next strip with them, so that nothing is computed
twice. A strip stays in the processor's cache, which a whole mammogram does not, and between two strips the work can be
stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

STRIP_AREA = 256 * 1024
"""Pixels of a strip on a CPU: smaller ones cost more than they save, larger ones leave the cache."""


def strips(
    features: nn.Sequential,
    image: Tensor,
    rows: int,
    widths: Sequence[int] | None = None,
    check: Callable[[], None] = lambda: None,
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
        Called before each strip; raises to stop the work.
    """
    held: list[Tensor | None] = [None] * len(features)
    for k, top in enumerate(range(0, image.shape[2], rows)):
        check()
        x = image[:, :, top : top + rows, : None if widths is None else widths[k]]
        for i, layer in enumerate(features):
            reach = layer.kernel_size[0] - 1 if isinstance(layer, nn.Conv2d) else 0
            pools = isinstance(layer, nn.MaxPool2d)
            if reach or pools:
                before = held[i]
                if before is not None:
                    x = torch.cat([nn.functional.pad(before, (0, x.shape[3] - before.shape[3])), x], 2)
                left = min(reach or x.shape[2] % 2, x.shape[2])
                held[i] = x[:, :, x.shape[2] - left :] if left else None
                if x.shape[2] < (2 if pools else reach + 1):
                    break
            x = layer(x)
        else:
            yield x
