"""Readers against the models: the reports that the second-reader mode keeps, set against outlines.

A breast is called **positive** by a reader who gives it BI-RADS 0, 4, 4A to 4C, 5 or 6, and negative with 1, 2 or 3.
The first category is that before the layers were opened (unaided), the final one that after; where a reader left it
unchanged, the first counts as final. It is right when it is positive on a breast with a malignant lesion, or negative
on one with benign lesions alone or without a finding. Where a pathology or the place of a finding is not known, it is
neither right nor wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mammoview.core import paths
from mammoview.core.errors import MammoviewError, UnreadableError, printable
from mammoview.core.tables import FLAG, TEXT, WHOLE, Column, Row
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_page import ReportPart, ends
from mammoview.evaluation.figures import DRAWS, Figure
from mammoview.evaluation.lesion_categories import MALIGNANT, NOT_STATED
from mammoview.evaluation.results import FINDING, NORMAL
from mammoview.evaluation.statistics import in_order, mean
from mammoview.formats.common import file_io
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import (
    UNKNOWN_BREAST,
    Impression,
    ReaderReport,
    ReaderReportStore,
    parse_report,
    report_key,
)

ANY_FINDING = "called positive: breasts with any outlined finding, benign ones too"
MINE = Path("mine")
"""Stands for the reports that this user keeps."""
_KEY = re.compile(r"[0-9a-f]{40}\.json")
_NAMED = 4
"""Most files that the report names."""
NEGATIVE = (AssessmentCategory.NEGATIVE, AssessmentCategory.BENIGN, AssessmentCategory.PROBABLY_BENIGN)
_TEXTS = {
    "reader": "number of the reader, in the order given",
    "patient": "code of the patient",
    "study": "code of the study",
    "breast": "R, L or empty",
    "mode": "reading mode in which the layers were opened; empty where they were not",
    "label": "normal, finding or unplaced",
    "pathology": "malignant where a lesion is",
    "first_category": "BI-RADS before the layers were opened",
    "final_category": "BI-RADS that counts in the end",
}
_FLAGS = {
    "first_positive": "whether the first category is positive; missing without one",
    "final_positive": "the same of the final one",
    "first_right": "whether the first category is right; missing where it is not stated whether a lesion is malignant",
    "final_right": "the same of the final one",
    "model_hit": "whether a mark that is listed hits a lesion of the breast; missing without outlined lesions",
}
_COUNTS = {
    "described_unaided": "findings of the worksheet written before the layers were opened",
    "described_aided": "the same after",
    "accepted_hits": "accepted marks that hit a lesion",
    "accepted_false": "accepted marks that hit none",
    "rejected_hits": "rejected marks that hit a lesion",
    "rejected_false": "rejected marks that hit none",
}
COLUMNS = tuple(
    Column(name, type, about)
    for type, columns in ((TEXT, _TEXTS), (FLAG, _FLAGS), (WHOLE, _COUNTS))
    for name, about in columns.items()
)
"""Columns of readers.csv: one row for each breast that a reader has given a category, or judged marks of."""


@dataclass(frozen=True)
class Reader:
    """One reader's reports.

    Parameters
    ----------
    name
        Such as "reader 1"; never a person's name.
    reports
        By key of the study.
    damaged
        Names of files of the folder that hold none.
    """

    name: str
    reports: dict[str, ReaderReport]
    damaged: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """A line for the report about damaged files, "" for none; a name that is no hash may be a patient's."""
        if not self.damaged:
            return ""
        keys = [name for name in self.damaged if _KEY.fullmatch(name)]
        others = len(self.damaged) - len(keys)
        named = [*keys[:_NAMED], *([f"{len(keys) - _NAMED} more"] if len(keys) > _NAMED else [])]
        named += [f"{others} of other names, which were listed at the evaluation"] if others else []
        return f"{len(self.damaged)} reports of {self.name} cannot be read, and are left out: {', '.join(named)}"


