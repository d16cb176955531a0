"""Rows of an evaluation: lesions, marks, what readers and other models found; read, sorted and filtered."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.errors import UnreadableError
from mammoview.core.tables import TEXT, Row
from mammoview.evaluation import paired_comparison as paired
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_tables import TABLES, filled, write_columns
from mammoview.evaluation.reader_findings import FINDING_COLUMNS
from mammoview.qt.workbench.error_rows import (
    ACCEPTED,
    AFTER_REVEAL,
    BY_BREAST,
    BY_PLACE,
    FALSE,
    FALSE_AFTER,
    FALSE_UNAIDED,
    FILTERS,
    FOUND,
    HIT,
    MISSED,
    NEAR,
    NUMBERS,
    OTHER_ALONE,
    OTHER_FALSE,
    READER_MISSED,
    REJECTED,
    SPOTS,
    TEXTS,
    THIS_ALONE,
    UNAIDED,
    ErrorRows,
)
from mammoview.qt.workbench.error_table import COLUMNS, WORDS, ErrorTableModel
from mammoview.qt.workbench.error_views import ErrorViews
from tests.qt.workbench.conftest import MADE, NO_DIFFERENCE, lesion, many_rows, texts, view


def test_rows_say_what_they_are() -> None:
    rows = ErrorRows.of(MADE)
    assert texts(rows, "what") == [MISSED, FOUND, HIT, FALSE, NEAR, FALSE]
    counts = {name: len(rows.arranged(name)) for name in FILTERS}
    assert counts == {
        "all": 6, "errors": 4, "missed": 1, "false": 3, "near": 1, "found": 2, "scales": 1, "folds": 1,
        "views": 6, "clusters": 1, "models": 0, "reader_missed": 0, "reader_false": 0, "reader_differs": 0,
    }  # fmt: skip


def test_rows_say_which_marks_are_listed_for_bright_spots_and_those_of_earlier_versions_do_not(tmp_path: Path) -> None:
    rows = ErrorRows.of(MADE)
    assert texts(rows, "listed_for") == ["", "", "", SPOTS, "", ""]
    assert list(rows.arranged("clusters")) == list(rows.arranged("all", "bright spots")) == [3]
    judged = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}
    judged |= {"reader": "reader 1", "mark_id": "mark 2", "accepted": False, "model_hit": False}
    assert texts(ErrorRows.of(MADE, readers=[judged]), "listed_for")[6:] == [SPOTS]
    MADE.write(tmp_path)
    assert texts(ErrorRows.read(tmp_path), "listed_for")[3] == SPOTS
    write_columns(
        tmp_path / "marks.csv", [column for column in TABLES["marks"] if column.name != "cluster"], MADE.marks
    )
    for _ in range(2):
        assert texts(ErrorRows.read(tmp_path), "listed_for") == [""] * 6
        (tmp_path / "marks.parquet").unlink(missing_ok=True)


def test_rows_are_read_out_of_parquet_and_those_of_earlier_versions_out_of_csv(tmp_path: Path) -> None:
    reported = NO_DIFFERENCE | {
        "what": "lesion",
        "by": paired.OTHER,
        "lesion_id": "lesion 1",
        "column": 9.0,
        "row": 8.0,
    }
    MADE.write(tmp_path)
    write_columns(tmp_path / "differences.csv", paired.COLUMNS, [reported])
    made = ErrorRows.of(MADE, [reported])
    every = made.at(range(len(made)))
    read = ErrorRows.read(tmp_path)
    assert read.at(range(len(read))) == every and len(every) == 6
    assert read.at([4, 0]) == [every[4], every[0]]
    for file in tmp_path.glob("*.parquet"):
        file.unlink()
    read = ErrorRows.read(tmp_path)
    assert read.at(range(len(read))) == every
    MADE.write(tmp_path)
    shutil.copyfile(tmp_path / "views.parquet", tmp_path / "lesions.parquet")  # another table
    with pytest.raises(UnreadableError, match="not those of an evaluation"):
        ErrorRows.read(tmp_path)
    (tmp_path / "lesions.parquet").write_text("no table")
    with pytest.raises(UnreadableError, match="not those of an evaluation"):
        ErrorRows.read(tmp_path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_tables_of_earlier_versions_are_read_with_todays_words(tmp_path: Path, ending: str) -> None:
    unknown = [lesion(1, kind="not stated", pathology="not stated"), lesion(2, pathology="benign")]
    views = [view("v1", label="finding", pathology="not stated")]
    now = Evaluation(unknown, [], views, [{**filled("breasts", [{}])[0], "pathology": "not stated"}], [])
    differing = [NO_DIFFERENCE | {"what": "false mark", "by": paired.OTHER, "mark_id": "mark 1", "view_code": "v1"}]
    differing[0] |= {"kind": "not stated", "pathology": "not stated"}

    def earlier(rows: list[Row]) -> list[Row]:
        return [{name: "not told" if value == "not stated" else value for name, value in row.items()} for row in rows]

    replace(now, lesions=earlier(now.lesions), views=earlier(now.views), breasts=earlier(now.breasts)).write(tmp_path)
    write_columns(tmp_path / "differences.csv", paired.COLUMNS, earlier(differing))
    assert "not told" in (tmp_path / "lesions.csv").read_text()
    if ending == "csv":
        for file in tmp_path.glob("*.parquet"):
            file.unlink()
    assert Evaluation.read(tmp_path) == now
    rows, made = ErrorRows.read(tmp_path), ErrorRows.of(now, differing)
    assert rows.at(range(len(rows))) == made.at(range(len(made)))
    assert texts(rows, "kind").count("not stated") == 2


@pytest.mark.parametrize("name", ["score=1", "view=R MLO", 'it\'s [1] "a"', "kind=%20"])
def test_no_name_of_a_folder_changes_what_is_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("no folder can have this name here")
    MADE.write(folder)
    made, read = ErrorRows.of(MADE), ErrorRows.read(folder)
    assert read.at(range(len(read))) == made.at(range(len(made)))


def test_a_csv_that_was_changed_after_its_parquet_counts(tmp_path: Path) -> None:
    MADE.write(tmp_path)
    listed, file = tmp_path / "lesions.csv", tmp_path / "lesions.parquet"
    assert "malignant" in texts(ErrorRows.read(tmp_path), "pathology")
    listed.write_text(listed.read_text().replace("malignant", "benign"))
    at = file.stat().st_mtime_ns
    for later, pathology in ((1, "benign"), (-1, "malignant")):
        os.utime(listed, ns=(at, at + later * 10**10))
        assert pathology in texts(ErrorRows.read(tmp_path), "pathology")


def test_rows_are_sorted_and_filtered_as_a_slow_count_does() -> None:
    rows = many_rows(300)
    every = rows.at(range(300))
    for by in (*TEXTS, *NUMBERS):
        for descending in (False, True):
            known = [n for n in range(300) if every[n][by] not in ("", None)]
            known.sort(key=lambda n: every[n][by], reverse=descending)
            values = [every[n][by] for n in rows.arranged(by=by, descending=descending)]
            assert values == [every[n][by] for n in known] + [every[n][by] for n in range(300) if n not in known], by
    for words in ("SCANNER 1", "view 3 7", "%", "mark"):
        held = [
            n for n in range(300)
            if all(any(word in every[n][name].lower() for name in TEXTS) for word in words.lower().split())
        ]  # fmt: skip
        assert list(rows.arranged(words=words)) == held, words
    assert list(rows.arranged("false")) == [n for n in range(300) if every[n]["what"] in (FALSE, NEAR)]


def test_views_of_a_breast_disagree_also_where_one_has_no_marks() -> None:
    def filtered(*views: Row) -> list[int]:
        return list(ErrorRows.of(Evaluation([lesion(1)], [], list(views), [], [])).arranged("views"))

    seen, empty = view("v1", breast="L", score=0.8), view("v2", breast="L", score=0.0)
    assert filtered(seen, empty) == [0]
    assert filtered(seen, {**empty, "score": None, "state": "failed"}) == []
    assert filtered(seen, {**empty, "duplicate_of": "v9"}) == []


def test_what_readers_found_and_judged_are_rows_at_the_place_of_the_lesion_or_mark() -> None:
    def reported(reader: int, **facts: object) -> Row:
        blank: Row = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}
        return blank | {"reader": f"reader {reader}"} | facts

    rows = ErrorRows.of(
        MADE,
        readers=[
            reported(1, lesion_id="lesion 2", found_unaided=False, found_final=False, model_hit=True),
            reported(2, lesion_id="lesion 2", found_unaided=False, found_final=True, model_hit=True),
            reported(3, lesion_id="lesion 1", found_unaided=True, found_final=True, model_hit=False),
            reported(1, mark_id="mark 2", accepted=False, model_hit=False),
            reported(1, mark_id="mark 1", accepted=True, model_hit=True),
            reported(1, mark_id="mark 99", accepted=True, model_hit=True),
        ],
    )
    assert texts(rows, "what")[6:] == [READER_MISSED, AFTER_REVEAL, UNAIDED, REJECTED, ACCEPTED]
    assert texts(rows, "reader")[:7] == [""] * 6 + ["reader 1"] and len(set(rows.keys)) == 11
    assert list(rows.arranged("reader_missed")) == [6]
    assert list(rows.arranged("reader_differs")) == [6, 8, 9]
    assert (rows.at([6])[0]["column"], rows.at([6])[0]["view_code"]) == (150.0, "v1")
    counts = {name: len(rows.arranged(name)) for name in FILTERS}
    assert (counts["missed"], counts["errors"], counts["false"]) == (1, 4, 3), "those of the model are as before"
    assert texts(rows, "judged_by")[6:] == [BY_BREAST] * 3 + ["", ""]
    unread = reported(1, lesion_id="lesion 2", found_unaided=None, found_final=None, model_hit=True)
    assert len(ErrorRows.of(MADE, readers=[unread])) == 6, (
        "a lesion on a view that was not read is neither missed nor found"
    )


def test_what_readers_drew_says_so_and_tables_of_earlier_versions_are_judged_by_breast(tmp_path: Path) -> None:
    blank: Row = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}
    blank |= {"reader": "reader 1"}
    found = {"found_unaided": True, "found_final": False, "model_hit": True}
    rows = [
        *(
            {**blank, **found, "lesion_id": "lesion 2", "unaided_by": first, "final_by": final}
            for first in ("", "place", "breast")
            for final in ("place", "breast")
        ),
        *(
            {**blank, **found, "lesion_id": "lesion 2", "unaided_by": first, "final_by": final}
            for first, final in (("no report", "no report"), ("no report", "place"), ("place", "no report"))
        ),
        {**blank, "view_code": "v2", "column": 31.0, "row": 32.0, "drawn_unaided": True, "drawn_final": False},
        {**blank, "view_code": "v1", "column": 33.0, "row": 34.0, "drawn_unaided": False, "drawn_final": True},
    ]
    MADE.write(tmp_path)
    write_columns(tmp_path / "reader_findings.csv", FINDING_COLUMNS, rows)
    read = ErrorRows.read(tmp_path)
    assert texts(read, "judged_by")[6:] == [
        BY_PLACE, BY_BREAST, BY_PLACE, "place unaided, breast after", "breast unaided, place after", BY_BREAST,
        "no report", "no report unaided, place after", "place unaided, no report after", BY_PLACE, BY_PLACE,
    ]  # fmt: skip
    assert {*texts(read, "judged_by")} - {""} <= {*WORDS}
    last = read.at([15, 16])
    assert [row["what"] for row in last] == [FALSE_UNAIDED, FALSE_AFTER]
    assert [(row["view_code"], row["column"], row["row"]) for row in last] == [("v2", 31, 32), ("v1", 33, 34)]
    assert list(read.arranged("reader_false")) == [15, 16]
    old = [column for column in FINDING_COLUMNS if not column.optional]
    write_columns(tmp_path / "reader_findings.csv", old, rows[:6])
    for _ in range(2):
        read = ErrorRows.read(tmp_path)
        assert texts(read, "judged_by")[6:] == [BY_BREAST] * 6
        (tmp_path / "reader_findings.parquet").unlink(missing_ok=True)


def test_differences_from_another_model_are_rows(qtbot) -> None:
    def difference(**facts: object) -> Row:
        return NO_DIFFERENCE | {"column": 9.0, "row": 8.0} | facts

    rows = ErrorRows.of(
        MADE,
        [
            difference(what="lesion", by=paired.OTHER, lesion_id="lesion 1"),
            difference(what="false mark", by=paired.THIS, mark_id="mark 3", score=0.6),
            difference(what="false mark", by=paired.OTHER, mark_id="mark 3", view_code="v2", other_score=0.5),
        ],
    )
    assert len(rows) == 7 and texts(rows, "models") == [OTHER_ALONE, "", "", "", THIS_ALONE, "", OTHER_ALONE]
    assert (rows.at([6])[0]["what"], rows.at([6])[0]["score"]) == (OTHER_FALSE, 0.5)
    assert list(rows.arranged("models")) == [0, 4, 6]
    model = ErrorTableModel()
    views = ErrorViews(model)
    qtbot.addWidget(views)
    for shown, hidden in ((ErrorRows.of(MADE), True), (rows, False)):
        model.show_rows(shown)
        assert views.table.isColumnHidden(COLUMNS.index("models")) == hidden
