"""What is kept of a reading: the report with what was drawn, and the audit log; on a full disk and after a kill too."""

from __future__ import annotations

import json

import pytest

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import Settings
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.records.birads import AssessmentCategory
from mammoview.records.own_drawings import own_outline
from mammoview.records.reader_report import DrawnPlace, ReaderReportStore
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import viewport_of
from tests.support.second_reading import darkened, events, give, reveal
from tests.support.timeouts import PATIENCE_MS


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


def test_what_is_drawn_in_concurrent_reading_is_kept_where_no_layer_was_shown(begin, study, qtbot):
    window = begin(study, reading="concurrent")
    second, scan = window.reader.second_reader, viewport_of(window, "L CC").scan
    mass = own_outline([(10, 20), (40, 20), (40, 50), (10, 50)])
    window.drawing.put(scan, (mass,))
    give(window, "L", AssessmentCategory.SUSPICIOUS)
    here = DrawnPlace(second.keys[scan], 25, 35)
    assert not second.own.revealed and here in second.own.final_places and not second.own.first_places
    arrow = Annotation(AnnotationKind.ARROW, [(5, 5), (70, 80)])
    window.drawing.put(scan, (mass, arrow))
    assert DrawnPlace(second.keys[scan], 70, 80) in second.own.final_places
    qtbot.waitUntil(lambda: not window.reader.records_worker.is_busy, timeout=PATIENCE_MS)
    assert ReaderReportStore.of(paths.data_folder()).find(second.own.key) == second.own


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
    messages = events()
    kinds = [kind for kind, _ in messages]
    assert kinds[0] == "start" and kinds[-1] == "end"
    assert kinds.index("study opened") < kinds.index("impression") < kinds.index("reveal") < kinds.index("layer")
    assert messages[kinds.index("reveal")][1] == {"mode": "second_reader", "first_R": "1", "first_L": "4"}
    grid = [facts for kind, facts in messages if kind == "layer" and facts["layer"] == "grid"]
    assert grid == [{"layer": "grid", "on": True}, {"layer": "grid", "on": False}, {"layer": "grid", "filled": True}]
    difference = [facts["on"] for kind, facts in messages if kind == "layer" and facts["layer"] == "difference"]
    assert difference == [True, False]
    assert [f for k, f in messages if k == "threshold"] == [{"layer": "heatmap", "value": 0.32}]
    assert next(f for k, f in messages if k == "export")["what"] == "picture"
    text = AuditLog.of(paths.data_folder()).path.read_text()
    assert "Reader One" in text
    for secret in ("Doe", "study.png", str(tmp_path), "a mass"):
        assert secret not in text, secret


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


def test_what_is_kept_names_nobody(reading, qtbot):
    reveal(reading, qtbot)
    reading.close()
    folder = paths.data_folder()
    # The library alone holds names: it is the index of the reader's own folders.
    files = [file for file in folder.rglob("*") if file.is_file() and folder / "library" not in file.parents]
    assert len(files) >= 3
    for file in files:
        assert "Doe" not in file.name
        assert "Doe" not in file.read_text() and "study.dcm" not in file.read_text()
    (kept,) = (paths.data_folder() / "reader_reports").iterdir()
    assert json.loads(kept.read_text())["first"]["L"] == {"category": "4", "text": "a mass"}
