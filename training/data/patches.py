"""Patches for training, validation and test (P08-P12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor
from torch.utils.data import Dataset

from mammoview.core.errors import MammoviewError
from training.data import synthetic
from training.data.patch_augmentation import Variation, cut, varied
from training.data.patch_centres import NEGATIVE_STRIDE, PatchCentre, spots
from training.data.prepare import PreparedMammogram

LARGEST_SHARE = 0.9
"""Largest synthetic finding, as a share of the patch's side."""
FILMED = 0.95
"""Half the side of the region simulated around a spot, in patch sides; a rotated and shifted patch lies within."""


class PatchSampling(BaseModel):
    """How an epoch's patches are drawn (P08-P12).

    Parameters
    ----------
    repeats
        How often a data set's positives are drawn in an epoch; once when not listed.
    rim
        Share of negatives that have less than 80 % tissue.
    hard
        Share of negatives that are drawn from mined false positives, where there are any.
    normals
        Share of negatives beside DDSM positives that come from the normal cases of the same archive.
    synthetic
        Share of positives that are synthetic findings in normal tissue of the same data set. Where it is not 0, every
        patch is simulated with distractors, so that only the finding distinguishes the classes.
    clusters
        How many synthetic clusters of calcifications are drawn in an epoch besides, in normal tissue of the data sets
        in `FINE`; as many patches of the same tissue without one are set against them, a quarter with lone grains.
    variation
        "free" turns, flips, scales, shifts, tones and blurs patches at random (P12). "square" flips them and turns them
        by quarters, shifts them by whole pixels and tones them: every pixel keeps its original value, without
        interpolation, as at inference. "both" draws one or the other. "none" cuts them as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    repeats: dict[str, int] = {"mini_mias": 4}
    rim: float = 0.4
    hard: float = 0.0
    normals: float = 0.1
    synthetic: float = 0.0
    clusters: int = 0
    variation: Variation = "free"


SISTERS = {"cbis_masses": ("ddsm_normals", "ddsm_tissue")}
"""Data sets without findings that were digitized with those that have them."""
FINE = ("ddsm_100um", "ddsm_normals")
"""Data sets whose films are at hand at 100 um per pixel or finer: the others hold no detail of that size."""
CLUSTER_STRENGTH, CLUSTER_STRENGTH_SD = 0.45, 0.5
"""Median factor of a cluster's contrast, and standard deviation of its logarithm: real ones are fainter than drawn."""
LONE = 0.25
"""Share of patches without a cluster that have lone grains."""


