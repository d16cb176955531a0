"""Pairs of CC and MLO marks of each breast, set against its outlines; made of the tables alone.

A pair is made as the window makes it (`mammoview.assess.results.mark_pairs`), of the marks that are listed at first.
It is **one lesion** where both its marks hit one and the breast has exactly one lesion in each projection; which of
several lesions of two views are the same is not in the data, and such a pair is neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.mark_pairs import TOLERANCE_MM, likely_pairs
from mammoview.core.tables import FLAG, NUMBER, TEXT, WHOLE, Column, Row
from mammoview.display.breast_position import BreastPosition, clock_hour
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_page import ReportPart, ends
from mammoview.evaluation.figures import DRAWS, CountedViews, Figure
from mammoview.evaluation.statistics import in_order, mean, ratio
from mammoview.study.scan import Laterality, Projection

_SIDES = {"cc": Projection.CC, "mlo": Projection.MLO}
COLUMNS = (
    *(
        Column(name, TEXT, about)
        for name, about in (
            ("patient", "code of the patient"),
            ("study", "code of the study"),
            ("breast", "R or L"),
        )
    ),
    Column("pair", WHOLE, "number in the breast by the product of the scores, from 1"),
    *(
        Column(f"{side}_{name}", type, f"{about} in {projection}")
        for side, projection in _SIDES.items()
        for name, type, about in (
            ("view_code", TEXT, "code of the picture"),
            ("mark_id", TEXT, "the mark"),
            ("score", NUMBER, "its score"),
            ("behind_nipple_mm", NUMBER, "its depth behind the nipple"),
            ("from_nipple_mm", NUMBER, "its distance from the nipple"),
            ("hit", FLAG, "whether it hits a lesion"),
            ("lesion_id", TEXT, "the lesion that it hits"),
        )
    ),
    Column("difference_mm", NUMBER, f"between the depths, up to {TOLERANCE_MM:g}"),
    Column("clock_hour", WHOLE, "1 to 12 as the breast faces the reader; missing close behind the nipple"),
    Column("both_hit", FLAG, "whether both marks hit a lesion"),
    Column("one_lesion", FLAG, "whether they hit one lesion; missing where the breast has several in a projection"),
)
"""Columns of pairs.csv: one row for each pair."""
Breast = tuple[str, str, str]
"""Patient, study and side."""


def counted_pairs(craniocaudal: NDArray[np.float64], oblique: NDArray[np.float64]) -> list[tuple[int, int, bool]]:
    """Pair marks of two views, and return which pairs hit in both.

    Parameters
    ----------
    craniocaudal, oblique
        Depth behind the nipple (mm), score and whether it hits of each mark, float64 (N, 3).

    Returns
    -------
    Index in `craniocaudal` and in `oblique`, and whether both marks hit.
    """
    in_cc, in_mlo = ([(depth, score) for depth, score in view[:, :2].tolist()] for view in (craniocaudal, oblique))
    made = likely_pairs(in_cc, in_mlo, TOLERANCE_MM)
    return [(i, j, bool(craniocaudal[i, 2] and oblique[j, 2])) for i, j in made]


def breasts_of_pairs(evaluation: Evaluation) -> dict[Breast, bool | None]:
    """Return the breasts of which CC and MLO count: True with one lesion in both, False with none, None with others."""
    lesions: dict[tuple[Breast, str], int] = defaultdict(int)
    views = CountedViews.of(evaluation).rows
    projections: dict[Breast, set[str]] = defaultdict(set)
    for view in views:
        if view["breast"]:
            projections[_breast(view)].add(view["projection"])
            lesions[_breast(view), view["projection"]] += view["lesions"]
    found: dict[Breast, bool | None] = {}
    for breast, of in projections.items():
        if of.issuperset(_SIDES.values()):
            numbers = {lesions[breast, projection] for projection in _SIDES.values()}
            found[breast] = {frozenset({0}): False, frozenset({1}): True}.get(frozenset(numbers))
    return found


def pair_rows(evaluation: Evaluation) -> list[Row]:
    """Return a row for each pair of listed marks of every breast of which both projections count."""
    marks: dict[tuple[Breast, str], list[Row]] = defaultdict(list)
    codes = {view["view_code"] for view in CountedViews.of(evaluation).rows}
    for mark in evaluation.marks:
        if mark["listed"] and mark["inward_mm"] is not None and mark["view_code"] in codes:
            marks[_breast(mark), mark["projection"]].append(mark)
    rows = []
    for breast, lesions in breasts_of_pairs(evaluation).items():
        views = [marks[breast, projection] for projection in _SIDES.values()]
        places = [[BreastPosition(mark["inward_mm"], mark["up_mm"]) for mark in of] for of in views]
        depths = [[place.behind_nipple(side == "mlo") for place in of] for side, of in zip(_SIDES, places, strict=True)]
        arrays = [
            np.array([(depth, mark["score"], mark["hit"]) for depth, mark in zip(of, mine, strict=True)], np.float64)
            for of, mine in zip(depths, views, strict=True)
        ]
        for number, (i, j, both) in enumerate(counted_pairs(*(array.reshape(-1, 3) for array in arrays)), 1):
            row: Row = dict(zip(("patient", "study", "breast"), breast, strict=True)) | {"pair": number}
            for side, mine, place, depth in zip(_SIDES, views, places, depths, strict=True):
                k = i if side == "cc" else j
                mark_values = {name: mine[k][name] for name in ("view_code", "mark_id", "score", "hit", "lesion_id")}
                mark_values |= {"behind_nipple_mm": depth[k], "from_nipple_mm": place[k].from_nipple}
                row |= {f"{side}_{name}": value for name, value in mark_values.items()}
            rows.append(
                row
                | {
                    "difference_mm": abs(depths[0][i] - depths[1][j]),
                    "clock_hour": clock_hour(Laterality(breast[2]), places[0][i], places[1][j]),
                    "both_hit": both,
                    "one_lesion": None if both and lesions is None else both,
                }
            )
    return rows


def _breast(row: Row) -> Breast:
    return row["patient"], row["study"], row["breast"]


def pair_figures(evaluation: Evaluation, rows: Sequence[Row], draws: int = DRAWS) -> list[Figure]:
    """Return how many pairs there are, how many of them hit, and of which lesions; those without cases are left out."""
    breasts = breasts_of_pairs(evaluation)
    of_breast: dict[Breast, list[Row]] = defaultdict(list)
    for row in rows:
        of_breast[_breast(row)].append(row)
    figures = [
        _mean("pairs per breast", "breasts with CC and MLO", list(breasts), [len(of_breast[b]) for b in breasts], draws)
    ]
    normal = [breast for breast, lesions in breasts.items() if lesions is False]
    false = [len(of_breast[breast]) for breast in normal]
    figures.append(_mean("pairs per breast", "breasts without a lesion", normal, false, draws))
    hit = [float(row["both_hit"]) for row in rows]
    figures.append(_mean("both marks hit a lesion", "pairs", [_breast(row) for row in rows], hit, draws))
    single = [breast for breast, lesions in breasts.items() if lesions]
    subset = "breasts with one lesion in both views"
    one = [sum(row["both_hit"] for row in of_breast[breast]) for breast in single]
    made = [len(of_breast[breast]) for breast in single]
    if sum(made):
        groups = in_order([breast[0] for breast in single])
        share = ratio(np.array(one, np.float64), np.array(made, np.float64), groups, draws)
        figures.append(Figure("pairs", "pairs that are one lesion", subset, share))
    figures.append(_mean("breasts with a pair on the lesion", subset, single, [float(n > 0) for n in one], draws))
    right = [row for row in rows if row["both_hit"] and breasts[_breast(row)]]
    apart = [row["difference_mm"] for row in right]
    figures.append(_mean("difference of depth of one lesion, mm", "pairs", [_breast(r) for r in right], apart, draws))
    return [figure for figure in figures if figure is not None]


def _mean(name: str, subset: str, of: Sequence[Breast], values: Sequence[float], draws: int) -> Figure | None:
    if not of:
        return None
    groups = in_order([breast[0] for breast in of])
    estimate = mean(np.array(values, np.float64), groups, draws)
    return Figure("pairs", name, subset, replace(estimate, n=len(of)))


def report_part(figures: Sequence[Figure]) -> ReportPart:
    """Return the part of the report about pairs."""
    note = (
        f"Marks of CC and MLO that are listed at first and lie equally deep behind the nipple, to {TOLERANCE_MM:g} mm; "
        "each has one partner at most. Breasts of which both projections count. A pair is a hint, never a proof. Which "
        "of several lesions of two views are the same is not in the data: pairs are counted as one lesion where "
        "the breast has one in each. pairs.csv has a row for each pair."
    )
    rows = [(f.name, f.subset, f"{f.estimate.value:.3f}", ends(f.estimate), f.estimate.n) for f in figures]
    return ReportPart("Pairs of CC and MLO", note, ("figure", "on", "value", "95 % interval", "n"), rows)
