"""Figures of an evaluation, each with its 95 % interval by a bootstrap over patients and its n. From the tables alone.

* **FROC**: lesions hit at 1/8 to 4 false marks per image, over all views that count and over normal views alone. The
  CPM is the mean at 1/8, 1/4, 1/2, 1, 2, 4 and 8 (LUNA16). Beyond the last mark of the list the curve is flat.
* **AFROC**: lesions hit against normal views with a false mark, at every threshold; its area is the probability that
  the best mark on a lesion scores above the highest mark of a normal view.
* **ROC**: highest score of a view, a breast or a patient, with a finding against normal; and malignant against all
  others whose pathology is stated.
* **Localisation**: whether the highest mark, or the highest cell of a map, lies on a lesion (pointing game); overlap of
  the heatmap from its threshold on, by the kind of outline.
* **Calibration**: score of a mark against the share of marks that hit a lesion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mammoview.core.tables import NUMBER, TEXT, WHOLE, Column, Row
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_tables import RATES, part
from mammoview.evaluation.lesion_categories import MALIGNANT, NOT_STATED, SIZES, size_class
from mammoview.evaluation.results import FINDING, NORMAL, UNPLACED, counts
from mammoview.evaluation.statistics import RATES as CPM_RATES
from mammoview.evaluation.statistics import (
    Estimate,
    FreeResponse,
    auc,
    bootstrap,
    bootstrap_each,
    brier,
    calibration_error,
    in_order,
    mean,
)

DRAWS = 1000
"""Draws of patients for every interval."""
OF_LESIONS = ("kind", "pathology", "subtlety", "size", "outline_kind", "drawn_by")
OF_VIEWS = ("density", "projection", "breast", "data_set", "manufacturer", "scanner", "spacing_source")
COLUMN_WORDS = {
    "outline_kind": "outline:",
    "drawn_by": "drawn by",
    "data_set": "data set",
    "spacing_source": "spacing:",
}
"""Words of the page in the place of names of columns that are no words."""
SUBSET_POINTS = (("list", "hit_listed"), *((f"{r:g} FP/image", f"hit_fp_{part(r)}") for r in (0.5, 1.0, 2.0)))
"""Operating points at which subsets are reported, with the columns of lesions."""
MOST_VALUES = 12
"""Most values of a column by which figures are split; numbers beyond are quarters, the rarest texts "others"."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
COLUMNS = (
    *(Column(name, TEXT, about) for name, about in (("figure", "what it is"), ("name", "of"), ("subset", "on"))),
    *(Column(name, NUMBER, about) for name, about in (("value", "value"), ("low", "2.5 %"), ("high", "97.5 %"))),
    Column("n", WHOLE, "number of cases it rests on"),
)
"""Columns of figures.csv."""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Parameters
    ----------
    figure, name, subset
        What it is, of what, and on which cases, such as "FROC", "TPR at 1 FP/image", "all".
    estimate
        Value, interval and n.
    """

    figure: str
    name: str
    subset: str
    estimate: Estimate

    @property
    def subset_words(self) -> str:
        """The cases for a reader of the page: words in the place of the name of a column."""
        column, _, value = self.subset.partition(" ")
        return f"{COLUMN_WORDS[column]} {value}" if column in COLUMN_WORDS else self.subset

    @property
    def row(self) -> Row:
        """Row of figures.csv."""
        e = self.estimate
        names = {"figure": self.figure, "name": self.name, "subset": self.subset}
        return {**names, "value": e.value, "low": e.low, "high": e.high, "n": e.n}


@dataclass(frozen=True)
class ScoredView:
    """Best score on each lesion of a view, and scores of its false marks (`statistics.ViewMarks`)."""

    group: str
    best: NDArray[np.float64]
    false: NDArray[np.float64]


@dataclass(frozen=True)
class CountedViews:
    """The views of an evaluation that count, in the order of their rows, with arrays for the statistics."""

    evaluation: Evaluation
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, evaluation: Evaluation) -> CountedViews:
        """Return the views that `counts`."""
        return cls(evaluation, [v for v in evaluation.views if counts(v)])

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """Patient of each."""
        return in_order([row["patient"] for row in self.rows])

    @cached_property
    def normal(self) -> NDArray[np.bool_]:
        """Which are normal."""
        return np.array([row["label"] == NORMAL for row in self.rows], bool)

    @cached_property
    def lesions(self) -> list[Row]:
        """Lesions in the order of the views."""
        return [row for of in self._by_view(self.evaluation.lesions) for row in of]

    @cached_property
    def scored(self) -> list[ScoredView]:
        """Scores of each view's lesions and false marks."""
        lesions, marks = self._by_view(self.evaluation.lesions), self._by_view(self.evaluation.marks)
        return [
            ScoredView(
                str(group),
                np.array([-np.inf if lesion["score"] is None else lesion["score"] for lesion in mine], np.float64),
                np.array([mark["score"] for mark in of if not mark["hit"]], np.float64),
            )
            for group, mine, of in zip(self.groups, lesions, marks, strict=True)
        ]

    def _by_view(self, rows: Sequence[Row]) -> list[list[Row]]:
        found: dict[str, list[Row]] = {row["view_code"]: [] for row in self.rows}
        for row in rows:
            if row["view_code"] in found:
                found[row["view_code"]].append(row)
        return list(found.values())

    @cached_property
    def response(self) -> FreeResponse:
        """Free response over all of them."""
        return FreeResponse(self.scored)

    @cached_property
    def on_normals(self) -> FreeResponse:
        """Free response with the false marks of normal views."""
        return FreeResponse(self.scored, self.normal)

    @cached_property
    def highest_false(self) -> NDArray[np.float64]:
        """Highest score of the false marks of each, -inf for none."""
        return np.array([view.false.max(initial=-np.inf) for view in self.scored], np.float64)


