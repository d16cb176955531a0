"""Own outlines drawn, edited, labelled and saved with mouse and keys, under flips and zoom; nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from mammoview.core import paths
from mammoview.formats.common.outline_files import own_file
from mammoview.formats.datasets.ddsm_text import parse_overlay
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.drawing.outline_dialog import OutlineDialog
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.viewport.viewport import Viewport
from mammoview.records.own_drawings import DrawingJournal, own_outline
from mammoview.study.outline_sources import OWN_SOURCE, Truth
from mammoview.study.scan import Outline, OutlineKind, box
from tests.qt.conftest import drag, viewport_of
from tests.support.timeouts import PATIENCE_MS

CORNERS = ((100.0, 200.0), (180.0, 210.0), (150.0, 290.0))
LEFT = Qt.MouseButton.LeftButton


def at(viewport: Viewport, column: float, row: float) -> QPoint:
    """Return the place of a scan point in its viewport."""
    return viewport.viewport_point(column, row).toPoint()


def click(qtbot, viewport: Viewport, column: float, row: float) -> None:
    """Click a scan point."""
    drag(qtbot, viewport, LEFT, at(viewport, column, row))


def draw_polygon(qtbot, window: MainWindow, viewport: Viewport) -> Outline:
    """Draw a triangle by clicks and return it."""
    window.drawing.use("draw", True)
    for column, row in CORNERS:
        click(qtbot, viewport, column, row)
    click(qtbot, viewport, *CORNERS[0])
    return viewport.scan.outlines[-1]


@pytest.mark.parametrize("scale", [0.0, 6.0])
def test_a_polygon_lies_where_it_was_clicked(window: MainWindow, qtbot, scale: float) -> None:
    for name in ("L CC", "R CC", "R MLO"):
        viewport = viewport_of(window, name)
        if scale:
            window.viewport_grid.centre_on(viewport, 140, 240, scale)
        outline = draw_polygon(qtbot, window, viewport)
        pixel = 1 / (viewport.scale_px * viewport.scan.spacing.column_mm)
        assert outline.source == OWN_SOURCE and len(outline.points) == 3, name
        assert np.abs(outline.points - CORNERS).max() <= 0.51 * pixel, name


def test_a_polygon_lies_where_it_was_clicked_in_a_mirrored_scan(open_window, make_study, qtbot) -> None:
    window = open_window(make_study(mirrored=("L CC",)))
    viewport = viewport_of(window, "L CC")
    assert viewport.content.placement.to_mm.column_scale < 0
    outline = draw_polygon(qtbot, window, viewport)
    assert np.abs(outline.points - CORNERS).max() <= 0.51 / (viewport.scale_px * 0.4)


def test_a_freehand_line_closes_where_it_ends(window: MainWindow, qtbot) -> None:
    viewport = viewport_of(window, "L CC")
    window.drawing.use("draw", True)
    t = np.linspace(0, 2 * np.pi, 60)
    way = [at(viewport, 150 + 60 * np.cos(a), 250 + 60 * np.sin(a)) for a in t]
    drag(qtbot, viewport, LEFT, way[0], *way[1:])
    (outline,) = viewport.scan.outlines
    assert len(outline.points) > 10
    assert np.hypot(*(outline.points - (150, 250)).T) == pytest.approx(60, abs=2 / (viewport.scale_px * 0.4))
    # A drag that goes nowhere draws nothing, and panning is back when drawing ends.
    window.drawing.use("draw", False)
    assert window.viewport_grid.tool is None


def test_corner_and_whole_are_moved_and_undone(window: MainWindow, qtbot) -> None:
    viewport = viewport_of(window, "R CC")
    first = draw_polygon(qtbot, window, viewport)
    window.drawing.use("edit", True)
    assert window.drawing.mode == "edit"
    drag(qtbot, viewport, LEFT, at(viewport, *CORNERS[1]), at(viewport, 200, 180))
    moved = viewport.scan.outlines[-1]
    assert np.abs(moved.points[1] - (200, 180)).max() < 2 and (moved.points[[0, 2]] == first.points[[0, 2]]).all()
    inside = (150, 230)
    drag(qtbot, viewport, LEFT, at(viewport, *inside), at(viewport, inside[0] + 40, inside[1] + 30))
    whole = viewport.scan.outlines[-1]
    steps = whole.points - moved.points
    assert np.ptp(steps, axis=0).max() < 1e-9 and np.abs(steps[0] - (40, 30)).max() < 2
    window.viewport_grid.activate(viewport)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (viewport.scan.outlines[-1].points == moved.points).all()
    window.actions_by_name["undo"].trigger()
    window.actions_by_name["undo"].trigger()
    assert viewport.scan.outlines == ()
    for _ in range(3):
        window.actions_by_name["redo"].trigger()
    assert (viewport.scan.outlines[-1].points == whole.points).all()


def test_an_outline_is_deleted_and_comes_back(window: MainWindow, qtbot) -> None:
    viewport = viewport_of(window, "L MLO")
    draw_polygon(qtbot, window, viewport)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert viewport.scan.outlines == ()
    window.actions_by_name["undo"].trigger()
    assert len(viewport.scan.outlines) == 1


def test_escape_drops_a_line_and_undo_its_last_corner(window: MainWindow, qtbot) -> None:
    viewport = viewport_of(window, "L CC")
    window.drawing.use("draw", True)
    for column, row in CORNERS:
        click(qtbot, viewport, column, row)
    window.actions_by_name["undo"].trigger()
    click(qtbot, viewport, 120, 280)
    click(qtbot, viewport, *CORNERS[0])
    assert np.abs(viewport.scan.outlines[0].points[2] - (120, 280)).max() < 3
    click(qtbot, viewport, 30, 30)
    window.actions_by_name["clear"].trigger()
    assert len(viewport.scan.outlines) == 1 and not window.drawing.tool.line(viewport.scan)


def test_labels_are_kept_and_saved_beside_the_study(window: MainWindow, qtbot, study: Path) -> None:
    before = {file: file.read_bytes() for file in study.iterdir()}
    viewport = viewport_of(window, "L CC")
    draw_polygon(qtbot, window, viewport)
    window.actions_by_name["label"].trigger()
    asked = window.findChild(OutlineDialog)
    asked.kind.setCurrentText("core")
    asked.lesion.setEditText("mass shape oval")
    asked.assessment.setCurrentText("4")
    asked.subtlety.setCurrentText("2")
    asked.pathology.setEditText("malignant")
    asked.note.setPlainText("seen in both views")
    asked.accept()
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    file = own_file(viewport.scan.path)
    assert file.is_file() and any(file.name in text for text in window.messages.texts)
    assert {f: f.read_bytes() for f in before} == before, "no source file is touched"
    scan = next(s for s in open_study(study)[0].scans if s.name == "L CC")
    (outline,) = scan.outlines
    assert (outline.kind, outline.lesion_type, outline.assessment) == (OutlineKind.CORE, "MASS SHAPE OVAL", 4)
    assert (outline.subtlety, outline.pathology, outline.note) == (2, "MALIGNANT", "seen in both views")
    assert not list((paths.data_folder() / "journal").iterdir()), "what is saved needs no journal"


def test_unsaved_outlines_come_back_after_a_crash(open_window, study: Path, qtbot) -> None:
    scan = next(s for s in open_study(study)[0].scans if s.name == "R CC")
    journal = DrawingJournal.of(paths.data_folder(), scan.pixel_hash)
    journal.keep((own_outline(CORNERS),))
    journal.keep_stroke([(10, 10), (60, 10), (60, 60)])
    window = open_window(study)
    qtbot.waitUntil(lambda: len(viewport_of(window, "R CC").scan.outlines) == 2, timeout=PATIENCE_MS)
    assert any("recovered" in text for text in window.messages.texts)
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        window.actions_by_name["save"].trigger()
    assert own_file(scan.path).is_file() and journal.recovered() is None


READER = """
import json
import sys
from itertools import takewhile
from pathlib import Path
from PySide6.QtCore import QTimer
from mammoview.core import paths
from mammoview.qt.application import application
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.core.settings import Settings
from tests.qt.conftest import StandInAssessor, viewport_of
from tests.qt.drawing.test_outline_tool import click, draw_polygon

