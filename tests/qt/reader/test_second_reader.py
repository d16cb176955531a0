"""The layers open after the reader's own impression, which is locked, kept and comes back; and all of it is noted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import LayerSettings, Settings
from mammoview.qt import application
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.records.birads import AssessmentCategory
from mammoview.records.own_drawings import own_outline
from mammoview.records.reader_report import DrawnPlace, ReaderReportStore
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import picture, viewport_of
from tests.support.dicom_files import write
from tests.support.second_reading import events, give, reveal
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


def test_what_is_drawn_before_and_after_the_reveal_is_kept_with_the_report(reading, begin, make_study, qtbot):
    window, second = reading, reading.reader.second_reader
    left, right = (viewport_of(window, name).scan for name in ("L CC", "R CC"))
    mass = own_outline([(10, 20), (40, 20), (40, 50), (10, 50)])
    arrow = Annotation(AnnotationKind.ARROW, [(5, 5), (70, 80)])
    ruler = Annotation(AnnotationKind.RULER, [(1, 1), (9, 9)])
    region = Annotation(AnnotationKind.ELLIPSE, [(10, 10), (30, 50)])
    window.drawing.put(left, (mass, arrow, ruler))
    places = (DrawnPlace(second.keys[left], 25, 35), DrawnPlace(second.keys[left], 70, 80))
    assert set(second.own.first_places) == set(places) == set(second.own.final_places)
    window.drawing.put(left, (mass, ruler))
    reveal(window, qtbot)
    window.drawing.put(right, (region,))
    assert second.own.first_places == places[:1]
    later = DrawnPlace(second.keys[right], 20, 30)
    assert {(p.scan, round(p.column, 6), round(p.row, 6)) for p in second.own.final_places} == {
        (p.scan, p.column, p.row) for p in (places[0], later)
    }
    qtbot.waitUntil(lambda: not window.reader.records_worker.is_busy, timeout=PATIENCE_MS)
    assert ReaderReportStore.of(paths.data_folder()).find(second.own.key) == second.own


def test_what_was_on_the_screen_is_kept_with_what_is_reported(open_window, study, qtbot):
    darkened(study, "*MLO*")
    window = open_window(settings=Settings.model_construct(notice_seen=True, reading="second_reader"))
    second, window.hanging.first = window.reader.second_reader, "cc"
    window.open_paths([study])
    qtbot.waitUntil(lambda: second.own is not None, timeout=PATIENCE_MS)
    key = {scan.name: key for scan, key in second.keys.items()}
    assert len({*key.values()}) == 4 and not second.own.first_seen, "who has only looked has reported nothing"
    reveal(window, qtbot)
    assert {*second.own.first_seen} == {*second.own.final_seen} == {key["R CC"], key["L CC"]}
    window.hanging.show("mlo")
    mass = own_outline([(10, 20), (40, 20), (40, 50), (10, 50)])
    window.drawing.put(viewport_of(window, "L MLO").scan, (mass,))
    assert {*second.own.first_seen} == {key["R CC"], key["L CC"]} and {*second.own.final_seen} == {*key.values()}
    qtbot.waitUntil(lambda: not window.reader.records_worker.is_busy, timeout=PATIENCE_MS)
    assert ReaderReportStore.of(paths.data_folder()).find(second.own.key) == second.own


@pytest.mark.parametrize("mode", ["second_reader", "blind"])
def test_what_is_drawn_while_other_scans_are_still_loaded_is_kept_as_well(open_window, study, qtbot, mode):
    window = open_window(settings=Settings.model_construct(notice_seen=True, reading=mode))
    second = window.reader.second_reader
    early: list[bool] = []

    def draw(entry: ScanEntry) -> None:
        if not early:
            early.append(second.own is None)
            window.drawing.put(entry.scan, (own_outline([(10, 20), (40, 20), (40, 50), (10, 50)]),))

    window.session.scan_loaded.connect(draw)
    window.open_paths([study])
    qtbot.waitUntil(lambda: second.own is not None, timeout=PATIENCE_MS)
    assert early == [True]
    # Two scans of the made-up study have the same pixels, and so the same drawings.
    assert {(place.column, place.row) for place in second.own.first_places} == {(25, 35)}
    qtbot.waitUntil(lambda: not window.reader.records_worker.is_busy, timeout=PATIENCE_MS)
    assert ReaderReportStore.of(paths.data_folder()).find(second.own.key) == second.own


def test_what_is_drawn_in_concurrent_reading_is_never_called_unaided(begin, study, qtbot):
    window = begin(study, reading="concurrent")
    second = window.reader.second_reader
    mass = own_outline([(10, 20), (40, 20), (40, 50), (10, 50)])
    window.drawing.put(viewport_of(window, "L CC").scan, (mass,))
    assert not second.own, "nothing is reported where no layer was seen"
    window.layers.switch("heatmap", True)
    assert second.own.revealed and not second.own.first_places and len(second.own.final_places) == 1
    assert not second.own.first_seen and {*second.own.final_seen} == {*second.keys.values()}


def test_impressions_come_back_when_the_same_pixels_are_opened(reading, begin, make_study, qtbot):
    reveal(reading, qtbot)
    give(reading, "R", AssessmentCategory.BENIGN)
    reading.close()
    again = begin(make_study("moved and renamed"))
    own = again.reader.second_reader.own
    assert (own.first["L"].category, own.first["L"].text) == (AssessmentCategory.SUSPICIOUS, "a mass")
    assert own.final["R"].category is AssessmentCategory.BENIGN
    assert again.layers.open
    assert again.layers.switched_on == ()
    assert "a mass" in again.reader.panel.locked.text()


def darkened(study: Path, files: str = "*") -> Path:
    """The study with other pixels in some of its files, so that its reports are other ones, too."""
    for file in study.glob(files):
        data = dcmread(file)
        data.PixelData = (data.pixel_array // 2).astype(np.uint16).tobytes()
        write(file, data)
    return study


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
    # Outlines are layers too: nobody is sent to a key that does nothing.
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


def test_the_log_tells_of_reveals_layers_thresholds_and_exports_but_of_no_patient(reading, qtbot, tmp_path):
    reading.reader.audit_controller.who = "Reader One"
    reveal(reading, qtbot)
    reading.layers.switch("grid", True)
    reading.layers.switch("grid", False)
    reading.actions_by_name["grid_fill"].trigger()
    reading.actions_by_name["difference"].trigger()
    reading.actions_by_name["difference"].trigger()
    for value in (0.30, 0.31, 0.32):
        reading.layers.set_threshold("heatmap", value)
    with qtbot.waitSignal(reading.export.done, timeout=PATIENCE_MS):
        reading.export.export_scan(tmp_path / "Doe-study.png")
    reading.close()
    told = events()
    kinds = [kind for kind, _ in told]
    assert kinds[0] == "start" and kinds[-1] == "end"
    assert kinds.index("study opened") < kinds.index("impression") < kinds.index("reveal") < kinds.index("layer")
    assert told[kinds.index("reveal")][1] == {"mode": "second_reader", "first_R": "1", "first_L": "4"}
    grid = [facts for kind, facts in told if kind == "layer" and facts["layer"] == "grid"]
    assert grid == [{"layer": "grid", "on": True}, {"layer": "grid", "on": False}, {"layer": "grid", "filled": True}]
    difference = [facts["on"] for kind, facts in told if kind == "layer" and facts["layer"] == "difference"]
    assert difference == [True, False]
    assert [f for k, f in told if k == "threshold"] == [{"layer": "heatmap", "value": 0.32}]
    assert next(f for k, f in told if k == "export")["what"] == "picture"
    text = AuditLog.of(paths.data_folder()).path.read_text()
    assert "Reader One" in text
    for secret in ("Doe", "study.png", str(tmp_path), "a mass"):
        assert secret not in text, secret


def test_what_the_settings_restore_is_nothing_that_the_reader_did(open_window, qtbot):
    kept = {"heatmap": LayerSettings(threshold=0.37, filled=True)}
    settings = Settings.model_construct(notice_seen=True, reading="concurrent", layers=kept)
    window = open_window(settings=settings)
    assert window.layers.style("heatmap").filled
    window.reader.audit_controller.settle()
    window.close()
    assert [kind for kind, _ in events()] == ["start", "end"]


def test_a_full_disk_is_said_once_and_reading_goes_on(reading, qtbot, monkeypatch):
    def full(self, _what):
        raise MammoviewError("no space left", "Make room", "audit.jsonl")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", full)
        patch.setattr(ReaderReportStore, "keep", full)
        reveal(reading, qtbot)
        reading.layers.switch("saliency", True)
        qtbot.waitUntil(lambda: not reading.reader.records_worker.is_busy, timeout=PATIENCE_MS)
        assert reading.layers.is_on("saliency")
        assert sum("no space left" in text for text in reading.messages.texts) == 1
    # There is room again: what happened meanwhile is written as well.
    reading.close()
    found = AuditLog.of(paths.data_folder()).verify()
    assert found.problems == ()
    assert {"reveal", "layer"} <= {line["event"] for line in found.lines}


WINDOW = """
import sys
from PySide6.QtCore import QTimer
from mammoview.qt import application
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.core.settings import Settings
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import Impression
from tests.qt.conftest import StandInAssessor

