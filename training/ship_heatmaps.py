"""`python -m training ship-heatmaps`: a heatmap with pretrained features, and the one fused on it, join the bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.models.bundle import ModelCardFacts, Threshold, dump_pins
from mammoview.assess.models.networks import SqueezeHeatmapConfig
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse
from training.data.prepare import FOLDS, PreparedMammogram, load
from training.data.splits import split
from training.evaluation.curves import curve_of, odds_of
from training.evaluation.out_of_fold import OutOfFoldImage
from training.experiments.detection import SHIPPED_FOLD, check_grids, check_maps, heatmap_folder, known
from training.experiments.detection_figures import read
from training.experiments.fusing import WAYS, fused_folder, maps_of, stacked
from training.fit.pretrained import Origin
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import RAW
from training.ship import NORMALISATION, USES, VERSION, libraries, pinned, pins_of, training_facts, write_model

SPLIT = f"out of fold, {FOLDS} folds by patient"


def marks_of_maps(members: Sequence[PreparedMammogram], maps: Sequence[NDArray[np.float32]]) -> list[CandidateMarks]:
    """Return the peaks of every mammogram's map, each with the finding that it hits."""
    none = np.empty(0, np.float32)
    return [OutOfFoldImage(m, none, none).marks(values) for m, values in zip(members, maps, strict=True)]


def operating_point(marks: list[CandidateMarks]) -> Threshold:
    """Return the threshold at one false mark per image, with what it finds."""
    response = FreeResponse(marks)
    value = float(np.nextafter(response.threshold(1.0), np.inf))
    false = np.concatenate([m.scores[m.lesion < 0] for m in marks])
    return Threshold(
        value=value,
        sensitivity=float((response.lesion_best >= value).mean()),
        false_positives_per_image=float((false >= value).sum() / len(marks)),
        chosen_on=f"{SPLIT}: one false mark per image",
    )


def ship(runs: Path, table: Path, seed: int, way: str, models: Path, pins_file: Path | None = None) -> None:
    """Write both heatmaps of the bundled fold with thresholds, curves and cards, and pin their hashes.

    Parameters
    ----------
    table
        What `fuse` wrote.
    seed
        Of the heatmap below.
    way
        Which network of `fusing.WAYS` ships.

    pins_file
        Module that pins the hashes; `pins_of` when None.

    Raises
    ------
    MammoviewError
        When a fold is not trained, or a mammogram has no grid.
    """
    pins_file = pins_file or pins_of(models)
    pins = pinned(pins_file)
    check_grids(runs)
    check_maps(runs, seed)
    members = known(runs)
    maps = maps_of(runs, members, {id(m): stacked(runs, m, seed) for m in members}, seed)
    marks = marks_of_maps(members, maps[way])
    point = operating_point(marks)
    rows = read(table)
    part = str(SHIPPED_FOLD)
    used = split(load(runs / "prepared"), part).training
    first_weights = Origin.of_run(heatmap_folder(runs, part, seed))
    training = training_facts(runs, used, f"four of the five folds (without fold {SHIPPED_FOLD})") | {"seed": seed}
    shared = {
        "version": VERSION,
        "um_per_px": INPUT_UM,
        "normalisation": NORMALISATION,
        "libraries": libraries(),
    }
    baseline = ModelCardFacts(
        name="heatmap_baseline",
        network=SqueezeHeatmapConfig(),
        thresholds={},
        training=training | (first_weights.facts() if first_weights else {}),
        figures=_figures(rows, "heatmap"),
        **shared,
    )
    fused = ModelCardFacts(
        name="heatmap_fused",
        network=WAYS[way],
        thresholds={
            name: point.model_copy(update={"chosen_on": f"{point.chosen_on}; {use}"}) for name, use in USES.items()
        },
        curve=curve_of(members, marks, SPLIT),
        odds=odds_of(marks, SPLIT),
        training=training,
        figures=_figures(rows, way),
        **shared,
    )
    weights = {
        baseline.name: heatmap_folder(runs, part, seed) / WEIGHTS,
        fused.name: fused_folder(runs, way, part, seed) / WEIGHTS,
    }
    for facts in (baseline, fused):
        pins[facts.name] = write_model(models / facts.name, facts, {WEIGHTS: (weights[facts.name], RAW)})
    pins_file.write_text(dump_pins(pins))
    print(f"shipped both heatmaps of part {part} to {models}; tau is {point.value:.3f}")


def _figures(rows: list[tuple[str, str, Estimate]], way: str) -> dict[str, dict[str, float | int | str]]:
    """Return the figures of one map in the form of model.json."""
    return {name: figure.as_dict(SPLIT) for of, name, figure in rows if of == way}
