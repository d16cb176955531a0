"""The workbench stays at hand with many rows, and with many crops that are waited for."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication

from mammoview.evaluation.evaluation import Evaluation
from mammoview.qt.workbench.error_rows import ErrorRows
from mammoview.qt.workbench.error_table import COLUMNS, ErrorTableModel, Index
from mammoview.qt.workbench.error_views import ErrorViews
from tests.qt.workbench.conftest import column, mark
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S

ORDER = Qt.SortOrder


def many_rows(count: int) -> ErrorRows:
    rng = np.random.default_rng(3)
    few = ErrorRows.of(Evaluation([], [mark(1)] * 10, [], [], []))
    texts = {name: rng.choice([f"{name} {n}" for n in range(400)], count).astype(object) for name in few.texts}
    texts["key"] = np.array([f"key {n}" for n in range(count)], object)
    rows = ErrorRows(texts, {name: rng.random(count) for name in few.numbers})
    rows.prepare()
    return rows


def test_fifty_thousand_rows_sort_and_filter(qapp: QApplication) -> None:
    count = 50_000
    rows = many_rows(count)
    model = ErrorTableModel()
    model.show_rows(rows, {})
    model.set_filter("all", "")
    model.sort(COLUMNS.index("score"), ORDER.DescendingOrder)
    assert float(column(model, "score")[0]) >= float(column(model, "score")[1])
    model.set_filter("all", "kind 123")
    assert (rows.texts["kind"] == "kind 123").sum() < model.rowCount() < count  # in other columns, too
    model.set_filter("all", "")
    assert model.rowCount() == count


def test_selecting_and_sorting_many_rows_does_not_ask_about_each_of_them(qtbot) -> None:
    count, asked = 20_000, [0]

    class Counting(ErrorTableModel):
        def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
            asked[0] += 1
            return super().rowCount(parent)

    model = Counting()
    model.show_rows(many_rows(count), {})
    model.set_filter("all", "")
    views = ErrorViews(model)
    qtbot.addWidget(views)
    views.grab()
    asked[0] = 0
    views.table.selectAll()
    views.grab()
    assert len(views.selected()) == count
    model.sort(COLUMNS.index("kind"), ORDER.AscendingOrder)
    views.grab()
    assert len(views.selected()) == count
    assert asked[0] < count / 4


def test_rows_that_stand_apart_stay_selected(qtbot) -> None:
    model = ErrorTableModel()
    rows = many_rows(600)
    model.show_rows(rows, {})
    model.set_filter("all", "kind 7")
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
    model.sort(COLUMNS.index("kind"))
    assert len(views.selected()) == 600


def test_another_evaluation_is_read_while_many_crops_are_waited_for(workbench, evaluated, qtbot, monkeypatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(workbench.cropper, "_crop", lambda *_about: go.wait(PATIENCE_S))
    try:
        workbench.model.show_rows(workbench.opened.rows, {})  # crops are wanted anew
        workbench.views.crops.grab()
        workbench._want_crop(0)
        workbench.opened = None
        workbench.open_folder(evaluated[0])
        qtbot.waitUntil(lambda: workbench.opened is not None, timeout=PATIENCE_MS)
    finally:
        go.set()
        workbench._drop_crops()


def test_crops_out_of_sight_are_not_cut(made_bench, qtbot, monkeypatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(made_bench.cropper, "_crop", lambda *_about: go.wait(PATIENCE_S))
    try:
        made_bench.resize(500, 260)
        made_bench.show()
        qtbot.waitUntil(lambda: made_bench.views.crops.verticalScrollBar().maximum() > 0, timeout=PATIENCE_MS)
        made_bench._want_crop(made_bench.model.rows_at(np.array([0]))[0])
        first = set(made_bench._pending)
        made_bench.views.table.selectRow(made_bench.model.rowCount() - 1)  # the crops follow
        assert made_bench.views.is_crop_seen(made_bench.model.rowCount() - 1)
        waited_for = made_bench._pending.keys()
        assert first - waited_for
        assert all(made_bench.views.is_crop_seen(int(place)) for place in made_bench.model.places_of(waited_for))
        made_bench.model.sort(COLUMNS.index("kind"))
        assert not made_bench._pending
    finally:
        go.set()
        made_bench._drop_crops()
        made_bench.close()
