"""What stands in the place of the scans while there are none, the manual, and the list of all commands."""

from __future__ import annotations

from hashlib import sha256

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview.core import paths, run_record
from mammoview.core.paths import documentation
from mammoview.formats.opening import sample_study
from mammoview.library.insert import study_key
from mammoview.qt.actions.command_palette import CommandPalette
from mammoview.qt.actions.commands import Hold
from mammoview.qt.dialogs.manual_window import ManualWindow
from mammoview.qt.main_window.fault_reports import FaultDialog
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.records.own_drawings import DrawingJournal
from tests.support.timeouts import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


def test_it_stands_while_nothing_is_open(open_window, study, qtbot):
    window = open_window()
    page = window.start_page
    assert page.isVisible() and page.geometry() == window.viewport_grid.rect()
    window.resize(900, 700)
    QApplication.processEvents()
    assert page.geometry() == window.viewport_grid.rect()
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert not page.isVisible()
    window.session.close_study()
    assert page.isVisible()


def test_it_comes_back_where_nothing_could_be_opened(open_window, tmp_path, qtbot):
    window = open_window()
    (tmp_path / "notes.txt").write_text("no scan")
    window.open_paths([tmp_path / "notes.txt"])
    qtbot.waitUntil(lambda: bool(window.messages.texts) and not window.session.busy, timeout=PATIENCE_MS)
    assert window.start_page.isVisible()


def test_recent_studies_are_listed_and_opened_with_one_click(open_window, study, qtbot):
    window = open_window(study)
    window.session.close_study()
    rows = window.start_page.rows
    qtbot.waitUntil(lambda: len(rows.rows) == 1, timeout=PATIENCE_MS)
    view = window.start_page.recent
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(rows.index(0)).center())
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert len(window.session.study.scans) == 4


def test_recent_studies_name_nobody_where_the_setting_says_so(open_window):
    window = open_window()
    window.actions_by_name["patient"].trigger()
    assert not window.start_page.rows.patient_shown


def test_the_sample_study_is_opened_or_it_is_said_how_to_get_it(open_window, study, monkeypatch, qtbot):
    window = open_window()
    monkeypatch.setattr(sample_study, "find_spec", lambda _name: None)
    QTest.mouseClick(window.start_page.buttons["sample"], LEFT, pos=QPoint(20, 10))
    assert "pip install 'mammoview[demo]'" in window.messages.texts[0]
    monkeypatch.setattr(sample_study, "sample_study", lambda: study)
    window.actions_by_name["sample"].trigger()
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)


def test_the_manual_is_shown_with_its_pictures_without_a_network(open_window):
    window = open_window()
    window.actions_by_name["manual"].trigger()
    manual = window.findChild(ManualWindow)
    browser = manual.browser
    assert "Start in five minutes" in browser.toPlainText()
    pictures = sorted((documentation() / "pictures").glob("*.webp"))
    assert pictures
    for picture in pictures:
        image = browser.loadResource(
            QTextDocument.ResourceType.ImageResource.value, QUrl(f"../pictures/{picture.name}")
        )
        assert not image.isNull() and image.width() <= browser.viewport().width(), picture.name
    manual.close()


@pytest.fixture
def palette(open_window):
    window = open_window()
    window.actions_by_name["palette"].trigger()
    yield window.findChild(CommandPalette)
    for one in window.findChildren(CommandPalette):
        one.close()


def test_the_palette_finds_commands_by_words_of_title_and_menu(palette, qtbot):
    every = {command.name for command in COMMANDS if not isinstance(command.slot, Hold)}
    assert set(palette.listed) == every
    qtbot.keyClicks(palette.search, "view fit")
    assert palette.listed == ["fit_breast", "fit"]
    palette.search.setText("inv")
    assert palette.listed[0] == "invert"
    assert palette.list.topLevelItem(0).text(2) == "I"
    palette.search.setText("nothing like it")
    assert palette.listed == []
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_return_carries_out_the_command_and_arrows_go_through_the_list(palette, qtbot):
    window = palette.parent()
    palette.search.setText("view fit")
    assert palette.list.currentItem().text(0) == "Fit the breasts"
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) == "Fit the films"
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    palette.search.setText("invert")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.voi.inverted, timeout=PATIENCE_MS)


def test_submenus_hold_commands_of_one_menu_and_keep_the_view_menu_short(open_window):
    window = open_window()
    places = {(command.submenu, command.menu) for command in COMMANDS if command.submenu}
    assert places and len({submenu for submenu, _ in places}) == len(places)
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "View")
    assert len(view.actions()) <= 15


@pytest.fixture
def crashed(fresh_data_folder):
    """The last run began long ago, had a fault and did not end as it should, with drawings on two scans unsaved."""
    folder = paths.running_folder()
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / f"{run_record.host()}-0{run_record.ENDING}"
    record.write_text("started 1700000000\n\n>   mammoview.study.spacing:88 in of\n> ZeroDivisionError\n")
    for name in ("a", "b"):
        journal = DrawingJournal.of(fresh_data_folder, name)
        journal.path.parent.mkdir(parents=True, exist_ok=True)
        journal.path.write_text("")
    yield record
    record.unlink(missing_ok=True)


def shown_in(record, study) -> None:
    """Note in the record of a run that it showed a study last."""
    with record.open("a") as file:
        about = sha256(f"{record.name}\n{study_key(study)}".encode())
        file.write(f"study {about.hexdigest()}\n")


def test_after_a_crash_it_offers_the_last_study_and_the_report_once(open_window, study, make_study, crashed, qtbot):
    window = open_window(study)
    shown_in(crashed, window.session.study)
    window.close()
    # Another run, which ended as it should, opened another study since.
    window = open_window(make_study("other"))
    window.session.close_study()
    offer = window.crash_offer.offer
    window.crash_offer.look()
    qtbot.waitUntil(lambda: offer.isVisible() and offer.reopen.isVisible(), timeout=PATIENCE_MS)
    assert "scans with such drawings: 2" in offer.text.text() and "Nothing is sent anywhere" in offer.text.text()
    QTest.mouseClick(offer.look, LEFT)
    dialog = window.findChild(FaultDialog)
    assert "mammoview.study.spacing:88 in of\nZeroDivisionError" in dialog.text.toPlainText()
    dialog.close()
    qtbot.waitUntil(lambda: not crashed.exists(), timeout=PATIENCE_MS)
    QTest.mouseClick(offer.reopen, LEFT)
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert all(scan.path.parent == study for scan in window.session.study.scans)
    window.session.close_study()
    assert window.start_page.isVisible() and not offer.isVisible()


def test_a_crash_is_kept_until_the_offer_has_been_seen_and_names_no_study_of_other_runs(
    open_window, study, crashed, qtbot
):
    window = open_window(study)
    offer = window.crash_offer.offer
    crashed.write_text("nonsense")  # It showed no study that is known.
    window.crash_offer.look()
    qtbot.waitUntil(lambda: bool(offer.text.text()), timeout=PATIENCE_MS)
    assert crashed.exists()
    window.session.close_study()
    qtbot.waitUntil(lambda: not crashed.exists(), timeout=PATIENCE_MS)
    assert offer.isVisible() and not offer.reopen.isVisible()
    offer.dismiss.click()
    assert not offer.isVisible()


def test_where_all_runs_ended_as_they_should_nothing_is_offered(open_window, qtbot):
    window = open_window()
    with qtbot.waitSignal(window.drawing.journal_worker.finished, timeout=PATIENCE_MS):
        window.crash_offer.look()
        window.drawing.journal_worker.stop()
    assert not window.crash_offer.offer.isVisible()
