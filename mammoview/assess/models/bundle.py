"""The bundled models: read from safetensors after a hash check, never unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import nn

from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.hashes import PINS
from mammoview.assess.models.networks import (
    Config,
    FusedHeatmap,
    HeatmapRegressor,
    PatchNetwork,
    Rescorer,
    TissueClassifier,
    build_network,
    fold_batch_norm,
)
from mammoview.assess.models.operating_curves import BundleCurves, MarkOdds, OperatingCurve
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.assess.models.scoring import ClusterScoring, FrequencyCurve, Scoring
from mammoview.core.errors import ModelError
from mammoview.core.false_mark_budgets import FALSE_MARK_BUDGETS
from mammoview.core.paths import resources

_REMEDY = "Install Mammoview again; models are checked against hashes pinned in the program"


class Threshold(BaseModel):
    """A threshold, with its performance on the data it was chosen on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    sensitivity: float
    specificity: float | None = None
    false_positives_per_image: float | None = None
    chosen_on: str


class ModelCardFacts(BaseModel):
    """Contents of model.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    network: Config = Field(discriminator="kind")
    um_per_px: int
    normalisation: str
    temperature: float = 1.0
    prior: float | None = None
    shown: PlattScaling = UNSCALED
    """Calibration of what a reader is shown of a tissue classifier's logits; heatmap and re-scorer are given them
    without it. Thresholds and curve are of the classifier's own probability and are shown through it."""
    shown_mean: PlattScaling = UNSCALED
    """The same of the mean of the logits of all magnifications, where this model leads."""
    leading: bool = False
    folds: Mapping[str, float] = Field(default_factory=dict)
    """Weights of further folds beside the model's own: file name and temperature."""
    scoring: Scoring | None = None
    """How a re-scorer's logits become the score of a finding."""
    cluster_scoring: ClusterScoring | None = None
    """How clusters of bright spots are scored among what the re-scorer scores, of a network of clusters."""
    curve: OperatingCurve | None = None
    """Of the peaks of this model's map; of a re-scorer, of the marks that it scores; of a network of clusters, of the
    list of these and of the clusters."""
    odds: MarkOdds | None = None
    """Frequency of a finding by the score of a mark, where this model scores the findings."""
    thresholds: Mapping[str, Threshold]
    training: Mapping[str, str | int | float]
    figures: Mapping[str, Mapping[str, float | int | str]]
    libraries: Mapping[str, str]


@dataclass(frozen=True)
class BundledModel:
    """A network ready to run, and its facts."""

    facts: ModelCardFacts
    network: nn.Module
    sha256: str

    @property
    def provenance(self) -> dict[str, object]:
        """Name, version and hash, for exports."""
        return {"name": self.facts.name, "version": self.facts.version, "sha256": self.sha256}


