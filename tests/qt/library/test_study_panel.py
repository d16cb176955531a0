"""The study list: library, recent and open studies, from the keyboard and with the mouse."""

from __future__ import annotations

import zipfile
from pathlib import Path
from threading import Event

import pytest
from pydicom import dcmread
from pydicom.fileset import FileSet
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from mammoview.core import paths
from mammoview.core.settings import Settings
from mammoview.library import folder_scan, thumbnails
from mammoview.library.database import NAME, LibraryDatabase
from mammoview.library.folder_scan import add_folder, folders, scan_folder
from mammoview.library.queries import studies
from mammoview.qt.library.study_panel import LIBRARY, OPEN, RECENT
from tests.qt.conftest import grabbed
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


@pytest.fixture
def shelf(make_study, tmp_path: Path) -> Path:
    """A folder with the examinations of two women, known to the library."""
    for name, date in (("anna", "20220203"), ("berta", "20240506")):
        make_study(name, StudyDate=date)
    root = tmp_path / "shelf"
    root.mkdir()
    for name in ("anna", "berta"):
        (tmp_path / name).rename(root / name)
    with LibraryDatabase() as index:
        scan_folder(index, add_folder(index, root))
    return root


def listed(window) -> list[str]:
    """Patients in the list."""
    return [row.study.name for row in window.study_panel.rows.rows]


def show(window, qtbot, tab: int, count: int) -> None:
    """Show a tab and wait for its rows."""
    window.study_panel.tabs.setCurrentIndex(tab)
    window.study_panel.open(True)
    qtbot.waitUntil(lambda: len(window.study_panel.rows.rows) == count, timeout=PATIENCE_MS)


def test_an_empty_window_greets_with_the_library_and_a_study_sends_it_away(open_window, shelf, study, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: listed(window) == ["Doe, berta", "Doe, anna"], timeout=PATIENCE_MS)
    assert window.study_panel.tabs.currentIndex() == LIBRARY
    assert window.study_panel.count.text() == "Studies: 2"
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert not window.study_panel.isVisible()


