"""The eraser in the window: paints, moves, goes back and forth, and leaves the true scan as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mammoview.assess.results.score_changes import Change, ScoreChanges
from mammoview.core import paths
from mammoview.core.settings import Settings
from mammoview.qt.eraser.alteration_work import AlterationWork, AlteredPart, Subject
from mammoview.qt.eraser.altered_overlay import banner, rows_of
from mammoview.qt.eraser.eraser_tools import brushed
from mammoview.qt.findings.listed_finding import thumbnail
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.main_window.viewport_pictures import without_patient
from mammoview.qt.navigation.pixel_readout import readout
from mammoview.qt.session.altered_scan import AlteredScan
from mammoview.qt.session.loaded_scan import with_pixels
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.pixel_changes import altered_copy
from tests.qt.conftest import WHOLE_FILMS, viewport_of
from tests.qt.eraser.conftest import settle, stroke
from tests.support.phantoms import assessed, breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS


class StandInWork(AlterationWork):
    """Alters pixels as the program does, and answers without models: nothing is found any more."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = Event()
        self.may_answer.set()

    def prepare(self, assessor: object, subject: Subject, task: object) -> None:
        """Read nothing."""

    def _answered(self, assessor, subject: Subject, task, new: int = 1) -> AlteredPart:
        copy = altered_copy(subject.scan, subject.changes)
        picture = with_pixels(subject.picture, copy)
        task.deliver(picture)
        while not self.may_answer.wait(0.01):
            task.check()
        made = AssessmentResult.of(replace(assessed(subject.scan), provenance={"altered": True}))
        scores = tuple(
            ScoreChanges(one.region.centre, {200: Change(0.9, 0.1)}, Change(0.5, 0.2), Change(0.6, 0.1), None, ())
            for one in subject.changes[-new:]
        )
        return AlteredPart(
            subject.scan, subject.changes, AlteredScan(copy, picture, subject.picture, made, made), scores
        )


@pytest.fixture
def erasing(window: MainWindow) -> MainWindow:
    window.eraser.work = StandInWork()
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.layers.show_only(("heatmap",))
    window.actions_by_name["erase"].trigger()
    return window


def test_erasing_shows_a_copy_and_undo_brings_all_back(erasing: MainWindow, qtbot, tmp_path: Path) -> None:
    window, viewport = erasing, viewport_of(erasing, "L CC")
    entry = window.session.entries[viewport.scan]
    true, picture, before = entry.scan.pixels.copy(), entry.grey.picture, entry.assessed
    kept = cached()
    stroke(viewport, (100, 280), (110, 300))
    settle(window, qtbot)
    assert entry.altered is not None and entry.drawn is entry.altered.assessed and entry.assessed is before
    assert entry.grey.picture.pixels is entry.altered.scan.pixels
    assert entry.altered.scan.pixel_hash != entry.scan.pixel_hash
    np.testing.assert_array_equal(entry.scan.pixels, true)
    np.testing.assert_array_equal(entry.scan.read(), true)
    assert (entry.altered.scan.pixels != true).any() and "altered" in viewport.state
    viewport.grab()
    words = banner(viewport)[2]
    assert not any(words.intersects(line) for line in viewport.foreground.upper_texts)
    stroke(viewport, (120, 340), (125, 342))
    settle(window, qtbot)
    assert len(window.eraser.state.parts[entry.scan].changes) == 2
    # Its files say so; the scan's own results and files do not change.
    with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
        window.export.export_seen(tmp_path / "seen.png")
    with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
        window.export.export_scan(tmp_path / "scan.png")
    assert "Altered picture" in without_patient(viewport).text("Altered")
    for name in ("seen.png", "scan.png"):
        with Image.open(tmp_path / name) as file:
            assert "Altered picture" in file.text["Altered"]
    assert cached() == kept
    for _ in range(2):
        window.actions_by_name["undo"].trigger()
    assert entry.altered is None and entry.drawn is before and entry.grey.picture is picture
    assert "altered" not in viewport.state
    window.actions_by_name["redo"].trigger()
    window.actions_by_name["redo"].trigger()
    assert entry.altered is not None and len(window.eraser.state.parts[entry.scan].changes) == 2
    window.actions_by_name["true_pictures"].trigger()
    assert entry.altered is None and entry.grey.picture is picture
    window.actions_by_name["redo"].trigger()
    assert entry.altered is not None
    # Closed, and opened again, the study is the true one.
    window.session.close_study()
    assert entry.altered is None and not window.eraser.state.parts


def cached() -> dict[str, bytes]:
    """Return what lies in the cache folder."""
    folder = paths.cache_folder()
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("command", ["undo", "true_pictures", "cancel", "clear"])
def test_until_the_models_answer_nothing_they_said_before_lies_over_altered_pixels(
    erasing: MainWindow, qtbot, command: str
) -> None:
    window, viewport = erasing, viewport_of(erasing, "L CC")
    entry = window.session.entries[viewport.scan]
    picture, before = entry.grey.picture, entry.assessed
    listed = next(one for one in window.findings.listed if one.entry is entry)
    crop = thumbnail(listed, 48)
    window.eraser.work.may_answer.clear()
    stroke(viewport, (100, 280), (110, 300))
    qtbot.waitUntil(lambda: entry.altered is not None, timeout=PATIENCE_MS)
    assert entry.drawn is None and "altered" in viewport.state
    assert not window.finding_marker.numbered_in(viewport)
    assert entry.grey.picture is not picture and thumbnail(listed, 48) == crop
    assert "heatmap" not in readout(entry, 105.0, 290.0, window.layers).lower()
    if command == "clear":
        window.cancel_controller.clear()
    else:
        window.actions_by_name[command].trigger()
    assert not window.eraser.busy
    assert entry.altered is None and entry.grey.picture is picture and entry.drawn is before
    window.eraser.work.may_answer.set()
    settle(window, qtbot)
    assert entry.altered is None and entry.grey.picture is picture
    assert "heatmap" in readout(entry, 105.0, 290.0, window.layers).lower()


