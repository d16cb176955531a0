"""`python -m training fuse`: fused heatmaps (P20) over the leading grid and a heatmap with pretrained features.

Both inputs are out of fold: the classifier and the heatmap that made them never saw the woman. The plain sum of their
logits, which is trained on nothing, is the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from safetensors.torch import load_file
from scipy.special import expit

from mammoview.assess.inference.heatmap_cells import CELL_PX, FRAME_CELLS
from mammoview.assess.inference.heatmaps import fused_map, stacked_inputs
from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.networks import FusedConfig, FusedHeatmap
from mammoview.assess.models.scoring import logit
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, Estimate, mean
from training.data.memmaps import write_arrays
from training.data.prepare import FOLDS, PreparedMammogram
from training.data.splits import split
from training.evaluation.model_notes import claim
from training.evaluation.result_tables import relative_change
from training.experiments.candidates import GRID_UM, candidates, grid_logit
from training.experiments.detection import (
    GRIDS,
    Scored,
    breast_map,
    check_grids,
    heatmap_cells,
    heatmap_of,
    known,
    maps_folder,
    maps_key,
)
from training.experiments.detection_figures import marks_of, rows_of, write
from training.fit import heatmap_runs
from training.fit.heatmap_runs import FusedExamples, HeatmapRun, cells, filled, frame_of
from training.fit.trainer import WEIGHTS

WAYS = {
    "weighted sum": FusedConfig(grids=(GRID_UM,), position=False, width=0, sum=True),
    "convolutions": FusedConfig(grids=(GRID_UM,), width=32, context=(1, 2), dropout=0.2, sum=True),
}
"""Networks that are compared, by name."""


def fused_run(way: str, part: str, seed: int, epochs: int) -> HeatmapRun:
    """Return the settings of one network on one part of the patients."""
    return HeatmapRun(network=WAYS[way], epochs=epochs, part=part, seed=seed, weight_decay=0.1)


def fused_folder(runs: Path, way: str, part: str, seed: int) -> Path:
    """Return where a fused heatmap lies; `seed` is that of the heatmap below it."""
    return runs / f"fused_{way.replace(' ', '_')}_{seed}" / part


def fused_of(runs: Path, way: str, part: str, seed: int) -> FusedHeatmap:
    """Load a fused heatmap. Raises MammoviewError when it is not trained."""
    file = fused_folder(runs, way, part, seed) / WEIGHTS
    if not file.exists():
        raise MammoviewError("this run is not finished", "Run: python -m training fuse", file)
    network = FusedHeatmap(WAYS[way])
    network.load_state_dict(load_file(file))
    return optimised_for_inference(network)


def stacked(runs: Path, member: PreparedMammogram, seed: int) -> NDArray[np.float32]:
    """Return heatmap, grid and position of a mammogram on its cells, out of fold, float32 (5, rows, columns).

    Raises MammoviewError when one of them was not made.
    """
    base = heatmap_cells(runs, member, seed)
    grid = expit(grid_logit(runs / GRIDS, member)).astype(np.float32)
    return stacked_inputs(base, [grid], np.asarray(member.position(), np.float32))


def read_maps(runs: Path, seed: int, folds: Sequence[int] = range(FOLDS)) -> None:
    """Let the heatmap of every fold read the women that it never saw; what was read is passed over.

    Raises MammoviewError where it was read by other heatmaps.
    """
    members = known(runs)
    claim(maps_folder(runs, seed), {str(fold): maps_key(runs, str(fold), seed) for fold in folds})
    for fold in folds:
        network = heatmap_of(runs, str(fold), seed)
        for member in track([m for m in members if m.fold == fold], f"heatmaps of fold {fold}"):
            file = maps_folder(runs, seed) / f"{member.key}.npz"
            if not file.exists():
                write_arrays(file, {"heatmap": breast_map(network, member)})


def fuse(runs: Path, seed: int, epochs: int, table: Path) -> list[tuple[str, str, Estimate]]:
    """Train every network of `WAYS` on every part, and write what their maps are worth beside the plain sum.

    Parameters
    ----------
    seed
        Of the heatmaps.
    epochs
        Of the fused networks.
    table
        CSV to write.

    Raises
    ------
    MammoviewError
        When a fold's heatmap is not trained, or a mammogram has no grid.
    """
    check_grids(runs)
    read_maps(runs, seed)
    members = known(runs)
    inputs = {id(m): stacked(runs, m, seed) for m in members}
    targets = {id(m): cells(filled(m)) for m in members}
    for way, config in WAYS.items():
        for part in map(str, range(FOLDS)):
            chosen = split(members, part).training
            data = FusedExamples(
                [inputs[id(m)][: config.channels] for m in chosen], [targets[id(m)] for m in chosen], seed
            )
            heatmap_runs.train(fused_run(way, part, seed, epochs), data, [], fused_folder(runs, way, part, seed))
    maps = maps_of(runs, members, inputs, seed)
    rows = [*error_rows(members, maps), *detection_rows(members, maps)]
    write(rows, f"out of fold, folds {', '.join(map(str, range(FOLDS)))}, by patient", table)
    return rows


Maps = dict[str, list[NDArray[np.float32]]]
"""Maps of every mammogram on its cells, probabilities, by name."""


def maps_of(runs: Path, members: list[PreparedMammogram], inputs: dict[int, NDArray[np.float32]], seed: int) -> Maps:
    """Return heatmap, grid, their plain sum, and what every fused network makes of women that it never saw."""
    found: Maps = {name: [] for name in ("heatmap", "grid", "sum", *WAYS)}
    networks = {way: [fused_of(runs, way, str(fold), seed) for fold in range(FOLDS)] for way in WAYS}
    for member in members:
        channels = inputs[id(member)]
        found["heatmap"].append(channels[0])
        found["grid"].append(channels[1])
        found["sum"].append(expit(logit(channels[0]) + logit(channels[1])).astype(np.float32))
        for way, config in WAYS.items():
            found[way].append(fused_map(networks[way][member.fold], channels[: config.channels]))
    return found


def error_rows(
    members: list[PreparedMammogram], maps: Maps, reference: str = "heatmap"
) -> list[tuple[str, str, Estimate]]:
    """Mean squared error over the paper's Frame at 32 x 32 (P21), against the zero map, the mean map, a reference."""
    targets = np.array([frame_of(m, cells(filled(m)), CELL_PX) for m in members])
    folds = np.array([m.fold for m in members])
    groups = np.array([m.group for m in members])
    means = {fold: targets[folds != fold].mean(0) for fold in set(folds)}
    assert targets.shape[1:] == (FRAME_CELLS, FRAME_CELLS)

    def errors(values: Callable[[int], NDArray[np.floating]]) -> NDArray[np.float64]:
        return np.array([1000 * float(((values(k) - targets[k]) ** 2).mean()) for k in range(len(members))])

    def framed(of: Sequence[NDArray[np.floating]], k: int) -> NDArray[np.floating]:
        return frame_of(members[k], of[k], CELL_PX)

    found = {
        name: errors(partial(framed, of))
        for name, of in maps.items()
        if name not in ("grid", "sum")  # these are scores, and no estimate of the target
    }
    others = {
        "zero map": errors(lambda k: np.zeros((FRAME_CELLS, FRAME_CELLS))),
        "mean map": errors(lambda k: means[folds[k]]),
        reference: found[reference],
    }
    rows = []
    for name, own in {**others, **found}.items():
        rows.append((name, "heatmap MSE x 1000, 32 x 32 (P21)", mean(own, groups)))
        for other, theirs in others.items():
            if name in found and other != name:
                gain = relative_change(own, theirs, groups)
                rows.append((name, f"heatmap MSE, relative change against the {other}", gain))
    return rows


def detection_rows(members: list[PreparedMammogram], maps: Maps) -> list[tuple[str, str, Estimate]]:
    """Figures of detection by the peaks of every map; the plain sum is what the others are compared with."""
    scored: list[Scored] = []
    named: dict[str, list[CandidateMarks]] = {}
    for name, of in maps.items():
        found = [candidates(m, logit(v)) for m, v in zip(members, of, strict=True)]
        scored = [Scored(c, np.full((len(c.cells), 3), np.nan)) for c in found]
        named[name] = marks_of(scored, [c.score for c in found])
    return rows_of(scored, named, "sum")
