"""The magnifier: full-resolution pixels below the pointer, with flips, greys and layers; never in the way."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.navigation.magnifier import LARGEST_PX, SMALLEST_PX
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import drag, viewport_of

POINT = (150.0, 300.0)


def hover(viewport, column: float, row: float) -> QPoint:
    """Move the mouse over a scan point."""
    place = viewport.viewport_point(column, row).toPoint()
    drag(None, viewport, Qt.MouseButton.NoButton, place, place)
    return place


def seen(window) -> np.ndarray:
    """What the magnifier draws by itself, uint8 (rows, columns, 3)."""
    return rgb(window.magnifier.grab().toImage())


def over(window, name: str = "L CC", point: tuple[float, float] = POINT, square: bool = True):
    """Switch a square magnifier on over a scan point; returns its viewport."""
    viewport = viewport_of(window, name)
    window.magnifier.set_square(square)
    window.actions_by_name["magnifier"].setChecked(False)
    window.actions_by_name["magnifier"].trigger()
    # The magnifier takes the point that the viewport emits.
    viewport.hovered.emit(viewport, *point)
    return viewport


@pytest.mark.parametrize("mirrored", [(), ("L CC", "R CC")])
def test_it_shows_scan_pixels_one_by_one_and_flips_with_the_viewport(open_window, make_study, mirrored):
    window = open_window(make_study(mirrored=mirrored))
    window.viewport_grid.set_linked(False)
    for name in ("L CC", "R CC"):
        viewport = viewport_of(window, name)
        viewport.set_view(1.0, viewport.centre)  # far below one scan pixel per screen pixel (2.5 px per mm)
        over(window, name)
        image, scan = seen(window), viewport.scan
        half = image.shape[0] // 2
        table = viewport.content.grey.table()
        # A flipped scan has column 149 to the right of the border between columns 149 and 150.
        flipped = viewport.content.placement.to_mm.column_scale < 0
        for across, down in ((0, 0), (40, -60), (-100, 90), (-33, 71)):
            column = 149 - across if flipped else 150 + across
            assert image[half + down, half + across, 0] == table[scan.pixels[300 + down, column]], (name, across, down)


def test_twice_full_resolution_repeats_every_pixel(window):
    viewport = over(window)
    window.viewport_grid.set_linked(False)
    viewport.set_view(1.0, viewport.centre)
    window.actions_by_name["double_magnifier"].trigger()
    assert window.magnifier.scale_px == pytest.approx(2 / 0.4)
    image = seen(window)[3:-3, 3:-3, 0]
    start = next(i for i in (0, 1) if (image[100, i:-2:2] == image[100, i + 1 : -1 : 2]).mean() > 0.95)
    assert (image[100, start:-2:2] == image[100, start + 1 : -1 : 2]).mean() > 0.95


def test_it_magnifies_where_the_viewport_shows_full_resolution_already(window):
    viewport = over(window)
    viewport.set_view(6.0, viewport.centre)
    assert window.magnifier.scale_px == pytest.approx(12.0)


def test_it_follows_inversion_window_layers_and_annotations(window):
    viewport = over(window)
    plain = seen(window)
    half = plain.shape[0] // 2
    window.actions_by_name["invert"].trigger()
    inverted = seen(window)
    assert abs(int(plain[half, half, 0]) + int(inverted[half, half, 0]) - 255) <= 3
    window.actions_by_name["invert"].trigger()
    grey = viewport.content.grey
    grey.drag(grey.start_of_drag, 0.3, 0.2)
    viewport.refresh_grey()
    assert (seen(window) != plain).any()
    window.voi.reset()
    assert (seen(window) == plain).all()
    ruler = Annotation(AnnotationKind.RULER, np.array([[100, 300], [200, 300]]))
    window.drawing.add(viewport.scan, ruler)
    assert (seen(window) != plain).any()
    window.drawing.undo()
    # StandIn's blob lies 0.3 of the width in, 40 rows above the middle.
    viewport.hovered.emit(viewport, 120.0, 260.0)
    before = seen(window)
    window.layers.switch("heatmap", True)
    coloured = seen(window)
    assert (coloured != before).any() and np.ptp(coloured.astype(int), axis=2).max() > 20


def test_it_lies_about_the_pointer_and_goes_with_it(window, qtbot):
    viewport = over(window)
    other = viewport_of(window, "R MLO")
    for target, point in ((viewport, (100, 200)), (other, (300, 250))):
        target.hovered.emit(target, *point)
        middle = target.mapTo(window.viewport_grid, target.viewport_point(*point).toPoint())
        assert (window.magnifier.geometry().center() - middle).manhattanLength() <= 2
    other.unhovered.emit()
    assert not window.magnifier.isVisible()
    window.hanging.show_next()
    assert not window.magnifier.isVisible()


def test_holding_its_key_shows_it_and_letting_go_hides_it(window, qtbot):
    viewport = viewport_of(window, "L CC")
    viewport.hovered.emit(viewport, *POINT)
    assert not window.magnifier.isVisible()
    qtbot.keyPress(window, Qt.Key.Key_Z)
    assert window.magnifier.isVisible()
    qtbot.keyRelease(window, Qt.Key.Key_Z)
    assert not window.magnifier.isVisible()


def test_keys_and_wheel_change_its_size_within_bounds(window):
    viewport = over(window)
    size = window.magnifier.width()
    window.actions_by_name["wider_magnifier"].trigger()
    assert window.magnifier.width() > size
    scale = viewport.scale_px
    place = QPointF(100, 100)
    for delta in (-120, -120):
        wheel = QWheelEvent(
            place, QPointF(viewport.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, delta),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(viewport.viewport(), wheel)
    assert window.magnifier.width() < size and viewport.scale_px == scale, "Ctrl and the wheel do not zoom"
    window.magnifier.set_size(10**6)
    assert window.magnifier.width() == LARGEST_PX
    window.magnifier.set_size(0)
    assert window.magnifier.width() == SMALLEST_PX


def test_it_is_round_or_square_and_takes_no_mouse(window, qtbot):
    viewport = over(window, square=False)
    viewport.hovered.emit(viewport, 200.0, 38.0)
    window.viewport_grid.grab()
    assert window.magnifier.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    corner = window.magnifier.geometry().topLeft() + QPoint(6, 6)
    under = window.viewport_grid.childAt(corner)
    assert under is not window.magnifier
    before = viewport.centre
    place = viewport.viewport_point(200, 300).toPoint()
    viewport.zoom_about(QPointF(place), 3.0)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, place, place + QPoint(20, 30))
    assert viewport.centre != before


def test_it_hides_beside_the_film_where_the_words_are(window):
    viewport = over(window)
    assert window.magnifier.isVisible()
    viewport.hovered.emit(viewport, viewport.scan.columns + 20.0, 300.0)
    assert not window.magnifier.isVisible()
    viewport.hovered.emit(viewport, *POINT)
    assert window.magnifier.isVisible()
