"""Opening and what can fail on the way; cancelling and closing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import NOTHING
from mammoview.qt.navigation.view_prompt import ViewPrompt
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.qt.session.study_loader import StudyLoader
from mammoview.study.scan import Laterality, Projection, Side
from tests.qt.conftest import PatientAssessor, StandInAssessor, picture, scan_pixels, viewport_of
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


def test_scans_arrive_one_by_one_and_the_active_one_is_assessed_first(open_window, study, qtbot):
    assessor = PatientAssessor()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    loaded = []
    window.session.scan_loaded.connect(lambda entry: loaded.append(entry.scan.name))
    qtbot.waitUntil(lambda: len(loaded) == 4 and assessor.started.is_set(), timeout=PATIENCE_MS)
    assert sorted(loaded) == ["L CC", "L MLO", "R CC", "R MLO"]
    assert assessor.seen == [window.viewport_grid.active.scan]
    assert window.status.cancel.isVisible()


def test_files_can_be_dropped_on_a_viewport(open_window, study, make_study, qtbot):
    window = open_window(study)
    other = make_study("other")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(other))])
    target = window.viewport_grid.viewports[0].viewport()
    what = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(50, 50), *what)
    # Qt offers the drag to the viewport first, and then to its parents until one takes it.
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(50, 50), *what))
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert window.session.index == 1


@pytest.mark.parametrize("name", ["open_files", "open_folder"])
def test_files_and_folders_can_be_chosen(open_window, study, qtbot, monkeypatch, name):
    window = open_window()
    files = [str(file) for file in sorted(study.iterdir())]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: (files, ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(study))
    window.actions_by_name[name].trigger()
    qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=PATIENCE_MS)
    assert len(window.session.entries) == 4
    assert window.settings.last_folder in (str(study), str(study.parent))


def test_several_studies_are_listed_and_switched(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    qtbot.waitUntil(lambda: len(window.study_panel.rows.rows) == 2, timeout=PATIENCE_MS)
    assert window.study_panel.isVisible()
    assert [row.open_as for row in window.study_panel.rows.rows] == [0, 1]
    assert [row.shown for row in window.study_panel.rows.rows] == [True, False]
    first = list(window.session.entries)
    window.actions_by_name["next_study"].trigger()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert not set(first) & set(window.session.entries)
    assert np.ptp(picture(window.viewport_grid.viewports[0])) > 100
    # What was assessed need not be assessed again.
    window.actions_by_name["previous_study"].trigger()
    assert [entry.state for entry in window.session.entries.values()] == [AssessmentState.DONE] * 4
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)


def test_a_scan_of_unknown_side_is_shown_and_asked_about(open_window, tmp_path, qtbot):
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(scan_pixels(Side.LEFT)).save(folder / "film.png")
    window = open_window(folder)
    viewport = next(v for v in window.viewport_grid.viewports if v.scan is not None)
    assert np.ptp(picture(viewport)) > 100
    prompt = window.viewport_grid.findChild(ViewPrompt)
    assert prompt.isVisible()
    assert (prompt.side.accessibleDescription(), prompt.projection.accessibleDescription()) == ("Side", "Projection")
    prompt.side.setCurrentIndex(prompt.side.findData(Laterality.R))
    prompt.projection.setCurrentIndex(prompt.projection.findData(Projection.MLO))
    qtbot.mouseClick(prompt.accept_button, Qt.MouseButton.LeftButton)
    hung = next(v for v in window.viewport_grid.viewports if v.scan is not None)
    assert hung.scan.name == "R MLO"
    assert not hung.wall_left
    assert not any(line.startswith(("side", "projection")) for line in hung.scan.warnings)
    image = picture(hung)
    assert image[image.shape[0] // 2, -1, 0] > 60


# Failing


def test_a_broken_file_is_a_message_and_the_others_stay(open_window, study, qtbot):
    file = study / "LMLO.dcm"
    file.write_bytes(file.read_bytes()[:3000])
    window = open_window(study)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert any("LMLO.dcm" in text for text in window.messages.texts)
    assert window.messages.isVisible()
    for name in ("R CC", "L CC", "R MLO"):
        assert np.ptp(picture(viewport_of(window, name))) > 100
    window.actions_by_name["clear"].trigger()
    assert not window.messages.isVisible()


@pytest.mark.parametrize("content", [b"", b"not a picture at all", None])
def test_nothing_to_open_is_a_message(open_window, tmp_path, qtbot, content):
    file = tmp_path / "odd.dcm"
    if content is not None:
        file.write_bytes(content)
    window = open_window(file, wait=False)
    qtbot.waitUntil(lambda: bool(window.messages.texts), timeout=PATIENCE_MS)
    assert "odd.dcm" in window.messages.texts[0]
    assert not window.session.busy
    assert window.session.studies == []


def test_a_scan_without_a_breast_is_out_of_scope(open_window, study, qtbot):
    blank = dcmread(study / "RCC.dcm")
    blank.PixelData = np.full((600, 400), 100, np.uint16).tobytes()
    write(study / "RCC.dcm", blank)
    window = open_window(study)
    states = {entry.scan.name: entry.state for entry in window.session.entries.values()}
    assert states["R CC"] is AssessmentState.OUT_OF_SCOPE
    assert states["L CC"] is AssessmentState.DONE
    assert "out of scope" in window.findings.states.text()


def test_models_that_cannot_be_loaded_leave_a_viewer(open_window, study, qtbot):
    def broken():
        raise RuntimeError("no such weights")

    window = open_window(study, assessor=broken)
    assert any("RuntimeError at " in text for text in window.messages.texts)
    assert window.status.device.text() == "no models"
    assert np.ptp(picture(window.viewport_grid.viewports[0])) > 100
    assert {entry.state for entry in window.session.entries.values()} <= {
        AssessmentState.FAILED,
        AssessmentState.NOT_RUN,
    }


def test_one_failed_assessment_does_not_stop_the_others(open_window, study):
    class Fails(StandInAssessor):
        def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            if scan.projection is Projection.CC:
                raise ValueError("odd scan")
            return super().assess(scan, progress, cancelled)

    window = open_window(study, assessor=Fails)
    states = {entry.scan.name: entry.state for entry in window.session.entries.values()}
    assert states == {
        "R CC": AssessmentState.FAILED,
        "L CC": AssessmentState.FAILED,
        "R MLO": AssessmentState.DONE,
        "L MLO": AssessmentState.DONE,
    }
    assert any("ValueError at " in text for text in window.messages.texts)


# Cancelling and closing


def test_cancel_stops_the_models_and_assess_starts_them_again(open_window, study, qtbot):
    assessor = PatientAssessor()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    qtbot.waitUntil(lambda: assessor.started.is_set() and len(window.session.entries) == 4, timeout=PATIENCE_MS)
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    assert not window.session.busy
    assert not window.status.cancel.isVisible()
    assert {entry.state for entry in window.session.entries.values()} == {AssessmentState.NOT_RUN}
    assessor.assess = StandInAssessor().assess
    # Scans whose loading was cancelled, too, are read again when the study is opened again.
    with qtbot.waitSignal(window.session.opened, timeout=PATIENCE_MS):
        window.open_paths([study])
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert len(window.session.studies) == 1 and all(entry.grey for entry in window.session.entries.values())
    window.session.assess()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert {entry.state for entry in window.session.entries.values()} == {AssessmentState.DONE}


def test_a_scan_whose_loading_is_cancelled_while_it_is_decoded_is_not_looked_at(monkeypatch, qtbot):
    looked, answers = [], []
    monkeypatch.setattr("mammoview.display.scan_analysis.find_breast", lambda *_: looked.append(0))
    scan = scan_of(breast_pixels())
    pixels = scan.read()
    loader = StudyLoader()
    scan = replace(scan, read=lambda: (loader.cancel(), pixels)[1], _pixels=None)
    task = loader.load(scan).connect(loader, result=answers.append, partial=answers.append, failed=answers.append)
    qtbot.waitUntil(lambda: not loader.is_busy, timeout=PATIENCE_MS)
    loader.stop()
    assert task.is_cancelled()
    assert not looked
    assert not answers


def busy_reading(loader: StudyLoader) -> Event:
    """Have a loader read until that is cancelled; the event is set once it has begun."""
    begun, never = Event(), Event()

    def read(task: Task[None, None]) -> None:
        begun.set()
        while not task.is_cancelled():
            never.wait(0.002)

    loader.submit(read, NOTHING)
    return begun


def test_what_the_reader_says_of_a_scan_is_kept_when_the_window_is_closed_at_once(fresh_data_folder: Path) -> None:
    loader, scan = StudyLoader(), scan_of(breast_pixels())
    assert busy_reading(loader).wait(PATIENCE_S)
    loader.remember_view(scan)
    loader.stop()
    assert (fresh_data_folder / "views.json").is_file()


def test_cancelling_drops_nothing_that_the_reader_said_of_a_scan(window, qtbot, fresh_data_folder: Path) -> None:
    assert busy_reading(window.session.loader).wait(PATIENCE_S)
    scan = window.session.study.scans[0]
    window.session.set_view(scan, Laterality.L, Projection.MLO)
    window.session.cancel()
    qtbot.waitUntil(lambda: not window.session.loader.is_busy, timeout=PATIENCE_MS)
    assert (fresh_data_folder / "views.json").is_file()


def test_an_answer_that_was_on_its_way_when_all_was_cancelled_is_dropped(window, make_study):
    done = Event()
    window.session.open([make_study("other")])
    window.session.loader.submit(lambda _task: done.set(), NOTHING)
    assert done.wait(PATIENCE_S)  # both are done, and the event loop has not turned
    window.session.cancel()
    QApplication.processEvents()
    assert len(window.session.studies) == 1
    assert not window.session.busy


def test_cancelling_nothing_leaves_the_models_on_for_the_next_study(window, make_study, qtbot):
    window.actions_by_name["cancel"].trigger()
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert {entry.state for entry in window.session.entries.values()} == {AssessmentState.DONE}


def test_closing_while_running_ends_both_threads(open_window, study, qtbot):
    assessor = PatientAssessor()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    qtbot.waitUntil(assessor.started.is_set, timeout=PATIENCE_MS)
    window.close()
    assert not window.session.models.isRunning()
    assert not window.session.loader.isRunning()


def test_closing_before_anything_has_been_read(open_window, study):
    window = open_window(study, wait=False)
    window.close()
    assert not window.session.loader.isRunning()
