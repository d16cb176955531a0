"""`python -m training baseline` and `fused`: the heatmap regressors (P18-P21)."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import ndimage
from skimage.draw import polygon2mask
from torch import Tensor, nn
from torch.utils.data import Dataset

from mammoview.assess.inference.heatmap_cells import CELL_PX, FRAME_CELLS, FRAME_PX, INPUT_UM
from mammoview.assess.inference.heatmaps import baseline_map
from mammoview.assess.models.networks import (
    FusedConfig,
    FusedHeatmap,
    HeatmapConfig,
    HeatmapRegressor,
    SqueezeHeatmapConfig,
)
from training.data.film import image as film_image
from training.data.finding_difficulty import difficulties
from training.data.patch_augmentation import Variation, blurred, cut, is_free, toned
from training.data.patch_centres import PatchCentre
from training.data.prepare import PreparedMammogram
from training.fit import pretrained
from training.fit.pretrained import Origin
from training.fit.trainer import TrainingTask, fit, steps

EMPTY_LOGIT = -4.2
"""Logit of the mean target, about 1.5 %."""
SIGMA_PX = 8.0
"""Blur of the target at 256 px: one heatmap cell, 3.2 mm."""


class HeatmapRun(BaseModel):
    """Configuration of a heatmap run, besides the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: HeatmapConfig | SqueezeHeatmapConfig | FusedConfig
    epochs: int = 40
    batch: int = 8
    rate: float = 2e-3
    weight_decay: float = 2e-2
    part: str = "all"
    seed: int = 12
    variation: Variation = "free"
    small: int = 1
    """How often mammograms with a small finding or one near the skin are met in an epoch."""
    film: float = 0.0
    """Share of Frames in which the film beyond the skin is as it was scanned; blanked in the others."""
    start: Origin | None = None
    """Where the first weights came from; random when None."""


def filled(member: PreparedMammogram) -> NDArray[np.float32]:
    """Fill the outlines of a mammogram on its 400 um image and blur by one cell (P19), float32 (rows, columns)."""
    shape = member.image(INPUT_UM).shape
    marked = np.zeros(shape, np.float32)
    for points in member.polygons(INPUT_UM):
        marked = np.maximum(marked, polygon2mask(shape, points[:, ::-1] - 0.5))
    return np.clip(ndimage.gaussian_filter(marked, SIGMA_PX), 0, 1)


def cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Area-average a 400 um image down to 3.2 mm cells."""
    rows, columns = (n // CELL_PX for n in values.shape)
    return values[: rows * CELL_PX, : columns * CELL_PX].reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3))


class TrainingFrames(Dataset[tuple[Tensor, Tensor]]):
    """Frames with their targets: half nipple-aligned, half from anywhere on the breast, turned, scaled, flipped.

    Frames that are not varied freely are flipped, shifted by whole pixels and toned only. Mammograms with a finding
    that is small or lies near the skin are met `small` times in an epoch. A share `film` of them has the film beyond
    the skin as it was scanned, from the images in the folder of runs `films`.
    """

    def __init__(
        self,
        members: list[PreparedMammogram],
        seed: int,
        variation: Variation = "free",
        small: int = 1,
        film: float = 0.0,
        films: Path | None = None,
    ) -> None:
        self.variation, self.film = variation, film
        self.members = [m for m in members if not m.unplaced]
        self.targets = [filled(m).astype(np.float16) for m in self.members]
        self.images = [m.image(INPUT_UM) for m in self.members]
        self.films = [] if films is None else [film_image(films, m) for m in self.members]
        hard = [any(d.small or d.near_skin for d in difficulties(m)) for m in self.members]
        self.drawn = [i for i, is_hard in enumerate(hard) for _ in range(small if is_hard else 1)]
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.drawn)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        index = self.drawn[index]
        real = self.films and rng.random() < self.film
        member, image = self.members[index], np.asarray((self.films if real else self.images)[index], np.float32)
        left, top = member.corners[INPUT_UM]
        centre = np.array([FRAME_PX / 2 - top, FRAME_PX / 2 - left])
        if rng.random() < 0.5:
            centre = rng.uniform(np.minimum(centre, 112), np.maximum(np.array(image.shape) - 112, 113))
        centre += rng.uniform(-8, 8, 2)
        matrix = np.diag([rng.choice([-1.0, 1.0]), 1.0])
        free = is_free(self.variation, rng)
        if free:
            angle, scale = rng.uniform(-0.35, 0.35), rng.uniform(0.88, 1.12)
            c, s = np.cos(angle) * scale, np.sin(angle) * scale
            matrix = np.array([[c, -s], [s, c]]) @ matrix
        else:
            centre = np.round(centre)
        spot = PatchCentre(index, float(centre[1]), float(centre[0]), False, 1.0)
        x = cut(image, spot, FRAME_PX, float(image[0, 0]), matrix)
        y = cut(self.targets[index], spot, FRAME_PX, 0.0, matrix)
        x = toned(blurred(x, rng) if free else x, rng)
        return torch.from_numpy(x[None]), torch.from_numpy(cells(y)[None])


def frame_of(member: PreparedMammogram, values: NDArray[np.generic], unit: int) -> NDArray[np.float32]:
    """Crop the paper's Frame out of an array of `unit` input pixels per element, padded with 0."""
    left, top = (c // unit for c in member.corners[INPUT_UM])
    size = FRAME_PX // unit
    out = np.zeros((size, size), np.float32)
    r0, c0 = max(0, -top), max(0, -left)
    part = values[r0 : size - top, c0 : size - left]
    out[r0 + top : r0 + top + part.shape[0], c0 + left : c0 + left + part.shape[1]] = part
    return out


def padded_map(network: HeatmapRegressor, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Baseline map of a whole prepared image; one narrower than a Frame is padded with its air first."""
    rows, columns = image.shape
    pad = [(0, max(0, FRAME_PX - n)) for n in (rows, columns)]
    full = baseline_map(network, np.pad(image, pad, constant_values=float(image[0, 0])))
    return full[: rows // CELL_PX, : columns // CELL_PX]


class FusedExamples(Dataset[tuple[Tensor, Tensor]]):
    """Stacked inputs and targets, cropped at random to a Frame's 32 x 32 cells and flipped."""

    def __init__(self, inputs: list[NDArray[np.float32]], targets: list[NDArray[np.float32]], seed: int) -> None:
        self.inputs, self.targets, self.seed, self.epoch = inputs, targets, seed, 0

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        x, y = self.inputs[index], self.targets[index]
        pad = [(0, max(0, FRAME_CELLS - n)) for n in y.shape]
        x, y = np.pad(x, [(0, 0), *pad]), np.pad(y, pad)
        r, c = (rng.integers(0, n - FRAME_CELLS + 1) for n in y.shape)
        place = np.s_[r : r + FRAME_CELLS, c : c + FRAME_CELLS]
        x, y = x[(slice(None), *place)].copy(), y[place].copy()
        if rng.random() < 0.5:
            x, y = x[:, ::-1].copy(), y[::-1].copy()
            x[-2] *= -1  # the second position channel is the height above the nipple
        return torch.from_numpy(x), torch.from_numpy(y[None])


class HeatmapTask(TrainingTask):
    """Cross-entropy with soft targets, whose optimum is the conditional mean as for MSE; MSE chooses the epoch."""

    def __init__(
        self, run: HeatmapRun, held: list[tuple[Tensor, Tensor]], steps: int, start: Path | None = None
    ) -> None:
        config = run.network
        network = FusedHeatmap(config) if isinstance(config, FusedConfig) else HeatmapRegressor(config)
        if start is not None:
            pretrained.start(network, start)
        if isinstance(network, HeatmapRegressor):
            # Most cells are empty: a bias initialised to the mean target saves the first epochs.
            nn.init.constant_(network.head[-1].bias, EMPTY_LOGIT)  # type: ignore[arg-type]  # a convolution
        super().__init__(network, run, steps)
        self.held = held

    def loss_of(self, x: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy of one batch."""
        values = self.network(x).float().clamp(1e-6, 1 - 1e-6)
        with torch.autocast(values.device.type, enabled=False):  # refused under autocast on GPUs
            return nn.functional.binary_cross_entropy(values, y)

    def figures(self, network: nn.Module) -> dict[str, float]:
        """Mean squared error on held-out Frames, x 1000, as `score`. Empty without held-out Frames."""
        if not self.held:
            return {}
        with torch.inference_mode():
            errors = [float(((network(x[None]) - y) ** 2).mean()) for x, y in self.held]
        return {"score": 1000 * float(np.mean(errors))}


def train(
    run: HeatmapRun,
    data: TrainingFrames | FusedExamples,
    held: list[tuple[Tensor, Tensor]],
    folder: Path,
    workers: int = 0,
    start: Path | None = None,
) -> Path:
    """Train one heatmap network; returns its weights. A killed run is resumed from `folder`.

    `held` chooses the epoch; when it is empty, the last epoch is kept. `start` is a file of pretrained weights
    (`training.fit.pretrained`) for SqueezeNet's features; random weights when None.
    """
    if start is not None:
        run = run.model_copy(update={"start": pretrained.load(start)[1]})
    lightning.seed_everything(run.seed, verbose=False)
    task = HeatmapTask(run, held, steps(data, run.epochs, run.batch), start)
    return fit(task, data, folder, run, run.epochs, run.batch, workers)


def held_frames(members: list[PreparedMammogram]) -> list[tuple[Tensor, Tensor]]:
    """Nipple-aligned Frames (1, 256, 256) and targets (1, 32, 32), without augmentation."""
    pairs = []
    for member in members:
        if member.unplaced:
            continue
        image = np.asarray(member.image(INPUT_UM), np.float32)
        air = float(image[0, 0])
        x = frame_of(member, image - air, 1) + air
        pairs.append((torch.from_numpy(x[None]), torch.from_numpy(cells(frame_of(member, filled(member), 1))[None])))
    return pairs
