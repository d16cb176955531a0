"""The column at the right keeps the control that has the keyboard in sight, until the reader scrolls away from it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from mammoview.qt.main_window.side_panel import SidePanel
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def panel(qtbot) -> tuple[SidePanel, QLineEdit, QLabel]:
    """A panel with an entry that has the keyboard, at the top, and a label below that grows."""
    inside, entry, label = QWidget(), QLineEdit(), QLabel("one")
    column = QVBoxLayout(inside)
    column.addWidget(entry)
    column.addSpacing(900)
    column.addWidget(label)
    made = SidePanel((("layers", "Layers", inside),))
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show()
    made.activateWindow()
    entry.setFocus()
    QApplication.processEvents()
    assert QApplication.focusWidget() is entry
    return made, entry, label


def wheel(panel: SidePanel, steps: int) -> None:
    """Turn the wheel over the panel; down for a negative number of steps."""
    place = QPointF(panel.viewport().rect().center())
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        place, panel.viewport().mapToGlobal(place), QPoint(), QPoint(0, 120 * steps), none[0], none[1], none[2], False
    )
    QApplication.sendEvent(panel.viewport(), event)


def in_sight(panel: SidePanel, widget: QWidget) -> bool:
    """Whether all of a widget is to be seen."""
    top = widget.mapTo(panel.viewport(), QPoint(0, 0)).y()
    return top >= 0 and top + widget.height() <= panel.viewport().height()


def test_what_grows_does_not_scroll_back_to_the_control_that_the_reader_left(panel, qtbot):
    made, entry, label = panel
    wheel(made, -20)
    below = made.verticalScrollBar().value()
    assert not in_sight(made, entry)
    high = made.widget().height()
    label.setText("one\ntwo\nthree")
    qtbot.waitUntil(lambda: made.widget().height() > high, timeout=PATIENCE_MS)
    assert made.verticalScrollBar().value() == below


def test_the_control_is_kept_in_sight_where_the_reader_is_with_it(panel, qtbot):
    made, entry, _label = panel
    wheel(made, -20)
    wheel(made, 40)
    entry.parentWidget().layout().insertWidget(0, QLabel("a\n" * 40))
    qtbot.waitUntil(lambda: made.verticalScrollBar().value() > 0 and in_sight(made, entry), timeout=PATIENCE_MS)


def test_the_keyboard_brings_its_control_back(panel):
    made, entry, _label = panel
    wheel(made, -20)
    entry.clearFocus()
    entry.setFocus()
    assert in_sight(made, entry)
