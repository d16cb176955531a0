"""The workbench: its table and crops, what is selected, and exports."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, QRect, QSize, Qt
from PySide6.QtGui import QScreen

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.core.tables import TEXT, Row
from mammoview.evaluation import paired_comparison as paired
from mammoview.evaluation.evaluation_folder import Provenance, write_provenance
from mammoview.evaluation.reader_findings import FINDING_COLUMNS
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.workbench.error_rows import (
    FALSE,
    FOUND,
    ErrorRows,
)
from mammoview.qt.workbench.error_table import COLUMNS, CROP_PX, ErrorTableModel
from mammoview.qt.workbench.error_views import ErrorViews
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.records.error_notes import NotesOnRows, RowNote, RowNotes, RowVerdict, name_of
from tests.qt.workbench.conftest import MADE, NO_DIFFERENCE, column, give
from tests.support.timeouts import PATIENCE_MS
from training.datasets.own_folder import own

ORDER = Qt.SortOrder
SELECT, ROWS = QItemSelectionModel.SelectionFlag.Select, QItemSelectionModel.SelectionFlag.Rows


def test_the_table_sorts_and_filters(model: ErrorTableModel, qtmodeltester) -> None:
    qtmodeltester.check(model)
    model.set_filter("all", "")
    model.sort(COLUMNS.index("score"), ORDER.DescendingOrder)
    assert column(model, "score") == ["0.80", "0.70", "0.70", "0.60", "0.05", ""]
    model.sort(COLUMNS.index("score"), ORDER.AscendingOrder)
    assert column(model, "score") == ["0.05", "0.60", "0.70", "0.70", "0.80", ""]  # what is not known comes last
    model.sort(COLUMNS.index("verdict"), ORDER.DescendingOrder)
    assert column(model, "note")[0] == "a vessel"
    for order in (ORDER.AscendingOrder, ORDER.DescendingOrder):  # missing texts come last, too
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
    reported = NO_DIFFERENCE | {"column": 9.0, "row": 8.0}
    reported |= {"what": "false mark", "by": paired.OTHER, "mark_id": "mark 3", "view_code": "v2", "other_score": 0.5}
    model.show_rows(ErrorRows.of(MADE, [reported]))
    for name in ("what", "models"):
        widest = max(map(table.fontMetrics().horizontalAdvance, model.words_of(name)))
        assert table.columnWidth(COLUMNS.index(name)) > widest


def test_words_below_crops_go_on_below_and_none_is_cut(qtbot) -> None:
    model = ErrorTableModel()
    judged: Row = {column.name: "" if column.type is TEXT else None for column in FINDING_COLUMNS}
    judged |= {"reader": "reader 1", "lesion_id": "lesion 2", "found_unaided": False, "found_final": True}
    model.show_rows(ErrorRows.of(MADE, readers=[judged]))
    model.set_filter("all", "")
    views = ErrorViews(model)
    qtbot.addWidget(views)
    views.resize(1200, 700)
    views.show()
    crops, metrics = views.crops, views.crops.fontMetrics()
    said = [model.index(row, 0) for row in range(model.rowCount())]
    assert max(metrics.horizontalAdvance(str(model.data(one))) for one in said) > crops.gridSize().width()
    assert crops.wordWrap()
    for one in said:
        cell = crops.visualRect(one)
        line = QRect(0, 0, CROP_PX, 0)
        assert (
            CROP_PX + metrics.boundingRect(line, Qt.TextFlag.TextWordWrap, str(model.data(one))).height()
            <= cell.height()
        )


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
