"""`python -m training rescorer`: a network that classifies a candidate in its context as a finding or not."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.utils.data import Dataset

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.models.networks import Rescorer, RescorerConfig
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.lesion_categories import kind_of
from training.data import film
from training.data.finding_difficulty import centres, difficulties, is_dense
from training.data.patch_augmentation import Variation, varied
from training.data.patch_centres import PatchCentre
from training.experiments.candidates import LEAST_APART_CELLS, Candidates
from training.fit import pretrained
from training.fit.pretrained import Origin
from training.fit.trainer import TrainingTask, fit, is_finished, steps

JITTER_PX = 6
"""Candidates are shifted by up to this, 2.4 mm: peaks lie on cells of 8 px."""


class RescorerRun(BaseModel):
    """What a re-scorer's run depends on, besides the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: RescorerConfig = RescorerConfig()
    epochs: int = 8
    batch: int = 32
    rate: float = 5e-4
    weight_decay: float = 5e-2
    part: str = "all"
    seed: int = 21
    variation: Variation = "both"
    normals: float = 0.3
    """Share of negatives that come from mammograms without a finding."""
    small: int = 2
    """How often small findings and those near the skin are met in an epoch."""
    graded: bool = False
    """Whether a finding is met once more for each of: small, near the skin, near the chest wall, faint; not `small`."""
    dense: int = 1
    """How often candidates that miss in a dense mammogram (BI-RADS 3 or 4, mini-MIAS D) are among the negatives."""
    heatmap_seed: int | None = None
    """Seed of the heatmaps whose sum with the grid the candidates are peaks of; those of the grid when None."""
    mini_mias: int = 1
    """How often a finding of mini-MIAS is met where one of another data set is met once."""
    calcifications: int = 1
    """How often calcifications are met where another finding is met once."""
    film: float = 0.0
    """Share of contexts in which the film beyond the skin is as it was scanned; blanked in the others."""
    start: Origin | None = None
    """Where the first weights came from; random when None."""


class TrainingCandidates(Dataset[tuple[Tensor, Tensor]]):
    """Balanced contexts, drawn afresh each epoch.

    Positives are findings' centres and candidates that hit one; each is met by a negative: a candidate that misses,
    of the same data set or, for a share of them, of a mammogram without a finding.

    Parameters
    ----------
    films
        Folder of runs with the images that have real film; for runs that want some.
    """

    def __init__(self, found: list[Candidates], run: RescorerRun, films: Path | None = None) -> None:
        self.run, self.epoch = run, 0
        self.found = [c for c in found if not c.member.unplaced]
        self.images = [c.member.image(INPUT_UM) for c in self.found]
        self.films = [] if films is None else [film.image(films, c.member) for c in self.found]
        self.positives: list[PatchCentre] = []
        self.negatives: dict[str, list[PatchCentre]] = {}
        self.normals: list[PatchCentre] = []
        for index, of in enumerate(self.found):
            middle = centres(of.member)
            places = (of.cells[:, ::-1] + 0.5) * CELL_PX
            hard = difficulties(of.member)
            if run.graded:
                often = [1 + one.count for one in hard]
            else:
                often = [run.small if one.small or one.near_skin else 1 for one in hard]
            rare = run.mini_mias if of.member.source == "mini_mias" else 1
            kinds = [kind_of(finding.lesion_type) for finding in of.member.findings]
            often = [
                count * rare * (run.calcifications if kind == "calcification" else 1)
                for count, kind in zip(often, kinds, strict=True)
            ]
            repeats = run.dense if is_dense(of.member.facts) else 1
            for number, (column, row) in enumerate(middle):
                self.positives += [_spot(index, column, row, True)] * often[number]
            for (column, row), lesion in zip(places, of.lesion, strict=True):
                if lesion >= 0:
                    self.positives += [_spot(index, column, row, True)] * often[lesion]
                    continue
                spot = _spot(index, column, row, False)
                apart = np.abs(middle - (column, row)).max(1) if len(middle) else np.array([np.inf])
                if len(middle) == 0:
                    self.normals += [spot] * repeats
                elif apart.min() > LEAST_APART_CELLS * CELL_PX:
                    self.negatives.setdefault(of.member.source, []).extend([spot] * repeats)
        if not self.positives or not (self.negatives or self.normals):
            raise MammoviewError("there are no candidates to learn from", "Run: python -m training candidates")

    def __len__(self) -> int:
        return 2 * len(self.positives)

    def draw_negative(self, source: str, rng: np.random.Generator) -> PatchCentre:
        """Draw a negative candidate, from the data set `source` where it has any."""
        pool = self.negatives.get(source) or self.normals
        if self.normals and rng.random() < self.run.normals:
            pool = self.normals
        return pool[rng.integers(len(pool))]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.run.seed, self.epoch, index))
        spot = self.positives[index // 2]
        if index % 2:
            spot = self.draw_negative(self.found[spot.example].member.source, rng)
        image = self.images[spot.example]
        if self.films and rng.random() < self.run.film:
            image = self.films[spot.example]
        side = self.run.network.patch_px
        patch = varied(image, spot, side, float(image[0, 0]), self.run.variation, JITTER_PX, rng)
        return torch.from_numpy(patch[None]), torch.tensor(int(spot.positive))


def _spot(index: int, column: float, row: float, positive: bool) -> PatchCentre:
    return PatchCentre(index, float(column), float(row), positive, 1.0)


class RescorerTask(TrainingTask):
    """Cross-entropy of finding against none."""

    def __init__(self, network: Rescorer, run: RescorerRun, number: int) -> None:
        super().__init__(network, run, number)

    def loss_of(self, x: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy of one batch."""
        return nn.functional.cross_entropy(self.network(x)[:, :, 0, 0].float(), y)

    def figures(self, network: nn.Module) -> dict[str, float]:
        """Nothing is held out: the last epoch is kept."""
        return {}


def train(
    run: RescorerRun,
    found: list[Candidates],
    folder: Path,
    start: Path | None,
    workers: int = 0,
    films: Path | None = None,
) -> Path:
    """Train one re-scorer on candidates; returns its weights. A killed run resumes from `folder`.

    Parameters
    ----------
    start
        File of pretrained weights (`training.fit.pretrained`); random weights when None.
    films
        Folder of runs with the images that have real film; for runs that want some.
    """
    lightning.seed_everything(run.seed, verbose=False)
    network = Rescorer(run.network)
    if start is not None:
        run = run.model_copy(update={"start": pretrained.start(network, start)})
    if is_finished(folder, run):
        return folder / "model.safetensors"
    data = TrainingCandidates(found, run, films)
    task = RescorerTask(network, run, steps(data, run.epochs, run.batch))
    return fit(task, data, folder, run, run.epochs, run.batch, workers)
