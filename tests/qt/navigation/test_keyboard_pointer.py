"""The pointer of the keyboard: what the mouse draws and reads in a viewport, keys draw and read as well."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.navigation.keyboard_pointer import STEPS_PX
from mammoview.study.annotations import AnnotationKind
from tests.qt.conftest import viewport_of

ALT = Qt.KeyboardModifier.AltModifier


def keys(window, *words: str) -> None:
    """Press keys one after another."""
    for word in words:
        QTest.keySequence(window.focusWidget() or window, word)


@pytest.fixture
def pointed(window):
    """A window whose left CC is looked at, with the pointer in its middle."""
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.viewport_grid.focus_active()
    keys(window, "Alt+Right", "Alt+Left")
    assert window.keyboard_pointer.viewport is viewport_of(window, "L CC")
    return window


def test_arrow_keys_move_it_in_plain_and_in_fine_steps_and_never_out_of_the_viewport(pointed):
    pointer, before = pointed.keyboard_pointer, QPointF(pointed.keyboard_pointer.place)
    keys(pointed, "Alt+Right", "Alt+Down", "Alt+Down")
    assert (pointer.place - before).toTuple() == (STEPS_PX[0], 2 * STEPS_PX[0])
    keys(pointed, "Alt+.", "Alt+Left", "Alt+Up")
    assert (pointer.place - before).toTuple() == (STEPS_PX[0] - STEPS_PX[1], 2 * STEPS_PX[0] - STEPS_PX[1])
    keys(pointed, "Alt+.", *["Alt+Left"] * 100, *["Alt+Up"] * 100)
    assert pointer.place.toTuple() == (0, 0)


def test_the_read_out_follows_it_and_it_is_seen(pointed):
    viewport = viewport_of(pointed, "L CC")
    shown = rgb(viewport.grab().toImage())
    keys(pointed, "Alt+Right")
    assert "mm" in pointed.status.readout.text() or "px" in pointed.status.readout.text()
    keys(pointed, "Esc")
    assert pointed.keyboard_pointer.viewport is None
    assert pointed.status.readout.text() == ""
    assert (rgb(viewport.grab().toImage()) != shown).any(2).sum() > 20


def test_a_ruler_is_drawn_moved_and_deleted_with_keys_alone(pointed):
    viewport = viewport_of(pointed, "L CC")
    start = viewport.scan_point(pointed.keyboard_pointer.place)
    keys(pointed, "M", "Alt+Return", *["Alt+Right"] * 4, *["Alt+Down"] * 2, "Alt+Return")
    (ruler,) = viewport.scan.annotations
    end = viewport.scan_point(pointed.keyboard_pointer.place)
    assert ruler.kind is AnnotationKind.RULER
    assert np.allclose(ruler.points, [start.toTuple(), end.toTuple()])
    # The handle below the pointer is dragged, and moves along.
    keys(pointed, "E", "Alt+Return", *["Alt+Up"] * 2, "Alt+Return")
    (moved,) = viewport.scan.annotations
    assert np.allclose(moved.points[0], ruler.points[0])
    assert np.allclose(moved.points[1], viewport.scan_point(pointed.keyboard_pointer.place).toTuple())
    keys(pointed, "Del")
    assert viewport.scan.annotations == ()


def test_a_freehand_region_is_drawn_with_keys_alone(pointed):
    keys(pointed, "Shift+Q", "Alt+Return", *["Alt+Right"] * 4, *["Alt+Down"] * 4, *["Alt+Left"] * 4, "Alt+Return")
    (region,) = viewport_of(pointed, "L CC").scan.annotations
    assert region.kind is AnnotationKind.FREEHAND and len(region.points) >= 8


def test_without_a_tool_or_a_picture_it_says_so(open_window, pointed):
    keys(pointed, "Alt+Return")
    assert not pointed.keyboard_pointer.down
    assert any("tool" in text for text in pointed.messages.texts)
    pointed.session.close_study()
    pointed.keyboard_pointer.step("left")
    assert any("no picture" in text for text in pointed.messages.texts)


def test_turning_to_another_viewport_lets_go(pointed):
    keys(pointed, "M", "Alt+Return", "Alt+Right", "Alt+Right")
    keys(pointed, "Ctrl+Tab")
    assert pointed.keyboard_pointer.viewport is None and not pointed.keyboard_pointer.down


def test_a_text_is_written_with_keys_alone(pointed):
    pointer = pointed.keyboard_pointer
    # It asks at the first press; letting go, as after any other tool, takes no words away.
    keys(pointed, "Shift+T", "Alt+Return")
    assert not pointer.down
    keys(pointed, "Alt+Return")
    typed = pointed.focusWidget()
    QTest.keyClicks(typed, "clip")
    keys(pointed, "Return")
    (text,) = viewport_of(pointed, "L CC").scan.annotations
    assert (text.kind, text.text) == (AnnotationKind.TEXT, "clip")


def test_another_tool_lets_go_of_what_the_one_before_held(pointed):
    keys(pointed, "Shift+Q", "Alt+Return", "Alt+Right", "M")
    assert not pointed.keyboard_pointer.down
    keys(pointed, "Alt+Return", *["Alt+Down"] * 3, "Alt+Return")
    (ruler,) = viewport_of(pointed, "L CC").scan.annotations
    assert ruler.kind is AnnotationKind.RULER
