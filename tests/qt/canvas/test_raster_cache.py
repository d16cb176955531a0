"""Pixels that are kept show what drawing anew would show."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.display.layers.registry import LAYERS, STYLES
from mammoview.qt.canvas.layer_item import LayerItem
from mammoview.qt.canvas.plane_view import PlaneView
from mammoview.qt.canvas.raster_cache import RasterCache
from mammoview.qt.main_window.export_actions import rgb
from mammoview.study.geometry import Affine
from mammoview.study.scan import box
from tests.qt.conftest import blob_place, picture, viewport_of


@pytest.fixture
def widget(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(200, 150)
    return made


class PaintCounter:
    """Draws two squares and counts how much."""

    def __init__(self) -> None:
        self.parts: list[tuple[float, ...]] = []

    def __call__(self, painter: QPainter) -> None:
        self.parts.append(painter.worldTransform().mapRect(painter.clipBoundingRect()).toRect().getRect())
        painter.fillRect(QRectF(0, 0, 40, 40), QColor(200, 0, 0, 128))
        painter.fillRect(QRectF(90, 60, 40, 40), QColor(0, 200, 0))


def shown(
    sheet: RasterCache, widget: QWidget, draw: PaintCounter, at: QTransform, subject: object = None
) -> np.ndarray:
    """What a viewport shows of the sheet at a place."""
    pixmap = QPixmap(widget.size())
    pixmap.fill(Qt.GlobalColor.black)
    painter = QPainter(pixmap)
    painter.setWorldTransform(at)
    sheet.paint(painter, widget, draw, subject=subject)
    painter.end()
    return rgb(pixmap.toImage())


def test_what_has_not_changed_is_not_drawn_again(widget):
    sheet, draw = RasterCache(), PaintCounter()
    first = shown(sheet, widget, draw, QTransform())
    again = shown(sheet, widget, draw, QTransform())
    assert len(draw.parts) == 1 and (first == again).all() and first.any()
    sheet.forget()
    assert (shown(sheet, widget, draw, QTransform()) == first).all() and len(draw.parts) == 2


def test_a_copy_leaves_the_painter_where_it_was_and_knows_its_viewport(widget):
    sheet, at = RasterCache(), QTransform.fromTranslate(7, 3)
    for _copy in range(2):
        pixmap = QPixmap(widget.size())
        painter = QPainter(pixmap)
        painter.setWorldTransform(at)
        sheet.paint(painter, widget, PaintCounter())
        assert painter.worldTransform() == at and painter.combinedTransform() == at
        painter.end()
    widget.resize(120, 90)
    small = shown(sheet, widget, PaintCounter(), at)
    assert (small == shown(RasterCache(), widget, PaintCounter(), at)).all()
    other = shown(sheet, widget, PaintCounter(), at, "other")
    assert (other == small).all()


@pytest.mark.parametrize("way", [(5, 0), (-5, 0), (0, 7), (0, -7), (12, -9), (-3, 4), (500, 0)])
def test_a_pan_draws_only_what_comes_into_sight(widget, way):
    sheet, draw = RasterCache(), PaintCounter()
    shown(sheet, widget, draw, QTransform())
    draw.parts.clear()
    at = QTransform.fromTranslate(*way)
    assert (shown(sheet, widget, draw, at) == shown(RasterCache(), widget, PaintCounter(), at)).all()
    area = sum(width * height for _x, _y, width, height in draw.parts)
    x, y = (min(abs(step), side) for step, side in zip(way, (200, 150), strict=True))
    assert area == 200 * 150 - (200 - x) * (150 - y)


def test_parts_of_a_pixel_do_not_add_up(widget):
    sheet = RasterCache()
    for step in range(60):
        seen = shown(sheet, widget, PaintCounter(), QTransform.fromTranslate(0.01 * step, 0))
    fresh = shown(RasterCache(), widget, PaintCounter(), QTransform.fromTranslate(0.6, 0))
    assert np.abs(seen.astype(int) - fresh).max() <= 0.02 * 255 + 1


@pytest.mark.parametrize("other", [QTransform.fromTranslate(0.5, 0), QTransform.fromScale(1.1, 1.1)])
def test_another_scale_or_half_a_pixel_is_drawn_anew(widget, other):
    sheet = RasterCache()
    shown(sheet, widget, PaintCounter(), QTransform())
    assert (shown(sheet, widget, PaintCounter(), other) == shown(RasterCache(), widget, PaintCounter(), other)).all()


def test_a_sheet_that_waits_looks_the_same_before_it_is_kept(widget):
    sheet, draw = RasterCache(QColor(0, 0, 0), waits=True), PaintCounter()
    pictures = [shown(sheet, widget, draw, QTransform(), subject) for subject in ("a", "a", "a", "b")]
    assert len(draw.parts) == 3
    assert all((seen == pictures[0]).all() for seen in pictures)


def test_what_is_said_to_hold_the_drawing_is_copied_and_no_more(widget):
    def draw(painter: QPainter) -> QRectF:
        painter.fillRect(QRectF(20, 30, 40, 40), QColor(200, 0, 0, 128))
        painter.fillRect(QRectF(150, 100, 9, 9), QColor(200, 0, 0))
        return QRectF(20, 30, 40, 40)

    sheet = RasterCache()
    first, again = (shown(sheet, widget, draw, QTransform(), "a") for _copy in range(2))
    assert first[50, 40].any() and not first[104, 154].any() and (first == again).all()
    assert not shown(sheet, widget, lambda painter: QRectF(), QTransform(), "b").any()


@pytest.mark.parametrize("opacity", [1.0, 0.4])
def test_lines_over_most_of_a_scan_look_alike_however_they_are_drawn(qtbot, opacity):
    values = np.zeros((60, 40), np.float32)
    values[5:55, :30] = np.hypot(*np.mgrid[-25:25, 0:30]) < 24
    area = SimpleNamespace(values=values, to_scan=Affine(10, 10))
    style = replace(STYLES["area"], opacity=opacity)

    def view() -> PlaneView:
        made = PlaneView()
        qtbot.addWidget(made)
        made.resize(300, 400)
        made.scene().addItem(LayerItem(LAYERS["area"], area, style, QRectF(0, 0, 400, 600)))
        made.grab()  # it has its size from now on
        return made

    kept = view()
    for scale, centre in (
        (0.6, (200, 300)),
        (0.6, (200, 300)),
        (0.6, (195, 310)),
        (0.9, (210, 290)),
        (0.9, (210, 290)),
    ):
        kept.set_view(scale, QPointF(*centre))
        fresh = view()
        fresh.set_view(scale, QPointF(*centre))
        seen, anew = (rgb(one.viewport().grab().toImage()).astype(int) for one in (kept, fresh))
        assert anew.max() > 60 and np.abs(seen - anew).max() <= 2


@pytest.mark.parametrize("factor", [1.3, 2.0, 9.0])
def test_viewports_that_were_panned_look_as_if_drawn_anew(window, factor):
    for entry in window.session.entries.values():
        column, row = blob_place(entry.scan)
        entry.scan.outlines = (box(column - 50, row - 50, column + 50, row + 50),)
    window.hanging.show("four-view")
    window.layers.show_only(window.layers.names)
    viewport = viewport_of(window, "L MLO")
    viewport.zoom_about(QPointF(100, 100), factor)
    for way in ((9, 0), (-4, 11), (6, -3), (0, 30), (-25, -8)):
        viewport.pan_by(*way)
        QApplication.processEvents()
    panned = {name: picture(viewport_of(window, name)) for name in ("L MLO", "R MLO", "L CC")}
    for entry in window.session.entries.values():
        shown_in = window.viewport_grid.viewport_of(entry.scan)
        shown_in.show_picture(entry.grey)
        shown_in.show_assessment(entry.assessed)
    for name, seen in panned.items():
        # Qt interpolates in sixteenths of a pixel, so that a strip may differ by a few greys.
        shown_in = viewport_of(window, name)
        anew = picture(shown_in).astype(int)
        difference = np.abs(seen - anew)
        assert difference.mean() < 0.05, name
        # Where the edge of an enlarged scan pixel falls between two screen pixels, a strip may round to the other one:
        # along one scan pixel at most, and by one screen pixel.
        rounded = (difference > 12).any(2)
        assert np.count_nonzero(rounded) <= math.ceil(shown_in.zoom), name
        beside = [np.abs(seen - np.roll(anew, step, axis)).max(2) for axis in (0, 1) for step in (1, -1)]
        assert (np.min(beside, 0)[rounded] <= 12).all(), name


def test_a_pan_against_the_scans_end_stops_short_of_it_by_less_than_a_pixel(window):
    viewport = viewport_of(window, "L CC")
    viewport.zoom_about(QPointF(10, 10), 3.0)
    for _ in range(20):
        viewport.pan_by(31, 17)
    left, top = viewport.place_of(viewport.content.placement.rect.topLeft()).toTuple()
    assert -1 < left <= 0
    height = viewport.viewport().height()
    assert height / 2 - 1 < top <= height / 2


def test_enlarged_viewports_keep_each_scan_pixel_as_it_is(window):
    viewport = viewport_of(window, "L CC")
    viewport.set_view(8 / 0.4, viewport.content.to_plane(375, 37))
    image: QImage = viewport.viewport().grab().toImage()
    place = viewport.viewport_point(375, 37).toPoint()
    colours = {image.pixelColor(place.x() + dx, place.y() + dy).red() for dx in (2, 3, 4) for dy in (2, 3, 4)}
    assert len(colours) == 1


def test_no_pixel_of_a_viewport_is_left_out(window):
    # What is in sight of a scan is not filled first; where it ends within a pixel, nothing may be left as it was.
    viewports = window.viewport_grid.visible
    for factor in (1.0, 1.07, 1.13, 1.333, 3.1, 0.19, 0.77):
        viewports[-1].zoom_about(QPointF(60.3, 90.7), factor)
        for viewport in viewports:
            image = QImage(viewport.viewport().size(), QImage.Format.Format_RGB32)
            image.fill(QColor(255, 0, 255))
            viewport.viewport().render(image, QPoint())
            assert not (rgb(image) == (255, 0, 255)).all(2).any(), (viewport.scan.name, factor)
