"""The workbench: rows of made tables, sorted and filtered, crops, places and exports."""

from __future__ import annotations

import csv
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, QSize, Qt
from PySide6.QtGui import QScreen

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.core.errors import UnreadableError
from mammoview.core.tables import TEXT, Row
from mammoview.evaluation import paired_comparison as paired
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_folder import Provenance, write_provenance
from mammoview.evaluation.evaluation_tables import TABLES, write_columns
from mammoview.evaluation.reader_findings import FINDING_COLUMNS
from mammoview.qt.widgets.notifier import Notifier
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
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.records.error_notes import NotesOnRows, RowNote, RowNotes, RowVerdict, name_of
from tests.qt.workbench.conftest import MADE, column, give, lesion, many_rows, texts, view
from tests.support.timeouts import PATIENCE_MS
from training.datasets.own_folder import own

ORDER = Qt.SortOrder
NO_DIFFERENCE: Row = {column.name: "" if column.type is TEXT else None for column in paired.COLUMNS}
SELECT, ROWS = QItemSelectionModel.SelectionFlag.Select, QItemSelectionModel.SelectionFlag.Rows


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
    told = NO_DIFFERENCE | {"what": "lesion", "by": paired.OTHER, "lesion_id": "lesion 1", "column": 9.0, "row": 8.0}
    MADE.write(tmp_path)
    write_columns(tmp_path / "differences.csv", paired.COLUMNS, [told])
    made = ErrorRows.of(MADE, [told])
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
    def told(reader: int, **facts: object) -> Row:
        blank: Row = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}
        return blank | {"reader": f"reader {reader}"} | facts

    rows = ErrorRows.of(
        MADE,
        readers=[
            told(1, lesion_id="lesion 2", found_unaided=False, found_final=False, model_hit=True),
            told(2, lesion_id="lesion 2", found_unaided=False, found_final=True, model_hit=True),
            told(3, lesion_id="lesion 1", found_unaided=True, found_final=True, model_hit=False),
            told(1, mark_id="mark 2", accepted=False, model_hit=False),
            told(1, mark_id="mark 1", accepted=True, model_hit=True),
            told(1, mark_id="mark 99", accepted=True, model_hit=True),
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
    unread = told(1, lesion_id="lesion 2", found_unaided=None, found_final=None, model_hit=True)
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


def test_the_table_sorts_and_filters(model: ErrorTableModel, qtmodeltester) -> None:
    qtmodeltester.check(model)
    model.set_filter("all", "")
    model.sort(COLUMNS.index("score"), ORDER.DescendingOrder)
    assert column(model, "score") == ["0.80", "0.70", "0.70", "0.60", "0.05", ""]
    model.sort(COLUMNS.index("score"), ORDER.AscendingOrder)
    assert column(model, "score") == ["0.05", "0.60", "0.70", "0.70", "0.80", ""]  # what is not known comes last
    model.sort(COLUMNS.index("verdict"), ORDER.DescendingOrder)
    assert column(model, "note")[0] == "a vessel"
    for order in (ORDER.AscendingOrder, ORDER.DescendingOrder):  # texts that are not known come last, too
        for name, text in (("verdict", "the model is wrong"), ("note", "a vessel"), ("pathology", "malignant")):
            model.sort(COLUMNS.index(name), order)
            assert column(model, name) == [text, *[""] * 5]
    model.set_filter("false", "ddsm")
    assert column(model, "data_set") == ["DDSM"]
    model.set_filter("all", "MALIG found")
    assert column(model, "what") == ["found lesion"]


@pytest.mark.parametrize("tongue", ["english", "spanish"])
def test_every_verdict_can_be_read_in_its_column(request: pytest.FixtureRequest, qtbot, tongue: str) -> None:
    if tongue == "spanish":
        request.getfixturevalue(tongue)
    model, rows = ErrorTableModel(), ErrorRows.of(MADE)
    verdicts = np.array([*RowVerdict, *[None] * (len(rows) - len(RowVerdict))], object)
    model.show_rows(rows, NotesOnRows(verdicts, np.full(len(rows), "", object)))
    model.set_filter("all", "")
    views = ErrorViews(model)
    qtbot.addWidget(views)
    place = COLUMNS.index("verdict")
    said = [model.index(row, place) for row in range(model.rowCount())]
    assert len({str(model.data(one)) for one in said} - {""}) == len(RowVerdict)
    assert max(views.table.sizeHintForIndex(one).width() for one in said) <= views.table.columnWidth(place)


def test_the_window_is_no_larger_than_the_screen(monkeypatch: pytest.MonkeyPatch, qtbot) -> None:
    for room, high in ((QSize(1366, 728), 728), (QSize(1920, 1040), 860)):
        monkeypatch.setattr(QScreen, "availableSize", lambda _screen, room=room: room)
        window = WorkbenchWindow(Notifier())
        assert window.height() + 40 == high and window.minimumSizeHint().height() <= window.height()
        window.stop()
        window.deleteLater()


def test_crops_come_when_they_are_seen_and_notes_stay(workbench: WorkbenchWindow, evaluated, qtbot) -> None:
    model = workbench.model
    assert model.rowCount() == 3
    qtbot.waitUntil(lambda: model.crop_count == 3, timeout=PATIENCE_MS)
    workbench.views.table.selectRow(0)
    give(workbench, RowVerdict.TRUTH_WRONG)
    workbench.note.setText("drawn too large")
    workbench.note_typed()
    row = workbench.views.selected()[0]
    (facts,) = model.rows.at([row])
    place = facts["column"], facts["row"]
    key = name_of({}, facts["key"], place)
    qtbot.waitUntil(lambda: not workbench.worker.is_busy, timeout=PATIENCE_MS)
    kept = RowNotes.of(paths.data_folder())
    assert kept.read() == {key: RowNote(RowVerdict.TRUTH_WRONG, "drawn too large", place)}
    assert "drawn too large" in column(model, "note") and "the outline is wrong" in column(model, "verdict")
    workbench.opened = None
    workbench.open_folder(evaluated[0])
    qtbot.waitUntil(lambda: workbench.opened is not None, timeout=PATIENCE_MS)
    assert "drawn too large" in column(model, "note")


def test_a_selection_becomes_a_figure_a_list_and_a_training_set(
    workbench: WorkbenchWindow, tmp_path: Path, qtbot
) -> None:
    workbench.views.table.selectAll()
    rows = workbench.views.selected()
    workbench.export_sheet(tmp_path / "errors.png", rows)
    workbench.export_list(tmp_path / "errors.csv", rows)
    workbench.export_set(tmp_path / "set", rows)
    qtbot.waitUntil(lambda: not workbench.worker.is_busy, timeout=PATIENCE_MS)
    with Image.open(tmp_path / "errors.png") as picture:
        assert picture.width > 2000 and np.asarray(picture.convert("L")).std() > 20
        assert picture.text["Title"] == "Mammoview: 3 crops" and "Not for diagnosis" in picture.text["Notice"]
    with (tmp_path / "errors.csv").open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines))
    assert [line["key"] for line in listed] == [facts["key"] for facts in workbench.model.rows.at(rows)]
    examples = list(own(tmp_path / "set"))
    assert len(examples) == 2 and all(example.spacing.known for example in examples)
    # Each has one entry in the audit log; the copies of the training set hold the patient.
    verified = AuditLog.of(paths.data_folder()).verify()
    assert [line["facts"] for line in verified.lines] == [
        {"what": "figure of errors", "scans": 2, "rows": 3, "format": "png"},
        {"what": "list of errors", "scans": 2, "rows": 3, "format": "csv"},
        {"what": "training set", "scans": 2, "identity": True},
    ]
    assert not verified.problems and str(tmp_path) not in (paths.data_folder() / "audit.jsonl").read_text()


