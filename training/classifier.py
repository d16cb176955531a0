"""`python -m training classifier`: the tissue classifier at one magnification."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from mammoview.assess.networks import TissueClassifier, TissueConfig
from training.prepare import Prepared
from training.run import Task, fit, steps
from training.sampling import FixedPatches, TrainingPatches, fixed


class ClassifierConfig(BaseModel):
    """What a classifier run depends on, besides the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    um: int = 200
    network: TissueConfig = TissueConfig()
    epochs: int = 30
    batch: int = 32
    rate: float = 3e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.02
    rim: float = 0.4
    repeats: dict[str, int] = {"cbis_masses": 1, "mini_mias": 4}
    seed: int = 11


def logits(network: nn.Module, patches: Tensor, batch: int = 64) -> NDArray[np.float64]:
    """Logit difference (finding against none) of each patch (N, 1, side, side), float64 (N,)."""
    network.eval()
    with torch.inference_mode():
        out = [network(p.contiguous(memory_format=torch.channels_last))[:, :, 0, 0] for p in patches.split(batch)]
    both = torch.cat(out).double()
    return (both[:, 1] - both[:, 0]).numpy()


def auc_by_source(z: NDArray[np.float64], patches: FixedPatches) -> dict[str, float]:
    """AUC of each data set on its own patches: tissue negatives (headline) and all negatives."""
    labels, sources = patches.labels, patches.of("source")
    tissue = np.array([s.positive or s.share >= 0.8 for s in patches.spots])
    figures = {}
    for source in sorted(set(sources)):
        for name, keep in (("tissue", tissue), ("all", np.ones_like(tissue))):
            chosen = keep & (sources == source)
            if len(set(labels[chosen])) == 2:
                figures[f"{source} {name}"] = float(roc_auc_score(labels[chosen], z[chosen]))
    return figures


class ClassifierTask(Task):
    """Cross-entropy on balanced patches; the mean of the data sets' AUCs chooses the epoch."""

    def __init__(self, config: ClassifierConfig, validation: FixedPatches, steps: int) -> None:
        super().__init__(TissueClassifier(config.network), config, steps)
        self.validation = validation
        self.loss = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)

    def loss_of(self, x: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy of one batch."""
        loss: Tensor = self.loss(self.network(x)[:, :, 0, 0], y)
        return loss

    def figures(self, network: nn.Module) -> dict[str, float]:
        """AUC of each data set; `score` is one minus their mean."""
        found = auc_by_source(logits(network, self.validation.patches), self.validation)
        return {f"auc {name}": value for name, value in found.items()} | {
            "score": 1 - float(np.mean(list(found.values())))
        }


def train(
    config: ClassifierConfig,
    training: list[Prepared],
    validation: list[Prepared],
    folder: Path,
    start: Path | None = None,
) -> Path:
    """Train one classifier; returns the weights of its best epoch. A run that was killed resumes from `folder`.

    `start` holds a finished run of the same architecture whose weights are trained further.
    """
    lightning.seed_everything(config.seed, verbose=False)
    side = config.network.patch_px
    patches = TrainingPatches(training, config.um, side, config.repeats, config.rim, config.seed)
    print("training patches:", patches.spots.counts(), flush=True)
    held = fixed(validation, config.um, side, 4)
    task = ClassifierTask(config, held, steps(patches, config.epochs, config.batch))
    if start is not None:
        weights = load_file(start / "model.safetensors")
        task.network.load_state_dict(weights)
        task.average.module.load_state_dict(weights)
    return fit(task, patches, folder, config, config.epochs, config.batch)
