"""Findings are accepted or rejected with a reason; verdicts come back and leave with the exports."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.qt.findings.findings_panel import state_text
from mammoview.qt.main_window.side_panel import SidePanel
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import VerdictReason
from tests.support.second_reading import give, reveal
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def reading(begin, study):
    window = begin(study, reading="concurrent")
    window.layers.switch("heatmap", True)
    return window


def choose_reason(window, reason: VerdictReason) -> None:
    combo = window.findings.verdict.reason
    combo.setCurrentIndex(combo.findData(reason.value))
    combo.activated.emit(combo.currentIndex())


def test_keys_step_accept_reject_and_take_back(reading):
    QTest.keyClick(reading, Qt.Key.Key_N)
    item = reading.findings.list.currentItem()
    plain = item.text()
    QTest.keyClick(reading, Qt.Key.Key_Y)
    assert "\u2713 accepted" in item.text()
    assert reading.findings.verdict.accept.isChecked()
    QTest.keyClick(reading, Qt.Key.Key_Y, Qt.KeyboardModifier.ShiftModifier)
    assert "\u2715 rejected" in item.text()
    assert reading.findings.verdict.reject.isChecked() and not reading.findings.verdict.accept.isChecked()
    QTest.keyClick(reading, Qt.Key.Key_Y, Qt.KeyboardModifier.ShiftModifier)
    assert item.text() == plain
    assert not reading.findings.verdict.reject.isChecked()


def test_the_chosen_finding_and_its_verdict_are_in_sight_in_a_low_window(reading, qtbot):
    reading.resize(1000, 500)
    reading.layers.show_only(reading.layers.names)
    view = reading.findings.list
    panel = view.window().findChild(SidePanel)

    def in_sight(widget, rect) -> bool:
        seen = widget.mapTo(panel, rect.topLeft()), widget.mapTo(panel, rect.bottomRight())
        return all(panel.viewport().rect().contains(point) for point in seen)

    for step in (reading.findings.show_next, reading.findings.show_next, reading.verdicts.reject):
        step()
        qtbot.waitUntil(lambda: in_sight(view.viewport(), view.visualItemRect(view.currentItem())), timeout=PATIENCE_MS)
        verdict = reading.findings.verdict.note
        qtbot.waitUntil(lambda note=verdict: in_sight(note, note.rect()), timeout=PATIENCE_MS)
        assert in_sight(view.viewport(), view.visualItemRect(view.currentItem()))


def test_a_key_goes_to_the_reason_once_there_is_a_verdict(reading):
    reason = reading.findings.verdict.reason
    reading.actions_by_name["reason"].trigger()
    assert not reason.hasFocus() and any("a reason belongs to a verdict" in text for text in reading.messages.texts)
    reading.findings.show_next()
    reading.verdicts.reject()
    reading.actions_by_name["reason"].trigger()
    assert reason.hasFocus()
    QTest.keyClick(reason, Qt.Key.Key_Down)
    assert "rejected: mass" in reading.findings.list.currentItem().text()
    QTest.keyClick(reason, Qt.Key.Key_Escape)
    assert reading.viewport_grid.active.hasFocus()


def test_buttons_do_the_same_and_wait_for_a_finding(reading, qtbot):
    assert not reading.findings.verdict.isVisible()
    reading.actions_by_name["accept"].trigger()
    assert any("Choose a finding" in text for text in reading.messages.texts)
    reading.findings.show_next()
    assert reading.findings.verdict.isVisible()
    assert not reading.findings.verdict.reason.isEnabled()
    qtbot.mouseClick(reading.findings.verdict.reject, Qt.MouseButton.LeftButton)
    assert "rejected" in reading.findings.list.currentItem().text()


def test_reason_and_note_are_kept_and_come_back(reading, begin, make_study, qtbot):
    reading.findings.show_next()
    reading.verdicts.reject()
    choose_reason(reading, VerdictReason.ARTEFACT)
    assert "rejected: artefact, label or skin" in reading.findings.list.currentItem().text()
    note = reading.findings.verdict.note
    note.setFocus()
    QTest.keyClicks(note, "plaster on skin")
    QTest.keyClick(note, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is reading.viewport_grid.active
    # A note that is still being typed when another model is chosen belongs to this finding.
    note.setFocus()
    note.end(False)
    QTest.keyClicks(note, ", left")
    reading.session.choices.leaving.emit()
    assert reading.reader.second_reader.own.verdicts[0].note == "plaster on skin, left"
    place = reading.findings.listed[0]
    reading.close()
    again = begin(make_study("elsewhere"), reading="concurrent")
    again.layers.switch("grid", True)
    again.findings.show_next()
    assert "rejected: artefact" in again.findings.list.currentItem().text()
    assert again.findings.verdict.note.text() == "plaster on skin, left"
    (verdict,) = again.reader.second_reader.own.verdicts
    assert (verdict.column, verdict.row, verdict.view) == (
        place.finding.column,
        place.finding.row,
        place.entry.scan.name,
    )


def test_verdicts_are_in_the_log_without_the_note(reading):
    reading.findings.show_next()
    reading.verdicts.accept()
    choose_reason(reading, VerdictReason.MASS)
    reading.findings.verdict.note.setText("as in Doe's old films")
    reading.findings.verdict.note.editingFinished.emit()
    reading.verdicts.accept()
    reading.close()
    log = AuditLog.of(paths.data_folder())
    reported = [line["facts"] for line in log.verify().lines if line["event"] == "finding"]
    assert [(facts["verdict"], facts.get("reason")) for facts in reported] == [
        ("accepted", None),
        ("accepted", "mass"),
        ("withdrawn", "mass"),
    ]
    assert {"view", "rank", "score"} <= set(reported[0])
    assert "Doe" not in log.path.read_text()


def test_no_verdict_before_the_layers_are_open(begin, study, qtbot):
    window = begin(study)
    QTest.keyClick(window, Qt.Key.Key_N)
    QTest.keyClick(window, Qt.Key.Key_Y)
    assert window.reader.second_reader.own.verdicts == ()
    assert not window.findings.verdict.isVisible()
    reveal(window, qtbot)
    window.findings.show_next()
    QTest.keyClick(window, Qt.Key.Key_Y)
    assert len(window.reader.second_reader.own.verdicts) == 1


def test_the_reader_report_is_written_as_json_without_the_patient(begin, study, tmp_path, qtbot):
    window = begin(study, reader="Reader One")
    early, late = tmp_path / "early.json", tmp_path / "late.json"
    give(window, "R", AssessmentCategory.NEGATIVE)
    with qtbot.waitSignal(window.reader.records_worker.written, timeout=PATIENCE_MS):
        window.reader.export(early)
    before = json.loads(early.read_text())
    assert before["layers_opened"] is None
    assert [scan["findings"] for scan in before["scans"]] == [[]] * 4
    reveal(window, qtbot)
    window.findings.show_next()
    window.verdicts.reject()
    choose_reason(window, VerdictReason.NORMAL_TISSUE)
    judged = window.findings.chosen_finding
    with qtbot.waitSignal(window.reader.records_worker.written, timeout=PATIENCE_MS):
        window.reader.export(late)
    reported = json.loads(late.read_text())
    assert reported["reader"] == "Reader One"
    assert reported["first_impression"] == {"R": {"birads": "1", "text": ""}, "L": {"birads": "4", "text": "a mass"}}
    assert reported["mode"] == "second_reader" and reported["layers_opened"].endswith("Z")
    assert [(s["scan"]["laterality"], s["scan"]["projection"], s["models"]) for s in reported["scans"]] == [
        ("R", "CC", "done"), ("L", "CC", "done"), ("R", "MLO", "done"), ("L", "MLO", "done"),
    ]  # fmt: skip
    view = judged.entry.scan.name.split()
    scans = {(s["scan"]["laterality"], s["scan"]["projection"]): s for s in reported["scans"]}
    found = scans[tuple(view)]["findings"]
    assert [(f["verdict"], f["reason"], f["score"]) for f in found] == [
        ("rejected", "normal tissue", pytest.approx(judged.finding.score))
    ]
    assert before["pairs"] is None and reported["pairs"]["tolerance_mm"] == 12
    views = {(pair["cc"]["view"], pair["mlo"]["view"]) for pair in reported["pairs"]["pairs"]}
    assert views == {("R CC", "R MLO"), ("L CC", "L MLO")}
    for text in (early.read_text(), late.read_text()):
        assert "Doe" not in text and "study.dcm" not in text and str(study) not in text
        assert "medical device" in text or "diagnos" in text


def test_the_reader_report_says_why_models_failed_without_the_file(reading, tmp_path, qtbot):
    for entry in reading.session.entries.values():
        entry.fail(f"{entry.scan.path}: the file is empty. Doe^Jane")
    with qtbot.waitSignal(reading.reader.records_worker.written, timeout=PATIENCE_MS):
        reading.reader.export(tmp_path / "own.json")
    reported = json.loads((tmp_path / "own.json").read_text())
    assert {scan["models"] for scan in reported["scans"]} == {"failed: …: the file is empty. …"}


def test_a_reading_that_cannot_be_written_is_a_message(reading, tmp_path, qtbot):
    reading.reader.export(tmp_path / "nowhere" / "reading.json")
    qtbot.waitUntil(lambda: any("reading.json" in text for text in reading.messages.texts), timeout=PATIENCE_MS)


def test_an_export_tells_the_verdicts(reading, tmp_path, qtbot):
    reading.findings.show_next()
    plain, judged = tmp_path / "plain.png", tmp_path / "judged.png"
    for path in (plain, judged):
        with qtbot.waitSignal(reading.export.done, timeout=PATIENCE_MS):
            reading.export.export_scan(path)
        reading.verdicts.accept()
    # One line more in the strip.
    heights = [Image.open(path).height for path in (plain, judged)]
    assert heights[1] > heights[0]
    width = min(Image.open(path).width for path in (plain, judged))
    scan = [np.asarray(Image.open(path).convert("L"))[:500, :width] for path in (plain, judged)]
    assert (scan[0] == scan[1]).all()


def test_nothing_found_not_run_failed_and_out_of_scope_are_four_different_texts(reading):
    entry = next(iter(reading.session.entries.values()))
    entry.assessed = replace(entry.assessed, assessment=replace(entry.assessed.assessment, marks=()))
    not_run, failed, out_of_scope = (ScanEntry(entry.scan) for _ in range(3))
    failed.fail("why")
    out_of_scope.exclude("why")
    texts = [state_text(one, True) for one in (entry, not_run, failed, out_of_scope)]
    assert [text.split(":")[0].split(" at")[0] for text in texts] == [
        "nothing found",
        "not run",
        "failed",
        "out of scope",
    ]


def test_a_note_belongs_to_the_finding_that_it_was_typed_for(reading, qtbot):
    panel, second = reading.findings, reading.reader.second_reader
    panel.show_next()
    first, other = panel.listed[:2]
    reading.verdicts.reject()
    panel.verdict.note.setFocus()
    QTest.keyClicks(panel.verdict.note, "vessel")
    reading.actions_by_name["next_finding"].trigger()
    assert panel.chosen_finding.finding is other.finding and panel.verdict.note.text() == ""
    assert second.verdict_of(first.entry.scan, first.finding).note == "vessel"
    reading.verdicts.accept()
    panel.verdict.note.setFocus()
    QTest.keyClicks(panel.verdict.note, "mass")
    title = panel.list.visualItemRect(panel.list.item(0)).topLeft() + QPoint(70, 12)
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=title)
    assert panel.chosen_finding.finding is first.finding and panel.verdict.note.text() == "vessel"
    assert second.verdict_of(other.entry.scan, other.finding).note == "mass"
    assert [verdict.note for verdict in second.own.verdicts] == ["vessel", "mass"]


def test_keys_that_the_controls_of_a_finding_do_not_take_choose_no_other_one(reading):
    panel = reading.findings
    panel.show_next()
    reading.verdicts.reject()
    note = panel.verdict.note
    note.setFocus()
    QTest.keyClicks(note, "vessel")
    for field in (note, panel.verdict.accept):
        field.setFocus()
        for key in (Qt.Key.Key_PageDown, Qt.Key.Key_End, Qt.Key.Key_Down, Qt.Key.Key_Up):
            QTest.keyClick(QApplication.focusWidget(), key)
            assert panel.list.currentRow() == 0, (field, key)
    assert note.text() == "vessel"
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert panel.list.currentRow() == 1
