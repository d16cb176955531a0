"""`python -m training ship`: evaluated weights become bundled models with cards, expected outputs and pins."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

import mammoview.assess.models.hashes
from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.inference.preprocessing import CLIP, RIM_MM
from mammoview.assess.models.bundle import ModelCardFacts, Threshold, dump_pins, expected_outputs, load_model
from mammoview.assess.models.cluster_network import ClusterConfig
from mammoview.assess.models.networks import (
    Config,
    FusedConfig,
    HeatmapConfig,
    SqueezeHeatmapConfig,
    SqueezeNetConfig,
    TissueConfig,
    build_network,
    parameters,
)
from mammoview.assess.models.operating_curves import MarkOdds, OperatingCurve
from mammoview.core.errors import MammoviewError
from mammoview.core.paths import resources
from mammoview.evaluation.statistics import FreeResponse
from training.data.prepare import PreparedMammogram, manifest_hash
from training.data.splits import ALL, PARTS, split
from training.datasets import LICENCES
from training.evaluation import goals
from training.evaluation.curves import curve_of, odds_of
from training.evaluation.evaluate import evaluate
from training.evaluation.out_of_fold import SPECIFICITY, OutOfFoldEvidence, operating
from training.evaluation.result_tables import TableRow
from training.experiments.patch_sheets import synthetic_sheet
from training.fit.recipe import MAGNIFICATIONS, baseline_folder, fused_folder, tissue_folder
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import RAW, LogitCalibration
from training.model_card import LEADING_UM, card

VERSION = "5"
NORMALISATION = f"(x - mean) / SD of the breast mask per image, clipped to {CLIP}, film beyond {RIM_MM:g} mm blanked"
USES = {"tau": "gates and bounds the saliency", "mark": "the heatmap is drawn from here"}
"""The operating point of the fused heatmap serves twice."""
CHOSEN_ON = "out-of-fold predictions of all five folds"
RESULTS = Path(__file__).parent / "results"
SEPARATE = ("trials/*.csv", "sheets/*.csv", "robustness.csv", "ensemble.csv")
"""Tables of separate commands; published if they exist."""


Weights = tuple[Path, LogitCalibration]
"""A run's file of weights, and the calibration of its logits."""


def shipped_part(runs: Path) -> str:
    """Return the part that ships: the models of all patients where they were trained, else the last fold's."""
    done = [p for p in (ALL, *reversed(PARTS[:-1])) if (baseline_folder(runs, p) / WEIGHTS).exists()]
    return next((p for p in done if (tissue_folder(runs, MAGNIFICATIONS[-1], p) / WEIGHTS).exists()), ALL)


def further_folds(runs: Path, part: str, calibrations: list[LogitCalibration]) -> dict[str, Weights]:
    """Weights of the leading classifier's other folds, where all five are trained, by name of the shipped file.

    None ship beside a model trained on all patients, whose training data include those held out by each fold.
    """
    trained = {p: tissue_folder(runs, LEADING_UM, p) / WEIGHTS for p in PARTS[:-1]}
    if part == ALL or not all(file.exists() for file in trained.values()):
        return {}
    return {f"fold_{p}.safetensors": (f, calibrations[int(p)]) for p, f in trained.items() if p != part}


def _thresholds(evidence: OutOfFoldEvidence) -> dict[str, dict[str, Threshold]]:
    """Thresholds of every model, from all out-of-fold predictions, with their performance there."""
    found: dict[str, dict[str, Threshold]] = {"heatmap_baseline": {}}
    for um, patches in evidence.patches.items():
        read = patches.read
        p = evidence.calibrations[um][-1].probability(read.z)
        value, keep = operating(p, read), patches.tissue
        found[f"tissue_{um}um"] = {
            "operating": Threshold(
                value=value,
                sensitivity=float((p[keep & read.label] >= value).mean()),
                specificity=float((p[keep & ~read.label] < value).mean()),
                chosen_on=f"{CHOSEN_ON}: {SPECIFICITY:.0%} of tissue patches negative",
            )
        }
    marks = evidence.marks["fused"]
    false = np.concatenate([m.scores[m.lesion < 0] for m in marks])
    best = FreeResponse(marks).lesion_best
    mark = evidence.mark()
    point = Threshold(
        value=mark,
        sensitivity=float((best >= mark).mean()),
        false_positives_per_image=float((false >= mark).sum() / len(marks)),
        chosen_on=f"{CHOSEN_ON}: one false mark per image",
    )
    found["heatmap_fused"] = {
        name: point.model_copy(update={"chosen_on": f"{point.chosen_on}; {use}"}) for name, use in USES.items()
    }
    return found


