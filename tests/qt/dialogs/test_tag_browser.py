"""The tag browser in the window."""

from __future__ import annotations

import numpy as np
from PIL import Image
from PySide6.QtGui import QGuiApplication

from tests.qt.conftest import viewport_of
from tests.support.timeouts import PATIENCE_MS


def listed(browser) -> list[str]:
    tree = browser.tree
    rows = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    return [row.text(1) for row in rows if not row.isHidden()]


def test_it_lists_searches_and_copies_the_tags_of_the_active_scan(window, qtbot):
    window.viewport_grid.activate(viewport_of(window, "L MLO"))
    window.actions_by_name["tags"].trigger()
    browser = window.tag_browser
    qtbot.waitUntil(lambda: not browser.busy, timeout=PATIENCE_MS)
    assert browser.isVisible() and "L MLO" in browser.windowTitle()
    assert {"View Position", "Patient's Name", "Rows"} <= set(listed(browser))
    assert "organ dose" in browser.completeness.text() and "IHE" in browser.completeness.text()
    browser.search.setText("view pos")
    assert listed(browser) == ["View Position"]
    browser.copy_button.click()
    assert QGuiApplication.clipboard().text() == "(0018,5101)\tView Position\tCS\tMLO"
    browser.search.setText("no such thing")
    assert listed(browser) == []
    browser.close()


def test_a_picture_that_is_no_dicom_says_so_without_a_message_in_the_window(open_window, tmp_path, qtbot):
    Image.fromarray(np.full((300, 200), 90, np.uint8)).save(tmp_path / "left_cc.png")
    window = open_window(tmp_path / "left_cc.png")
    before = window.messages.texts
    window.tag_browser.show_scan(next(iter(window.session.entries)))
    qtbot.waitUntil(lambda: not window.tag_browser.busy, timeout=PATIENCE_MS)
    assert "not a DICOM file" in window.tag_browser.completeness.text()
    assert window.messages.texts == before
    window.tag_browser.close()


def test_it_closes_with_the_study_that_it_tells_of(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    browser = window.tag_browser
    for leave in ("next_study", "close_study"):
        browser.show_scan(window.viewport_grid.active.scan)
        qtbot.waitUntil(lambda: not browser.busy, timeout=PATIENCE_MS)
        window.hanging.show_next()
        assert browser.isVisible() and listed(browser)
        window.actions_by_name[leave].trigger()
        assert not browser.isVisible() and not listed(browser)
