"""`python -m training ship`: evaluated weights become bundled models with cards, expected outputs and pins."""

from __future__ import annotations

import hashlib
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

import mammoview.assess.pins
from mammoview.assess.bundle import ModelCardFacts, Threshold, dump_pins, expected, load_model, ready
from mammoview.assess.heatmaps import INPUT_UM
from mammoview.assess.networks import (
    Config,
    FusedConfig,
    FusedHeatmap,
    HeatmapConfig,
    HeatmapRegressor,
    TissueClassifier,
    TissueConfig,
    build,
    parameters,
)
from mammoview.assess.normalise import CLIP, RIM_MM
from training import evaluate
from training.classifier import ClassifierConfig
from training.datasets import LICENCES
from training.heatmap import HeatmapRun
from training.prepare import load, manifest_hash
from training.splits import split
from training.statistics import Figure

VERSION = "1"
NORMALISATION = f"(x - mean) / SD of the breast mask per image, clipped to {CLIP}, film beyond {RIM_MM:g} mm blanked"
VALIDATION, TEST = "validation patients (fold 1)", "test patients (fold 0), never used to choose anything"


def weights(config: Config, folder: Path) -> torch.nn.Module:
    """Load a run's best weights into a network as it will ship: in evaluation mode, batch-norm folded."""
    network = build(config)
    network.load_state_dict(load_file(folder / "model.safetensors"))
    return ready(network)


def classifier(folder: Path) -> TissueClassifier:
    """Load a classifier run."""
    config = ClassifierConfig.model_validate_json((folder / "config.json").read_text())
    network = weights(config.network, folder)
    assert isinstance(network, TissueClassifier)
    return network


def finished(runs: Path, um: int) -> Path:
    """Return the classifier run that ships: the polished one where there is one."""
    polished = runs / f"tissue_{um}um_polish"
    return polished if (polished / "model.safetensors").exists() else runs / f"tissue_{um}um_all"


def regressor(folder: Path) -> HeatmapRegressor | FusedHeatmap:
    """Load a heatmap run."""
    config = HeatmapRun.model_validate_json((folder / "config.json").read_text())
    network = weights(config.network, folder)
    assert isinstance(network, HeatmapRegressor | FusedHeatmap)
    return network


def evaluate_all(runs: Path, um: int = 200) -> dict[str, dict[str, object]]:
    """Choose on validation, measure on test; writes runs/evaluation and returns what each model.json needs."""
    parts = split(load(runs / "prepared"))
    network = classifier(finished(runs, um))
    t, point, patch, calibration = evaluate.patch_figures(network, um, parts)
    print(f"temperature {t:.3f}, operating point {point}, {calibration}", flush=True)
    for name, figure in patch.items():
        print(f"{name}: {figure}", flush=True)
    baseline, fused = regressor(runs / "baseline_all"), regressor(runs / "fused")
    assert isinstance(baseline, HeatmapRegressor)
    assert isinstance(fused, FusedHeatmap)
    chain = (baseline, fused, {um: (network, t)})
    tau = evaluate.tau_point(evaluate.Maps.of(*chain, parts.validation))
    test = evaluate.Maps.of(*chain, parts.test)
    maps = evaluate.heatmap_figures(test, evaluate.mean_target(parts.training()))
    maps["false marks per normal view at tau"] = evaluate.normals(test, tau["value"])
    for name, figure in maps.items():
        print(f"{name}: {figure}", flush=True)
    chosen = {"temperature": t, "operating": point, "tau": tau, "calibration": calibration}
    evaluate.report(runs / "evaluation", patch | maps, chosen)
    return {"patch": dict(patch), "maps": dict(maps), "chosen": dict(chosen)}


def ship(runs: Path, models: Path, um: int = 200, pins_file: Path = Path(mammoview.assess.pins.__file__)) -> None:
    """Write the three model folders and the module that pins their hashes."""
    results = evaluate_all(runs, um)
    chosen, patch, maps = results["chosen"], results["patch"], results["maps"]
    parts = split(load(runs / "prepared"))
    training = {
        "manifest_sha256": manifest_hash(runs / "prepared"),
        "training_mammograms": len(parts.training()),
        "validation_mammograms": len(parts.validation),
        "test_mammograms": len(parts.test),
        "data": "; ".join(LICENCES.values()),
    }
    common = {
        "version": VERSION,
        "normalisation": NORMALISATION,
        "training": training,
        "libraries": {n: version(n) for n in ("torch", "numpy", "scipy", "scikit-image", "lightning")}
        | {"python": platform.python_version()},
    }
    assert isinstance(chosen["operating"], dict)
    assert isinstance(chosen["tau"], dict)
    calibration = chosen["calibration"]
    assert isinstance(calibration, dict)
    facts = {
        f"tissue_{um}um": ModelCardFacts(
            name=f"tissue_{um}um",
            network=ClassifierConfig.model_validate_json((finished(runs, um) / "config.json").read_text()).network,
            um_per_px=um,
            temperature=chosen["temperature"],
            prior=0.5,
            thresholds={"operating": Threshold(**chosen["operating"], chosen_on=VALIDATION)},
            figures={k: v.as_dict(TEST) for k, v in patch.items() if isinstance(v, Figure)}
            | {"calibration": {**calibration, "split": TEST}},
            **common,
        ),
        "heatmap_baseline": ModelCardFacts(
            name="heatmap_baseline",
            network=HeatmapRun.model_validate_json((runs / "baseline_all/config.json").read_text()).network,
            um_per_px=INPUT_UM,
            thresholds={},
            figures={
                k: v.as_dict(TEST) for k, v in maps.items() if isinstance(v, Figure) and ("baseline" in k or "map" in k)
            },
            **common,
        ),
        "heatmap_fused": ModelCardFacts(
            name="heatmap_fused",
            network=HeatmapRun.model_validate_json((runs / "fused/config.json").read_text()).network,
            um_per_px=INPUT_UM,
            thresholds={"tau": Threshold(**chosen["tau"], chosen_on=VALIDATION)},
            figures={k: v.as_dict(TEST) for k, v in maps.items() if isinstance(v, Figure)},
            **common,
        ),
    }
    sources = {
        f"tissue_{um}um": finished(runs, um),
        "heatmap_baseline": runs / "baseline_all",
        "heatmap_fused": runs / "fused",
    }
    pins = {name: write_model(models / name, facts[name], sources[name]) for name in sources}
    pins_file.write_text(dump_pins(pins))
    print(f"shipped {', '.join(pins)} to {models}")