@dataclass(frozen=True)
class ModelBundle:
    """All models of an assessment.

    Parameters
    ----------
    classifiers
        Tissue classifiers by um per pixel.
    baseline, fused
        The heatmaps.
    folds
        The leading classifier as trained without other fifths of the women, where these ship: they show how much its
        answer depends on its training patients.
    rescorer
        Scores candidates in their context; findings are the peaks of the fused heatmap where there is none.
    clusters
        Scores clusters of bright spots, which join the candidates; there are none of these where it is None, as in
        older bundles.
    """

    classifiers: Mapping[int, BundledModel]
    baseline: BundledModel
    fused: BundledModel
    folds: tuple[BundledModel, ...] = ()
    rescorer: BundledModel | None = None
    clusters: BundledModel | None = None

    @property
    def scorer(self) -> BundledModel:
        """The model whose facts have the curves of the findings: the last that adds to their list."""
        return self.clusters or self.rescorer or self.fused

    @property
    def leading(self) -> int:
        """Magnification (um per pixel) of saliency and plain calls: the one marked as leading, else the finest."""
        return next((um for um, m in self.classifiers.items() if m.facts.leading), min(self.classifiers))

    @property
    def mark(self) -> float:
        """Threshold of the fused heatmap: of its layer, and of findings where there is no re-scorer."""
        points = self.fused.facts.thresholds
        return points["mark"].value if "mark" in points else self.tau

    @property
    def listed(self) -> float:
        """Score from which findings are listed: a frequency where there is a re-scorer, else `mark`."""
        return self.mark if self.rescorer is None else self.scorer.facts.thresholds["mark"].value

    @property
    def curves(self) -> BundleCurves:
        """Sensitivity and false marks by threshold; None for each that these models have not."""
        scores = self.scorer.facts
        leading = self.classifiers[self.leading].facts
        grid = None if leading.curve is None else leading.curve.with_thresholds(leading.shown.threshold)
        return BundleCurves(heatmap=self.fused.facts.curve, grid=grid, findings=scores.curve, odds=scores.odds)

    @property
    def scores(self) -> FrequencyCurve | None:
        """Curve from combined logits to the scores of findings; None without a re-scorer."""
        facts = self.scorer.facts
        return facts.cluster_scoring or facts.scoring

    @property
    def lowest(self) -> float:
        """Score from which marks are kept, so that they can be listed at every budget of false marks."""
        curve = self.curves.findings
        return self.listed if curve is None else min(self.listed, curve.threshold_at(max(FALSE_MARK_BUDGETS)))

    @property
    def tau(self) -> float:
        """Threshold of the fused heatmap that gates and bounds the saliency."""
        return self.fused.facts.thresholds["tau"].value

    def provenance(self) -> list[dict[str, object]]:
        """Names, versions and hashes of all models."""
        return [m.provenance for m in self.models]

    @property
    def models(self) -> tuple[BundledModel, ...]:
        """All of them."""
        further = (m for m in (self.rescorer, self.clusters) if m is not None)
        return (*self.classifiers.values(), self.baseline, self.fused, *further, *self.folds)


def _checked(file: Path, pin: str) -> bytes:
    """Read a file and compare its SHA-256 with the pinned one."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError("a bundled model is missing", _REMEDY, file) from error
    if hashlib.sha256(content).hexdigest() != pin:
        raise ModelError("a bundled model was altered (its SHA-256 differs)", _REMEDY, file)
    return content


WEIGHTS = "model.safetensors"


def load_model(folder: Path, pins: Mapping[str, str], weights: str = WEIGHTS) -> BundledModel:
    """Load one model folder, or the `weights` of another fold in it.

    `pins` maps its file names to SHA-256. Raises ModelError.
    """
    try:
        facts = ModelCardFacts.model_validate_json(_checked(folder / "model.json", pins["model.json"]))
        if weights != WEIGHTS:
            name = f"{facts.name}/{weights.removesuffix('.safetensors')}"
            facts = facts.model_copy(update={"name": name, "temperature": facts.folds[weights], "folds": {}})
        network = build_network(facts.network)
        network.load_state_dict(load_safetensors(_checked(folder / weights, pins[weights])))
    except (ValidationError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise ModelError(f"a bundled model does not fit this program ({first})", _REMEDY, folder) from error
    return BundledModel(facts, optimised_for_inference(network), pins[weights])


N = TypeVar("N", bound=nn.Module)


def optimised_for_inference(network: N) -> N:
    """Prepare a network for fast inference with equal outputs: evaluation mode, batch-norm folded, channels last."""
    network.eval().requires_grad_(False)
    if isinstance(network, PatchNetwork | HeatmapRegressor | ClusterNetwork):
        network.features = fold_batch_norm(network.features)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs


def load_bundle(folder: Path | None = None, pins: Mapping[str, Mapping[str, str]] = PINS) -> ModelBundle:
    """Load every bundled model. Raises ModelError naming the file that is missing or altered."""
    folder = folder or resources() / "models"
    models = [load_model(folder / name, files) for name, files in pins.items()]
    baseline = [m for m in models if isinstance(m.network, HeatmapRegressor)]
    fused = [m for m in models if isinstance(m.network, FusedHeatmap)]
    classifiers = {m.facts.um_per_px: m for m in models if isinstance(m.network, TissueClassifier)}
    rescorers = [m for m in models if isinstance(m.network, Rescorer)]
    if any(m.facts.scoring is None or "mark" not in m.facts.thresholds for m in rescorers) or len(rescorers) > 1:
        raise ModelError("the re-scorer of the bundle has no curve, or there are two", _REMEDY, folder)
    clusters = [m for m in models if isinstance(m.network, ClusterNetwork)]
    if any(m.facts.cluster_scoring is None or "mark" not in m.facts.thresholds for m in clusters) or len(clusters) > 1:
        raise ModelError("the network of clusters of the bundle has no curve, or there are two", _REMEDY, folder)
    if clusters and not rescorers:
        raise ModelError("the network of clusters needs a re-scorer, which is not there", _REMEDY, folder)
    if len(baseline) != 1 or len(fused) != 1 or not classifiers:
        raise ModelError("a model is missing from the bundle", _REMEDY, folder)
    wanted = set(cast(FusedHeatmap, fused[0].network).config.grids) - set(classifiers)
    if wanted:
        scales = ", ".join(f"{um} um" for um in sorted(wanted))
        raise ModelError(
            f"the fused heatmap needs a tissue classifier at {scales}, which is not there", _REMEDY, folder
        )
    bundle = ModelBundle(
        dict(sorted(classifiers.items())),
        baseline[0],
        fused[0],
        rescorer=rescorers[0] if rescorers else None,
        clusters=clusters[0] if clusters else None,
    )
    own = bundle.classifiers[bundle.leading].facts
    folds = tuple(load_model(folder / own.name, pins[own.name], weights) for weights in sorted(own.folds))
    return replace(bundle, folds=folds)


def expected_outputs(model: BundledModel, inputs: np.ndarray) -> np.ndarray:
    """Run a model on `inputs` float32 (N, C, H, W) on the CPU; float32 outputs, for `expected_outputs/`."""
    with torch.inference_mode():
        return model.network(torch.from_numpy(inputs)).numpy()


def shown_outputs(model: BundledModel, outputs: np.ndarray) -> np.ndarray:
    """Probability that a reader is shown of a tissue classifier's outputs (N, 2, rows, columns); (N, rows, columns)."""
    return model.facts.shown.probability((outputs[:, 1] - outputs[:, 0]) / model.facts.temperature)