def figures_of(evaluation: Evaluation, draws: int = DRAWS) -> list[Figure]:
    """Return all figures of an evaluation; those for which there are no cases are left out."""
    views = CountedViews.of(evaluation)
    return [
        *_froc(views, draws),
        *_roc(views, draws),
        *_localisation(views, draws),
        *_calibration(views, draws),
        *_subgroups(views, draws),
    ]


def _froc(views: CountedViews, draws: int) -> Iterator[Figure]:
    response, lesions = views.response, len(views.response.lesion_best)
    if len(views.rows):
        false = np.array([row["false_listed"] for row in views.rows], np.float64)
        yield Figure("list", "false marks per image of the list", "all", mean(false, views.groups, draws))
        if views.normal.any():
            found = mean(false[views.normal], views.groups[views.normal], draws)
            yield Figure("list", "false marks per normal view of the list", "normal views", found)
    if not lesions:
        return
    yield Figure("list", "lesions hit by the list", "all", _hit(views, "hit_listed", draws))
    for of, one in (("image", response), ("normal view", views.on_normals)):
        if not one.counted.any():
            continue
        rates = (*RATES, CPM_RATES[-1])
        estimates = bootstrap_each(sensitivities_of(one, rates), one.groups, draws)
        for rate, estimate in zip(RATES, estimates[: len(RATES)], strict=True):
            yield Figure("FROC", f"TPR at {rate:g} FP/{of}", "all", replace(estimate, n=lesions))
        yield Figure("FROC", f"CPM, FP/{of}", "all", replace(estimates[-1], n=lesions))
    if views.normal.any():
        labels, scores, groups = afroc_cases(views)
        yield Figure("AFROC", "area of the AFROC", "all", replace(auc(labels, scores, groups, draws), n=lesions))