def _curves(evidence: OutOfFoldEvidence) -> dict[str, dict[str, OperatingCurve | MarkOdds]]:
    """Operating curves of the leading grid and of the fused heatmap, from all out-of-fold predictions."""
    members = [image.member for image in evidence.images]
    found: dict[str, dict[str, OperatingCurve | MarkOdds]] = {}
    if (grid := f"grid {LEADING_UM} um") in evidence.maps:
        found[f"tissue_{LEADING_UM}um"] = {"curve": curve_of(members, evidence.marks[grid], CHOSEN_ON)}
    fused = evidence.marks["fused"]
    found["heatmap_fused"] = {"curve": curve_of(members, fused, CHOSEN_ON), "odds": odds_of(fused, CHOSEN_ON)}
    return found


def _figures(rows: list[TableRow], *wanted: tuple[str, str]) -> dict[str, dict[str, float | int | str]]:
    """Figures of some tables whose name starts with a word, in the form of model.json."""
    return {
        f"{r.table}, {r.name}, {r.subset}": r.figure.as_dict(r.split)
        for r in rows
        if any(r.table == table and r.name.startswith(name) for table, name in wanted)
    }


def pins_of(models: Path) -> Path:
    """Return the module that pins the hashes of a folder of models: the program's for the bundled ones, else its own.

    The hashes of models elsewhere lie beside them in `hashes.py`, so that the bundled models stay loadable.
    """
    if models.resolve() == (resources() / "models").resolve():
        return Path(mammoview.assess.models.hashes.__file__)
    return models / "hashes.py"


def pinned(pins_file: Path) -> dict[str, dict[str, str]]:
    """Return the hashes that a module pins by now, by model and file; the program's where the module is not there yet.

    Raises
    ------
    MammoviewError
        When the file is no such module.
    """
    if not pins_file.exists():
        return {name: dict(files) for name, files in mammoview.assess.models.hashes.PINS.items()}
    try:
        (pins,) = [
            ast.literal_eval(line.value)
            for line in ast.parse(pins_file.read_text(encoding="utf-8")).body
            if isinstance(line, ast.AnnAssign) and line.value is not None
        ]
        return {name: dict(files) for name, files in pins.items()}
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError, TypeError, AttributeError) as error:
        raise MammoviewError(
            "it does not hold the hashes of models", "Delete it, and ship all models again", pins_file
        ) from error


def ship(runs: Path, models: Path, pins_file: Path | None = None) -> None:
    """Evaluate, then write the model folders and the module that pins their hashes (`pins_of` when None).

    Raises
    ------
    MammoviewError
        When a stage is missing, or a rule against leakage is broken.
    """
    rows = evaluate(runs)
    evidence = OutOfFoldEvidence(runs)
    part = shipped_part(runs)
    used = split(evidence.members, part)
    folds_used = "all" if part == ALL else f"four of the five folds (without fold {part})"
    training = training_facts(runs, used.training, folds_used)
    thresholds, curves = _thresholds(evidence), _curves(evidence)
    facts: dict[str, ModelCardFacts] = {}
    sources: dict[str, dict[str, Weights]] = {}

    def add(
        name: str, network: Config, um: int, run: Path, *tables: tuple[str, str], calibration: LogitCalibration = RAW
    ) -> None:
        others = folds if um == LEADING_UM else {}
        facts[name] = ModelCardFacts(
            name=name,
            version=VERSION,
            network=network,
            um_per_px=um,
            normalisation=NORMALISATION,
            temperature=calibration.temperature,
            prior=0.5 if isinstance(network, TissueConfig) else None,
            leading=um == LEADING_UM,
            folds={file: own.temperature for file, (_, own) in others.items()},
            thresholds=thresholds[name],
            **curves.get(name, {}),
            training=training,
            figures=_figures(rows, *tables),
            libraries=libraries(),
        )
        sources[name] = {WEIGHTS: (run / WEIGHTS, calibration), **others}

    recipe = evidence.recipe
    folds = further_folds(runs, part, evidence.calibrations[LEADING_UM])
    for um in sorted(MAGNIFICATIONS):
        tables = [(t, f"{um} um") for t in ("patch AUC", "patch AUC by subset", "calibration", "operating point")]
        run = tissue_folder(runs, um, part)
        add(f"tissue_{um}um", recipe.network, um, run, *tables, calibration=evidence.calibrations[um][-1])
    errors = "heatmap MSE x 1000 (P21)"
    add("heatmap_baseline", recipe.heatmap, INPUT_UM, baseline_folder(runs, part), (errors, "baseline"))
    mixed = [(errors, "fused"), ("heatmap MSE, relative change", "fused"), ("TPR by subset, fused", "")]
    mixed += [("FROC", f"TPR at {rate} FP/image, fused") for rate in ("0.5", "1", "2", "4")]
    mixed += [("false marks per normal view at TPR .65", "fused")]
    add("heatmap_fused", recipe.fused, INPUT_UM, fused_folder(runs, part), *mixed)
    pins = {name: write_model(models / name, facts[name], sources[name]) for name in sources}
    (pins_file or pins_of(models)).write_text(dump_pins(pins))
    print(f"shipped {', '.join(pins)} of part {part} to {models}")


