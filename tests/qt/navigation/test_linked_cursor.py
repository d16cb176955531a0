"""The pointer in one viewport marked in the others, in millimetres from nipple and chest wall, through flips."""

from __future__ import annotations

from dataclasses import replace
from math import hypot

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.navigation import linked_cursor
from tests.qt.conftest import viewport_of

POINT = (150.0, 240.0)


def marks(window, name: str = "L CC", point: tuple[float, float] = POINT) -> dict:
    """Point at a place of a scan; returns the marks by the names of the scans they lie on."""
    viewport = viewport_of(window, name)
    viewport.hovered.emit(viewport, *point)
    return {v.scan.name: mark for v, mark in window.linked_cursor.marks.items()}


@pytest.mark.parametrize("mirrored", [(), ("R CC",), ("L CC", "L MLO")])
def test_the_other_breast_shows_the_mirrored_place(open_window, make_study, mirrored):
    window = open_window(make_study(mirrored=mirrored))
    place = viewport_of(window, "L CC").content.to_plane(*POINT)
    mark = marks(window)["R CC"]
    assert mark.place.toTuple() == pytest.approx((-place.x(), place.y()))


def test_the_other_projection_shows_the_distance_from_the_nipple(open_window, make_study):
    # Twice as fine a scan of the other projection: millimetres count, not pixels.
    window = open_window(make_study(spacings={"L MLO": (0.2, 0.2)}))
    found = marks(window)
    assert set(found) == {"R CC", "L MLO"}, "the other projection of the other breast says nothing"
    mark = found["L MLO"]
    nipple = viewport_of(window, "L CC").content.grey.picture.nipple
    by_hand = hypot(POINT[0] - nipple[0], POINT[1] - nipple[1]) * 0.4
    assert mark.radius == pytest.approx(by_hand)
    its = viewport_of(window, "L MLO")
    assert mark.nipple.toTuple() == pytest.approx(its.content.to_plane(*its.content.grey.picture.nipple).toTuple())
    assert mark.text == f"from the nipple: {by_hand:.1f} {viewport_of(window, 'L CC').scan.spacing.label}"


def test_it_is_drawn_and_goes_with_the_pointer_and_its_key(window, qtbot):
    window.linked_cursor.clear()
    other = viewport_of(window, "R CC")
    before = rgb(other.viewport().grab().toImage())
    marks(window)
    drawn = rgb(other.viewport().grab().toImage())
    column, row = other.place_of(window.linked_cursor.marks[other].place).toTuple()
    box = np.s_[int(row) - 10 : int(row) + 11, int(column) - 10 : int(column) + 11]
    assert (drawn[box] != before[box]).any()
    viewport_of(window, "L CC").unhovered.emit()
    assert (rgb(other.viewport().grab().toImage()) == before).all()
    window.actions_by_name["cursor"].trigger()
    assert marks(window) == {} and not window.linked_cursor.on


def test_a_guess_is_no_millimetre(open_window, make_study):
    window = open_window(make_study())
    scan = viewport_of(window, "L MLO").scan
    from mammoview.study.spacing import UNKNOWN_SPACING

    scan.spacing = UNKNOWN_SPACING
    assert "L MLO" not in marks(window), "no distance goes from millimetres to pixels"


def test_a_distance_is_written_whole_with_its_source_at_the_viewports_edge(window, monkeypatch):
    written = []

    def noted(painter, at, text, _colour):
        written.append((at.x(), at.x() + painter.fontMetrics().horizontalAdvance(text), text))

    monkeypatch.setattr(linked_cursor, "on_strip", noted)
    other = viewport_of(window, "R MLO")
    mark = linked_cursor.PointerMark(
        None, QPointF(0, 0), 5.0, "from the nipple: 11.6 mm, calibrated", "11.6 mm, calibrated"
    )
    wider = replace(mark, text="from the nipple " * 40)
    for mark_shown, words in ((mark, mark.text), (wider, mark.short)):
        for x in (0.2, 0.5, 0.9):
            monkeypatch.setattr(
                linked_cursor, "mark_path", lambda m, v, x=x: (QPainterPath(), QPointF(x * v.width(), 50))
            )
            window.linked_cursor.marks = {other: mark_shown}
            other.grab()
            left, right, text = written[-1]
            assert left >= 6 and right < other.viewport().width() and text == words
