"""Kept reports of readers become rows: found unaided, found in the end, and what was right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.core.tables import Row
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.evaluation_tables import TABLES
from mammoview.evaluation.reader_findings import FINDING_COLUMNS, finding_figures, finding_rows, unread_lines
from mammoview.evaluation.readers import (
    COLUMNS,
    Reader,
    read_reader,
    reader_figures,
    reader_rows,
    report_part,
)
from mammoview.evaluation.study_codes import StudyCodes
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import DrawnPlace, Impression, ReaderReport, ReaderReportStore, Verdict, report_key
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


def random_study(rng: np.random.Generator, woman: str) -> tuple[Evaluation, ReaderReport]:
    """Both breasts of a woman with lesions, drawings near and far from them, a category of one breast, views seen."""
    results, places = [], {"first_places": [], "final_places": []}
    for side in "RL":
        corners = rng.uniform(50, 700, (int(rng.integers(0, 3)), 2))
        words = rng.choice(["MALIGNANT", "BENIGN"], len(corners))
        outlines = tuple(box(x, y, x + 60, y + 90, pathology=str(w)) for (x, y), w in zip(corners, words, strict=True))
        view = f"{woman}{side}"
        result = result_of(scan_of(view, outlines, side), woman, MARKS)
        results.append(replace(result, owner=StudyCodes(woman, f"study {woman}")))
        edges = [(x + dx, y + dy) for x, y in corners for dx in (-40, -8.5, -7.5, 30) for dy in (45,)]
        every = [*edges, *rng.uniform(0, 800, (2, 2)).tolist()]
        for of in places.values():
            kept = rng.random(len(every)) < rng.choice([0, 0.4])
            of += [DrawnPlace(f"pixels of {view}", *map(float, every[n])) for n in np.flatnonzero(kept)]
    said = {"R": Impression(AssessmentCategory("4")), "L": Impression()}
    key = report_key(f"pixels of {woman}{side}" for side in "RL")
    final_seen = tuple(f"pixels of {woman}{side}" for side in "RL" if rng.random() < 0.7)
    seen = tuple(view for view in final_seen if rng.random() < 0.7), final_seen
    report = ReaderReport(
        key, said, {}, "2026-01-01", "second_reader", (), Worksheet(), (), *map(tuple, places.values()), *seen
    )
    return evaluation_of(results)[0], report


def test_what_was_drawn_is_judged_by_place_as_a_slow_count_does() -> None:
    rng, seen = np.random.default_rng(11), Counter[object]()
    for number in range(120):
        evaluation, report = random_study(rng, f"w{number}")
        reader = Reader("reader 1", {report.key: report})
        rows = finding_rows(evaluation, [reader])
        assert all(row.keys() == {column.name for column in FINDING_COLUMNS} for row in rows)
        lesions: list[tuple[object, ...]] = []
        false: list[tuple[object, ...]] = []
        for view in evaluation.views:
            mm = view["spacing_mm"] or 0.05
            there = [lesion for lesion in evaluation.lesions if lesion["view_code"] == view["view_code"]]

            def on(place: DrawnPlace, lesion: Row, mm: float = mm) -> bool:
                across = max(lesion["left"] - place.column, place.column - lesion["right"]) * mm
                down = max(lesion["top"] - place.row, place.row - lesion["bottom"]) * mm
                return bool(across <= 1.6 and down <= 1.6)

            first, final = (
                [place for place in of if place.scan == view["pixels"]]
                for of in (report.first_places, report.final_places)
            )
            for lesion in there:
                reported: list[tuple[bool | None, str]] = []
                for places, on_screen in ((first, report.first_seen), (final, report.final_seen)):
                    if places:
                        reported.append((any(on(place, lesion) for place in places), "place"))
                    elif view["breast"] == "R":
                        reported.append((True, "breast"))
                    else:
                        reported.append((False, "no report") if view["pixels"] in on_screen else (None, ""))
                if reported[1] == (None, ""):
                    reported[1] = reported[0]
                if lesion["pathology"] == "malignant":
                    lesions.append(
                        (lesion["lesion_id"], *(reported[0][0], reported[1][0]), *(reported[0][1], reported[1][1]))
                    )
                    seen[tuple(reported)] += 1
            for place in {*first, *final}:
                if not any(on(place, lesion) for lesion in there):
                    false.append((view["view_code"], place.column, place.row, place in first, place in final))
                    seen[place in first, place in final] += 1
        names = ("lesion_id", "found_unaided", "found_final", "unaided_by", "final_by")
        assert [tuple(row[name] for name in names) for row in rows if row["lesion_id"]] == lesions
        names = ("view_code", "column", "row", "drawn_unaided", "drawn_final")
        assert sorted(tuple(row[name] for name in names) for row in rows if not row["lesion_id"]) == sorted(false)
    assert len(seen) > 14 and seen[True, False] and seen[False, True] and seen[True, True]
    nothing, unread = (False, "no report"), (None, "")
    assert all(seen[way] for way in ((nothing, nothing), (unread, nothing), (unread, unread)))
    assert any(seen[(found, "place"), nothing] for found in (True, False))


def test_figures_of_what_was_drawn_are_over_patients() -> None:
    rng, reports, parts = np.random.default_rng(5), {}, []
    for number in range(12):
        part, report = random_study(rng, f"w{number}")
        parts.append(part)
        reports[report.key] = report
    whole = Evaluation(*([row for part in parts for row in getattr(part, name)] for name in TABLES))
    reader = Reader("reader 1", reports)
    rows = finding_rows(whole, [reader])
    reported = {f.name: f.estimate for f in finding_figures(whole, [reader], rows, 200)}
    for which, word in (("unaided", "unaided"), ("final", "final")):
        of = [row for row in rows if row["lesion_id"] and row[f"found_{which}"] is not None]
        placed = [row for row in of if row[f"{which}_by"] in ("place", "no report")]
        for name, counted in (("found", of), ("found by their place", placed)):
            estimate = reported[f"malignant lesions {name}, {word}"]
            assert estimate.value == pytest.approx(np.mean([row[f"found_{which}"] for row in counted]))
            assert estimate.n == len(counted) and estimate.low <= estimate.value <= estimate.high
        drawn = {key for key, report in reports.items() if report.first_places or report.final_places}
        estimate = reported[f"false places per view, {word}"]
        assert estimate.n == 2 * len(drawn)
        assert estimate.value == pytest.approx(sum(bool(row[f"drawn_{which}"]) for row in rows) / (2 * len(drawn)))
        assert estimate.low < estimate.value < estimate.high
    bare = {"first_places": (), "final_places": (), "first_seen": (), "final_seen": ()}
    undrawn = Reader("reader 1", {key: replace(r, **bare) for key, r in reports.items()})
    names = {f.name for f in finding_figures(whole, [undrawn], finding_rows(whole, [undrawn]), 5)}
    assert names == {"malignant lesions found, unaided", "malignant lesions found, final"}


def test_a_lesion_on_a_view_that_was_seen_without_a_report_is_missed_and_one_on_a_view_not_seen_is_named() -> None:
    outlines = tuple(box(x, 100, x + 60, 160, pathology="MALIGNANT") for x in (100, 400))
    results = []
    for view in ("drawn", "seen", "never seen"):
        result = result_of(scan_of(view, outlines, "L"), "w1", [])
        results.append(replace(result, owner=StudyCodes("w1", "study w1")))
    whole, _ = evaluation_of(results)
    pixels = {name: f"pixels of {name}" for name in ("drawn", "seen", "never seen")}
    report = ReaderReport(report_key(pixels.values())).with_places(
        (DrawnPlace(pixels["drawn"], 120, 120),), final=False
    )
    report = report.with_seen((pixels["drawn"], pixels["seen"]), final=False).opened("2026-01-01", "second_reader")
    other = replace(report, key="f" * 40)
    readers = [Reader("reader 1", {report.key: report}), Reader("reader 2", {other.key: other})]
    rows = finding_rows(whole, readers)
    views = [(row["view_code"], row["found_unaided"], row["found_final"], row["final_by"]) for row in rows]
    assert views == [
        ("view drawn", True, True, "place"),
        ("view drawn", False, False, "place"),
        *[("view seen", False, False, "no report")] * 2,
        *[("view never seen", None, None, "")] * 2,
    ]
    reported = {f.name: (f.estimate.value, f.estimate.n) for f in finding_figures(whole, readers, rows, 5)}
    for which in ("unaided", "final"):
        assert reported[f"malignant lesions found, {which}"] == (0.25, 4)
        assert reported[f"malignant lesions found by their place, {which}"] == (0.25, 4)
    (line,) = unread_lines(rows)
    assert line.startswith("2 of 6 malignant lesions in the studies of reader 1 lie on views that were neither")
    assert line in report_part([], [line]).note


def test_nothing_is_unaided_of_what_was_drawn_in_concurrent_reading() -> None:
    rng = np.random.default_rng(6)
    (one, unaided), (other, report) = (random_study(rng, woman) for woman in ("w1", "w2"))
    place = DrawnPlace("pixels of w2R", 5.0, 6.0)
    aided = replace(report, first={}, first_places=(), final_places=(place,), mode="concurrent")
    unshown = replace(aided, mode="", revealed="")
    earlier = replace(aided, first_places=(place,))
    whole = Evaluation(*([*getattr(one, name), *getattr(other, name)] for name in TABLES))
    for of_second, counted in ((aided, 2), (unshown, 2), (earlier, 4)):
        reader = Reader("reader 1", {unaided.key: unaided, of_second.key: of_second})
        reported = {f.name: f.estimate.n for f in finding_figures(whole, [reader], finding_rows(whole, [reader]), 5)}
        assert (reported["false places per view, unaided"], reported["false places per view, final"]) == (counted, 4)


def test_figures_of_a_reader(evaluation: Evaluation, folder: Path) -> None:
    rows, _ = reader_rows(evaluation, [read_reader(folder, "reader 1")[0]])
    figures = reader_figures(rows, 50)
    reported = {f.name: (round(f.estimate.value, 4), f.estimate.n) for f in figures}
    assert reported == {
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
    reported = {f.name.split(",")[0].split(":")[0] for f in reader_figures(rows, 5)}
    assert reported - {"breasts with a lesion that the list of the models hits"} == names


def test_a_folder_without_reports_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="no reader report lies here"):
        read_reader(tmp_path, "reader 1")


def test_verdicts_on_marks_of_another_model_are_not_counted(evaluation: Evaluation, folder: Path) -> None:
    rows, _ = reader_rows(evaluation, [read_reader(folder, "reader 1")[0]], "c" * 64)
    names = ("accepted_hits", "accepted_false", "rejected_hits", "rejected_false")
    assert rows and not any(row[name] for row in rows for name in names)
