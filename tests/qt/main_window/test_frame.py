"""The frame of the window: tool rail, top bar, panels and status bar."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QStyle

from mammoview.core.settings import Settings
from mammoview.qt.main_window.hanging_stage_button import HangingStageButton
from mammoview.qt.main_window.tool_rail import RAIL_TOOLS, WIDTH
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.icons import GLYPHS, IconLoader
from tests.qt.conftest import drag, viewport_of
from tests.support.timeouts import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


def views(window):
    return [(v.scale_px, v.centre.toTuple()) for v in window.viewport_grid.viewports]


def press(window, name):
    QTest.mouseClick(window.tool_rail.buttons[name], LEFT)


def test_the_rail_is_made_from_the_commands_and_lights_the_tool_in_hand(window):
    rail = window.tool_rail
    assert rail.width() == WIDTH and list(rail.buttons) == [name for group in RAIL_TOOLS for name in group]
    for name, button in rail.buttons.items():
        assert button.defaultAction() is window.actions_by_name[name]
        (first, *_others) = button.defaultAction().shortcuts()
        assert first.toString(first.SequenceFormat.NativeText) in button.toolTip()
    assert rail.buttons["pointer"].isChecked()
    for name in ("ruler", "window_level_tool", "pan_tool", "draw", "zoom_tool"):
        press(window, name)
        lit = {n for n, button in rail.buttons.items() if button.isChecked()}
        assert lit == {name} and window.navigation_tools.active_tool == name
    press(window, "pointer")
    assert {n for n, button in rail.buttons.items() if button.isChecked()} == {"pointer"}
    press(window, "pointer")
    assert rail.buttons["pointer"].isChecked(), "one of them is always active"


def test_the_cursor_shows_the_tool(window):
    canvas = viewport_of(window, "L CC").viewport()
    seen = {}
    for name in ("pointer", "ruler", "pan_tool", "text", "edit"):
        press(window, name)
        seen[name] = canvas.cursor().shape()
    assert seen["pointer"] == Qt.CursorShape.ArrowCursor and seen["pan_tool"] == Qt.CursorShape.OpenHandCursor
    assert len(set(seen.values())) == len(seen)


def test_the_grey_tool_changes_the_greys_also_after_its_key_was_held(window, qtbot):
    viewport = viewport_of(window, "L CC")
    press(window, "window_level_tool")
    window.voi.hold(True)
    window.voi.hold(False)
    before, place = viewport.content.grey.window, viewport.centre.toTuple()
    drag(qtbot, viewport, LEFT, QPoint(50, 50), QPoint(80, 90))
    assert viewport.content.grey.window != before and viewport.centre.toTuple() == place
    press(window, "pointer")
    now = viewport.content.grey.window
    drag(qtbot, viewport, LEFT, QPoint(50, 50), QPoint(80, 90))
    assert viewport.content.grey.window == now


def test_pan_moves_the_picture_with_the_pointer_and_zoom_keeps_its_point(window, qtbot):
    viewport = viewport_of(window, "L CC")
    viewport.zoom_about(QPointF(viewport.rect().center()), 3.0)
    press(window, "pan_tool")
    before, scale = viewport.centre, viewport.scale_px
    drag(qtbot, viewport, LEFT, QPoint(100, 100), QPoint(90, 90), QPoint(60, 80))
    moved = (before - viewport.centre) * scale
    assert moved.toTuple() == pytest.approx((-40, -20), abs=1.5) and viewport.scale_px == scale
    press(window, "zoom_tool")
    fixed = viewport.scan_point(QPointF(100, 100)).toTuple()
    drag(qtbot, viewport, LEFT, QPoint(100, 100), QPoint(100, 60))
    assert viewport.scale_px > scale
    assert viewport.scan_point(QPointF(100, 100)).toTuple() == pytest.approx(fixed, abs=2)


def test_the_top_bar_says_whose_study_it_is_where_the_setting_allows(window):
    assert "Doe" in window.top_bar.patient.text() or "study" in window.top_bar.patient.text()
    window.actions_by_name["patient"].trigger()
    assert window.top_bar.patient.text() == ""


def test_the_stages_have_buttons_and_the_one_that_is_up_is_lit(window):
    bar = window.top_bar
    assert [n for n, b in bar.stages.items() if b.isVisible()] == ["cc", "mlo", "four-view", "right", "left"]
    assert bar.stages["four-view"].isChecked()
    QTest.mouseClick(bar.stages["cc"], LEFT)
    assert window.hanging.name == "cc" and bar.stages["cc"].isChecked() and not bar.stages["four-view"].isChecked()
    QTest.mouseClick(bar.stages["cc"], LEFT)
    assert bar.stages["cc"].isChecked()
    window.actions_by_name["next_stage"].trigger()
    assert bar.stages[window.hanging.name].isChecked() and not bar.stages["cc"].isChecked()


def test_a_stage_is_drawn_as_it_hangs_and_named_for_pointer_and_screen_reader(window):
    bar = window.top_bar
    cc = bar.stages["cc"]
    assert cc.text() == "" and cc.accessibleName() == "CC pair"
    assert cc.toolTip() == "CC pair\nSpace: next stage, Shift+Space: previous stage"
    drawn = {name: greys(button) for name, button in bar.stages.items() if button.isVisible()}
    # Chest walls back to back, both breasts of a projection alike.
    for name in ("cc", "mlo", "four-view"):
        np.testing.assert_allclose(drawn[name], drawn[name][:, ::-1], atol=60)
    np.testing.assert_allclose(drawn["right"].mean(), drawn["left"].mean(), rtol=0.1)
    assert all(shape.max() > 120 for shape in drawn.values())
    shapes = [shape.tobytes() for shape in drawn.values()]
    assert len(set(shapes)) == len(shapes)
    window.resize(640, 420)
    QApplication.processEvents()
    seen = [button for button in bar.stages.values() if button.isVisible()]
    assert len(seen) == len(drawn) and all(bar.rect().contains(button.geometry()) for button in seen)


def greys(button: HangingStageButton) -> np.ndarray:
    """Return the greys of a button that is not lit."""
    button.setChecked(False)
    image = button.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    values = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return values[:, : image.width()].astype(float)


def test_buttons_of_the_top_bar_are_those_of_the_commands(window):
    bar = window.top_bar
    QTest.mouseClick(bar.commands["invert"], LEFT)
    assert window.voi.inverted and bar.commands["invert"].isChecked()
    window.actions_by_name["invert"].trigger()
    assert not bar.commands["invert"].isChecked()
    assert not bar.layers.isChecked()
    QTest.mouseClick(bar.layers, LEFT)
    assert window.layers.switched_on and bar.layers.isChecked()
    window.layers.show_only(())
    assert not bar.layers.isChecked()


def test_sections_fold_and_none_of_it_moves_the_scans(window):
    before = views(window)
    section = window.side_panel.sections[window.layers_panel]
    QTest.mouseClick(section.head, LEFT)
    assert not section.unfolded and not window.layers_panel.isVisible()
    QApplication.processEvents()
    assert views(window) == before
    findings = window.side_panel.sections[window.findings]
    findings.unfold(False)
    window.actions_by_name["next_finding"].trigger()
    assert findings.unfolded and window.findings.list.isVisible()


def test_folded_sections_are_folded_again_in_the_next_window(open_window, study):
    kept = Settings(notice_seen=True)
    first = open_window(study, settings=kept)
    first.side_panel.sections[first.findings].unfold(False)
    first.store_state()
    assert kept.folded_sections == ("findings",)
    again = open_window(study, settings=kept).side_panel
    assert again.folded == ("findings",)
    again.fold(())
    assert again.folded == ()


def test_the_impression_is_a_section_only_where_there_is_one(open_window, study, qtbot):
    window = open_window()
    section = window.side_panel.sections[window.reader.panel]
    assert section.isHidden()
    window.open_paths([study])
    qtbot.waitUntil(lambda: not section.isHidden(), timeout=PATIENCE_MS)


def test_shift_tab_hides_the_panels_and_brings_back_those_that_were_there(window):
    window.activateWindow()
    window.viewport_grid.active.setFocus()
    QTest.keyClick(window.viewport_grid.active.viewport(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert not window.side_dock.isVisible()
    QTest.keyClick(window.viewport_grid.active.viewport(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.side_dock.isVisible() and not window.study_panel.isVisible()


def test_shift_tab_goes_back_where_a_control_has_the_keyboard(window):
    window.activateWindow()
    row = window.layers_panel.rows["grid"].check
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.side_dock.isVisible() and not row.hasFocus()


def test_full_screen_shows_scans_alone_and_keys_still_work(window):
    window.actions_by_name["full_screen"].trigger()
    around = (window.menuBar(), window.top_bar, window.tool_rail, window.side_dock, window.status)
    assert not any(part.isVisible() for part in around)
    window.activateWindow()
    window.viewport_grid.active.setFocus()
    QTest.keyClick(window.viewport_grid.active.viewport(), Qt.Key.Key_I)
    assert window.voi.inverted
    QTest.keyClick(window.viewport_grid.active.viewport(), Qt.Key.Key_F11)
    assert all(part.isVisible() for part in around)
    # Hiding the list of studies has the menus ticked, which must not forget that the screen is full.
    window.study_panel.open(True)
    window.showMaximized()
    for on in (True, False):
        window.actions_by_name["full_screen"].trigger()
        assert window.isFullScreen() is on and window.actions_by_name["full_screen"].isChecked() is on
        assert all(part.isVisible() is not on for part in (*around, window.study_panel))
    assert window.isMaximized()


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_everything_has_room_on_a_small_screen(open_window, study, qapp, scale):
    """At 1366 x 768, with all panels open; text of twice the size stands for twice the pixels."""
    theme.apply(qapp, "dark", scale)
    try:
        window = open_window(
            study, size=(1366, 768), settings=Settings.model_construct(notice_seen=True, reading="concurrent")
        )
        window.layers.show_only(window.layers.names)
        window.study_panel.open(True)
        window.comparison_panel.open(True)
        window.notifier.warn_general("a line")
        window.status.show_progress("R CC: grid", 0.3)
        QApplication.processEvents()
        least = window.minimumSizeHint()
        assert least.width() <= 1366 and least.height() <= 768
        cancel = window.status.cancel
        corner = cancel.mapTo(window, cancel.rect().bottomRight())
        assert window.rect().contains(corner) and window.viewport_grid.height() >= 100
    finally:
        theme.apply(qapp)


def test_the_icons_come_after_the_first_paint_and_are_of_one_set(qtbot):
    loader = IconLoader()
    with qtbot.waitSignal(loader.loaded, timeout=PATIENCE_MS):
        loader.begin()
    loader.stop()
    for name in GLYPHS:
        image = loader.icon(name).pixmap(18, 18).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(18) for y in range(18)), name


def test_standard_buttons_have_no_icons_of_the_desktop(qapp):
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    hint = QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons
    assert not box.style().styleHint(hint, None, box)
    assert all(button.icon().isNull() for button in box.buttons())
