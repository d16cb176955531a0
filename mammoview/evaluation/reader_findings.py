"""What readers found, lesion by lesion: by the place of what they drew, or else by the category of the breast.

A lesion on a view on which nothing was drawn, of a breast without a category, is missed where the view was on the
screen; where it was not, the reader has not read it, and the lesion counts in no figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.hits_and_overlap import HIT_MARGIN_MM, NOMINAL_MM, on_boxes
from mammoview.core.tables import FLAG, NUMBER, TEXT, Column, Row
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.figures import DRAWS, Figure
from mammoview.evaluation.lesion_categories import MALIGNANT
from mammoview.evaluation.readers import Reader, figure_of, reader_rows, reports_of, share_of
from mammoview.evaluation.results import counts
from mammoview.records.reader_report import CONCURRENT, NEAR_PX, ReaderReport

FINDINGS = "reader_findings.csv"
"""Name of the table of `finding_rows`."""
FINDING_COLUMNS = (
    *(
        Column(name, TEXT, about)
        for name, about in (
            ("reader", "number of the reader, in the order given"),
            ("lesion_id", "key of a malignant lesion that the reader could find; else empty"),
            ("mark_id", "key of a mark that the reader judged; else empty"),
        )
    ),
    *(
        Column(name, TEXT, about, optional=True)
        for name, about in (
            ("view_code", "code of the picture; empty in tables of earlier versions"),
            ("unaided_by", "what found_unaided rests on: place, breast, or no report of a view that was on the screen"),
            ("final_by", "the same of found_final"),
        )
    ),
    *(
        Column(name, FLAG, about)
        for name, about in (
            ("found_unaided", "whether it was drawn, or its breast called positive, before the layers; else missing"),
            ("found_final", "the same in the end; missing where its view was neither on the screen nor reported on"),
            ("accepted", "whether the mark was accepted; missing for a lesion"),
            ("model_hit", "whether a mark that is listed hits the lesion; of a mark, whether it hits one"),
        )
    ),
    *(
        Column(name, FLAG, about, optional=True)
        for name, about in (
            ("drawn_unaided", "of what the reader drew on no lesion: whether before the layers; missing for the rest"),
            ("drawn_final", "the same: whether it was there in the end"),
        )
    ),
    *(
        Column(name, NUMBER, about, optional=True)
        for name, about in (
            ("column", "place of what the reader drew on no lesion, scan pixels; missing for the rest"),
            ("row", "the same"),
        )
    ),
)
"""Columns of reader_findings.csv.

