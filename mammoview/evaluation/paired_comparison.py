"""Two evaluations of the same views against each other: paired statistics, and the lesions and marks that differ.

Views are paired by the hash of their pixels, and count where their outlines are the same in both. Differences are this
one minus the other: areas under the ROC curve by DeLong (cases count as independent) and by a paired bootstrap over
patients, sensitivities and areas of the AFROC by the bootstrap alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.hits_and_overlap import NOMINAL_MM, lone_marks
from mammoview.core.errors import MammoviewError
from mammoview.core.tables import NUMBER, TEXT, Column, Row
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_page import ReportPart, ends
from mammoview.evaluation.evaluation_tables import RATES
from mammoview.evaluation.figures import (
    DRAWS,
    CountedViews,
    Figure,
    afroc_cases,
    roc_cases,
    sensitivities_of,
)
from mammoview.evaluation.lesion_categories import EARLIER_NOT_STATED
from mammoview.evaluation.results import counts
from mammoview.evaluation.statistics import RATES as CPM_RATES
from mammoview.evaluation.statistics import auc_difference, bootstrap_each, delong

COLUMNS = (
    *(
        Column(name, TEXT, about)
        for name, about in (
            ("what", "lesion or false mark"),
            ("by", "which list has it: this or other"),
            ("patient", "code of the patient"),
            ("view_code", "code of the picture in this evaluation"),
            ("view", "such as L CC"),
            ("source", "file or code"),
            ("lesion_id", "key of a lesion, in both"),
            ("mark_id", "key of a false mark in the evaluation that has it"),
        )
    ),
    *(Column(name, TEXT, "of a lesion", earlier=EARLIER_NOT_STATED) for name in ("kind", "pathology")),
    *(
        Column(name, NUMBER, about)
        for name, about in (
            ("column", "place in scan pixels"),
            ("row", "place in scan pixels"),
            ("score", "of this evaluation: of the best mark on the lesion, or of the mark"),
            ("other_score", "of the other"),
        )
    ),
)
"""Columns of differences.csv: lesions that one list alone hits, and false marks that one list alone has."""
THIS, OTHER = "this", "other"


@dataclass(frozen=True)
class Comparison:
    """Two evaluations on the views that both count.

    Parameters
    ----------
    this, other
        Their tables, cut to the common views, in the same order.
    left_out
        Views of either that the other does not count, or counts with other outlines.
    """

    this: Evaluation
    other: Evaluation
    left_out: int


def check_truth(this: str, other: str) -> None:
    """Check that the same outlines count in two evaluations: the labels of views differ otherwise.

    Parameters
    ----------
    this, other
        Of each `Provenance.truth`.

    Raises
    ------
    MammoviewError
        When they do not.
    """
    if this != other:
        raise MammoviewError(
            f"outlines of {this} count in the one evaluation, and of {other} in the other",
            "Evaluate both with the same --truth",
        )


def paired(this: Evaluation, other: Evaluation) -> Comparison:
    """Cut two evaluations to the views that both count with the same outlines.

    Raises
    ------
    MammoviewError
        When there is no such view.
    """
    mine, theirs = ({v["pixels"]: v for v in one.views if counts(v)} for one in (this, other))
    common = [pixels for pixels, view in mine.items() if theirs.get(pixels, {}).get("content") == view["content"]]
    if not common:
        raise MammoviewError(
            "the two evaluations have no view with the same outlines in common", "Evaluate the same data with both"
        )
    patient = {theirs[pixels]["view_code"]: mine[pixels] for pixels in common}
    left_out = len(mine.keys() | theirs.keys()) - len(common)
    cut = [_cut(one, [views[pixels] for pixels in common]) for one, views in ((this, mine), (other, theirs))]
    # The codes of patients are those of this one: the other may have been made with another key.
    return Comparison(cut[0], _renamed(cut[1], patient), left_out)


def _cut(one: Evaluation, views: Sequence[Row]) -> Evaluation:
    codes = {view["view_code"] for view in views}
    lesions = [row for row in one.lesions if row["view_code"] in codes]
    marks = [row for row in one.marks if row["view_code"] in codes]
    return replace(one, lesions=lesions, marks=marks, views=list(views), breasts=[], patients=[])


def _renamed(one: Evaluation, views: dict[str, Row]) -> Evaluation:
    def of_this(row: Row) -> Row:
        view = views[row["view_code"]]
        return row | {name: view[name] for name in ("patient", "study", "view_code", "source")}

    lesions, marks = ([of_this(row) for row in rows] for rows in (one.lesions, one.marks))
    return replace(one, lesions=lesions, marks=marks, views=[of_this(row) for row in one.views])


def compare(comparison: Comparison, draws: int = DRAWS) -> list[Figure]:
    """Return figures of the differences, this minus other; those for which there are no cases are left out."""
    this, other = CountedViews.of(comparison.this), CountedViews.of(comparison.other)
    return [*_froc(this, other, draws), *_areas(this, other, draws)]


def _froc(this: CountedViews, other: CountedViews, draws: int) -> Iterator[Figure]:
    lesions = len(this.lesions)
    if not lesions:
        return
    rates = (*RATES, CPM_RATES[-1])
    one, two = (sensitivities_of(views.response, rates) for views in (this, other))
    estimates = bootstrap_each(lambda w: one(w) - two(w), this.groups, draws)
    names = [*(f"TPR at {rate:g} FP/image" for rate in RATES), "", "CPM, FP/image"]
    for name, estimate in zip(names, estimates, strict=True):
        if name:
            yield Figure("difference", name, "this minus other", replace(estimate, n=lesions))
    hits = [np.array([row["hit_listed"] for row in views.lesions], np.float64) for views in (this, other)]
    image = this.response.lesion_image

    def of_list(w: NDArray[np.float64]) -> NDArray[np.float64]:
        weights = w[image]
        if not weights.sum():
            raise ValueError("no lesion")
        return np.array([(weights * (hits[0] - hits[1])).sum() / weights.sum()])

    (found,) = bootstrap_each(of_list, this.groups, draws)
    yield Figure("difference", "lesions hit by the list", "this minus other", replace(found, n=lesions))
    if this.normal.any():
        found = auc_difference(afroc_cases(this), afroc_cases(other), draws)
        yield Figure("difference", "area of the AFROC", "this minus other", replace(found, n=lesions))


def _areas(this: CountedViews, other: CountedViews, draws: int) -> Iterator[Figure]:
    for name, malignant in (("finding against normal", False), ("malignant against others", True)):
        one, two = (roc_cases(views.rows, malignant) for views in (this, other))
        if one[0].any() and not one[0].all():
            figure = auc_difference(one, two, draws)
            yield Figure("difference", f"AUC per view, {name}", "this minus other, bootstrap", figure)
            difference, error, p = delong(one[0], one[1], two[1])
            if not np.isfinite(figure.low):  # one class is of one patient, though it may have several cases
                error = p = float("nan")
            ends = difference - 1.96 * error, difference + 1.96 * error
            of = replace(figure, value=difference, low=ends[0], high=ends[1])
            p_value = f"p = {p:.3g}" if np.isfinite(p) else "no p: too few patients or cases, or none that vary"
            yield Figure("difference", f"AUC per view, {name}", f"this minus other, DeLong, {p_value}", of)


def differences(comparison: Comparison) -> list[Row]:
    """Return the lesions that one list alone hits, and the false marks that one list alone has, as rows.

    A false mark is the other's as well where that has a listed mark within 9.6 mm.
    """
    this, other = comparison.this, comparison.other
    rows = []
    theirs = {row["lesion_id"]: row for row in other.lesions}
    for lesion in this.lesions:
        twin = theirs[lesion["lesion_id"]]
        if lesion["hit_listed"] != twin["hit_listed"]:
            rows.append(_row("lesion", THIS if lesion["hit_listed"] else OTHER, lesion, lesion["score"], twin["score"]))
    listed = [_listed(one) for one in (this, other)]
    for view, of_twin in zip(this.views, other.views, strict=True):
        code, mm = view["view_code"], _mm_per_px(view, of_twin)
        mine, of_other = (marks.get(code, []) for marks in listed)
        places, of_theirs = ([(mark["column"], mark["row"]) for mark in marks] for marks in (mine, of_other))
        alone = lone_marks(places, of_theirs, mm)
        for by, marks, lone in ((THIS, mine, alone[0]), (OTHER, of_other, alone[1])):
            for mark, is_lone in zip(marks, lone, strict=True):
                if is_lone and not mark["hit"]:
                    scores = (mark["score"], None) if by == THIS else (None, mark["score"])
                    rows.append(_row("false mark", by, mark, *scores))
    return rows


def _mm_per_px(view: Row, twin: Row) -> tuple[float, float]:
    """Return mm per pixel of a view across and down.

    A table of an earlier version has only those down a column: the other one's are taken across, or else the same.
    """
    down = view["spacing_mm"] or NOMINAL_MM
    return view["column_spacing_mm"] or twin["column_spacing_mm"] or down, down


def _listed(one: Evaluation) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for mark in one.marks:
        if mark["listed"]:
            found.setdefault(mark["view_code"], []).append(mark)
    return found


def _row(what: str, by: str, row: Row, score: float | None, other: float | None) -> Row:
    kept = {column.name: row.get(column.name, "") for column in COLUMNS if column.type is TEXT}
    place = {name: row[name] for name in ("column", "row")}
    lesion = row["lesion_id"] if what == "lesion" else ""
    return kept | place | {"what": what, "by": by, "lesion_id": lesion, "score": score, "other_score": other}


def report_part(comparison: Comparison, figures: Sequence[Figure], rows: Sequence[Row], other: str) -> ReportPart:
    """Return the part of the report; `other` names the other evaluation."""
    table: list[tuple[object, ...]] = [
        (f.name, f.subset, f"{f.estimate.value:+.3f}", ends(f.estimate, "+.3f"), f.estimate.n) for f in figures
    ]
    for what, by in product(("lesion", "false mark"), (THIS, OTHER)):
        number = sum(row["what"] == what and row["by"] == by for row in rows)
        table.append((f"{what}s of {by} list alone", "differences.csv", "", "", number))
    left = comparison.left_out
    more = f" {left} views are in one of them alone, or have other outlines." if left else ""
    note = (
        f"The other is {other}. {len(comparison.this.views)} views are in both, with the same outlines.{more} "
        "An interval that holds 0 does not show that there is a difference, nor that there is none."
    )
    return ReportPart("Against another evaluation", note, ("figure", "on", "difference", "95 % interval", "n"), table)