def test_what_names_patients_is_not_made_where_it_cannot_be_noted_and_a_list_of_codes_is(
    workbench: WorkbenchWindow, tmp_path: Path, qtbot, fresh_data_folder: Path
) -> None:
    shutil.rmtree(fresh_data_folder, ignore_errors=True)
    fresh_data_folder.write_text("a file in the way")
    warned: list[str] = []
    workbench.warn = warned.append
    rows = workbench.views.selected() or [0]
    workbench.export_list(tmp_path / "errors.csv", rows)
    workbench.export_set(tmp_path / "set", rows)
    # So is a list with Patient IDs.
    named = replace(workbench.opened, named=True)
    refused: list[str] = []
    task = workbench.worker.write_list(tmp_path / "named.csv", named, rows, [RowNote()] * len(rows))
    task.connect(workbench, failed=refused.append)
    qtbot.waitUntil(lambda: not workbench.worker.is_busy, timeout=PATIENCE_MS)
    assert refused and not (tmp_path / "named.csv").exists()
    assert (tmp_path / "errors.csv").is_file() and not (tmp_path / "set").exists()
    assert warned and "the audit log cannot be written" in warned[0]


def test_a_crop_names_its_score_first_and_words_are_seen_whole(made_bench: WorkbenchWindow) -> None:
    model, table = made_bench.model, made_bench.views.table
    row = next(n for n in range(model.rowCount()) if model.data(model.index(n, 1)) == FALSE)
    assert str(model.data(model.index(row, 0))).endswith(f" {FALSE}")
    assert model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole) == model.data(model.index(row, 0))
    told = NO_DIFFERENCE | {"column": 9.0, "row": 8.0}
    told |= {"what": "false mark", "by": paired.OTHER, "mark_id": "mark 3", "view_code": "v2", "other_score": 0.5}
    model.show_rows(ErrorRows.of(MADE, [told]))
    for name in ("what", "models"):
        widest = max(map(table.fontMetrics().horizontalAdvance, model.words_of(name)))
        assert table.columnWidth(COLUMNS.index(name)) > widest


