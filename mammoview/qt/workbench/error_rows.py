"""Rows of the error browser: lesions and marks of an evaluation under the same columns, as arrays. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mammoview.evaluation.evaluation import Evaluation
    from mammoview.evaluation.evaluation_tables import Row

TEXTS = (
    "what", "models", "reader", "patient", "study", "view", "kind", "pathology", "data_set", "density", "scanner",
    "source",
)  # fmt: skip
NUMBERS = ("score", "rank", "size_mm", "near_miss_mm", "scales_spread", "folds_spread", "views_spread")
HIDDEN_TEXTS = ("key", "view_code")
HIDDEN_NUMBERS = ("column", "row", "left", "top", "right", "bottom", "reader_differs")
MISSED, FOUND, FALSE, HIT, NEAR = "missed lesion", "found lesion", "false mark", "hit", "near miss"
OTHER_FALSE = "false mark of the other"
READER_MISSED = "missed by the reader"
UNAIDED, AFTER_REVEAL = "found by the reader, unaided", "found by the reader, after the layers"
ACCEPTED, REJECTED = "accepted mark", "rejected mark"
THIS_ALONE, OTHER_ALONE = "this one alone", "the other alone"
"""Which of two models that were set against each other has a lesion or a false mark, where one alone has it."""
_THIS, _OTHER = "this", "other"
"""Of two evaluations, as differences.csv has it."""
NEAR_MM = 20.0
"""A false mark no farther from a lesion's box is a near miss."""
FAR = 0.5
"""Probabilities that differ by so much disagree."""


