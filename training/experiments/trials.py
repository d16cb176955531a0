"""`python -m training arms` and `trials`: settings compared at one budget, on patients none of them was trained on.

Each trial is trained on the pilot's three folds for the same number of patches, keeps its last epoch, and is tested on
real mammograms of the other two folds. Nothing is chosen while it trains, so the figures are those of a plain test.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.networks import TissueClassifier, TissueConfig
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.evaluation.statistics import Estimate, auc, auc_difference, delong
from training.data.memmaps import write_text
from training.data.patch_centres import TISSUE_SHARE
from training.data.patches import PatchSampling
from training.data.prepare import PreparedMammogram, load
from training.data.splits import TRIAL, split
from training.fit.classifier import ClassifierConfig, PatchPredictions, train
from training.fit.recipe import Recipe

UM = 200
"""Magnification of the trials: the one with native detail."""
EPOCHS = 24
"""Budget of a trial, epochs of the pilot's patches: half of the bundled models' first cycle."""
REFERENCE = "real, varied"
"""The reference trial: the settings of the bundled models' first cycle."""
WITHOUT = "no normal mammograms"
"""The trial that shows the value of mammograms without findings as negatives."""
SEED = "another seed"
"""The trial with another seed, which shows the variance and, with the reference, the gain of an ensemble of two."""
NEGATIVES_EACH = 12
"""Negatives of each held-out mammogram in the test of a trial."""
COLUMNS: tuple[str, ...] = (
    "trial",
    "patches",
    "AUC",
    "low 95 %",
    "high 95 %",
    "findings",
    "negatives",
    "patients",
    "difference",
    "difference low",
    "difference high",
    "DeLong p",
)


@dataclass(frozen=True)
class Trial:
    """One setting.

    Parameters
    ----------
    name
        Name in the table.
    cycles
        Runs one after the other, each from the weights of the one before.
    normals
        Whether mammograms without any finding are among the training images.
    """

    name: str
    cycles: tuple[ClassifierConfig, ...]
    normals: bool = True

    @property
    def slug(self) -> str:
        """Name of its folder."""
        return "".join(c if c.isalnum() else "_" for c in self.name)


def cycle(epochs: int, **changed: object) -> ClassifierConfig:
    """Return a run with the bundled models' settings, some of them changed."""
    recipe = Recipe()
    settings = {
        "um": UM,
        "network": recipe.network,
        "epochs": epochs,
        "weight_decay": recipe.weight_decay,
        "draw": drawn(),
        "part": TRIAL,
    }
    return ClassifierConfig.model_validate(settings | changed)


def drawn(**changed: object) -> PatchSampling:
    """Return the patch sampling of the bundled models, with some settings changed."""
    return PatchSampling.model_validate({"variation": Recipe().variation} | changed)


def arms(epochs: int = EPOCHS, network: TissueConfig | None = None) -> list[Trial]:
    """Return real findings without and with augmentation, synthetic ones, synthetic then real, half of each."""
    base = {"network": network or Recipe().network}
    half = epochs // 2
    made = drawn(synthetic=1.0)
    return [
        Trial(REFERENCE, (cycle(epochs, **base),)),
        Trial("real, not varied", (cycle(epochs, draw=drawn(variation="none"), **base),)),
        Trial("synthetic", (cycle(epochs, draw=made, **base),)),
        Trial(
            "synthetic, then real",
            (cycle(half, draw=made, **base), cycle(epochs - half, rate=1.5e-3, seed=12, **base)),
        ),
        Trial("half synthetic", (cycle(epochs, draw=drawn(synthetic=0.5), **base),)),
    ]