def sensitivities_of(
    response: FreeResponse, rates: Sequence[float]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return sensitivities at some rates, then their mean, as a function of weights."""

    def statistic(w: NDArray[np.float64]) -> NDArray[np.float64]:
        if not w[response.counted].sum():
            raise ValueError("no view whose false marks count")
        found = response.sensitivities(rates, w)
        return np.append(found, found.mean())

    return statistic


def afroc_cases(views: CountedViews) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.str_]]:
    """Return lesions (True) and normal views (False) with their scores and patients, for the AFROC as a ROC curve."""
    response = views.response
    labels = np.repeat([True, False], [len(response.lesion_best), int(views.normal.sum())])
    scores = np.concatenate([response.lesion_best, views.highest_false[views.normal]])
    return labels, scores, np.concatenate([views.groups[response.lesion_image], views.groups[views.normal]])


Cases = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.str_]]


def roc_cases(rows: Sequence[Row], malignant: bool = False) -> Cases:
    """Return labels, scores and patients of views, breasts or patients.

    Labels are finding against normal, or malignant against all others whose pathology is stated.
    """
    kept = [row for row in rows if row["score"] is not None and row["label"] != UNPLACED]
    if malignant:
        kept = [row for row in kept if row["pathology"] != NOT_STATED]
    labels = [row["pathology"] == MALIGNANT if malignant else row["label"] == FINDING for row in kept]
    groups = in_order([row["patient"] for row in kept])
    return np.array(labels, bool), np.array([row["score"] for row in kept], np.float64), groups


def _roc(views: CountedViews, draws: int) -> Iterator[Figure]:
    for of, rows in units(views).items():
        for name, malignant in (("finding against normal", False), ("malignant against others", True)):
            labels, scores, groups = roc_cases(rows, malignant)
            if labels.any() and not labels.all():
                yield Figure("ROC", f"AUC per {of}, {name}", "all", auc(labels, scores, groups, draws))


def units(views: CountedViews) -> Mapping[str, Sequence[Row]]:
    """Return rows by what they are of: view, breast, patient."""
    return {"view": views.rows, "breast": views.evaluation.breasts, "patient": views.evaluation.patients}


def _localisation(views: CountedViews, draws: int) -> Iterator[Figure]:
    with_lesions = [row for row in views.rows if row["pointing"] is not None]
    groups = in_order([row["patient"] for row in with_lesions])
    for column, name in (
        ("pointing", "highest mark"),
        ("pointing_heatmap", "highest cell of the heatmap"),
        ("pointing_saliency", "highest cell of the saliency"),
    ):
        values = _numbers(with_lesions, column)
        if np.isfinite(values).any():
            yield Figure("localisation", f"{name} lies on a lesion", "views with lesions", mean(values, groups, draws))
    for kind in sorted({row["outline_kind"] for row in views.lesions}):
        rows = [row for row in views.lesions if row["outline_kind"] == kind]
        for column, name in (("iou", "IoU of the heatmap"), ("dice", "Dice of the heatmap")):
            values, groups = _numbers(rows, column), in_order([row["patient"] for row in rows])
            if np.isfinite(values).any():
                yield Figure("localisation", name, f"outline_kind {kind}", mean(values, groups, draws))


def calibration_cases(views: CountedViews) -> Cases:
    """Return whether each mark hits a lesion, its score, and its patient."""
    known = {row["view_code"] for row in views.rows}
    marks = [mark for mark in views.evaluation.marks if mark["view_code"] in known]
    labels = np.array([mark["hit"] for mark in marks], bool)
    return labels, np.array([mark["score"] for mark in marks], np.float64), in_order([m["patient"] for m in marks])


def _calibration(views: CountedViews, draws: int) -> Iterator[Figure]:
    labels, p, groups = calibration_cases(views)
    if not len(labels):
        return
    for name, measure in (("expected calibration error", calibration_error), ("Brier score", brier)):
        found = bootstrap(partial(measure, labels, p), groups, draws)
        yield Figure("calibration", name, "marks", found)


def _subgroups(views: CountedViews, draws: int) -> Iterator[Figure]:
    lesions = views.lesions
    for column in (*OF_LESIONS, *OF_VIEWS, *views.evaluation.by):
        for value, chosen in parts_of(column, lesions):
            for name, flag in SUBSET_POINTS:
                found = _hit(views, flag, draws, chosen)
                yield Figure("lesions hit by subset", f"TPR at {name}", f"{column} {value}", found)
    for column in (*OF_VIEWS, *views.evaluation.by):
        for value, chosen in parts_of(column, views.rows):
            rows = [views.rows[i] for i in chosen]
            groups, subset = views.groups[chosen], f"{column} {value}"
            false = _numbers(rows, "false_listed")
            found = mean(false, groups, draws)
            yield Figure("views by subset", "false marks per image of the list", subset, found)
            labels, scores, patients = roc_cases(rows)
            if labels.any() and not labels.all():
                found = auc(labels, scores, patients, draws)
                yield Figure("views by subset", "AUC per view, finding against normal", subset, found)


def parts_of(column: str, rows: Sequence[Row]) -> list[tuple[str, list[int]]]:
    """Return the values of a column with the indices of the rows that have them; none where all have the same.

    Numbers of more than `MOST_VALUES` values are parted into quarters; of texts the rarest are "others".
    """
    values = [_word(column, row) for row in rows]
    counted = Counter(values)
    if len(counted) < 2:
        return []
    if len(counted) > MOST_VALUES:
        values = _quarters(values) or [v if v in dict(counted.most_common(MOST_VALUES)) else "others" for v in values]
    places: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        places.setdefault(value, []).append(i)
    return sorted(places.items(), key=lambda part: _order(part[0]))


def _order(value: str) -> tuple[int, float, str]:
    """Sort key of a value: sizes as they grow, numbers by what they begin with, then texts."""
    sizes = [name for _largest, name in SIZES]
    if value in sizes:
        return 0, sizes.index(value), value
    number = _NUMBER.match(value)
    return (1, float(number[0]), value) if number else (2, 0.0, value)


def _word(column: str, row: Row) -> str:
    if column == "size":
        return NOT_STATED if row["size_mm"] is None else size_class(row["size_mm"])
    value = row[column]
    return NOT_STATED if value in (None, "") else str(value)


def _quarters(values: Sequence[str]) -> list[str]:
    """Return the quarter of each number; empty where they are not numbers."""
    try:
        numbers = np.array([np.nan if value == NOT_STATED else float(value) for value in values])
    except ValueError:
        return []
    edges = np.nanquantile(numbers, (0, 0.25, 0.5, 0.75, 1))
    place = np.clip(np.searchsorted(edges, numbers, "right") - 1, 0, 3)
    names = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [NOT_STATED if np.isnan(number) else names[k] for number, k in zip(numbers, place, strict=True)]


def _hit(views: CountedViews, flag: str, draws: int, chosen: Sequence[int] | None = None) -> Estimate:
    """Return the share of lesions, or of those of these indices, whose flag is set."""
    rows = views.lesions if chosen is None else [views.lesions[i] for i in chosen]
    groups = in_order([row["patient"] for row in rows])
    return mean(_numbers(rows, flag), groups, draws)


def _numbers(rows: Sequence[Row], column: str) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where missing."""
    return np.array([np.nan if row[column] is None else row[column] for row in rows], np.float64)
