"""The settings of the bundled models: initial weights, data, epochs. Chosen on the pilot part only."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mammoview.assess.models.networks import FusedConfig, HeatmapConfig, TissueConfig
from training.data.patch_augmentation import Variation
from training.data.patches import PatchSampling
from training.fit.classifier import ClassifierConfig
from training.fit.heatmap_runs import HeatmapRun

MAGNIFICATIONS = (200, 150, 100)
"""um per pixel, in the order they are trained: each starts from the weights of the one before."""


class Recipe(BaseModel):
    """One set of models: the bundled ones, or the small ones of the tests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: TissueConfig = TissueConfig(
        widths=(24, 48, 64, 128), depths=(2, 2, 2, 1), last_pool=False, unshuffle=2, dropout=0.1
    )
    variation: Variation = "both"
    weight_decay: float = 0.1
    epochs: dict[int, int] = {200: 48, 150: 6, 100: 6}
    hard_epochs: dict[int, int] = {200: 12}
    hard: float = 0.3
    heatmap: HeatmapConfig = HeatmapConfig(unshuffle=2, widths=(16, 32), context_width=64)
    heatmap_epochs: int = 24
    fused: FusedConfig = FusedConfig(grids=(100, 150, 200), width=32, context=(1, 2), dropout=0.2)
    fused_epochs: int = 90

    def first(self, um: int, part: str) -> ClassifierConfig:
        """Return the settings of a classifier's first cycle."""
        rate = 3e-3 if um == MAGNIFICATIONS[0] else 1.5e-3
        return self._classifier(um, part, self.epochs[um], rate, PatchSampling(variation=self.variation), 11)

    def second(self, um: int, part: str) -> ClassifierConfig:
        """Return the settings of the second cycle, with the false positives of the first among its negatives."""
        draw = PatchSampling(hard=self.hard, variation=self.variation)
        return self._classifier(um, part, self.hard_epochs[um], 1.5e-3, draw, 12)

    def _classifier(
        self, um: int, part: str, epochs: int, rate: float, draw: PatchSampling, seed: int
    ) -> ClassifierConfig:
        return ClassifierConfig(
            um=um,
            network=self.network,
            epochs=epochs,
            rate=rate,
            weight_decay=self.weight_decay,
            draw=draw,
            part=part,
            seed=seed,
        )

    def baseline(self, part: str) -> HeatmapRun:
        """Return the settings of the baseline heatmap."""
        return HeatmapRun(network=self.heatmap, epochs=self.heatmap_epochs, part=part, variation=self.variation)

    def mixing(self, part: str) -> HeatmapRun:
        """Return the settings of the fused heatmap."""
        return HeatmapRun(
            network=self.fused,
            epochs=self.fused_epochs,
            batch=8,
            rate=2e-3,
            weight_decay=self.weight_decay,
            part=part,
        )


def tissue_folder(runs: Path, um: int, part: str) -> Path:
    """Return the folder of the classifier of a part."""
    return runs / f"tissue_{um}um" / part


def first_folder(runs: Path, um: int, part: str) -> Path:
    """Return the folder of the first cycle of that classifier."""
    return runs / f"tissue_{um}um" / f"{part}-first"


def baseline_folder(runs: Path, part: str) -> Path:
    """Return the folder of the baseline heatmap of a part."""
    return runs / "baseline" / part


def fused_folder(runs: Path, part: str) -> Path:
    """Return the folder of the fused heatmap of a part."""
    return runs / "fused" / part
