"""Messages: over the scans, one at a time, hidden after they were read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.qt.widgets import message_bar
from mammoview.qt.widgets.message_bar import MessageBar
from mammoview.qt.widgets.notifier import Message
from mammoview.study.scan import Study
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def messages(qtbot, monkeypatch):
    monkeypatch.setattr(message_bar, "LEAST_MS", 30)
    monkeypatch.setattr(message_bar, "PER_LETTER_MS", 0)
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(900, 500)
    made = MessageBar(over)
    over.show()
    yield made
    over.close()


def active(qtbot, bar):
    qtbot.waitUntil(lambda: (bar.window().activateWindow(), bar.isActiveWindow())[1], timeout=PATIENCE_MS)


def test_one_is_shown_at_a_time_the_newest_first(messages, monkeypatch):
    monkeypatch.setattr(message_bar, "LEAST_MS", 10**6)
    for text in ("first", "second", "third"):
        messages.show_message(Message(text, True))
    assert messages.shown == messages.label.text() == "third" and "2" in messages.more.text()
    messages.close_button.click()
    assert messages.shown == "second" and messages.texts == ("second", "first")
    messages.clear()
    assert not messages.isVisible() and messages.texts == ()


def test_they_go_after_reading_and_come_again_when_they_are_told_again(messages, qtbot):
    active(qtbot, messages)
    messages.show_message(Message("first", False))
    messages.show_message(Message("second", True))
    qtbot.waitUntil(lambda: not messages.isVisible(), timeout=PATIENCE_MS)
    assert messages.texts == ("second", "first"), "what was read is still known"
    messages.show_message(Message("first", True))
    assert messages.isVisible() and messages.shown == "first" and messages.texts == ("first", "second")


def test_they_stay_while_the_pointer_is_over_them_and_while_the_window_is_not_active(messages, qtbot):
    active(qtbot, messages)
    messages.show_message(Message("first", True))
    QApplication.sendEvent(messages, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert messages.is_timed, "the pointer lay there before"
    QCursor.setPos(QCursor.pos() + QPoint(5, 5))
    QApplication.sendEvent(messages, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert not messages.is_timed
    QApplication.sendEvent(messages, QEvent(QEvent.Type.Leave))
    assert messages.is_timed


def test_no_message_is_counted_as_read_by_nobody(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(Message("first", True))
    assert not bar.is_timed and bar.shown == "first"


def test_one_that_is_withdrawn_goes_at_once_and_those_before_it_stay(messages):
    for text in ("first", "second"):
        messages.show_message(Message(text, False))
    messages.withdraw("second")
    assert messages.shown == "first" and messages.texts == ("first",)
    messages.withdraw("never said")
    messages.withdraw("first")
    assert not messages.isVisible() and messages.texts == ()


def test_those_of_a_closed_study_go_with_it(messages):
    one = Study("one", [])
    messages.show_study(one)
    messages.show_message(Message("about one", True, one))
    messages.forget(one)
    assert not messages.isVisible() and messages.texts == ()


def test_a_message_never_moves_the_scans(window):
    before = [(v.geometry(), v.scale_px, v.centre.toTuple()) for v in window.viewport_grid.viewports]
    window.notifier.warn_general("a line that is so long that it takes more than a row of the bar " * 6)
    QApplication.processEvents()
    assert window.messages.isVisible()
    assert [(v.geometry(), v.scale_px, v.centre.toTuple()) for v in window.viewport_grid.viewports] == before
    centre = window.centralWidget()
    assert centre.rect().contains(window.messages.geometry())
    assert window.messages.label.height() >= window.messages.label.heightForWidth(window.messages.label.width())
    window.activateWindow()
    QTest.keyClick(window.viewport_grid.active, Qt.Key.Key_Escape)
    assert not window.messages.isVisible()
