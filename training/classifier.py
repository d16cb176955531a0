"""`python -m training classifier`: the tissue classifier at one magnification."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from mammoview.assess.networks import TissueClassifier, TissueConfig
from training.prepare import Prepared
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


class ClassifierTask(lightning.LightningModule):
    """Cross-entropy on balanced patches; an exponential average of the weights is what is validated and kept."""

    def __init__(self, config: ClassifierConfig, validation: FixedPatches, steps: int) -> None:
        super().__init__()
        self.config, self.validation, self.steps = config, validation, steps
        self.network = TissueClassifier(config.network).to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True)
        self.loss = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Loss of one batch."""
        x, y = batch
        out = self.network(x.contiguous(memory_format=torch.channels_last))[:, :, 0, 0]
        loss = self.loss(out, y)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Follow the weights."""
        self.average.update_parameters(self.network)

    def on_train_epoch_end(self) -> None:
        """Validate the averaged weights: the mean of the sources' AUCs chooses the epoch."""
        figures = auc_by_source(logits(self.average.module, self.validation.patches), self.validation)
        for name, value in figures.items():
            self.log(f"auc {name}", value)
        self.log("auc", float(np.mean(list(figures.values()))), prog_bar=True)

    def configure_optimizers(self) -> dict[str, object]:
        """AdamW with a one-cycle rate."""
        c = self.config
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=c.rate, weight_decay=c.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, c.rate, total_steps=self.steps + 1, pct_start=0.2)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class FreshPatches(Callback):
    """Tell the data set which epoch it is, so that patches are drawn afresh and a resumed run draws the same."""

    def __init__(self, patches: TrainingPatches) -> None:
        self.patches = patches

    def on_train_epoch_start(self, trainer: lightning.Trainer, _module: lightning.LightningModule) -> None:
        """Set the epoch."""
        self.patches.epoch = trainer.current_epoch


def train(config: ClassifierConfig, training: list[Prepared], validation: list[Prepared], folder: Path) -> Path:
    """Train one classifier; returns the weights of its best epoch. A run that was killed resumes from `folder`."""
    lightning.seed_everything(config.seed, verbose=False)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(config.model_dump_json(indent=1))
    side = config.network.patch_px
    patches = TrainingPatches(training, config.um, side, config.repeats, config.rim, config.seed)
    print("training patches:", patches.spots.counts(), flush=True)
    held = fixed(validation, config.um, side, 8)
    loader = DataLoader(patches, config.batch, shuffle=True, drop_last=True)
    task = ClassifierTask(config, held, config.epochs * len(loader))
    keep = ModelCheckpoint(folder, "best", monitor="auc", mode="max", save_last=True, enable_version_counter=False)
    trainer = lightning.Trainer(
        max_epochs=config.epochs,
        accelerator="auto",
        callbacks=[FreshPatches(patches), keep],
        logger=CSVLogger(folder, "", ""),
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=10,
        default_root_dir=folder,
    )
    last = folder / "last.ckpt"
    trainer.fit(task, loader, ckpt_path=last if last.exists() else None)
    best = torch.load(keep.best_model_path, weights_only=False)  # our own checkpoint, just written
    task.load_state_dict(best["state_dict"])
    weights = folder / "model.safetensors"
    save_file({k: v.contiguous() for k, v in task.average.module.state_dict().items()}, weights)
    print(f"best epoch {best['epoch']}: auc {float(keep.best_model_score or 0):.4f}", flush=True)
    return weights