def test_figures_of_a_region_are_those_of_the_picture_shown(erasing: MainWindow, qtbot) -> None:
    window, viewport = erasing, viewport_of(erasing, "L CC")
    figures, entry = window.drawing.figures, window.session.entries[viewport.scan]
    region = Annotation(AnnotationKind.ELLIPSE, np.array([[95.0, 270.0], [125.0, 310.0]]))

    def shown() -> tuple[str, ...]:
        figures.lines(entry.grey.picture.analysis, region)
        qtbot.waitUntil(lambda: not figures.busy, timeout=PATIENCE_MS)
        return figures.lines(entry.grey.picture.analysis, region)

    true = shown()
    stroke(viewport, (100, 280), (110, 300))
    settle(window, qtbot)
    assert shown() != true
    window.actions_by_name["undo"].trigger()
    assert shown() == true


def test_a_region_moves_to_the_other_breast(erasing: MainWindow, qtbot) -> None:
    window = erasing
    left, right = viewport_of(window, "L CC"), viewport_of(window, "R CC")
    window.actions_by_name["move_region"].trigger()
    stroke(left, (95, 260), (105, 262))
    assert window.eraser.tools["move_region"].held is not None and not window.eraser.state.parts
    assert window.messages.shown.startswith("Click where the region is to go")
    place = right.viewport_point(300, 330).toPoint()
    QTest.mouseClick(right.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    settle(window, qtbot)
    parts = window.eraser.state.parts
    assert set(parts) == {left.scan, right.scan}
    column, row = parts[right.scan].changes[-1].region.centre
    assert abs(column - 300) < 3 and abs(row - 330) < 3
    # It is drawn: words in the picture where there were none.
    image = right.viewport().grab().toImage()
    assert any(image.pixelColor(QPoint(x, 12)).red() > 200 for x in range(0, image.width(), 3))
    window.actions_by_name["undo"].trigger()
    assert not window.eraser.state.parts and window.session.entries[right.scan].altered is None


def test_what_to_do_with_a_region_is_said_only_while_it_is_held(erasing: MainWindow, qtbot) -> None:
    window, view, hint = erasing, viewport_of(erasing, "L CC"), "Click where the region is to go"
    move = window.actions_by_name["move_region"]

    def said() -> bool:
        return any(text.startswith(hint) for text in window.messages.texts)

    for end in (
        lambda: stroke(view, (120, 340)),  # a click puts it there
        lambda: window.eraser.cancel(),
        lambda: window.actions_by_name["pointer"].trigger(),
    ):
        if not move.isChecked():
            move.trigger()
        stroke(view, (95, 260), (105, 262))
        assert said()
        end()
        assert not said() and not window.messages.shown.startswith(hint)
        settle(window, qtbot)


def test_closed_layers_and_scans_that_were_not_assessed_are_refused(
    open_window: Callable[..., MainWindow], study: Path, qtbot
) -> None:
    window = open_window(study, settings=Settings.model_construct(notice_seen=True, reading="blind", **WHOLE_FILMS))
    window.eraser.work = StandInWork()
    window.actions_by_name["erase"].trigger()
    viewport = viewport_of(window, "L CC")
    with qtbot.waitSignal(window.notifier.notified, timeout=PATIENCE_MS):
        stroke(viewport, (100, 280), (110, 300))
    assert not window.eraser.busy and not window.eraser.state.parts


def test_a_brush_covers_a_disc_along_its_stroke() -> None:
    scan = scan_of(breast_pixels())
    region = brushed(scan, [(50.0, 60.0), (80.0, 60.0)], (10.0, 5.0))
    assert region is not None and region.box == (40, 55, 90, 65)
    assert region.holds(65, 60) and region.holds(65, 64) and not region.holds(42, 56)
    assert brushed(scan, [(-100.0, 5.0)], (10.0, 10.0)) is None


def test_the_table_says_what_was_and_what_is() -> None:
    scores = ScoreChanges(
        (0, 0),
        {200: Change(0.9, 0.1), 100: Change(0.5, 0.55)},
        Change(0.4, 0.3),
        Change(0.3, 0.2),
        Change(0.2, 0.01),
        (Change(0.8, 0.2), Change(0.9, 0.1)),
    )
    rows = rows_of(scores)
    assert [(name, text) for name, text, _rise in rows] == [
        ("100 µm", "0.50 → 0.55"),
        ("200 µm", "0.90 → 0.10"),
        ("Baseline heatmap", "0.40 → 0.30"),
        ("Fused heatmap", "0.30 → 0.20"),
        ("Re-scored", "0.20 → 0.01"),
        ("Fold 1", "0.80 → 0.20"),
        ("Fold 2", "0.90 → 0.10"),
    ]
    assert [rise for _name, _text, rise in rows[-2:]] == pytest.approx([-0.6, -0.8])
    spots = rows_of(replace(scores, clusters=Change(0.3, 0.0)))
    assert spots[5][:2] == ("Bright spots", "0.30 → 0.00") and spots[:5] + spots[6:] == rows