def selftest(folder: Path | None = None, pins: Mapping[str, Mapping[str, str]] = PINS) -> list[tuple[str, bool, str]]:
    """Check every model: hash, loading, expected outputs. Returns (name, sound, text) each."""
    folder = folder or resources() / "models"
    return list(_tests(folder, pins))


def _tests(folder: Path, pins: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, bool, str]]:
    for name, files in pins.items():
        try:
            model = load_model(folder / name, files)
            folds = [load_model(folder / name, files, weights) for weights in model.facts.folds]
            inputs = np.load(folder / name / "expected" / "input.npy", allow_pickle=False)
            outputs = np.load(folder / name / "expected" / "output.npy", allow_pickle=False)
            found = expected_outputs(model, inputs)
            off = float(np.abs(found - outputs).max())
            if model.facts.shown != UNSCALED:
                shown = np.load(folder / name / "expected" / "shown.npy", allow_pickle=False)
                off = max(off, float(np.abs(shown_outputs(model, found) - shown).max()))
        except ModelError as error:
            yield f"model {name}", False, str(error)
        except (OSError, ValueError) as error:
            yield f"model {name}", False, f"its expected outputs cannot be read ({error}). {_REMEDY}"
        else:
            fits = off < 1e-3
            text = f"version {model.facts.version}, sha256 {model.sha256[:12]}, outputs within {off:.1e}"
            text += f", {len(folds)} further folds" if folds else ""
            yield f"model {name}", fits, text if fits else f"outputs differ by {off:.1e} on this machine"


def dump_pins(pins: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of hashes.py for these hashes; written by `python -m training ship`."""
    lines = [
        '"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""',
        "",
        "from __future__ import annotations",
        "",
        "PINS: dict[str, dict[str, str]] = {",
    ]
    for name, files in pins.items():
        lines += [f'    "{name}": {{', *(f'        "{file}": "{pin}",' for file, pin in files.items()), "    },"]
    return "\n".join([*lines, "}", ""])
