"""Screens that come and go between two starts, and windows moved from one to another of another scale."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication

from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.main_window import screen_changes
from mammoview.qt.main_window.screen_changes import position_on_screen
from tests.qt.conftest import DENSE, LEFT, RIGHT
from tests.support.timeouts import PATIENCE_MS

READER = """
import json, sys, time
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from mammoview.qt.widgets import theme
from mammoview.qt.main_window.main_window import MainWindow
from tests.qt.conftest import StandInAssessor, picture

application = QApplication([])
theme.apply(application)
window = MainWindow(None, StandInAssessor, library=False)
window.settings.notice_seen = True
window.settings.reading = "concurrent"
window.show()
if sys.argv[2:]:
    window.setGeometry(QRect(*map(int, sys.argv[2:])))
window.open_paths([sys.argv[1]])
while not (window.session.studies and not window.session.busy):
    application.processEvents()
    time.sleep(0.005)
application.processEvents()
viewports = [v for v in window.viewport_grid.viewports if v.scan is not None]
reported = {
    "screens": [screen.name() for screen in application.screens()],
    "screen": window.screen().name(),
    "ratio": window.devicePixelRatioF(),
    "seen": any(screen.geometry().contains(window.geometry().topLeft()) for screen in application.screens()),
    "corner": [window.geometry().left(), window.geometry().top()],
    "size": [window.width(), window.height()],
    "spread": [int(np.ptp(picture(v))) for v in viewports],
    "scales": sorted({round(v.scale_px, 6) for v in viewports}),
    "zoom": viewports[0].zoom / (viewports[0].scale_px * viewports[0].scan.spacing.column_mm),
}
window.close()
print(json.dumps(reported))
"""


@pytest.fixture
def start(on_screens):
    """Start the program on made screens."""
    return lambda *screens, place=(): on_screens(READER, screens, *place)


@pytest.mark.slow
def test_a_window_comes_back_to_its_screen_and_is_seen_when_that_has_gone(start):
    there = start(LEFT, RIGHT, place=(1500, 60, 1200, 900))
    assert (there["screens"], there["screen"], there["corner"]) == (["left", "right"], "right", [1500, 60])
    again = start(LEFT, RIGHT)
    assert (again["screen"], again["corner"], again["size"]) == ("right", [1500, 60], [1200, 900])
    gone = start(LEFT)
    assert gone["screens"] == ["left"] and gone["seen"]
    back = start(LEFT, RIGHT)
    assert back["seen"]
    for reported in (there, again, gone, back):
        assert len(reported["scales"]) == 1 and min(reported["spread"]) > 100


def test_a_screen_of_another_scale_shows_the_same_millimetres_on_more_pixels(start):
    plain = start(LEFT, RIGHT, place=(1500, 60, 1200, 900))
    dense = start(LEFT, DENSE, place=(1500, 60, 1200, 900))
    assert (dense["screen"], dense["ratio"]) == ("dense", 2.0)
    assert dense["scales"] == pytest.approx(plain["scales"], rel=0.02)
    # Zoom counts screen pixels: there are two for each logical one.
    assert dense["zoom"] == pytest.approx(2 * plain["zoom"])
    assert min(dense["spread"]) > 100


LEFT_SCREEN, RIGHT_SCREEN = QRect(0, 0, 1400, 900), QRect(1400, 0, 1600, 1200)


@pytest.mark.parametrize(
    ("box", "screens", "expected"),
    [
        (QRect(100, 50, 900, 700), [LEFT_SCREEN], None),
        (QRect(900, 50, 1000, 700), [LEFT_SCREEN, RIGHT_SCREEN], None),  # across two
        (QRect(1500, 50, 900, 700), [LEFT_SCREEN], QRect(500, 50, 900, 700)),
        (QRect(1500, 50, 900, 700), [], None),
        (QRect(5000, -900, 2000, 1000), [RIGHT_SCREEN, LEFT_SCREEN], QRect(1400, 0, 1600, 1000)),
        (QRect(0, 0, 1400, 900), [QRect(0, 0, 640, 480)], QRect(0, 0, 640, 480)),
    ],
)
def test_a_window_goes_where_it_is_seen_whole(box, screens, expected):
    assert position_on_screen(box, screens) == expected


def test_window_and_dialogs_come_back_when_their_screen_goes(window, qtbot):
    window.actions_by_name["settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    for widget in (window, dialog):
        widget.move(5000, 4000)
    QApplication.instance().screenRemoved.emit(window.screen())
    room = QApplication.primaryScreen().geometry()
    qtbot.waitUntil(lambda: all(room.contains(w.geometry()) for w in (window, dialog)), timeout=PATIENCE_MS)
    assert any("has been moved" in text for text in window.messages.texts)
    window.messages.clear()
    QApplication.primaryScreen().geometryChanged.emit(room)
    qtbot.waitUntil(lambda: not window.screens.settling, timeout=PATIENCE_MS)
    assert window.messages.texts == (), "what is seen stays where it is, and nothing is said"
    dialog.close()


@pytest.mark.parametrize("moved", [False, True])
def test_the_window_goes_back_to_its_screen_unless_it_was_moved_since(window, qtbot, monkeypatch, moved):
    first = QApplication.primaryScreen()
    screens = [SimpleNamespace(availableGeometry=first.availableGeometry)]
    monkeypatch.setattr(
        screen_changes,
        "QApplication",
        SimpleNamespace(screens=lambda: screens, topLevelWidgets=QApplication.topLevelWidgets),
    )

    def change() -> QRect:
        with qtbot.waitSignal(window.screens.settled, timeout=PATIENCE_MS):
            first.geometryChanged.emit(first.geometry())
        return window.frameGeometry()

    window.resize(400, 300)
    window.move(5000, 4000)
    there = window.frameGeometry()
    instead = change()
    assert first.geometry().contains(instead)
    assert change() == instead, "its screen is not there yet"
    if moved:
        window.move(window.x() - 100, window.y() - 60)
    screens.append(SimpleNamespace(availableGeometry=lambda: QRect(4900, 3900, 1600, 1200)))
    assert change() == (instead.translated(-100, -60) if moved else there)
    assert change() == (instead.translated(-100, -60) if moved else there)


SPREAD = """
import json, sys, time
from PySide6.QtWidgets import QApplication
from mammoview.core import settings as settings_file
from mammoview.qt.widgets import theme
from mammoview.qt.main_window.main_window import MainWindow
from tests.qt.conftest import StandInAssessor

