"""Opening, failing, cancelling, closing; and every key of the table."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel

from mammoview.qt.about import About
from mammoview.qt.commands import COMMANDS, Kind, with_keys
from mammoview.qt.faults import FaultDialog
from mammoview.qt.notice import FirstNotice
from mammoview.qt.reading import State
from mammoview.qt.settings_dialog import SettingsDialog
from mammoview.qt.side_prompt import SidePrompt
from mammoview.qt.slices import FrameSlider
from mammoview.qt.status import NOTICE
from mammoview.settings import Settings
from mammoview.study.breast import Side
from mammoview.study.own_outlines import drawn
from mammoview.study.scan import Laterality, Projection, Stack
from tests.qt.conftest import Patient, StandIn, drag, pane, picture, scan_pixels
from tests.study.making import write

# Opening


def test_an_empty_window_says_how_to_open(open_window):
    window = open_window()
    assert "Ctrl+O" in window.light_box.hint
    assert window.light_box.viewports == ()
    assert NOTICE in window.windowTitle()
    assert NOTICE in {label.text() for label in window.status.findChildren(QLabel)}


def test_scans_arrive_one_by_one_and_the_active_one_is_assessed_first(open_window, study, qtbot):
    assessor = Patient()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    loaded = []
    window.reading.scan_loaded.connect(lambda entry: loaded.append(entry.scan.name))
    qtbot.waitUntil(lambda: len(loaded) == 4 and assessor.started.is_set(), timeout=30000)
    assert sorted(loaded) == ["L CC", "L MLO", "R CC", "R MLO"]
    assert assessor.seen == [window.light_box.active.scan]
    assert window.status.cancel.isVisible()


def test_files_can_be_dropped_on_a_pane(open_window, study, make_study, qtbot):
    window = open_window(study)
    other = make_study("other")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(other))])
    target = window.light_box.viewports[0].viewport()
    what = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(50, 50), *what)
    # Qt offers the drag to the pane first, and then to its parents until one takes it.
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(50, 50), *what))
    qtbot.waitUntil(lambda: len(window.reading.studies) == 2 and not window.reading.busy, timeout=30000)
    assert window.reading.index == 1


@pytest.mark.parametrize("name", ["open_files", "open_folder"])
def test_files_and_folders_can_be_chosen(open_window, study, qtbot, monkeypatch, name):
    window = open_window()
    files = [str(file) for file in sorted(study.iterdir())]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: (files, ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(study))
    window.actions_by_name[name].trigger()
    qtbot.waitUntil(lambda: bool(window.reading.entries) and not window.reading.busy, timeout=30000)
    assert len(window.reading.entries) == 4
    assert window.settings.last_folder in (str(study), str(study.parent))


def test_several_studies_are_listed_and_switched(open_window, make_study, qtbot):
    window = open_window(make_study("first"), make_study("second"))
    qtbot.waitUntil(lambda: len(window.studies_list.rows.rows) == 2, timeout=30000)
    assert window.studies_list.isVisible()
    assert [row.open_as for row in window.studies_list.rows.rows] == [0, 1]
    assert [row.shown for row in window.studies_list.rows.rows] == [True, False]
    first = list(window.reading.entries)
    window.actions_by_name["next_study"].trigger()
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=30000)
    assert not set(first) & set(window.reading.entries)
    assert np.ptp(picture(window.light_box.viewports[0])) > 100
    # What was assessed need not be assessed again.
    window.actions_by_name["previous_study"].trigger()
    assert [entry.state for entry in window.reading.entries.values()] == [State.DONE] * 4
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=30000)


def test_a_scan_of_unknown_side_is_shown_and_asked_about(open_window, tmp_path, qtbot):
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(scan_pixels(Side.LEFT)).save(folder / "film.png")
    window = open_window(folder)
    viewport = next(v for v in window.light_box.viewports if v.scan is not None)
    assert np.ptp(picture(viewport)) > 100
    prompt = window.light_box.findChild(SidePrompt)
    assert prompt.isVisible()
    prompt.side.setCurrentIndex(prompt.side.findData(Laterality.R))
    prompt.projection.setCurrentIndex(prompt.projection.findData(Projection.MLO))
    qtbot.mouseClick(prompt.accept_button, Qt.MouseButton.LeftButton)
    hung = next(v for v in window.light_box.viewports if v.scan is not None)
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
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=30000)
    assert any("LMLO.dcm" in text for text in window.messages.texts)
    assert window.messages.isVisible()
    for name in ("R CC", "L CC", "R MLO"):
        assert np.ptp(picture(pane(window, name))) > 100
    window.actions_by_name["clear"].trigger()
    assert not window.messages.isVisible()


@pytest.mark.parametrize("content", [b"", b"not a picture at all", None])
def test_nothing_to_open_is_a_message(open_window, tmp_path, qtbot, content):
    file = tmp_path / "odd.dcm"
    if content is not None:
        file.write_bytes(content)
    window = open_window(file, wait=False)
    qtbot.waitUntil(lambda: bool(window.messages.texts), timeout=30000)
    assert "odd.dcm" in window.messages.texts[0]
    assert not window.reading.busy
    assert window.reading.studies == []


def test_a_scan_without_a_breast_is_out_of_scope(open_window, study, qtbot):
    blank = dcmread(study / "RCC.dcm")
    blank.PixelData = np.full((600, 400), 100, np.uint16).tobytes()
    write(study / "RCC.dcm", blank)
    window = open_window(study)
    states = {entry.scan.name: entry.state for entry in window.reading.entries.values()}
    assert states["R CC"] is State.OUT_OF_SCOPE
    assert states["L CC"] is State.DONE
    assert "out of scope" in window.findings.states.text()


def test_models_that_cannot_be_loaded_leave_a_viewer(open_window, study, qtbot):
    def broken():
        raise RuntimeError("no such weights")

    window = open_window(study, assessor=broken)
    assert any("no such weights" in text for text in window.messages.texts)
    assert window.status.device.text() == "no models"
    assert np.ptp(picture(window.light_box.viewports[0])) > 100
    assert {entry.state for entry in window.reading.entries.values()} <= {State.FAILED, State.NOT_RUN}


def test_one_failed_assessment_does_not_stop_the_others(open_window, study):
    class Fails(StandIn):
        def assess(self, scan, progress=None, cancelled=None, arrived=None):
            if scan.projection is Projection.CC:
                raise ValueError("odd scan")
            return super().assess(scan, progress, cancelled)

    window = open_window(study, assessor=Fails)
    states = {entry.scan.name: entry.state for entry in window.reading.entries.values()}
    assert states == {"R CC": State.FAILED, "L CC": State.FAILED, "R MLO": State.DONE, "L MLO": State.DONE}
    assert any("odd scan" in text for text in window.messages.texts)


# Cancelling and closing


def test_cancel_stops_the_models_and_assess_starts_them_again(open_window, study, qtbot):
    assessor = Patient()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    qtbot.waitUntil(lambda: assessor.started.is_set() and len(window.reading.entries) == 4, timeout=30000)
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    assert not window.reading.busy
    assert not window.status.cancel.isVisible()
    assert {entry.state for entry in window.reading.entries.values()} == {State.NOT_RUN}
    assessor.assess = StandIn().assess
    # Scans whose loading was cancelled, too, are read again when the study is opened again.
    window.open_paths([study])
    qtbot.waitUntil(lambda: window.reading.index == 1 and not window.reading.busy, timeout=30000)
    window.reading.assess()
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=30000)
    assert {entry.state for entry in window.reading.entries.values()} == {State.DONE}


def test_a_late_answer_is_dropped(window):
    entry = next(iter(window.reading.entries.values()))
    before = entry.assessed
    window.reading.models.assessed.emit(10**6, object())
    window.reading.loader.opened.emit(10**6, [object()])
    window.reading.loader.loaded.emit(10**6, object())
    QApplication.processEvents()
    assert entry.assessed is before
    assert len(window.reading.studies) == 1


def test_closing_while_running_ends_both_threads(open_window, study, qtbot):
    assessor = Patient()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    qtbot.waitUntil(assessor.started.is_set, timeout=30000)
    window.close()
    assert not window.reading.models.isRunning()
    assert not window.reading.loader.isRunning()


def test_closing_before_anything_has_been_read(open_window, study):
    window = open_window(study, wait=False)
    window.close()
    assert not window.reading.loader.isRunning()


def test_settings_are_kept_from_one_window_to_the_next(qtbot, open_window, fresh_settings):
    from mammoview.qt.window import Window

    for expected in (0.5, 0.3):
        window = Window(None, StandIn)
        window.show()
        assert window.layers.style("grid").threshold == pytest.approx(expected)
        assert window.light_box.linked is (expected == 0.5)
        window.layers.set_threshold("grid", 0.3)
        window.light_box.set_linked(False)
        window.close()
        window.deleteLater()
    assert (fresh_settings / "settings.json").is_file()


def test_a_broken_settings_file_is_a_message(qtbot, fresh_settings):
    from mammoview.qt.window import Window

    fresh_settings.mkdir()
    (fresh_settings / "settings.json").write_text("{oops")
    window = Window(None, StandIn)
    assert any("settings.json" in text for text in window.messages.texts)
    window.close()
    window.deleteLater()


def test_the_first_start_notice_comes_back_until_it_is_accepted(open_window):
    window = open_window(settings=Settings())
    notice = window.findChild(FirstNotice)
    text = " ".join(label.text() for label in notice.findChildren(QLabel))
    assert "not a medical device" in text and "research and education" in text
    assert "not calibrated" in text
    notice.reject()
    assert not window.isVisible()
    assert not window.settings.notice_seen
    again = open_window(settings=Settings())
    again.findChild(FirstNotice).accept()
    assert again.isVisible()
    assert again.settings.notice_seen


def test_the_status_bar_says_that_the_display_is_not_calibrated(open_window):
    window = open_window()
    assert "Uncalibrated" in window.status.display.text()
    assert "GSDF" in window.status.display.toolTip()


# Grey


def test_dragging_with_the_right_button_changes_window_and_level(window, qtbot):
    viewport = pane(window, "L CC")
    before, start = picture(viewport), viewport.content.grey.window
    drag(qtbot, viewport, Qt.MouseButton.RightButton, QPoint(100, 100), QPoint(150, 100))
    wider = viewport.content.grey.window
    assert wider.width > start.width
    assert wider.center == pytest.approx(start.center)
    drag(qtbot, viewport, Qt.MouseButton.RightButton, QPoint(100, 100), QPoint(100, 160))
    assert viewport.content.grey.window.center > wider.center
    assert (picture(viewport) != before).any()
    window.greys.reset()
    assert (picture(viewport) == before).all()


def test_w_and_a_drag_does_the_same(window, qtbot):
    viewport = pane(window, "R CC")
    start, centre = viewport.content.grey.window, viewport.centre
    qtbot.keyPress(window, Qt.Key.Key_W)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(170, 100))
    qtbot.keyRelease(window, Qt.Key.Key_W)
    assert viewport.content.grey.window.width > start.width
    assert viewport.centre == centre
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(100, 110))
    assert viewport.centre != centre


def test_inverting_turns_the_tissue_and_says_so(window):
    viewport = pane(window, "L CC")
    image = picture(viewport)
    window.actions_by_name["invert"].trigger()
    inverted = picture(viewport)
    row, column = image.shape[0] // 2, 20
    assert abs(int(image[row, column, 0]) + int(inverted[row, column, 0]) - 255) <= 3
    assert "inverted" in viewport.corners().warnings
    window.stages.show_next()
    assert all("inverted" in v.corners().warnings for v in window.light_box.viewports if v.scan is not None)


def test_presets_are_stepped_through(open_window, tmp_path):
    folder = tmp_path / "windows"
    folder.mkdir()
    write(folder / "a.dcm", pixels=scan_pixels(Side.LEFT), WindowCenter=[2000, 3000], WindowWidth=[2000, 500],
          WindowCenterWidthExplanation=["soft", "hard"], BitsStored=16, HighBit=15)  # fmt: skip
    window = open_window(folder)
    viewport = window.light_box.active
    names = []
    for _ in range(4):
        names.append(viewport.content.grey.text)
        window.greys.show_next_preset()
    assert [name.split("(")[1] for name in names] == ["soft)", "hard)", "automatic)", "soft)"]


# Corners, ruler, keys


def test_corners_tell_what_is_known_and_leave_out_the_rest(window):
    corners = pane(window, "L CC").corners()
    assert corners.title == "L CC"
    assert any("Doe" in line or "study" in line for line in corners.top)
    assert any("zoom" in line and "W " in line for line in corners.bottom)
    assert any("400 \u00d7 600 px" in line for line in corners.bottom)
    text = " ".join((*corners.top, *corners.bottom, *corners.warnings))
    for absent in ("None", "kV", "mAs", "0 mm", "nan"):
        assert absent not in text
    window.actions_by_name["patient"].trigger()
    assert pane(window, "L CC").corners().top == ()


def test_keys_are_unique():
    keys = [key.toString() for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_the_settings_give_other_keys_but_no_clashes():
    table, problems = with_keys({"invert": "Ctrl+I", "fit": "G", "dance": "D"})
    assert next(c for c in table if c.name == "invert").key == "Ctrl+I"
    assert next(c for c in table if c.name == "fit").key == "F"
    assert len(problems) == 2


def test_two_commands_may_swap_their_keys():
    table, problems = with_keys({"invert": "F", "fit": "I"})
    assert {c.name: c.key for c in table if c.name in ("invert", "fit")} == {"invert": "F", "fit": "I"}
    assert problems == []


def test_a_chain_of_clashes_ends_with_the_keys_of_the_table():
    table, problems = with_keys({"invert": "F", "fit": "G", "grid": "H"})
    assert {c.name: c.key for c in table if c.name in ("invert", "fit", "grid")} == {
        "invert": "I",
        "fit": "F",
        "grid": "G",
    }
    assert len(problems) == 3
    keys = [key.toString() for command in table for key in command.keys]
    assert len(keys) == len(set(keys))


# What is to be looked at before and after each key; the rest of the state must be there to change.
EFFECTS = {
    "studies": lambda w: w.studies_list.isVisible(),
    "search_studies": lambda w: w.studies_list.search.hasFocus(),
    "add_folder": lambda w: ASKED[:],
    "scan_library": lambda w: w.studies_list.isVisible(),
    "forget": lambda w: w.studies_list.forgetting.box is not None,
    "prior": lambda w: w.messages.texts,
    "older_prior": lambda w: w.messages.texts,
    "newer_prior": lambda w: w.messages.texts,
    "next_study": lambda w: w.reading.index,
    "previous_study": lambda w: w.reading.index,
    "next_stage": lambda w: w.stages.title,
    "previous_stage": lambda w: w.stages.title,
    "next_pane": lambda w: w.light_box.active.scan.name,
    "single": lambda w: w.light_box.single,
    "fit": lambda w: w.light_box.active.scale_px,
    "fit_breast": lambda w: w.light_box.active.scale_px,
    "actual": lambda w: w.light_box.active.scale_px,
    "zoom_in": lambda w: w.light_box.active.scale_px,
    "zoom_out": lambda w: w.light_box.active.scale_px,
    "pan_left": lambda w: w.light_box.active.centre.x(),
    "pan_right": lambda w: w.light_box.active.centre.x(),
    "pan_up": lambda w: w.light_box.active.centre.y(),
    "pan_down": lambda w: w.light_box.active.centre.y(),
    "cad": lambda w: w.layers.is_on("cad"),
    "gsps": lambda w: w.layers.is_on("gsps"),
    "next_slice": lambda w: w.light_box.active.findChild(FrameSlider).value(),
    "previous_slice": lambda w: w.light_box.active.findChild(FrameSlider).value(),
    "play": lambda w: w.slices.playing,
    "next_tile": lambda w: w.light_box.active.centre.toTuple(),
    "previous_tile": lambda w: w.light_box.active.centre.toTuple(),
    "hold_lens": lambda w: w.lens.on,
    "lens": lambda w: w.lens.on,
    "lens_wider": lambda w: w.lens.size_px,
    "lens_narrower": lambda w: w.lens.size_px,
    "lens_double": lambda w: w.lens.power,
    "lens_square": lambda w: w.lens.round,
    "cursor": lambda w: w.cursor_link.on,
    "link": lambda w: w.light_box.linked,
    "patient": lambda w: w.light_box.active.corners().top,
    "full_screen": lambda w: w.isFullScreen(),
    "invert": lambda w: w.light_box.active.content.grey.inverted,
    "next_preset": lambda w: w.light_box.active.content.grey.preset,
    "reset_grey": lambda w: w.light_box.active.content.grey.window,
    "outlines": lambda w: w.layers.switched_on,
    "grid": lambda w: w.layers.switched_on,
    "heatmap": lambda w: w.layers.switched_on,
    "saliency": lambda w: w.layers.switched_on,
    "all_layers": lambda w: w.layers.switched_on,
    "alternate": lambda w: w.layers.switched_on,
    "heatmap_fill": lambda w: w.layers.filled,
    "accept": lambda w: w.findings.list.currentItem().text(),
    "reject": lambda w: w.findings.list.currentItem().text(),
    "export_reading": lambda w: ASKED[:],
    "impression": lambda w: QApplication.focusWidget(),
    "reveal": lambda w: w.messages.texts,
    "next_finding": lambda w: w.findings.list.currentRow(),
    "comparison": lambda w: w.comparison_panel.isVisible(),
    "difference": lambda w: w.comparison.difference,
    "draw": lambda w: w.drawing.mode,
    "edit": lambda w: w.drawing.mode,
    "label": lambda w: w.messages.texts,
    "delete": lambda w: len(w.light_box.active.scan.outlines),
    "undo": lambda w: len(w.light_box.active.scan.outlines),
    "redo": lambda w: len(w.light_box.active.scan.outlines),
    "save": lambda w: w.messages.texts,
    "overlay": lambda w: w.messages.texts,
    "previous_finding": lambda w: w.findings.list.currentRow(),
    "assess": lambda w: w.reading.busy,
    "cancel": lambda w: w.reading.assess_automatically,
    "ruler": lambda w: w.drawing.mode,
    "angle": lambda w: w.drawing.mode,
    "ellipse": lambda w: w.drawing.mode,
    "freehand": lambda w: w.drawing.mode,
    "arrow": lambda w: w.drawing.mode,
    "text": lambda w: w.drawing.mode,
    "tags": lambda w: w.tag_browser.isVisible(),
    "calibrate": lambda w: w.messages.texts,
    "undo_calibration": lambda w: w.messages.texts,
    "clear": lambda w: w.messages.texts,
    "help": lambda w: w.key_help.isVisible(),
    "about": lambda w: w.findChild(About) is not None,
    "settings": lambda w: w.findChild(SettingsDialog) is not None,
    "fault": lambda w: w.findChild(FaultDialog) is not None,
    "open_files": lambda w: ASKED[:],
    "open_folder": lambda w: ASKED[:],
    "export_scan": lambda w: ASKED[:],
    "export_seen": lambda w: ASKED[:],
    "quit": lambda w: w.isVisible(),
    "drag_grey": lambda w: w.light_box.active.greying,
    "next_grid": lambda w: w.model_layers.grid,
    "next_reading": lambda w: w.model_layers.reading,
    "bare": lambda w: w.layers.bare,
}
ASKED: list[str] = []


@pytest.fixture
def two_studies(open_window, make_study):
    return open_window(make_study("first"), make_study("second"))


def test_every_key_does_what_the_table_says(two_studies, qtbot, monkeypatch):
    window = two_studies
    assert set(EFFECTS) == {command.name for command in COMMANDS}
    for name, answer in (
        ("getOpenFileNames", ([], "")), ("getExistingDirectory", ""), ("getSaveFileName", ("", ""))
    ):  # fmt: skip
        monkeypatch.setattr(QFileDialog, name, lambda *_args, n=name, a=answer: (ASKED.append(n), a)[1])
    window.activateWindow()
    for command in sorted(COMMANDS, key=lambda c: c.name == "quit"):
        for key in command.keys:
            qtbot.waitUntil(
                lambda: not window.reading.busy and window.reader.second_reader.own is not None, timeout=30000
            )
            prepare(window, command.name)
            window.light_box.active.setFocus()
            before = EFFECTS[command.name](window)
            if command.kind is Kind.HOLD:
                qtbot.keyPress(window.light_box.active.viewport(), key[0].key())
                assert EFFECTS[command.name](window) != before, command.name
                qtbot.keyRelease(window.light_box.active.viewport(), key[0].key())
                assert EFFECTS[command.name](window) == before, command.name
                continue
            QTest.keySequence(window.light_box.active.viewport(), key)
            try:  # some effects are answers of a thread
                qtbot.waitUntil(lambda c=command, b=before: EFFECTS[c.name](window) != b, timeout=10000)
            except qtbot.TimeoutError:
                pytest.fail(f"{command.name} ({key.toString()})")
            for box in window.findChildren(QDialog):
                box.close()
            # A question that closes leaves no window active; a desktop would choose this one.
            qtbot.waitUntil(lambda: (window.activateWindow(), window.isActiveWindow() or not window.isVisible())[1])
    assert not window.isVisible()


def prepare(window, name: str) -> None:
    """Bring the window into a state that the key can change."""
    window.showNormal()
    window.key_help.hide()
    window.stages.show("four-view")
    window.light_box.activate(pane(window, "L MLO"))
    active = window.light_box.active
    if name.startswith("pan_") or name in ("fit", "zoom_out"):
        active.zoom_about(QPointF(active.width() / 2, active.height() / 2), 4.0)
    if name == "reset_grey" or name == "next_preset":
        active.content.grey.drag(active.content.grey.start_of_drag, 0.2, 0.1)
    if name.endswith("_slice") or name == "play":
        active.scan.stack = active.scan.stack or Stack(3, lambda _frame, pixels=active.scan.pixels: pixels)
        active.scan.frame = 1
        window.slices.refresh()
    elif window.slices.playing:
        window.slices.play(False)
    if name in ("accept", "reject"):
        window.findings.show_next()
    if name == "all_layers":
        window.layers.switch("grid", True)
    if name == "clear":
        window.messages.tell("something")
    if name in ("undo", "redo"):
        scan = active.scan
        window.drawing.put(scan, (*window.drawing.own(scan), drawn([(50, 50), (90, 50), (70, 90)])))
    if name == "redo":
        window.drawing.undo()
    if name == "delete":
        window.drawing.put(active.scan, (drawn([(50, 50), (90, 50), (70, 90)]),))
        window.drawing.choose(active.scan, 0)
    if name in ("label", "save", "overlay", "reveal"):
        window.drawing.choose(active.scan, None)
        window.drawing.unsaved.clear()
        window.drawing.put(active.scan, ())
        window.drawing.unsaved.clear()
        window.messages.clear()
    if name in ("search_studies", "scan_library", "forget"):
        window.studies_list.hide()
    if name in ("calibrate", "undo_calibration", "prior", "older_prior", "newer_prior"):
        window.messages.clear()
    if name == "assess":
        entry = next(iter(window.reading.entries.values()))
        entry.state, entry.assessed = State.NOT_RUN, None
    if name == "cancel":
        window.reading.assess_automatically = True


def test_the_key_help_lists_every_command(window):
    text = " ".join(label.text() for label in window.key_help.findChildren(QLabel))
    for command in COMMANDS:
        assert command.title.replace("'", "'") in text
        assert all(key.toString() in text for key in command.keys)
