"""True size: 1 mm of the breast is 1 mm on a screen that the reader has measured, and nothing else is called so."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from mammoview.core import paths
from mammoview.core import settings as settings_file
from mammoview.core.settings import ScreenSettings, Settings
from mammoview.qt.dialogs.screen_calibration import CARD_MM
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.main_window.true_size import screen_description
from mammoview.records import user_calibration
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.qt.conftest import DENSE, LEFT, RIGHT, SPACING, picture, viewport_of

PIXEL_MM = 0.5
NAMES = ("R CC", "L CC", "R MLO", "L MLO")


@pytest.fixture
def measured(open_window, make_study):
    """Open a window on a study, on a screen whose pixels are 0.5 mm wide."""

    def make(**how):
        window = open_window(make_study(**how))
        window.settings.screens = (screen_description(window.screen(), PIXEL_MM),)
        return window

    return make


def on_glass(viewport, start, end) -> float:
    """Distance on the glass, mm, of two points of a scan."""
    a, b = viewport.viewport_point(*start), viewport.viewport_point(*end)
    return float(np.hypot(a.x() - b.x(), a.y() - b.y())) * viewport.devicePixelRatioF() * PIXEL_MM


def claims(window) -> list[str]:
    """What the viewports say of true size; empty for those that say nothing."""
    viewports = (viewport_of(window, name) for name in NAMES)
    return ["".join(line for line in v.corners().bottom if "true size" in line) for v in viewports]


def respace(window, name: str, spacing: Spacing) -> None:
    scan = viewport_of(window, name).scan
    user_calibration.use(scan, spacing)
    window.session.respace({scan: spacing})


@pytest.mark.parametrize("spacing", [SPACING, (0.4, 0.25), (0.1, 0.3)])
def test_a_millimetre_is_a_millimetre_in_all_viewports_across_and_down(measured, spacing):
    window = measured(mirrored=("R CC", "L MLO"), spacings=dict.fromkeys(NAMES, spacing))
    assert claims(window) == [""] * 4
    QTest.keyClick(window, Qt.Key.Key_3)
    row_mm, column_mm = spacing
    for name in NAMES:
        viewport = viewport_of(window, name)
        assert on_glass(viewport, (100, 200), (200, 200)) == pytest.approx(100 * column_mm)
        assert on_glass(viewport, (100, 200), (100, 500)) == pytest.approx(300 * row_mm)
        # The chest wall stays at the viewport's edge.
        wall = viewport.place_of(QPointF(0, 0)).x()
        assert wall == pytest.approx(0 if viewport.wall_left else viewport.viewport().width(), abs=1)


def test_the_claim_stands_behind_its_source_and_goes_with_the_first_step_of_the_wheel(measured):
    window = measured()
    window.actions_by_name["true_size"].trigger()
    source = viewport_of(window, "L CC").scan.spacing.label
    assert all(line.endswith(f"  {source}, true size") for line in claims(window))
    window.viewport_grid.zoom(1.25)
    assert claims(window) == [""] * 4
    window.viewport_grid.zoom(0.8)
    assert all(claims(window))
    window.viewport_grid.fit_films()
    assert claims(window) == [""] * 4


def test_what_is_enlarged_keeps_its_place(measured):
    window = measured()
    viewport = viewport_of(window, "L CC")
    window.viewport_grid.look_at(viewport, 8.0, QPointF(60, 20))
    window.actions_by_name["true_size"].trigger()
    assert (viewport.centre.y(), viewport.scale_px) == (pytest.approx(20), pytest.approx(1 / PIXEL_MM))


def test_it_lasts_while_the_viewport_changes_its_size_and_ends_with_the_hanging_stage(measured):
    window = measured()
    window.actions_by_name["true_size"].trigger()
    window.resize(900, 700)
    window.viewport_grid.toggle_single(viewport_of(window, "R CC"))
    assert viewport_of(window, "R CC").true_size
    window.hanging.show_next()
    assert not any(v.true_size for v in window.viewport_grid.viewports)


def test_true_size_of_an_assumed_spacing_says_so(measured):
    window = measured()
    respace(window, "R CC", Spacing(0.05, 0.05, SpacingSource.ASSUMED))
    window.actions_by_name["true_size"].trigger()
    assert claims(window)[0].endswith("mm, assumed 50 \u00b5m, true size")
    assert "assumed" not in claims(window)[1]


def test_of_an_unknown_spacing_nothing_is_claimed(measured):
    window = measured()
    respace(window, "R CC", UNKNOWN_SPACING)
    window.actions_by_name["true_size"].trigger()
    assert [bool(line) for line in claims(window)] == [False, True, True, True]
    assert any("No true size of R CC" in text for text in window.messages.texts)


def test_where_no_spacing_is_known_it_is_said_why_not_and_no_card_is_asked_for(measured):
    window = measured()
    window.settings.screens = ()
    for name in NAMES:
        respace(window, name, UNKNOWN_SPACING)
    window.actions_by_name["true_size"].trigger()
    assert window.true_size.dialog is None
    assert any("spacing of the pixels is unknown" in text for text in window.messages.texts)
    assert claims(window) == [""] * 4


def test_another_screen_resolution_or_ratio_is_not_measured(measured):
    window = measured()
    (screen,) = window.settings.screens
    for other in ({"name": "x"}, {"serial": "x"}, {"model": "x"}, {"width": 799}, {"height": 799}, {"ratio": 2.0}):
        window.settings.screens = (screen,)
        window.actions_by_name["true_size"].trigger()
        assert all(claims(window)), other
        window.settings.screens = (screen.model_copy(update=other),)
        assert claims(window) == [""] * 4, other
        window.actions_by_name["true_size"].trigger()
        assert window.true_size.dialog is not None and window.true_size.dialog.isVisible(), other
        window.true_size.dialog.reject()


def test_the_viewport_exported_as_seen_claims_no_size(measured, qtbot, tmp_path, monkeypatch):
    window = measured()
    window.actions_by_name["true_size"].trigger()
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    seen = []
    monkeypatch.setattr(window.export, "write", lambda request: seen.append(rgb(request.seen.image)))
    window.export.export_seen(tmp_path / "seen.png")
    window.settings.screens = ()
    window.export.export_seen(tmp_path / "seen.png")
    assert np.array_equal(*seen)


# The dialog


@pytest.fixture
def asked(window):
    """The window of an unmeasured screen, asked for true size."""
    QTest.keyClick(window, Qt.Key.Key_3)
    return window, window.true_size.dialog


def test_an_unmeasured_screen_is_measured_first_with_the_keyboard_alone(asked):
    window, dialog = asked
    assert claims(window) == [""] * 4
    assert dialog.focusWidget() is dialog.slider
    # What is there at first is a guess, and cannot be taken.
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible() and not dialog.accept_button.isEnabled()
    begun = dialog.spin.value()
    QTest.keyClick(dialog.slider, Qt.Key.Key_PageUp)
    QTest.keyClick(dialog.slider, Qt.Key.Key_Right)
    assert dialog.spin.value() == dialog.outline.pixels == begun + 11
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    (kept,) = window.settings.screens
    assert kept.pixel_mm == pytest.approx(CARD_MM[0] / (begun + 11))
    assert viewport_of(window, "L CC").scale_px == pytest.approx(1 / kept.pixel_mm)
    assert all(claims(window))
    assert window.true_size.dialog is None


def test_the_screens_own_claim_is_reported_and_not_used(asked):
    window, dialog = asked
    size = window.screen().physicalSize()
    assert f"{size.width():.0f} × {size.height():.0f} mm" in dialog.claim.text()
    dialog.reject()
    assert window.settings.screens == () and claims(window) == [""] * 4


def test_the_outline_is_exactly_as_wide_as_it_says(asked):
    _window, dialog = asked
    for kind, pixels in product((0, 1), (300, 417)):
        dialog.kind.setCurrentIndex(kind)
        dialog.spin.setValue(pixels)
        shown = rgb(dialog.outline.grab().toImage())
        columns = np.flatnonzero((shown[..., 0] > 60).any(0))
        assert columns[-1] - columns[0] + 1 == pixels, (kind, pixels)
    dialog.reject()


def test_card_and_ruler_are_of_one_scale(asked):
    _window, dialog = asked
    dialog.spin.setValue(342)
    card = dialog.pixel_mm
    dialog.kind.setCurrentIndex(1)
    assert dialog.pixel_mm == pytest.approx(card, rel=0.002)
    dialog.reject()


def test_a_screen_measured_again_takes_the_place_of_the_first_measure(measured):
    window = measured()
    window.actions_by_name["measure_screen"].trigger()
    dialog = window.true_size.dialog
    assert dialog.spin.value() == round(CARD_MM[0] / PIXEL_MM)
    dialog.spin.setValue(200)
    dialog.accept()
    (kept,) = window.settings.screens
    assert kept.pixel_mm == pytest.approx(CARD_MM[0] / 200)


@pytest.mark.parametrize("bad", [{"pixel_mm": 0}, {"pixel_mm": "NaN"}, {"width": -1}])
def test_an_impossible_measure_in_the_settings_is_left_out_and_reported(bad):
    one = ScreenSettings(width=800, height=800, ratio=1, pixel_mm=0.3).model_dump() | bad
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(json.dumps({"screens": [one], "linked": False}))
    settings, message = settings_file.load()
    assert (settings.screens, settings.linked) == ((), False)
    assert "screens" in message


# Screens


MOVED = """
import json, sys
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication
from mammoview.qt.widgets import theme
from mammoview.qt.main_window.true_size import screen_description
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.core.settings import Settings
from tests.qt.conftest import StandInAssessor, viewport_of

