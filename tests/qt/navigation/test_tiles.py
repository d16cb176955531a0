"""Tile by tile through the breast at full resolution: nothing is left out, both sides go along, forth and back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from mammoview.qt.main_window.export_actions import rgb
from tests.qt.conftest import viewport_of


@pytest.fixture
def small(open_window, study):
    """Window whose viewports show a part of a breast at full resolution."""
    return open_window(study, size=(600, 500))


def shown(viewport) -> QRectF:
    """Part of the plane that a viewport shows, mm."""
    area = viewport.viewport().rect()
    width, height = area.width() / viewport.scale_px, area.height() / viewport.scale_px
    return QRectF(viewport.centre.x() - width / 2, viewport.centre.y() - height / 2, width, height)


@pytest.mark.parametrize("name", ["L CC", "R MLO"])
def test_every_pixel_of_the_breast_is_shown_once_at_full_resolution(small, qtbot, name):
    viewport = viewport_of(small, name)
    small.viewport_grid.activate(viewport)
    breast = viewport.content.grey.picture.breast
    rows, columns = np.nonzero(breast.mask)
    places = (viewport.content.placement.to_mm @ breast.to_scan)(np.column_stack([columns, rows]) + 0.5)
    covered = np.zeros(len(places), bool)
    count = len(small.tiles.centres(viewport))
    assert count > 1
    seen = []
    for _ in range(count):
        qtbot.keyClick(small, Qt.Key.Key_PageDown)
        assert viewport.zoom == pytest.approx(1.0)
        rect = shown(viewport)
        inside = (places >= rect.topLeft().toTuple()).all(1) & (places <= rect.bottomRight().toTuple()).all(1)
        assert inside.any(), "no tile of air"
        covered |= inside
        seen.append(viewport.centre.toTuple())
    assert covered.all() and len(set(seen)) == count
    rows_down = [y for _, y in seen]
    assert rows_down == sorted(rows_down), "row by row"
    first_row = [abs(x) for x, y in seen if y == rows_down[0]]
    assert first_row == sorted(first_row), "from the chest wall outwards"
    qtbot.keyClick(small, Qt.Key.Key_PageDown)
    assert viewport.centre.toTuple() == seen[0], "after the last the first"
    qtbot.keyClick(small, Qt.Key.Key_PageUp)
    qtbot.keyClick(small, Qt.Key.Key_PageUp)
    assert viewport.centre.toTuple() == seen[-2]


def test_the_other_breast_goes_along_mirrored_while_linked(small):
    leader, other = viewport_of(small, "L CC"), viewport_of(small, "R CC")
    small.viewport_grid.activate(leader)
    for _ in range(3):
        small.tiles.show_next()
        assert other.centre.x() == pytest.approx(-leader.centre.x())
        assert other.centre.y() == pytest.approx(leader.centre.y())
        assert other.scale_px == leader.scale_px
    small.viewport_grid.set_linked(False)
    before = other.centre.toTuple()
    small.tiles.show_next()
    assert other.centre.toTuple() == before


def test_a_step_goes_on_from_where_the_reader_has_panned_to(small):
    viewport = viewport_of(small, "L CC")
    small.viewport_grid.activate(viewport)
    centres = small.tiles.centres(viewport)
    small.tiles.show_next()
    small.viewport_grid.look_at(viewport, viewport.scale_px, centres[2])
    viewport.pan_by(-2, 1)
    small.tiles.show_next()
    assert (viewport.centre - centres[3]).manhattanLength() < 1e-6


def test_the_locator_shows_where_one_is(small):
    viewport = viewport_of(small, "L CC")
    small.viewport_grid.activate(viewport)

    def drawn() -> np.ndarray:
        image = QImage(viewport.viewport().size(), QImage.Format.Format_RGB888)
        image.fill(0)
        painter = QPainter(image)
        small.tiles.paint_locator(painter, viewport)
        painter.end()
        return rgb(image)

    assert not drawn().any(), "nothing to locate while the whole scan is shown"
    small.tiles.show_next()
    first = drawn()
    small.tiles.show_next()
    second = drawn()
    assert first.any() and (first != second).any()
    frame = (second[..., 0] > 200) & (second[..., 2] < 120)
    assert frame.any()


def test_the_locator_leaves_the_middle_of_a_narrow_viewport_free(small):
    viewport = viewport_of(small, "L CC")
    small.resize(small.minimumSizeHint().width() + 300, 900)
    QApplication.processEvents()
    viewport.set_view(6 * viewport.scale_px, viewport.centre)
    image = QImage(viewport.viewport().size(), QImage.Format.Format_RGB888)
    image.fill(0)
    painter = QPainter(image)
    small.tiles.paint_locator(painter, viewport)
    painter.end()
    columns, wide = np.nonzero(rgb(image).any((0, 2)))[0], image.width()
    assert columns.size
    assert np.ptp(columns) <= 0.2 * wide + 6, "with its frame"


def test_the_locator_leaves_the_words_at_the_foot_free(small):
    viewport = viewport_of(small, "L CC")
    viewport.scan.facts.update(kVp="28 kV", mAs="90 mAs", thickness="52 mm", force="110 N", dose="1.4 mGy")
    small.viewport_grid.activate(viewport)
    small.tiles.show_next()
    bare = QImage(viewport.viewport().size(), QImage.Format.Format_RGB888)
    bare.fill(0)
    viewport.grab()
    painter = QPainter(bare)
    small.tiles.paint_locator(painter, viewport)
    painter.end()
    rows = np.nonzero(rgb(bare).any((1, 2)))[0]
    assert 0 < rows.max() < viewport.foreground.bottom_text_top


def test_scans_without_a_breast_and_empty_viewports_are_stepped_without_harm(open_window):
    window = open_window()
    window.tiles.show_next()
    window.tiles.show_previous()