running = application.application()
window = MainWindow(Settings.model_construct(notice_seen=True), StandInAssessor)
window.open_paths([sys.argv[1]])
window.show()
second = window.reader.second_reader

def begin():
    if second.own is None:
        return
    timer.stop()
    second.give("R", Impression(AssessmentCategory.BENIGN, "before the crash"))
    second.give("L", Impression(AssessmentCategory.NEGATIVE))
    window.layers.opened.connect(lambda _open: print("open", flush=True))
    window.reader.reveal()

timer = QTimer()
timer.timeout.connect(begin)
timer.start(20)
running.exec()
"""


def test_nothing_said_is_lost_when_the_window_is_killed(study, begin, kill, monkeypatch):
    log = kill(WINDOW, ["open"], "audit.jsonl")
    monkeypatch.setattr(paths, "data_folder", lambda: log.parent)
    window = begin(study)
    own = window.reader.second_reader.own
    assert own.first["R"].text == "before the crash"
    assert own.revealed and window.layers.open
    found = AuditLog(log).verify()
    assert found.problems == ()
    assert "reveal" in {line["event"] for line in found.lines}


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


def test_what_is_kept_names_nobody(reading, qtbot):
    reveal(reading, qtbot)
    reading.close()
    folder = paths.data_folder()
    # The library alone knows names: it is the index of the reader's own folders.
    files = [file for file in folder.rglob("*") if file.is_file() and folder / "library" not in file.parents]
    assert len(files) >= 3
    for file in files:
        assert "Doe" not in file.name
        assert "Doe" not in file.read_text() and "study.dcm" not in file.read_text()
    (kept,) = (paths.data_folder() / "reader_reports").iterdir()
    assert json.loads(kept.read_text())["first"]["L"] == {"category": "4", "text": "a mass"}
