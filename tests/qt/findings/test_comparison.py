"""The comparison panel and the hatched difference, by key and by menu."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QTableWidget

from mammoview.qt.canvas.difference_item import BOTH, LAYER_ONLY, OUTLINE_ONLY, PARTS, DifferenceItem
from mammoview.qt.findings import comparison_worker
from mammoview.qt.findings.comparison_worker import ComparisonWorker
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.records.own_drawings import own_outline
from mammoview.study.outline_sources import Truth
from mammoview.study.scan import box
from tests.qt.conftest import blob_place, picture, viewport_of
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


@pytest.fixture
def outlined(window: MainWindow, qtbot) -> MainWindow:
    """The window, with a box around the blob of every scan and one beside it on L CC; the panel is closed."""
    for entry in window.session.entries.values():
        column, row = blob_place(entry.scan)
        outlines = [box(column - 30, row - 30, column + 30, row + 30, lesion_type="MASS OVAL", pathology="MALIGNANT")]
        if entry.scan.name == "L CC":
            outlines.append(box(column - 20, row + 100, column + 20, row + 140))
        entry.scan.outlines = tuple(outlines)
        window.comparison.prepare(entry)
    window.hanging.show("four-view")
    qtbot.waitUntil(lambda: len(window.comparison.compared) == 4 and not window.comparison.busy, timeout=PATIENCE_MS)
    return window


def texts(window: MainWindow) -> list[tuple[str, ...]]:
    """Return the cells of the panel's table."""
    table = window.comparison_panel.table
    return [tuple(table.item(r, c).text() for c in range(table.columnCount())) for r in range(table.rowCount())]


def iou(line: tuple[str, ...]) -> float:
    """Best IoU of a line of the table."""
    return float(line[5].split(" ")[0])


def heads(table: QTableWidget) -> list[str]:
    """Return the titles of the columns of a table."""
    return [table.horizontalHeaderItem(c).text() for c in range(table.columnCount())]


def layer_lines(window: MainWindow) -> dict[str, tuple[str, ...]]:
    """Return the lines of the panel's table of layers by their titles."""
    return lines_of(window.comparison_panel.layers_table)


def lines_of(table: QTableWidget) -> dict[str, tuple[str, ...]]:
    """Return the lines of a table by their first cell."""
    lines = [tuple(table.item(r, c).text() for c in range(table.columnCount())) for r in range(table.rowCount())]
    return {line[0]: line[1:] for line in lines}


@pytest.mark.parametrize("way", ["key", "menu"])
def test_the_panel_opens_and_stays_covered_until_the_outlines_are_shown(outlined: MainWindow, qtbot, way: str) -> None:
    panel = outlined.comparison_panel
    assert not panel.isVisible()
    if way == "key":
        qtbot.keyClick(outlined, Qt.Key.Key_K)
    else:
        outlined.actions_by_name["comparison"].trigger()
    assert panel.isVisible() and outlined.actions_by_name["comparison"].isChecked()
    assert "Covered" in panel.note.text() and not panel.body.isVisible()
    panel.copy()
    assert "IoU" not in QGuiApplication.clipboard().text()
    outlined.layers.switch("outlines", True)
    assert panel.body.isVisible() and not panel.note.isVisible()
    lines = texts(outlined)
    assert len(lines) == 5 * 4  # five outlines; grid, two heatmaps, saliency
    first = next(line for line in lines if line[0] == "L CC" and line[3] == "Heatmap, fused")
    # What it overlaps with is a box, and is called that.
    assert "hit" in first[4] and first[5].endswith(" (box)") and iou(first) > 0.3 and "mm" in first[7]
    second = next(line for line in lines if line[0] == "L CC" and line[1].startswith("2") and "fused" in line[3])
    assert "missed" in second[4] and iou(second) == 0
    outlined.actions_by_name["comparison"].trigger()
    assert not panel.isVisible()


