"""Hung as a reader expects: sides, justification, one scale, linked positions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from mammoview.study.scan import Side
from tests.qt.conftest import VIEWS, drag, marks, picture, viewport_of
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PATIENCE_MS

NAMES = [f"{side} {projection}" for side, projection in VIEWS]


def test_the_right_breast_hangs_in_the_left_viewport(window):
    assert [v.scan.name for v in window.viewport_grid.viewports] == NAMES
    left, right = viewport_of(window, "R CC").geometry(), viewport_of(window, "L CC").geometry()
    assert left.right() + 1 == right.left()


@pytest.mark.parametrize("mirrored", [(), tuple(NAMES), ("R CC", "L MLO")])
def test_a_mark_in_the_stored_corner_is_where_the_breast_puts_it(open_window, make_study, mirrored):
    # Upper corner away from the chest wall: outer upper corner of each viewport, however the file was stored.
    window = open_window(make_study(mirrored=mirrored))
    for name in NAMES:
        viewport = viewport_of(window, name)
        column, row = marks(viewport)
        image = picture(viewport)
        scale = viewport.scale_px * 0.4
        from_wall = (400 - 48) * scale
        expected = image.shape[1] - from_wall if name.startswith("R") else from_wall
        top = image.shape[0] / 2 - 300 * scale
        assert column == pytest.approx(expected, abs=1.0)
        assert row == pytest.approx(top + 38 * scale, abs=1.0)


def test_chest_walls_touch_in_the_middle(window):
    for projection in ("CC", "MLO"):
        right, left = picture(viewport_of(window, f"R {projection}")), picture(viewport_of(window, f"L {projection}"))
        middle = right.shape[0] // 2
        assert right[middle, -1, 0] > 60
        assert left[middle, 0, 0] > 60
        assert right[middle, 0, 0] < 20
        assert left[middle, -1, 0] < 20


def test_all_viewports_have_the_same_mm_per_pixel(open_window, make_study):
    window = open_window(make_study(spacings={"R CC": (0.2, 0.2), "L MLO": (0.5, 0.4)}))
    assert len({v.scale_px for v in window.viewport_grid.viewports}) == 1
    # 100 scan columns of 0.2 mm take half as many screen pixels as 100 of 0.4 mm.
    lengths = {}
    for viewport in window.viewport_grid.viewports:
        across = viewport.viewport_point(100, 0) - viewport.viewport_point(0, 0)
        down = viewport.viewport_point(0, 100) - viewport.viewport_point(0, 0)
        lengths[viewport.scan.name] = (abs(across.x()), abs(down.y()))
    assert lengths["R CC"][0] == pytest.approx(lengths["L CC"][0] / 2)
    assert lengths["L MLO"][0] == pytest.approx(lengths["L CC"][0])
    assert lengths["L MLO"][1] == pytest.approx(1.25 * lengths["L CC"][1])


def test_a_padded_picture_hangs_by_its_breast(open_window, tmp_path):
    folder = tmp_path / "padded"
    folder.mkdir()
    for name, side in (("padded_R_MLO", Side.RIGHT), ("padded_L_MLO", Side.LEFT)):
        pixels = np.zeros((600, 620), np.uint16)
        pixels[:, 100:500] = breast_pixels(600, 400, side)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    window = open_window(folder)
    right, left = picture(viewport_of(window, "R MLO")), picture(viewport_of(window, "L MLO"))
    middle = right.shape[0] // 2
    reach = round(2 * viewport_of(window, "R MLO").scale_px)
    assert right[middle, -reach:, 0].max() > 60
    assert left[middle, :reach, 0].max() > 60
    assert right[middle, 0, 0] < 20


def test_everything_fits_and_fits_again_after_a_resize(window, qtbot):
    for width, height in ((1100, 800), (900, 600)):
        window.resize(width, height)
        qtbot.waitUntil(lambda w=width, h=height: (window.width(), window.height()) == (w, h), timeout=PATIENCE_MS)
        for viewport in window.viewport_grid.viewports:
            area = viewport.viewport().rect().adjusted(-1, -1, 1, 1)
            corners = [viewport.viewport_point(c, r) for c in (0, 400) for r in (0, 600)]
            assert all(area.contains(corner.toPoint()) for corner in corners)


def test_the_wheel_keeps_the_point_below_the_pointer(window, qtbot):
    viewport = viewport_of(window, "L CC")
    point = viewport.viewport_point(150, 250)
    viewport.zoom_about(point, 3.0)
    assert (viewport.viewport_point(150, 250) - point).manhattanLength() < 0.01
    assert viewport.zoom > 0


def test_zoom_and_pan_are_mirrored_between_the_sides(window, qtbot):
    leader = viewport_of(window, "L MLO")
    leader.zoom_about(QPointF(leader.width() / 3, leader.height() / 2), 4.0)
    drag(qtbot, leader, Qt.MouseButton.LeftButton, QPoint(200, 200), QPoint(160, 220), QPoint(120, 170))
    other = viewport_of(window, "R MLO")
    assert other.scale_px == leader.scale_px
    assert other.centre.x() == pytest.approx(-leader.centre.x())
    assert other.centre.y() == pytest.approx(leader.centre.y())
    # The chest wall distance is shared across projections, the height is not.
    assert viewport_of(window, "L CC").centre.x() == pytest.approx(leader.centre.x())


def test_a_key_that_is_no_command_moves_no_picture(window):
    viewport = viewport_of(window, "L MLO")
    viewport.zoom_about(QPointF(40, 60), 3)
    before, shown = viewport.scan_point(QPointF(50, 50)), picture(viewport)
    keys = (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_End)
    held = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Shift", "Meta", "Control"))
    for key, modifier in product(keys, held):
        QApplication.sendEvent(viewport, QKeyEvent(QEvent.Type.KeyPress, key, modifier))
        assert np.array_equal(picture(viewport), shown), (key, modifier)
        there = viewport.mapToScene(QPoint(50, 50))
        assert viewport.content.to_scan(there).toTuple() == pytest.approx(before.toTuple(), abs=1), (key, modifier)


def test_unlinked_viewports_move_alone(window, qtbot):
    window.viewport_grid.set_linked(False)
    leader, other = viewport_of(window, "L CC"), viewport_of(window, "R CC")
    before = (other.scale_px, other.centre)
    leader.zoom_about(QPointF(100, 100), 3.0)
    assert (other.scale_px, other.centre) == before
    assert "not linked" in window.status.unlinked.text() and window.status.unlinked.isVisible()
    window.viewport_grid.set_linked(True)
    assert other.scale_px == leader.scale_px
    assert not window.status.unlinked.isVisible()


def test_a_drag_moves_the_picture_with_the_pointer(window, qtbot):
    viewport = viewport_of(window, "R MLO")
    viewport.zoom_about(QPointF(0.8 * viewport.width(), viewport.height() / 2), 5.0)
    start = QPoint(150, 150)
    below = viewport.scan_point(QPointF(start))
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, start, QPoint(140, 160), QPoint(180, 130))
    assert (viewport.viewport_point(below.x(), below.y()) - QPointF(180, 130)).manhattanLength() < 0.01


def test_the_chest_wall_never_leaves_the_middle(window, qtbot):
    viewport = viewport_of(window, "L CC")
    viewport.zoom_about(QPointF(10, viewport.height() / 2), 3.0)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(50, 100), QPoint(400, 100))
    assert viewport.viewport_point(0, 0).x() == pytest.approx(0, abs=1e-6)


def test_one_scan_pixel_per_screen_pixel(window):
    window.viewport_grid.activate(viewport_of(window, "R CC"))
    window.viewport_grid.show_actual_pixels()
    assert viewport_of(window, "R CC").zoom == pytest.approx(1.0)
    step = viewport_of(window, "R CC").viewport_point(101, 50) - viewport_of(window, "R CC").viewport_point(100, 50)
    assert abs(step.x()) == pytest.approx(1.0)


@pytest.mark.parametrize("command", ["actual", "zoom_in"])
def test_a_key_enlarges_the_breast_and_not_the_air_beside_it(window, command):
    for viewport in window.viewport_grid.viewports:
        window.viewport_grid.set_linked(False)
        window.viewport_grid.fit_films()
        window.viewport_grid.activate(viewport)
        for _ in range(12 if command == "zoom_in" else 1):
            window.actions_by_name[command].trigger()
        area = QRectF(viewport.viewport().rect())
        breast = viewport.content.placement.breast
        seen = QRectF(viewport.place_of(breast.topLeft()), viewport.place_of(breast.bottomRight())) & area
        assert seen.width() * seen.height() > 0.5 * area.width() * area.height(), viewport.scan.name


def test_a_double_click_shows_one_viewport_and_back(window, qtbot):
    viewport = viewport_of(window, "L MLO")
    qtbot.mouseDClick(viewport.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert window.viewport_grid.visible == (viewport,)
    assert viewport.geometry() == window.viewport_grid.rect()
    assert not viewport_of(window, "R CC").isVisible()
    qtbot.mouseDClick(viewport.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert len(window.viewport_grid.visible) == 4
    assert len({v.scale_px for v in window.viewport_grid.viewports}) == 1


@pytest.mark.parametrize("gone", [False, True])
def test_the_keyboard_stays_with_the_scans_when_the_viewport_that_has_it_goes(window, gone):
    window.activateWindow()
    window.status.show_progress("Loading scans", 0.5)
    window.viewport_grid.viewports[-1].setFocus()
    assert QApplication.focusWidget() is window.viewport_grid.viewports[-1]
    if gone:
        window.viewport_grid.empty()
    else:
        window.hanging.show("r-cc")
    focus = QApplication.focusWidget()
    assert focus is window.viewport_grid or focus in window.viewport_grid.visible


def test_stages_step_through_the_hanging_stages_and_back(window):
    shown = []
    for _ in window.hanging.names:
        shown.append({v.scan.name for v in window.viewport_grid.viewports if v.scan is not None})
        window.hanging.show_next()
    assert shown[0] == set(NAMES)
    assert {"R CC", "L CC"} in shown
    assert {"R MLO"} in shown
    assert {v.scan.name for v in window.viewport_grid.viewports} == set(NAMES)
    window.hanging.show_previous()
    assert {v.scan.name for v in window.viewport_grid.viewports} == shown[-1]
    assert np.ptp(picture(window.viewport_grid.viewports[0])) > 100