running = application()
window = MainWindow(Settings.model_construct(notice_seen=True, reading="concurrent"), StandInAssessor)
window.open_paths([Path(sys.argv[1])])
window.resize(1100, 800)
window.show()
drawn = []
journal = paths.data_folder() / "journal"

def written(file):
    lines = takewhile(lambda line: b"stroke" in line, reversed(file.read_bytes().splitlines()))
    return sum(len(json.loads(line)["stroke"]) for line in lines)

def draw():
    if not drawn and window.session.studies and not window.session.busy:
        viewport = viewport_of(window, "L CC")
        drawn.append(draw_polygon(None, window, viewport))
        for column, row in ((40, 40), (90, 40), (90, 90)):
            click(None, viewport, column, row)
    elif any(written(file) == 3 for file in journal.glob("*.jsonl")):
        print("drawing", flush=True)

timer = QTimer()
timer.timeout.connect(draw)
timer.start(20)
running.exec()
"""


def test_nothing_is_lost_when_a_window_is_killed_while_the_reader_draws(
    open_window, study: Path, qtbot, kill, monkeypatch
) -> None:
    journal = kill(READER, ["drawing"], "journal/*.jsonl")
    monkeypatch.setattr(paths, "data_folder", lambda: journal.parents[1])
    window = open_window(study)
    qtbot.waitUntil(lambda: len(viewport_of(window, "L CC").scan.outlines) == 2, timeout=PATIENCE_MS)
    whole, under_way = viewport_of(window, "L CC").scan.outlines
    assert np.abs(whole.points - CORNERS).max() < 3
    assert np.abs(under_way.points - ((40, 40), (90, 40), (90, 90))).max() < 3


def test_every_change_is_in_the_journal(window: MainWindow, qtbot) -> None:
    viewport = viewport_of(window, "L CC")
    draw_polygon(qtbot, window, viewport)
    click(qtbot, viewport, 40, 40)
    journal = DrawingJournal.of(paths.data_folder(), viewport.scan.pixel_hash)
    # The polygon, and after it the point with which the next line begins.
    qtbot.waitUntil(
        lambda: len(journal.recovered() or ()) == 1 and b"stroke" in journal.path.read_bytes().splitlines()[-1],
        timeout=PATIENCE_MS,
    )


def test_outlines_that_cannot_lie_beside_the_picture_go_elsewhere(
    window: MainWindow, open_window, qtbot, tmp_path, monkeypatch
) -> None:
    viewport = viewport_of(window, "L CC")
    draw_polygon(qtbot, window, viewport)
    own_file(viewport.scan.path).mkdir()  # as good as a folder that may not be written to, for root too
    window.actions_by_name["save"].trigger()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    window.findChild(QMessageBox).close()
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        window.outline_save.keep_in_own_folder(viewport.scan)
    kept = list((paths.data_folder() / "outlines").iterdir())
    assert len(kept) == 1 and "Doe" not in kept[0].read_text()
    # They come back with the same pixels, and go once they lie beside the picture.
    again = open_window(viewport.scan.path.parent)
    qtbot.waitUntil(lambda: len(viewport_of(again, "L CC").scan.outlines) == 1, timeout=PATIENCE_MS)
    own_file(viewport.scan.path).rmdir()
    again.drawing.put(viewport_of(again, "L CC").scan, (own_outline([(1, 1), (50, 1), (50, 50)]),))
    with qtbot.waitSignal(again.outline_save.done, timeout=PATIENCE_MS):
        again.outline_save.save()
    assert own_file(viewport.scan.path).is_file() and not kept[0].exists()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "mine"), ""))
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        window.outline_save.ask_for_place(viewport.scan)
    assert (tmp_path / "mine.own.outlines.json").is_file()
    # Saved at a place of the reader's choice they come back too.
    own_file(viewport.scan.path).unlink()
    once_more = open_window(viewport.scan.path.parent)
    qtbot.waitUntil(lambda: len(viewport_of(once_more, "L CC").scan.outlines) == 1, timeout=PATIENCE_MS)


def test_an_overlay_holds_what_was_drawn(window: MainWindow, qtbot, tmp_path: Path, monkeypatch) -> None:
    viewport = viewport_of(window, "L CC")
    outline = draw_polygon(qtbot, window, viewport)
    window.viewport_grid.activate(viewport)
    file = tmp_path / "LEFT_CC.OVERLAY"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        window.actions_by_name["overlay"].trigger()
    (back,) = parse_overlay(file.read_text(), file).outlines
    assert {tuple(p) for p in np.floor(outline.points)} <= {tuple(p) for p in np.floor(back.points)}


def test_an_overlay_never_mixes_own_outlines_with_those_of_others(
    window: MainWindow, qtbot, tmp_path: Path, monkeypatch
) -> None:
    viewport = viewport_of(window, "L CC")
    own = draw_polygon(qtbot, window, viewport)
    given = box(200, 300, 240, 340, source="DDSM")
    viewport.scan.outlines = (given, *viewport.scan.outlines)
    window.viewport_grid.activate(viewport)

    def written(button: str, file: Path) -> list[np.ndarray]:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
        window.actions_by_name["overlay"].trigger()
        (asked,) = (asked for asked in window.findChildren(QMessageBox) if asked.isVisible())
        with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
            next(one for one in asked.buttons() if one.text() == button).click()
        return [outline.points for outline in parse_overlay(file.read_text(), file).outlines]

    (mine,) = written("My own", tmp_path / "own.OVERLAY")
    assert {tuple(p) for p in np.floor(own.points)} <= {tuple(p) for p in np.floor(mine)}
    (theirs,) = written("Those of others", tmp_path / "given.OVERLAY")
    assert theirs.min(0) == pytest.approx((200, 300), abs=1)


def test_own_outlines_are_compared_like_any_other_where_the_reader_says_so(window: MainWindow, qtbot) -> None:
    viewport = viewport_of(window, "L CC")
    draw_polygon(qtbot, window, viewport)
    window.layers.switch("outlines", True)
    window.comparison.count_as_truth(Truth.ALL)
    qtbot.waitUntil(lambda: len(window.comparison.compared) == 1, timeout=PATIENCE_MS)
    assert window.comparison.compared[0].scan is viewport.scan
