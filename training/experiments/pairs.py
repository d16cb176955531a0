"""`python -m training pairs`: how deep behind the nipple one mass lies in both views, and how often pairs are right.

Outlines show what the tolerance of `mammoview.assess.results.mark_pairs` keeps; what the program marked out of fold
(`detect`) shows how many of the pairs that it makes are one mass. Only breasts with one mass in both views count.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.rescoring import ranked
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.results.mark_pairs import TOLERANCE_MM
from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import FALSE_MARK_BUDGETS
from mammoview.display.breast_position import breast_position
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.evaluation.breast_pairs import counted_pairs
from mammoview.study.scan import Projection
from training.datasets.cbis_masses_png import cbis_masses
from training.datasets.example import Example
from training.evaluation import one_path
from training.evaluation.one_path import scan_of_example

VIEWS = (Projection.CC, Projection.MLO)
BOOTSTRAPS = 2000


@dataclass(frozen=True)
class BreastMarks:
    """Depths behind the nipple in both views of one breast.

    Parameters
    ----------
    mass
        Of the mass in CC and MLO, mm.
    marks
        Per view depth (mm), score and whether it hits the mass, float (N, 3); None where the program did not read it.
    """

    mass: tuple[float, float]
    marks: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None


def breasts(data: Path, folders: Sequence[Path], bundle: ModelBundle) -> Iterator[BreastMarks]:
    """Go over the breasts of `cbis_masses` with one mass in both views; `folders` hold what `detect` read."""
    by_breast: dict[str, dict[str, Example]] = {}
    for item in cbis_masses(data / "cbis_masses"):
        if isinstance(item, Example) and len(item.outlines) == 1:
            by_breast.setdefault(item.name.rpartition("_")[0], {})[item.facts["projection"]] = item
    for views in by_breast.values():
        if not set(VIEWS) <= set(views):
            continue
        try:
            found = [_depths(views[view], view, folders, bundle) for view in VIEWS]
        except MammoviewError:
            continue
        (cc, of_cc), (mlo, of_mlo) = found
        yield BreastMarks((cc, mlo), None if of_cc is None or of_mlo is None else (of_cc, of_mlo))


def _depths(
    example: Example, view: Projection, folders: Sequence[Path], bundle: ModelBundle
) -> tuple[float, NDArray[np.float64] | None]:
    """Return the depth of the mass, and depth, score and hit of each mark."""
    scan = scan_of_example(example)
    scan.projection = view
    analysis = analyse(scan)
    (outline,) = example.outlines
    left, top, right, bottom = outline.box
    mass = _depth(analysis, (left + right) / 2, (top + bottom) / 2)
    name = f"{example.source}.{example.name}.npz"
    file = next((folder / name for folder in folders if (folder / name).exists()), None)
    if file is None or bundle.scores is None:
        return mass, None
    with np.load(file) as held:
        kept = {key: held[key] for key in held.files}
    best, logits = ranked(bundle, one_path.kept_candidates(kept))
    places, lesion = (np.asarray(one_path.joined(kept, key)[best], np.float64) for key in ("places", "lesion"))
    scores = bundle.scores.frequencies(logits)[:, 0]
    depths = [_depth(analysis, column, row) for column, row in places]
    return mass, np.stack([np.array(depths, float), scores, lesion >= 0], 1).reshape(-1, 3)


def _depth(analysis: ScanAnalysis, column: float, row: float) -> float:
    """Return the depth of a scan point behind the nipple, mm. Raises MammoviewError without a nipple."""
    position = breast_position(analysis, column, row)
    if position is None:
        raise MammoviewError("no nipple was found", "Leave the view out", analysis.scan.path)
    return position.behind_nipple(analysis.scan.projection is Projection.MLO)


def rows(found: Sequence[BreastMarks], thresholds: Sequence[float]) -> list[tuple[str, float, float, float, int]]:
    """Return what is measured: words, value, its 95 % interval (bootstrap over breasts), n.

    `thresholds` are the least scores at each of `FALSE_MARK_BUDGETS`.
    """
    rng = np.random.default_rng(0)
    masses = np.array([one.mass for one in found])
    apart = np.abs(masses[:, 0] - masses[:, 1])
    others = np.abs(masses[:, :1] - masses[:, 1])[~np.eye(len(masses), dtype=bool)]
    drawn = rng.integers(0, len(apart), (BOOTSTRAPS, len(apart)))
    within = f"within {TOLERANCE_MM:g} mm"
    lines = [
        ("one mass in both views: median difference of depth, mm", *_estimate(apart, np.median, drawn), len(apart)),
        ("the same: 90 %, mm", *_estimate(apart, lambda a, axis=None: np.quantile(a, 0.9, axis), drawn), len(apart)),
        (f"the same: {within}", *_estimate(apart <= TOLERANCE_MM, np.mean, drawn), len(apart)),
        (f"masses of two women: {within}", *3 * (float((others <= TOLERANCE_MM).mean()),), len(others)),
    ]
    read = [one.marks for one in found if one.marks is not None]
    shifted = [(cc, mlo) for (cc, _), (_, mlo) in zip(read, read[1:] + read[:1], strict=True)]
    for budget, least in zip(FALSE_MARK_BUDGETS, thresholds, strict=True):
        counts = np.array([_counted(cc[cc[:, 1] >= least], mlo[mlo[:, 1] >= least]) for cc, mlo in read]).reshape(-1, 2)
        made = counts[:, 0].sum()
        if made:
            sums = counts[rng.integers(0, len(counts), (BOOTSTRAPS, len(counts)))].sum(1)
            low, high = np.nanquantile(sums[:, 1] / np.maximum(sums[:, 0], 1), [0.025, 0.975])
            text = f"pairs of marks at {budget:g} false marks per normal view: share that are one mass"
            lines.append((text, float(counts[:, 1].sum() / made), float(low), float(high), int(made)))
            chance = sum(_counted(cc[cc[:, 1] >= least], mlo[mlo[:, 1] >= least])[0] for cc, mlo in shifted)
            text = f"the same between marks of two women: pairs made, of {made} in one"
            lines.append((text, *3 * (float(chance),), len(shifted)))
    return lines


def _counted(cc: NDArray[np.float64], mlo: NDArray[np.float64]) -> tuple[int, int]:
    """Return how many pairs are made between marks, and how many of them hit the mass in both views."""
    made = counted_pairs(cc, mlo)
    return len(made), sum(both for _i, _j, both in made)


def _estimate(values: NDArray[np.generic], statistic: object, drawn: NDArray[np.intp]) -> tuple[float, float, float]:
    """Return a statistic and its interval."""
    assert callable(statistic)
    low, high = np.quantile(statistic(values[drawn], axis=1), [0.025, 0.975])
    return float(statistic(values)), float(low), float(high)


def write(data: Path, folders: Sequence[Path], bundle: ModelBundle, file: Path) -> None:
    """Write the table."""
    curve = bundle.curves.findings
    thresholds = [0.0 if curve is None else curve.threshold_at(budget) for budget in FALSE_MARK_BUDGETS]
    lines = rows(list(breasts(data, folders, bundle)), thresholds)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        writer.writerow(("what", "value", "low", "high", "n"))
        writer.writerows((what, f"{value:.3f}", f"{low:.3f}", f"{high:.3f}", n) for what, value, low, high, n in lines)