def read_reader(folder: Path, name: str) -> tuple[Reader, list[str]]:
    """Read all reports of a folder; returns them, and one line for each file that is none.

    Raises
    ------
    MammoviewError
        When the folder holds no report.
    """
    reports, lines, damaged = {}, [], []
    for file in sorted(folder.glob("*.json")):
        try:
            report = parse_report(file_io.text(file), file)
        except UnreadableError as error:
            lines.append(f"{printable(file.name)} of {name} is left out: {error.what}")
            damaged.append(file.name)
            continue
        reports[report.key] = report
    if not reports:
        raise MammoviewError("no reader report lies here", "Give the folder reader_reports of a user's data", folder)
    return Reader(name, reports, tuple(damaged)), lines


def read_readers(folders: Sequence[Path]) -> tuple[list[Reader], list[str]]:
    """Read the reports of several readers, who are numbered; `MINE` stands for those that this user keeps.

    Returns
    -------
    The readers, and one line for each file that is no report.

    Raises
    ------
    MammoviewError
        When a folder holds no report.
    """
    found, lines = [], []
    for number, folder in enumerate(folders, 1):
        place = ReaderReportStore.of(paths.data_folder()).folder if folder == MINE else folder
        one, more = read_reader(place, f"reader {number}")
        found.append(one)
        lines += more
    return found, lines


def reader_rows(evaluation: Evaluation, readers: Sequence[Reader], model: str = "") -> tuple[list[Row], list[str]]:
    """Return the rows of all readers, and one line for each whose reports are of other studies.

    `model` is the key of the user's own model that was evaluated; empty for the bundled ones.
    """
    views: dict[str, list[Row]] = {}
    for view in evaluation.views:
        views.setdefault(view["study"], []).append(view)
    rows: list[Row] = []
    lines = []
    for reader in readers:
        found = reports_of(evaluation, reader)
        if len(found) < len(reader.reports):
            lines.append(f"{len(reader.reports) - len(found)} reports of {reader.name} are of other studies")
        for study, report in found:
            rows += _of_study(evaluation, reader.name, study, views[study], report, model)
    return rows, lines


def reports_of(evaluation: Evaluation, reader: Reader) -> list[tuple[str, ReaderReport]]:
    """Return the studies of an evaluation that a reader reported on, with the report on each."""
    pixels: dict[str, list[str]] = {}
    for view in evaluation.views:
        if view["pixels"]:
            pixels.setdefault(view["study"], []).append(view["pixels"])
    keys = {study: report_key(of) for study, of in pixels.items()}
    return [(study, reader.reports[key]) for study, key in keys.items() if key in reader.reports]


def _of_study(
    evaluation: Evaluation, reader: str, study: str, views: Sequence[Row], report: ReaderReport, model: str
) -> Iterator[Row]:
    for breast in (row for row in evaluation.breasts if row["study"] == study):
        side = breast["breast"] or UNKNOWN_BREAST
        first, final = report.first.get(side, Impression()).category, report.impression(side)
        codes = {view["view_code"]: view["pixels"] for view in views if view["breast"] == breast["breast"]}
        verdicts = _verdicts(evaluation, codes, report, model)
        described = [one.aided for one in report.worksheet.findings if one.breast == side]
        if first is None and final is None and not any(verdicts.values()):
            continue
        yield {
            "reader": reader,
            **{name: breast[name] for name in ("patient", "study", "breast", "label", "pathology")},
            "mode": report.mode,
            "first_category": str(first or ""),
            "final_category": str(final or ""),
            **_called("first", first, breast),
            **_called("final", final, breast),
            "model_hit": breast["hit_listed"],
            "described_unaided": described.count(False),
            "described_aided": described.count(True),
            **verdicts,
        }


def _called(which: str, category: AssessmentCategory | None, breast: Row) -> Row:
    if category is None:
        return {f"{which}_positive": None, f"{which}_right": None}
    positive = category not in NEGATIVE
    malignant = _malignant(breast)
    return {f"{which}_positive": positive, f"{which}_right": None if malignant is None else positive == malignant}


def _malignant(breast: Row) -> bool | None:
    """Whether a breast has a malignant lesion; None where this is not known."""
    if breast["label"] == FINDING and breast["pathology"] != NOT_STATED:
        return bool(breast["pathology"] == MALIGNANT)
    return False if breast["label"] == NORMAL else None


