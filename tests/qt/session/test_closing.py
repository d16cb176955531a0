"""A study that is closed leaves the screen and the memory; what was drawn on it is there the next time."""

from __future__ import annotations

import gc
import weakref
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from mammoview.formats.common import outline_files as outlines
from tests.qt.conftest import Patient, drag, pane


def held(window) -> list[weakref.ref]:
    """Everything of the study on show that is large, and whoever could hold it."""
    study = window.reading.study
    things: list[object] = [study, *study.scans, *window.reading.entries.values()]
    for entry in window.reading.entries.values():
        picture = entry.grey.picture
        things += [entry.grey, picture, picture.pixels, *picture.pyramid.levels]
        things += [entry.assessed, entry.assessed.assessment, entry.made]
    for viewport in window.light_box.viewports:
        things += [viewport.content, viewport.content._picture, *viewport.content._items.values()]
    return [weakref.ref(thing) for thing in things]


def alive(refs: list[weakref.ref], qtbot) -> list[object]:
    """What of it is still there, once the threads have come to rest."""

    def gone() -> bool:
        QApplication.processEvents()
        gc.collect()
        return all(ref() is None for ref in refs)

    try:
        qtbot.waitUntil(gone, timeout=10000)
    except Exception:
        return [type(ref()) for ref in refs if ref() is not None]
    return []


def test_the_last_study_leaves_an_empty_window(window, qtbot):
    window.layers.switch("heatmap", True)
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert (window.reading.studies, window.reading.study, dict(window.reading.entries)) == ([], None, {})
    assert window.light_box.viewports == () and window.light_box.active is None
    assert "CC" not in window.windowTitle() and window.findings.list.count() == 0
    for key in (Qt.Key.Key_H, Qt.Key.Key_Space, Qt.Key.Key_F, Qt.Key.Key_N, Qt.Key.Key_W):
        qtbot.keyClick(window, key)
    window.actions_by_name["close_study"].trigger()
    assert not window.reading.busy


def test_the_neighbour_takes_its_place(window, make_study, qtbot):
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.reading.studies) == 2 and not window.reading.busy, timeout=30000)
    first, second = window.reading.studies
    assert window.reading.study is second
    window.reading.close_study()
    assert window.reading.studies == [first] and window.reading.study is first
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=30000)
    assert all(v.scan in first.scans for v in window.light_box.viewports)


def test_nothing_of_it_stays_in_memory(window, qtbot):
    window.layers.show_only(window.layers.names)
    pane(window, "L CC").tip_at(pane(window, "L CC").rect().center().toPointF())
    for stage in ("cc", "mlo"):
        window.stages.show(stage)
    window.stages.show("four-view")
    QApplication.processEvents()
    refs = held(window)
    window.reading.close_study()
    assert alive(refs, qtbot) == []


def test_a_study_that_was_looked_at_before_stays_light(window, make_study, qtbot):
    before = [weakref.ref(entry.grey.picture) for entry in window.reading.entries.values()]
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.reading.studies) == 2 and not window.reading.busy, timeout=30000)
    assert alive(before, qtbot) == []


def test_closing_stops_what_is_under_way(open_window, study, qtbot):
    assessor = Patient()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    qtbot.waitUntil(assessor.started.is_set, timeout=30000)
    window.reading.close_study()
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=10000)
    assert window.reading.entries == {}
    window.open_paths([study])
    qtbot.waitUntil(lambda: any(e.grey is not None for e in window.reading.entries.values()), timeout=30000)


def test_what_is_still_being_saved_while_it_is_opened_again_is_there_too(window, study, qtbot, monkeypatch):
    for number, place in enumerate((60, 200)):
        go_on, write = Event(), outlines.write
        with monkeypatch.context() as held_up:
            held_up.setattr(outlines, "write", lambda *what, w=write, e=go_on: (e.wait(30), w(*what))[1])
            window.drawing.use("ruler", True)
            viewport = pane(window, "L CC")
            drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(place, 80), QPoint(90, 110), QPoint(120, 140))
            window.drawing.use("ruler", False)
            window.outline_saving.save()
            window.reading.close_study()
            window.open_paths([study])
            qtbot.waitUntil(lambda: bool(window.reading.studies) and not window.reading.busy, timeout=30000)
            # It is opened as it lies on the disk, and what reaches the disk after that is shown all the same.
            assert len(pane(window, "L CC").scan.annotations) == number
            go_on.set()
            qtbot.waitUntil(lambda n=number + 1: len(pane(window, "L CC").scan.annotations) == n, timeout=30000)


@pytest.mark.parametrize("saved", [True, False])
def test_what_was_drawn_is_there_when_it_is_opened_again(window, study, qtbot, saved):
    viewport = pane(window, "L CC")
    window.drawing.use("ruler", True)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(60, 80), QPoint(90, 110), QPoint(120, 140))
    (made,) = viewport.scan.annotations
    window.drawing.use("ruler", False)
    if saved:
        window.outline_saving.save()
    window.reading.close_study()
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.reading.studies) and not window.reading.busy, timeout=30000)
    qtbot.waitUntil(lambda: bool(pane(window, "L CC").scan.annotations), timeout=30000)
    (found,) = pane(window, "L CC").scan.annotations
    # Files keep thousandths of a pixel.
    assert found.kind is made.kind and np.allclose(found.points, made.points, atol=0.001)
