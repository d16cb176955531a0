"""What must never bring the window down: no room, no files, other screens, missing views, hasty readers."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.core.settings import Settings
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.widgets.search_list import SearchBox
from mammoview.records.birads import AssessmentCategory
from mammoview.study.scan import Side
from tests.qt.conftest import drag, picture, scan_pixels, viewport_of
from tests.support.dicom_files import write
from tests.support.timeouts import PATIENCE_MS


def test_a_window_resized_to_nothing_comes_back(window, qtbot):
    for width, height in ((1, 1), (0, 0), (60, 900), (900, 40), (1100, 800)):
        window.resize(width, height)
        window.viewport_grid.resize(max(0, width - 250), max(0, height - 60))
        window.magnifier.switch(True)
        for viewport in window.viewport_grid.viewports:
            viewport.hovered.emit(viewport, 100.0, 300.0)
            viewport.grab()
        window.tiles.show_next()
        window.grab()
    window.magnifier.switch(False)
    window.viewport_grid.fit_films()
    qtbot.waitUntil(lambda: window.viewport_grid.width() > 400, timeout=PATIENCE_MS)
    assert all(np.ptp(picture(v)) > 100 for v in window.viewport_grid.viewports)


def test_the_greys_of_a_viewport_without_size_can_be_dragged(window, qtbot):
    viewport = window.viewport_grid.viewports[0]
    viewport.resize(0, 0)
    before = picture(window.viewport_grid.viewports[3])
    drag(qtbot, viewport, Qt.MouseButton.RightButton, QPoint(0, 0), QPoint(40, 30), QPoint(90, 10))
    assert viewport.content.grey.window is not None
    assert np.array_equal(picture(window.viewport_grid.viewports[3]), before)


def test_an_error_in_a_handler_is_reported_and_ends_nothing(window, qtbot, monkeypatch):
    """Raised from C, as by a division: within an override that calls on Qt's own, it would end the program."""

    def fail(*_arguments):
        return 1 / 0

    viewport = window.viewport_grid.viewports[0]
    monkeypatch.setattr(viewport.mouse, "move", fail)
    monkeypatch.setattr(SearchBox, "keyPressEvent", fail)
    place, none = QPointF(20, 30), Qt.KeyboardModifier.NoModifier
    moved = QMouseEvent(QEvent.Type.MouseMove, place, place, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, none)
    with qtbot.captureExceptions() as reported:
        QApplication.postEvent(viewport.viewport(), moved)
        pressed = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, none, "a")
        QApplication.postEvent(window.study_panel.search, pressed)
        QApplication.processEvents()
    assert [kind for kind, _error, _where in reported] == [ZeroDivisionError] * 2


def test_no_part_of_the_window_overrides_event():
    """Nor `viewportEvent`: all other handlers of the part would be called from within it."""
    classes = [QWidget]
    for kind in classes:
        classes += kind.__subclasses__()
    ours = {kind for kind in classes if kind.__module__.startswith("mammoview.")}
    assert Viewport in ours
    assert not [kind for kind in ours if {"event", "viewportEvent"} & set(vars(kind))]


def test_a_window_left_on_a_screen_that_has_gone_opens_on_one_that_is_there(open_window):
    kept = Settings.model_construct(notice_seen=True, window=(90000, 90000, 800, 600))
    window = open_window(settings=kept)
    assert any(screen.geometry().intersects(window.geometry()) for screen in window.screen().virtualSiblings())
    window.store_state()
    assert window.settings.window[0] < 90000


def test_two_hundred_rapid_keys_are_survived(window, qtbot):
    keys = [*"HGSOAXIFLDMQBZVRN12EJ+", "Space", "PgDown", "Return", "Esc", "Shift+N", "Shift+Space", "Tab"]
    random = np.random.default_rng(5)
    for word in random.choice(keys, 200):
        target = window.viewport_grid.active.viewport() if window.viewport_grid.active is not None else window
        QTest.keySequence(target, str(word))
    window.cancel_controller.clear()
    window.drawing.use(window.drawing.mode or "edit", False)
    window.hanging.show("four-view")
    window.viewport_grid.fit_films()
    window.layers.show_only(())
    assert all(np.ptp(picture(v)) > 100 for v in window.viewport_grid.viewports)


