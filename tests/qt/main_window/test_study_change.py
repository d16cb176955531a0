"""What belongs to one study goes with it: messages, questions, the read-out, steps to take back."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview.core.errors import ModelError
from mammoview.qt.widgets.message_bar import MessageBar
from mammoview.qt.widgets.notifier import Message
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.scan import Study
from tests.qt.conftest import StandInAssessor, viewport_of
from tests.support.timeouts import PATIENCE_MS


class Failing(StandInAssessor):
    """Fails on every scan, with its file's folder in the text."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        raise ModelError("no memory", "Close something", scan.path)


def loaded(qtbot, window, count: int) -> None:
    qtbot.waitUntil(lambda: len(window.session.studies) == count and not window.session.busy, timeout=PATIENCE_MS)


def test_messages_of_a_closed_study_go_with_it(open_window, make_study, tmp_path, qtbot):
    first, second, odd = make_study("first"), make_study("second"), tmp_path / "odd.dcm"
    odd.write_bytes(b"no picture")
    (first / "left_out.dcm").write_bytes(b"no picture")
    window = open_window(first, assessor=Failing)
    window.open_paths([odd])
    qtbot.waitUntil(lambda: any("odd.dcm" in text for text in window.messages.texts), timeout=PATIENCE_MS)
    texts = window.messages.texts
    assert any("first" in text and "no memory" in text for text in texts)
    assert any("left_out.dcm" in text for text in texts)
    assert window.messages.isVisible()
    window.open_paths([second])
    loaded(qtbot, window, 2)
    texts = window.messages.texts
    assert not any("/first/" in text for text in texts), "they are not said above another patient"
    assert any("/second/" in text for text in texts) and any("odd.dcm" in text for text in texts)
    one, two = window.session.studies
    window.session.show_study(0)
    assert any("/first/" in text for text in window.messages.texts), "a study looked at again has them again"
    window.session.close_study()
    assert window.session.study is two
    window.session.close_study()
    assert [text for text in window.messages.texts if "first" in text or "second" in text] == []
    assert any("odd.dcm" in text for text in window.messages.texts)
    for closed in (one, two):
        window.messages.show_study(closed)
        lines = [text for text in window.messages.texts if "first" in text or "second" in text]
        assert lines == [], "nor are they kept for a closed study"


def test_each_study_has_its_own_lines(qtbot):
    messages = MessageBar()
    qtbot.addWidget(messages)
    one, other = Study("one", []), Study("other", [])
    messages.show_study(one)
    messages.show_message(Message("about one", study=one))
    messages.show_message(Message("about both", study=one))
    messages.show_message(Message("about both", study=other))
    messages.show_message(Message("about all"))
    messages.show_message(Message("about all", study=other))
    assert messages.texts == ("about all", "about both", "about one")
    messages.show_study(other)
    assert messages.texts == ("about all", "about both")
    messages.clear()
    messages.show_study(one)
    assert messages.texts == ("about both", "about one"), "what was not seen has not been dismissed"
    messages.forget(one)
    assert messages.texts == () and not messages.isVisibleTo(messages.parentWidget())


def test_drawings_that_are_saved_after_their_study_was_closed_are_not_told_above_the_next(window, make_study, qtbot):
    window.open_paths([make_study("other", PatientID="P2")])
    loaded(qtbot, window, 2)
    window.session.show_study(0)
    qtbot.waitUntil(
        lambda: viewport_of(window, "L CC").content is not None and not window.session.busy, timeout=PATIENCE_MS
    )
    window.drawing.add(viewport_of(window, "L CC").scan, Annotation(AnnotationKind.RULER, [[50, 300], [150, 300]]))
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        window.outline_save.save()
        window.session.close_study()
    assert not any("LCC" in text for text in window.messages.texts)


def test_the_question_for_a_length_and_the_readout_go_with_their_scan(window, make_study, qtbot):
    viewport = viewport_of(window, "L CC")
    window.drawing.add(viewport.scan, Annotation(AnnotationKind.RULER, [[50, 300], [150, 300]]))
    window.viewport_grid.activate(viewport)
    place = viewport.viewport_point(100, 300)
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, QPointF(viewport.viewport().mapToGlobal(place.toPoint())),
        Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(viewport.viewport(), event)
    assert window.status.readout.text()
    window.calibration.ask()
    asked = window.calibration.prompt
    window.calibration.ask()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.calibration.prompt is not None and window.calibration.prompt is not asked
    window.open_paths([make_study("other")])
    loaded(qtbot, window, 2)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.calibration.prompt is None
    assert window.status.readout.text() == ""


def test_a_closed_study_leaves_no_calibration_to_take_back(window, qtbot):
    viewport = viewport_of(window, "L CC")
    ruler = Annotation(AnnotationKind.RULER, [[50, 300], [150, 300]])
    window.drawing.add(viewport.scan, ruler)
    window.calibration.calibrate(viewport.scan, ruler, 50.0)
    ref = weakref.ref(viewport.scan)
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    del viewport

    def gone() -> bool:
        QApplication.processEvents()
        gc.collect()
        return ref() is None

    qtbot.waitUntil(gone, timeout=PATIENCE_MS)