def test_figures_follow_the_slider_at_once(outlined: MainWindow) -> None:
    outlined.comparison_panel.open(True)
    outlined.layers.show_only(["outlines", "heatmap"])
    slider = outlined.layers_panel.rows["heatmap"].threshold
    seen = []
    for value in (40, 70, 100):
        slider.setValue(value)
        line = next(line for line in texts(outlined) if line[0] == "R CC" and line[3] == "Heatmap, fused")
        seen.append((line[4], iou(line)))
    assert "hit" in seen[0][0] and "missed" in seen[2][0]
    assert seen[0][1] != seen[1][1] and seen[2][1] == 0


def test_the_active_scan_alone(outlined: MainWindow) -> None:
    outlined.comparison_panel.open(True)
    outlined.layers.switch("outlines", True)
    outlined.viewport_grid.activate(viewport_of(outlined, "R MLO"))
    outlined.comparison_panel.extent.setCurrentIndex(1)
    assert {line[0] for line in texts(outlined)} == {"R MLO"}
    outlined.viewport_grid.activate(viewport_of(outlined, "L CC"))
    assert {line[0] for line in texts(outlined)} == {"L CC"}


def test_figures_of_the_sensitivity_do_not_hang_on_whether_it_is_shown(outlined: MainWindow, qtbot) -> None:
    def figures() -> tuple[list[tuple[str, ...]], dict[str, tuple[str, ...]], str]:
        qtbot.waitUntil(lambda: not outlined.model_layers.pending and not outlined.comparison.busy, timeout=PATIENCE_MS)
        return texts(outlined), layer_lines(outlined), outlined.comparison.table()

    outlined.comparison_panel.open(True)
    outlined.layers.switch("outlines", True)
    before = figures()
    outlined.layers.switch("saliency", True)
    assert figures() == before
    lines, layers, table = before
    # The weighting of the sensitivity is named beside its figures, and in what is copied and written.
    assert {line[3] for line in lines if "sensitivity" in line[3]} == {"Model sensitivity (evidence)"}
    assert "Model sensitivity (evidence)" in layers
    written = list(csv.DictReader(io.StringIO(table)))
    assert {line["weighting"] for line in written if line["layer"] == "saliency"} == {"evidence"}
    assert {line["weighting"] for line in written if line["layer"] != "saliency"} == {""}
    outlined.model_layers.set_weighting("entropy")
    assert "Model sensitivity (entropy)" in figures()[1]


def test_the_next_study_is_compared_with_the_chosen_sensitivity_too(outlined: MainWindow, make_study, qtbot) -> None:
    outlined.comparison_panel.open(True)
    outlined.layers.switch("outlines", True)
    outlined.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(outlined.session.studies) == 2 and not outlined.session.busy, timeout=PATIENCE_MS)
    for entry in outlined.session.entries.values():
        column, row = blob_place(entry.scan)
        entry.scan.outlines = (box(column - 30, row - 30, column + 30, row + 30),)
        outlined.comparison.prepare(entry)
    if not outlined.comparison.revealed:
        outlined.layers.switch("outlines", True)
    # Scan by scan: until the last one is weighted, the table has a line of either.
    qtbot.waitUntil(
        lambda: {name for name in layer_lines(outlined) if "sensitivity" in name} == {"Model sensitivity (evidence)"},
        timeout=PATIENCE_MS,
    )


def test_a_click_on_a_row_centres_the_outline(outlined: MainWindow) -> None:
    outlined.comparison_panel.open(True)
    outlined.layers.switch("outlines", True)
    row = next(i for i, line in enumerate(texts(outlined)) if line[0] == "L MLO")
    outlined.comparison_panel.table.cellClicked.emit(row, 0)
    viewport = outlined.viewport_grid.active
    assert viewport.scan.name == "L MLO"
    place = viewport.viewport_point(*viewport.scan.outlines[0].centroid)
    assert abs(place.y() - viewport.viewport().rect().center().y()) < 2


