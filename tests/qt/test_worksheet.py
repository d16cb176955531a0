"""The BI-RADS worksheet: worked with keys, kept and noted as it is entered, and no way around the closed layers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview import paths
from mammoview.paths import resources
from mammoview.study import birads
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.birads import Category, Composition, Kind
from mammoview.study.own_reading import Impression, Readings
from mammoview.study.spacing import UNKNOWN_SPACING
from mammoview.study.worksheet import TYPED, Size
from tests.qt.conftest import pane
from tests.qt.test_second_reader import begin, events, give, reading, reveal  # noqa: F401


@pytest.fixture
def opened(reading):  # noqa: F811
    """Second reading with a category for each breast, and the worksheet open."""
    give(reading, "R", Category.NEGATIVE)
    give(reading, "L", Category.SUSPICIOUS)
    reading.light_box.activate(pane(reading, "L CC"))
    QTest.keyClick(reading, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    return reading


def put(choice, value) -> None:
    """Choose an entry as the reader does."""
    index = next(i for i in range(choice.count()) if choice.itemData(i) == value)
    choice.setCurrentIndex(index)
    choice.activated.emit(index)


def sheet_of(window):
    return window.reader.second_reader.own.worksheet


def rule(window, name: str, millimetres: float) -> None:
    """Draw a ruler of that length on a scan of 0.4 mm per pixel."""
    scan = pane(window, name).scan
    window.drawing.add(scan, Annotation(AnnotationKind.RULER, np.array([[50, 300], [50 + millimetres / 0.4, 300]])))


# The gate


def test_before_the_first_impression_it_can_only_be_read(reading):  # noqa: F811
    reading.actions_by_name["worksheet"].trigger()
    sheet = reading.worksheets.sheet
    assert "first impression" in sheet.state.text()
    assert not any(part.isEnabled() for part in (sheet.composition, sheet.add_button, sheet.form))
    # Not by other ways either.
    reading.worksheets.add()
    sheet.composed.emit(Composition.D)
    assert not sheet_of(reading)
    give(reading, "R", Category.NEGATIVE)
    assert not sheet.composition.isEnabled()
    give(reading, "L", Category.BENIGN)
    assert sheet.composition.isEnabled() and not sheet.state.isVisible()
    assert not reading.layers.open
    reading.reader.second_reader.give("L", Impression())
    assert not sheet.composition.isEnabled()


def test_it_opens_no_layer_and_knows_nothing_of_the_models(opened):
    opened.worksheets.add()
    assert not opened.layers.open and opened.findings.list.count() == 0
    assert len(sheet_of(opened).findings) == 1
    (finding,) = sheet_of(opened).findings
    assert (finding.breast, finding.kind, finding.category, finding.aided) == ("L", None, None, False)


def test_what_is_changed_after_the_reveal_is_marked_so(opened, qtbot):
    opened.worksheets.add()
    opened.worksheets.add()
    reveal(opened, qtbot)
    opened.worksheets.sheet.choose(1)
    put(opened.worksheets.sheet.form.kind, "mass")
    assert [finding.aided for finding in sheet_of(opened).findings] == [False, True]


@pytest.mark.parametrize("mode", ["concurrent", "blind"])
def test_other_modes_do_not_ask_for_an_impression_first(begin, study, mode):  # noqa: F811
    window = begin(study, reading=mode)
    window.actions_by_name["worksheet"].trigger()
    put(window.worksheets.sheet.composition, "b")
    assert sheet_of(window).composition is Composition.B
    window.worksheets.sheet.reject()


# Entering


def test_all_of_it_is_entered_with_the_keyboard_alone(opened, qtbot):
    sheet, form = opened.worksheets.sheet, opened.worksheets.sheet.form
    assert sheet.composition.hasFocus()
    QTest.keyClick(sheet.composition, Qt.Key.Key_Down)
    QTest.keyClick(sheet.composition, Qt.Key.Key_Down)
    QTest.keyClick(sheet, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(form.breast.hasFocus)  # Qt lets a button be seen to go down
    keys = {form.quadrant: 1, form.clock: 2, form.depth: 3, form.kind: 1}
    reached = [QApplication.focusWidget()]
    for field, steps in keys.items():
        QTest.keyClick(reached[-1], Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
        assert reached[-1] is field
        for _ in range(steps):
            QTest.keyClick(field, Qt.Key.Key_Down)
    for name in ("shape", "margin", "density"):
        QTest.keyClick(reached[-1], Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
        assert reached[-1] is form.axes[name]
        QTest.keyClick(reached[-1], Qt.Key.Key_Down)
    QTest.keyClick(reached[-1], Qt.Key.Key_Tab)
    QTest.keyClick(form.features["skin retraction"], Qt.Key.Key_Space)
    form.size_field.setFocus()
    form.size_field.selectAll()
    QTest.keyClicks(form.size_field, "23.5")
    QTest.keyClick(form.size_field, Qt.Key.Key_Tab)
    form.category.setFocus()
    QTest.keyClick(form.category, Qt.Key.Key_End)
    form.note.setFocus()
    QTest.keyClicks(form.note, "near the scar B")
    QTest.keyClick(form.note, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert opened.focusWidget() is opened.light_box.active
    found = sheet_of(opened)
    assert found.composition is Composition.B
    (finding,) = found.findings
    assert (finding.quadrant, finding.clock, finding.depth) == ("upper outer", 2, "posterior")
    assert (finding.kind, finding.category) == (Kind.MASS, Category.KNOWN_MALIGNANCY)
    assert finding.terms == {"shape": "oval", "margin": "circumscribed", "density": "high density"}
    assert finding.features == ("skin retraction",)
    assert (finding.size, finding.note) == (Size(23.5, TYPED), "near the scar B")


def test_the_form_asks_for_what_belongs_to_the_type(opened):
    opened.worksheets.add()
    form = opened.worksheets.sheet.form
    for kind in Kind:
        put(form.kind, kind.value)
        asked = {name for name, choice in form.axes.items() if choice.isVisible()}
        assert asked == {axis.name for axis in birads.AXES[kind]}
        offered = {feature for feature, box in form.features.items() if box.isVisible()}
        assert offered == set(birads.FEATURES) - {kind.value}


def test_each_category_says_what_is_to_be_done(opened):
    opened.worksheets.add()
    form = opened.worksheets.sheet.form
    for category in Category:
        put(form.category, category.value)
        assert form.management.text() == birads.MANAGEMENT[category]


def test_the_wheel_scrolls_and_changes_no_descriptor(opened):
    opened.worksheets.add()
    form = opened.worksheets.sheet.form
    put(form.kind, "mass")
    before = sheet_of(opened)
    for field in (form.kind, form.quadrant, form.category, form.size_field):
        field.setFocus()
        place = QPointF(5, 5)
        event = QWheelEvent(
            place, field.mapToGlobal(place), QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)
    assert sheet_of(opened) == before


def test_a_finding_taken_out_can_be_brought_back_but_not_into_another_study(opened, make_study, qtbot):
    sheet = opened.worksheets.sheet
    for kind in ("mass", "asymmetry"):
        opened.worksheets.add()
        put(sheet.form.kind, kind)
    before = sheet_of(opened).findings
    sheet.list.setCurrentRow(0)
    sheet.remove_button.click()
    assert sheet_of(opened).findings == before[1:]
    sheet.restore_button.click()
    assert sheet_of(opened).findings == before
    assert sheet.list.currentRow() == 0 and not sheet.restore_button.isEnabled()


def test_the_finding_that_is_edited_stays_chosen(opened):
    sheet = opened.worksheets.sheet
    for _ in range(3):
        opened.worksheets.add()
    sheet.list.setCurrentRow(1)
    put(sheet.form.kind, "mass")
    rule(opened, "L CC", 20)
    assert sheet.list.currentRow() == 1
    assert "mass" in sheet.list.item(1).text() and "mass" not in sheet.list.item(2).text()


# Size


def test_a_ruler_gives_the_size_with_its_source(opened):
    rule(opened, "L CC", 20)
    rule(opened, "L MLO", 24)
    rule(opened, "R CC", 70)
    opened.worksheets.add()
    form = opened.worksheets.sheet.form
    label = pane(opened, "L CC").scan.spacing.label
    offered = {form.ruler.itemData(i) for i in range(1, form.ruler.count())}
    # Rulers of the other breast are none of this finding's.
    assert offered == {Size(20.0, label, "L CC"), Size(24.0, label, "L MLO")}
    put(form.ruler, Size(24.0, label, "L MLO"))
    (finding,) = sheet_of(opened).findings
    assert finding.size == Size(24.0, label, "L MLO")
    assert label in opened.worksheets.sheet.list.item(0).text()
    # The ruler may go: the size was measured.
    opened.drawing.put(pane(opened, "L MLO").scan, ())
    assert form.ruler.currentData() == finding.size
    form.size_field.setValue(25.0)
    assert sheet_of(opened).findings[0].size == Size(25.0, TYPED)
    put(form.breast, "R")
    assert [form.ruler.itemData(i).view for i in range(1, form.ruler.count())] == ["R CC"]


def test_on_an_unknown_spacing_a_ruler_gives_pixels(opened):
    pane(opened, "L CC").scan.spacing = UNKNOWN_SPACING
    rule(opened, "L CC", 20)
    opened.worksheets.add()
    form = opened.worksheets.sheet.form
    form.ruler.setCurrentIndex(1)
    form.ruler.activated.emit(1)
    assert sheet_of(opened).findings[0].size == Size(50.0, "px", "L CC")
    assert "50 px" in opened.worksheets.sheet.list.item(0).text() and "mm" not in form.size_field.text()


def test_a_size_under_the_hand_is_not_wiped_by_what_happens_elsewhere(opened):
    opened.worksheets.add()
    field = opened.worksheets.sheet.form.size_field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "31")
    rule(opened, "R CC", 20)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert sheet_of(opened).findings[0].size == Size(31.0, TYPED)


# Worksheet and impression


def test_it_says_when_findings_and_impression_differ(opened):
    sheet = opened.worksheets.sheet
    opened.worksheets.add()
    put(sheet.form.category, "4B")
    assert not sheet.differences.isVisible()  # the impression's 4 is any of 4A to 4C
    put(sheet.form.category, "5")
    assert "Left" in sheet.differences.text() and "BI-RADS 5" in sheet.differences.text()
    assert "says 4" in sheet.differences.text()
    # The panel says it as well, also when the worksheet is closed.
    assert "BI-RADS 5" in opened.reader.panel.hint.text()
    give(opened, "L", Category.HIGHLY_SUGGESTIVE)
    assert not sheet.differences.isVisible() and not opened.reader.panel.hint.isVisible()


def test_it_says_when_clock_and_quadrant_contradict(opened):
    opened.worksheets.add()
    form = opened.worksheets.sheet.form
    put(form.quadrant, "upper outer")
    put(form.clock, 10)
    assert "10 o'clock" in opened.worksheets.sheet.differences.text()
    put(form.clock, 2)
    assert not opened.worksheets.sheet.differences.isVisible()


# Keeping


def test_it_comes_back_with_the_same_pixels_and_names_nobody(opened, begin, make_study):  # noqa: F811
    opened.worksheets.add()
    put(opened.worksheets.sheet.form.kind, "mass")
    opened.worksheets.sheet.form.note.setPlainText("near the scar")
    before = sheet_of(opened)
    opened.close()
    (kept,) = (paths.data_folder() / "readings").iterdir()
    assert "Doe" not in kept.read_text()
    again = begin(make_study("moved and renamed"))
    assert sheet_of(again) == before
    assert before.findings[0].note == "near the scar"


def test_a_note_being_typed_stays_with_its_study(opened, make_study, qtbot):
    from pydicom import dcmread

    from tests.study.making import write

    other = make_study("other")
    for file in other.iterdir():
        data = dcmread(file)
        data.PixelData = (data.pixel_array // 2).astype(np.uint16).tobytes()
        write(file, data)
    key = opened.reader.second_reader.own.key
    opened.worksheets.add()
    opened.worksheets.sheet.form.note.setFocus()
    QTest.keyClicks(opened.worksheets.sheet.form.note, "half a wor")
    opened.open_paths([other])
    second = opened.reader.second_reader
    qtbot.waitUntil(lambda: second.own is not None and second.own.key != key, timeout=30000)
    assert not sheet_of(opened) and opened.worksheets.sheet.list.count() == 0
    qtbot.waitUntil(lambda: not opened.reading.busy, timeout=30000)
    opened.close()
    assert Readings.of(paths.data_folder()).find(key).worksheet.findings[0].note == "half a wor"


def test_with_its_study_closed_it_is_empty_and_closed(opened):
    opened.worksheets.add()
    opened.actions_by_name["close_study"].trigger()
    sheet = opened.worksheets.sheet
    assert sheet.list.count() == 0 and not sheet.form.isEnabled() and not sheet.add_button.isEnabled()
    assert "loaded" in sheet.state.text()


def test_a_note_is_there_when_another_finding_was_looked_at(opened):
    sheet = opened.worksheets.sheet
    opened.worksheets.add()
    opened.worksheets.add()
    QTest.keyClicks(sheet.form.note, "second")
    sheet.list.setCurrentRow(0)
    assert sheet.form.note.toPlainText() == ""
    sheet.list.setCurrentRow(1)
    assert sheet.form.note.toPlainText() == "second"


def test_the_log_tells_of_every_change_but_of_no_word(opened):
    sheet = opened.worksheets.sheet
    put(sheet.composition, "d")
    opened.worksheets.add()
    put(sheet.form.kind, "mass")
    put(sheet.form.category, "4C")
    sheet.form.note.setPlainText("SECRET")
    sheet.remove_button.click()
    opened.close()
    told = [facts for kind, facts in events() if kind == "worksheet"]
    assert told[0] == {"what": "composition", "value": "d"}
    common = {"what": "finding", "number": 1, "breast": "L"}
    assert told[1] == {**common, "change": "added"}
    assert told[3] == {**common, "change": "changed", "type": "mass", "category": "4C"}
    assert told[-1] == {**common, "change": "removed", "type": "mass", "category": "4C"}
    assert "SECRET" not in (paths.data_folder() / "audit.jsonl").read_text()


KILLED = """
import sys
from PySide6.QtCore import QTimer
from mammoview.qt import app
from mammoview.qt.window import Window
from mammoview.settings import Settings
from tests.qt.conftest import StandIn
from tests.qt.test_worksheet import put

