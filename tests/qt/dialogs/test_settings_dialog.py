"""Settings are asked for in a form made from their types, and count at once; keys too."""

from __future__ import annotations

import json
from typing import Literal, get_args, get_origin

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QFileDialog, QLabel, QLineEdit

from mammoview.assess.models.hashes import PINS
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import Settings
from mammoview.qt.concurrency import worker
from mammoview.qt.dialogs.about import AboutDialog
from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.dialogs.shortcuts_page import ShortcutsPage
from mammoview.qt.main_window.fault_reports import FaultDialog
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.widgets import theme
from tests.qt.conftest import StandInAssessor, viewport_of
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def dialog(qtbot) -> SettingsDialog:
    made = SettingsDialog(Settings.model_construct(), COMMANDS)
    qtbot.addWidget(made)
    return made


def field(dialog: SettingsDialog, name: str):
    return next(form.fields[name] for form in dialog.forms.values() if name in form.fields)


def test_each_page_has_the_settings_of_its_controls_in_order(dialog):
    controls = Settings.controls()
    for page, form in dialog.forms.items():
        assert list(form.fields) == [name for name, control in controls.items() if control.page is page]
    assert sum(len(form.fields) for form in dialog.forms.values()) == len(controls) >= 17


def test_every_value_that_can_be_chosen_has_words():
    for name, control in Settings.controls().items():
        kind = Settings.model_fields[name].annotation
        assert tuple(control.choices) == (get_args(kind) if get_origin(kind) is Literal else ()), name


def test_a_page_that_is_wider_than_the_screen_is_scrolled(dialog):
    widest = max(form.minimumSizeHint().width() for form in dialog.forms.values())
    assert dialog.minimumSizeHint().width() < widest
    dialog.resize(widest - 20, 400)
    dialog.show()
    assert dialog.width() == widest - 20
    assert [dialog.pages.widget(i).widget() for i in range(4)] == [*dialog.forms.values(), dialog.keys]


def test_the_type_of_a_setting_decides_its_field(dialog):
    kinds = {"linked": QCheckBox, "reading": QComboBox, "reader": QLineEdit, "ui_scale": QDoubleSpinBox}
    assert all(isinstance(field(dialog, name), kind) for name, kind in kinds.items())
    assert [field(dialog, "reading").itemData(i) for i in range(3)] == ["second_reader", "concurrent", "blind"]
    assert (field(dialog, "ui_scale").minimum(), field(dialog, "ui_scale").maximum()) == (0.8, 2.0)


def test_what_is_chosen_comes_out_typed_and_nothing_before_ok(dialog):
    got = []
    dialog.chosen.connect(got.append)
    field(dialog, "linked").setChecked(False)
    field(dialog, "reading").setCurrentIndex(2)
    field(dialog, "reader").setText("  Reader One ")
    field(dialog, "ui_scale").setValue(1.3)
    assert got == []
    dialog.accept()
    (settings,) = got
    assert (settings.linked, settings.reading, settings.reader, settings.ui_scale) == (
        False,
        "blind",
        "Reader One",
        1.3,
    )


def test_defaults_come_back_on_request(dialog):
    got = []
    dialog.chosen.connect(got.append)
    field(dialog, "linked").setChecked(False)
    dialog.keys.choose("invert")
    dialog.keys.key.setKeySequence(QKeySequence("Ctrl+I"))
    dialog.keys.set_key()
    dialog.show_defaults()
    dialog.accept()
    assert got[0].linked is True and got[0].keys == {}


def test_a_key_that_another_command_has_is_refused_with_its_name(qtbot):
    page = ShortcutsPage(COMMANDS)
    qtbot.addWidget(page)
    page.choose("invert")
    page.key.setKeySequence(QKeySequence("G"))
    page.set_key()
    assert page.keys == {}
    assert "Patch grid" in page.problem.text()
    page.key.setKeySequence(QKeySequence("Ctrl+I"))
    page.set_key()
    assert page.keys == {"invert": "Ctrl+I"}
    # Now its old key is free, and cannot be taken back while another command has it.
    page.choose("grid")
    page.key.setKeySequence(QKeySequence("I"))
    page.set_key()
    assert page.keys == {"invert": "Ctrl+I", "grid": "I"}
    page.choose("invert")
    page.reset()
    assert "Patch grid" in page.problem.text()
    page.reset_all()
    assert page.keys == {}


def test_the_table_of_keys_lists_every_command_and_finds_them(qtbot):
    page = ShortcutsPage(COMMANDS)
    qtbot.addWidget(page)
    assert page.table.rowCount() == len(COMMANDS)
    page.search.setText("sensitivity")
    shown = [row for row in range(page.table.rowCount()) if not page.table.isRowHidden(row)]
    names = {COMMANDS[row].name for row in shown}
    assert "saliency" in names and "grid" not in names