def test_copy_and_csv_hold_the_figures(outlined: MainWindow, qtbot, tmp_path: Path, monkeypatch) -> None:
    outlined.comparison_panel.open(True)
    outlined.layers.switch("outlines", True)
    outlined.comparison_panel.copy()
    copied = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "figures"), ""))
    with qtbot.waitSignal(outlined.comparison.written, timeout=PATIENCE_MS):
        outlined.comparison_panel.ask_for_csv()
    saved = list(csv.DictReader((tmp_path / "figures.csv").open()))
    # One line per outline and layer, per scan and layer its false marks, per layer the hits by source.
    assert saved == copied and len(saved) == 5 * 4 + 4 * 4 + 4
    assert not any("Doe" in text for line in saved for text in line.values())


def test_a_table_behind_a_comparison_is_written_before_the_window_closes(tmp_path: Path, qapp, monkeypatch) -> None:
    begun, go = Event(), Event()
    monkeypatch.setattr(comparison_worker, "prepare_comparison", lambda *_of: (begun.set(), go.wait(PATIENCE_S)))
    worker = ComparisonWorker()
    worker.compare(None, None, Truth.ALL)
    worker.compare(None, None, Truth.ALL)
    assert begun.wait(PATIENCE_S)
    worker.write_table(tmp_path / "figures.csv", "text")
    Timer(0.05, go.set).start()
    worker.stop()
    assert (tmp_path / "figures.csv").read_text() == "text"


def test_a_table_that_cannot_be_written_is_a_message(outlined: MainWindow, qtbot, tmp_path: Path) -> None:
    (tmp_path / "film.png").touch()
    with qtbot.waitSignal(outlined.notifier.notified, timeout=PATIENCE_MS):
        outlined.comparison.write_table(tmp_path / "film.png" / "x.csv")
    assert "x.csv" in outlined.messages.texts[0]


def colour_share(image: np.ndarray, colour) -> int:
    """Return the number of pixels close to a colour."""
    wanted = np.array([colour.red(), colour.green(), colour.blue()])
    return int((np.abs(image.astype(int) - wanted).max(2) < 40).sum())


@pytest.mark.parametrize("way", ["key", "menu"])
def test_the_difference_shows_its_three_parts_where_they_are(outlined: MainWindow, qtbot, way: str) -> None:
    viewport = viewport_of(outlined, "L CC")
    column, row = blob_place(viewport.scan)
    entry = outlined.session.entries[viewport.scan]
    entry.scan.outlines = (box(column, row - 30, column + 120, row + 30),)  # half on the blob, half beside it
    outlined.comparison.prepare(entry)
    qtbot.waitUntil(lambda: not outlined.comparison.busy, timeout=PATIENCE_MS)
    if way == "key":
        qtbot.keyClick(outlined, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    else:
        outlined.actions_by_name["difference"].trigger()
    assert outlined.layers.is_on("outlines") and outlined.actions_by_name["difference"].isChecked()
    outlined.viewport_grid.centre_on(viewport, column, row, 6.0)
    image = picture(viewport)

    def around(steps: float) -> np.ndarray:
        """Return the picture around a place that many scan columns from the blob."""
        place = viewport.viewport_point(column + steps, row)
        x, y = round(place.x()), round(place.y())
        return image[y - 9 : y + 10, max(0, x - 9) : x + 10]

    for steps, part in ((10, BOTH), (50, OUTLINE_ONLY), (-10, LAYER_ONLY)):
        counts = {one.text: colour_share(around(steps), one.colour) for one in PARTS}
        assert max(counts, key=counts.get) == part.text and counts[part.text] > 20, (steps, counts)
    assert len({part.hatching for part in PARTS}) == 3 and len({part.colour.rgb() for part in PARTS}) == 3
    # The bare image hides it, all layers off takes it away.
    outlined.layers.hold_bare(True)
    assert colour_share(picture(viewport), BOTH.colour) == 0
    outlined.layers.hold_bare(False)
    outlined.layers.toggle_all()
    assert colour_share(picture(viewport), BOTH.colour) == 0


def test_the_difference_outlives_another_hanging_stage(outlined: MainWindow) -> None:
    outlined.comparison.show_difference(True)
    outlined.hanging.show_next()
    QApplication.processEvents()
    filled = [v for v in outlined.viewport_grid.viewports if v.content is not None]
    assert filled
    assert all(any(isinstance(item, DifferenceItem) for item in view.scene().items()) for view in filled)


def test_another_study_is_covered_again(outlined: MainWindow, make_study: Callable[..., Path], qtbot) -> None:
    outlined.comparison_panel.open(True)
    outlined.layers.switch("outlines", True)
    outlined.layers.switch("outlines", False)
    assert outlined.comparison.revealed
    outlined.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(outlined.session.studies) == 2 and not outlined.session.busy, timeout=PATIENCE_MS)
    assert not outlined.comparison.revealed and outlined.comparison.compared == ()
    assert "Covered" in outlined.comparison_panel.note.text()
    outlined.layers.switch("outlines", True)
    assert "no outlines in this study" in outlined.comparison_panel.note.text()


