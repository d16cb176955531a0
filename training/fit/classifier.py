"""`python -m training classifier`: the tissue classifier at one magnification."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file
from skimage.feature import peak_local_max
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from mammoview.assess.inference.preprocessing import patch_starts
from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.networks import TissueClassifier, TissueConfig
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays
from training.data.patch_centres import PatchCentre, outlined, sums
from training.data.patches import FixedPatches, PatchSampling, TrainingPatches, fixed
from training.data.prepare import PreparedMammogram
from training.data.splits import PILOT, split
from training.fit.dense_scan import scan_prepared
from training.fit.trainer import WEIGHTS, TrainingTask, fit, is_finished, steps


class ClassifierConfig(BaseModel):
    """Configuration of a classifier run, besides the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    um: int = 200
    network: TissueConfig = TissueConfig()
    epochs: int = 30
    batch: int = 16
    rate: float = 3e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.02
    draw: PatchSampling = PatchSampling()
    part: str = "all"
    seed: int = 11


NEGATIVES_EACH = 24
"""Fixed negatives of a mammogram in evaluation."""
MINED_ABOVE, MINED_EACH = 0.3, 6
"""Lowest probability of a mined false positive, and most of them per image."""


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
    fitting = np.array([not s.large for s in patches.spots])
    tissue = np.array([s.positive or s.share >= 0.8 for s in patches.spots]) & fitting
    figures = {}
    for source in sorted(set(sources)):
        for name, keep in (("tissue", tissue), ("all", fitting)):
            chosen = keep & (sources == source)
            if len(set(labels[chosen])) == 2:
                figures[f"{source} {name}"] = float(roc_auc_score(labels[chosen], z[chosen]))
    return figures


@dataclass(frozen=True)
class PatchPredictions:
    """Fixed patches with their logits, as plain arrays of one length.

    Parameters
    ----------
    z
        Logit difference, uncalibrated.
    label
        Whether the patch is centred on a finding.
    share
        Share of breast in the patch.
    large
        Whether the finding is larger than the patch: left out of training, reported apart.
    finding
        Index of the finding in its mammogram, -1 for negatives.
    fold, source, name, group
        Of the mammogram.
    """

    z: NDArray[np.float64]
    label: NDArray[np.bool_]
    share: NDArray[np.float64]
    large: NDArray[np.bool_]
    finding: NDArray[np.intp]
    fold: NDArray[np.intp]
    source: NDArray[np.str_]
    name: NDArray[np.str_]
    group: NDArray[np.str_]

    @classmethod
    def of(
        cls,
        network: nn.Module,
        members: list[PreparedMammogram],
        um: int,
        side: int = 128,
        negatives_each: int = NEGATIVES_EACH,
    ) -> PatchPredictions:
        """Run a classifier on the fixed patches of `side` pixels of mammograms it never saw."""
        patches = fixed(members, um, side, negatives_each)
        spots = patches.spots
        of = [members[s.example] for s in spots]
        return cls(
            logits(network, patches.patches),
            patches.labels,
            np.array([s.share for s in spots]),
            np.array([s.large for s in spots]),
            np.array([s.finding for s in spots]),
            np.array([m.fold for m in of]),
            np.array([m.source for m in of]),
            np.array([m.name for m in of]),
            np.array([m.group for m in of]),
        )

    def save(self, file: Path) -> None:
        """Write one .npz file, whole or not at all."""
        write_arrays(file, {k.name: getattr(self, k.name) for k in fields(self)})

    @classmethod
    def joined(cls, files: list[Path]) -> PatchPredictions:
        """Read files and join them. Raises MammoviewError when one is missing."""
        missing = [f for f in files if not f.exists()]
        if missing:
            raise MammoviewError("this fold was not read yet", "Run: python -m training read", missing[0])
        parts = [np.load(f) for f in files]
        return cls(**{k.name: np.concatenate([p[k.name] for p in parts]) for k in fields(cls)})


class ClassifierTask(TrainingTask):
    """Cross-entropy on balanced patches; the mean of the data sets' AUCs chooses the epoch."""

    def __init__(self, config: ClassifierConfig, validation: FixedPatches | None, steps: int) -> None:
        super().__init__(TissueClassifier(config.network), config, steps)
        self.validation = validation
        self.loss = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)

    def loss_of(self, x: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy of one batch."""
        loss: Tensor = self.loss(self.network(x)[:, :, 0, 0].float(), y)
        return loss

    def figures(self, network: nn.Module) -> dict[str, float]:
        """AUC of each data set; `score` is one minus their mean. Empty without held-out patches."""
        if self.validation is None:
            return {}
        found = auc_by_source(logits(network, self.validation.patches), self.validation)
        return {f"auc {name}": value for name, value in found.items()} | {
            "score": 1 - float(np.mean(list(found.values())))
        }


def mine(network: TissueClassifier, members: list[PreparedMammogram], um: int) -> list[PatchCentre]:
    """Mine false positives: the highest separate peaks in normal tissue of each training image.

    Patches that share a pixel with an outline are never taken, nor images with a finding of unknown place.
    """
    mined: list[PatchCentre] = []
    half = network.config.patch_px / 2
    for index, member in enumerate(members):
        if member.unplaced:
            continue
        scanned = scan_prepared(network, member, um)
        starts = patch_starts(scanned.logits.shape, scanned.step)
        free = sums(outlined(member, um), starts, scanned.patch_px).reshape(scanned.logits.shape) == 0
        p = np.where(free, scanned.probability, 0)
        for r, c in peak_local_max(p, min_distance=3, threshold_abs=MINED_ABOVE, num_peaks=MINED_EACH):
            row, column = r * scanned.step + half, c * scanned.step + half
            mined.append(PatchCentre(index, float(column), float(row), False, float(scanned.share[r, c])))
    return mined


def train(
    config: ClassifierConfig,
    members: list[PreparedMammogram],
    folder: Path,
    start: Path | None = None,
    workers: int = 0,
) -> Path:
    """Train one classifier; returns its weights. A killed run is resumed from `folder`.

    `start` is a folder with weights of the same architecture to train further; their false positives on the training
    images are mined where `config.draw.hard` is set.
    """
    if is_finished(folder, config):
        return folder / WEIGHTS
    lightning.seed_everything(config.seed, verbose=False)
    parts = split(members, config.part)
    side = config.network.patch_px
    weights = None if start is None else load_file(start)
    mined: list[PatchCentre] = []
    if weights is not None and config.draw.hard:
        miner = TissueClassifier(config.network)
        miner.load_state_dict(weights)
        miner = optimised_for_inference(miner)
        mined = mine(miner, parts.training, config.um)
    patches = TrainingPatches(parts.training, config.um, side, config.draw, config.seed, mined)
    print("training patches:", patches.spots.counts() | {"mined": len(mined)}, flush=True)
    held = fixed(parts.held, config.um, side, 4) if config.part == PILOT else None
    task = ClassifierTask(config, held, steps(patches, config.epochs, config.batch))
    if weights is not None:
        task.network.load_state_dict(weights)
        task.average.module.load_state_dict(weights)
    return fit(task, patches, folder, config, config.epochs, config.batch, workers)
