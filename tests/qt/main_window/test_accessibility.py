"""Everything can be reached and worked with the keyboard, shows where the keyboard is, and has a name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)

from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.layers.layer_options import GridOptionsWidget, SensitivityOptionsWidget
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.widgets.focus import FocusRing

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QPlainTextEdit,
)

LABEL = QAccessible.RelationFlag.Label


def inner(widget: QWidget) -> bool:
    """Whether Qt made it as a part of another control."""
    parent = widget.parentWidget()
    if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
        return True
    while parent is not None and not isinstance(parent, QDialog):
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit)):
            return True
        if type(parent).__name__ in ("QKeySequenceEdit", "QTabBar", "QComboBoxPrivateContainer", "QMenuBar"):
            return True
        parent = parent.parentWidget()
    return False


def controls(within: QWidget) -> list[QWidget]:
    return [w for w in within.findChildren(QWidget) if isinstance(w, CONTROLS) and not inner(w)]


def name(widget: QWidget) -> str:
    """What a screen reader reads out. Of a list Qt's name is its value on Linux: a label or a description must do."""
    said = QAccessible.queryAccessibleInterface(widget)
    if isinstance(widget, QComboBox):
        labels = [other.text(QAccessible.Text.Name) for other, kind in said.relations() if kind == LABEL]
        return " ".join(labels) or said.text(QAccessible.Text.Description)
    return said.text(QAccessible.Text.Name)


@pytest.fixture
def everything(window):
    """The window with its panels open."""
    window.layers.show_only(window.layers.names)
    window.findings.show_next()
    window.verdicts.accept()
    window.notifier.warn_general("a line")
    window.comparison_panel.open(True)
    window.activateWindow()
    return window


def test_every_control_has_a_name(everything):
    nameless = [f"{type(w).__name__} in {type(w.parentWidget()).__name__}" for w in controls(everything) if not name(w)]
    assert nameless == []


def test_every_control_of_a_dialog_has_a_name(window):
    for command in ("settings", "about", "fault", "tags", "measure_screen", "worksheet"):
        window.actions_by_name[command].trigger()
        dialogs = [d for d in window.findChildren(QDialog) if d.isVisible()] or [window.tag_browser]
        for dialog in dialogs:
            assert [type(w).__name__ for w in controls(dialog) if not name(w)] == [], command
            dialog.close()


def test_every_control_of_the_window_is_reached_with_tab(everything, qtbot):
    wanted = {w for w in controls(everything) if w.isVisible() and w.isEnabled() and not isinstance(w, QGraphicsView)}
    reached = set()
    everything.viewport_grid.setFocus()
    for _ in range(4 * len(wanted)):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    missing = [f"{type(w).__name__} in {type(w.parentWidget()).__name__}: {name(w)}" for w in wanted - reached]
    assert missing == []


def test_tab_goes_down_the_panel_as_it_is_read(everything):
    panel, window = everything.reader.panel, everything
    rows = window.layers_panel.rows
    grid, saliency = rows["grid"], rows["saliency"]
    choice = saliency.findChild(SensitivityOptionsWidget)
    assert panel.fields and grid.fill is not None
    wanted = [
        rows["outlines"].check,
        *(grid.check, grid.threshold, grid.fill, grid.opacity, grid.colours, grid.findChild(GridOptionsWidget).box),
        *(rows["heatmap"].check, saliency.check, saliency.colours, choice.box, choice.gate, choice.tau),
        *(window.findings.list, window.findings.verdict.note),
        *(control for field in panel.fields.values() for control in (field.category, field.text)),
    ]
    chain, widget = [], window.viewport_grid
    while (widget := widget.nextInFocusChain()) is not window.viewport_grid:
        chain.append(widget)
    assert [widget for widget in chain if widget in wanted] == wanted


def test_a_ring_shows_where_the_keyboard_is(everything):
    ring = everything.findChild(FocusRing)
    row = everything.layers_panel.rows["grid"].check
    row.setFocus()
    assert ring.around is row
    before = everything.grab().toImage()
    everything.viewport_grid.setFocus()
    assert ring.around is None
    assert everything.grab().toImage() != before


def test_the_ring_goes_along_when_something_unfolds_above(everything):
    ring = everything.findChild(FocusRing)
    everything.layers.show_only(())
    row = everything.layers_panel.rows["saliency"].check
    row.setFocus()
    everything.layers.switch("outlines", True)
    everything.layers_panel.unfold("outlines")
    QApplication.processEvents()
    assert ring.isVisible() and ring.geometry().contains(row.mapTo(everything, row.rect().center()))


def test_controls_keep_the_keys_they_are_worked_with(everything):
    stage = everything.hanging.title
    check = everything.layers_panel.rows["grid"].check
    check.setFocus()
    QTest.keyClick(check, Qt.Key.Key_Space)
    assert not everything.layers.is_on("grid")
    assert everything.hanging.title == stage
    slider = everything.layers_panel.rows["heatmap"].threshold
    slider.setFocus()
    before = slider.value()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == before + 1
    findings = everything.findings.list
    findings.setFocus()
    chosen = []
    everything.findings.chosen.connect(lambda _entry, finding: chosen.append(finding))
    QTest.keyClick(findings, Qt.Key.Key_Home)
    QTest.keyClick(findings, Qt.Key.Key_Down)
    QTest.keyClick(findings, Qt.Key.Key_Return)
    assert chosen == [everything.findings.listed[1].finding]
    assert not everything.viewport_grid.single


def test_commands_still_work_while_a_control_has_the_keyboard(everything):
    check = everything.layers_panel.rows["grid"].check
    check.setFocus()
    QTest.keyClick(check, Qt.Key.Key_S)
    assert not everything.layers.is_on("saliency")
    QTest.keyClick(check, Qt.Key.Key_Escape)
    assert everything.viewport_grid.active.hasFocus()


def test_the_scans_have_the_keyboard_at_the_start(window):
    focused = QApplication.focusWidget()
    assert focused is None or focused is window.viewport_grid or window.viewport_grid.isAncestorOf(focused)


def test_every_command_stands_in_a_menu_with_its_key(window):
    menus = [action.menu() for action in window.menuBar().actions()]
    menus += [action.menu() for menu in menus for action in menu.actions() if action.menu()]
    listed = {action.objectName() for menu in menus for action in menu.actions()}
    assert {command.name for command in COMMANDS} <= listed


def test_viewports_are_named_after_their_scans(window):
    names = ["R CC", "L CC", "R MLO", "L MLO"]
    assert [v.accessibleName() for v in window.viewport_grid.viewports] == names
    assert [v.viewport().accessibleName() for v in window.viewport_grid.viewports] == names
    assert name(window.viewport_grid) == "Scans"


def test_the_settings_are_worked_without_a_mouse(window, qtbot):
    window.actions_by_name["settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    box = dialog.forms["Reading"].fields["linked"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert window.viewport_grid.linked is False