def test_assessed_again_is_compared_again(outlined: MainWindow, qtbot) -> None:
    entry = next(e for e in outlined.session.entries.values() if e.scan.name == "L CC")
    bare = replace(entry.assessed.assessment, heatmap=replace_values(entry.assessed.assessment.heatmap))
    entry.assessed = type(entry.assessed)(bare, entry.assessed.sensitivity)
    outlined.session.assessment_changed.emit(entry)
    qtbot.waitUntil(lambda: not outlined.comparison.busy, timeout=PATIENCE_MS)
    compared = next(c for c in outlined.comparison.compared if c.scan is entry.scan)
    assert compared.at("heatmap", 0.4).marks == 0


def replace_values(layer):
    """Return the layer with nothing on it."""
    return replace(layer, values=np.zeros_like(layer.values))


def test_the_panel_makes_no_window_wider(window):
    window.resize(640, 420)
    window.actions_by_name["comparison"].trigger()
    QApplication.processEvents()
    assert window.comparison_panel.isVisible()
    assert (window.width(), window.height()) == (640, 420)


def test_in_a_small_window_the_tables_of_totals_are_whole(one_missed: MainWindow, qtbot) -> None:
    one_missed.resize(1366, 768)
    one_missed.comparison_panel.open(True)
    one_missed.layers.switch("outlines", True)
    draw_on(one_missed, qtbot, "L CC")
    panel = one_missed.comparison_panel
    qtbot.waitUntil(panel.reader_table.isVisible, timeout=PATIENCE_MS)
    QApplication.processEvents()
    for table in (panel.layers_table, panel.reader_table):
        # Nothing in them is scrolled: the panel is, where it has to be.
        assert not table.verticalScrollBar().maximum() and not table.horizontalScrollBar().maximum()
        header = table.horizontalHeader()
        last = table.rowViewportPosition(table.rowCount() - 1) + table.rowHeight(table.rowCount() - 1)
        assert 0 < last <= table.viewport().height()
        for column, title in enumerate(heads(table)):
            room = QRect(0, 0, header.sectionSize(column) - 8, 1000)
            needed = header.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), title)
            assert needed.width() <= room.width() and needed.height() <= header.height(), title
    shown = panel.reader_table.mapTo(panel, QPoint(0, 0)).y() + panel.reader_table.height()
    assert shown <= panel.height(), "the reader's row is in sight without scrolling"


def draw_on(window: MainWindow, qtbot, name: str) -> None:
    """Have the reader draw a triangle round the blob of a scan."""
    entry = next(e for e in window.session.entries.values() if e.scan.name == name)
    column, row = blob_place(entry.scan)
    mine = own_outline([(column - 40, row - 40), (column + 40, row - 40), (column, row + 60)])
    window.drawing.add(entry.scan, mine)
    qtbot.waitUntil(lambda: not window.comparison.busy, timeout=PATIENCE_MS)


