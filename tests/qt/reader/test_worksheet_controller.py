"""The BI-RADS worksheet: worked with keys, noted as it is entered, and no way around the closed layers."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview.core.paths import resources
from mammoview.records import birads
from mammoview.records.birads import AssessmentCategory, BreastComposition, FindingKind
from mammoview.records.reader_report import Impression
from mammoview.records.worksheet import TYPED, FindingSize
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.spacing import UNKNOWN_SPACING
from tests.qt.conftest import viewport_of
from tests.support.second_reading import give, put, reveal, sheet_of
from tests.support.timeouts import PATIENCE_MS


def rule(window, name: str, millimetres: float) -> None:
    """Draw a ruler of that length on a scan of 0.4 mm per pixel."""
    scan = viewport_of(window, name).scan
    window.drawing.add(scan, Annotation(AnnotationKind.RULER, np.array([[50, 300], [50 + millimetres / 0.4, 300]])))


# The gate


def test_before_the_first_impression_it_can_only_be_read(reading):
    reading.actions_by_name["worksheet"].trigger()
    sheet = reading.worksheets.dialog
    assert "first impression" in sheet.state.text()
    assert not any(part.isEnabled() for part in (sheet.composition, sheet.add_button, sheet.form))
    # Not by other ways either.
    reading.worksheets.add()
    sheet.composed.emit(BreastComposition.D)
    assert not sheet_of(reading)
    give(reading, "R", AssessmentCategory.NEGATIVE)
    assert not sheet.composition.isEnabled()
    give(reading, "L", AssessmentCategory.BENIGN)
    assert sheet.composition.isEnabled() and not sheet.state.isVisible()
    assert not reading.layers.open
    reading.reader.second_reader.give("L", Impression())
    assert not sheet.composition.isEnabled()


def test_it_opens_no_layer_and_knows_nothing_of_the_models(with_worksheet):
    with_worksheet.worksheets.add()
    assert not with_worksheet.layers.open and with_worksheet.findings.list.count() == 0
    assert len(sheet_of(with_worksheet).findings) == 1
    (finding,) = sheet_of(with_worksheet).findings
    assert (finding.breast, finding.kind, finding.category, finding.aided) == ("L", None, None, False)


def test_what_is_changed_after_the_reveal_is_marked_so(with_worksheet, qtbot):
    with_worksheet.worksheets.add()
    with_worksheet.worksheets.add()
    reveal(with_worksheet, qtbot)
    with_worksheet.worksheets.dialog.choose(1)
    put(with_worksheet.worksheets.dialog.form.kind, "mass")
    assert [finding.aided for finding in sheet_of(with_worksheet).findings] == [False, True]


@pytest.mark.parametrize("mode", ["concurrent", "blind"])
def test_other_modes_do_not_ask_for_an_impression_first(begin, study, mode):
    window = begin(study, reading=mode)
    window.actions_by_name["worksheet"].trigger()
    put(window.worksheets.dialog.composition, "b")
    assert sheet_of(window).composition is BreastComposition.B
    window.worksheets.dialog.reject()


# Entering


def test_all_of_it_is_entered_with_the_keyboard_alone(with_worksheet, qtbot):
    sheet, form = with_worksheet.worksheets.dialog, with_worksheet.worksheets.dialog.form
    assert sheet.composition.hasFocus()
    QTest.keyClick(sheet.composition, Qt.Key.Key_Down)
    QTest.keyClick(sheet.composition, Qt.Key.Key_Down)
    QTest.keyClick(sheet, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(form.breast.hasFocus, timeout=PATIENCE_MS)  # Qt lets a button be seen to go down
    keys = {form.quadrant: 1, form.clock: 2, form.depth_choice: 3, form.kind: 1}
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
    assert with_worksheet.focusWidget() is with_worksheet.viewport_grid.active
    found = sheet_of(with_worksheet)
    assert found.composition is BreastComposition.B
    (finding,) = found.findings
    assert (finding.quadrant, finding.clock, finding.depth) == ("upper outer", 2, "posterior")
    assert (finding.kind, finding.category) == (FindingKind.MASS, AssessmentCategory.KNOWN_MALIGNANCY)
    assert finding.terms == {"shape": "oval", "margin": "circumscribed", "density": "high density"}
    assert finding.features == ("skin retraction",)
    assert (finding.size, finding.note) == (FindingSize(23.5, TYPED), "near the scar B")


def test_the_form_asks_for_what_belongs_to_the_type(with_worksheet):
    with_worksheet.worksheets.add()
    form = with_worksheet.worksheets.dialog.form
    for kind in FindingKind:
        put(form.kind, kind.value)
        asked = {name for name, choice in form.axes.items() if choice.isVisible()}
        assert asked == {axis.name for axis in birads.AXES[kind]}
        offered = {feature for feature, box in form.features.items() if box.isVisible()}
        assert offered == set(birads.FEATURES) - {kind.value}


def test_each_category_says_what_is_to_be_done(with_worksheet):
    with_worksheet.worksheets.add()
    form = with_worksheet.worksheets.dialog.form
    for category in AssessmentCategory:
        put(form.category, category.value)
        assert form.management.text() == birads.MANAGEMENT[category]


def test_the_wheel_scrolls_and_changes_no_descriptor(with_worksheet):
    with_worksheet.worksheets.add()
    form = with_worksheet.worksheets.dialog.form
    put(form.kind, "mass")
    before = sheet_of(with_worksheet)
    for field in (form.kind, form.quadrant, form.category, form.size_field):
        field.setFocus()
        place = QPointF(5, 5)
        event = QWheelEvent(
            place, field.mapToGlobal(place), QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)
    assert sheet_of(with_worksheet) == before


def test_a_finding_taken_out_can_be_brought_back_but_not_into_another_study(with_worksheet, make_study, qtbot):
    sheet = with_worksheet.worksheets.dialog
    for kind in ("mass", "asymmetry"):
        with_worksheet.worksheets.add()
        put(sheet.form.kind, kind)
    before = sheet_of(with_worksheet).findings
    sheet.list.setCurrentRow(0)
    sheet.remove_button.click()
    assert sheet_of(with_worksheet).findings == before[1:]
    sheet.restore_button.click()
    assert sheet_of(with_worksheet).findings == before
    assert sheet.list.currentRow() == 0 and not sheet.restore_button.isEnabled()


def test_the_finding_that_is_edited_stays_chosen(with_worksheet):
    sheet = with_worksheet.worksheets.dialog
    for _ in range(3):
        with_worksheet.worksheets.add()
    sheet.list.setCurrentRow(1)
    put(sheet.form.kind, "mass")
    rule(with_worksheet, "L CC", 20)
    assert sheet.list.currentRow() == 1
    assert "mass" in sheet.list.item(1).text() and "mass" not in sheet.list.item(2).text()


# Size


def test_a_ruler_gives_the_size_with_its_source(with_worksheet):
    rule(with_worksheet, "L CC", 20)
    rule(with_worksheet, "L MLO", 24)
    rule(with_worksheet, "R CC", 70)
    with_worksheet.worksheets.add()
    form = with_worksheet.worksheets.dialog.form
    label = viewport_of(with_worksheet, "L CC").scan.spacing.label
    offered = {form.ruler.itemData(i) for i in range(1, form.ruler.count())}
    # Rulers of the other breast are none of this finding's.
    assert offered == {FindingSize(20.0, label, "L CC"), FindingSize(24.0, label, "L MLO")}
    put(form.ruler, FindingSize(24.0, label, "L MLO"))
    (finding,) = sheet_of(with_worksheet).findings
    assert finding.size == FindingSize(24.0, label, "L MLO")
    assert label in with_worksheet.worksheets.dialog.list.item(0).text()
    # The ruler may go: the size was measured.
    with_worksheet.drawing.put(viewport_of(with_worksheet, "L MLO").scan, ())
    assert form.ruler.currentData() == finding.size
    form.size_field.setValue(25.0)
    assert sheet_of(with_worksheet).findings[0].size == FindingSize(25.0, TYPED)
    put(form.breast, "R")
    assert [form.ruler.itemData(i).view for i in range(1, form.ruler.count())] == ["R CC"]


def test_on_an_unknown_spacing_a_ruler_gives_pixels(with_worksheet):
    viewport_of(with_worksheet, "L CC").scan.spacing = UNKNOWN_SPACING
    rule(with_worksheet, "L CC", 20)
    with_worksheet.worksheets.add()
    form = with_worksheet.worksheets.dialog.form
    form.ruler.setCurrentIndex(1)
    form.ruler.activated.emit(1)
    assert sheet_of(with_worksheet).findings[0].size == FindingSize(50.0, "px", "L CC")
    assert "50 px" in with_worksheet.worksheets.dialog.list.item(0).text() and "mm" not in form.size_field.text()


def test_a_size_under_the_hand_is_not_wiped_by_what_happens_elsewhere(with_worksheet):
    with_worksheet.worksheets.add()
    field = with_worksheet.worksheets.dialog.form.size_field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "31")
    rule(with_worksheet, "R CC", 20)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert sheet_of(with_worksheet).findings[0].size == FindingSize(31.0, TYPED)


# Worksheet and impression


def test_it_says_when_findings_and_impression_differ(with_worksheet):
    sheet = with_worksheet.worksheets.dialog
    with_worksheet.worksheets.add()
    put(sheet.form.category, "4B")
    assert not sheet.differences.isVisible()  # the impression's 4 is any of 4A to 4C
    put(sheet.form.category, "5")
    assert "Left" in sheet.differences.text() and "BI-RADS 5" in sheet.differences.text()
    assert "says 4" in sheet.differences.text()
    # The panel says it as well, also when the worksheet is closed.
    assert "BI-RADS 5" in with_worksheet.reader.panel.hint.text()
    give(with_worksheet, "L", AssessmentCategory.HIGHLY_SUGGESTIVE)
    assert not sheet.differences.isVisible() and not with_worksheet.reader.panel.hint.isVisible()


def test_it_says_when_clock_and_quadrant_contradict(with_worksheet):
    with_worksheet.worksheets.add()
    form = with_worksheet.worksheets.dialog.form
    put(form.quadrant, "upper outer")
    put(form.clock, 10)
    assert "10 o'clock" in with_worksheet.worksheets.dialog.differences.text()
    put(form.clock, 2)
    assert not with_worksheet.worksheets.dialog.differences.isVisible()


def test_every_term_is_known_in_spanish():
    known = tomllib.loads((resources() / "translations" / "phrases_es.toml").read_text())["birads"]
    terms = {term for axes in birads.AXES.values() for axis in axes for term in axis.terms}
    terms |= {*birads.FEATURES, *birads.QUADRANTS, *birads.DEPTHS, *birads.COMPOSITIONS.values()}
    terms |= {*birads.MANAGEMENT.values(), *(kind.value for kind in FindingKind), TYPED}
    assert terms - known.keys() == set()
