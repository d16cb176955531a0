"""The workbench stays at hand with many rows, and with many crops that are waited for."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QApplication

from mammoview.qt.workbench import row_selection
from mammoview.qt.workbench.error_table import COLUMNS, ErrorTableModel, Index
from mammoview.qt.workbench.error_views import ErrorViews
from tests.qt.workbench.conftest import column, many_rows, texts
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S

ORDER = Qt.SortOrder


def test_fifty_thousand_rows_sort_and_filter(qapp: QApplication) -> None:
    count = 50_000
    rows = many_rows(count)
    model = ErrorTableModel()
    model.show_rows(rows)
    model.set_filter("all", "")
    model.sort(COLUMNS.index("score"), ORDER.DescendingOrder)
    assert float(column(model, "score")[0]) >= float(column(model, "score")[1])
    model.set_filter("all", "scanner 123")
    assert texts(rows, "scanner").count("scanner 123") < model.rowCount() < count  # in other columns, too
    model.set_filter("all", "")
    assert model.rowCount() == count


def test_selecting_and_sorting_many_rows_does_not_ask_about_each_of_them(qtbot) -> None:
    count, asked = 20_000, [0]

    class Counting(ErrorTableModel):
        def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
            asked[0] += 1
            return super().rowCount(parent)

    model = Counting()
    model.show_rows(many_rows(count))
    model.set_filter("all", "")
    views = ErrorViews(model)
    qtbot.addWidget(views)
    views.grab()
    asked[0] = 0
    views.table.selectAll()
    views.grab()
    assert len(views.selected()) == count
    model.sort(COLUMNS.index("scanner"), ORDER.AscendingOrder)
    views.grab()
    assert len(views.selected()) == count
    assert asked[0] < count / 4


def test_rows_that_stand_apart_stay_selected(qtbot) -> None:
    model = ErrorTableModel()
    rows = many_rows(600)
    model.show_rows(rows)
    model.set_filter("all", "scanner 7")
    views = ErrorViews(model)
    qtbot.addWidget(views)
    views.table.selectAll()
    chosen = set(views.selected())
    assert 10 < len(chosen) < 600
    model.set_filter("all", "")
    assert set(views.selected()) == chosen
    assert views.first_selected() == views.selected()[0]
    model.set_filter("all", "no such words")
    assert views.selected() == [] and views.first_selected() is None
    model.set_filter("all", "")
    views.table.selectAll()  # out of ranges that do not stand side by side
    model.sort(COLUMNS.index("scanner"))
    assert len(views.selected()) == 600


def test_what_is_selected_is_what_qt_selects(qapp: QApplication, monkeypatch) -> None:
    """Random commands, against Qt's own model of a selection."""
    monkeypatch.setattr(row_selection, "MOST_RUNS", 3)
    model = ErrorTableModel()
    model.show_rows(many_rows(40))
    model.set_filter("all", "")
    rng, flag = np.random.default_rng(2), QItemSelectionModel.SelectionFlag
    ours, theirs = row_selection.RowSelection(model, model), QItemSelectionModel(model)
    kinds = (flag.Select, flag.Deselect, flag.Toggle, flag.Clear, flag.NoUpdate)
    seen = np.zeros(40, bool)
    seen[10:20] = True
    for step in range(250):
        command = kinds[rng.choice(5, p=(0.4, 0.2, 0.3, 0.05, 0.05))] | flag.Rows
        if rng.random() < 0.1:
            command |= flag.Clear
        if rng.random() < 0.4:
            command |= flag.Current
        chosen = QItemSelection()
        for _ in range(rng.integers(1, 4)):
            first = int(rng.integers(0, 40))
            chosen.select(model.index(first, 0), model.index(min(39, first + int(rng.integers(0, 6))), 5))
        if step % 5 == 0:
            chosen = model.index(int(rng.integers(0, 40)), 2)
        for selection in (ours, theirs):
            selection.select(chosen, command)
        if ours.is_scattered:
            ours.show_in(seen)
        held = np.array([theirs.isRowSelected(row) for row in range(40)])
        assert ours.held().tolist() == held.tolist(), step
        shown = np.array([ours.isRowSelected(row) for row in range(40)])
        assert (shown == held)[seen if ours.is_scattered else slice(None)].all(), step
        assert ours.hasSelection() == held.any()