What a reader drew is judged by its place, as marks are: a lesion is found where the centre of a drawing lies in its box
widened by 1.6 mm, and what hits no lesion is false. Where nothing was drawn on a view, the category of the breast
decides, so that all its malignant lesions count as found together. Without one they are missed where the view was on
the screen when the reader reported something of the study, and not counted where it was not.
"""
PLACE, BREAST, NO_REPORT = "place", "breast", "no report"
"""By what a lesion is found or missed: a drawing on its view, the category of its breast, or neither of them."""


def finding_rows(evaluation: Evaluation, readers: Sequence[Reader], model: str = "") -> list[Row]:
    """Return the malignant lesions that each reader could find, what each drew on no lesion, and the judged marks.

    `model` is as in `reader_rows`. Rows have the columns of `FINDING_COLUMNS`.
    """
    called = {(r["reader"], r["study"], r["breast"]): r for r in reader_rows(evaluation, readers, model)[0]}
    lesions: dict[str, list[Row]] = {}
    for lesion in evaluation.lesions:
        lesions.setdefault(lesion["view_code"], []).append(lesion)
    pixels = {view["view_code"]: view["pixels"] for view in evaluation.views}
    rows: list[Row] = []
    for reader in readers:
        reports = dict(reports_of(evaluation, reader))
        for view in evaluation.views:
            if view["study"] in reports and counts(view):
                of = called.get((reader.name, view["study"], view["breast"]), {})
                rows += _of_view(reader.name, view, lesions.get(view["view_code"], []), reports[view["study"]], of)
        for mark in evaluation.marks:
            report = reports.get(mark["study"])
            place = pixels[mark["view_code"]], mark["column"], mark["row"]
            verdict = None if report is None else report.verdict(*place, model)
            if verdict is not None:
                keys = {"reader": reader.name, "mark_id": mark["mark_id"], "view_code": mark["view_code"]}
                rows.append({**_NOTHING, **keys, "accepted": verdict.accepted, "model_hit": mark["hit"]})
    return rows


_NOTHING: Row = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}


def _of_view(reader: str, view: Row, lesions: Sequence[Row], report: ReaderReport, breast: Row) -> Iterator[Row]:
    """Yield the malignant lesions of a view, and what the reader drew on none; `breast` is its row of `COLUMNS`."""
    first, final = (_drawn(report, which, view["pixels"]) for which in ("first_places", "final_places"))
    boxes = [[lesion[side] for side in ("left", "top", "right", "bottom")] for lesion in lesions]
    down = view["spacing_mm"] or NOMINAL_MM
    margin = HIT_MARGIN_MM / (view["column_spacing_mm"] or down), HIT_MARGIN_MM / down
    on_first, on_final = (on_boxes(places, boxes, margin) for places in (first, final))
    unaided, unaided_by = _found(on_first, breast.get("first_positive"), view["pixels"] in report.first_seen)
    found, final_by = _found(on_final, breast.get("final_positive"), view["pixels"] in report.final_seen)
    if not final_by:
        found, final_by = unaided, unaided_by
    known = {"reader": reader, "view_code": view["view_code"]}
    for number, lesion in enumerate(lesions):
        if lesion["pathology"] == MALIGNANT:
            yield {
                **_NOTHING,
                **known,
                "lesion_id": lesion["lesion_id"],
                "found_unaided": unaided[number],
                "found_final": found[number],
                "unaided_by": unaided_by,
                "final_by": final_by,
                "model_hit": lesion["hit_listed"],
            }
    earlier, later = first[~np.any(on_first, 1)], final[~np.any(on_final, 1)]
    stays = (np.abs(later[:, None] - earlier) <= NEAR_PX).all(2)
    for place, kept in zip(earlier, np.any(stays, 0), strict=True):
        yield {**_NOTHING, **known, **_false(place, unaided=True, final=bool(kept))}
    for place, known_before in zip(later, np.any(stays, 1), strict=True):
        if not known_before:
            yield {**_NOTHING, **known, **_false(place, unaided=False, final=True)}


def _found(on: NDArray[np.bool_], positive: bool | None, seen: bool) -> tuple[list[bool | None], str]:
    """Return which lesions of a view are found, and by what.

    Parameters
    ----------
    on
        Whether each drawing lies on each lesion, bool (drawings, lesions).
    positive
        Whether the breast is called positive; None without a category.
    seen
        Whether the view was on the screen.

    Returns
    -------
    Of each lesion whether it is found, None where the view was not read; and `PLACE`, `BREAST`, `NO_REPORT` or "".
    """
    drawings, count = on.shape
    if drawings:
        return [bool(of.any()) for of in on.T], PLACE
    if positive is not None:
        return [positive] * count, BREAST
    return ([False] * count, NO_REPORT) if seen else ([None] * count, "")


def _false(place: NDArray[np.float64], unaided: bool, final: bool) -> Row:
    return {"drawn_unaided": unaided, "drawn_final": final, "column": float(place[0]), "row": float(place[1])}


def _drawn(report: ReaderReport, which: str, pixels: str) -> NDArray[np.float64]:
    """Return where the reader has drawn on the picture of these pixels, float64 (N, 2)."""
    places = [(place.column, place.row) for place in getattr(report, which) if place.scan == pixels]
    return np.array(places, np.float64).reshape(-1, 2)


def finding_figures(
    evaluation: Evaluation, readers: Sequence[Reader], rows: Sequence[Row], draws: int = DRAWS
) -> list[Figure]:
    """Return the share of malignant lesions that each reader found, and how many places on a view were false.

    Parameters
    ----------
    evaluation, readers
        As `finding_rows` took them.
    rows
        What it returned.
    draws
        Of the bootstrap over patients.
    """
    patients = {lesion["lesion_id"]: lesion["patient"] for lesion in evaluation.lesions}
    found = []
    for reader in readers:
        mine = [row for row in rows if row["reader"] == reader.name]
        lesions = [row | {"patient": patients[row["lesion_id"]]} for row in mine if row["lesion_id"]]
        for which, by, word in (("found_unaided", "unaided_by", "unaided"), ("found_final", "final_by", "final")):
            placed = [row for row in lesions if row[by] in (PLACE, NO_REPORT)]
            found.append(share_of(f"malignant lesions found, {word}", reader.name, lesions, which, draws))
            found.append(share_of(f"malignant lesions found by their place, {word}", reader.name, placed, which, draws))
        reports = reports_of(evaluation, reader)
        drawn = {study for study, report in reports if report.first_places or report.final_places}
        # In concurrent reading, its layers shown or not, nothing is drawn unaided, and so nothing false.
        aided = {study for study, report in reports if report.mode in (CONCURRENT, "") and not report.first_places}
        for which, word, studies in (("drawn_unaided", "unaided", drawn - aided), ("drawn_final", "final", drawn)):
            views = [view for view in evaluation.views if counts(view) and view["study"] in studies]
            false = Counter(row["view_code"] for row in mine if row[which])
            values = [float(false[view["view_code"]]) for view in views]
            found.append(figure_of(f"false places per view, {word}", reader.name, views, values, draws))
    return [figure for figure in found if figure is not None]


def unread_lines(rows: Sequence[Row]) -> list[str]:
    """Return a line for each reader of whose malignant lesions, out of `finding_rows`, some were on views not read."""
    lesions, unread = (
        Counter(row["reader"] for row in rows if row["lesion_id"] and not (of_unread and row["final_by"]))
        for of_unread in (False, True)
    )
    return [
        f"{count} of {lesions[reader]} malignant lesions in the studies of {reader} lie on views that were neither on "
        "the screen nor reported on, and count in no figure."
        for reader, count in unread.items()
    ]
