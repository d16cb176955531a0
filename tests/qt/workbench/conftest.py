"""Evaluations for the workbench, made and of the made-up study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from mammoview.core.result_sources import anonymous_source, private_key, remember
from mammoview.core.tables import NUMBER, TEXT, Row
from mammoview.evaluation import paired_comparison
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_folder import Provenance, write_provenance
from mammoview.evaluation.evaluation_tables import TABLES, filled
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.workbench.error_rows import TEXTS, ErrorRows
from mammoview.qt.workbench.error_table import COLUMNS, ErrorTableModel
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.records.error_notes import NotesOnRows, RowNote, RowVerdict
from tests.support.timeouts import PATIENCE_MS

NO_DIFFERENCE: Row = {column.name: "" if column.type is TEXT else None for column in paired_comparison.COLUMNS}
"""A row of the differences of two models that states nothing."""


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
        mark(2, folds_low=0.1, folds_high=0.8, cluster=True),
        mark(3, near_miss_mm=8.0),
        mark(4, near_miss_mm=55.0, view_code="v2", score=0.05, data_set="DDSM"),
        mark(5, listed=False),
    ],
    [view("v1", breast="L", score=0.8), view("v2", breast="L", score=0.05)],
    [],
    [],
)


def many_rows(count: int) -> ErrorRows:
    """Rows of marks with random texts and numbers, each with a key of its own; none is of a reader."""
    rng = np.random.default_rng(3)
    drawn: dict[str, list[object]] = {}
    for column in TABLES["marks"]:
        if column.name in TEXTS:
            drawn[column.name] = [f"{column.name} {n}" for n in rng.integers(0, 400, count)]
        elif column.type is NUMBER:
            drawn[column.name] = rng.random(count).tolist()
    blank = {"listed": True, **mark(1)}
    each = ({name: values[n] for name, values in drawn.items()} for n in range(count))
    marks = [blank | row | {"mark_id": f"key {n}", "hit": bool(n % 2)} for n, row in enumerate(each)]
    return ErrorRows.of(Evaluation([], marks, [], [], []))


def texts(rows: ErrorRows, name: str) -> list[str]:
    """A column of all rows."""
    return [row[name] for row in rows.at(range(len(rows)))]


MADE_NOTES = {"mark 2 100 200": RowNote(RowVerdict.WRONG, "a vessel", (100.0, 200.0))}


@pytest.fixture
def model(qapp: QApplication) -> ErrorTableModel:
    model = ErrorTableModel()
    show(model, ErrorRows.of(MADE), MADE_NOTES)
    return model


def show(model: ErrorTableModel, rows: ErrorRows, notes: Mapping[str, RowNote]) -> None:
    """Show rows with the notes on them."""
    model.show_rows(rows, NotesOnRows.of(notes, rows.keys, rows.places))


def column(model: ErrorTableModel, name: str) -> list[str]:
    return [str(model.data(model.index(row, COLUMNS.index(name)))) for row in range(model.rowCount())]


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


@pytest.fixture
def made_bench(qapp: QApplication) -> Iterator[WorkbenchWindow]:
    """The workbench with all rows of a made evaluation, without pictures."""
    window = WorkbenchWindow(Notifier())
    window.filter.setCurrentIndex(0)
    window.show_evaluation(OpenedEvaluation(Path("made"), ErrorRows.of(MADE), {}, {}, {}, {}))
    yield window
    window.stop()
    window.deleteLater()
