"""A row opens its study at its place, and never another picture under the same name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from mammoview.assess.models.hashes import PINS
from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.core.settings import Settings
from mammoview.evaluation.evaluation_folder import Provenance, write_provenance
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.qt.workbench.error_table import COLUMNS
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.records.own_drawings import own_drawings_of, own_outline
from tests.qt.conftest import viewport_of
from tests.qt.workbench.conftest import evaluation_of
from tests.support.second_reading import events
from tests.support.timeouts import PATIENCE_MS

VIEW = COLUMNS.index("view")


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
    bench.open_row(next(row for row in rows if bench.opened.rows.at([row])[0]["view"] == view))


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


def click(bench: WorkbenchWindow, view: str, qtbot) -> None:
    """Click the first row of a view."""
    place = next(n for n in range(bench.model.rowCount()) if bench.model.data(bench.model.index(n, VIEW)) == view)
    middle = bench.views.table.visualRect(bench.model.index(place, VIEW)).center()
    qtbot.mouseClick(bench.views.table.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def test_a_click_opens_behind_the_workbench_and_the_next_one_takes_its_turn(
    open_window, evaluated, make_study, tmp_path: Path, qtbot, monkeypatch
) -> None:
    folder, files = evaluated
    window = open_window()
    raised: list[str] = []
    monkeypatch.setattr(window, "raise_", lambda: raised.append("raised"))
    monkeypatch.setattr(window, "activateWindow", lambda: raised.append("active"))
    bench = bench_of(window, folder, qtbot)
    bench.filter.setCurrentIndex(bench.filter.findData("all"))
    opened: list[object] = []
    window.session.opened.connect(opened.append)
    for view in ("L CC", "R CC", "L CC", "R CC"):  # one study: it is opened once
        click(bench, view, qtbot)
    qtbot.waitUntil(lambda: shows(window, files["R CC"]) and not window.session.is_opening, timeout=PATIENCE_MS)
    assert len(opened) == 1 and len(window.session.studies) == 1 and raised == []
    assert window.layers.is_on("heatmap") and window.layers.is_on("outlines")
    click(bench, "L CC", qtbot)
    qtbot.waitUntil(lambda: shows(window, files["L CC"]), timeout=PATIENCE_MS)
    assert len(opened) == 1 and raised == []
    bench.open_selected()
    qtbot.waitUntil(lambda: shows(window, files["L CC"]), timeout=PATIENCE_MS)
    assert raised == ["raised", "active"]
    # Of two studies, the one that was clicked last is opened, and the other one is not.
    window.session.close_study()
    other = tmp_path / "another evaluation"
    evaluation_of(make_study("other", mirrored=("R CC",)), other)
    mine = bench.opened.place_of(0)
    theirs = bench_of(window, other, qtbot).opened.place_of(0)
    opened.clear()
    for place in (mine, theirs, mine, theirs):
        window.workbench.open_place(place, in_front=False)
    qtbot.waitUntil(lambda: shows(window, theirs.file) and not window.session.is_opening, timeout=PATIENCE_MS)
    assert len(opened) == 1 and len(window.session.studies) == 1


def test_browsing_rows_loses_no_drawing_of_the_study_that_is_left(open_window, evaluated, make_study, qtbot) -> None:
    folder, files = evaluated
    window = open_window(make_study("other"))
    scan = viewport_of(window, "L CC").scan
    drawn = own_outline([(1, 1), (50, 1), (50, 50)])
    window.drawing.put(scan, (drawn,))
    bench = bench_of(window, folder, qtbot)
    click(bench, "L CC", qtbot)
    qtbot.waitUntil(lambda: shows(window, files["L CC"]), timeout=PATIENCE_MS)
    window.session.show_study(0)
    assert own_drawings_of(viewport_of(window, "L CC").scan) == (drawn,)
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def test_a_second_reader_sees_the_layers_of_a_row_and_no_impression_counts_as_unaided(
    open_window, evaluated, qtbot
) -> None:
    folder, files = evaluated
    window = open_window(settings=Settings.model_construct(notice_seen=True))
    bench = bench_of(window, folder, qtbot)
    show(bench, "R CC")
    qtbot.waitUntil(lambda: shows(window, files["R CC"]) and window.layers.is_on("heatmap"), timeout=PATIENCE_MS)
    assert window.layers.is_on("outlines") and any("The layers are open" in text for text in window.messages.texts)
    own = window.reader.second_reader.own
    assert own.revealed and own.mode == "concurrent" and not window.reader.second_reader.first_open
    assert ("reveal", {"mode": "concurrent"}) in events()


def test_rows_show_the_layers_of_no_other_study_and_none_to_a_blind_reader(
    open_window, evaluated, make_study, qtbot
) -> None:
    folder, files = evaluated
    window = open_window(make_study("other", mirrored=("R CC",)), settings=Settings.model_construct(notice_seen=True))
    bench = bench_of(window, folder, qtbot)
    show(bench, "R CC")
    qtbot.waitUntil(lambda: shows(window, files["R CC"]) and window.layers.open, timeout=PATIENCE_MS)
    window.session.show_study(0)
    second = window.reader.second_reader
    qtbot.waitUntil(lambda: second.own is not None and not window.session.busy, timeout=PATIENCE_MS)
    assert not window.layers.open and not second.own.revealed
    window.reader.set_mode("blind")
    show(bench, "L CC")
    qtbot.waitUntil(lambda: shows(window, files["L CC"]), timeout=PATIENCE_MS)
    assert not window.layers.open and any("Blind reading" in text for text in window.messages.texts)


def test_rows_of_another_model_are_not_shown_with_these_layers_without_a_word(
    open_window, evaluated, tmp_path: Path, qtbot
) -> None:
    folder, files = evaluated
    mine = ModelChoice(OwnModelFolder(tmp_path, "f" * 64), "mine 1.0")
    other = {"name": "mine", "version": "1.0", "sha256": "a" * 64, "facts_sha256": "f" * 64}
    write_provenance(folder, Provenance(models=(other,)))
    window = open_window()
    bench = bench_of(window, folder, qtbot)
    line = bench.model_line
    assert line.isVisible() and "mine 1.0" in line.text and "the bundled models" in line.text
    assert line.button.isVisible() and "choose its folder" in line.button.text(), "it is not known where it lies"
    show(bench, "R CC")
    qtbot.waitUntil(lambda: shows(window, files["R CC"]), timeout=PATIENCE_MS)
    assert line.text in window.messages.texts
    window.session.choices.use(BUNDLED, mine)
    line.button.click()
    assert window.session.choices.shown == mine and not line.isVisible()


def test_a_model_that_is_neither_a_nor_b_is_shown_out_of_its_folder(
    open_window, evaluated, tmp_path: Path, qtbot, monkeypatch
) -> None:
    pytest.importorskip("onnxruntime")
    from tests.support.own_models import mean_classifier, write_model

    mine, another = (write_model(tmp_path / name, mean_classifier(), name=name) for name in ("mine", "another"))
    choice = ModelChoice.of(mine)
    stated = {"name": "mine", "version": "1.0", "sha256": "a" * 64, "facts_sha256": choice.key}
    write_provenance(evaluated[0], Provenance(models=(stated,)))
    window = open_window()
    line = bench_of(window, evaluated[0], qtbot).model_line
    answers = [another, tmp_path, mine]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_about: str(answers.pop(0)))
    for words in ("another model than that of the rows", "model.toml"):
        line.button.click()
        qtbot.waitUntil(lambda words=words: any(words in text for text in window.messages.texts), timeout=PATIENCE_MS)
        assert window.session.choices.shown == BUNDLED
    line.button.click()
    qtbot.waitUntil(lambda: window.session.choices.shown.key == choice.key, timeout=PATIENCE_MS)
    assert window.session.choices.other == BUNDLED and not line.isVisible()


@pytest.mark.parametrize("sha256", [PINS["rescorer"]["model.safetensors"], "0" * 64])
def test_rows_of_the_bundled_models_offer_those_where_they_are_the_same(
    sha256: str, open_window, evaluated, tmp_path: Path, qtbot
) -> None:
    write_provenance(evaluated[0], Provenance(models=({"name": "rescorer", "version": "5", "sha256": sha256},)))
    window = open_window()
    mine, choices = ModelChoice(OwnModelFolder(tmp_path, "f" * 64), "mine 1.0"), window.session.choices
    choices.use(mine)
    line = bench_of(window, evaluated[0], qtbot).model_line
    assert line.isVisible() and line.button.isVisible() is (sha256 != "0" * 64)
    assert ("another version" in line.text) is (sha256 == "0" * 64)
    if line.button.isVisible():
        line.button.click()
        assert (choices.first, choices.second) == (BUNDLED, mine) and not line.isVisible()


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
