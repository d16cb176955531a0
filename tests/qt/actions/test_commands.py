"""The table of keys, and every key of it at work."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel

from mammoview.formats.opening import sample_study
from mammoview.qt.actions.command_palette import CommandPalette
from mammoview.qt.actions.commands import Hold, with_keys
from mammoview.qt.actions.menu_bar import MENUS
from mammoview.qt.dialogs.about import AboutDialog
from mammoview.qt.dialogs.figure_dialog import FigureDialog
from mammoview.qt.dialogs.manual_window import ManualWindow
from mammoview.qt.dialogs.model_dialog import ModelDialog
from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.main_window.fault_reports import FaultDialog
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.navigation.slice_controller import FrameSlider
from mammoview.records.own_drawings import own_outline
from mammoview.study.scan import FrameStack
from tests.qt.conftest import viewport_of
from tests.support.timeouts import PATIENCE_MS


def test_keys_are_unique():
    keys = [key.toString() for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_the_menu_bar_has_the_menus_of_the_table():
    assert tuple(dict.fromkeys(command.menu for command in COMMANDS)) == MENUS


def test_the_settings_give_other_keys_but_no_clashes():
    table, problems = with_keys(COMMANDS, {"invert": "Ctrl+I", "fit_breast": "G", "dance": "D"})
    assert next(c for c in table if c.name == "invert").key == "Ctrl+I"
    assert next(c for c in table if c.name == "fit_breast").key == "F"
    assert len(problems) == 2


def test_two_commands_may_swap_their_keys():
    table, problems = with_keys(COMMANDS, {"invert": "F", "fit_breast": "I"})
    assert {c.name: c.key for c in table if c.name in ("invert", "fit_breast")} == {"invert": "F", "fit_breast": "I"}
    assert problems == []


def test_a_chain_of_clashes_ends_with_the_keys_of_the_table():
    table, problems = with_keys(COMMANDS, {"invert": "F", "fit_breast": "G", "grid": "H"})
    assert {c.name: c.key for c in table if c.name in ("invert", "fit_breast", "grid")} == {
        "invert": "I",
        "fit_breast": "F",
        "grid": "G",
    }
    assert len(problems) == 3
    keys = [key.toString() for command in table for key in command.keys]
    assert len(keys) == len(set(keys))


# What is to be looked at before and after each key; the rest of the state must be there to change.
EFFECTS = {
    "studies": lambda w: w.study_panel.isVisible(),
    "search_studies": lambda w: w.study_panel.search.hasFocus(),
    "add_folder": lambda w: ASKED[:],
    "scan_library": lambda w: w.study_panel.isVisible(),
    "forget": lambda w: w.study_panel.forgetting.box is not None,
    "prior": lambda w: w.messages.texts,
    "older_prior": lambda w: w.messages.texts,
    "newer_prior": lambda w: w.messages.texts,
    "next_study": lambda w: w.session.index,
    "previous_study": lambda w: w.session.index,
    "close_study": lambda w: len(w.session.studies),
    "next_stage": lambda w: w.hanging.title,
    "previous_stage": lambda w: w.hanging.title,
    "next_viewport": lambda w: w.viewport_grid.active.scan.name,
    "single": lambda w: w.viewport_grid.single,
    "fit": lambda w: w.viewport_grid.active.scale_px,
    "fit_breast": lambda w: w.viewport_grid.active.scale_px,
    "actual": lambda w: w.viewport_grid.active.scale_px,
    "true_size": lambda w: w.true_size.dialog is not None,
    "measure_screen": lambda w: w.true_size.dialog is not None,
    "zoom_in": lambda w: w.viewport_grid.active.scale_px,
    "zoom_out": lambda w: w.viewport_grid.active.scale_px,
    "pan_left": lambda w: w.viewport_grid.active.centre.x(),
    "pan_right": lambda w: w.viewport_grid.active.centre.x(),
    "pan_up": lambda w: w.viewport_grid.active.centre.y(),
    "pan_down": lambda w: w.viewport_grid.active.centre.y(),
    "cad": lambda w: w.layers.is_on("cad"),
    "gsps": lambda w: w.layers.is_on("gsps"),
    "sr": lambda w: w.layers.is_on("sr"),
    "seg": lambda w: w.layers.is_on("seg"),
    "planes": lambda w: w.layers.is_on("planes"),
    "area": lambda w: w.layers.is_on("area"),
    "next_slice": lambda w: w.viewport_grid.active.findChild(FrameSlider).value(),
    "previous_slice": lambda w: w.viewport_grid.active.findChild(FrameSlider).value(),
    "play": lambda w: w.slices.playing,
    "next_tile": lambda w: w.viewport_grid.active.centre.toTuple(),
    "previous_tile": lambda w: w.viewport_grid.active.centre.toTuple(),
    "hold_magnifier": lambda w: w.magnifier.on,
    "magnifier": lambda w: w.magnifier.on,
    "wider_magnifier": lambda w: w.magnifier.size_px,
    "narrower_magnifier": lambda w: w.magnifier.size_px,
    "double_magnifier": lambda w: w.magnifier.power,
    "square_magnifier": lambda w: w.magnifier.round,
    "cursor": lambda w: w.linked_cursor.on,
    "link": lambda w: w.viewport_grid.linked,
    "patient": lambda w: w.viewport_grid.active.corners().top,
    "full_screen": lambda w: w.isFullScreen(),
    "invert": lambda w: w.viewport_grid.active.content.grey.shown_inverted,
    "next_preset": lambda w: w.viewport_grid.active.content.grey.preset,
    "reset_window_level": lambda w: w.viewport_grid.active.content.grey.window,
    "outlines": lambda w: w.layers.switched_on,
    "grid": lambda w: w.layers.switched_on,
    "heatmap": lambda w: w.layers.switched_on,
    "saliency": lambda w: w.layers.switched_on,
    "all_layers": lambda w: w.layers.switched_on,
    "alternate": lambda w: w.layers.switched_on,
    "alternate_models": lambda w: w.messages.texts,
    "model": lambda w: w.findChild(ModelDialog) is not None,
    "heatmap_fill": lambda w: w.layers.style("heatmap").filled,
    "grid_fill": lambda w: w.layers.style("grid").filled,
    "corners": lambda w: w.viewport_grid.active.corners().bottom,
    "all_overlay_text": lambda w: w.messages.texts,
    "smooth": lambda w: w.viewport_grid.smooth,
    "second_screen": lambda w: w.messages.texts,
    "film_mask": lambda w: w.viewport_grid.film_covered,
    "next_quarter": lambda w: w.viewport_grid.active.centre.toTuple(),
    "previous_quarter": lambda w: w.viewport_grid.active.centre.toTuple(),
    "invert_one": lambda w: w.viewport_grid.active.content.grey.shown_inverted,
    "next_preset_one": lambda w: w.viewport_grid.active.content.grey.preset,
    "accept": lambda w: w.findings.list.currentItem().text(),
    "reject": lambda w: w.findings.list.currentItem().text(),
    "export_reader_report": lambda w: ASKED[:],
    "impression": lambda w: QApplication.focusWidget(),
    "export_worksheet": lambda w: ASKED[:],
    "point_left": lambda w: w.keyboard_pointer.place.toTuple(),
    "point_right": lambda w: w.keyboard_pointer.place.toTuple(),
    "point_up": lambda w: w.keyboard_pointer.place.toTuple(),
    "point_down": lambda w: w.keyboard_pointer.place.toTuple(),
    "point_fine": lambda w: w.keyboard_pointer.fine,
    "press": lambda w: (w.keyboard_pointer.down, w.messages.texts),
    "worksheet": lambda w: w.worksheets.dialog.isVisible(),
    "reveal": lambda w: w.messages.texts,
    "reason": lambda w: w.findings.verdict.reason.hasFocus(),
    "next_finding": lambda w: w.findings.list.currentRow(),
    "comparison": lambda w: w.comparison_panel.isVisible(),
    "difference": lambda w: w.comparison.difference,
    "draw": lambda w: w.drawing.mode,
    "edit": lambda w: w.drawing.mode,
    "label": lambda w: w.messages.texts,
    "delete": lambda w: len(w.viewport_grid.active.scan.outlines),
    "undo": lambda w: len(w.viewport_grid.active.scan.outlines),
    "redo": lambda w: len(w.viewport_grid.active.scan.outlines),
    "save": lambda w: w.messages.texts,
    "overlay": lambda w: w.messages.texts,
    "previous_finding": lambda w: w.findings.list.currentRow(),
    "assess": lambda w: w.session.busy,
    "cancel": lambda w: w.session.assess_automatically,
    "sample": lambda w: w.messages.texts,
    "palette": lambda w: w.findChild(CommandPalette) is not None,
    "manual": lambda w: w.findChild(ManualWindow) is not None,
    "pointer": lambda w: w.drawing.mode,
    "window_level_tool": lambda w: w.navigation_tools.active_tool,
    "pan_tool": lambda w: w.navigation_tools.active_tool,
    "erase": lambda w: w.navigation_tools.active_tool,
    "move_region": lambda w: w.navigation_tools.active_tool,
    "wider_brush": lambda w: w.eraser.radius_mm,
    "narrower_brush": lambda w: w.eraser.radius_mm,
    "true_pictures": lambda w: w.eraser.step,
    "zoom_tool": lambda w: w.navigation_tools.active_tool,
    "panels": lambda w: w.side_dock.isVisible(),
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
    "help": lambda w: w.shortcut_help.isVisible(),
    "about": lambda w: w.findChild(AboutDialog) is not None,
    "settings": lambda w: w.findChild(SettingsDialog) is not None,
    "workbench": lambda w: w.workbench.workbench is not None and w.workbench.workbench.isVisible(),
    "fault": lambda w: w.findChild(FaultDialog) is not None,
    "open_files": lambda w: ASKED[:],
    "open_folder": lambda w: ASKED[:],
    "export_scan": lambda w: ASKED[:],
    "export_seen": lambda w: ASKED[:],
    "figure": lambda w: any(dialog.isVisible() for dialog in w.findChildren(FigureDialog)),
    "copy_seen": lambda w: w.messages.texts,
    "quit": lambda w: w.isVisible(),
    "drag_window_level": lambda w: w.viewport_grid.active.drags_window,
    "next_grid": lambda w: w.model_layers.grid,
    "next_weighting": lambda w: w.model_layers.weighting,
    "fewer_marks": lambda w: w.budget.value,
    "more_marks": lambda w: w.budget.value,
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
    monkeypatch.setattr(sample_study, "find_spec", lambda _name: None)
    window.activateWindow()
    last = ("close_study", "quit")
    for command in sorted(COMMANDS, key=lambda c: last.index(c.name) if c.name in last else -1):
        for key in command.keys:
            qtbot.waitUntil(
                lambda: not window.session.busy and window.reader.second_reader.own is not None, timeout=PATIENCE_MS
            )
            prepare(window, command.name)
            # A question that closes leaves no window active; a desktop would choose this one.
            qtbot.waitUntil(lambda: (window.activateWindow(), window.isActiveWindow())[1], timeout=PATIENCE_MS)
            window.viewport_grid.active.setFocus()
            before = EFFECTS[command.name](window)
            if isinstance(command.slot, Hold):
                qtbot.keyPress(window.viewport_grid.active.viewport(), key[0].key())
                assert EFFECTS[command.name](window) != before, command.name
                qtbot.keyRelease(window.viewport_grid.active.viewport(), key[0].key())
                assert EFFECTS[command.name](window) == before, command.name
                continue
            QTest.keySequence(window.viewport_grid.active.viewport(), key)
            try:  # some effects are answers of a thread
                qtbot.waitUntil(lambda c=command, b=before: EFFECTS[c.name](window) != b, timeout=PATIENCE_MS)
            except qtbot.TimeoutError:
                pytest.fail(f"{command.name} ({key.toString()})")
            for box in window.findChildren(QDialog):
                box.close()
    assert not window.isVisible()


def prepare(window, name: str) -> None:
    """Bring the window into a state that the key can change."""
    window.showNormal()
    window.shortcut_help.hide()
    window.hanging.show("four-view")
    window.viewport_grid.activate(viewport_of(window, "L MLO"))
    active = window.viewport_grid.active
    if name.startswith("pan_") or name in ("fit", "fit_breast", "zoom_out"):
        active.zoom_about(QPointF(active.width() / 2, active.height() / 2), 4.0)
    if name in ("reset_window_level", "next_preset", "next_preset_one"):
        active.content.grey.drag(active.content.grey.start_of_drag, 0.2, 0.1)
    if name.endswith("_slice") or name == "play":
        active.scan.stack = active.scan.stack or FrameStack(3, lambda _frame, pixels=active.scan.pixels: pixels)
        active.scan.frame = 1
        window.slices.refresh()
    elif window.slices.playing:
        window.slices.play(False)
    if name in ("accept", "reject", "reason"):
        window.findings.show_next()
    if name == "reason" and not window.findings.verdict.reason.isEnabled():
        window.verdicts.accept()
    if name in ("fewer_marks", "more_marks"):
        window.budget.curves = None  # not known yet: those of these models are empty
    if name == "all_layers":
        window.layers.switch("grid", True)
    if name == "true_pictures":
        window.eraser.take_altered([])
    if name == "clear":
        window.notifier.warn_general("something")
    if name == "sample":
        window.messages.clear()
    if name == "pointer":
        window.actions_by_name["ruler"].trigger()
    if name == "press":  # a text, the tool taken last, would ask for its words and end by itself
        window.actions_by_name["ruler"].trigger()
    if name in ("undo", "redo"):
        scan = active.scan
        window.drawing.put(scan, (*window.drawing.own(scan), own_outline([(50, 50), (90, 50), (70, 90)])))
    if name == "redo":
        window.drawing.undo()
    if name == "delete":
        window.drawing.put(active.scan, (own_outline([(50, 50), (90, 50), (70, 90)]),))
        window.drawing.choose(active.scan, 0)
    if name in ("label", "save", "overlay", "reveal"):
        window.drawing.choose(active.scan, None)
        window.drawing.unsaved.clear()
        window.drawing.put(active.scan, ())
        window.drawing.unsaved.clear()
        window.messages.clear()
    if name in ("search_studies", "scan_library", "forget"):
        window.study_panel.hide()
    if name in ("calibrate", "undo_calibration", "prior", "older_prior", "newer_prior"):
        window.messages.clear()
    if name == "assess":
        entry = next(iter(window.session.entries.values()))
        entry.shown.reset()
        entry.assessed = None
    if name == "cancel":
        window.session.assess_automatically = True
        window.session.open([active.scan.path])
        assert window.session.busy


def test_the_key_help_lists_every_command(window):
    window.help_controller.toggle_keys()
    text = " ".join(label.text() for label in window.shortcut_help.findChildren(QLabel))
    for command in COMMANDS:
        assert command.title.replace("'", "'") in text
        assert all(key.toString() in text for key in command.keys)


@pytest.mark.parametrize("size", [(1400, 900), (640, 420)])
def test_the_key_help_cuts_no_text_and_is_read_to_its_end_by_keys(open_window, size, qtbot):
    window = open_window(size=size)
    window.help_controller.toggle_keys()
    help_ = window.shortcut_help
    QApplication.processEvents()
    labels = help_.findChildren(QLabel)
    assert all(label.width() >= label.minimumSizeHint().width() for label in labels)
    assert all(label.height() >= label.heightForWidth(label.width()) for label in labels)
    bar = help_.verticalScrollBar()
    for _ in range(40):
        QTest.keyClick(QApplication.focusWidget() or help_, Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum()
    assert help_.isVisible()
    QTest.keyClick(help_, Qt.Key.Key_Escape)
    assert not help_.isVisible()
