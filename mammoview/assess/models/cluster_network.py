"""The network that classifies clusters of bright spots, which may be calcifications."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn


class ClusterConfig(BaseModel):
    """Architecture of the network of clusters.

    Parameters
    ----------
    widths
        Channels of each stage; 2x2 max-pooling lies between the stages.
    depths
        3x3 convolutions per stage.
    patch_px
        Side of a patch, a multiple of the poolings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["cluster_network"] = "cluster_network"
    widths: tuple[int, ...] = (8, 24, 48, 48)
    depths: tuple[int, ...] = (2, 2, 1, 1)
    patch_px: int = 64


class ClusterNetwork(nn.Module):
    """Logit of a cluster of calcifications in a patch: convolutions, then mean and maximum over it."""

    def __init__(self, config: ClusterConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        taken = 1
        for stage, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(depth):
                layers += [nn.Conv2d(taken, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                taken = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(2 * taken, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N,) of patches (N, 1, patch_px, patch_px), each minus its mean."""
        found = self.features(x)
        return self.head(torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1))[:, 0]