def test_selected_rows_that_stand_apart_are_painted_so_wherever_they_come_into_sight(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(row_selection, "MOST_RUNS", 20)
    model = ErrorTableModel()
    model.show_rows(many_rows(3000))
    model.set_filter("all", "scanner 7")
    views = ErrorViews(model)
    qtbot.addWidget(views)
    views.resize(900, 500)
    views.show()
    views.table.selectAll()
    chosen = set(views.selected())
    model.set_filter("all", "")
    model.sort(COLUMNS.index("score"))
    selection = views.table.selectionModel()
    assert selection.is_scattered and selection.selection().count() < len(chosen) / 2
    bar, grid = views.table.verticalScrollBar(), views.crops
    qtbot.waitUntil(lambda: grid.verticalScrollBar().maximum() > 10_000, timeout=PATIENCE_MS)
    for move in (lambda: bar.setValue(bar.maximum() // 2), lambda: bar.setValue(bar.maximum()),
                 lambda: grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 3)):  # fmt: skip
        move()
        in_sight = {
            index.row()
            for view in (views.table, grid)
            for y in range(1, view.viewport().height(), 9)
            for x in range(10, view.viewport().width(), 60)
            if (index := view.indexAt(QPoint(x, y))).isValid()
        }
        assert len(in_sight) > 15
        for place in in_sight:
            assert selection.isRowSelected(place) == (model.row_of(model.index(place, 0)) in chosen)
    # One more row is added, and all others stay.
    place = next(place for place in sorted(in_sight) if not selection.isRowSelected(place))
    select = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    selection.select(model.index(place, 1), select)
    assert set(views.selected()) == {*chosen, *model.rows_at(np.array([place]))}
    views.forget()
    assert views.selected() == [] and not selection.hasSelection()


def test_another_evaluation_is_read_while_many_crops_are_waited_for(workbench, evaluated, qtbot, monkeypatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(workbench.crops.worker, "cut", lambda *_about: go.wait(PATIENCE_S))
    try:
        workbench.model.show_rows(workbench.opened.rows)  # crops are wanted anew
        workbench.views.crops.grab()
        workbench.crops.want(0)
        workbench.opened = None
        workbench.open_folder(evaluated[0])
        qtbot.waitUntil(lambda: workbench.opened is not None, timeout=PATIENCE_MS)
    finally:
        go.set()
        workbench.crops.drop()


def test_crops_out_of_sight_are_not_cut(made_bench, qtbot, monkeypatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(made_bench.crops.worker, "cut", lambda *_about: go.wait(PATIENCE_S))
    try:
        made_bench.resize(500, 260)
        made_bench.show()
        qtbot.waitUntil(lambda: made_bench.views.crops.verticalScrollBar().maximum() > 0, timeout=PATIENCE_MS)
        made_bench.crops.want(made_bench.model.rows_at(np.array([0]))[0])
        first = set(made_bench.crops.pending)
        made_bench.views.table.selectRow(made_bench.model.rowCount() - 1)  # the crops follow
        assert made_bench.views.is_crop_seen(made_bench.model.rowCount() - 1)
        waited_for = set(made_bench.crops.pending)
        assert first - waited_for
        assert all(made_bench.views.is_crop_seen(int(place)) for place in made_bench.model.places_of(waited_for))
        made_bench.model.sort(COLUMNS.index("scanner"))
        assert not made_bench.crops.pending
    finally:
        go.set()
        made_bench.crops.drop()
        made_bench.close()
