"""While a category, words or figures are entered, single keys belong to the field and none acts on the images."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from mammoview.qt.dialogs.screen_calibration import ScreenCalibrationDialog
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.records.birads import AssessmentCategory
from mammoview.study.scan import Laterality
from tests.qt.conftest import viewport_of
from tests.support.second_reading import give
from tests.support.timeouts import PATIENCE_MS

KEY = Qt.Key


def look(window: MainWindow) -> tuple[object, ...]:
    """All that a key could change about the images."""
    views = [(v.scale_px, v.centre.toTuple(), v.drags_window, v.scan) for v in window.viewport_grid.viewports]
    magnifier = window.magnifier
    return (
        views,
        window.viewport_grid.single,
        window.viewport_grid.smooth,
        window.viewport_grid.linked,
        window.layers.switched_on,
        window.layers.bare,
        window.hanging.title,
        window.drawing.mode,
        window.actions_by_name["invert"].isChecked(),
        magnifier.isVisible() if isinstance(magnifier, QWidget) else None,
        window.shortcut_help.isVisible(),
        window.findings.list.currentRow(),
        window.session.assess_automatically,
        [dialog.isVisible() for dialog in window.findChildren(ScreenCalibrationDialog)],
        window.tag_browser.isVisible(),
    )


def press_all(widget: QWidget, but: tuple[Qt.Key, ...] = ()) -> None:
    """Press every single key that a command has by default, Shift included."""
    for command in COMMANDS:
        for sequence in command.keys:
            combination = sequence[0]
            shift = Qt.KeyboardModifier.ShiftModifier
            if combination.keyboardModifiers() & ~shift or combination.key() in but:
                continue
            if KEY.Key_F1 <= combination.key() <= KEY.Key_F35 or combination.key() in (KEY.Key_Escape, KEY.Key_Tab):
                continue
            QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())
            popup = QApplication.activePopupWidget()
            if popup is not None:  # a list unfolds with Space
                popup.close()
            assert QApplication.focusWidget() is widget, f"{sequence.toString()} took the keyboard away"


def category_of(window: MainWindow, breast: str) -> AssessmentCategory | None:
    return window.reader.second_reader.own.first[breast].category if window.reader.second_reader.own else None


def test_digits_give_the_category_while_the_impression_has_the_keyboard(reading):
    QTest.keyClick(reading, KEY.Key_U)
    box = reading.reader.panel.fields["R"].category
    assert box.hasFocus()
    before = look(reading)
    for key, wanted in (
        (KEY.Key_3, AssessmentCategory.PROBABLY_BENIGN),
        (KEY.Key_1, AssessmentCategory.NEGATIVE),
        (KEY.Key_2, AssessmentCategory.BENIGN),
        (KEY.Key_0, AssessmentCategory.INCOMPLETE),
        (KEY.Key_6, AssessmentCategory.KNOWN_MALIGNANCY),
        (KEY.Key_5, AssessmentCategory.HIGHLY_SUGGESTIVE),
        (KEY.Key_4, AssessmentCategory.SUSPICIOUS),
        (KEY.Key_A, AssessmentCategory.LOW_SUSPICION),
        (KEY.Key_C, AssessmentCategory.HIGH_SUSPICION),
        (KEY.Key_4, AssessmentCategory.SUSPICIOUS),
        (KEY.Key_4, AssessmentCategory.SUSPICIOUS),
        (KEY.Key_B, AssessmentCategory.MODERATE_SUSPICION),
        (KEY.Key_Backspace, None),
        (KEY.Key_A, None),
        (KEY.Key_7, None),
    ):
        QTest.keyClick(box, key)
        assert category_of(reading, "R") is wanted, key
    QTest.keyClick(box, KEY.Key_3, Qt.KeyboardModifier.KeypadModifier)
    assert category_of(reading, "R") is AssessmentCategory.PROBABLY_BENIGN
    assert look(reading) == before and box.hasFocus()
    QTest.keyClick(box, KEY.Key_Escape)
    assert reading.viewport_grid.active.hasFocus()
    QTest.keyClick(reading, KEY.Key_I)
    assert look(reading) != before, "the keys are those of the scans again"


def test_both_breasts_are_given_their_categories_without_the_mouse(reading, qtbot):
    QTest.keyClick(reading, KEY.Key_U)
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_2)
    for _ in range(2):
        QTest.keyClick(QApplication.focusWidget(), KEY.Key_Tab)
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_4)
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_B)
    assert (category_of(reading, "R"), category_of(reading, "L")) == (
        AssessmentCategory.BENIGN,
        AssessmentCategory.MODERATE_SUSPICION,
    )
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: reading.layers.open, timeout=PATIENCE_MS)


def test_what_is_under_way_stays_when_escape_leaves_the_category(reading):
    reading.notifier.warn_general("a line to be read")
    QTest.keyClick(reading, KEY.Key_U)
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Escape)
    assert "a line to be read" in reading.messages.texts


def test_no_single_key_acts_on_the_images_from_the_impression(reading):
    panel = reading.reader.panel
    before = look(reading)
    arrows = (KEY.Key_Left, KEY.Key_Right, KEY.Key_Up, KEY.Key_Down)
    field = panel.fields["L"]
    for widget, but in ((field.category, ()), (field.text, ()), (panel.button, (KEY.Key_Space, *arrows))):
        for breast in "RL":  # without a category the button is no place for the keyboard
            give(reading, breast, AssessmentCategory.NEGATIVE)
        widget.setFocus()
        press_all(widget, but)
        assert look(reading) == before
    assert "ffe13" in field.text.toPlainText()


def test_no_single_key_acts_on_the_images_from_other_fields(window):
    window.study_panel.setVisible(True)
    window.layers.switch("saliency", True)
    window.layers.switch("heatmap", True)
    QTest.keyClick(window, KEY.Key_N)
    QTest.keyClick(window, KEY.Key_Y)
    window.layers_panel.unfold("saliency")
    before = look(window)
    ends = (KEY.Key_Return, KEY.Key_Down, KEY.Key_Delete)  # take the keyboard elsewhere, and no further
    for widget, but in (
        (window.study_panel.search, ends),
        (window.study_panel.view, ends),
        (window.layers_panel.rows["saliency"].findChild(QComboBox), ()),
        (window.findings.verdict.note, ends),
    ):
        widget.setFocus()
        assert widget.hasFocus()
        press_all(widget, but)
        assert look(window) == before


def test_held_keys_are_letters_where_something_is_entered(window):
    window.reader.panel.fields["R"].text.setFocus()
    text = window.reader.panel.fields["R"].text
    for key in (KEY.Key_Z, KEY.Key_B, KEY.Key_W):
        QTest.keyPress(text, key)
    assert not window.layers.bare and not any(v.drags_window for v in window.viewport_grid.viewports)
    button = window.reader.panel.fields["R"].category
    button.setFocus()
    QTest.keyPress(button, KEY.Key_B)
    assert not window.layers.bare
    QTest.keyRelease(button, KEY.Key_B)


def test_modified_and_function_keys_act_from_a_field(window):
    window.reader.panel.fields["R"].category.setFocus()
    field = QApplication.focusWidget()
    QTest.keyClick(field, KEY.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert window.layers.style("grid").filled
    QTest.keyClick(field, KEY.Key_F1)
    assert window.shortcut_help.isVisible()


def test_the_findings_are_judged_by_single_keys_from_their_list(window):
    window.layers.switch("heatmap", True)
    QTest.keyClick(window, KEY.Key_N)
    window.findings.list.setFocus()
    QTest.keyClick(window.findings.list, KEY.Key_Y)
    assert window.findings.verdict.accept.isChecked()


def test_the_digits_of_the_worksheet_choose_the_very_category(with_worksheet):
    sheet = with_worksheet.worksheets.dialog
    sheet.add_button.click()
    box = sheet.form.category
    box.setFocus()
    before = look(with_worksheet)
    for key, wanted in ((KEY.Key_4, "4"), (KEY.Key_4, "4"), (KEY.Key_A, "4A"), (KEY.Key_2, "2"), (KEY.Key_3, "3")):
        QTest.keyClick(box, key)
        assert box.currentData() == wanted
    press_all(box, but=(KEY.Key_Return,))
    assert look(with_worksheet) == before


def test_escape_closes_the_question_for_the_side_and_nothing_else(window):
    viewport = viewport_of(window, "L CC")
    window.context_menus.ask(viewport)
    prompt = next(p for p in viewport.children() if hasattr(p, "projection"))
    window.notifier.warn_general("a line to be read")
    prompt.side.setFocus()
    QTest.keyClick(prompt.side, KEY.Key_H)
    assert not window.layers.is_on("heatmap")
    QTest.keyClick(prompt.side, KEY.Key_Escape)
    assert not prompt.isVisible() and "a line to be read" in window.messages.texts
    assert viewport.scan.laterality is Laterality.L
