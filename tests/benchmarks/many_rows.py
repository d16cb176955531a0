"""How smooth the workbench is with many rows: made rows, made crops; run on request:

python -m tests.benchmarks.many_rows [ROWS]

Per interaction: the GUI thread's own CPU time until everything is painted, ms, which other load on the machine does not
spoil; the least of three. Then how long a table of as many marks takes to be read, which a worker thread does.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mammoview.qt.workbench.error_rows import ErrorRows

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
TIMES = 3


def made_rows(count: int, read: Callable[[float], None]) -> ErrorRows:
    """Return rows of an evaluation out of a file; `read` is called with the seconds that the file took."""
    from mammoview.evaluation.evaluation import Evaluation
    from mammoview.evaluation.evaluation_tables import filled
    from mammoview.qt.workbench.error_rows import ErrorRows

    rng = np.random.default_rng(3)
    scores, near, hit = rng.random(count), 80 * rng.random(count), rng.random(count) < 0.3
    views, data_sets = rng.integers(0, 4000, count), rng.integers(0, 3, count)
    marks = [
        {
            "mark_id": f"{n:08x} {n}", "patient": f"P{views[n] // 4}", "study": f"S{views[n] // 4}", "breast": "L",
            "view_code": f"v{views[n]}", "view": ("L CC", "L MLO")[views[n] % 2], "rank": 1 + n % 5, "listed": True,
            "score": scores[n], "hit": bool(hit[n]), "near_miss_mm": None if hit[n] else near[n], "column": 100.0,
            "row": 100.0, "source": f"{views[n]}.dcm", "data_set": ("DDSM", "CBIS-DDSM", "mini-MIAS")[data_sets[n]],
        }
        for n in range(count)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        Evaluation([], filled("marks", marks), [], [], []).write(Path(folder))
        start = time.thread_time()
        rows = ErrorRows.read(Path(folder))
        read(time.thread_time() - start)
    return rows


def main() -> None:
    """Print the figures."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from mammoview.qt.application import application
    from mammoview.qt.widgets.notifier import Notifier
    from mammoview.qt.workbench.error_table import COLUMNS
    from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation
    from mammoview.qt.workbench.workbench_window import WorkbenchWindow

    application()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    seconds: list[float] = []
    rows = made_rows(count, seconds.append)
    window = WorkbenchWindow(Notifier())
    window.resize(1400, 900)
    window.show()
    window.show_evaluation(OpenedEvaluation(Path(), rows, {}, {}, {}, {}))
    table, crops, model = window.views.table, window.views.crops, window.model

    def sort(name: str) -> Callable[[int], None]:
        orders = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
        return lambda step: table.sortByColumn(COLUMNS.index(name), orders[step % 2])

    def search(words: str) -> None:
        window.search.setText(words)
        window.apply_filter()

    chance = np.random.default_rng(5)

    def select(number: int) -> None:
        held = np.zeros(model.rowCount(), np.bool_)
        held[chance.permutation(len(held))[:number]] = True
        window.views.selection.hold(held)

    def judge(step: int) -> None:
        window.verdict.setCurrentIndex(1 + step % 2)
        window.verdict.activated.emit(1 + step % 2)

    acts: dict[str, Callable[[int], object]] = {
        "filter: all, errors": lambda step: window.filter.setCurrentIndex(step % 2),
        "search": lambda step: search(("", "P12 mlo")[step % 2]),
        "all again": lambda _step: (window.filter.setCurrentIndex(0), search("")),
        **{f"sort by {name}": sort(name) for name in ("score", "source", "verdict")},
        "scroll the table": lambda step: table.verticalScrollBar().setValue(500 + step * count // 9),
        "scroll the crops": lambda step: crops.verticalScrollBar().setValue(5000 + step * 9000),
        "select a row": lambda step: table.selectRow(100 * step + 9),
        "select all": lambda _step: (table.clearSelection(), table.selectAll()),
        "sort with all selected": sort("score"),
        "select those of a filter": lambda step: (
            window.filter.setCurrentIndex(3),
            table.selectAll(),
            window.filter.setCurrentIndex(0),
        ),
        "sort with those selected": sort("kind"),
        "sort with 10,000 that stand apart": lambda step: (select(10_000), sort("score")(step)),
        "a verdict on 30,000": lambda step: (select(30_000), judge(step)),
    }
    for name, act in acts.items():
        spent = []
        for step in range(TIMES + 1):
            QApplication.processEvents()
            start = time.thread_time()
            act(step)
            QApplication.processEvents()
            spent.append(1000 * (time.thread_time() - start))
        print(f"{name}: {min(spent[1:]):.0f} ms, {model.rowCount()} rows", flush=True)
    print(f"reading {count} marks, in a worker thread: {seconds[0]:.1f} s")
    window.stop()


if __name__ == "__main__":
    main()