def write_model(folder: Path, facts: ModelCardFacts, run: Path) -> dict[str, str]:
    """Write one model folder; returns the SHA-256 of its pinned files."""
    (folder / "expected").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "model.safetensors", folder / "model.safetensors")
    (folder / "model.json").write_text(facts.model_dump_json(indent=1) + "\n")
    pins = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in ("model.safetensors", "model.json")}
    model = load_model(folder, pins)
    inputs = sample_input(facts.network)
    np.save(folder / "expected" / "input.npy", inputs)
    np.save(folder / "expected" / "output.npy", expected(model, inputs))
    (folder / "MODEL_CARD.md").write_text(card(facts, parameters(build(facts.network))))
    return pins


def sample_input(config: Config) -> NDArray[np.float32]:
    """Make a small input for `expected/`: a smooth wave, noise and a bright disc, no patient's tissue."""
    rng = np.random.default_rng(0)
    match config:
        case TissueConfig():
            channels, side = 1, config.patch_px
        case HeatmapConfig():
            channels, side = 1, 128
        case FusedConfig():
            channels, side = config.channels, 32
    y, x = np.mgrid[:side, :side] / side
    disc = np.hypot(x - 0.5, y - 0.5) < 0.15
    noise = rng.standard_normal((1, channels, side, side)) * 0.2
    values = np.cos(5 * x + 3 * y) + disc + noise
    return (1 / (1 + np.exp(-values)) if isinstance(config, FusedConfig) else values).astype(np.float32)


PURPOSE = {
    "tissue_classifier": "says whether a square of breast tissue holds a finding (a mass, above all)",
    "heatmap": "outlines suspicious regions of a whole mammogram on a lattice of 3.2 mm, from 400 um pixels",
    "fused_heatmap": "redraws the baseline heatmap with the tissue classifier's grid and the place in the breast",
}


def card(facts: ModelCardFacts, count: int) -> str:
    """Return the text of MODEL_CARD.md."""
    rows = []
    for name, f in facts.figures.items():
        if "value" in f:
            rows.append(f"| {name} | {f['value']} | {f['low']} to {f['high']} | {f['n']} |")
        else:
            rows += [f"| {k} | {v:.4f} | | |" for k, v in f.items() if isinstance(v, float)]
    chosen = [
        f"* {name}: {t.value:.4f} (sensitivity {t.sensitivity:.3f}"
        + (f", specificity {t.specificity:.3f}" if t.specificity is not None else "")
        + (
            f", {t.false_positives_per_image:.2f} false marks per image"
            if t.false_positives_per_image is not None
            else ""
        )
        + f"; chosen on {t.chosen_on})"
        for name, t in facts.thresholds.items()
    ]
    lines = [
        f"# {facts.name}, version {facts.version}",
        "",
        f"A network of {count:,} parameters that {PURPOSE[facts.network.kind]}.",
        f"It reads pixels of {facts.um_per_px} um, normalised as {facts.normalisation}.",
        "",
        "## Intended use",
        "Research and education: to study what a model sees. **Not a medical device**, not for diagnosis, not for",
        "triage. A second look for readers who form their own opinion first.",
        "",
        "## Data",
        f"Trained on {facts.training['training_mammograms']} mammograms, chosen on "
        f"{facts.training['validation_mammograms']}, tested on {facts.training['test_mammograms']}; no patient is in",
        f"two of these. {facts.training['data']}.",
        "The CBIS-DDSM copy was squashed to 800 x 800 pixels (about 0.29 mm down, 0.18 mm across) before training; its",
        "pixel pitch is assumed (50 um, 43.5 um for films of more than 5000 rows). mini-MIAS is for research only,",
        "so treat these weights alike.",
        "",
        "## Figures",
        f"On the test patients, with patient-clustered 95 % bootstrap intervals. Temperature {facts.temperature:.3f}.",
        "",
        "| figure | value | interval | n |",
        "|---|---|---|---|",
        *rows,
        "",
        "## Thresholds",
        *(chosen or ["None of its own."]),
        "",
        "## Limits",
        "* Digitised film only: digital mammograms (FFDM), tomosynthesis, implants, magnified and spot views were",
        "  never seen.",
        "* Mostly masses. Calcifications are below the resolution of most of the training images; few asymmetries and",
        "  distortions were seen.",
        "* CBIS-DDSM holds no normal cases here: normal tissue comes from the same images and from mini-MIAS.",
        "* One magnification (200 um) so far.",
        "* It answers to scanners of the 1990s, and to the women of those archives; other populations were not tested.",
        "",
    ]
    return "\n".join(lines)