def trials(epochs: int = EPOCHS) -> list[Trial]:
    """Return the other settings that were tried: seed, normals, variation, weight decay, patch side, shape."""
    base = Recipe().network
    *wide, last = base.widths
    *deep, _ = base.convolutions

    def changed(**change: object) -> ClassifierConfig:
        return cycle(epochs, network=base.model_copy(update=change))

    return [
        Trial(WITHOUT, (cycle(epochs, draw=drawn(normals=0.0)),), normals=False),
        Trial(SEED, (cycle(epochs, seed=21),)),
        Trial("varied freely", (cycle(epochs, draw=drawn(variation="free")),)),
        Trial("on whole pixels", (cycle(epochs, draw=drawn(variation="square")),)),
        Trial("a tenth of the weight decay", (cycle(epochs, weight_decay=0.01),)),
        Trial("patch of 160 px", (changed(patch_px=160),)),
        Trial("one convolution per stage", (changed(depths=(1,) * len(base.widths)),)),
        Trial("no fourth stage", (changed(widths=tuple(wide), depths=tuple(deep)),)),
        Trial("a third convolution instead", (changed(widths=tuple(wide), depths=(*deep[:-1], deep[-1] + 1)),)),
        Trial("third stage half as wide again", (changed(widths=(*wide[:-1], wide[-1] * 3 // 2, last)),)),
        Trial("last stage twice as wide", (changed(widths=(*wide, 2 * last)),)),
    ]


class FlipAveragedClassifier(nn.Module):
    """Test-time augmentation: the mean logits of a patch and of its two flips."""

    def __init__(self, network: TissueClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, 2, 1, 1) of patches."""
        views = (x, x.flip(-1), x.flip(-2), x.flip((-1, -2)))
        total = sum((self.network(v) for v in views[1:]), self.network(views[0]))
        return total / len(views)


def weights_of(folder: Path, trial: Trial) -> TissueClassifier:
    """Load a finished trial. Raises MammoviewError."""
    network = TissueClassifier(trial.cycles[-1].network)
    file = folder / trial.slug / str(len(trial.cycles) - 1) / "model.safetensors"
    if not file.exists():
        raise MammoviewError("this trial is not trained yet", "Run: python -m training arms, then trials", file)
    network.load_state_dict(load_file(file))
    return optimised_for_inference(network)


def run(runs: Path, wanted: list[Trial], file: Path, workers: int = 0) -> None:
    """Train the trials that are not finished, predict the held-out folds, and write the table.

    The reference comes first.
    """
    members = load(runs / "prepared")
    folder = runs / "trials"
    held = split(members, TRIAL).held
    predictions: dict[str, PatchPredictions] = {}
    for trial in wanted:
        chosen = members if trial.normals else [m for m in members if m.findings]
        start: Path | None = None
        for number, config in enumerate(trial.cycles):
            print(trial.name, "cycle", number + 1, flush=True)
            start = train(config, chosen, folder / trial.slug / str(number), start, workers)
        network = weights_of(folder, trial)
        side = network.config.patch_px
        predictions[trial.name] = _read(folder / f"{trial.slug}.npz", network, held, side)
        if trial.name == REFERENCE:
            flips = f"{REFERENCE}, read four ways"
            predictions[flips] = _read(
                folder / f"{trial.slug}_flips.npz", FlipAveragedClassifier(network).eval(), held, side
            )
    if SEED in predictions:
        predictions["mean of both seeds"] = together(predictions[REFERENCE], predictions[SEED])
    _write(file, predictions, held)


def together(*predictions: PatchPredictions) -> PatchPredictions:
    """Return the prediction of an ensemble: the mean of the logits of the same patches."""
    return replace(predictions[0], z=np.mean([read.z for read in predictions], 0))


def _read(file: Path, network: nn.Module, held: list[PreparedMammogram], side: int) -> PatchPredictions:
    if not file.exists():
        PatchPredictions.of(network, held, UM, side, NEGATIVES_EACH).save(file)
    return PatchPredictions.joined([file])


def subsets(read: PatchPredictions, members: list[PreparedMammogram]) -> dict[str, NDArray[np.bool_]]:
    """Return which patches belong to each line of the table."""
    kinds = {(m.source, m.name): [kind_of(f.lesion_type) for f in m.findings] for m in members}
    kind = np.array(
        [kinds[s, n][i] if i >= 0 else "" for s, n, i in zip(read.source, read.name, read.finding, strict=True)]
    )
    fits = ~read.large
    tissue = fits & (read.label | (read.share >= TISSUE_SHARE))
    found = {}
    for source in ("cbis_masses", "mini_mias"):
        here = read.source == source
        found[f"{source}, tissue negatives"] = tissue & here
        found[f"{source}, all negatives"] = fits & here
    of_mias = tissue & (read.source == "mini_mias")
    for name in ("mass", "calcification", "distortion", "asymmetry"):
        found[f"mini_mias, {name}, tissue negatives"] = of_mias & (~read.label | (kind == name))
    return {k: v for k, v in found.items() if len(set(read.label[v])) == 2}


def _same(one: PatchPredictions, two: PatchPredictions) -> bool:
    """Whether both have the same patches; patches of another side differ."""
    return len(one.z) == len(two.z) and bool((one.share == two.share).all())


def _common(one: PatchPredictions, two: PatchPredictions) -> NDArray[np.bool_]:
    """Patches of `one` without the findings that `two` does not have or that are too large for its patches."""
    fitting = {
        k for k, large in zip(zip(two.source, two.name, two.finding, strict=True), two.large, strict=True) if not large
    }
    keys = zip(one.source, one.name, one.finding, strict=True)
    return np.array([i < 0 or (s, n, i) in fitting for s, n, i in keys])


def table(predictions: dict[str, PatchPredictions], held: list[PreparedMammogram]) -> list[tuple[str, ...]]:
    """Return the lines of the table, each with its interval and the difference to the reference."""
    lines = []
    reference = predictions[REFERENCE]
    for name, read in predictions.items():
        paired = _same(read, reference)
        mine, its = _common(read, reference), _common(reference, read)
        theirs = subsets(reference, held)
        for subset, keep in subsets(read, held).items():
            keep, other = keep & mine, theirs[subset] & its
            figure = auc(read.label[keep], read.z[keep], read.group[keep])
            apart: tuple[str, ...] = ("", "", "", "")
            if name != REFERENCE:
                sides = [(r.label[k], r.z[k], r.group[k]) for r, k in ((read, keep), (reference, other))]
                by = auc_difference(sides[0], sides[1])
                p = f"{delong(sides[0][0], sides[0][1], sides[1][1])[2]:.4f}" if paired else ""
                apart = (*_written(by), p)
            counts = (read.label[keep].sum(), (~read.label[keep]).sum(), len(set(read.group[keep])))
            lines.append((name, subset, *_written(figure), *map(str, counts), *apart))
    return lines


def _written(figure: Estimate) -> tuple[str, str, str]:
    return f"{figure.value:.4f}", f"{figure.low:.4f}", f"{figure.high:.4f}"


def _write(file: Path, predictions: dict[str, PatchPredictions], held: list[PreparedMammogram]) -> None:
    lines = [COLUMNS, *table(predictions, held)]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    write_text(file, text.getvalue())