@dataclass(frozen=True, eq=False)
class ErrorRows:
    """Lesions and marks of an evaluation.

    Parameters
    ----------
    texts
        By name, object (N,) of str.
    numbers
        By name, float64 (N,); NaN where a number is not known.
    """

    texts: Mapping[str, NDArray[np.object_]]
    numbers: Mapping[str, NDArray[np.float64]]
    _codes: dict[str, tuple[NDArray[np.str_], NDArray[np.intp]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts["key"])

    @classmethod
    def of(cls, evaluation: Evaluation, differences: Sequence[Row] = (), readers: Sequence[Row] = ()) -> ErrorRows:
        """Return the lesions, then the marks that are listed or hit a lesion.

        `differences` are those from another evaluation (`paired_comparison.COLUMNS`); false marks that the other one
        alone has come next. What readers found and judged (`evaluation.readers.FINDING_COLUMNS`) comes last.
        """
        by = {(row["lesion_id"] or row["mark_id"]): row["by"] for row in differences if _is_here(row)}
        rows = [_lesion(row) for row in evaluation.lesions]
        rows += [_mark(row) for row in evaluation.marks if row["listed"] or row["hit"]]
        for row in rows:
            if row["key"] in by:
                row["models"] = THIS_ALONE if by[row["key"]] == _THIS else OTHER_ALONE
        rows += [_of_other(row) for row in differences if row["by"] == _OTHER and not _is_here(row)]
        rows += _of_readers(evaluation, readers)
        _spread_over_views(rows, evaluation.views)
        texts = {name: np.array([str(row.get(name) or "") for row in rows], object) for name in (*TEXTS, *HIDDEN_TEXTS)}
        numbers = {
            name: np.array([np.nan if row.get(name) is None else float(row[name]) for row in rows])
            for name in (*NUMBERS, *HIDDEN_NUMBERS)
        }
        return cls(texts, numbers)

    def order(self, name: str, descending: bool) -> NDArray[np.intp]:
        """Return the rows sorted by a column, those of which it is not known last; equal ones keep their order."""
        if name in self.numbers:
            values = self.numbers[name]
            return np.argsort(-values if descending else values, kind="stable")
        return order_of_texts(*self.coded(name), descending)

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Columns and rows of all, stored pixels, float64 (N, 2)."""
        return np.column_stack([self.numbers["column"], self.numbers["row"]])

    def prepare(self) -> None:
        """Make what sorting and filtering need of texts: some tenths of a second for many rows, for worker threads."""
        for name in TEXTS:
            self.coded(name)

    def coded(self, name: str) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        """Return the different texts of a column, sorted, and the number of its text for each row."""
        if name not in self._codes:
            known, index = np.unique(self.texts[name].astype(str), return_inverse=True)
            self._codes[name] = known, index
        return self._codes[name]

    def chosen(self, filter_name: str, words: str) -> NDArray[np.bool_]:
        """Return which rows a filter of `FILTERS` lets through and hold all words in one of their texts, any case."""
        kept = FILTERS[filter_name](self)
        for word in words.lower().split():
            holds = np.zeros(len(self), np.bool_)
            for name in TEXTS:
                known, index = self.coded(name)
                holds |= np.array([word in text.lower() for text in known], np.bool_)[index]
            kept = kept & holds
        return kept


def order_of_texts(known: NDArray[np.str_], rank: NDArray[np.intp], descending: bool) -> NDArray[np.intp]:
    """Return the rows sorted by a text, empty ones last; `known` and `rank` are those of `ErrorRows.coded`."""
    values = np.where((known == "")[rank], len(known), -rank if descending else rank)
    return np.argsort(values, kind="stable")


def _is(*what: str) -> Callable[[ErrorRows], NDArray[np.bool_]]:
    def chosen(rows: ErrorRows) -> NDArray[np.bool_]:
        known, index = rows.coded("what")
        return np.isin(known, what)[index]

    return chosen


def _differs(rows: ErrorRows) -> NDArray[np.bool_]:
    known, index = rows.coded("models")
    return (known != "")[index]


def _readers_differ(rows: ErrorRows) -> NDArray[np.bool_]:
    return rows.numbers["reader_differs"] == 1


def _far(name: str) -> Callable[[ErrorRows], NDArray[np.bool_]]:
    return lambda rows: np.nan_to_num(rows.numbers[name], nan=0.0) >= FAR


FILTERS: Mapping[str, Callable[[ErrorRows], NDArray[np.bool_]]] = {
    "all": lambda rows: np.ones(len(rows), np.bool_),
    "errors": _is(MISSED, FALSE, NEAR),
    "missed": _is(MISSED),
    "false": _is(FALSE, NEAR),
    "near": _is(NEAR),
    "found": _is(FOUND, HIT),
    "scales": _far("scales_spread"),
    "folds": _far("folds_spread"),
    "views": _far("views_spread"),
    "models": _differs,
    "reader_missed": _is(READER_MISSED),
    "reader_differs": _readers_differ,
}
"""Which rows are listed."""


def _lesion(row: Row) -> dict[str, Any]:
    return {
        **row,
        "key": row["lesion_id"],
        "what": FOUND if row["hit_listed"] else MISSED,
        "kind": row["kind"],
        "scales_spread": _spread(row[f"grid_{um}um_max"] for um in (100, 150, 200)),
    }


def _mark(row: Row) -> dict[str, Any]:
    near = row["near_miss_mm"]
    false = NEAR if near is not None and near <= NEAR_MM else FALSE
    return {
        **row,
        "key": row["mark_id"],
        "what": HIT if row["hit"] else false,
        "kind": "",
        "scales_spread": _spread((row["scales_low"], row["scales_high"])),
        "folds_spread": _spread((row["folds_low"], row["folds_high"])),
    }


def _is_here(row: Row) -> bool:
    """Whether a difference is about a row of this evaluation: all but the false marks of the other."""
    return bool(row["lesion_id"]) or row["by"] == _THIS


def _of_other(row: Row) -> dict[str, Any]:
    more = {"key": f"other {row['mark_id']}", "what": OTHER_FALSE, "models": OTHER_ALONE, "score": row["other_score"]}
    return {**row, "study": "", "breast": "", **more}


def _of_readers(evaluation: Evaluation, readers: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a row for each malignant lesion of a reader's breasts, and for each mark that a reader judged."""
    lesions = {row["lesion_id"]: row for row in evaluation.lesions} if readers else {}
    marks = {row["mark_id"]: row for row in evaluation.marks} if readers else {}
    found = []
    for judged in readers:
        if judged["lesion_id"] in lesions:
            row = _lesion(lesions[judged["lesion_id"]])
            what = (UNAIDED if judged["found_unaided"] else AFTER_REVEAL) if judged["found_final"] else READER_MISSED
            differs = judged["found_final"] != judged["model_hit"]
        elif judged["mark_id"] in marks:
            row, differs = _mark(marks[judged["mark_id"]]), not judged["accepted"]
            what = REJECTED if differs else ACCEPTED
        else:
            continue
        key = f"{judged['reader']} {row['key']}"
        found.append({**row, "key": key, "what": what, "reader": judged["reader"], "reader_differs": float(differs)})
    return found


def _spread(values: Any) -> float | None:  # noqa: ANN401
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) > 1 else None


def _spread_over_views(rows: list[dict[str, Any]], views: Sequence[Row]) -> None:
    """Enter into each row how much the best scores of the views of its breast differ, where there are several.

    A view without marks has 0; views that could not be assessed, and those with the pixels of another, do not count.
    """
    best: dict[tuple[str, str, str], list[float | None]] = {}
    for view in views:
        if view["breast"] and not view["duplicate_of"]:
            best.setdefault((view["patient"], view["study"], view["breast"]), []).append(view["score"])
    for row in rows:
        row["views_spread"] = _spread(best.get((row["patient"], row["study"], row["breast"]), ()))