def test_other_keys_count_at_once_in_menus_help_and_panels(window, qtbot):
    window.settings_controller.apply(window.settings.model_copy(update={"keys": {"grid": "F8", "bare": "F7"}}))
    QTest.keyClick(window, Qt.Key.Key_G)
    assert not window.layers.is_on("grid")
    QTest.keyClick(window, Qt.Key.Key_F8)
    assert window.layers.is_on("grid")
    QTest.keyPress(window, Qt.Key.Key_F7)
    assert window.layers.bare
    QTest.keyRelease(window, Qt.Key.Key_F7)
    assert "F7" in window.actions_by_name["bare"].text()
    assert window.layers_panel.rows["grid"].badge.text() == "F8"
    window.help_controller.toggle_keys()
    assert any("F8" in label.text() for label in window.shortcut_help.findChildren(QLabel))
    window.settings_controller.apply(window.settings.model_copy(update={"keys": {"grid": "F9"}}))
    texts = [label.text() for label in window.shortcut_help.widget().findChildren(QLabel)]
    assert any("F9" in text for text in texts) and not any("F8" in text for text in texts)


def test_settings_count_at_once_and_are_saved_before_the_end(qtbot, study, fresh_settings):
    window = MainWindow(None, StandInAssessor)
    window.settings_controller.apply(
        window.settings.model_copy(update={"reading": "blind", "linked": False, "reader": "R", "notice_seen": True})
    )
    assert "Blind" in window.top_bar.mode.text()
    assert window.viewport_grid.linked is False
    assert window.reader.audit_controller.who == "R"
    file = fresh_settings / "settings.json"
    qtbot.waitUntil(file.is_file, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: json.loads(file.read_text())["reading"] == "blind", timeout=PATIENCE_MS)
    window.close()
    window.deleteLater()


def test_settings_that_cannot_be_saved_are_a_message(qtbot, fresh_settings):
    fresh_settings.write_text("a file where the folder should be")
    window = MainWindow(None, StandInAssessor)
    window.settings_controller.save()
    qtbot.waitUntil(lambda: any("settings" in text for text in window.messages.texts), timeout=PATIENCE_MS)
    window.close()
    window.deleteLater()


def test_theme_and_size_change_what_is_on_screen(window):
    text, height = theme.TEXT.name(), window.fontMetrics().height()
    window.settings_controller.apply(window.settings.model_copy(update={"theme": "contrast", "ui_scale": 1.5}))
    assert theme.TEXT.name() == "#ffffff" != text
    assert window.palette().base().color().name() == "#000000"
    assert window.fontMetrics().height() > 1.3 * height
    theme.apply(QApplication.instance())
    assert theme.TEXT.name() == text


def contrast(one, other) -> float:
    """Contrast ratio of WCAG 2.2, written from its definition."""

    def light(colour) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("contrast", 7.0)])
def test_text_stands_out_from_what_is_behind_it(qapp, name, least):
    theme.apply(qapp, name)
    palette = qapp.palette()
    for text in (theme.TEXT, theme.FAINT, theme.WARNING):
        for behind in (theme.BACKGROUND, palette.window().color(), palette.base().color()):
            assert contrast(text, behind) >= least
    theme.apply(qapp)


def test_about_shows_every_model_with_its_hash_and_card(window, qtbot):
    window.help_controller.show_about()
    about = window.findChild(AboutDialog)
    assert about.models.currentText() == "Reading the models…" and not about.models.isEnabled()
    qtbot.waitUntil(lambda: about.models.isEnabled() and about.models.count() == len(PINS), timeout=PATIENCE_MS)
    for index, (name, pins) in enumerate(PINS.items()):
        about.models.setCurrentIndex(index)
        assert name in about.models.currentText()
        assert pins["model.safetensors"] in about.hash.text()
        assert "as pinned" in about.hash.text()
        assert len(about.card.toPlainText()) > 200
    about.close()


def test_a_fault_of_a_thread_is_in_the_report_without_the_patient(open_window, study, qtbot, tmp_path, monkeypatch):
    worker.FAULTS.clear()

    class Fails(StandInAssessor):
        def assess(self, scan, *_how, **_more):
            raise ValueError(f"odd scan of {scan.patient} in {scan.path}")

    window = open_window(study, assessor=Fails)
    assert len(worker.FAULTS) == 4
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "report.txt"), ""))
    window.actions_by_name["fault"].trigger()
    dialog = window.findChild(FaultDialog)
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    text = (tmp_path / "report.txt").read_text()
    assert "ValueError" in text and "mammoview.qt.session.model_worker:" in text
    assert "open: 4 of a .dcm file: 600 x 400, 16 bit" in text and "open: 1 of study" in text
    for secret in ("Doe", "odd scan", str(tmp_path), "LCC"):
        assert secret not in text, secret
    assert not any("Doe" in line or ".dcm" in line for line in window.messages.texts)
    dialog.close()
    worker.FAULTS.clear()


def test_a_fault_that_no_one_caught_is_shown_once(window, capsys):
    for _ in range(2):
        try:
            viewport_of(window, "L CC").no_such_thing()
        except AttributeError as error:
            window.faults.take(AttributeError, error, error.__traceback__)
    (dialog,) = window.findChildren(FaultDialog)
    assert "AttributeError" in dialog.text.toPlainText()
    dialog.close()
    # What a desktop session keeps of stderr is a log too.
    printed = capsys.readouterr().err
    assert printed.count("AttributeError") == 2 and "no_such_thing" not in printed


def test_errors_of_the_user_are_no_faults():
    worker.FAULTS.clear()
    worker.error_line(MammoviewError("the file is broken", "Copy it again"))
    assert not worker.FAULTS
