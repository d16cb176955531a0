"""`python -m training rescorer-seeds`: two trainings of a re-scorer, several seeds of each, paired over patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.lesion_categories import density_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, bootstrap, mean
from training.experiments.detection import Scored, scored_of
from training.experiments.detection_figures import (
    DRAWS,
    RATES,
    combined,
    false_on_normals,
    marks_of,
    subsets,
    write,
)


@dataclass(frozen=True)
class List:
    """What one re-scorer lists on all mammograms.

    Parameters
    ----------
    masses, mias
        Free response on the views of CBIS masses, and of mini-MIAS.
    false
        False marks of each mammogram at the threshold that finds .70 of the other folds' masses, float64 (N,).
    """

    masses: FreeResponse
    mias: FreeResponse
    false: NDArray[np.float64]


def _list(scored: Sequence[Scored], marks: list[CandidateMarks]) -> List:
    """Return what is listed with these scores."""
    source = [s.found.member.source for s in scored]
    folds = np.array([s.found.member.fold for s in scored])

    def of(name: str) -> FreeResponse:
        return FreeResponse([m for m, s in zip(marks, source, strict=True) if s == name])

    masses = np.array([s == "cbis_masses" for s in source])
    return List(of("cbis_masses"), of("mini_mias"), false_on_normals(marks, folds, masses))


def _order(scored: Sequence[Scored]) -> list[tuple[str, str]]:
    """Return which mammograms these are."""
    return [(s.found.member.source, s.found.member.name) for s in scored]


def _hit(lists: Sequence[List], of: str) -> NDArray[np.float64]:
    """Return the share of lists that hit each finding at one false mark per image, float64 (findings,)."""
    found: list[FreeResponse] = [getattr(one, of) for one in lists]
    return np.mean([r.lesion_best > r.threshold(1.0) for r in found], axis=0)


def differences(
    scored: Sequence[Scored], ones: Sequence[list[CandidateMarks]], twos: Sequence[list[CandidateMarks]]
) -> Iterator[tuple[str, Estimate]]:
    """Yield name and figure of the mean of some lists minus that of others, the same women drawn for all.

    `scored` are the mammograms of each list, in its order.
    """
    first, second = ([_list(scored, marks) for marks in lists] for lists in (ones, twos))
    masses = first[0].masses

    for rate in RATES:

        def change(w: NDArray[np.float64], rate: float = rate) -> float:
            one, two = (np.mean([x.masses.sensitivity(rate, w) for x in lists]) for lists in (first, second))
            return float(one - two)

        figure = replace(bootstrap(change, masses.groups, DRAWS), n=len(masses.lesion_best))
        yield f"CBIS masses: TPR at {rate:g} FP/image", figure
    members = [s.found.member for s in scored]
    groups = np.array([m.group for m in members])
    normal = np.array([not m.findings for m in members])
    mias = np.array([m.source == "mini_mias" for m in members])
    dense = np.array([density_of(m.facts) == "D" for m in members])
    false = np.mean([x.false for x in first], axis=0) - np.mean([x.false for x in second], axis=0)
    for of, keep in (("all sets", normal), ("mini-MIAS", normal & mias), ("mini-MIAS D", normal & mias & dense)):
        if keep.any():
            yield f"false marks per normal view at TPR .70, {of}", mean(false[keep], groups[keep], DRAWS)
    hit = _hit(first, "masses") - _hit(second, "masses")
    women = masses.groups[masses.lesion_image]
    for kind, keep in subsets([s for s in scored if s.found.member.source == "cbis_masses"]).items():
        if keep.any():
            yield f"CBIS masses {kind}: hit at 1 FP/image", mean(hit[keep], women[keep], DRAWS)
    of_mias = first[0].mias
    if len(of_mias.lesion_best):
        hit = _hit(first, "mias") - _hit(second, "mias")
        yield "mini-MIAS, all findings hit at 1 FP/image", mean(hit, of_mias.groups[of_mias.lesion_image], DRAWS)


def run(runs: Path, names: Sequence[str], against: Sequence[str], file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of all seeds together and, of several, of each pair; returns its rows.

    Parameters
    ----------
    names, against
        What candidates of the sum were scored under by re-scorers of either way.

    Raises
    ------
    MammoviewError
        When nothing is scored under a name, or not the same mammograms under all.
    """
    kept = {name: scored_of(runs, name, "sum") for name in (*names, *against)}
    scored = kept[names[0]]
    for name, of in kept.items():
        if _order(of) != _order(scored):
            raise MammoviewError(f"{name} and {names[0]} are not of the same mammograms", "Score the same folds")
    marks = {name: marks_of(of, combined(of, (0, 1, 2))) for name, of in kept.items()}
    pairs = [([one], [two]) for one in names for two in against] if len(names) + len(against) > 2 else []
    rows = []
    for ones, twos in [(list(names), list(against)), *pairs]:
        title = f"{', '.join(ones)} minus {', '.join(twos)}"
        found = differences(scored, [marks[name] for name in ones], [marks[name] for name in twos])
        rows += [(title, figure, value) for figure, value in found]
    folds = sorted({s.found.member.fold for s in scored})
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient", file)
    return rows
