"""A study that is closed leaves the screen and the memory; what was drawn on it is there the next time."""

from __future__ import annotations

import gc
import weakref
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from mammoview.formats.common import outline_files
from mammoview.qt.canvas.image_item import ImageItem
from mammoview.qt.canvas.layer_item import LayerItem
from tests.qt.conftest import PatientAssessor, drag, viewport_of
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


def held(window) -> list[weakref.ref]:
    """Everything of the current study that is large, and all that could reference it."""
    study = window.session.study
    things: list[object] = [study, *study.scans, *window.session.entries.values()]
    for entry in window.session.entries.values():
        picture = entry.grey.picture
        things += [entry.grey, picture, picture.pixels, *picture.pyramid.levels]
        things += [entry.assessed, entry.assessed.assessment, entry.made]
    for viewport in window.viewport_grid.viewports:
        things += [viewport.content]
        things += [item for item in viewport.scene().items() if isinstance(item, ImageItem | LayerItem)]
    return [weakref.ref(thing) for thing in things]


def alive(refs: list[weakref.ref], qtbot) -> list[object]:
    """What of it is still there, once the threads have come to rest."""

    def gone() -> bool:
        QApplication.processEvents()
        gc.collect()
        return all(ref() is None for ref in refs)

    try:
        qtbot.waitUntil(gone, timeout=PATIENCE_MS)
    except Exception:
        return [type(ref()) for ref in refs if ref() is not None]
    return []


def test_the_last_study_leaves_an_empty_window(window, qtbot):
    window.layers.switch("heatmap", True)
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert (window.session.studies, window.session.study, dict(window.session.entries)) == ([], None, {})
    assert window.viewport_grid.viewports == () and window.viewport_grid.active is None
    assert "CC" not in window.windowTitle() and window.findings.list.count() == 0
    for key in (Qt.Key.Key_H, Qt.Key.Key_Space, Qt.Key.Key_F, Qt.Key.Key_N, Qt.Key.Key_W):
        qtbot.keyClick(window, key)
    window.actions_by_name["close_study"].trigger()
    assert not window.session.busy


def test_the_neighbour_takes_its_place(window, make_study, qtbot):
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    first, second = window.session.studies
    assert window.session.study is second
    window.session.close_study()
    assert window.session.studies == [first] and window.session.study is first
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert all(v.scan in first.scans for v in window.viewport_grid.viewports)


def test_nothing_of_it_stays_in_memory(window, qtbot):
    window.layers.show_only(window.layers.names)
    viewport_of(window, "L CC").tip_at(viewport_of(window, "L CC").rect().center().toPointF())
    for stage in ("cc", "mlo"):
        window.hanging.show(stage)
    window.hanging.show("four-view")
    QApplication.processEvents()
    refs = held(window)
    window.session.close_study()
    assert alive(refs, qtbot) == []


def test_a_study_that_was_looked_at_before_stays_light(window, make_study, qtbot):
    before = [weakref.ref(entry.grey.picture) for entry in window.session.entries.values()]
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert alive(before, qtbot) == []


def test_closing_stops_what_is_under_way(open_window, study, qtbot):
    assessor = PatientAssessor()
    window = open_window(study, assessor=lambda: assessor, wait=False)
    qtbot.waitUntil(assessor.started.is_set, timeout=PATIENCE_MS)
    window.session.close_study()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert window.session.entries == {}
    window.open_paths([study])
    qtbot.waitUntil(lambda: any(e.grey is not None for e in window.session.entries.values()), timeout=PATIENCE_MS)


def test_what_is_still_being_saved_while_it_is_opened_again_is_there_too(window, study, qtbot, monkeypatch):
    for number, place in enumerate((60, 200)):
        go_on, write = Event(), outline_files.write_outlines
        with monkeypatch.context() as held_up:
            held_up.setattr(
                outline_files, "write_outlines", lambda *what, w=write, e=go_on: (e.wait(PATIENCE_S), w(*what))[1]
            )
            window.drawing.use("ruler", True)
            viewport = viewport_of(window, "L CC")
            drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(place, 80), QPoint(90, 110), QPoint(120, 140))
            window.drawing.use("ruler", False)
            window.outline_save.save()
            window.session.close_study()
            window.open_paths([study])
            qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
            # It is opened as it lies on the disk, and what reaches the disk after that is shown all the same.
            assert len(viewport_of(window, "L CC").scan.annotations) == number
            go_on.set()
            qtbot.waitUntil(
                lambda n=number + 1: len(viewport_of(window, "L CC").scan.annotations) == n, timeout=PATIENCE_MS
            )


@pytest.mark.parametrize("saved", [True, False])
def test_what_was_drawn_is_there_when_it_is_opened_again(window, study, qtbot, saved):
    viewport = viewport_of(window, "L CC")
    window.drawing.use("ruler", True)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(60, 80), QPoint(90, 110), QPoint(120, 140))
    (made,) = viewport.scan.annotations
    window.drawing.use("ruler", False)
    if saved:
        window.outline_save.save()
    window.session.close_study()
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(viewport_of(window, "L CC").scan.annotations), timeout=PATIENCE_MS)
    (found,) = viewport_of(window, "L CC").scan.annotations
    # Files keep thousandths of a pixel.
    assert found.kind is made.kind and np.allclose(found.points, made.points, atol=0.001)
