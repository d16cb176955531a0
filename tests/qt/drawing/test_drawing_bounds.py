"""What leaves the film or has no size makes nothing; and the keys that end a text are no commands."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mammoview.formats.common.outline_files import own_file
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import drag, viewport_of
from tests.qt.drawing.test_annotation_tools import pull, take
from tests.qt.drawing.test_outline_tool import at, click
from tests.support.timeouts import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton
TOOLS = ("ruler", "angle", "ellipse", "freehand", "arrow", "draw", "text")


def drawn_on(viewport) -> list[object]:
    return [*viewport.scan.annotations, *viewport.scan.outlines]


def far(viewport, row: int) -> QPoint:
    """A place of the viewport beside the film, at the height of a row."""
    film = at(viewport, viewport.scan.columns, row)
    place = film + QPoint(40 if viewport.wall_left else -40, 0)
    assert viewport.viewport().rect().contains(place)
    return place


def test_nothing_begins_beside_the_film(window, qtbot):
    viewport = viewport_of(window, "L CC")
    for tool in TOOLS:
        take(window, tool)
        outside = [far(viewport, row) for row in (100, 200, 300)]
        drag(qtbot, viewport, LEFT, outside[0], *outside[1:])
        for place in outside:
            drag(qtbot, viewport, LEFT, place)
        # Nor does a drag from there onto the film.
        drag(qtbot, viewport, LEFT, outside[0], at(viewport, 300, 150), at(viewport, 200, 250), at(viewport, 200, 100))
        assert drawn_on(viewport) == [] and window.drawing.prompt is None, tool
        assert not window.drawing.tool.line(viewport.scan), f"{tool}: nothing is under way"


def test_a_click_beside_the_film_adds_no_point_to_what_is_under_way(window, qtbot):
    viewport = viewport_of(window, "L CC")
    take(window, "angle")
    click(qtbot, viewport, 100, 200)
    drag(qtbot, viewport, LEFT, far(viewport, 200))
    drag(qtbot, viewport, LEFT, far(viewport, 200), far(viewport, 260))
    click(qtbot, viewport, 100, 300)
    click(qtbot, viewport, 200, 300)
    (angle,) = viewport.scan.annotations
    assert np.abs(angle.points - [(100, 200), (100, 300), (200, 300)]).max() < 4
    take(window, "draw")
    click(qtbot, viewport, 100, 200)
    drag(qtbot, viewport, LEFT, far(viewport, 200), far(viewport, 260), far(viewport, 300))
    click(qtbot, viewport, 200, 200)
    click(qtbot, viewport, 200, 300)
    click(qtbot, viewport, 100, 200)
    (outline,) = viewport.scan.outlines
    assert len(outline.points) == 3


def test_a_drag_that_leaves_the_film_ends_at_its_edge_if_anything_is_left(window, qtbot):
    viewport = viewport_of(window, "L CC")
    columns = viewport.scan.columns
    take(window, "ruler")
    drag(qtbot, viewport, LEFT, at(viewport, 200, 300), at(viewport, 300, 300), far(viewport, 300))
    (ruler,) = viewport.scan.annotations
    assert ruler.points[1, 0] == columns and ruler.points[0, 0] < 210
    take(window, "ellipse")
    drag(qtbot, viewport, LEFT, at(viewport, 200, 400), far(viewport, 450))
    assert len(viewport.scan.annotations) == 2 and viewport.scan.annotations[1].points[:, 0].max() == columns


@pytest.mark.parametrize("tool", ["ruler", "ellipse", "freehand", "arrow", "draw"])
def test_a_drag_along_the_edge_of_the_film_makes_no_region_and_a_drag_to_and_fro_no_length(window, qtbot, tool):
    viewport = viewport_of(window, "L CC")
    take(window, tool)
    edge = at(viewport, viewport.scan.columns - 1, 200)
    if tool in ("ruler", "arrow"):
        start = at(viewport, 200, 200)
        drag(qtbot, viewport, LEFT, start, start + QPoint(30, 0), start)
        window.actions_by_name["clear"].trigger()
    else:
        # From the last column beyond the edge, where every point comes to lie on one line.
        drag(qtbot, viewport, LEFT, edge, *(far(viewport, row) for row in (210, 250, 300)))
    made = drawn_on(viewport)
    assert all(not getattr(one, "sizeless", False) for one in made)
    if tool in ("ruler", "arrow"):
        assert made == []


def test_an_angle_whose_arms_lie_on_each_other_is_none(window, qtbot):
    viewport = viewport_of(window, "L CC")
    take(window, "angle")
    for place in ((100, 200), (200, 300), (100, 200)):
        click(qtbot, viewport, *place)
    assert viewport.scan.annotations == ()


def test_what_is_pulled_to_nothing_goes_back(window, qtbot):
    viewport = viewport_of(window, "L CC")
    take(window, "ruler")
    pull(qtbot, viewport, (100, 200), (200, 200))
    (ruler,) = viewport.scan.annotations
    take(window, "edit")
    pull(qtbot, viewport, tuple(ruler.points[1]), (150, 200), tuple(ruler.points[0]))
    assert viewport.scan.annotations == (ruler,)
    window.actions_by_name["undo"].trigger()
    assert viewport.scan.annotations == (), "the history has nothing of it"


@pytest.mark.parametrize(
    ("kind", "points", "sizeless"),
    [
        ("ruler", [(5, 5), (5, 5)], True),
        ("ruler", [(5, 5), (6.5, 5)], False),
        ("arrow", [(5, 5), (5, 5)], True),
        ("angle", [(5, 5), (5, 5), (9, 9)], True),
        ("angle", [(50, 5), (5, 5), (90, 5)], True),
        ("angle", [(50, 5), (5, 5), (0, 5)], False),
        ("ellipse", [(5, 5), (5, 90)], True),
        ("ellipse", [(5, 5), (8, 9)], False),
        ("freehand", [(400, 0), (400, 50), (400, 90)], True),
        ("freehand", [(0, 0), (50, 50.1), (90, 90)], True),
        ("freehand", [(0, 0), (50, 0), (25, 9)], False),
    ],
)
def test_what_has_no_size(kind, points, sizeless):
    assert Annotation(AnnotationKind(kind), np.array(points)).sizeless is sizeless


def test_an_arrow_with_words_and_a_text_need_no_size():
    assert not Annotation(AnnotationKind.ARROW, np.array([(5, 5), (5, 5)]), "here").sizeless
    assert not Annotation(AnnotationKind.TEXT, np.array([(5, 5)]), "here").sizeless


def test_a_file_with_sizeless_annotations_is_read_and_says_what_it_leaves_out(open_window, study, qtbot):
    reported = [
        {"kind": "angle", "points": [[400, 10], [400, 20], [400, 30]]},
        {"kind": "angle", "points": [[400, 10], [400, 10], [300, 30]]},
        {"kind": "ellipse", "points": [[400, 10], [400, 30]]},
        {"kind": "ruler", "points": [[100, 10], [200, 10]]},
        {"kind": "arrow", "points": [[100, 50], [100, 50]], "text": "clip"},
    ]
    file = own_file(study / "LCC.dcm")
    file.write_text(json.dumps({"mammoview_outlines": 1, "outlines": [], "annotations": reported}))
    scan = next(s for s in open_study(study)[0].scans if s.name == "L CC")
    assert [a.kind.value for a in scan.annotations] == ["angle", "ruler", "arrow"]  # the first angle is one of 180
    assert "2 annotations without size left out" in scan.warnings
    window = open_window(study)
    qtbot.waitUntil(lambda: not window.drawing.figures.busy, timeout=PATIENCE_MS)
    assert len(viewport_of(window, "L CC").scan.annotations) == 3 and not window.drawing.unsaved


def prompted(window, qtbot):
    """An arrow with the words of which it is being asked for."""
    viewport = viewport_of(window, "L CC")
    take(window, "arrow")
    pull(qtbot, viewport, (100, 200), (150, 260))
    window.actions_by_name["label"].trigger()
    return viewport, window.drawing.prompt


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_the_key_that_ends_a_text_is_no_command(window, qtbot, key):
    viewport, prompt = prompted(window, qtbot)
    window.notifier.warn_general("a line to be read")
    passed_on = []
    window.keyPressEvent = passed_on.append
    before = (window.layers.switched_on, window.hanging.title, window.viewport_grid.single, window.drawing.mode)
    QTest.keyClicks(prompt.words, "Mass B")
    QTest.keyClick(prompt.words, key)
    assert window.focusWidget() is viewport and passed_on == []
    after = (window.layers.switched_on, window.hanging.title, window.viewport_grid.single, window.drawing.mode)
    assert after == before and "a line to be read" in window.messages.texts
    (arrow,) = viewport.scan.annotations
    assert arrow.text == ("Mass B" if key == Qt.Key.Key_Return else "")
    # While the key stays down a keyboard sends it again and again, now to the viewport: no command takes that up.
    names = {command.name for command in COMMANDS for sequence in command.keys if sequence == QKeySequence(key)}
    assert names and not any(window.actions_by_name[name].autoRepeat() for name in names)
    # Pressed anew, it is what it always is.
    QTest.keyClick(viewport, Qt.Key.Key_Return)
    assert window.viewport_grid.single is not before[2]


def test_words_are_taken_when_the_reader_clicks_elsewhere_and_no_key_after_that_is_lost_on_them(window, qtbot):
    viewport, prompt = prompted(window, qtbot)
    QTest.keyClicks(prompt.words, "mass")
    window.layers_panel.rows["grid"].check.setFocus(Qt.FocusReason.MouseFocusReason)
    assert viewport.scan.annotations[0].text == "mass" and not prompt.isVisible()
    # With the text tool, the next click asks anew, and the words before it are kept.
    take(window, "text")
    click(qtbot, viewport, 60, 120)
    QTest.keyClicks(window.drawing.prompt.words, "first")
    viewport.setFocus(Qt.FocusReason.MouseFocusReason)
    click(qtbot, viewport, 60, 300)
    QApplication.processEvents()
    asked = window.drawing.prompt
    assert asked is not None and asked.words.hasFocus(), "the question on screen is known, though one before it went"
    assert [a.text for a in viewport.scan.annotations] == ["mass", "first"]
    # Nothing typed, nothing said.
    viewport.setFocus(Qt.FocusReason.MouseFocusReason)
    assert len(viewport.scan.annotations) == 2 and "Enter a text first" not in window.messages.texts


def test_words_being_typed_go_with_their_scan_and_not_with_the_next_one_in_the_viewport(window, make_study, qtbot):
    viewport, prompt = prompted(window, qtbot)
    scan = viewport.scan
    QTest.keyClicks(prompt.words, "mass")
    window.hanging.show("mlo")
    assert scan.annotations[0].text == "mass" and not prompt.isVisible()
    window.hanging.show("cc")
    take(window, "text")
    click(qtbot, viewport_of(window, "L CC"), 60, 120)
    QTest.keyClicks(window.drawing.prompt.words, "seen")
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert [a.text for a in scan.annotations] == ["mass", "seen"]
