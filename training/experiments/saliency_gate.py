"""`python -m training saliency-gate`: the program's saliency gated by thresholds of the heatmap, on an unseen fold."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy import ndimage

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.assess.results.assessment import Layer
from mammoview.assess.results.sensitivity import SensitivityOptions, Weighting
from mammoview.evaluation.statistics import Estimate, mean
from mammoview.study.scan import Scan
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.datasets import Example, examples
from training.evaluation import one_path
from training.evaluation.saliency_probe import BLOCK, blocks
from training.experiments.detection import SHIPPED_FOLD, known

LOOSE = 0.0234
"""Threshold of version 4's saliency: the heatmap reaches it in nine tenths of the lesions."""
WEIGHTINGS = tuple(Weighting)
FIGURES = ("pointing game", "energy inside the box", "shows saliency")


def pointing_and_energy(scan: Scan, saliency: Layer) -> tuple[float, float, float]:
    """Return whether the highest square lies on a lesion, the share of energy in boxes, and whether there is any."""
    values = saliency.values
    if not values.any():
        return 0.0, 0.0, 0.0
    squares = blocks(ndimage.gaussian_filter(values, BLOCK / 2))
    row, column = np.unravel_index(int(np.argmax(squares)), squares.shape)
    top = np.array([saliency.to_scan(((float(column) + 0.5) * BLOCK, (float(row) + 0.5) * BLOCK))])
    rows, columns = np.nonzero(values)
    x, y = np.asarray(saliency.to_scan(np.stack([columns + 0.5, rows + 0.5], 1))).T
    inside = np.zeros(len(x), bool)
    for left, above, right, below in (outline.box for outline in scan.outlines):
        inside |= (x >= left) & (x <= right) & (y >= above) & (y <= below)
    energy = values[rows, columns]
    return float(one_path.lesion_of(scan, top)[0] >= 0), float(energy[inside].sum() / energy.sum()), 1.0


def read(
    data: Path, members: list[PreparedMammogram], bundle: ModelBundle, thresholds: Mapping[str, float], folder: Path
) -> None:
    """Assess every mammogram; `pointing_and_energy` by threshold and weighting goes into one file each.

    Those that are there are passed over.
    """
    wanted = {(m.source, m.name): one_path.file_of(folder, m) for m in members}
    assessor = Assessor("cpu", bundle=bundle, flips=False)
    leading = bundle.classifiers[bundle.leading].facts
    gate = leading.shown.threshold(leading.thresholds["operating"].value)  # patches are gated as the grid shows them
    for item in track([e for e in examples(data) if isinstance(e, Example)], "looking"):
        file = wanted.get((item.source, item.name))
        if file is None or file.exists():
            continue
        scan = one_path.scan_of_example(item)
        assessment = assessor.assess(scan)
        sensitivity = assessor.sensitivity(scan, assessment)
        seen = []
        for tau in thresholds.values():
            layers = [sensitivity.layer(SensitivityOptions(w, gate, tau)) for w in WEIGHTINGS]
            seen.append([pointing_and_energy(scan, layer) for layer in layers])
        write_arrays(file, {"told": np.array(seen, np.float64)})
        scan.release()


def run(data: Path, runs: Path, file: Path, every: int = 1) -> None:
    """Write pointing game and energy of the bundled models' saliency by threshold and weighting, and their differences.

    Of the CBIS masses of the fold that the bundled models never saw, each `every`-th view. What was read by these very
    models is not read again.
    """
    bundle = load_bundle()
    thresholds = {"reached by 90 % of lesions": LOOSE, "operating point": bundle.mark}
    members = [m for m in known(runs) if m.fold == SHIPPED_FOLD and m.source == "cbis_masses"][::every]
    folder = runs / f"saliency_gate_{one_path.models_key(bundle)}"
    read(data, members, bundle, thresholds, folder)
    values = np.stack([np.asarray(one_path.load(folder, m)["told"], np.float64) for m in members])
    write(values, np.array([m.group for m in members]), list(thresholds), file)


def write(values: NDArray[np.float64], groups: NDArray[np.str_], gates: list[str], file: Path) -> None:
    """Write the table of what `read` wrote, float64 (views, gates, weightings, figures)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        lines = csv.writer(f)
        lines.writerow(["inside the heatmap from", "weighting", "figure", "value", "low 95 %", "high 95 %", "n"])
        for w, weighting in enumerate(WEIGHTINGS):
            for k, figure in enumerate(FIGURES):
                cases = [(gate, values[:, g, w, k]) for g, gate in enumerate(gates)]
                cases.append((f"{gates[-1]}, minus {gates[0]}", values[:, -1, w, k] - values[:, 0, w, k]))
                for name, of in cases:
                    lines.writerow([name, str(weighting), figure, *_written(mean(of, groups))])
        scored, plain = WEIGHTINGS.index(Weighting.SCORED), WEIGHTINGS.index(Weighting.EVIDENCE)
        for g, gate in enumerate(gates):
            for k, figure in enumerate(FIGURES):
                change = mean(values[:, g, scored, k] - values[:, g, plain, k], groups)
                lines.writerow([gate, f"{Weighting.SCORED}, minus {Weighting.EVIDENCE}", figure, *_written(change)])


def _written(v: Estimate) -> list[object]:
    return [f"{v.value:.4f}", f"{v.low:.4f}", f"{v.high:.4f}", v.n]
