"""`python -m training grid-calibration`: calibration of the shipped grids, read by the program itself.

The bundled classifiers read the fold that they never saw. Temperature and intercept are fitted anew on four fifths of
its women and judged on the last fifth, five times, so that what is fitted is measured on other women.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.display.scan_analysis import analyse
from mammoview.evaluation.statistics import Estimate, balanced, bootstrap, brier, calibration_error, reliability
from mammoview.study.geometry import Affine
from mammoview.study.scan import Scan
from training.data.memmaps import write_arrays
from training.data.patches import TISSUE_SHARE
from training.data.prepare import PreparedMammogram
from training.datasets import Example, examples
from training.evaluation import one_path
from training.experiments.detection import SHIPPED_FOLD, known
from training.fit.classifier import NEGATIVES_EACH
from training.metrics.calibration import LogitCalibration, calibrated

PARTS = 5
"""Women are dealt into so many parts, each judged by a calibration fitted on the others."""
DRAWS = 1000
FOLDER = "grid_calibration"


@dataclass(frozen=True)
class Patches:
    """Patches of one magnification with known ground truth, as arrays of one length.

    Parameters
    ----------
    logits
        As the program gives them, with the calibration that ships.
    label
        Whether the patch is centred on a finding that fits it; else it is tissue and touches none.
    group
        Patient.
    """

    logits: NDArray[np.float64]
    label: NDArray[np.bool_]
    group: NDArray[np.str_]


def patches(scan: Scan, found: DenseResult, lattice: Affine) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return logits and labels of a scan's patches: those on findings, and up to `NEGATIVES_EACH` of tissue.

    Parameters
    ----------
    lattice
        Maps pixels of the magnified image to scan pixels.
    """
    rows, columns = np.indices(found.logits.shape)
    corners = np.stack([columns, rows], -1).astype(float) * found.step
    free = found.share >= TISSUE_SHARE
    places: list[tuple[int, int]] = []
    for outline in scan.outlines:
        box = np.asarray(lattice.inverse(outline.points), float)
        low, high = box.min(0), box.max(0)
        free &= ((corners + found.patch_px <= low) | (corners >= high)).any(-1)
        column, row = ((low + high - found.patch_px) / 2 / found.step).round().astype(int)
        inside = 0 <= row < len(found.logits) and 0 <= column < found.logits.shape[1]
        if (high - low).max() <= found.patch_px and inside:
            places.append((row, column))
    others = np.random.default_rng(0).permutation(np.argwhere(free))[:NEGATIVES_EACH]
    at = np.concatenate([np.array(places, int).reshape(-1, 2), others])
    return found.logits[tuple(at.T)], np.arange(len(at)) < len(places)


def read(data: Path, members: list[PreparedMammogram], bundle: ModelBundle, folder: Path) -> None:
    """Let the program read every mammogram at every magnification; those that are there are passed over."""
    wanted = {(m.source, m.name): one_path.file_of(folder, m) for m in members}
    assessor = Assessor("cpu", bundle=bundle, flips=False)
    for item in track([e for e in examples(data) if isinstance(e, Example)], "reading"):
        file = wanted.get((item.source, item.name))
        if file is None or file.exists():
            continue
        scan = one_path.scan_of_example(item)
        prepared = prepared_scan(analyse(scan))
        kept: dict[str, NDArray[np.generic]] = {}
        for um in bundle.classifiers:
            found = assessor.scanned(scan, prepared, um, lambda: None)
            logits, label = patches(scan, found, prepared.frame.lattice(um, found.left, found.top))
            kept |= {f"logits_{um}": logits, f"label_{um}": label}
        write_arrays(file, kept)
        scan.release()


def joined(members: list[PreparedMammogram], folder: Path, um: int) -> Patches:
    """Read back the patches of several mammograms. Raises MammoviewError when one was not read."""
    parts = [(m.group, one_path.load(folder, m)) for m in members]
    return Patches(
        np.concatenate([p[f"logits_{um}"] for _, p in parts]).astype(float),
        np.concatenate([p[f"label_{um}"] for _, p in parts]).astype(bool),
        np.concatenate([np.full(len(p[f"label_{um}"]), group) for group, p in parts]),
    )


def refitted(found: Patches) -> NDArray[np.float64]:
    """Return logits calibrated anew, those of each woman by a fit that she took no part in."""
    names, inverse = np.unique(found.group, return_inverse=True)
    part = (np.random.default_rng(0).permutation(len(names)) % PARTS)[inverse]
    logits = np.empty_like(found.logits)
    for number in range(PARTS):
        fitted = calibrated(found.label[part != number], found.logits[part != number])
        logits[part == number] = fitted.logits(found.logits[part == number])
    return logits


def rows(found: Patches, um: int) -> Iterator[tuple[str, str, str, Estimate]]:
    """Yield magnification, calibration, measure and figure: as shipped, fitted anew, and the difference."""
    p = {"as shipped": _probability(found.logits), "fitted anew": _probability(refitted(found))}
    for name, measure in (("ECE", calibration_error), ("Brier", brier)):

        def of(values: NDArray[np.float64], w: NDArray[np.float64], measure: object = measure) -> float:
            assert callable(measure)
            return float(measure(found.label, values, w * balanced(found.label)))

        for way, values in p.items():
            yield f"{um} um", way, name, bootstrap(lambda w, v=values: of(v, w), found.group, DRAWS)  # type: ignore[misc]
        shipped, anew = p.values()
        change = bootstrap(lambda w: of(anew, w) - of(shipped, w), found.group, DRAWS)  # noqa: B023
        yield f"{um} um", "fitted anew, minus as shipped", name, change


def _probability(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return LogitCalibration().probability(logits)


def plot(by_um: dict[int, Patches], file: Path) -> None:
    """Draw the reliability of every magnification, as shipped and fitted anew."""
    picture, axes = plt.subplots(1, len(by_um), figsize=(3.4 * len(by_um), 3.6), sharey=True, layout="constrained")
    for axis, (um, found) in zip(np.atleast_1d(axes), sorted(by_um.items()), strict=True):
        weight = balanced(found.label)
        axis.plot([0, 1], [0, 1], color="0.7", lw=1)
        for way, logits in (("as shipped", found.logits), ("fitted anew", refitted(found))):
            line = reliability(found.label, _probability(logits), weight)
            axis.plot(*line.T, marker="o", ms=3, lw=1, label=way)
        axis.set(title=f"{um} µm", xlabel="predicted", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    np.atleast_1d(axes)[0].set_ylabel("share of findings, prior 1/2")
    np.atleast_1d(axes)[0].legend(frameon=False, fontsize=8)
    picture.savefig(file, dpi=110)
    plt.close(picture)


def run(data: Path, runs: Path, file: Path) -> None:
    """Write the errors of calibration of the bundled grids on the fold that they never saw, and their plot beside it.

    Both classes have equal weight; negatives are patches of at least 80 % tissue.
    """
    bundle = load_bundle()
    members = [m for m in known(runs) if m.fold == SHIPPED_FOLD]
    read(data, members, bundle, runs / FOLDER)
    by_um = {um: joined(members, runs / FOLDER, um) for um in sorted(bundle.classifiers)}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["magnification", "calibration", "figure", "value", "low 95 %", "high 95 %", "n", "findings"])
        for um, found in by_um.items():
            for magnification, way, name, v in rows(found, um):
                figures = (f"{x:.4f}" for x in (v.value, v.low, v.high))
                table.writerow([magnification, way, name, *figures, v.n, int(found.label.sum())])
    plot(by_um, file.with_suffix(".png"))
