"""The networks: tissue classifier, re-scorer, baseline heatmap, fused heatmap, and by its config that of clusters.

Sources: An, Shameer, Subramanian 2018 (P13-P20); Simonyan & Zisserman 2015 for the classifier's shape; Bulat &
Tzimiropoulos 2016 for heatmap regression. The classifier uses valid convolutions and a pooling head of the patch's own
window, so that one fully convolutional pass over an image gives the same logits as patch by patch.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from mammoview.assess.models.cluster_network import ClusterConfig, ClusterNetwork
from mammoview.assess.models.squeezenet import POOLED_BEFORE, FireModule, squeeze_features
from mammoview.assess.models.squeezenet import width as squeeze_width


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


class SqueezeNetConfig(BaseModel):
    """Architecture of an un-padded patch classifier with the features of SqueezeNet 1.1.

    Parameters
    ----------
    last
        Number of the last fire module, 2 to 9.
    patch_px
        Side of a patch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["squeezenet_classifier"] = "squeezenet_classifier"
    last: int = 6
    patch_px: int = 128
    dropout: float = 0.3

    @property
    def step(self) -> int:
        """Dense logits come at this stride: of the first convolution and the poolings before `last`."""
        return 2 ** (1 + sum(self.last >= n for n in POOLED_BEFORE))

    @property
    def padded(self) -> bool:
        """Never: dense and patch by patch its output is the same."""
        return False


class RescorerConfig(SqueezeNetConfig):
    """Architecture of the re-scorer, whose input is a candidate in its wider context (P16)."""

    kind: Literal["rescorer"] = "rescorer"  # type: ignore[assignment]  # in place of the base's kind


class HeatmapConfig(BaseModel):
    """Architecture of the baseline heatmap regressor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["heatmap"] = "heatmap"
    unshuffle: int = 1
    widths: tuple[int, ...] = (8, 16, 32)
    context: tuple[int, ...] = (1, 2, 4, 8)
    context_width: int = 48
    dropout: float = 0.2


class SqueezeHeatmapConfig(BaseModel):
    """Architecture of a baseline heatmap regressor with the padded features of SqueezeNet 1.1 up to `last`.

    Its last poolings keep the resolution of a heatmap cell, and the convolutions behind them are dilated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["squeezenet_heatmap"] = "squeezenet_heatmap"
    last: int = 7
    dropout: float = 0.2


class FusedConfig(BaseModel):
    """Architecture of the fused heatmap: the layers that follow the concatenation (P20).

    `grids` lists the magnifications (um per pixel) whose grids come after the baseline map; three position channels
    follow (x and y from the nipple, distance to the skin) when `position` is set. `context` are the dilations of the
    3x3 convolutions that come after the first one; `dropout` is the share of channels that training leaves out before
    the last layer. With `sum` the convolutions see logits, and their outcome is added to a weighted sum of the logits
    of the baseline and of the grids instead of to the baseline's alone; at a width of 0 that sum is all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["fused_heatmap"] = "fused_heatmap"
    grids: tuple[int, ...] = (200,)
    position: bool = True
    width: int = 16
    context: tuple[int, ...] = (1,)
    dropout: float = 0.0
    sum: bool = False

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


def _reach(layer: nn.Module, places: int) -> int:
    """Places of its input that so many neighbouring places of a layer's output depend on."""
    if isinstance(layer, FireModule):
        return places + 2 * layer.trim
    if isinstance(layer, nn.MaxPool2d | nn.Conv2d):
        kernel, stride, dilation = (
            v if isinstance(v, int) else v[0] for v in (layer.kernel_size, layer.stride, layer.dilation)
        )
        return int((places - 1) * stride + (kernel - 1) * dilation + 1)
    return places


class PatchNetwork(nn.Module):
    """Features of a patch, averaged over the patch's own window, and a head of two classes.

    Maps (N, 1, H, W) to logits (N, 2, h, w), one place per patch position at a stride of `step` pixels; for a single
    patch h = w = 1.
    """

    config: TissueConfig | SqueezeNetConfig

    def __init__(self, config: TissueConfig | SqueezeNetConfig, features: nn.Sequential, width: int) -> None:
        super().__init__()
        self.config = config
        self.features = features
        side = config.patch_px // self.unshuffle
        for layer in features:
            side = _left(layer, side)
        if side < 1:
            raise ValueError(f"these layers leave nothing of a patch of {config.patch_px} px")
        self.window = side
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Conv2d(width, 2, 1)

    @property
    def unshuffle(self) -> int:
        """Side of the blocks of pixels that become channels first."""
        return self.config.unshuffle if isinstance(self.config, TissueConfig) else 1

    @property
    def streams(self) -> bool:
        """Whether `streaming.strips` can lead an image through the features strip by strip."""
        return isinstance(self.config, TissueConfig)

    @property
    def step(self) -> int:
        """Dense logits come at this stride, and scan strides are its multiples."""
        return self.config.step

    def receptive_field(self, places: int) -> int:
        """Extent in pixels of that many neighbouring feature positions; pooling may drop some pixels of a patch."""
        for layer in reversed(self.features):
            places = _reach(layer, places)
        return places * self.unshuffle

    def forward(self, x: Tensor, every: int = 1) -> Tensor:
        """Return logits (N, 2, h, w) at a stride of `every` * `step` pixels."""
        return self.read(self.features(x), every)

    def read(self, features: Tensor, every: int = 1) -> Tensor:
        """Return the logits of features (N, C, h, w), which may be assembled from strips."""
        return self.head(self.dropout(nn.functional.avg_pool2d(features, self.window, stride=every)))


