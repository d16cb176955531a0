"""SqueezeNet 1.1 (Iandola et al. 2016, https://arxiv.org/abs/1602.07360) as features of one grey channel.

Layers are named as in the published network (conv1, fire2.squeeze1x1 ... fire9.expand3x3), so that published weights
fit by name. Un-padded, one pass over an image gives the features of every patch; padded, a map keeps its size.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

FIRES = {
    2: (64, 16, 64),
    3: (128, 16, 64),
    4: (128, 32, 128),
    5: (256, 32, 128),
    6: (256, 48, 192),
    7: (384, 48, 192),
    8: (384, 64, 256),
    9: (512, 64, 256),
}
"""Inputs, squeezed channels and channels of each of the two expansions of every fire module."""
FIRST_WIDTH = 64
POOLED_BEFORE = (2, 4, 6)
"""Fire modules that a max-pooling comes before."""


class FireModule(nn.Module):
    """A fire module: 1x1 convolution to few channels, then 1x1 and 3x3 convolutions side by side, concatenated.

    Maps (N, inputs, H, W) to (N, 2 * expand, H, W) when padded, else to (N, 2 * expand, H - 2 d, W - 2 d) with the
    dilation d: the 1x1 convolution then reads the places that the 3x3 convolution is centred on.
    """

    def __init__(self, inputs: int, squeeze: int, expand: int, padded: bool, dilation: int = 1) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(inputs, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=dilation if padded else 0, dilation=dilation)
        self.trim = 0 if padded else dilation

    def forward(self, x: Tensor) -> Tensor:
        """Return the expanded channels."""
        x = torch.relu(self.squeeze1x1(x))
        t = self.trim
        centre = x[:, :, t:-t, t:-t] if t else x
        return torch.relu(torch.cat([self.expand1x1(centre), self.expand3x3(x)], 1))


def squeeze_features(last: int, padded: bool, least_stride: int = 16) -> nn.Sequential:
    """Return the features of one grey channel from conv1 to fire module `last`.

    Parameters
    ----------
    last
        Number of the last fire module, 2 to 9.
    padded
        Whether convolutions and poolings are padded. Un-padded ones give the same patch by patch and in one pass.
    least_stride
        A pooling that would come to a coarser stride keeps the resolution instead; the convolutions behind it are
        dilated, which reads the same places (Chen et al. 2018, atrous convolution).
    """
    if last not in FIRES:
        raise ValueError(f"there is no fire module {last}: choose 2 to 9")
    pad = int(padded)
    layers: list[tuple[str, nn.Module]] = [
        ("conv1", nn.Conv2d(1, FIRST_WIDTH, 3, stride=2, padding=pad)),
        ("relu1", nn.ReLU(inplace=True)),
    ]
    stride, dilation = 2, 1
    for number in range(2, last + 1):
        if number in POOLED_BEFORE:
            if stride < least_stride:
                layers.append((f"pool{number - 1}", nn.MaxPool2d(3, 2, pad)))
                stride *= 2
            else:
                layers.append((f"pool{number - 1}", nn.MaxPool2d(3, 1, pad * dilation, dilation)))
                dilation *= 2
        layers.append((f"fire{number}", FireModule(*FIRES[number], padded, dilation)))
    return nn.Sequential(OrderedDict(layers))


def width(last: int) -> int:
    """Return the number of channels that come out of fire module `last`."""
    return 2 * FIRES[last][2]
