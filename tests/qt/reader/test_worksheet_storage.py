"""The BI-RADS worksheet is kept with the pixels as it is entered, noted without words, exported without the patient."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PySide6.QtTest import QTest

from mammoview.core import paths
from mammoview.records.birads import BreastComposition, FindingKind
from mammoview.records.reader_report import ReaderReportStore
from tests.support.second_reading import events, put, sheet_of
from tests.support.timeouts import PATIENCE_MS


def test_it_comes_back_with_the_same_pixels_and_names_nobody(with_worksheet, begin, make_study):
    with_worksheet.worksheets.add()
    put(with_worksheet.worksheets.dialog.form.kind, "mass")
    with_worksheet.worksheets.dialog.form.note.setPlainText("near the scar")
    before = sheet_of(with_worksheet)
    with_worksheet.close()
    (kept,) = (paths.data_folder() / "reader_reports").iterdir()
    assert "Doe" not in kept.read_text()
    again = begin(make_study("moved and renamed"))
    assert sheet_of(again) == before
    assert before.findings[0].note == "near the scar"


def test_a_note_being_typed_stays_with_its_study(with_worksheet, make_study, qtbot):
    from pydicom import dcmread

    from tests.support.dicom_files import write

    other = make_study("other")
    for file in other.iterdir():
        data = dcmread(file)
        data.PixelData = (data.pixel_array // 2).astype(np.uint16).tobytes()
        write(file, data)
    key = with_worksheet.reader.second_reader.own.key
    with_worksheet.worksheets.add()
    with_worksheet.worksheets.dialog.form.note.setFocus()
    QTest.keyClicks(with_worksheet.worksheets.dialog.form.note, "half a wor")
    with_worksheet.open_paths([other])
    second = with_worksheet.reader.second_reader
    qtbot.waitUntil(lambda: second.own is not None and second.own.key != key, timeout=PATIENCE_MS)
    assert not sheet_of(with_worksheet) and with_worksheet.worksheets.dialog.list.count() == 0
    qtbot.waitUntil(lambda: not with_worksheet.session.busy, timeout=PATIENCE_MS)
    with_worksheet.close()
    assert ReaderReportStore.of(paths.data_folder()).find(key).worksheet.findings[0].note == "half a wor"


def test_with_its_study_closed_it_is_empty_and_closed(with_worksheet):
    with_worksheet.worksheets.add()
    with_worksheet.actions_by_name["close_study"].trigger()
    sheet = with_worksheet.worksheets.dialog
    assert sheet.list.count() == 0 and not sheet.form.isEnabled() and not sheet.add_button.isEnabled()
    assert "loaded" in sheet.state.text()


def test_a_note_is_there_when_another_finding_was_looked_at(with_worksheet):
    sheet = with_worksheet.worksheets.dialog
    with_worksheet.worksheets.add()
    with_worksheet.worksheets.add()
    QTest.keyClicks(sheet.form.note, "second")
    sheet.list.setCurrentRow(0)
    assert sheet.form.note.toPlainText() == ""
    sheet.list.setCurrentRow(1)
    assert sheet.form.note.toPlainText() == "second"


def test_the_log_tells_of_every_change_but_of_no_word(with_worksheet):
    sheet = with_worksheet.worksheets.dialog
    put(sheet.composition, "d")
    with_worksheet.worksheets.add()
    put(sheet.form.kind, "mass")
    put(sheet.form.category, "4C")
    sheet.form.note.setPlainText("SECRET")
    sheet.remove_button.click()
    with_worksheet.close()
    reported = [facts for kind, facts in events() if kind == "worksheet"]
    assert reported[0] == {"what": "composition", "value": "d"}
    common = {"what": "finding", "number": 1, "breast": "L"}
    assert reported[1] == {**common, "change": "added"}
    assert reported[3] == {**common, "change": "changed", "type": "mass", "category": "4C"}
    assert reported[-1] == {**common, "change": "removed", "type": "mass", "category": "4C"}
    assert "SECRET" not in (paths.data_folder() / "audit.jsonl").read_text()


KILLED = """
import sys
from PySide6.QtCore import QTimer
from mammoview.qt import application
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.core.settings import Settings
from mammoview.records.reader_report import ReaderReportStore
from tests.qt.conftest import StandInAssessor
from tests.support.second_reading import put

keep = ReaderReportStore.keep

def keep_and_say(store, report):
    keep(store, report)
    print("kept", flush=True)

ReaderReportStore.keep = keep_and_say
running = application.application()
window = MainWindow(Settings.model_construct(notice_seen=True, reading="blind"), StandInAssessor)
window.open_paths([sys.argv[1]])
window.show()
second = window.reader.second_reader

def begin():
    if second.own is None:
        return
    timer.stop()
    window.worksheets.open()
    put(window.worksheets.dialog.composition, "c")
    window.worksheets.add()
    put(window.worksheets.dialog.form.kind, "calcifications")

timer = QTimer()
timer.timeout.connect(begin)
timer.start(20)
running.exec()
"""


def test_nothing_entered_is_lost_when_the_window_is_killed(study: Path, begin, kill, monkeypatch):
    log = kill(KILLED, ["kept"] * 3, "audit.jsonl")  # three changes, three times on the disk
    monkeypatch.setattr(paths, "data_folder", lambda: log.parent)
    window = begin(study)
    assert sheet_of(window).composition is BreastComposition.C
    assert sheet_of(window).findings[0].kind is FindingKind.CALCIFICATIONS


def exported(window, path: Path, qtbot) -> str:
    with qtbot.waitSignal(window.reader.records_worker.worksheet_written, timeout=PATIENCE_MS):
        window.worksheets.export(path)
    return path.read_text()


def test_an_export_names_the_patient_only_when_that_is_ticked_each_time(with_worksheet, qtbot, tmp_path):
    with_worksheet.worksheets.add()
    sheet = with_worksheet.worksheets.dialog
    patient = with_worksheet.session.study.patient
    assert patient
    for name in ("a.txt", "a.json"):
        assert "atient" not in exported(with_worksheet, tmp_path / name, qtbot)
    sheet.identity.setChecked(True)
    assert f"Patient: {patient}\n" in exported(with_worksheet, tmp_path / "b.txt", qtbot)
    assert json.loads(exported(with_worksheet, tmp_path / "b.json", qtbot))["patient"] == patient
    sheet.reject()
    assert "atient" not in exported(with_worksheet, tmp_path / "c.txt", qtbot)
    with_worksheet.worksheets.open()
    assert not sheet.identity.isChecked()
    for name in ("a.txt", "a.json", "b.txt", "b.json", "c.txt"):
        assert any(name in text for text in with_worksheet.messages.texts)
    with_worksheet.close()
    notes = [facts for kind, facts in events() if kind == "export"]
    assert len(notes) == 5 and {facts["what"] for facts in notes} == {"worksheet"}
    assert [bool(facts.get("identity")) for facts in notes] == [False, False, True, True, False]


def test_without_a_study_there_is_nothing_to_export(open_window):
    window = open_window()
    window.actions_by_name["export_worksheet"].trigger()
    assert any("no worksheet" in text for text in window.messages.texts)