def _left(layer: nn.Module, side: int) -> int:
    """Side of what a layer leaves of a square."""
    if isinstance(layer, FireModule):
        return side - 2 * layer.trim
    if isinstance(layer, nn.MaxPool2d | nn.Conv2d):
        kernel, stride, padding, dilation = (
            v if isinstance(v, int) else int(v[0])
            for v in (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        )
        return (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    return side


class TissueClassifier(PatchNetwork):
    """VGG-style patch network, un-padded: 3x3 convolutions and a 2x2 max-pooling per stage (P13).

    With a `SqueezeNetConfig` its features are SqueezeNet's fire modules.
    """

    def __init__(self, config: TissueConfig | SqueezeNetConfig) -> None:
        if isinstance(config, SqueezeNetConfig):
            super().__init__(config, squeeze_features(config.last, padded=False), squeeze_width(config.last))
            return
        layers: list[nn.Module] = [nn.PixelUnshuffle(config.unshuffle)] if config.unshuffle > 1 else []
        inputs = config.unshuffle**2
        for stage, (width, depth) in enumerate(zip(config.widths, config.convolutions, strict=True)):
            for _ in range(depth):
                layers += _block(inputs, width, int(config.padded))
                inputs = width
            if stage < config.poolings:
                layers.append(nn.MaxPool2d(2))
        super().__init__(config, nn.Sequential(*layers), inputs)


class Rescorer(PatchNetwork):
    """Classifies a candidate in its wider context: p(y | z : C) of the paper's objective (P16).

    Its patch is centred on a candidate; the logit of a finding there is logit 1 minus logit 0.
    """

    def __init__(self, config: RescorerConfig) -> None:
        super().__init__(config, squeeze_features(config.last, padded=False), squeeze_width(config.last))


class HeatmapRegressor(nn.Module):
    """The baseline: 256 x 256 in, convolutions only, max-pooled to 32 x 32 (P18).

    Maps (N, 1, H, W) to values (N, 1, H / 8, W / 8) in 0..1; dilated convolutions at the low resolution see most of
    the breast.
    """

    def __init__(self, config: HeatmapConfig | SqueezeHeatmapConfig) -> None:
        super().__init__()
        self.config = config
        if isinstance(config, SqueezeHeatmapConfig):
            self.features = squeeze_features(config.last, padded=True, least_stride=8)
            self.head = nn.Sequential(nn.Dropout2d(config.dropout), nn.Conv2d(squeeze_width(config.last), 1, 1))
            return
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
    baseline's own logit, so that an untrained fusion starts from the baseline; or to the sum of its logit and that of
    the coarsest grid, which starts there.
    """

    def __init__(self, config: FusedConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inputs = config.channels
        for dilation in (1, *config.context) if config.width else ():
            layers += [nn.Conv2d(inputs, config.width, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
            inputs = config.width
        if config.width:
            last: list[nn.Module] = [nn.Dropout2d(config.dropout)] if config.dropout else []
            self.mix = nn.Sequential(*layers, *last, nn.Conv2d(inputs, 1, 1))
        if config.sum:
            self.sum = nn.Conv2d(1 + len(config.grids), 1, 1)
            with torch.no_grad():
                self.sum.weight.zero_()
                self.sum.weight[0, [0, 1 + config.grids.index(max(config.grids))]] = 1
                self.sum.bias.zero_()  # type: ignore[union-attr]  # it has a bias
            if config.width:  # what is mixed in starts from nothing
                nn.init.zeros_(self.mix[-1].weight)  # type: ignore[arg-type]  # a convolution
                nn.init.zeros_(self.mix[-1].bias)  # type: ignore[arg-type]  # a convolution

    def forward(self, x: Tensor) -> Tensor:
        """Return the heatmap (N, 1, h, w)."""
        if self.config.sum:
            maps = 1 + len(self.config.grids)
            logits = torch.logit(x[:, :maps], eps=1e-3)
            mixed = self.mix(torch.cat([logits / 4, x[:, maps:]], 1)) if self.config.width else 0.0
            return torch.sigmoid(self.sum(logits) + mixed)
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


Config = (
    TissueConfig
    | SqueezeNetConfig
    | RescorerConfig
    | ClusterConfig
    | HeatmapConfig
    | SqueezeHeatmapConfig
    | FusedConfig
)


Network = TissueClassifier | Rescorer | ClusterNetwork | HeatmapRegressor | FusedHeatmap


def build_network(config: Config) -> Network:
    """Return an untrained network of that architecture."""
    match config:
        case RescorerConfig():
            return Rescorer(config)
        case ClusterConfig():
            return ClusterNetwork(config)
        case TissueConfig() | SqueezeNetConfig():
            return TissueClassifier(config)
        case HeatmapConfig() | SqueezeHeatmapConfig():
            return HeatmapRegressor(config)
        case FusedConfig():
            return FusedHeatmap(config)


def parameters(network: nn.Module) -> int:
    """Count the trainable numbers of a network."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
