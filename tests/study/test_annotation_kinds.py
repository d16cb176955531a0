"""Each kind of annotation is one entry, from which command, rail, icon, tool, geometry and drawing come."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.main_window.tool_rail import RAIL_TOOLS
from mammoview.qt.widgets.icons import GLYPHS
from mammoview.study.annotations import TYPES, Annotation, AnnotationKind
from mammoview.study.spacing import UNKNOWN_SPACING

PROGRAM = Path(__file__).parents[2] / "mammoview"
POINTS = np.array([(10.0, 20.0), (40.0, 60.0), (70.0, 20.0)])


def made(kind: AnnotationKind) -> Annotation:
    return Annotation(kind, POINTS[: TYPES[kind].point_count], "seen before" if TYPES[kind].needs_text else "")


def test_every_kind_has_its_entry_and_the_window_takes_all_from_it() -> None:
    assert list(TYPES) == list(AnnotationKind) and len({type(one) for one in TYPES.values()}) == len(TYPES)
    commands = {command.name: command for command in COMMANDS}
    for kind, one in TYPES.items():
        assert (commands[kind].title, commands[kind].key, GLYPHS[kind]) == (one.title, one.key, one.icon)
        assert any(kind in group for group in RAIL_TOOLS)


def test_no_other_place_lists_the_kinds() -> None:
    """What measures with a ruler, and outlines that are edited as polygons, are about one kind alone."""
    named = {
        (file.relative_to(PROGRAM).as_posix(), kind)
        for file in PROGRAM.rglob("*.py")
        for kind in re.findall(r"AnnotationKind\.([A-Z]+)", file.read_text("utf-8"))
    }
    assert {place for place in named if place[0] != "study/annotations.py"} == {
        ("qt/reader/worksheet_controller.py", "RULER"),
        ("qt/drawing/calibration_controller.py", "RULER"),
        ("qt/drawing/edit_tool.py", "FREEHAND"),
    }


@pytest.mark.parametrize("kind", AnnotationKind, ids=lambda kind: kind.value)
def test_strokes_grow_with_the_unit_and_stay_near(kind: AnnotationKind) -> None:
    one = made(kind)
    drawn = one.type.strokes(one.points, 0.5)
    assert all(line.ndim == 2 and line.shape[1] == 2 and len(line) > 1 for line in drawn)
    for small, large in zip(drawn, one.type.strokes(one.points, 1.0), strict=True):
        assert np.allclose(np.ptp(large, axis=0), 2 * np.ptp(small, axis=0))
        assert min(one.distance((float(x), float(y))) for x, y in large) < 12


def test_an_arc_lies_between_the_arms() -> None:
    (arc,) = TYPES[AnnotationKind.ANGLE].strokes(POINTS, 1.0)
    assert np.allclose(np.hypot(*(arc - POINTS[1]).T), 22)
    for end, arm in ((arc[0], POINTS[0]), (arc[-1], POINTS[2])):
        assert np.allclose((end - POINTS[1]) / 22, (arm - POINTS[1]) / np.hypot(*(arm - POINTS[1])))
    assert arc[16, 0] == pytest.approx(40) and arc[16, 1] < 60, "the smaller of both angles"


@pytest.mark.parametrize("kind", AnnotationKind, ids=lambda kind: kind.value)
def test_a_region_has_pixels_and_an_area_and_nothing_else_has(kind: AnnotationKind) -> None:
    one = made(kind)
    x, y = np.arange(100) + 0.5, np.arange(80) + 0.5
    if one.outline is None:
        with pytest.raises(ValueError, match="encloses nothing"):
            one.type.holds(one.points, x, y)
        return
    found = one.type.measured(one.points, UNKNOWN_SPACING)
    assert found is not None and one.type.holds(one.points, x, y).sum() == pytest.approx(found.value, rel=0.02)


def turn(centre: float, radius: float, begin: float, end: float) -> NDArray[np.float64]:
    angles = np.linspace(begin, end, 400)
    return np.stack([centre + radius * np.cos(angles), 50 + radius * np.sin(angles)], axis=1)


@pytest.mark.parametrize(
    ("line", "area"),
    [
        (np.concatenate([turn(30, 20, 0, 2 * np.pi), turn(70, 20, np.pi, -np.pi)]), 2 * np.pi * 400),
        (turn(50, 30, 0, 2.6 * np.pi), np.pi * 900),
        (np.concatenate([turn(50, 30, 0, 2 * np.pi), turn(50, 10, 0, 2 * np.pi)]), np.pi * 900),
    ],
    ids=["figure of eight", "overlapping ends", "round twice"],
)
def test_a_lasso_that_crosses_itself_has_the_area_of_its_pixels(line: NDArray[np.float64], area: float) -> None:
    kind = TYPES[AnnotationKind.FREEHAND]
    found = kind.measured(line, UNKNOWN_SPACING)
    assert found is not None and found.value == pytest.approx(area, rel=2e-3)
    places = np.arange(400) / 4 + 1 / 8
    assert kind.holds(line, places, places).sum() / 16 == pytest.approx(found.value, rel=5e-3)


def test_the_area_of_a_lasso_that_does_not_cross_itself_is_exact() -> None:
    found = TYPES[AnnotationKind.FREEHAND].measured(
        np.array([(0, 0), (7, 0), (7, 3), (4, 1), (0, 3.0)]), UNKNOWN_SPACING
    )
    assert found is not None and found.value == 14.0


def test_a_lasso_of_many_points_takes_little_memory() -> None:
    line = turn(50, 40, 0, 2 * np.pi).repeat(500, axis=0)
    tracemalloc.start()
    found = TYPES[AnnotationKind.FREEHAND].measured(line, UNKNOWN_SPACING)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is not None and found.value == pytest.approx(np.pi * 1600, rel=1e-3) and most < 300e6