def test_a_study_left_while_it_loads_leaves_nothing_behind(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"), wait=False)
    qtbot.waitUntil(lambda: len(window.session.studies) == 2, timeout=PATIENCE_MS)
    for index in (1, 0, 1, 0, 1):
        window.session.show_study(index)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    shown = {v.scan for v in window.viewport_grid.viewports}
    assert shown == set(window.session.studies[1].scans)
    assert all(np.ptp(picture(v)) > 100 for v in window.viewport_grid.viewports)


@pytest.mark.parametrize(
    "views", [["L CC"], ["R CC", "L CC"], ["R CC", "L CC", "L MLO"], ["L CC", "L MLO"], ["R MLO", "L CC"]]
)
def test_missing_views_are_said_and_the_rest_hangs(open_window, study, views, qtbot):
    for file in study.glob("*.dcm"):
        if f"{file.stem[0]} {file.stem[1:]}" not in views:
            file.unlink()
    window = open_window(study)
    names = {v.scan.name for v in window.viewport_grid.viewports if v.scan is not None}
    assert names == set(views)
    for viewport in window.viewport_grid.viewports:
        if viewport.scan is None:
            assert viewport.note.startswith("No ")
    for _ in window.hanging.names:
        window.hanging.show_next()
        shown = [v for v in window.viewport_grid.viewports if v.scan is not None]
        assert shown and all(v.wall_left == v.scan.name.startswith("L") for v in shown)


@pytest.mark.parametrize("scans", [5, 6, 12])
def test_many_scans_are_all_reached(open_window, study, scans):
    """More scans than views: each view that is there twice, or three times, has its turn."""
    more = (("R", "CC"), ("L", "MLO"), ("L", "CC"), ("R", "MLO")) * 2
    for number, (side, name) in enumerate(more[: scans - 4]):
        wall = Side.LEFT if side == "L" else Side.RIGHT
        write(
            study / f"more{number}.dcm", pixels=scan_pixels(wall), ImageLaterality=side, ViewPosition=name,
            PatientID="study", StudyInstanceUID=f"1.2.3.{sum(map(ord, 'study'))}", BitsStored=16, HighBit=15,
            PixelSpacing=[0.4, 0.4], SOPInstanceUID=f"1.2.3.4.{number}",
        )  # fmt: skip
    window = open_window(study)
    assert len(window.session.entries) == scans
    seen, titles = set(), set()
    for _ in window.hanging.names:
        for viewport in window.viewport_grid.viewports:
            if viewport.scan is not None:
                seen.add(viewport.scan)
                titles.add(viewport.corners().title)
                assert viewport.wall_left == viewport.scan.name.startswith("L")
        window.hanging.show_next()
    assert seen == set(window.session.entries)
    # Which of them it is stands beside the view; nothing beside one that is there once.
    assert len(titles) == scans
    assert scans < 12 or {"R CC  1 of 3", "R CC  2 of 3", "R CC  3 of 3"} <= titles
    # The scans of a view that are in the same state have one line.
    lines = window.findings.states.text().splitlines()
    assert len([line for line in lines if line.startswith("R CC")]) == 1
    assert scans < 12 or "R CC \u00d7 3: assessed" in lines


def test_files_deleted_while_open_are_reported_and_what_is_loaded_stays(window, study, qtbot):
    shutil.rmtree(study)
    window.hanging.show("cc")
    viewport = viewport_of(window, "L CC")
    assert np.ptp(picture(viewport)) > 100
    window.drawing.use("ruler", True)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(40, 100), QPoint(120, 140))
    assert len(viewport.scan.annotations) == 1
    # Opened again, the loss is reported.
    window.open_paths([study])
    qtbot.waitUntil(lambda: any(study.name in text for text in window.messages.texts), timeout=PATIENCE_MS)
    assert np.ptp(picture(viewport)) > 100


def test_a_study_whose_files_went_before_it_is_shown_says_so_and_the_other_stays(open_window, make_study, qtbot):
    first, second = make_study("first"), make_study("second")
    window = open_window(first, second)
    shown = window.session.index
    other = 1 - shown
    shutil.rmtree(window.session.studies[other].scans[0].path.parent)
    window.session.show_study(other)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    hung = [v for v in window.viewport_grid.viewports if v.scan is not None]
    assert len(hung) == 4 and all("there is no such file" in v.note for v in hung)
    assert any("there is no such file" in text for text in window.messages.texts)
    for key in ("Space", "I", "H", "M", "K", "PgDown", "Shift+Z", "Ctrl+S", "N", "Return", "Esc"):
        QTest.keySequence(window.viewport_grid.active.viewport(), key)
    window.session.show_study(shown)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    window.hanging.show("four-view")
    assert all(np.ptp(picture(v)) > 100 for v in window.viewport_grid.viewports)


@pytest.mark.parametrize("side", ["R", "L"])
def test_one_breast_alone_is_read_whole(open_window, study, qtbot, side):
    for file in study.glob("*.dcm"):
        if not file.stem.startswith(side):
            file.unlink()
    window = open_window(study, settings=Settings.model_construct(notice_seen=True, reading="second_reader"))
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    # The stages of the other breast are passed over, and an impression is asked of this one alone.
    titles = set()
    for _ in window.hanging.names:
        titles.add(window.hanging.title)
        window.hanging.show_next()
    other = "Left" if side == "R" else "Right"
    assert not any(title.startswith(other) for title in titles)
    assert list(window.reader.panel.fields) == [side]
    field = window.reader.panel.fields[side]
    field.category.setCurrentIndex(field.category.findData(AssessmentCategory.NEGATIVE.value))
    field.category.activated.emit(field.category.currentIndex())
    window.actions_by_name["reveal"].trigger()
    qtbot.waitUntil(lambda: window.layers.open, timeout=PATIENCE_MS)
    # What is mirrored into a viewport without a scan does no harm.
    window.hanging.show("four-view")
    window.viewport_grid.zoom(1.25)
    window.tiles.show_next()
    window.hanging.show_prior(True)
    assert any(np.ptp(picture(v)) > 100 for v in window.viewport_grid.viewports if v.scan is not None)


def test_a_window_closed_while_scans_load_ends_at_once(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"), wait=False)
    qtbot.waitUntil(lambda: window.session.index >= 0, timeout=PATIENCE_MS)
    window.session.show_study(0)
    window.close()
    assert not window.session.loader.isRunning() and not window.session.models.isRunning()
    assert not window.messages.texts