application = QApplication([])
theme.apply(application)
settings = Settings.model_construct(notice_seen=True, reading="concurrent")
window = MainWindow(settings, StandInAssessor, library=False)
first, second = sorted(application.screens(), key=lambda screen: screen.geometry().x())
settings.screens = tuple(
    screen_description(screen, mm) for screen, mm in zip((first, second), map(float, sys.argv[2:])) if mm
)
window.setGeometry(QRect(20, 40, 1200, 800))
window.open_paths([sys.argv[1]])
window.show()
while not (window.session.studies and not window.session.busy):
    application.processEvents()
reported = []

def look(act):
    act()
    application.processEvents()
    view = viewport_of(window, "L CC")
    reported.append({
        "screen": window.screen().name(),
        "ratio": window.devicePixelRatioF(),
        "claims": [v.true_size for v in window.viewport_grid.visible],
        "device_px_per_mm": view.scale_px * view.devicePixelRatioF(),
        "asked": window.true_size.dialog is not None,
    })

show = window.true_size.show
look(show)
look(lambda: window.setGeometry(QRect(1500, 60, 1200, 800)))
look(show)
if window.true_size.dialog is not None:
    dialog = window.true_size.dialog
    dialog.spin.setValue(500)
    look(dialog.accept)
look(lambda: window.setGeometry(QRect(1000, 60, 1200, 800)))
window.close()
print(json.dumps(reported))
"""


@pytest.fixture
def move(on_screens):
    """Show true size on the first of two made screens, move to the other, ask again, then lie across both."""
    return lambda *screens, measures: on_screens(MOVED, screens, *measures)


def test_a_window_moved_to_an_unmeasured_screen_claims_nothing(move):
    first, moved, asked, answered, across = move(LEFT, RIGHT, measures=(0.25, 0))
    assert first["claims"] == [True] * 4 and first["device_px_per_mm"] == pytest.approx(4)
    assert (moved["screen"], moved["claims"]) == ("right", [False] * 4)
    assert asked["asked"] and asked["claims"] == [False] * 4
    assert answered["claims"] == [True] * 4
    assert answered["device_px_per_mm"] == pytest.approx(500 / CARD_MM[0])
    # The viewports on the left lie on both screens, whose pixels differ.
    assert (across["screen"], across["claims"]) == ("right", [False, True, False, True])


@pytest.mark.slow
def test_on_a_dense_screen_true_size_counts_its_own_pixels(move):
    first, moved, again, _across = move(LEFT, DENSE, measures=(0.25, 0.125))
    assert first["claims"] == [True] * 4
    # The same logical pixels: 4 per mm on both, though one has two device pixels for each.
    assert (moved["screen"], moved["ratio"], moved["claims"]) == ("dense", 2.0, [True] * 4)
    assert again["device_px_per_mm"] == pytest.approx(8)
    first, moved, again, across = move(LEFT, DENSE, measures=(0.25, 0.2))
    assert moved["claims"] == [False] * 4
    assert again["claims"] == [True] * 4 and again["device_px_per_mm"] == pytest.approx(5)
    assert across["claims"] == [False, True, False, True]


def test_the_settings_keep_screens():
    screen = ScreenSettings(name="DP-1", model="RX560", serial="7", width=2048, height=2560, ratio=1, pixel_mm=0.165)
    settings_file.save(Settings(screens=(screen,)))
    assert settings_file.load()[0].screens == (screen,)


def test_the_picture_itself_is_of_true_size(measured):
    """A mark of 24 pixels of 0.4 mm is 9.6 mm wide: 19 pixels of 0.5 mm."""
    from mammoview.study.grey_pipeline import VoiWindow as Window_

    window = measured()
    window.actions_by_name["true_size"].trigger()
    for name in NAMES:
        viewport = viewport_of(window, name)
        viewport.content.grey.window = Window_(30000, 60000)
        viewport.refresh_grey()
        mark = 36 if name.startswith("R") else viewport.scan.columns - 36
        viewport.set_view(viewport.scale_px, viewport.content.to_plane(mark, 38))
        assert viewport.true_size
        columns = np.flatnonzero((picture(viewport)[..., 0] >= 128).any(0))
        assert np.ptp(columns) + 1 == pytest.approx(9.6 / PIXEL_MM, abs=1)