class TrainingPatches(Dataset[tuple[Tensor, Tensor]]):
    """Balanced patches, drawn anew each epoch (P12).

    Every positive is paired with one negative from the same data set, some of them tissue and some with the rim of the
    breast, so that neither source nor place distinguishes the classes. `mined` are false positives of an earlier
    classifier.
    """

    def __init__(
        self,
        members: list[PreparedMammogram],
        um: int,
        side: int,
        draw: PatchSampling | None = None,
        seed: int = 0,
        mined: Sequence[PatchCentre] = (),
    ) -> None:
        self.members, self.um, self.side, self.draw, self.seed = members, um, side, draw or PatchSampling(), seed
        self.spots = spots(members, um, side)
        repeats = self.draw.repeats
        self.positives = [s for s in self.spots.positives for _ in range(repeats.get(members[s.example].source, 1))]
        self.negatives = {
            (source, kind): [s for s in pool if members[s.example].source == source]
            for source in {m.source for m in members}
            for kind, pool in (("tissue", self.spots.tissue), ("rim", self.spots.rim), ("hard", mined))
        }
        for source in {members[s.example].source for s in self.positives}:
            for kind in ("tissue", "rim"):
                if not self.negatives[source, kind]:
                    raise MammoviewError(
                        f"{source} has findings, but no normal patch of {kind} to set against them",
                        "Add mammograms to it",
                    )
        fine = [[s for s in self.spots.tissue if members[s.example].source == source] for source in FINE]
        self.fine = [pool for pool in fine if pool]
        if self.draw.clusters and not self.fine:
            raise MammoviewError(f"none of {' and '.join(FINE)} is there to add clusters to", "Prepare one of them")
        self.images = [m.image(um) for m in members]
        self.masks = [m.mask(um) for m in members]
        self.epoch = 0

    def __len__(self) -> int:
        return 2 * (len(self.positives) + self.draw.clusters)

    def draw_negative(self, source: str, rng: np.random.Generator) -> PatchCentre:
        """Draw the centre of a negative patch, from the data set `source` where it has any."""
        if rng.random() < self.draw.normals:
            sisters = [s for s in SISTERS.get(source, ()) if self.negatives.get((s, "tissue"))]
            source = str(rng.choice(sisters)) if sisters else source
        kind = "rim" if rng.random() < self.draw.rim else "tissue"
        if rng.random() < self.draw.hard and self.negatives[source, "hard"]:
            kind = "hard"
        pool = self.negatives[source, kind]
        return pool[rng.integers(len(pool))]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        if index // 2 >= len(self.positives):
            return self._with_cluster(index % 2 == 0, rng), torch.tensor(int(index % 2 == 0))
        positive = self.positives[index // 2]
        source = self.members[positive.example].source
        label, spot, reach, added = index % 2 == 0, positive, self.side / 8, None
        if not label:
            spot, reach = self.draw_negative(source, rng), NEGATIVE_STRIDE / 2
        elif self.draw.synthetic and rng.random() < self.draw.synthetic:
            pool = self.negatives[source, "tissue"]
            spot = pool[rng.integers(len(pool))]
            added = synthetic.finding(rng, self.um, self.side * self.um / 1000 * LARGEST_SHARE)
        image: NDArray[np.floating] = self.images[spot.example]
        air = float(image[0, 0])
        if self.draw.synthetic:
            image, spot = self.filmed(spot, added, rng)
        patch = varied(image, spot, self.side, air, self.draw.variation, reach, rng)
        return torch.from_numpy(patch[None]), torch.tensor(int(label))

    def _with_cluster(self, label: bool, rng: np.random.Generator) -> Tensor:
        """Draw a patch of fine tissue with a synthetic cluster, or without."""
        pool = self.fine[rng.integers(len(self.fine))]
        spot = pool[rng.integers(len(pool))]
        most_mm, added = self.side * self.um / 1000 * LARGEST_SHARE, None
        if label:
            added = synthetic.cluster(rng, self.um, most_mm)
        elif rng.random() < LONE:
            added = synthetic.lone_grains(rng, self.um, most_mm)
        if added is not None:
            factor = np.exp(rng.normal(np.log(CLUSTER_STRENGTH), CLUSTER_STRENGTH_SD))
            added = replace(added, profile=added.profile * np.float32(factor))
        air = float(self.images[spot.example][0, 0])
        image, spot = self.filmed(spot, added, rng)
        return torch.from_numpy(varied(image, spot, self.side, air, self.draw.variation, self.side / 8, rng)[None])

    def filmed(
        self, spot: PatchCentre, added: synthetic.AddedIntensities | None, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], PatchCentre]:
        """Simulate the surroundings of a spot, with or without a finding; returns them and the spot in them."""
        reach = int(self.side * FILMED)
        top, left = max(int(spot.row) - reach, 0), max(int(spot.column) - reach, 0)
        window = np.s_[top : int(spot.row) + reach, left : int(spot.column) + reach]
        tissue = np.asarray(self.images[spot.example][window], np.float32)
        mask = np.asarray(self.masks[spot.example][window], np.float32) / np.float32(255)
        there = replace(spot, row=spot.row - top, column=spot.column - left)
        findings = () if added is None else ((added, int(there.row), int(there.column)),)
        return synthetic.exposed(tissue, mask, self.um, rng, findings), there


@dataclass(frozen=True)
class FixedPatches:
    """Patches for validation and test, without augmentation.

    Parameters
    ----------
    patches
        float32 (N, 1, side, side).
    spots
        The spot of each.
    members
        The mammograms they index.
    """

    patches: Tensor
    spots: tuple[PatchCentre, ...]
    members: list[PreparedMammogram]

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Whether each patch holds a finding (N,)."""
        return np.array([s.positive for s in self.spots])

    def of(self, attribute: str) -> NDArray[np.str_]:
        """Return `source` or `group` of every patch (N,)."""
        return np.array([getattr(self.members[s.example], attribute) for s in self.spots])


def fixed(members: list[PreparedMammogram], um: int, side: int, negatives_each: int, seed: int = 7) -> FixedPatches:
    """Cut fixed patches: every positive off-centre by up to 1/8 patch (rule 4), `negatives_each` negatives per image.

    Half of an image's negatives are tissue, half have the rim. Findings too large for training are included and
    flagged.
    """
    rng = np.random.default_rng(seed)
    found = spots(members, um, side)
    chosen: list[PatchCentre] = [*found.positives, *found.too_large]
    for pool, number in ((found.tissue, negatives_each - negatives_each // 2), (found.rim, negatives_each // 2)):
        by_image: dict[int, list[PatchCentre]] = {}
        for spot in pool:
            by_image.setdefault(spot.example, []).append(spot)
        for of_image in by_image.values():
            chosen += [of_image[i] for i in rng.permutation(len(of_image))[:number]]
    images = {i: members[i].image(um) for i in {s.example for s in chosen}}
    patches = np.empty((len(chosen), 1, side, side), np.float32)
    for i, spot in enumerate(chosen):
        shift = rng.uniform(-side / 8, side / 8, 2)
        moved = PatchCentre(spot.example, spot.column + shift[0], spot.row + shift[1], spot.positive, spot.share)
        image = images[spot.example]
        patches[i, 0] = cut(image, moved, side, float(image[0, 0]))
    return FixedPatches(torch.from_numpy(patches), tuple(chosen), members)
