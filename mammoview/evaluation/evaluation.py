"""All pictures of an evaluation together: the five tables, what counts, and lines about what does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mammoview.core.tables import Row
from mammoview.evaluation.evaluation_tables import RATES, TABLES, filled, part, read_table, write_table
from mammoview.evaluation.lesion_categories import pathology_of_all
from mammoview.evaluation.results import (
    ASSESSED,
    FAILED,
    FINDING,
    NORMAL,
    UNPLACED,
    ScanResult,
    ViewRows,
    rows_of,
)
from mammoview.evaluation.statistics import FreeResponse
from mammoview.study.outline_sources import Truth

_OF_SUMMARY = ("density", "data_set", "manufacturer", "scanner", "spacing_source")


@dataclass(frozen=True)
class Evaluation:
    """Rows of the five tables.

    Parameters
    ----------
    lesions, marks, views, breasts, patients
        As `mammoview.evaluation.evaluation_tables` describes them. Lesions and marks are those of the views that count.
    by
        DICOM keywords that are further columns.
    """

    lesions: list[Row]
    marks: list[Row]
    views: list[Row]
    breasts: list[Row]
    patients: list[Row]
    by: tuple[str, ...] = ()

    def write(self, folder: Path) -> list[Path]:
        """Write the tables into a folder; returns their paths. Raises MammoviewError."""
        return [file for table in TABLES for file in write_table(folder, table, getattr(self, table), self.by)]

    @classmethod
    def read(cls, folder: Path) -> Evaluation:
        """Read the tables of a folder. Raises UnreadableError."""
        rows = {table: read_table(folder, table) for table in TABLES}
        known = {column.name for column in TABLES["views"]}
        further = tuple(name for name in (rows["views"][0] if rows["views"] else ()) if name not in known)
        return cls(**rows, by=further)


def evaluation_of(
    results: Iterable[ScanResult], truth: Truth = Truth.OTHERS, by: Sequence[str] = ()
) -> tuple[Evaluation, list[str]]:
    """Set results against outlines; returns the tables, and one line for each thing that is not as it should be.

    Parameters
    ----------
    results
        Of every picture, in order.
    truth
        Whose outlines count.
    by
        DICOM keywords of their attributes.
    """
    views = _without_duplicates([rows_of(result, truth) for result in results])
    counted = [view for view in views if view.counts]
    _tell_rates(counted)
    known = [view for view in views if not view.view.get("duplicate_of")]
    lines = [note for view in views for note in view.notes] + _lines(views)
    rows = {
        "lesions": [row for view in counted for row in view.lesions],
        "marks": [row for view in counted for row in view.marks],
        "views": [view.view for view in views],
        "breasts": _summaries(known, ("patient", "study", "breast"), by),
        "patients": _summaries(known, ("patient",), by),
    }
    for table in ("breasts", "patients"):
        lost = sum(row["views"] > 0 and row["score"] is None for row in rows[table])
        if lost:
            lines.append(f"{lost} {table} have a finding only on views that could not be assessed, and no score")
    whole = {table: filled(table, of, by) for table, of in rows.items()}
    return Evaluation(**whole, by=tuple(by)), lines


_COUNTED_FIRST = (FINDING, UNPLACED, NORMAL)
"""Which of several copies of a picture counts: a copy without its outlines would count as normal."""


def _without_duplicates(views: Sequence[ViewRows]) -> list[ViewRows]:
    """Note of each view whose pixels a counted one has which that is: the first with a finding, else the first."""
    copies: dict[str, list[ViewRows]] = defaultdict(list)
    for view in views:
        if view.view["state"] == ASSESSED:
            copies[view.view["pixels"]].append(view)
    kept = {pixels: min(of, key=lambda v: _COUNTED_FIRST.index(v.view["label"])) for pixels, of in copies.items()}
    found = []
    for view in views:
        other = kept[view.view["pixels"]] if view.view["state"] == ASSESSED else view
        if other is view:
            found.append(view)
            continue
        codes = view.view["view_code"], other.view["view_code"]
        more = "" if view.view["content"] == other.view["content"] else ", with other outlines"
        note = f"{codes[0]} has the pixels of {codes[1]}{more}, and is not counted again"
        of = {**view.view, "duplicate_of": codes[1]}
        found.append(replace(view, view=of, notes=(*view.notes, note)))
    return found


def _tell_rates(views: Sequence[ViewRows]) -> None:
    """Enter into the rows of lesions which are hit at each number of false marks per image in these data."""
    if not views:
        return
    response = FreeResponse(views)
    for rate in RATES:
        threshold = response.threshold(rate)
        for view in views:
            for row, best in zip(view.lesions, view.best, strict=True):
                row[f"hit_fp_{part(rate)}"] = bool(best > threshold)


def _lines(views: Sequence[ViewRows]) -> list[str]:
    """Return lines about views that failed or have no place, side or spacing, and about mixed spacings."""
    lines = [f"{v.view['view_code']} is not counted: {v.view['reason']}" for v in views if v.view["state"] == FAILED]
    unplaced = sum(view.view["label"] == UNPLACED for view in views)
    if unplaced:
        lines.append(
            f"{unplaced} views have a finding whose place is not known, or outlines that do not count (--truth), "
            "and are left out of the figures"
        )
    assumed = sum(view.counts and view.assumed_normal for view in views)
    if assumed:
        lines.append(
            f"{assumed} views have no outlines, and their data do not say that they are normal: they count as normal"
        )
    unknown = [view for view in views if view.view["spacing_mm"] is None]
    if unknown:
        lines.append(
            f"{len(unknown)} views have no known spacing: a hit is taken at 0.05 mm per pixel, and sizes are missing"
        )
    sources = Counter(view.view["spacing_source"] for view in views)
    if len(sources) > 1:
        by_source = ", ".join(f"{n} {source}" for source, n in sources.most_common())
        lines.append(f"spacings come from several sources ({by_source}): figures by spacing_source stand apart")
    without_side = sum(not view.view["breast"] for view in views)
    if without_side:
        lines.append(f"{without_side} views have no side: those of one study count as one breast")
    return lines


def _summaries(views: Sequence[ViewRows], names: tuple[str, ...], by: Sequence[str]) -> list[Row]:
    """Return one row for each group of views that have these columns in common."""
    groups: dict[tuple[str, ...], list[ViewRows]] = defaultdict(list)
    for view in views:
        groups[tuple(view.view[name] for name in names)].append(view)
    return [_summary(dict(zip(names, key, strict=True)), of, by) for key, of in groups.items()]


def _summary(row: Row, views: Sequence[ViewRows], by: Sequence[str]) -> Row:
    assessed = [view.view for view in views if view.view["state"] == ASSESSED]
    lesions = [lesion for view in views for lesion in view.lesions]
    finding = _finding([view.view for view in views])
    # The score of a normal view does not replace that of a lesion on another view that failed.
    scored = bool(assessed) and _finding(assessed) == finding
    if "study" not in row:
        row["studies"] = len({view.view["study"] for view in views})
    hit = any(lesion["hit_listed"] for lesion in lesions)
    return {
        **row,
        "views": len(assessed),
        "lesions": sum(view.view["lesions"] for view in views),
        **finding,
        "score": float(np.max([view["score"] for view in assessed])) if scored else None,
        "hit_listed": hit if lesions else None,
        **{name: _one([view.view[name] for view in views]) for name in ("spacing_mm", "column_spacing_mm")},
        **{name: _one([view.view[name] for view in views]) or "" for name in (*_OF_SUMMARY, *by)},
    }


def _finding(views: Sequence[Row]) -> Row:
    """Return label and pathology of some views together."""
    labels = {view["label"] for view in views}
    words = {view["pathology"] for view in views} - {""}
    return {
        "label": next(label for label in (FINDING, UNPLACED, NORMAL) if label in labels),
        "pathology": pathology_of_all(words),
    }


def _one(values: Sequence[object]) -> object:
    """Return what all values are; None where they differ."""
    return values[0] if len(set(values)) == 1 else None
