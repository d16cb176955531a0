"""Kept reports of readers become rows: found unaided, found in the end, and what was right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.readers import (
    COLUMNS,
    FINDING_COLUMNS,
    Reader,
    finding_rows,
    read_reader,
    reader_figures,
    reader_rows,
    report_part,
)
from mammoview.evaluation.study_codes import StudyCodes
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import Impression, ReaderReport, ReaderReportStore, Verdict, report_key
from mammoview.records.worksheet import Worksheet, WorksheetFinding
from mammoview.study.scan import box
from tests.evaluation.made_results import result_of, scan_of

LESION = box(100, 100, 200, 200, lesion_type="MASS", pathology="MALIGNANT")
BREASTS = [("w1", "R", True), ("w1", "L", False), ("w2", "R", True), ("w2", "L", False), ("w3", "L", True)]
MARKS = [(150.0, 150.0, 0.9), (700.0, 700.0, 0.8), (650.0, 100.0, 0.1)]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    results = []
    for woman, side, lesion in BREASTS:
        result = result_of(scan_of(f"{woman}{side}", (LESION,) if lesion else (), side), woman, MARKS)
        results.append(replace(result, owner=StudyCodes(woman, f"study {woman}")))
    return evaluation_of(results)[0]


def report(woman: str, first: str, final: str, *verdicts: Verdict, mode: str = "second_reader") -> ReaderReport:
    """A report with categories such as "R1 L4"."""
    key = report_key(f"pixels of {w}{side}" for w, side, _ in BREASTS if w == woman)
    said = [{w[0]: Impression(AssessmentCategory(w[1:])) for w in words.split()} for words in (first, final)]
    found = [WorksheetFinding("R", aided=aided) for aided in (False, True, True)]
    return ReaderReport(key, *said, "2026-01-01" if mode else "", mode, verdicts, Worksheet(findings=tuple(found)))


def verdict(view: str, place: tuple[float, float], accepted: bool) -> Verdict:
    return Verdict(f"pixels of {view}", "R CC", *place, 0.9, accepted)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = ReaderReportStore(tmp_path / "reader_reports")
    judged = (
        verdict("w1R", (150, 150), True),
        verdict("w1R", (700, 700), False),
        verdict("w1L", (700, 700), True),
        verdict("w1L", (500, 500), True),  # of other models: there is no such mark now
    )
    store.keep(report("w1", "R2 L1", "R4B L1", *judged))
    store.keep(report("w2", "R5 L0", "L2"))
    store.keep(report("w3", "L1", "", mode=""))
    store.keep(ReaderReport("f" * 40, {"R": Impression(AssessmentCategory.BENIGN)}))
    (store.folder / "x.json").write_text("{}")
    return store.folder


def test_every_breast_is_a_row(evaluation: Evaluation, folder: Path) -> None:
    reader, lines = read_reader(folder, "reader 1")
    rows, more = reader_rows(evaluation, [reader])
    assert lines == ["x.json of reader 1 is left out: it holds no reader report of this program"]
    others = "1 of other names, which were listed at the evaluation"
    assert reader.note == f"1 reports of reader 1 cannot be read, and are left out: {others}"
    named = [f"{k:040x}.json" for k in range(6)]
    assert Reader("reader 2", {}, (*named[:5], "Doe.json")).note == (
        f"6 reports of reader 2 cannot be read, and are left out: {', '.join(named[:4])}, 1 more, {others}"
    )
    assert Reader("reader 1", {}).note == ""
    assert more == ["1 reports of reader 1 are of other studies"]
    names = ("patient", "breast", "first_category", "final_category", "first_right", "final_right", "model_hit")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("w1", "R", "2", "4B", False, True, True),
        ("w1", "L", "1", "1", True, True, None),
        ("w2", "R", "5", "5", True, True, True),
        ("w2", "L", "0", "2", False, True, None),
        ("w3", "L", "1", "1", False, False, True),
    ]
    counts = (
        "described_unaided",
        "described_aided",
        "accepted_hits",
        "accepted_false",
        "rejected_hits",
        "rejected_false",
    )
    assert [[row[name] for name in counts] for row in rows[:2]] == [[1, 2, 1, 0, 0, 1], [0, 0, 0, 1, 0, 0]]
    assert all(row.keys() == {column.name for column in COLUMNS} for row in rows)


def test_lesions_and_judged_marks_say_what_each_reader_found(evaluation: Evaluation, folder: Path) -> None:
    rows = finding_rows(evaluation, [read_reader(folder, "reader 1")[0]])
    assert all(row.keys() == {column.name for column in FINDING_COLUMNS} for row in rows)
    patient = {row["lesion_id"]: row["patient"] for row in evaluation.lesions}
    found = [
        (patient[row["lesion_id"]], row["found_unaided"], row["found_final"], row["model_hit"])
        for row in rows
        if row["lesion_id"]
    ]
    assert found == [("w1", False, True, True), ("w2", True, True, True), ("w3", False, False, True)]
    judged = sorted((row["accepted"], row["model_hit"]) for row in rows if row["mark_id"])
    assert judged == [(False, False), (True, False), (True, True)]


def test_figures_of_a_reader(evaluation: Evaluation, folder: Path) -> None:
    rows, _ = reader_rows(evaluation, [read_reader(folder, "reader 1")[0]])
    figures = reader_figures(rows, 50)
    told = {f.name: (round(f.estimate.value, 4), f.estimate.n) for f in figures}
    assert told == {
        "sensitivity, unaided": (0.3333, 3),
        "sensitivity, final": (0.6667, 3),
        "sensitivity, final minus unaided": (0.5, 2),  # one never opened the layers
        "specificity, unaided": (0.5, 2),
        "specificity, final": (1.0, 2),
        "specificity, final minus unaided": (0.5, 2),
        "called positive: breasts with any outlined finding, benign ones too, unaided": (0.3333, 3),
        "called positive: breasts with any outlined finding, benign ones too, final": (0.6667, 3),
        "breasts with a lesion that the list of the models hits": (1.0, 3),
        "marks on lesions that were accepted": (1.0, 1),
        "false marks that were rejected": (0.5, 2),
    }
    for f in figures:
        e = f.estimate
        # The verdicts are all on one patient, from whom no interval can be drawn.
        assert f.subset == "reader 1" and (np.isnan(e.low) if "marks" in f.name else e.low <= e.value <= e.high)
    assert len(report_part(figures).rows) == len(figures)


@pytest.mark.parametrize(
    ("pathology", "facts", "right", "names"),
    [
        ("MALIGNANT", {}, False, {"sensitivity", "called positive"}),
        ("BENIGN", {}, True, {"specificity", "called positive"}),
        ("UNPROVEN", {}, None, {"called positive"}),
        ("", {"finding": "MISC B"}, None, set()),  # its place is not known
        ("", {}, True, {"specificity"}),  # no finding
    ],
)
def test_a_category_is_right_by_the_pathology(
    pathology: str, facts: dict[str, str], right: bool | None, names: set[str]
) -> None:
    outlines = (replace(LESION, pathology=pathology),) if pathology else ()
    found, _ = evaluation_of([result_of(scan_of("a", outlines, facts=facts), "w", [])])
    report = ReaderReport(report_key(["pixels of a"]), {"L": Impression(AssessmentCategory.BENIGN)})
    rows, _ = reader_rows(found, [Reader("reader 1", {report.key: report})])
    assert [(row["first_positive"], row["first_right"]) for row in rows] == [(False, right)]
    told = {f.name.split(",")[0].split(":")[0] for f in reader_figures(rows, 5)}
    assert told - {"breasts with a lesion that the list of the models hits"} == names


def test_a_folder_without_reports_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="no reader report lies here"):
        read_reader(tmp_path, "reader 1")


def test_verdicts_on_marks_of_another_model_are_not_counted(evaluation: Evaluation, folder: Path) -> None:
    rows, _ = reader_rows(evaluation, [read_reader(folder, "reader 1")[0]], "c" * 64)
    names = ("accepted_hits", "accepted_false", "rejected_hits", "rejected_false")
    assert rows and not any(row[name] for row in rows for name in names)