def test_sorting_and_filtering_keep_what_is_selected(made_bench: WorkbenchWindow) -> None:
    rows_of, table, model = made_bench.views.selected, made_bench.views.table, made_bench.model
    table.selectRow(1)
    assert ROWS in made_bench.views.crops.selectionCommand(model.index(3, 0))  # a click on a crop
    made_bench.views.crops.selectionModel().select(model.index(3, 0), SELECT | ROWS)
    chosen, current = set(rows_of()), model.row_of(table.currentIndex())
    assert len(chosen) == 2
    for name, order in (
        ("kind", ORDER.AscendingOrder),
        ("score", ORDER.AscendingOrder),
        ("note", ORDER.DescendingOrder),
    ):
        table.horizontalHeader().setSortIndicator(COLUMNS.index(name), order)
        assert set(rows_of()) == chosen and model.row_of(table.currentIndex()) == current
        assert all(table.selectionModel().isRowSelected(int(place)) for place in model.places_of(chosen))
    kept = next(row for row in chosen if model.rows.at([row])[0]["what"] != FOUND)
    made_bench.filter.setCurrentIndex(made_bench.filter.findData("false"))
    assert rows_of() == [row for row in chosen if row in model.rows.arranged("false")] and kept in chosen
    made_bench.filter.setCurrentIndex(made_bench.filter.findData("found"))
    made_bench.search.setText("no row has these words")
    made_bench.apply_filter()
    assert not rows_of() and not made_bench.note.isEnabled() and made_bench.note.text() == ""


def test_a_click_asks_for_the_place_of_a_row_and_twice_or_enter_for_it_in_front(
    made_bench: WorkbenchWindow, qtbot
) -> None:
    views, model, left = made_bench.views, made_bench.model, Qt.MouseButton.LeftButton
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    wanted: list[tuple[int, bool]] = []
    views.wanted.connect(lambda row, in_front: wanted.append((row, in_front)))
    made_bench.show()
    for side, first in ((views.table, 1), (views.crops, 0)):
        place = [side.visualRect(model.index(n, first)).center() for n in range(3)]
        row = [model.row_of(model.index(n, first)) for n in range(3)]
        qtbot.mouseClick(side.viewport(), left, pos=place[1])
        assert wanted == [(row[1], False)] and views.selected() == [row[1]]
        # With the keys that select several, and by a rubber band, nothing is opened.
        wanted.clear()
        qtbot.mouseClick(side.viewport(), left, control, pos=place[2])
        qtbot.mouseClick(side.viewport(), left, shift, pos=place[0])
        assert len(views.selected()) > 1
        qtbot.mousePress(side.viewport(), left, pos=place[0])
        qtbot.mouseMove(side.viewport(), pos=place[2])
        qtbot.mouseRelease(side.viewport(), left, pos=place[2])
        qtbot.mouseClick(side.viewport(), Qt.MouseButton.RightButton, pos=place[0])
        assert wanted == []
        qtbot.mouseClick(side.viewport(), left, pos=place[1])
        qtbot.mouseDClick(side.viewport(), left, pos=place[1])
        assert wanted[:2] == [(row[1], False), (row[1], True)] and {one for one, _front in wanted} == {row[1]}
        wanted.clear()
        qtbot.keyClick(side, Qt.Key.Key_Return)
        assert wanted == [(row[1], True)]
        wanted.clear()
        qtbot.keyClick(side, Qt.Key.Key_Down if side is views.table else Qt.Key.Key_Right)  # goes on, and opens nothing
        assert wanted == [] and views.selected() != [row[1]]
    made_bench.close()
    head = views.table.horizontalHeader()
    assert all(head.sectionSize(one) >= head.sectionSizeHint(one) for one in range(1, len(COLUMNS)))


def test_what_is_not_an_evaluation_and_pictures_of_another_machine_get_a_line(qtbot, tmp_path: Path) -> None:
    notifier = Notifier()
    window = WorkbenchWindow(notifier)
    window.open_folder(tmp_path)
    qtbot.waitUntil(lambda: "no folder of an evaluation" in window.count.text(), timeout=PATIENCE_MS)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    MADE.write(folder)
    write_provenance(folder, Provenance())
    window.open_folder(folder)
    qtbot.waitUntil(lambda: window.opened is not None, timeout=PATIENCE_MS)
    window.views.table.selectRow(0)
    with qtbot.assertNotEmitted(window.wanted):
        window.open_selected()
    assert "not found on this machine" in window.count.text()
    window.stop()
    window.deleteLater()