def publish(runs: Path, folder: Path = RESULTS) -> None:
    """Copy the figures, plots and histories that may be published, without pictures of the training data."""
    shutil.rmtree(folder / "plots", ignore_errors=True)
    (folder / "plots").mkdir(parents=True)
    shutil.copyfile(runs / "evaluation" / "figures.csv", folder / "figures.csv")
    for file in sorted(found for pattern in SEPARATE for found in runs.glob(pattern)):
        shutil.copyfile(file, folder / file.name)
    shutil.copyfile(runs / "recipe.json", folder / "recipe.json")
    for plot in sorted((runs / "evaluation" / "plots").iterdir()):
        shutil.copyfile(plot, folder / "plots" / plot.name)
    synthetic_sheet(folder / "plots" / "synthetic.png")
    with (folder / "histories.csv").open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["stage", "part", "epoch", "loss"])
        for history in sorted(runs.glob("*/*/history.csv")):
            with history.open(newline="", encoding="utf-8") as one:
                rows = [(r["epoch"], r["loss"]) for r in csv.DictReader(one)]
            table.writerows((*history.parts[-3:-1], *row) for row in rows)
    (folder / "goals.md").write_text(goals.markdown(folder), encoding="utf-8")


def training_facts(runs: Path, used: Sequence[PreparedMammogram], part: str) -> dict[str, str | int | float]:
    """Return what a model was trained on, as in model.json: mammograms, women, licences, the manifest's hash.

    Parameters
    ----------
    used
        The mammograms that it was trained on.
    part
        Which share of the folds they are, in words.
    """
    return {
        "manifest_sha256": manifest_hash(runs / "prepared"),
        "training_mammograms": len(used),
        "training_patients": len({m.group for m in used}),
        "part": part,
        "data": "; ".join(dict.fromkeys(LICENCES[s] for s in sorted({m.source for m in used}))),
    }


def facts_of_weights(folder: Path, weights: Path, facts: dict[str, str | int | float]) -> dict[str, str | int | float]:
    """Return what weights were trained on.

    Parameters
    ----------
    folder
        Model folder that they go to. Where it has the same weights already, what its facts say stays: the mammograms
        may have been prepared anew since.
    weights
        Their file.
    facts
        What they were trained on where other weights are in the folder, or none.
    """
    there = folder / WEIGHTS
    if not there.exists() or there.read_bytes() != weights.read_bytes():
        return facts
    kept: dict[str, str | int | float] = json.loads((folder / "model.json").read_text(encoding="utf-8"))["training"]
    return kept


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that a model was made with."""
    names = ("torch", "numpy", "scipy", "scikit-image", "scikit-learn", "lightning")
    return {n: version(n) for n in names} | {"python": platform.python_version()}


def write_model(folder: Path, facts: ModelCardFacts, weights: Mapping[str, Weights]) -> dict[str, str]:
    """Write one model folder; returns the SHA-256 of its pinned files.

    `weights` has the paths of the weights of the model and of the further folds in `facts`. A classifier's offset goes
    into its last bias, so that the loader needs the temperature only.
    """
    (folder / "expected").mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("fold_*.safetensors"):
        stale.unlink()
    for file, (source, calibration) in weights.items():
        if calibration.offset:
            save_file(calibration.shifted(load_file(source)), folder / file)
        else:
            shutil.copyfile(source, folder / file)
    (folder / "model.json").write_text(facts.model_dump_json(indent=1) + "\n")
    pins = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in (WEIGHTS, "model.json", *facts.folds)}
    model = load_model(folder, pins)
    inputs = sample_input(facts.network)
    np.save(folder / "expected" / "input.npy", inputs)
    np.save(folder / "expected" / "output.npy", expected_outputs(model, inputs))
    (folder / "MODEL_CARD.md").write_text(card(facts, parameters(build_network(facts.network))))
    return pins


def sample_input(config: Config) -> NDArray[np.float32]:
    """Make a small input for `expected_outputs/`: a smooth wave, noise and a bright disc, without data of patients."""
    rng = np.random.default_rng(0)
    match config:
        case TissueConfig() | SqueezeNetConfig() | ClusterConfig():
            channels, side = 1, config.patch_px
        case HeatmapConfig() | SqueezeHeatmapConfig():
            channels, side = 1, 128
        case FusedConfig():
            channels, side = config.channels, 32
    y, x = np.mgrid[:side, :side] / side
    disc = np.hypot(x - 0.5, y - 0.5) < 0.15
    noise = rng.standard_normal((1, channels, side, side)) * 0.2
    values = np.cos(5 * x + 3 * y) + disc + noise
    return (1 / (1 + np.exp(-values)) if isinstance(config, FusedConfig) else values).astype(np.float32)
