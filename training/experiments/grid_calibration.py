"""`python -m training grid-calibration`: calibration of the shipped grids and of their mean, read by the program.

The bundled classifiers read the fold that they never saw. Slope and intercept (Platt scaling) are fitted on four fifths
of its women and judged on the last fifth, five times, so that what is fitted is measured on other women; what ships is
fitted on all of them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.special import expit

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.assess.inference.grids import mean_grid
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.assess.models.platt import PlattScaling
from mammoview.assess.models.scoring import logit
from mammoview.assess.results.assessment import Grid
from mammoview.display.scan_analysis import analyse
from mammoview.evaluation.statistics import Estimate, balanced, bootstrap, brier, calibration_error, reliability
from mammoview.study.geometry import Affine
from mammoview.study.scan import Scan
from training.data.memmaps import write_arrays
from training.data.patch_centres import TISSUE_SHARE
from training.data.prepare import PreparedMammogram
from training.datasets import Example, examples
from training.evaluation import one_path
from training.evaluation.model_notes import check, claim, logits_key
from training.experiments.detection import SHIPPED_FOLD, known
from training.fit.classifier import NEGATIVES_EACH
from training.metrics.calibration import calibrated

PARTS = 5
"""Women are dealt into so many parts, each judged by a calibration fitted on the others."""
DRAWS = 1000
FOLDER = "grid_logits"
MEAN = "mean"
WAYS = ("the classifier's own", "as shown", "fitted on other women")
"""Probabilities without the scaling, with the one that ships, and with one that the woman took no part in."""


@dataclass(frozen=True)
class Patches:
    """Patches of one magnification with known ground truth, as arrays of one length.

    Parameters
    ----------
    logits
        The classifiers' own, as the program reads them, without the scaling of what is shown.
    label
        Whether the patch is centred on a finding that fits it; else it is tissue and touches none.
    group
        Patient.
    """

    logits: NDArray[np.float64]
    label: NDArray[np.bool_]
    group: NDArray[np.str_]


def patches(scan: Scan, found: DenseResult, lattice: Affine) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return places and labels of a scan's patches: those on findings, and up to `NEGATIVES_EACH` of tissue.

    Places are (N, 2): row and column of `found.logits`.

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
    return at, np.arange(len(at)) < len(places)


def mean_logits(scanned: dict[int, DenseResult], prepared: PreparedScan, leading: int) -> NDArray[np.float64]:
    """Return the mean of the classifiers' own logits at every patch of the leading one."""
    frame, first = prepared.frame, scanned[leading]
    cells = Grid(first.probability.astype(np.float32), frame.lattice(leading, first.left, first.top) @ first.lattice)
    return logit(mean_grid(scanned, frame, cells, dict.fromkeys(scanned, 0.5)).values, least=1e-7)


def read(data: Path, members: list[PreparedMammogram], bundle: ModelBundle, folder: Path) -> None:
    """Let the program read every mammogram at every magnification; those that are there are passed over.

    Raises MammoviewError where other classifiers read them.
    """
    claim(folder, {str(um): logits_key(model) for um, model in bundle.classifiers.items()})
    wanted = {(m.source, m.name): one_path.file_of(folder, m) for m in members}
    assessor = Assessor("cpu", bundle=bundle, flips=False)
    for item in track([e for e in examples(data) if isinstance(e, Example)], "reading"):
        file = wanted.get((item.source, item.name))
        if file is None or file.exists():
            continue
        scan = one_path.scan_of_example(item)
        prepared = prepared_scan(analyse(scan))
        kept: dict[str, NDArray[np.generic]] = {}
        scanned = {um: assessor.scanned(scan, prepared, um, lambda: None) for um in bundle.classifiers}
        for um, found in scanned.items():
            at, label = patches(scan, found, prepared.frame.lattice(um, found.left, found.top))
            kept |= {f"logits_{um}": found.logits[tuple(at.T)], f"label_{um}": label}
            if um == bundle.leading and len(scanned) > 1:
                mean = mean_logits(scanned, prepared, um)[tuple(at.T)]
                kept |= {f"logits_{MEAN}": mean, f"label_{MEAN}": label}
        write_arrays(file, kept)
        scan.release()


def joined(members: list[PreparedMammogram], folder: Path, um: int | str) -> Patches:
    """Read back the patches of several mammograms at a magnification, or of the mean (`MEAN`).

    Raises MammoviewError when one was not read.
    """
    parts = [(m.group, one_path.load(folder, m)) for m in members]
    return Patches(
        np.concatenate([p[f"logits_{um}"] for _, p in parts]).astype(float),
        np.concatenate([p[f"label_{um}"] for _, p in parts]).astype(bool),
        np.concatenate([np.full(len(p[f"label_{um}"]), group) for group, p in parts]),
    )


