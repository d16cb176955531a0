"""The layers open after the reader's own impression, which is locked; other reading modes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.core import paths
from mammoview.core.settings import LayerSettings, Settings
from mammoview.qt import application
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.records.birads import AssessmentCategory
from tests.qt.conftest import picture, viewport_of
from tests.support.second_reading import darkened, events, give, reveal
from tests.support.timeouts import PATIENCE_MS

NAMES = ("R CC", "L CC", "R MLO", "L MLO")


def test_no_layer_and_no_list_of_marks_can_be_had_before_the_impression(reading, qtbot):
    bare = {name: picture(viewport_of(reading, name)) for name in NAMES}
    for key in (Qt.Key.Key_O, Qt.Key.Key_G, Qt.Key.Key_H, Qt.Key.Key_S, Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_N):
        QTest.keyClick(reading, key)
        assert reading.layers.switched_on == ()
    reading.actions_by_name["difference"].trigger()
    assert not reading.comparison.difference and not reading.comparison.revealed
    assert not any(reading.actions_by_name[name].isChecked() for name in (*reading.layers.names, "difference"))
    assert reading.findings.list.count() == 0
    assert "reveal" in reading.findings.states.text()
    assert any("first impression" in text for text in reading.messages.texts)
    reading.messages.clear()
    for name in NAMES:
        assert (picture(viewport_of(reading, name)) == bare[name]).all(), name


def test_reveal_wants_a_category_for_each_breast_and_then_opens_the_layers(reading, qtbot):
    panel = reading.reader.panel
    assert list(panel.fields) == ["R", "L"]
    give(reading, "R", AssessmentCategory.NEGATIVE)
    assert not panel.button.isEnabled()
    reading.actions_by_name["reveal"].trigger()
    assert not reading.layers.open
    assert any("each breast" in text for text in reading.messages.texts)
    assert panel.fields["L"].category.hasFocus()
    give(reading, "L", AssessmentCategory.SUSPICIOUS)
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: reading.layers.open, timeout=PATIENCE_MS)
    assert reading.layers.is_on("heatmap")
    assert reading.findings.list.count() == 4
    QTest.keyClick(reading, Qt.Key.Key_G)
    assert reading.layers.is_on("grid")


def test_the_viewports_of_the_first_study_do_not_wait_for_the_panel(open_window, study, qtbot):
    window, shown = open_window(), []
    panel = window.reader.panel
    window.session.study_shown.connect(lambda _study: shown.append(panel.isVisible()))
    window.open_paths([study])
    qtbot.waitUntil(panel.isVisible, timeout=PATIENCE_MS)
    assert shown == [False]
    assert all(view.scan is not None for view in window.viewport_grid.visible)


def test_the_first_impression_is_locked_and_a_final_one_stands_beside_it(reading, qtbot):
    reveal(reading, qtbot)
    panel, second = reading.reader.panel, reading.reader.second_reader
    assert "4  Suspicious\na mass" in panel.locked.text()
    give(reading, "L", AssessmentCategory.HIGHLY_SUGGESTIVE, "spiculated")
    reading.reader.panel.settle()
    assert second.own.first["L"].category is AssessmentCategory.SUSPICIOUS
    assert (second.own.final["L"].category, second.own.final["L"].text) == (
        AssessmentCategory.HIGHLY_SUGGESTIVE,
        "spiculated",
    )
    assert "4  Suspicious\na mass" in panel.locked.text()


def test_another_study_closes_the_layers_again_and_coming_back_opens_them(begin, study, make_study, qtbot):
    other = darkened(make_study("other"))
    window = begin(study, other)
    reveal(window, qtbot)
    window.open_actions.show_next_study()
    assert not window.layers.open and window.layers.switched_on == ()
    assert not window.comparison.revealed
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert not window.reader.second_reader.own
    assert window.reader.panel.fields["L"].text.toPlainText() == ""
    window.open_actions.show_previous_study()
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert window.layers.open
    assert window.reader.second_reader.own.first["L"].text == "a mass"
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)


def test_blind_reading_never_opens_the_layers(begin, study, qtbot):
    window = begin(study, reading="blind")
    give(window, "R", AssessmentCategory.NEGATIVE)
    give(window, "L", AssessmentCategory.NEGATIVE)
    window.actions_by_name["reveal"].trigger()
    QTest.keyClick(window, Qt.Key.Key_H)
    assert not window.layers.open and window.layers.switched_on == ()
    assert not window.reader.panel.button.isVisible()
    assert any("Blind" in text for text in window.messages.texts)
    assert "Blind" in window.top_bar.mode.text()
    own = window.reader.second_reader.own
    assert own.first["R"].category is AssessmentCategory.NEGATIVE and not own.revealed
    # Outlines are layers too: no text names a key that does nothing.
    window.comparison_panel.open(True)
    assert window.comparison_panel.note.text() == "Closed, as the layers are."
    window.reader.set_mode("concurrent")
    qtbot.waitUntil(lambda: window.layers.open, timeout=PATIENCE_MS)
    assert "press O" in window.comparison_panel.note.text()


def test_concurrent_reading_says_so_and_never_calls_an_impression_unaided(begin, study, qtbot):
    window = begin(study, reading="concurrent")
    assert "Concurrent" in window.top_bar.mode.text()
    QTest.keyClick(window, Qt.Key.Key_H)
    assert window.layers.is_on("heatmap")
    give(window, "R", AssessmentCategory.BENIGN)
    window.close()
    again = begin(study)
    own = again.reader.second_reader.own
    assert (own.mode, own.first, own.final["R"].category) == ("concurrent", {}, AssessmentCategory.BENIGN)
    # The layers were seen: there is nothing left to be unaided about.
    assert again.layers.open and not again.reader.second_reader.first_open


def test_layers_that_are_on_before_the_study_is_known_count_as_seen(begin, make_study, study, qtbot):
    window = begin(study, reading="concurrent")
    window.layers.switch("grid", True)
    window.open_paths([make_study("second")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert window.reader.second_reader.own.mode == "concurrent"
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)


def test_the_mode_can_be_changed_while_a_study_is_open(reading, qtbot):
    reading.reader.set_mode("concurrent")
    assert reading.layers.open
    reading.layers.switch("outlines", True)
    reading.reader.set_mode("blind")
    assert not reading.layers.open and reading.layers.switched_on == ()
    reading.close()
    modes = [facts["mode"] for kind, facts in events() if kind == "mode"]
    assert modes == ["concurrent", "blind"]
    assert ("reveal", {"mode": "concurrent"}) in events()


def test_every_model_whose_layers_were_open_is_named(reading, qtbot):
    second, choices = reading.reader.second_reader, reading.session.choices
    reading.session.assess_automatically = False
    mine = ModelChoice(OwnModelFolder(Path("mine"), "c" * 64), "mine 1")
    name = f"mine 1 ({'c' * 12})"
    reveal(reading, qtbot)
    reading.reader.set_mode("blind")
    choices.use(mine)
    assert second.own.models == ("bundled",), "the layers are closed"
    reading.reader.set_mode("second_reader")
    assert reading.layers.open and second.own.models == ("bundled", name)
    # A reading with a model of one's own, opened again with the bundled ones.
    choices.use(BUNDLED)
    path = reading.session.study.scans[0].path.parent
    second.record(replace(second.own, models=(name,)))
    reading.session.close_study()
    reading.open_paths([path])
    qtbot.waitUntil(lambda: second.own is not None, timeout=PATIENCE_MS)
    assert second.own.models == (name, "bundled")


def test_typing_in_the_impression_is_no_command_and_escape_goes_back(reading, qtbot):
    QTest.keyClick(reading, Qt.Key.Key_U)
    field = reading.reader.panel.fields["R"]
    assert field.category.hasFocus()
    field.text.setFocus()
    stage = reading.hanging.title
    QTest.keyClicks(field.text, "i hang B")
    QTest.keyClick(field.text, Qt.Key.Key_Return)
    assert field.text.toPlainText() == "i hang B\n"
    assert reading.hanging.title == stage
    assert not any(v.content.grey.inverted for v in reading.viewport_grid.viewports)
    reading.notifier.warn_general("stays")
    QTest.keyClick(field.text, Qt.Key.Key_Escape)
    assert reading.viewport_grid.active.hasFocus()
    assert "stays" in reading.messages.texts


def test_after_a_reveal_the_keys_are_those_of_the_scans(reading, qtbot):
    give(reading, "R", AssessmentCategory.NEGATIVE)
    give(reading, "L", AssessmentCategory.BENIGN)
    words = reading.reader.panel.fields["L"].text
    words.setFocus()
    QTest.keySequence(words, "Ctrl+Return")
    qtbot.waitUntil(lambda: reading.layers.open, timeout=PATIENCE_MS)
    assert reading.focusWidget() is reading.viewport_grid.active
    QTest.keySequence(reading.focusWidget(), "N")
    assert words.toPlainText() == "" and reading.findings.list.currentRow() == 0


def test_what_the_settings_restore_is_nothing_that_the_reader_did(open_window, qtbot):
    kept = {"heatmap": LayerSettings(threshold=0.37, filled=True)}
    settings = Settings.model_construct(notice_seen=True, reading="concurrent", layers=kept)
    window = open_window(settings=settings)
    assert window.layers.style("heatmap").filled
    window.reader.audit_controller.settle()
    window.close()
    assert [kind for kind, _ in events()] == ["start", "end"]


def test_a_snapshot_asks_for_nothing_and_records_no_reading(study, tmp_path: Path):
    application.snapshot(study, tmp_path / "x.png", ("outlines",), "", (900, 700))
    kept = {file.name for file in paths.data_folder().rglob("*") if file.is_file()}
    assert kept == {"audit.jsonl", "audit.head"}
    (entry,) = (paths.data_folder() / "audit.jsonl").read_text().splitlines()
    assert json.loads(entry)["event"] == "export"


def test_the_demonstration_is_concurrent_and_says_so(begin, study, qtbot):
    window = begin(study)
    window.demonstrate()
    assert window.layers.switched_on == ("heatmap",) and not window.findings.covered
    assert any("concurrent" in text for text in window.messages.texts)
    assert "Concurrent" in window.top_bar.mode.text()
    # The user's own mode is not touched.
    assert window.settings.reading == "second_reader"


def test_another_study_than_the_demonstrated_one_is_read_as_the_settings_say(open_window, study, make_study, qtbot):
    window = open_window(settings=Settings.model_construct(notice_seen=True))
    window.demonstrate()
    window.open_paths([study])
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert window.reader.second_reader.mode == "concurrent" and window.layers.switched_on == ("heatmap",)
    window.open_paths([darkened(make_study("own"))])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert window.reader.second_reader.mode == "second_reader" and window.reader.second_reader.first_open
    assert not window.layers.open and window.layers.switched_on == () and window.findings.covered
    assert "Second" in window.top_bar.mode.text()
    # The demonstrated one has been seen with its layers: coming back, they are open.
    window.open_actions.show_previous_study()
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert window.layers.open and window.reader.second_reader.own.mode == "concurrent"
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