def _verdicts(evaluation: Evaluation, codes: dict[str, str], report: ReaderReport, model: str) -> dict[str, int]:
    """Count the verdicts on the marks of some views; those on marks of other models are not counted."""
    counted = {"accepted_hits": 0, "accepted_false": 0, "rejected_hits": 0, "rejected_false": 0}
    for mark in evaluation.marks if report.verdicts else ():
        if mark["view_code"] in codes:
            verdict = report.verdict(codes[mark["view_code"]], mark["column"], mark["row"], model)
            if verdict is not None:
                counted[f"{'accepted' if verdict.accepted else 'rejected'}_{'hits' if mark['hit'] else 'false'}"] += 1
    return counted


def reader_figures(rows: Sequence[Row], draws: int = DRAWS) -> list[Figure]:
    """Return sensitivity, specificity and gain of every reader and of the models on the same breasts."""
    found = []
    for reader in dict.fromkeys(row["reader"] for row in rows):
        mine = [row for row in rows if row["reader"] == reader]
        both = [row for row in mine if row["first_right"] is not None and row["mode"]]
        for name, malignant in (("sensitivity", True), ("specificity", False)):
            of = [row for row in mine if _malignant(row) is malignant]
            found.append(share_of(f"{name}, unaided", reader, of, "first_right", draws))
            found.append(share_of(f"{name}, final", reader, of, "final_right", draws))
            change = [row for row in both if _malignant(row) is malignant]
            values = [float(row["final_right"]) - float(row["first_right"]) for row in change]
            found.append(figure_of(f"{name}, final minus unaided", reader, change, values, draws))
        of = [row for row in mine if row["label"] == FINDING]
        found.append(share_of(f"{ANY_FINDING}, unaided", reader, of, "first_positive", draws))
        found.append(share_of(f"{ANY_FINDING}, final", reader, of, "final_positive", draws))
        found.append(
            share_of("breasts with a lesion that the list of the models hits", reader, mine, "model_hit", draws)
        )
        for name, right, wrong in (
            ("marks on lesions that were accepted", "accepted_hits", "rejected_hits"),
            ("false marks that were rejected", "rejected_false", "accepted_false"),
        ):
            judged = [(row, flag) for row in mine for flag in [1.0] * row[right] + [0.0] * row[wrong]]
            found.append(figure_of(name, reader, [row for row, _ in judged], [flag for _, flag in judged], draws))
    return [figure for figure in found if figure is not None]


def share_of(name: str, reader: str, rows: Sequence[Row], flag: str, draws: int) -> Figure | None:
    """Return the share of rows with a flag, of those that state it; None without any."""
    stated = [row for row in rows if row[flag] is not None]
    return figure_of(name, reader, stated, [float(row[flag]) for row in stated], draws)


def figure_of(name: str, reader: str, rows: Sequence[Row], values: Sequence[float], draws: int) -> Figure | None:
    """Return the mean of the values of rows, with an interval by bootstrap over their patients; None without rows."""
    if not rows:
        return None
    groups = in_order([row["patient"] for row in rows])
    estimate = mean(np.array(values, np.float64), groups, draws)
    return Figure("readers", name, reader, replace(estimate, n=len(rows)))


def report_part(figures: Sequence[Figure], unread: Sequence[str] = ()) -> ReportPart:
    """Return the part of the report about readers, with lines about what they have not read."""
    note = (
        "Breasts that a reader gave a category. Positive is BI-RADS 0, 4, 5 or 6; unaided is before the layers were "
        "opened, final after. Sensitivity is of breasts with a malignant lesion, specificity of those with benign "
        "lesions alone or none; breasts of which this is not stated count in neither. readers.csv has a row for each. "
        "A malignant lesion is found where the centre of what the reader drew lies in its box widened by 1.6 mm; on "
        "views without a drawing the category of the breast decides, and without one what was on the screen is missed. "
        "False places are drawings that hit no lesion, on all views of the studies that the reader drew on. "
        "reader_findings.csv has a row for each."
    )
    note = " ".join([note, *unread])
    rows = [(f.name, f.subset, f"{f.estimate.value:.3f}", ends(f.estimate), f.estimate.n) for f in figures]
    return ReportPart("Readers", note, ("figure", "of", "value", "95 % interval", "n"), rows)
