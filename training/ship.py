"""`python -m training ship`: evaluated weights become bundled models with cards, expected outputs and pins."""

from __future__ import annotations

import csv
import hashlib
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

import mammoview.assess.models.hashes
from mammoview.assess.inference.heatmaps import INPUT_UM
from mammoview.assess.inference.preprocessing import CLIP, RIM_MM
from mammoview.assess.models.bundle import ModelCardFacts, Threshold, dump_pins, expected_outputs, load_model
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
from training.data.prepare import manifest_hash
from training.data.splits import ALL, PARTS, split
from training.datasets import LICENCES
from training.evaluation.evaluate import evaluate
from training.evaluation.out_of_fold import LESION_SENSITIVITY, SPECIFICITY, OutOfFoldEvidence, operating
from training.evaluation.tables import TableRow
from training.experiments.patch_sheets import synthetic_sheet
from training.fit.recipe import MAGNIFICATIONS, baseline_folder, fused_folder, tissue_folder
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import RAW, LogitCalibration
from training.metrics.statistics import FreeResponse

VERSION = "4"
NORMALISATION = f"(x - mean) / SD of the breast mask per image, clipped to {CLIP}, film beyond {RIM_MM:g} mm blanked"
CHOSEN_ON = "out-of-fold predictions of all five folds"
LEADING_UM = 200
"""The magnification that saliency and plain calls use: the only one whose data had native detail."""
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
    tau, mark = evidence.tau(), evidence.mark()
    found["heatmap_fused"] = {
        "tau": Threshold(
            value=tau,
            sensitivity=evidence.lesion_sensitivity(tau),
            false_positives_per_image=float((false >= tau).sum() / len(marks)),
            chosen_on=f"{CHOSEN_ON}: {LESION_SENSITIVITY:.0%} of lesions reach it; gates and bounds the saliency",
        ),
        "mark": Threshold(
            value=mark,
            sensitivity=float((best >= mark).mean()),
            false_positives_per_image=float((false >= mark).sum() / len(marks)),
            chosen_on=f"{CHOSEN_ON}: one false mark per image; findings are listed from here",
        ),
    }
    return found


def _figures(rows: list[TableRow], *wanted: tuple[str, str]) -> dict[str, dict[str, float | int | str]]:
    """Figures of some tables whose name starts with a word, in the form of model.json."""
    return {
        f"{r.table}, {r.name}, {r.subset}": r.figure.as_dict(r.split)
        for r in rows
        if any(r.table == table and r.name.startswith(name) for table, name in wanted)
    }


def ship(runs: Path, models: Path, pins_file: Path = Path(mammoview.assess.models.hashes.__file__)) -> None:
    """Evaluate, then write the model folders and the module that pins their hashes.

    Raises
    ------
    MammoviewError
        When a stage is missing, or a rule of honesty is broken.
    """
    rows = evaluate(runs)
    evidence = OutOfFoldEvidence(runs)
    part = shipped_part(runs)
    used = split(evidence.members, part)
    training = {
        "manifest_sha256": manifest_hash(runs / "prepared"),
        "training_mammograms": len(used.training),
        "training_patients": len({m.group for m in used.training}),
        "part": "all" if part == ALL else f"four of the five folds (without fold {part})",
        "data": "; ".join(LICENCES[s] for s in sorted({m.source for m in used.training})),
    }
    thresholds = _thresholds(evidence)
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
            training=training,
            figures=_figures(rows, *tables),
            libraries={n: version(n) for n in ("torch", "numpy", "scipy", "scikit-image", "lightning")}
            | {"python": platform.python_version()},
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
    pins_file.write_text(dump_pins(pins))
    print(f"shipped {', '.join(pins)} of part {part} to {models}")


def publish(runs: Path, folder: Path = RESULTS) -> None:
    """Copy the figures, plots and histories that may be published, without pictures of the training data."""
    shutil.rmtree(folder / "plots", ignore_errors=True)
    (folder / "plots").mkdir(parents=True)
    for name in ("figures.csv", "goals.md"):
        shutil.copyfile(runs / "evaluation" / name, folder / name)
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
        case TissueConfig() | SqueezeNetConfig():
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


PURPOSE = {
    "tissue_classifier": "says whether a square of breast tissue holds a finding (a mass, above all)",
    "squeezenet_classifier": "says whether a square of breast tissue holds a finding (a mass, above all)",
    "rescorer": "says of a candidate, seen in 51 mm of its surroundings, whether it is a finding (a mass, above all)",
    "squeezenet_heatmap": "outlines suspicious regions of a whole mammogram on a lattice of 3.2 mm, from 400 um pixels",
    "heatmap": "outlines suspicious regions of a whole mammogram on a lattice of 3.2 mm, from 400 um pixels",
    "fused_heatmap": "redraws the baseline heatmap with the tissue classifier's grid and the place in the breast",
}


def _scored(facts: ModelCardFacts) -> list[str]:
    """Lines about the curve of a re-scorer's scores."""
    if facts.scoring is None:
        return []
    return [
        "## Score",
        "The score of a finding is a frequency: of 100 marks scored so, how many held a finding, out of fold, among",
        f"{sum(p.n for p in facts.scoring.curve)} candidates of these archives, where most views hold a mass. Where",
        "findings are rare, as in screening, it is lower: compare scores, do not take them for a woman's risk.",
        "",
        "| combined logit | frequency | interval | marks |",
        "|---|---|---|---|",
        *(f"| {p.logit:.2f} | {p.frequency:.3f} | {p.low:.3f} to {p.high:.3f} | {p.n} |" for p in facts.scoring.curve),
        "",
    ]


def card(facts: ModelCardFacts, count: int) -> str:
    """Return the text of MODEL_CARD.md."""
    rows = []
    for name, f in facts.figures.items():
        rows.append(f"| {name} | {f['value']} | {f['low']} to {f['high']} | {f['n']} |")
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
        f"Trained on {facts.training['training_mammograms']} mammograms of "
        f"{facts.training['training_patients']} women:",
        f"{facts.training['part']} of the data. {facts.training['data']}.",
        "The CBIS-DDSM copy was squashed to 800 x 800 pixels (about 0.29 mm down, 0.18 mm across) before training; its",
        "pixel pitch is that of the digitizer which the size of the film tells. mini-MIAS is for research only,",
        "so treat these weights alike.",
        *([f"The first weights were those of {start}."] if (start := str(facts.training.get("start", ""))) else []),
        *(
            [
                f"At {facts.um_per_px} um most images were up-sampled: no detail finer than about 0.2 mm was seen.",
                "Calcifications cannot be judged from such data.",
            ]
            if facts.um_per_px < LEADING_UM
            else []
        ),
        "",
        *_scored(facts),
        "## Figures",
        "Of five models like this one, each on the fold it never saw, with patient-clustered 95 % bootstrap intervals.",
        *(
            [f"Temperature {facts.temperature:.3f}; the intercept of the calibration is in the last bias."]
            if facts.prior is not None
            else []
        ),
        *(
            [
                f"Beside it lie the weights of {len(facts.folds)} further folds, which learned from other women of the",
                "same data: at a finding, the range of all folds says how much hangs on whom the model learned from.",
            ]
            if facts.folds
            else []
        ),
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
        "* Normal tissue comes mostly from the images with findings and from mini-MIAS; few normal DDSM views were",
        "  added.",
        "* It answers to scanners of the 1990s, and to the women of those archives; other populations were not tested.",
        "",
    ]
    return "\n".join(lines)