running = app.application()
window = Window(Settings.model_construct(notice_seen=True, reading="blind"), StandIn)
window.open_paths([sys.argv[1]])
window.show()
second = window.reader.second_reader

def begin():
    if second.own is None:
        return
    timer.stop()
    window.worksheets.open()
    put(window.worksheets.sheet.composition, "c")
    window.worksheets.add()
    put(window.worksheets.sheet.form.kind, "calcifications")
    window.reader.keeper.kept.connect(lambda _request: print("kept", flush=True))

timer = QTimer()
timer.timeout.connect(begin)
timer.start(20)
running.exec()
"""


def test_nothing_entered_is_lost_when_the_window_is_killed(study: Path, tmp_path: Path, begin, monkeypatch):  # noqa: F811
    home = tmp_path / "home"
    surroundings = os.environ | {"XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(study)],
        stdout=subprocess.PIPE, text=True, env=surroundings, cwd=Path(__file__).parents[2],
    ) as process:  # fmt: skip
        # Three changes, three times on the disk.
        assert [process.stdout.readline().strip() for _ in range(3)] == ["kept"] * 3
        process.send_signal(signal.SIGKILL)
    (log,) = home.rglob("audit.jsonl")
    monkeypatch.setattr(paths, "data_folder", lambda: log.parent)
    window = begin(study)
    assert sheet_of(window).composition is Composition.C
    assert sheet_of(window).findings[0].kind is Kind.CALCIFICATIONS


# Leaving the program


def exported(window, path: Path, qtbot) -> str:
    with qtbot.waitSignal(window.reader.keeper.worksheet_written, timeout=10000):
        window.worksheets.export(path)
    return path.read_text()


def test_an_export_names_the_patient_only_when_that_is_ticked_each_time(opened, qtbot, tmp_path):
    opened.worksheets.add()
    sheet = opened.worksheets.sheet
    patient = opened.reading.study.patient
    assert patient
    for name in ("a.txt", "a.json"):
        assert "atient" not in exported(opened, tmp_path / name, qtbot)
    sheet.identity.setChecked(True)
    assert f"Patient: {patient}\n" in exported(opened, tmp_path / "b.txt", qtbot)
    assert json.loads(exported(opened, tmp_path / "b.json", qtbot))["patient"] == patient
    sheet.reject()
    assert "atient" not in exported(opened, tmp_path / "c.txt", qtbot)
    opened.worksheets.open()
    assert not sheet.identity.isChecked()
    assert any("a.txt" in text for text in opened.messages.texts)
    opened.close()
    notes = [facts for kind, facts in events() if kind == "export"]
    assert len(notes) == 5 and {facts["what"] for facts in notes} == {"worksheet"}


def test_without_a_study_there_is_nothing_to_export(open_window):
    window = open_window()
    window.actions_by_name["export_worksheet"].trigger()
    assert any("no worksheet" in text for text in window.messages.texts)


def test_every_term_is_known_in_spanish():
    known = tomllib.loads((resources() / "translations" / "phrases_es.toml").read_text())["birads"]
    terms = {term for axes in birads.AXES.values() for axis in axes for term in axis.terms}
    terms |= {*birads.FEATURES, *birads.QUADRANTS, *birads.DEPTHS, *birads.COMPOSITIONS.values()}
    terms |= {*birads.MANAGEMENT.values(), *(kind.value for kind in Kind), TYPED}
    assert terms - known.keys() == set()