@pytest.fixture
def one_missed(window: MainWindow, qtbot) -> MainWindow:
    """The window with two outlines of another reader on L CC, one of them far from the blob; the panel is open."""
    for entry in window.session.entries.values():
        if entry.scan.name == "L CC":
            column, row = blob_place(entry.scan)
            far = (box(column - 20, row + top, column + 20, row + top + 40, source="reader A") for top in (100, 160))
            entry.scan.outlines = tuple(far)
            window.comparison.prepare(entry)
    qtbot.waitUntil(lambda: len(window.comparison.compared) == 1 and not window.comparison.busy, timeout=PATIENCE_MS)
    window.comparison_panel.open(True)
    window.layers.switch("outlines", True)
    return window


def test_drawing_changes_no_figure_unless_the_reader_says_so(one_missed: MainWindow, qtbot) -> None:
    panel, comparison = one_missed.comparison_panel, one_missed.comparison
    before = layer_lines(one_missed)
    assert before["Heatmap, fused"][2] == "0 / 2"
    draw_on(one_missed, qtbot, "L CC")
    draw_on(one_missed, qtbot, "R CC")
    after = layer_lines(one_missed)
    # The reader stands beside the models, against the same truth.
    assert after == before
    assert lines_of(panel.reader_table) == {"Your own outlines": ("1", "1", "0 / 2")}
    assert heads(panel.reader_table)[2:] == heads(panel.layers_table)[2:]
    assert heads(panel.layers_table)[-2:] == ["False per scan", "Hit: other (box)"]
    assert {line[2] for line in texts(one_missed)} == {"reader A"}
    panel.truth.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(comparison.compared) == 2 and not comparison.busy, timeout=PATIENCE_MS)
    assert layer_lines(one_missed)["Heatmap, fused"][2:] == ("2 / 4", "2 / 2", "0 / 2")
    assert heads(panel.layers_table)[-3:] == ["Outlines hit", "Hit: own", "Hit: other (box)"]
    assert not panel.reader_table.isVisible()
    reported = list(csv.DictReader(io.StringIO(comparison.table())))
    heat = [line for line in reported if line["scan"] == "all" and line["layer"] == "heatmap"]
    assert [(line["drawn by"], line["hit"]) for line in heat] == [("own", "2 of 2"), ("other", "0 of 2")]
    assert {line["truth"] for line in reported} == {"others and own"}
    assert {line["drawn by"] for line in reported} == {"other", "own", ""}
    panel.truth.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(comparison.compared) == 2 and not comparison.busy, timeout=PATIENCE_MS)
    assert layer_lines(one_missed)["Heatmap, fused"][2] == "2 / 2"
    assert {line[2] for line in texts(one_missed)} == {"own"}


def test_own_outlines_alone_are_no_truth(window: MainWindow, qtbot) -> None:
    window.comparison_panel.open(True)
    window.layers.switch("outlines", True)
    draw_on(window, qtbot, "L CC")
    assert "your own, and these do not count as truth" in window.comparison_panel.note.text()
    assert window.comparison.compared == ()
    window.comparison_panel.truth.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(window.comparison.compared) == 1 and not window.comparison.busy, timeout=PATIENCE_MS)
    assert window.comparison_panel.body.isVisible()


def test_the_choice_of_a_truth_lasts_as_long_as_the_window(
    one_missed: MainWindow, make_study, open_window, qtbot
) -> None:
    one_missed.comparison_panel.truth.setCurrentIndex(1)
    one_missed.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(one_missed.session.studies) == 2 and not one_missed.session.busy, timeout=PATIENCE_MS)
    assert one_missed.comparison.truth is Truth.ALL
    assert one_missed.comparison_panel.truth.currentIndex() == 1
    assert "truth" not in one_missed.settings.model_dump_json()
    assert open_window().comparison.truth is Truth.OTHERS
