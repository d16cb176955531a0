"""Verdicts and notes on the rows of the workbench: never lost, and never of another row."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.evaluation import Evaluation
from mammoview.qt.concurrency.task import Task
from mammoview.qt.workbench.error_rows import ErrorRows
from mammoview.qt.workbench.error_table import COLUMNS, ErrorTableModel
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.records import error_notes
from mammoview.records.error_notes import NoteChange, RowNote, RowNotes, RowVerdict, applied, name_of
from tests.qt.workbench.conftest import MADE, MADE_NOTES, give, many_rows, mark, show
from tests.support.timeouts import PATIENCE_MS

ORDER = Qt.SortOrder


def test_what_is_said_while_another_evaluation_is_read_stays(made_bench: WorkbenchWindow) -> None:
    made_bench.views.table.selectRow(0)
    row = made_bench.views.selected()[0]
    give(made_bench, RowVerdict.UNSURE)
    made_bench.note.setText("being typed")
    made_bench.show_evaluation(OpenedEvaluation(Path("other"), ErrorRows.of(MADE), {}, {}, {}, {}))
    assert (
        made_bench.model.note_of(row).verdict == RowVerdict.UNSURE
        and made_bench.model.note_of(row).note == "being typed"
    )


def test_rows_sorted_by_verdict_are_sorted_anew_when_one_is_given(made_bench: WorkbenchWindow) -> None:
    model, views = made_bench.model, made_bench.views
    views.table.sortByColumn(COLUMNS.index("verdict"), ORDER.AscendingOrder)
    views.table.selectRow(4)
    (row,) = views.selected()
    made_bench.note.setText("being typed")
    give(made_bench, RowVerdict.WRONG)
    assert model.row_of(model.index(0, 0)) == row and views.selected() == [row]
    assert model.note_of(row) == RowNote(RowVerdict.WRONG, "being typed")
    views.table.sortByColumn(COLUMNS.index("note"), ORDER.AscendingOrder)
    views.table.selectRow(5)
    (other,) = views.selected()
    made_bench.note.setText("a vessel")
    made_bench.note_typed()
    assert [model.row_of(model.index(place, 0)) for place in (0, 1)] == [other, row]


def test_sorting_keeps_a_note_that_is_being_typed(made_bench: WorkbenchWindow) -> None:
    made_bench.views.table.selectRow(0)
    row = made_bench.views.selected()[0]
    made_bench.note.setText("being typed")
    made_bench.views.table.sortByColumn(COLUMNS.index("kind"), ORDER.AscendingOrder)
    assert made_bench.model.note_of(row).note == "being typed"
    assert made_bench.views.selected() == [row] and made_bench.note.text() == "being typed"


@pytest.mark.parametrize("name", ["note", "verdict"])
def test_sorting_by_what_is_being_typed_keeps_the_selection(made_bench: WorkbenchWindow, name: str) -> None:
    table = made_bench.views.table
    table.sortByColumn(COLUMNS.index("note"), ORDER.AscendingOrder)
    table.selectRow(3)
    row = made_bench.views.selected()[0]
    made_bench.note.setText("being typed")
    table.sortByColumn(COLUMNS.index(name), ORDER.DescendingOrder)
    assert made_bench.model.note_of(row).note == "being typed"
    assert made_bench.views.selected() == [row] and made_bench.note.text() == "being typed"


def test_a_note_that_could_not_be_written_is_written_with_the_next_one(made_bench, qtbot, monkeypatch) -> None:
    def refuse(*_about: object) -> None:
        raise MammoviewError("the notes of the workbench cannot be kept (no room)", "Make room on the disk")

    lines: list[str] = []  # the label below the rows shows the last one, which may be about a crop
    with monkeypatch.context() as patch:
        patch.setattr(RowNotes, "update", refuse)
        patch.setattr(made_bench.notifier, "warn_general", lines.append)
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
    made_bench.notes.note_rows([row], verdict=RowVerdict.RIGHT)
    qtbot.waitUntil(lambda: not made_bench.worker.is_busy, timeout=PATIENCE_MS)
    made_bench.notes.note_rows([row], verdict=RowVerdict.WRONG)
    made_bench.notes.note_rows(
        [row], verdict=RowVerdict.RIGHT
    )  # the first may be on the disk before its answer is here
    made_bench.notes.note_rows([row], verdict=None)
    qtbot.waitUntil(lambda: not made_bench.notes.is_writing, timeout=PATIENCE_MS)
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
    made_bench.notes.note_rows([first], verdict=RowVerdict.RIGHT)
    made_bench.notes.note_rows([first], verdict=RowVerdict.WRONG)  # before the first has failed
    qtbot.waitUntil(lambda: bool(calls) and not made_bench.notes.is_writing, timeout=PATIENCE_MS)
    for verdict in (RowVerdict.UNSURE, RowVerdict.RIGHT):
        made_bench.notes.note_rows([second], verdict=verdict)
        qtbot.waitUntil(lambda: not made_bench.notes.is_writing, timeout=PATIENCE_MS)
    assert made_bench.model.note_of(first).verdict == RowVerdict.WRONG
    kept = RowNotes.of(paths.data_folder()).read().values()
    assert {note.verdict for note in kept} == {RowVerdict.WRONG, RowVerdict.RIGHT}


def test_what_another_window_says_is_shown_with_the_next_note(made_bench: WorkbenchWindow, qtbot) -> None:
    first, second = (made_bench.model.row_of(made_bench.model.index(place, 0)) for place in (0, 1))
    place = tuple(made_bench.model.rows.places[first].tolist())
    name = name_of({}, made_bench.model.rows.keys[first], place)
    RowNotes.of(paths.data_folder()).update({name: NoteChange(RowNote(RowVerdict.RIGHT, "seen elsewhere", place))})
    made_bench.views.table.selectRow(1)
    give(made_bench, RowVerdict.UNSURE)
    qtbot.waitUntil(lambda: made_bench.model.note_of(first).note == "seen elsewhere", timeout=PATIENCE_MS)
    assert made_bench.model.note_of(second).verdict == RowVerdict.UNSURE


def test_a_verdict_on_several_rows_keeps_their_notes(made_bench: WorkbenchWindow) -> None:
    first, second = (made_bench.model.row_of(made_bench.model.index(place, 0)) for place in (0, 1))
    made_bench.views.table.selectRow(0)
    made_bench.note.setText("a vessel")
    made_bench.note_typed()
    made_bench.views.table.selectRow(1)
    made_bench.note.setText("a scar")
    made_bench.note_typed()
    made_bench.views.table.selectAll()
    give(made_bench, RowVerdict.WRONG)
    made_bench.note_typed()  # as when the focus leaves the field
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


@pytest.mark.parametrize("closed", [False, True])
def test_a_verdict_on_many_rows_is_worked_out_and_written_in_the_background(
    made_bench: WorkbenchWindow, qtbot, monkeypatch, closed: bool
) -> None:
    asked: list[bool] = []

    def name(*about: Any) -> str:
        asked.append(threading.current_thread() is threading.main_thread())
        return name_of(*about)

    monkeypatch.setattr(error_notes, "name_of", name)
    rows = many_rows(2000)
    made_bench.show_evaluation(OpenedEvaluation(Path("many"), rows, {}, {}, {}, {}))
    made_bench.views.table.selectAll()
    give(made_bench, RowVerdict.WRONG)
    made_bench.views.table.selectRow(0)
    (first,) = made_bench.views.selected()
    made_bench.note.setText("a vessel")
    made_bench.note_typed()
    give(made_bench, RowVerdict.RIGHT)
    assert made_bench.model.note_of(first) == RowNote(RowVerdict.RIGHT, "a vessel")
    if closed:
        made_bench.stop()
    else:
        qtbot.waitUntil(lambda: not made_bench.notes.is_writing and made_bench.notes.all_written, timeout=PATIENCE_MS)
        assert made_bench.model.note_of(first) == RowNote(RowVerdict.RIGHT, "a vessel")
    kept = list(RowNotes.of(paths.data_folder()).read().values())
    assert len(kept) == 2000 and len(asked) >= 2000 and not any(asked)
    assert [(note.verdict, note.note) for note in kept if note.note] == [(RowVerdict.RIGHT, "a vessel")]
    assert sum(note.verdict is RowVerdict.WRONG for note in kept) == 1999


def test_a_note_belongs_to_its_place(model: ErrorTableModel, tmp_path: Path) -> None:
    def of_model(column: float) -> Evaluation:
        return Evaluation([], [mark(2, column=column)], [], [], [])

    notes = RowNotes(tmp_path / "notes.json")
    notes.update({name: NoteChange(note) for name, note in MADE_NOTES.items()})
    for column, said in ((100.4, "a vessel"), (99.5, "a vessel"), (100.6, ""), (500.0, "")):
        show(model, ErrorRows.of(of_model(column)), notes.read())
        assert model.note_of(0).note == said, column
    statement = model.set_notes([0], note="of another model")
    assert statement is not None and model.set_notes([0], note="of another model") is None
    notes.update(applied([statement], notes.read())[0])
    for column, said in ((500.0, "of another model"), (100.0, "a vessel")):
        show(model, ErrorRows.of(of_model(column)), notes.read())
        assert model.note_of(0).note == said
    show(model, ErrorRows.of(of_model(500.0)), {"mark 2": RowNote(None, "without a place")})
    assert model.note_of(0) == RowNote()
