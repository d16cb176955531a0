"""The networks: tissue classifier, baseline heatmap, fused heatmap.

Sources: An, Shameer, Subramanian 2018 (P13-P20); Simonyan & Zisserman 2015 for the classifier's shape; Bulat &
Tzimiropoulos 2016 for heatmap regression. The classifier uses valid convolutions and a pooling head of the patch's own
window, so that one fully convolutional pass over an image gives the same logits as patch by patch.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn


class TissueConfig(BaseModel):
    """Architecture of a tissue classifier.

    Parameters
    ----------
    widths
        Channels of each stage; a stage ends in 2x2 max-pooling, the last one only with `last_pool`.
    patch_px
        Side of a patch.
    unshuffle
        Space-to-depth: blocks of this many pixels squared become channels before the first stage, without loss; a first
        stage at half the size costs a quarter.
    depths
        3x3 convolutions per stage, two when left out.
    last_pool
        Whether the last stage ends in pooling as well. Without it the last stage keeps the stride of the dense logits
        at little cost.
    padded
        Zero-padded convolutions, as in the original VGG. Such a network has other outputs in a dense pass than patch by
        patch, and is therefore only used patch by patch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["tissue_classifier"] = "tissue_classifier"
    widths: tuple[int, ...] = (16, 32, 64, 96)
    patch_px: int = 128
    dropout: float = 0.3
    unshuffle: int = 1
    depths: tuple[int, ...] = ()
    last_pool: bool = True
    padded: bool = False

    @property
    def step(self) -> int:
        """Product of unshuffling and poolings: dense logits come at this stride."""
        return int(self.unshuffle * 2**self.poolings)

    @property
    def poolings(self) -> int:
        """Number of stages that end in pooling."""
        return len(self.widths) - (not self.last_pool)

    @property
    def convolutions(self) -> tuple[int, ...]:
        """Number of 3x3 convolutions in each stage."""
        return self.depths or (2,) * len(self.widths)


VGG16 = TissueConfig(widths=(64, 128, 256, 512, 512), depths=(2, 2, 3, 3, 3), padded=True, dropout=0.5)
"""Configuration D of Simonyan & Zisserman 2015 with a pooling head; padded, so it is evaluated patchwise only."""


class HeatmapConfig(BaseModel):
    """Architecture of the baseline heatmap regressor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["heatmap"] = "heatmap"
    unshuffle: int = 1
    widths: tuple[int, ...] = (8, 16, 32)
    context: tuple[int, ...] = (1, 2, 4, 8)
    context_width: int = 48
    dropout: float = 0.2


class FusedConfig(BaseModel):
    """Architecture of the fused heatmap: the layers that follow the concatenation (P20).

    `grids` lists the magnifications (um per pixel) whose grids come after the baseline map; three position channels
    follow (x and y from the nipple, distance to the skin) when `position` is set. `context` are the dilations of the
    3x3 convolutions that come after the first one; `dropout` is the share of channels that training leaves out before
    the last layer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["fused_heatmap"] = "fused_heatmap"
    grids: tuple[int, ...] = (200,)
    position: bool = True
    width: int = 16
    context: tuple[int, ...] = (1,)
    dropout: float = 0.0

    @property
    def channels(self) -> int:
        """Number of input channels."""
        return 1 + len(self.grids) + 3 * self.position


