"""The list of the studies that are open."""

from __future__ import annotations

from PySide6.QtCore import Qt

from mammoview.display.scan_analysis import analyse
from mammoview.library import thumbnails
from mammoview.qt.library.study_panel import OPEN
from tests.qt.library.test_study_panel import listed
from tests.support.timeouts import PATIENCE_MS


def test_open_studies_can_be_searched(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    assert window.study_panel.tabs.currentIndex() == OPEN
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    window.study_panel.search.setText("second")
    qtbot.waitUntil(lambda: listed(window) == ["Doe, second"], timeout=PATIENCE_MS)
    qtbot.keyClick(window.study_panel.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.index == 1 and not window.session.busy, timeout=PATIENCE_MS)


def test_the_place_in_the_list_goes_to_the_study_on_show(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    for command, shown in (("next_study", 1), ("previous_study", 0)):
        window.actions_by_name[command].trigger()
        qtbot.waitUntil(lambda place=shown: window.study_panel.view.currentIndex().row() == place, timeout=PATIENCE_MS)
        assert window.study_panel.rows.rows[shown].shown
    window.study_panel.view.setCurrentIndex(window.study_panel.rows.index(1))
    window.study_panel.refresh()  # the reader's own place stays
    assert window.study_panel.view.currentIndex().row() == 1


def test_several_studies_are_listed_whole_with_thumbnails(open_window, study, make_study, qtbot, monkeypatch):
    decoded: list[str] = []
    monkeypatch.setattr(thumbnails, "analyse", lambda scan: (decoded.append(scan.path.parent.name), analyse(scan))[1])
    window = open_window(study)
    window.study_panel.search.setText("study")
    window.open_paths([make_study("first"), make_study("second")])
    qtbot.waitUntil(lambda: listed(window) == ["Doe, study", "Doe, first", "Doe, second"], timeout=PATIENCE_MS)
    assert window.study_panel.isVisible() and window.study_panel.search.text() == ""
    window.resize(1100, 1000)
    rows = window.study_panel.rows
    # Those that have not been shown yet as well.
    qtbot.waitUntil(lambda: all(scan.thumbnail for row in rows.rows for scan in row.study.scans), timeout=PATIENCE_MS)
    # The scans of the current study are in memory.
    assert set(decoded) == {"study", "second"}
    # Once it has been hidden it takes no room from the scans unasked.
    window.actions_by_name["studies"].trigger()
    window.open_paths([make_study("third")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 4 and not window.session.busy, timeout=PATIENCE_MS)
    assert not window.study_panel.isVisible()


def test_the_place_in_the_list_is_kept_where_a_study_is_open_twice(open_window, study, qtbot):
    window = open_window(study / "LCC.dcm")
    window.open_paths([study])
    qtbot.waitUntil(lambda: len(listed(window)) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert window.study_panel.rows.rows[1].shown
    for _ in range(2):
        assert window.study_panel.view.currentIndex().row() == 1
        with qtbot.waitSignal(window.study_panel.rows.modelReset, timeout=PATIENCE_MS):
            window.study_panel.refresh()
