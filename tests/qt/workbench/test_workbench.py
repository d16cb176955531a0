"""The workbench: rows of made tables, sorted and filtered, crops, notes, places and exports."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.core.result_sources import anonymous_source, private_key, remember
from mammoview.evaluation import against
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_folder import Provenance, write_provenance
from mammoview.evaluation.tables import Row, filled
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.concurrency.task import Task
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.workbench.error_rows import (
    FALSE,
    FILTERS,
    FOUND,
    HIT,
    MISSED,
    NEAR,
    OTHER_ALONE,
    OTHER_FALSE,
    THIS_ALONE,
    ErrorRows,
)
from mammoview.qt.workbench.error_table import COLUMNS, ErrorTableModel
from mammoview.qt.workbench.error_views import ErrorViews
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.qt.workbench.workbench_worker import OpenedEvaluation
from mammoview.records.error_notes import NoteChange, RowNote, RowNotes, RowVerdict, name_of
from tests.support.timeouts import PATIENCE_MS
from training.datasets.own_folder import own

ORDER = Qt.SortOrder
SELECT, ROWS = QItemSelectionModel.SelectionFlag.Select, QItemSelectionModel.SelectionFlag.Rows


def lesion(number: int, code: str = "v1", hit: bool = False, **more: object) -> Row:
    facts = {
        "lesion_id": f"lesion {number}", "patient": "P1", "study": "S1", "breast": "L", "view_code": code,
        "view": "L CC", "kind": "mass", "hit_listed": hit, "column": 150.0, "row": 300.0, "left": 130.0,
        "right": 170.0, "top": 280.0, "bottom": 320.0, "score": 0.7 if hit else None,
    }  # fmt: skip
    return filled("lesions", [{**facts, **more}])[0]


def mark(number: int, code: str = "v1", hit: bool = False, **more: object) -> Row:
    facts = {
        "mark_id": f"mark {number}", "patient": "P1", "study": "S1", "breast": "L", "view_code": code, "view": "L CC",
        "rank": number, "score": 0.9 - 0.1 * number, "listed": True, "hit": hit, "column": 100.0, "row": 200.0,
    }  # fmt: skip
    return filled("marks", [{**facts, **more}])[0]


def view(code: str, **more: object) -> Row:
    return filled("views", [{"patient": "P1", "study": "S1", "view_code": code, "state": "assessed", **more}])[0]


MADE = Evaluation(
    [lesion(1), lesion(2, hit=True, pathology="malignant", grid_100um_max=0.9, grid_200um_max=0.1)],
    [
        mark(1, hit=True),
        mark(2, folds_low=0.1, folds_high=0.8),
        mark(3, near_miss_mm=8.0),
        mark(4, near_miss_mm=55.0, view_code="v2", score=0.05, data_set="DDSM"),
        mark(5, listed=False),
    ],
    [view("v1", breast="L", score=0.8), view("v2", breast="L", score=0.05)],
    [],
    [],
)


def test_rows_say_what_they_are() -> None:
    rows = ErrorRows.of(MADE)
    assert list(rows.texts["what"]) == [MISSED, FOUND, HIT, FALSE, NEAR, FALSE]
    counts = {name: int(keep(rows).sum()) for name, keep in FILTERS.items()}
    assert counts == {
        "all": 6, "errors": 4, "missed": 1, "false": 3, "near": 1, "found": 2, "scales": 1, "folds": 1,
        "views": 6, "models": 0,
    }  # fmt: skip


def test_views_of_a_breast_disagree_also_where_one_has_no_marks() -> None:
    def filtered(*views: Row) -> list[bool]:
        return list(FILTERS["views"](ErrorRows.of(Evaluation([lesion(1)], [], list(views), [], []))))

    seen, empty = view("v1", breast="L", score=0.8), view("v2", breast="L", score=0.0)
    assert filtered(seen, empty) == [True]
    assert filtered(seen, {**empty, "score": None, "state": "failed"}) == [False]
    assert filtered(seen, {**empty, "duplicate_of": "v9"}) == [False]


def test_differences_from_another_model_are_rows(qtbot) -> None:
    def difference(**facts: object) -> Row:
        return dict.fromkeys((column.name for column in against.COLUMNS), "") | {"column": 9.0, "row": 8.0} | facts

    rows = ErrorRows.of(
        MADE,
        [
            difference(what="lesion", by=against.OTHER, lesion_id="lesion 1"),
            difference(what="false mark", by=against.THIS, mark_id="mark 3", score=0.6),
            difference(what="false mark", by=against.OTHER, mark_id="mark 3", view_code="v2", other_score=0.5),
        ],
    )
    assert len(rows) == 7 and list(rows.texts["models"]) == [OTHER_ALONE, "", "", "", THIS_ALONE, "", OTHER_ALONE]
    assert rows.texts["what"][-1] == OTHER_FALSE and rows.numbers["score"][-1] == 0.5
    assert list(np.flatnonzero(FILTERS["models"](rows))) == [0, 4, 6]
    model = ErrorTableModel()
    views = ErrorViews(model)
    qtbot.addWidget(views)
    for shown, hidden in ((ErrorRows.of(MADE), True), (rows, False)):
        model.show_rows(shown, {})
        assert views.table.isColumnHidden(COLUMNS.index("models")) == hidden


@pytest.fixture
def model(qapp: QApplication) -> ErrorTableModel:
    model = ErrorTableModel()
    model.show_rows(ErrorRows.of(MADE), {"mark 2 100 200": RowNote(RowVerdict.WRONG, "a vessel", (100.0, 200.0))})
    return model


def column(model: ErrorTableModel, name: str) -> list[str]:
    return [str(model.data(model.index(row, COLUMNS.index(name)))) for row in range(model.rowCount())]


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


def evaluation_of(opened: Path, folder: Path) -> dict[str, Path]:
    """Write an evaluation of what is in `opened`, as `mammoview evaluate` leaves it here, with marks in its last study.

    Returns the files of that study by view.
    """
    studies = open_study(opened)
    key = private_key()
    codes = {scan: anonymous_source(scan.path, key).file for study in studies for scan in study.scans}
    folder.mkdir()
    remember(folder, [scan.path for scan in codes], key)
    last = {scan.name: scan for scan in studies[-1].scans}
    left, right = (codes[last[name]] for name in ("L CC", "R CC"))
    views = [
        view(codes[scan], pixels=scan.pixel_hash, study=f"S{number}")
        for number, study in enumerate(studies, 1)
        for scan in study.scans
    ]
    marks = [mark(1, left), mark(2, right, view="R CC", column=300.0)]
    Evaluation([lesion(1, left)], marks, views, [], []).write(folder)
    write_provenance(folder, Provenance())
    return {name: scan.path for name, scan in last.items()}


@pytest.fixture
def evaluated(study: Path, tmp_path: Path) -> tuple[Path, dict[str, Path]]:
    """An evaluation of the made-up study."""
    folder = tmp_path / "evaluation"
    return folder, evaluation_of(study, folder)


@pytest.fixture
def workbench(evaluated, qtbot) -> Iterator[WorkbenchWindow]:
    window = WorkbenchWindow(Notifier())
    window.show()
    window.open_folder(evaluated[0])
    qtbot.waitUntil(lambda: window.opened is not None, timeout=PATIENCE_MS)
    yield window
    window.close()
    window.stop()
    window.deleteLater()


def give(workbench: WorkbenchWindow, verdict: RowVerdict) -> None:
    """Choose a verdict as a reader does."""
    workbench.verdict.setCurrentIndex(workbench.verdict.findData(verdict))
    workbench.verdict.activated.emit(workbench.verdict.currentIndex())


def test_crops_come_when_they_are_seen_and_notes_stay(workbench: WorkbenchWindow, evaluated, qtbot) -> None:
    model = workbench.model
    assert model.rowCount() == 3
    qtbot.waitUntil(lambda: len(model._crops) == 3, timeout=PATIENCE_MS)
    workbench.views.table.selectRow(0)
    give(workbench, RowVerdict.TRUTH_WRONG)
    workbench.note.setText("drawn too large")
    workbench._say_note()
    row = workbench.views.selected()[0]
    place = float(model.rows.numbers["column"][row]), float(model.rows.numbers["row"][row])
    key = name_of({}, model.key_of(row), place)
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
    assert [line["key"] for line in listed] == [workbench.model.key_of(row) for row in rows]
    examples = list(own(tmp_path / "set"))
    assert len(examples) == 2 and all(example.spacing.known for example in examples)


@pytest.fixture
def made_bench(qapp: QApplication) -> Iterator[WorkbenchWindow]:
    """The workbench with all rows of a made evaluation, without pictures."""
    window = WorkbenchWindow(Notifier())
    window.filter.setCurrentIndex(0)
    window._take(OpenedEvaluation(Path("made"), ErrorRows.of(MADE), {}, {}, {}, {}))
    yield window
    window.stop()
    window.deleteLater()


def test_what_is_said_while_another_evaluation_is_read_stays(made_bench: WorkbenchWindow) -> None:
    made_bench.views.table.selectRow(0)
    row = made_bench.views.selected()[0]
    give(made_bench, RowVerdict.UNSURE)
    made_bench.note.setText("being typed")
    made_bench._take(OpenedEvaluation(Path("other"), ErrorRows.of(MADE), {}, {}, {}, {}))
    assert (
        made_bench.model.note_of(row).verdict == RowVerdict.UNSURE
        and made_bench.model.note_of(row).note == "being typed"
    )


def test_sorting_keeps_a_note_that_is_being_typed(made_bench: WorkbenchWindow) -> None:
    made_bench.views.table.selectRow(0)
    row = made_bench.views.selected()[0]
    made_bench.note.setText("being typed")
    made_bench.views.table.sortByColumn(COLUMNS.index("kind"), ORDER.AscendingOrder)
    assert made_bench.model.note_of(row).note == "being typed"
    assert made_bench.views.selected() == [row] and made_bench.note.text() == "being typed"


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
    kept = next(row for row in chosen if model.rows.texts["what"][row] != FOUND)
    made_bench.filter.setCurrentIndex(made_bench.filter.findData("false"))
    assert rows_of() == [row for row in chosen if FILTERS["false"](model.rows)[row]] and kept in chosen
    made_bench.filter.setCurrentIndex(made_bench.filter.findData("found"))
    made_bench.search.setText("no row has these words")
    made_bench._filter()
    assert not rows_of() and not made_bench.note.isEnabled() and made_bench.note.text() == ""


def test_enter_and_a_double_click_ask_for_the_place_of_a_row(made_bench: WorkbenchWindow, qtbot) -> None:
    views = made_bench.views
    wanted: list[int] = []
    views.wanted.connect(wanted.append)
    views.table.selectRow(1)
    row = views.selected()[0]
    qtbot.keyClick(views.table, Qt.Key.Key_Return)
    qtbot.keyClick(views.crops, Qt.Key.Key_Return)
    views.crops.scrollTo(made_bench.model.index(1, 0))
    place = views.crops.visualRect(made_bench.model.index(1, 0)).center()
    qtbot.mouseClick(views.crops.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(views.crops.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert wanted == [row, row, row]
    head = views.table.horizontalHeader()
    assert all(head.sectionSize(one) >= head.sectionSizeHint(one) for one in range(1, len(COLUMNS)))


def test_a_note_that_could_not_be_written_is_written_with_the_next_one(made_bench, qtbot, monkeypatch) -> None:
    def refuse(*_about: object) -> None:
        raise MammoviewError("the notes of the workbench cannot be kept (no room)", "Make room on the disk")

    lines: list[str] = []  # the label below the rows shows the last one, which may be about a crop
    with monkeypatch.context() as patch:
        patch.setattr(RowNotes, "update", refuse)
        patch.setattr(made_bench._notifier, "warn_general", lines.append)
        made_bench.views.table.selectRow(0)
        give(made_bench, RowVerdict.WRONG)
        qtbot.waitUntil(lambda: any("no room" in line for line in lines), timeout=PATIENCE_MS)
    made_bench.views.table.selectRow(1)
    give(made_bench, RowVerdict.UNSURE)
    qtbot.waitUntil(lambda: not made_bench.worker.is_busy, timeout=PATIENCE_MS)
    kept = RowNotes.of(paths.data_folder()).read().values()
    assert {note.verdict for note in kept} == {RowVerdict.WRONG, RowVerdict.UNSURE}


def test_a_verdict_that_is_taken_back_at_once_is_gone(made_bench: WorkbenchWindow, qtbot) -> None:
    row = made_bench.model.row_of(made_bench.model.index(0, 0))
    made_bench._keep({row: RowNote(RowVerdict.RIGHT)})
    qtbot.waitUntil(lambda: not made_bench.worker.is_busy, timeout=PATIENCE_MS)
    made_bench._keep({row: RowNote(RowVerdict.WRONG)})
    made_bench._keep({row: RowNote(RowVerdict.RIGHT)})  # the first may be on the disk before its answer is here
    made_bench._keep({row: RowNote()})
    qtbot.waitUntil(lambda: not made_bench._being_written, timeout=PATIENCE_MS)
    assert not made_bench.model.note_of(row)
    assert RowNotes.of(paths.data_folder()).read() == {}


def test_a_note_that_fails_late_does_not_replace_a_newer_one(made_bench: WorkbenchWindow, qtbot, monkeypatch) -> None:
    real, calls = RowNotes.update, []

    def update(notes: RowNotes, said: dict[str, NoteChange]) -> dict[str, RowNote]:
        calls.append(said)
        if len(calls) == 1:
            raise MammoviewError("the notes of the workbench cannot be kept (no room)", "Make room on the disk")
        return real(notes, said)

    monkeypatch.setattr(RowNotes, "update", update)
    first, second = (made_bench.model.row_of(made_bench.model.index(place, 0)) for place in (0, 1))
    made_bench._keep({first: RowNote(RowVerdict.RIGHT)})
    made_bench._keep({first: RowNote(RowVerdict.WRONG)})  # before the first has failed
    qtbot.waitUntil(lambda: bool(calls) and not made_bench._being_written, timeout=PATIENCE_MS)
    for verdict in (RowVerdict.UNSURE, RowVerdict.RIGHT):
        made_bench._keep({second: RowNote(verdict)})
        qtbot.waitUntil(lambda: not made_bench._being_written, timeout=PATIENCE_MS)
    assert made_bench.model.note_of(first).verdict == RowVerdict.WRONG
    kept = RowNotes.of(paths.data_folder()).read().values()
    assert {note.verdict for note in kept} == {RowVerdict.WRONG, RowVerdict.RIGHT}


def test_what_another_window_says_is_shown_with_the_next_note(made_bench: WorkbenchWindow, qtbot) -> None:
    first, second = (made_bench.model.row_of(made_bench.model.index(place, 0)) for place in (0, 1))
    place = made_bench.model._place_of(first)
    name = name_of({}, made_bench.model.key_of(first), place)
    RowNotes.of(paths.data_folder()).update({name: NoteChange(RowNote(RowVerdict.RIGHT, "seen elsewhere", place))})
    made_bench.views.table.selectRow(1)
    give(made_bench, RowVerdict.UNSURE)
    qtbot.waitUntil(lambda: made_bench.model.note_of(first).note == "seen elsewhere", timeout=PATIENCE_MS)
    assert made_bench.model.note_of(second).verdict == RowVerdict.UNSURE


def test_a_verdict_on_several_rows_keeps_their_notes(made_bench: WorkbenchWindow) -> None:
    first, second = (made_bench.model.row_of(made_bench.model.index(place, 0)) for place in (0, 1))
    made_bench.views.table.selectRow(0)
    made_bench.note.setText("a vessel")
    made_bench._say_note()
    made_bench.views.table.selectRow(1)
    made_bench.note.setText("a scar")
    made_bench._say_note()
    made_bench.views.table.selectAll()
    give(made_bench, RowVerdict.WRONG)
    made_bench._say_note()  # as when the focus leaves the field
    said = [made_bench.model.note_of(row) for row in (first, second)]
    assert [(one.verdict, one.note) for one in said] == [
        (RowVerdict.WRONG, "a vessel"), (RowVerdict.WRONG, "a scar"),
    ]  # fmt: skip


def test_closing_cancels_an_export_and_writes_the_notes(made_bench: WorkbenchWindow, monkeypatch) -> None:
    stopped: list[bool] = []

    def long(task: Task[None, None]) -> None:
        until = time.monotonic() + PATIENCE_MS / 1000
        while not task.is_cancelled() and time.monotonic() < until:
            time.sleep(0.005)
        stopped.append(task.is_cancelled())

    worker = made_bench.worker
    for name in ("open", "write_sheet", "write_list", "write_set"):
        monkeypatch.setattr(worker, name, lambda *_what: worker.submit(long))
    made_bench.export_set(Path("set"), [0])
    made_bench.export_list(Path("errors.csv"), [0])
    made_bench.export_sheet(Path("errors.png"), [0])
    made_bench.open_folder(Path("other"))
    made_bench.views.table.selectRow(0)
    give(made_bench, RowVerdict.UNSURE)
    made_bench.stop()
    assert stopped in ([], [True])  # the others had not begun
    assert [note.verdict for note in RowNotes.of(paths.data_folder()).read().values()] == [RowVerdict.UNSURE]


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


def test_a_note_belongs_to_its_place(model: ErrorTableModel, tmp_path: Path) -> None:
    def of_model(column: float) -> Evaluation:
        return Evaluation([], [mark(2, column=column)], [], [], [])

    notes = RowNotes(tmp_path / "notes.json")
    notes.update({name: NoteChange(note) for name, note in model.notes.items()})
    for column, said in ((100.4, "a vessel"), (99.5, "a vessel"), (100.6, ""), (500.0, "")):
        model.show_rows(ErrorRows.of(of_model(column)), notes.read())
        assert model.note_of(0).note == said, column
    notes.update(model.say({0: RowNote(None, "of another model")}))
    for column, said in ((500.0, "of another model"), (100.0, "a vessel")):
        model.show_rows(ErrorRows.of(of_model(column)), notes.read())
        assert model.note_of(0).note == said
    model.show_rows(ErrorRows.of(of_model(500.0)), {"mark 2": RowNote(None, "without a place")})
    assert model.note_of(0) == RowNote()