def _block(inputs: int, outputs: int, padding: int, dilation: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, padding=padding, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


class TissueClassifier(nn.Module):
    """VGG-style patch network, un-padded: 3x3 convolutions and a 2x2 max-pooling per stage (P13).

    The network maps (N, 1, H, W) to logits (N, 2, h, w), one place per patch position at a stride of `step` pixels;
    for a single patch h = w = 1.
    """

    def __init__(self, config: TissueConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = [nn.PixelUnshuffle(config.unshuffle)] if config.unshuffle > 1 else []
        inputs, side = config.unshuffle**2, config.patch_px // config.unshuffle
        for stage, (width, depth) in enumerate(zip(config.widths, config.convolutions, strict=True)):
            for _ in range(depth):
                layers += _block(inputs, width, int(config.padded))
                inputs = width
            side -= 2 * depth * (not config.padded)
            if stage < config.poolings:
                layers.append(nn.MaxPool2d(2))
                side //= 2
        if side < 1:
            raise ValueError(f"{len(config.widths)} stages leave nothing of a patch of {config.patch_px} px")
        self.features = nn.Sequential(*layers)
        self.window = side
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Conv2d(inputs, 2, 1)

    @property
    def step(self) -> int:
        """Dense logits come at this stride, and scan strides are its multiples."""
        return self.config.step

    def reach(self, places: int) -> int:
        """Extent in pixels of that many neighbouring feature positions; pooling may drop some pixels of a patch."""
        for layer in reversed(self.features):
            if isinstance(layer, nn.MaxPool2d):
                places *= 2
            elif isinstance(layer, nn.Conv2d):
                places += layer.kernel_size[0] - 1
        return places * self.config.unshuffle

    def forward(self, x: Tensor, every: int = 1) -> Tensor:
        """Return logits (N, 2, h, w) at a stride of `every` * `step` pixels."""
        return self.read(self.features(x), every)

    def read(self, features: Tensor, every: int = 1) -> Tensor:
        """Return the logits of features (N, C, h, w), which may be assembled from strips."""
        return self.head(self.dropout(nn.functional.avg_pool2d(features, self.window, stride=every)))


class HeatmapRegressor(nn.Module):
    """The baseline: 256 x 256 in, convolutions only, max-pooled to 32 x 32 (P18).

    Maps (N, 1, H, W) to values (N, 1, H / 8, W / 8) in 0..1; dilated convolutions at the low resolution see most of
    the breast.
    """

    def __init__(self, config: HeatmapConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = [nn.PixelUnshuffle(config.unshuffle)] if config.unshuffle > 1 else []
        inputs = config.unshuffle**2
        for stage, width in enumerate(config.widths):
            # One convolution at the full 256 px, two at every coarser size: the first stage would cost half of all.
            twice = stage or config.unshuffle > 1
            layers += [*_block(inputs, width, 1), *(_block(width, width, 1) if twice else []), nn.MaxPool2d(2)]
            inputs = width
        for dilation in config.context:
            layers += _block(inputs, config.context_width, dilation, dilation)
            inputs = config.context_width
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout2d(config.dropout), nn.Conv2d(inputs, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the heatmap (N, 1, H / 8, W / 8)."""
        return torch.sigmoid(self.head(self.features(x)).float())


class FusedHeatmap(nn.Module):
    """Baseline map, grids and position, concatenated and convolved again (P20).

    Maps (N, channels, h, w) on the heatmap's lattice to values (N, 1, h, w) in 0..1. The last layer is added to the
    baseline's own logit, so that an untrained fusion starts from the baseline.
    """

    def __init__(self, config: FusedConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inputs = config.channels
        for dilation in (1, *config.context):
            layers += [nn.Conv2d(inputs, config.width, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
            inputs = config.width
        last: list[nn.Module] = [nn.Dropout2d(config.dropout)] if config.dropout else []
        self.mix = nn.Sequential(*layers, *last, nn.Conv2d(inputs, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the heatmap (N, 1, h, w)."""
        return torch.sigmoid(torch.logit(x[:, :1], eps=1e-3) + self.mix(x))


def fold_batch_norm(features: nn.Sequential) -> nn.Sequential:
    """Return the same function in evaluation mode with every BatchNorm2d folded into the convolution before it."""
    layers: list[nn.Module] = []
    for layer in features:
        if isinstance(layer, nn.BatchNorm2d) and layers and isinstance(layers[-1], nn.Conv2d):
            layers[-1] = nn.utils.fuse_conv_bn_eval(layers[-1].eval(), layer.eval())
        else:
            layers.append(layer)
    return nn.Sequential(*layers).eval()


Config = TissueConfig | HeatmapConfig | FusedConfig


def build_network(config: Config) -> TissueClassifier | HeatmapRegressor | FusedHeatmap:
    """Return an untrained network of that architecture."""
    match config:
        case TissueConfig():
            return TissueClassifier(config)
        case HeatmapConfig():
            return HeatmapRegressor(config)
        case FusedConfig():
            return FusedHeatmap(config)


def parameters(network: nn.Module) -> int:
    """Count the trainable numbers of a network."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
