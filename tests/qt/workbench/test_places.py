"""A row opens its study at its place, and never another picture under the same name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from tests.qt.conftest import viewport_of
from tests.qt.workbench.conftest import evaluation_of
from tests.support.timeouts import PATIENCE_MS


def bench_of(window: MainWindow, folder: Path, qtbot) -> WorkbenchWindow:
    window.actions_by_name["workbench"].trigger()
    bench = window.workbench.workbench
    assert bench is not None
    bench.open_folder(folder)
    qtbot.waitUntil(lambda: bench.opened is not None and bench.opened.folder == folder, timeout=PATIENCE_MS)
    return bench


def show(bench: WorkbenchWindow, view: str) -> None:
    """Show the first mark of a view."""
    rows = range(len(bench.opened.rows))
    bench.open_row(next(row for row in rows if bench.opened.rows.texts["view"][row] == view))


def shows(window: MainWindow, file: Path) -> bool:
    """Whether the place of the file has been shown."""
    active = window.viewport_grid.active
    shown = active is not None and active.scan is not None and active.scan.path == file
    return shown and window.workbench.wanted_place is None


def test_a_row_opens_its_study_at_its_place(open_window, evaluated, make_study, qtbot) -> None:
    folder, files = evaluated
    window = open_window(make_study("other"))
    bench = bench_of(window, folder, qtbot)
    show(bench, "R CC")
    qtbot.waitUntil(lambda: shows(window, files["R CC"]), timeout=PATIENCE_MS)
    viewport = viewport_of(window, "R CC")
    shown = viewport.viewport_point(300.0, 200.0)
    assert viewport.viewport().rect().contains(shown.toPoint())
    assert len(window.session.study.scans) == 4 and window.layers.is_on("heatmap")
    # It is open now: its other view is gone to at once, and from another study.
    show(bench, "L CC")
    qtbot.waitUntil(lambda: shows(window, files["L CC"]), timeout=PATIENCE_MS)
    window.session.show_study(0)
    show(bench, "R CC")
    qtbot.waitUntil(lambda: shows(window, files["R CC"]), timeout=PATIENCE_MS)
    assert len(window.session.studies) == 2
    # A reader who goes elsewhere meanwhile is not taken back later.
    window.session.show_study(0)
    show(bench, "R CC")
    window.session.show_study(0)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert window.workbench.wanted_place is None


def test_a_row_opens_its_study_out_of_a_zip_of_several(open_window, make_study, tmp_path: Path, qtbot) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("first", "second"):
            for file in make_study(name).iterdir():
                archive.write(file, f"{name}/{file.name}")
    folder = tmp_path / "evaluation"
    files = evaluation_of(packed, folder)
    window = open_window()
    bench = bench_of(window, folder, qtbot)
    show(bench, "R CC")
    qtbot.waitUntil(lambda: shows(window, files["R CC"]), timeout=PATIENCE_MS)
    assert len(window.session.studies) == 2 and packed in files["R CC"].parents


def test_another_picture_under_the_same_name_is_not_marked(open_window, evaluated, qtbot) -> None:
    folder, files = evaluated
    window = open_window()
    bench = bench_of(window, folder, qtbot)
    shutil.copyfile(files["L MLO"], files["R CC"])
    show(bench, "R CC")
    qtbot.waitUntil(lambda: window.workbench.wanted_place is None, timeout=PATIENCE_MS)
    assert "another picture than the one that was assessed" in bench.count.text()
    assert window.session.study is not None and not window.layers.is_on("heatmap")
    for file in files.values():
        file.unlink()
    window.session.close_study()
    show(bench, "L CC")
    qtbot.waitUntil(lambda: window.workbench.wanted_place is None, timeout=PATIENCE_MS)
    assert "not found on this machine" in bench.count.text()
