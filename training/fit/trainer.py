"""Training loop of all models: averaged weights, one-cycle learning rate, history, and resuming after a kill."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any, Literal, Protocol

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from pydantic import BaseModel
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_bytes, write_text

WEIGHTS = "model.safetensors"
"""File of the final weights, written when a run is finished."""
DECAY = 0.98
"""Decay of the weight average per step: it covers about 50 steps, or one epoch."""


class EpochDataset(Protocol):
    """A data set that draws new samples in every epoch."""

    epoch: int

    def __len__(self) -> int:
        """Return the number of samples of an epoch."""
        ...


class OptimizerSettings(Protocol):
    """Settings of the optimiser; the run configurations have these."""

    @property
    def rate(self) -> float:
        """Highest learning rate."""
        ...

    @property
    def weight_decay(self) -> float:
        """Decoupled weight decay."""
        ...


class TrainingTask(lightning.LightningModule):
    """A network with an exponential average of its weights; the average is what is validated and kept.

    Subclasses give `loss_of` and `figures`; the figure called `score` chooses the epoch, lower is better. Without
    figures the last epoch is kept.
    """

    best: Tensor

    def __init__(self, network: nn.Module, hyper: OptimizerSettings, steps: int) -> None:
        super().__init__()
        self.network: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
        self.average.requires_grad_(False)
        self.hyper, self.steps = hyper, steps
        self._losses: list[float] = []
        self.register_buffer("best", torch.tensor(float("inf")))

    def loss_of(self, x: Tensor, y: Tensor) -> Tensor:
        """Loss of one batch."""
        raise NotImplementedError

    def figures(self, network: nn.Module) -> dict[str, float]:
        """Figures of the averaged network on held-out data, `score` among them; empty without such data."""
        raise NotImplementedError

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Loss of one batch."""
        x, y = batch
        loss = self.loss_of(x.contiguous(memory_format=torch.channels_last), y)
        self.log("loss", loss)
        self._losses.append(float(loss.detach()))
        return loss

    def on_train_batch_end(self, *_: Any) -> None:  # noqa: ANN401
        """Update the average."""
        self.average.update_parameters(self.network)

    def on_train_epoch_end(self) -> None:
        """Validate the average and keep it when it is the best so far."""
        if not self.trainer.is_global_zero:
            return
        figures = self.figures(self.average.module.eval())
        self.log_dict(figures, rank_zero_only=True)
        loss = sum(self._losses) / max(1, len(self._losses))
        self._losses.clear()
        row = {"epoch": self.current_epoch, "loss": loss} | figures
        _append(Path(self.trainer.default_root_dir) / "history.csv", {k: round(v, 5) for k, v in row.items()})
        score = figures.get("score", -float(self.current_epoch))
        if score < float(self.best):
            self.best.fill_(score)
            state = {k: v.contiguous() for k, v in self.average.module.state_dict().items()}
            write_bytes(Path(self.trainer.default_root_dir) / "best.safetensors", save(state))

    def configure_optimizers(self) -> dict[str, Any]:  # type: ignore[override]  # one of lightning's many return types
        """AdamW with a one-cycle rate."""
        rate = self.hyper.rate
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=self.hyper.weight_decay)
        # A cycle of fewer than ten steps would have phases of zero length.
        total = max(self.steps + 1, 10)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=total, pct_start=0.2)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class _FreshDraw(Callback):
    """Set the epoch of the data, so that samples are drawn anew and a resumed run draws the same."""

    def __init__(self, data: EpochDataset) -> None:
        self.data = data

    def on_train_epoch_start(self, trainer: lightning.Trainer, _module: lightning.LightningModule) -> None:
        self.data.epoch = trainer.current_epoch


def _append(file: Path, row: dict[str, float]) -> None:
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as f:
        table = csv.DictWriter(f, list(row))
        if new:
            table.writeheader()
        table.writerow(row)


def processes() -> int:
    """Return the number of processes of this run, which `torchrun` sets in the environment."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def precision() -> Literal["bf16-mixed", "32-true"]:
    """Return bfloat16 for the convolutions where the hardware is fast with it, else float32.

    Processors with AMX train twice as many patches a second with it; one without AVX512-BF16 is 30 times slower.
    """
    fast = torch.cuda.is_bf16_supported(False) if torch.cuda.is_available() else torch.cpu._is_amx_tile_supported()
    return "bf16-mixed" if fast else "32-true"


def steps(data: EpochDataset, epochs: int, batch: int) -> int:
    """Return the number of optimiser steps of a run; raises MammoviewError when there are no samples."""
    if not len(data):
        raise MammoviewError("no sample can be drawn from the training patients", "Prepare more data")
    each = -(-len(data) // processes())
    return epochs * (each // min(batch, each))


def is_finished(folder: Path, config: BaseModel) -> bool:
    """Whether `folder` holds a finished run with these settings; raises MammoviewError when it holds another run."""
    settings = folder / "config.json"
    if settings.exists() and settings.read_text() != config.model_dump_json(indent=1):
        raise MammoviewError("this folder holds a run with other settings", "Delete it, or choose other --runs", folder)
    return settings.exists() and (folder / WEIGHTS).exists()


def fit(
    task: TrainingTask, data: EpochDataset, folder: Path, config: BaseModel, epochs: int, batch: int, workers: int = 0
) -> Path:
    """Train; returns the best epoch's weights. A killed run is resumed from its last complete epoch.

    Parameters
    ----------
    task
        Made with `steps` of the same data, epochs and batch.
    data
        A map-style data set; its `epoch` is set before each epoch, so that a resumed run draws the same samples.
    config
        Settings of the run, kept beside it.
    batch
        Samples per step and process.
    workers
        Processes that draw samples; 0 draws them in the training process itself.

    Raises
    ------
    MammoviewError
        When the folder holds a run with other settings, or cannot be written.
    """
    assert isinstance(data, Dataset)
    folder.mkdir(parents=True, exist_ok=True)
    if is_finished(folder, config):
        return folder / WEIGHTS
    write_text(folder / "config.json", config.model_dump_json(indent=1))
    keep = ModelCheckpoint(folder, "last", save_top_k=1, every_n_epochs=1, enable_version_counter=False)
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="auto",
        devices=here if processes() > 1 else "auto",
        num_nodes=processes() // here,
        strategy="ddp" if processes() > 1 else "auto",
        precision=precision(),
        callbacks=[_FreshDraw(data), keep],
        logger=TensorBoardLogger(folder, "", "tensorboard"),
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=10,
        default_root_dir=folder,
    )
    last = folder / "last.ckpt"
    each = -(-len(data) // processes())
    loader = DataLoader(
        data,
        min(batch, each),
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=False,
    )
    try:
        trainer.fit(task, loader, ckpt_path=last if last.exists() else None)
        if trainer.is_global_zero:
            (folder / "best.safetensors").replace(folder / WEIGHTS)
    except OSError as error:
        raise MammoviewError(
            f"the run cannot be written ({error.strerror})", "Make room, then give the command again", folder
        ) from error
    trainer.strategy.barrier()
    return folder / WEIGHTS