def test_the_whole_way_by_keyboard(open_window, shelf, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    window.activateWindow()
    window.study_panel.hide()
    qtbot.keyClick(window, Qt.Key.Key_F2)
    assert window.study_panel.search.hasFocus()
    qtbot.keyClicks(window.study_panel.search, "anna 2022")
    qtbot.waitUntil(lambda: listed(window) == ["Doe, anna"], timeout=PATIENCE_MS)
    # Letters are text here and no commands.
    assert not window.viewport_grid.single
    qtbot.keyClick(window.study_panel.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    qtbot.keyClick(window.study_panel.search, Qt.Key.Key_Down)
    assert window.study_panel.view.hasFocus()
    qtbot.keyClick(window.study_panel.view, Qt.Key.Key_Down)
    assert window.study_panel.view.currentIndex().row() == 1
    qtbot.keyClick(window.study_panel.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert window.session.study.identity.name == "Doe^anna"
    assert len(window.session.study.scans) == 4
    assert not window.study_panel.isVisible()
    assert not window.viewport_grid.single


def test_a_double_click_opens_and_what_is_open_is_shown_not_opened_again(open_window, shelf, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    view = window.study_panel.view
    for row, opened in ((0, 1), (1, 2), (0, 2)):
        show(window, qtbot, LIBRARY, 2)
        place = view.visualRect(window.study_panel.rows.index(row)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(
            lambda n=opened: len(window.session.studies) == n and not window.session.busy, timeout=PATIENCE_MS
        )
        assert not window.study_panel.isVisible(), "she has chosen: the scans have the room"
    assert window.session.study.identity.name == "Doe^berta"


def test_recent_is_what_was_opened_unless_the_settings_say_no(open_window, study, make_study, qtbot):
    window = open_window(study)
    other = make_study("other")
    window.open_paths([other])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    show(window, qtbot, RECENT, 2)
    qtbot.waitUntil(lambda: listed(window) == ["Doe, other", "Doe, study"], timeout=PATIENCE_MS)
    window.settings.remember_studies = False
    window.open_paths([make_study("secret")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 3 and not window.session.busy, timeout=PATIENCE_MS)
    window.close()
    with LibraryDatabase() as index:
        assert len(studies(index)) == 2


def test_rows_tell_day_views_state_and_thumbnails(open_window, shelf, qtbot):
    window = open_window(shelf / "berta")
    show(window, qtbot, LIBRARY, 2)
    window.study_panel.repaint()
    rows = window.study_panel.rows
    qtbot.waitUntil(lambda: all(s.thumbnail for r in rows.rows for s in r.study.scans), timeout=PATIENCE_MS)
    assert [row.study.date for row in rows.rows] == ["2024-05-06", "2022-02-03"]
    assert [row.marks for row in rows.rows] == [["shown"], []]
    assert [scan.name for scan in rows.rows[0].slots()] == ["R CC", "L CC", "R MLO", "L MLO"]
    spoken = rows.data(rows.index(0))
    for part in ("Doe, berta", "6 May 2024", "R CC, L CC, R MLO, L MLO", "shown"):
        assert part in spoken
    # The right breast's thumbnail ends bright at the chest wall, where the left one begins.
    image = grabbed(window)
    assert image.width() > 0
    window.overlay_text.show_patient(False)
    assert "Doe" not in rows.data(rows.index(0))


def test_thumbnails_wait_while_scans_are_loaded_or_assessed(open_window, shelf, qtbot, monkeypatch):
    window = open_window(shelf / "berta")
    made = []
    monkeypatch.setattr(thumbnails, "make_thumbnails", lambda _index, study, *_more: bool(made.append(study.id)))
    window.session.progressed.emit("Loading scans", 0.5)
    answered = []
    window.library.list_studies("", False, answered.append)
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    window.library.forget_thumbnails_wanted()
    window.library.paint(answered[0][0])
    qtbot.wait(200)
    assert not made
    window.session.progressed.emit("", 0.0)
    qtbot.waitUntil(lambda: made == [answered[0][0].id], timeout=PATIENCE_MS)


def test_the_list_of_a_window_whose_settings_hide_the_patient_names_nobody(open_window, study):
    hiding = Settings.model_construct(notice_seen=True, reading="concurrent", show_patient=False)
    window = open_window(study, settings=hiding)
    window.study_panel.tabs.setCurrentIndex(OPEN)
    window.study_panel.open(True)
    window.study_panel.refresh()
    rows = window.study_panel.rows
    assert "patient hidden" in rows.data(rows.index(0)) and "Doe" not in rows.data(rows.index(0))


def test_missing_media_are_said_and_not_opened(open_window, shelf, qtbot):
    window = open_window()
    (shelf / "anna").rename(shelf.with_name("unplugged"))
    (shelf / "berta" / "RCC.dcm").unlink()
    show(window, qtbot, LIBRARY, 2)
    qtbot.waitUntil(lambda: all(row.missing for row in window.study_panel.rows.rows), timeout=PATIENCE_MS)
    partly, gone = window.study_panel.rows.rows
    assert partly.missing == "1 of 4 scans missing"
    assert gone.missing == "4 of 4 scans missing"
    tip = window.study_panel.rows.data(window.study_panel.rows.index(1), Qt.ItemDataRole.ToolTipRole)
    assert str(shelf / "anna") in tip
    window.study_panel.view.activated.emit(window.study_panel.rows.index(1))
    assert any(str(shelf / "anna") in text and "not there" in text for text in window.messages.texts)
    assert window.session.studies == []
    window.study_panel.view.activated.emit(window.study_panel.rows.index(0))
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert len(window.session.study.scans) == 3


def test_what_a_search_finds_is_exported_in_the_background(open_window, shelf, qtbot, monkeypatch, tmp_path):
    window, out = open_window(), tmp_path / "out"
    panel, figures = window.study_panel, window.figures
    panel.search.setText("anna")
    show(window, qtbot, LIBRARY, 1)
    panel.export_button.click()
    qtbot.waitUntil(lambda: figures.dialog is not None, timeout=PATIENCE_MS)
    dialog = figures.dialog
    assert dialog.save.isHidden() and dialog.copy.isHidden() and "Studies in the list: 1." in dialog.preview.text()
    dialog.figure.setCurrentIndex(dialog.figure.findData("scan"))
    dialog.format.setCurrentIndex(dialog.format.findData("csv"))
    for box in dialog.layers.values():
        box.setChecked(False)
    monkeypatch.setattr("mammoview.qt.main_window.figure_controller.folder_to_open", lambda *_: str(out))
    for expected in ("Written: 4, already there: 0, failed: 0", "Written: 0, already there: 4, failed: 0"):
        dialog.folder.click()
        qtbot.waitUntil(lambda text=expected: dialog.stage.text() == text, timeout=PATIENCE_MS)
    assert len(list(out.iterdir())) == 4
    # One study of the search is not there any more: what is there is exported, and a line says so.
    berta = shelf / "berta"
    berta.rename(tmp_path / "berta")
    panel.search.clear()
    qtbot.waitUntil(lambda: len(panel.rows.rows) == 2, timeout=PATIENCE_MS)
    panel.export()
    qtbot.waitUntil(lambda: figures.dialog is not dialog, timeout=PATIENCE_MS)
    dialog = figures.dialog
    assert dialog.format.currentData() == "csv"  # as before
    dialog.folder.click()
    qtbot.waitUntil(lambda: dialog.stage.text() == "Written: 0, already there: 4, failed: 1", timeout=PATIENCE_MS)
    # Another study that is opened does not take the dialog away.
    window.open_paths([shelf / "anna"])
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert figures.dialog is dialog
    dialog.close()


def test_a_folder_is_added_scanned_and_scanned_again(open_window, make_study, qtbot, monkeypatch):
    folder = make_study("first")
    window = open_window()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(folder))
    window.actions_by_name["add_folder"].trigger()
    qtbot.waitUntil(lambda: listed(window) == ["Doe, first"], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.library.scans_under_way, timeout=PATIENCE_MS)
    (folder / "RCC.dcm").rename(folder.parent / "away.dcm")
    window.actions_by_name["scan_library"].trigger()
    qtbot.waitUntil(lambda: bool(window.study_panel.rows.rows[0].missing), timeout=PATIENCE_MS)
    # A folder that the library has already is no second one, and a line says so.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(folder / ".." / "nowhere"))
    window.actions_by_name["add_folder"].trigger()
    qtbot.waitUntil(lambda: any("no such folder" in text for text in window.messages.texts), timeout=PATIENCE_MS)


def test_a_scan_shows_its_progress_blocks_nothing_and_can_be_cancelled(open_window, shelf, qtbot, monkeypatch):
    started, go_on = Event(), Event()
    original = folder_scan.gather_files

    def slowly(place, files, gathered):
        started.set()
        go_on.wait(PATIENCE_S)
        original(place, files, gathered)

    monkeypatch.setattr(folder_scan, "gather_files", slowly)
    with LibraryDatabase() as index:
        index.change("UPDATE scans SET size = 0")  # so that there is something to read
    window = open_window()
    window.study_panel.open(True)
    window.actions_by_name["scan_library"].trigger()
    qtbot.waitUntil(started.is_set, timeout=PATIENCE_MS)
    part = window.study_panel
    qtbot.waitUntil(lambda: part.cancel_button.isVisible(), timeout=PATIENCE_MS)
    assert "Scanning shelf" in part.count.text()
    assert not part.scan_button.isEnabled()
    # The scan stands still, and the list answers all the same.
    part.search.setText("berta")
    qtbot.waitUntil(lambda: listed(window) == ["Doe, berta"], timeout=PATIENCE_MS)
    qtbot.mouseClick(part.cancel_button, Qt.MouseButton.LeftButton)
    assert not part.cancel_button.isVisible()
    go_on.set()
    qtbot.waitUntil(part.scan_button.isEnabled, timeout=PATIENCE_MS)
    assert window.messages.texts == ()


def test_a_scan_that_was_killed_goes_on_when_the_list_is_looked_at(open_window, shelf, qtbot):
    with LibraryDatabase() as index:
        index.change("UPDATE folders SET scanned = NULL")
        # Paths are bytes, which LIKE passes over in some builds of SQLite.
        index.change("DELETE FROM scans WHERE CAST(path AS TEXT) LIKE '%anna%'")
        index.change("DELETE FROM studies WHERE id NOT IN (SELECT study FROM scans)")
        assert len(studies(index)) == 1
    window = open_window()
    qtbot.waitUntil(lambda: len(listed(window)) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.library.scans_under_way, timeout=PATIENCE_MS)
    with LibraryDatabase() as index:
        assert folders(index)[0].scanned is not None


def buttons(window) -> dict[str, QPushButton]:
    """Buttons of the question what to forget, by their first words."""
    box = window.study_panel.findChild(QMessageBox)
    return {button.text().split(":")[0].replace("&", ""): button for button in box.buttons()}


@pytest.mark.parametrize("answer", ["This study", "Its folder", "Everything", "Cancel"])
def test_forgetting_is_asked_about_first(open_window, shelf, qtbot, answer):
    window = open_window(settings=Settings.model_construct(notice_seen=True, last_folder=str(shelf / "berta")))
    show(window, qtbot, LIBRARY, 2)
    window.study_panel.view.setCurrentIndex(window.study_panel.rows.index(0))
    window.study_panel.view.setFocus()
    qtbot.keyClick(window.study_panel.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.study_panel.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    box = window.study_panel.findChild(QMessageBox)
    assert "Your pictures stay" in box.informativeText()
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    qtbot.mouseClick(buttons(window)[answer], Qt.MouseButton.LeftButton)
    left = {"This study": 1, "Its folder": 0, "Everything": 0, "Cancel": 2}[answer]
    qtbot.waitUntil(lambda: len(listed(window)) == left, timeout=PATIENCE_MS)
    assert window.settings.last_folder == (str(shelf / "berta") if answer == "Cancel" else "")
    assert sorted(p.name for p in shelf.iterdir()) == ["anna", "berta"]
    window.close()
    kept = b"".join(file.read_bytes() for file in paths.data_folder().rglob("*") if file.is_file())
    assert (b"berta" in kept) == (answer == "Cancel")


@pytest.mark.parametrize("kind", ["files", "folder", "zip", "dicomdir"])
def test_files_folders_zips_and_dicomdirs_can_be_dropped_on_the_list(open_window, study, qtbot, tmp_path, kind):
    files = sorted(study.iterdir())
    dropped = {"files": files, "folder": [study]}.get(kind, [tmp_path / f"all.{kind}"])
    if kind == "zip":
        with zipfile.ZipFile(dropped[0], "w") as archive:
            for file in files:
                archive.write(file, file.name)
    elif kind == "dicomdir":
        made = FileSet()
        for file in files:
            one = dcmread(file)
            one.StudyTime, one.StudyID, one.SeriesNumber, one.InstanceNumber = "120000", "1", 1, 1
            made.add(one)
        made.write(tmp_path / "medium")
        dropped = [tmp_path / "medium" / "DICOMDIR"]
    window = open_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in dropped])
    # File managers may propose a move, and some delete what has been moved.
    offered = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    what = (offered, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    target = window.study_panel.view.viewport()
    enter = QDragEnterEvent(QPoint(20, 20), *what)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(20, 20), *what)
    QApplication.sendEvent(target, drop)
    assert enter.dropAction() == drop.dropAction() == Qt.DropAction.CopyAction
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert len(window.session.study.scans) == 4


def test_a_damaged_library_is_one_message_and_the_window_works(open_window, study, qtbot):
    folder = paths.data_folder() / "library"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"x" * 9000)
    window = open_window(study)
    qtbot.waitUntil(lambda: any("moved aside" in text for text in window.messages.texts), timeout=PATIENCE_MS)
    assert sum("moved aside" in text for text in window.messages.texts) == 1
    assert len(window.session.entries) == 4


def test_a_snapshot_leaves_the_library_alone(study, tmp_path, fresh_data_folder):
    from mammoview.qt.application import snapshot

    snapshot(study, tmp_path / "out.png", layers=())
    assert not (fresh_data_folder / "library").exists()


def test_every_part_has_a_name_for_screen_readers(open_window):
    part = open_window().study_panel
    for widget in (part.tabs, part.search, part.view, part.add_button, part.scan_button, part.forget_button):
        spoken = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert spoken
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
