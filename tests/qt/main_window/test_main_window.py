"""The window's title and texts about itself, and the state that it restores."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel

from mammoview.core.settings import Settings
from mammoview.qt.canvas.outlined_text import STRIP
from mammoview.qt.dialogs.first_start_notice import FirstStartNotice
from mammoview.qt.viewport import corner_painting
from mammoview.qt.viewport.corner_painting import foot_lines, top_rows
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.status_bar import NOTICE
from tests.qt.conftest import StandInAssessor, picture, viewport_of


def test_an_empty_window_says_how_to_open(open_window):
    window = open_window()
    assert window.start_page.isVisible() and "Ctrl+O" in window.start_page.hint.text()
    assert window.viewport_grid.viewports == ()
    assert NOTICE in window.windowTitle()
    assert NOTICE in {label.text() for label in window.status.findChildren(QLabel)}


def test_every_widget_of_a_window_goes_with_it(open_window):
    before = QApplication.topLevelWidgets()
    window = open_window()
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.parent() is None and widget not in before]
    assert shown == [window]


def test_the_hint_of_an_empty_window_is_whole_beside_the_list(open_window):
    window = open_window(size=(640, 420))
    window.study_panel.open(True)
    QApplication.processEvents()
    page = window.start_page
    assert window.viewport_grid.width() < 200 and page.width() == window.viewport_grid.width()
    assert page.hint.width() <= page.viewport().width() and page.hint.height() >= page.hint.heightForWidth(
        page.hint.width()
    )


def test_settings_are_kept_from_one_window_to_the_next(qtbot, open_window, fresh_settings):
    from mammoview.qt.main_window.main_window import MainWindow

    for expected in (0.5, 0.3):
        window = MainWindow(None, StandInAssessor)
        window.show()
        assert window.layers.style("grid").threshold == pytest.approx(expected)
        assert window.viewport_grid.linked is (expected == 0.5)
        window.layers.set_threshold("grid", 0.3)
        window.viewport_grid.set_linked(False)
        window.close()
        window.deleteLater()
    assert (fresh_settings / "settings.json").is_file()


def test_a_broken_settings_file_is_a_message(qtbot, fresh_settings):
    from mammoview.qt.main_window.main_window import MainWindow

    fresh_settings.mkdir()
    (fresh_settings / "settings.json").write_text("{oops")
    window = MainWindow(None, StandInAssessor)
    assert any("settings.json" in text for text in window.messages.texts)
    window.close()
    window.deleteLater()


def test_the_first_start_notice_comes_back_until_it_is_accepted(open_window):
    window = open_window(settings=Settings())
    notice = window.findChild(FirstStartNotice)
    text = " ".join(label.text() for label in notice.findChildren(QLabel))
    assert "not a medical device" in text and "research and education" in text
    assert "not calibrated" in text
    notice.reject()
    assert not window.isVisible()
    assert not window.settings.notice_seen
    again = open_window(settings=Settings())
    again.findChild(FirstStartNotice).accept()
    assert again.isVisible()
    assert again.settings.notice_seen


def test_the_status_bar_says_that_the_display_is_not_calibrated(open_window):
    window = open_window()
    assert "Uncalibrated" in window.status.display.text()
    assert "GSDF" in window.status.display.toolTip()


def test_corners_tell_what_is_known_and_leave_out_the_rest(window):
    corners = viewport_of(window, "L CC").corners()
    assert corners.title == "L CC"
    assert any("Doe" in line or "study" in line for line in corners.top)
    assert any("zoom" in line and "W " in line for line in corners.bottom)
    assert any("400 \u00d7 600 px" in line for line in corners.bottom)
    text = " ".join((*corners.top, *corners.bottom, *corners.warnings))
    for absent in ("None", "kV", "mAs", "0 mm", "nan"):
        assert absent not in text
    window.actions_by_name["patient"].trigger()
    assert viewport_of(window, "L CC").corners().top == ()


def test_corners_tell_of_implants_and_partial_views(open_window, make_study):
    window = open_window(make_study(BreastImplantPresent="YES", PartialView="YES"))
    assert viewport_of(window, "L CC").corners().top[0] == "implant, partial view"
    window.overlay_text.show_patient(False)
    assert viewport_of(window, "L CC").corners().top == ("implant, partial view",)


def test_the_corners_tell_less_in_three_steps_but_never_hide_a_warning(window):
    viewport = viewport_of(window, "L CC")
    window.voi.invert(True)
    reported = []
    for _ in range(3):
        reported.append(viewport.corners())
        window.actions_by_name["corners"].trigger()
    full, brief, least = reported
    assert full.top and full.bottom
    assert brief.top == full.top and brief.bottom == ()
    assert least.top == least.bottom == ()
    assert all(words.title == "L CC" and "inverted" in words.warnings for words in reported)
    assert viewport.corners() == full
    window.settings.corner_text = "least"
    window.hanging.show_next()
    assert all(v.corners().bottom == () for v in window.viewport_grid.viewports if v.scan is not None)


def test_enlarged_pixels_are_plain_until_smooth_ones_are_wanted(window):
    viewport = viewport_of(window, "L CC")
    window.viewport_grid.centre_on(viewport, 340, 38, 8.0)  # an edge of the bright mark
    viewport.zoom_about(QPointF(viewport.rect().center()), 20.0)
    plain = picture(viewport)
    window.actions_by_name["smooth"].trigger()
    smooth = picture(viewport)
    # Interpolated, a row takes many values on its way from one pixel to the next.
    assert len(np.unique(smooth[..., 0])) > len(np.unique(plain[..., 0]))
    window.hanging.show_next()
    window.store_state()
    assert window.settings.smooth_pixels
    window.actions_by_name["smooth"].trigger()
    assert not window.viewport_grid.smooth


def test_foot_lines_go_on_below_or_lose_whole_parts_where_a_viewport_is_narrow(window):
    metrics = QFontMetricsF(window.font())
    line, other = "28 kVp  60 mAs  52 mm", "zoom 50 %"
    wide = metrics.horizontalAdvance(line)
    assert foot_lines((line, other), metrics, wide, 900) == [line, other]
    assert foot_lines((line, other), metrics, wide - 1, 900) == ["28 kVp  60 mAs", "52 mm", other]
    assert foot_lines((line, other), metrics, wide - 1, 8 * metrics.lineSpacing()) == ["28 kVp  60 mAs", other]
    assert foot_lines((line,), metrics, 1.0, 900) == ["28 kVp", "60 mAs", "52 mm"]
    assert foot_lines((line, other), metrics, wide, 5 * metrics.lineSpacing()) == [other]
    assert foot_lines((line, other), metrics, wide, 3 * metrics.lineSpacing()) == []


def test_words_do_not_lie_over_words_in_a_low_viewport(window, monkeypatch):
    window.resize(640, 420)
    window.actions_by_name["comparison"].trigger()
    QApplication.processEvents()
    viewport = viewport_of(window, "R CC")
    viewport.resize(viewport.width(), 56)
    assert viewport.height() < 60
    written, line = [], corner_painting.TextBlock.line

    def noted(block, text, font, colour, y):
        written.append((y, line(block, text, font, colour, y)))
        return written[-1][1]

    monkeypatch.setattr(corner_painting.TextBlock, "line", noted)
    viewport.grab()
    assert written == sorted(written) and all(a[1] <= b[0] for a, b in itertools.pairwise(written))


def test_the_strip_behind_the_corners_keeps_the_faintest_words_legible_on_white():
    def light(value: float) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    strip = 255 * (1 - STRIP.alphaF())
    faint = 0.2126 * light(theme.FAINT.red()) + 0.7152 * light(theme.FAINT.green()) + 0.0722 * light(theme.FAINT.blue())
    assert (faint + 0.05) / (light(strip) + 0.05) >= 4.5


LONG = "    ".join(
    ["L CC", "value 55329", "36.3 from the chest wall, 10.2 above the nipple (mm, assumed 50 um)"] + ["grid"] * 5
)


@pytest.mark.parametrize("width", [2400, 640])
def test_the_readout_has_whole_parts_in_one_line_and_its_place_does_not_jump(open_window, width):
    window = open_window(size=(width, 420))
    status = window.status
    before = status.height()
    status.readout.setText(LONG)
    status.show_progress("R CC: grid", 0.3)
    QApplication.processEvents()
    assert (window.width(), status.height()) == (width, before)
    shown = status.readout.shown
    assert (shown == LONG) == (width == 2400)
    assert set(shown.split("    ")) <= {*LONG.split("    "), "…"}
    assert status.readout.fontMetrics().horizontalAdvance(shown) <= status.readout.width()
    assert status.readout.height() < 2 * status.readout.fontMetrics().lineSpacing()


def test_a_bar_that_moves_paints_nothing_within_the_turn_that_moved_it(open_window):
    window = open_window()
    window.status.show_progress("R CC: grid", 0.1)
    window.start_page.hide()  # nothing below it is painted
    QApplication.processEvents()
    painted = []
    window.viewport_grid.paintEvent = lambda _event: painted.append(True)
    for text, fraction in (("R CC: grid", 0.5), ("Opening", -1.0), ("R CC: grid", 0.6), ("", 0.0)):
        window.viewport_grid.update()
        window.status.show_progress(text, fraction)
        assert not painted, text
    QApplication.processEvents()
    assert painted


def test_the_status_bar_leaves_whole_parts_out_rather_than_cut_them(open_window):
    for width in (1400, 640, 300):
        status = open_window(size=(width, 420)).status
        shown = [part for part in (status.display, status.notice, status.device) if part.isVisible()]
        assert status.display in shown
        assert all(part.width() >= part.sizeHint().width() for part in shown), width
        assert (status.notice in shown) == (width == 1400)


def test_words_too_wide_for_a_viewport_go_on_below_and_none_is_dropped_without_a_word(window):
    metrics = QFontMetricsF(window.font())
    warnings = ("lossy compression (earlier compression, 12:1)", "burned-in text", "a", "b", "c")
    words = replace(
        viewport_of(window, "L CC").corners(), top=("A-VERY-LONG-IDENTIFIER", "15 Mar 2024"), warnings=warnings
    )
    wide = 10 * metrics.horizontalAdvance(warnings[0])
    assert [row for row, _ in top_rows(words, metrics, wide, 9)] == [*words.top, *warnings]
    narrow = metrics.horizontalAdvance("lossy compression (earlier")
    rows = top_rows(words, metrics, narrow, 9)
    assert [row for row, warns in rows if warns][:2] == ["lossy compression (earlier", "compression, 12:1)"]
    assert [row for row, _ in top_rows(words, metrics, narrow, 5)] == [*words.top, *warnings[:2], "and 3 more"]
    assert [row for row, _ in top_rows(words, metrics, narrow, 1)] == [*words.top, warnings[0], "and 4 more"]
    assert top_rows(words, metrics, narrow, 0) == [("and 7 more", True)]
    # Date and age are not torn apart in the middle of either.
    dated = replace(words, top=("14 Mar 2024  age 55",), warnings=())
    short = metrics.horizontalAdvance("14 Mar 2024  age")
    assert [row for row, _ in top_rows(dated, metrics, short, 9)] == ["14 Mar 2024", "age 55"]


def test_a_key_tells_in_full_what_a_narrow_viewport_cuts(window):
    window.overlay_text.show_next_level()
    window.viewport_grid.activate(viewport_of(window, "R MLO"))
    window.viewport_grid.active.scan.warnings.append("spacing assumed: the file does not tell it")
    window.actions_by_name["all_overlay_text"].trigger()
    texts = "\n".join(window.messages.texts)
    assert "R MLO: spacing assumed: the file does not tell it" in texts
    assert "400 \u00d7 600 px" in texts and "zoom" in texts