application = QApplication([])
theme.apply(application)
window = MainWindow(None, StandInAssessor, library=False)
window.settings.notice_seen = True
window.settings.reading = "concurrent"
window.show()
window.open_paths([sys.argv[1]])
while not (window.session.studies and not window.session.busy):
    application.processEvents()
    time.sleep(0.005)


def reported():
    for _ in range(5):
        application.processEvents()
    dock = window.side_dock
    return {
        "kept": window.settings.second_screen,
        "window": window.screen().name(),
        "floating": dock.isFloating(),
        "panel": application.screenAt(dock.mapToGlobal(dock.rect().center())).name(),
        "texts": list(window.messages.texts),
        "frames": [dock.frameGeometry().getRect(), [screen.geometry().getRect() for screen in application.screens()]],
        "whole": any(screen.geometry().contains(dock.frameGeometry()) for screen in application.screens()),
    }


steps = [reported()]
for _ in range(int(sys.argv[2])):
    window.actions_by_name["second_screen"].trigger()
    steps.append(reported())
window.close()
print(json.dumps(steps))
"""


def test_a_second_screen_takes_the_panel_then_the_images_then_nothing(on_screens):
    before, panel, images, after = on_screens(SPREAD, (LEFT, RIGHT), 3)
    assert (before["kept"], before["floating"], before["window"]) == ("none", False, "left")
    assert (panel["kept"], panel["floating"], panel["window"], panel["panel"]) == ("panel", True, "left", "right")
    assert (images["kept"], images["floating"], images["window"], images["panel"]) == ("images", True, "right", "left")
    assert (after["kept"], after["floating"], after["window"], after["panel"]) == ("none", False, "left", "left")
    assert panel["whole"] and images["whole"], (panel["frames"], images["frames"])


@pytest.mark.slow
def test_the_choice_is_kept_and_waits_for_a_second_screen(on_screens):
    on_screens(SPREAD, (LEFT, RIGHT), 1)
    (again,) = on_screens(SPREAD, (LEFT, RIGHT), 0)
    assert (again["floating"], again["panel"]) == (True, "right")
    (alone,) = on_screens(SPREAD, (LEFT,), 0)
    assert (alone["floating"], alone["kept"]) == (False, "panel")
    (back,) = on_screens(SPREAD, (LEFT, RIGHT), 0)
    assert back["floating"]


def test_with_one_screen_it_is_said_so(on_screens):
    _before, after = on_screens(SPREAD, (LEFT,), 1)
    assert not after["floating"]
    assert any("one screen only" in text for text in after["texts"])