def fitted(found: Patches, keep: NDArray[np.bool_] | None = None) -> PlattScaling:
    """Return the scaling that minimises the class-balanced log loss of patches, of all or of those to `keep`."""
    chosen = np.ones(len(found.label), bool) if keep is None else keep
    own = calibrated(found.label[chosen], found.logits[chosen])
    return PlattScaling(slope=1 / own.temperature, intercept=-own.offset / own.temperature)


def fitted_on_others(found: Patches) -> NDArray[np.float64]:
    """Return scaled logits, those of each patient by a fit without that patient."""
    names, inverse = np.unique(found.group, return_inverse=True)
    part = (np.random.default_rng(0).permutation(len(names)) % PARTS)[inverse]
    logits = np.empty_like(found.logits)
    for number in range(PARTS):
        logits[part == number] = fitted(found, part != number).logits(found.logits[part == number])
    return logits


def rows(found: Patches, name: str, shown: PlattScaling) -> Iterator[tuple[str, str, str, Estimate]]:
    """Yield grid, calibration, measure and figure: of each of `WAYS`, and the gain of a fit on other women.

    `shown` is the scaling that ships.
    """
    p = dict(zip(WAYS, (expit(z) for z in _scaled(found, shown)), strict=True))
    for figure_name, measure in (("ECE", calibration_error), ("Brier", brier)):

        def of(values: NDArray[np.float64], w: NDArray[np.float64], measure: object = measure) -> float:
            assert callable(measure)
            return float(measure(found.label, values, w * balanced(found.label)))

        for way, values in p.items():
            yield name, way, figure_name, bootstrap(partial(of, values), found.group, DRAWS)
        own, _, anew = p.values()
        change = bootstrap(lambda w: of(anew, w) - of(own, w), found.group, DRAWS)  # noqa: B023
        yield name, f"{WAYS[2]}, minus {WAYS[0]}", figure_name, change


def _scaled(found: Patches, shown: PlattScaling) -> tuple[NDArray[np.float64], ...]:
    return found.logits, shown.logits(found.logits), fitted_on_others(found)


def plot(by_name: dict[str, tuple[Patches, PlattScaling]], file: Path) -> None:
    """Draw the reliability of every grid: the classifier's own, and as the reader is shown it."""
    picture, axes = plt.subplots(1, len(by_name), figsize=(3.2 * len(by_name), 3.6), sharey=True, layout="constrained")
    for axis, (name, (found, shown)) in zip(np.atleast_1d(axes), by_name.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="0.7", lw=1)
        for way, logits in list(zip(WAYS, _scaled(found, shown), strict=True))[:2]:
            line = reliability(found.label, expit(logits), balanced(found.label))
            axis.plot(*line.T, marker="o", ms=3, lw=1, label=way)
        title = name.replace("um", "µm")
        axis.set(title=title, xlabel="predicted", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    np.atleast_1d(axes)[0].set_ylabel("share of findings, prior 1/2")
    np.atleast_1d(axes)[0].legend(frameon=False, fontsize=8)
    picture.savefig(file, dpi=110)
    plt.close(picture)


def measured(runs: Path, bundle: ModelBundle) -> dict[str, tuple[Patches, PlattScaling]]:
    """Return the patches of every grid that were read, and the scaling that ships with it, by name of the grid."""
    check(runs / FOLDER, lambda um: logits_key(bundle.classifiers[int(um)]))
    members = [m for m in known(runs) if m.fold == SHIPPED_FOLD]
    facts = {um: m.facts for um, m in sorted(bundle.classifiers.items())}
    found = {f"{um} um": (joined(members, runs / FOLDER, um), of.shown) for um, of in facts.items()}
    if len(facts) > 1:
        found[MEAN] = (joined(members, runs / FOLDER, MEAN), facts[bundle.leading].shown_mean)
    return found


def run(data: Path, runs: Path, file: Path) -> None:
    """Write the errors of calibration of the bundled grids on the fold that they never saw, and their plot beside it.

    Both classes have equal weight; negatives are patches of at least 80 % tissue.
    """
    bundle = load_bundle()
    read(data, [m for m in known(runs) if m.fold == SHIPPED_FOLD], bundle, runs / FOLDER)
    by_name = measured(runs, bundle)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["grid", "calibration", "figure", "value", "low 95 %", "high 95 %", "n", "findings"])
        for name, (found, shown) in by_name.items():
            for grid, way, figure_name, v in rows(found, name, shown):
                figures = (f"{x:.4f}" for x in (v.value, v.low, v.high))
                table.writerow([grid, way, figure_name, *figures, v.n, int(found.label.sum())])
    plot(by_name, file.with_suffix(".png"))
