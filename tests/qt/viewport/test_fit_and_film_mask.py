"""What a study looks like at first: breasts as large as the viewports allow, the film round them covered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from mammoview.core.settings import Settings
from mammoview.qt.canvas.outlined_text import on_strip
from mammoview.qt.viewport import viewport_foreground
from mammoview.qt.viewport.corner_painting import MARGIN
from mammoview.qt.viewport.patient_letters import BreastEdges, letter_places
from mammoview.qt.viewport.viewport_views import BREAST_MARGIN_MM
from mammoview.qt.widgets import theme
from mammoview.study.scan import Side
from tests.qt.conftest import picture, scan_pixels, viewport_of
from tests.support.dicom_files import write

NEW = {"notice_seen": True, "reading": "concurrent"}


FILM = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
"""Secondary capture, as digitised films are stored."""


@pytest.fixture
def fresh(open_window, make_study):
    """A made-up study of digitised films in a window with fresh settings."""
    return open_window(make_study(**FILM), settings=Settings.model_construct(**NEW))


def mark(viewport) -> tuple[int, int, int]:
    """Return the colour at the mark in the film's upper corner away from the breast."""
    scan = viewport.content.scan
    breast_left = viewport.content.grey.picture.breast.chest_wall is Side.LEFT
    point = viewport.viewport_point(scan.columns - 48 if breast_left else 48, 38)
    image = picture(viewport)
    row, column = round(point.y()), round(point.x())
    return tuple(int(v) for v in image[row, column, :3])


def test_the_breasts_fill_the_viewports_at_one_scale(fresh):
    viewports = fresh.viewport_grid.viewports
    scales = {round(v.scale_px, 6) for v in viewports}
    assert len(scales) == 1
    rooms = []
    for viewport in viewports:
        box, area = viewport.content.placement.breast, viewport.viewRect()
        assert area.adjusted(-0.1, -0.1, 0.1, 0.1).contains(box)
        rooms.append(min(area.height() - box.height(), area.width() - box.width()))
    assert min(rooms) <= 2 * BREAST_MARGIN_MM + 0.5


def test_nipple_lines_of_a_projection_are_level(open_window, make_study):
    window = open_window(make_study("s", mirrored=("L MLO",)), settings=Settings.model_construct(**NEW))
    for projection in ("CC", "MLO"):
        lines = [viewport_of(window, f"{side} {projection}").place_of(QPointF(0, 0)).y() for side in "RL"]
        assert lines[0] == pytest.approx(lines[1], abs=1)


def test_the_films_are_one_key_away_and_the_choice_stays(fresh):
    fresh.actions_by_name["fit"].trigger()
    viewport = viewport_of(fresh, "L CC")
    assert viewport.viewRect().adjusted(-0.1, -0.1, 0.1, 0.1).contains(viewport.content.placement.hung)
    films = viewport.scale_px
    fresh.hanging.show_next()
    assert fresh.viewport_grid.fitted == "films"
    fresh.hanging.show("four-view")
    fresh.actions_by_name["fit_breast"].trigger()
    assert viewport_of(fresh, "L CC").scale_px > films
    fresh.close()
    assert fresh.settings.fitted == "breasts"


def test_film_beside_the_breast_is_black_until_it_is_asked_for(fresh):
    fresh.viewport_grid.fit_films()
    viewports = [viewport_of(fresh, name) for name in ("L CC", "R MLO")]
    assert fresh.actions_by_name["film_mask"].isChecked()
    assert all(mark(v) == (0, 0, 0) for v in viewports)
    fresh.actions_by_name["film_mask"].trigger()
    assert all(min(mark(v)) > 200 for v in viewports)
    fresh.actions_by_name["film_mask"].trigger()
    assert all(mark(v) == (0, 0, 0) for v in viewports)


def test_the_outside_stays_dark_in_inverted_display(fresh):
    fresh.viewport_grid.fit_films()
    fresh.actions_by_name["invert"].trigger()
    viewport = viewport_of(fresh, "L CC")
    image = picture(viewport)
    assert mark(viewport) == (0, 0, 0)
    corner = image[-5, image.shape[1] - 5] if viewport.wall_left else image[-5, 5]
    assert max(corner[:3]) == 0


def test_inverted_the_dark_begins_once_and_smoothly_beyond_the_skin(fresh):
    viewport = viewport_of(fresh, "L CC")
    fresh.actions_by_name["invert"].trigger()
    image = picture(viewport)[:, :, 0]
    middle = image[len(image) // 3 : 2 * len(image) // 3]
    lit = middle > 0
    if not viewport.wall_left:
        lit = lit[:, ::-1]
    ends = np.where(lit, np.arange(lit.shape[1]), 0).max(1)
    assert all(row[end - 20 : end].all() for row, end in zip(lit, ends, strict=True)), "no speckle along the skin"
    assert np.abs(np.diff(ends.astype(int))).max() <= 2, "the edge is a smooth line"
    # Without the cover no smooth line hides the film: there air is black by its values.
    fresh.actions_by_name["film_mask"].trigger()
    far = picture(viewport)[len(image) // 2, -5 if viewport.wall_left else 5, 0]
    assert not fresh.viewport_grid.film_covered and far <= 60


def test_the_small_picture_of_the_locator_is_covered_as_the_large_one_is(fresh):
    content = viewport_of(fresh, "L CC").content

    def outer_greys() -> np.ndarray:
        """Greys of the part farthest from the chest wall, in the middle third of its rows."""
        small = content.small_picture
        grey = np.frombuffer(small.constBits(), np.uint8).reshape(small.height(), small.width(), 4)[:, :, 0]
        return grey[len(grey) // 3 : 2 * len(grey) // 3, -2:]

    as_scanned = outer_greys().copy()
    assert viewport_of(fresh, "L CC").wall_left and fresh.viewport_grid.film_covered
    for command in ("invert", "film_mask", "film_mask", "invert"):
        fresh.actions_by_name[command].trigger()
        if fresh.viewport_grid.film_covered:
            assert outer_greys().max() == 0, "no bright frame around the breast"
    assert (outer_greys() == as_scanned).all()


def test_pixels_and_figures_are_not_touched(fresh):
    viewport = viewport_of(fresh, "L CC")
    scan = viewport.content.scan
    assert int(np.asarray(scan.pixels)[38, scan.columns - 48]) > 0
    assert fresh.viewport_grid.film_covered


def test_a_digital_mammogram_is_covered_only_when_asked(open_window, tmp_path):
    uid = "1.2.840.10008.5.1.4.1.1.1.2"
    write(tmp_path / "a.dcm", pixels=scan_pixels(Side.LEFT), SOPClassUID=uid, ImageLaterality="L")
    window = open_window(tmp_path, settings=Settings.model_construct(**NEW))
    assert not window.viewport_grid.film_covered
    assert not window.actions_by_name["film_mask"].isChecked()
    window.actions_by_name["film_mask"].trigger()
    assert window.viewport_grid.film_covered
    window.actions_by_name["film_mask"].trigger()
    assert not window.viewport_grid.film_covered
    window.close()
    assert window.settings.film_mask  # what was said of a digital mammogram says nothing of films


def test_in_a_mixed_study_the_film_is_covered_and_the_digital_mammogram_is_not(open_window, tmp_path):
    common = {"StudyInstanceUID": "1.2.3", "ViewPosition": "CC", "BitsStored": 16, "HighBit": 15}
    write(tmp_path / "film.dcm", pixels=scan_pixels(Side.LEFT), ImageLaterality="L", **common, **FILM)
    write(tmp_path / "digital.dcm", pixels=scan_pixels(Side.RIGHT), ImageLaterality="R", **common)
    window = open_window(tmp_path, settings=Settings.model_construct(**NEW))
    window.viewport_grid.fit_films()
    film, digital = viewport_of(window, "L CC"), viewport_of(window, "R CC")
    assert film.film_covered and not digital.film_covered
    assert mark(film) == (0, 0, 0) and min(mark(digital)) > 200
    window.actions_by_name["film_mask"].trigger()
    assert min(mark(film)) > 200 and min(mark(digital)) > 200


def test_a_scan_without_breast_is_shown_as_a_whole_film_and_says_so(open_window, tmp_path):
    common = {"StudyInstanceUID": "1.2.3", "ViewPosition": "CC", "BitsStored": 16, "HighBit": 15, **FILM}
    write(tmp_path / "breast.dcm", pixels=scan_pixels(Side.LEFT), ImageLaterality="L", **common)
    blank = np.full((600, 400), 300, np.uint16)
    write(tmp_path / "blank.dcm", pixels=blank, ImageLaterality="R", **common)
    window = open_window(tmp_path, settings=Settings.model_construct(**NEW))
    viewport = viewport_of(window, "R CC")
    assert not viewport.film_covered
    assert viewport.viewRect().adjusted(-0.1, -0.1, 0.1, 0.1).contains(viewport.content.placement.hung)
    assert "No breast was found" in viewport.corners().warnings[0]


def test_a_doubtful_mask_covers_nothing(fresh):
    fresh.viewport_grid.fit_films()
    viewport = viewport_of(fresh, "L CC")
    grey = viewport.content.grey
    grey.picture = replace(grey.picture, film_mask=None)
    viewport.show_picture(grey)
    assert not viewport.film_covered
    assert min(mark(viewport)) > 200


def test_a_wide_window_hangs_four_in_a_row(open_window, study):
    window = open_window(study, settings=Settings.model_construct(**NEW), size=(2400, 700))
    cells = [v.geometry() for v in window.viewport_grid.viewports]
    assert len({cell.top() for cell in cells}) == 1
    assert [cell.left() for cell in cells] == sorted(cell.left() for cell in cells)
    assert [v.scan.name for v in window.viewport_grid.viewports] == ["R CC", "L CC", "R MLO", "L MLO"]
    # Chest walls of a projection meet; the two projections are parted.
    assert cells[0].right() + 1 == cells[1].left()
    assert cells[1].right() + 1 < cells[2].left()
    row = window.viewport_grid.viewports[0].scale_px
    window.resize(900, 1000)
    assert len({v.geometry().top() for v in window.viewport_grid.viewports}) == 2
    assert row > 0


def test_quarters_show_the_whole_breast_in_four_steps(fresh):
    viewport = viewport_of(fresh, "L MLO")
    fresh.viewport_grid.activate(viewport)
    fresh.viewport_grid.toggle_single()
    fresh.resize(900, 1100)
    box = viewport.content.placement.breast
    scale, quarters = fresh.tiles.quarters(viewport)
    assert len(quarters) == 4
    united, seen = QRectF(), []
    for _ in quarters:
        fresh.actions_by_name["next_quarter"].trigger()
        assert viewport.scale_px == pytest.approx(scale)
        seen.append(viewport.viewRect().intersected(box))
        united = united.united(seen[-1])
    assert united.adjusted(-0.5, -0.5, 0.5, 0.5).contains(box)
    # From the chest wall outwards, then down; each overlaps the next.
    assert seen[0].left() < seen[1].left() < seen[0].right()
    assert seen[0].top() < seen[2].top() < seen[0].bottom()
    for _ in range(3):
        fresh.actions_by_name["previous_quarter"].trigger()
    assert viewport.viewRect().intersected(box).center().x() == pytest.approx(seen[0].center().x(), abs=0.5)


@pytest.mark.parametrize("wall_left", [True, False])
def test_letters_stand_beside_the_breast_and_never_on_it(wall_left):
    area = QRect(0, 0, 400, 600)
    box = QRectF(0, 80, 250, 440) if wall_left else QRectF(150, 80, 250, 440)
    edges = BreastEdges(box, (100, 500), (120, 60) if wall_left else (280, 340), 300)
    places = letter_places(area, ("P", "H", "A", "F"), wall_left, edges, 14, lambda _text: 10)
    for place in places.values():
        assert not place.intersects(box.adjusted(1, 1, -1, -1)) or place.top() >= 500
        assert QRectF(area).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN).contains(place)


def test_letters_keep_clear_of_a_muscle_that_reaches_the_upper_edge():
    edges = BreastEdges(QRectF(0, -20, 250, 560), (-20, 480), (120, 60), 300)
    places = letter_places(QRect(0, 0, 400, 600), ("P", "H", "A", "F"), True, edges, 14, lambda _text: 10)
    assert places[1].left() >= 120
    assert places[1].top() == MARGIN


def test_without_a_breast_letters_stand_at_the_edges():
    places = letter_places(QRect(0, 0, 400, 600), ("P", "", "A", ""), True, None, 14, lambda _text: 10)
    assert set(places) == {0, 2}
    assert places[0].left() == MARGIN
    assert places[2].right() == pytest.approx(400 - MARGIN, abs=1)
    assert isinstance(places[0].topLeft().toPoint(), QPoint)


@pytest.mark.parametrize("wall_left", [True, False])
def test_no_letter_lies_on_the_texts_at_the_foot(wall_left):
    # Far enlarged: the breast reaches beyond the viewport below, and its lower end ends where the scale bar is.
    edges = BreastEdges(QRectF(-200, -300, 800, 1500), (-300, 1200), (350, 350) if wall_left else (50, 50), 300)
    places = letter_places(QRect(0, 0, 400, 600), ("P", "H", "A", "F"), wall_left, edges, 14, lambda _text: 10, 540)
    outer = QRectF(250, 540, 150, 60) if wall_left else QRectF(0, 540, 150, 60)
    assert not places[3].intersects(outer)
    assert places[3].bottom() <= 600 - MARGIN


@pytest.mark.parametrize("wall_left", [True, False])
def test_no_letter_lies_on_the_texts_of_the_corners(wall_left):
    # Far enlarged, with a title beside which the breast ends, and a scale bar whose text passes the middle.
    edges = BreastEdges(QRectF(-200, -300, 800, 1500), (-300, 1200), (330, 330) if wall_left else (70, 70), 300)
    title = QRectF(320, 8, 72, 40) if wall_left else QRectF(8, 8, 72, 40)
    bar = QRectF(180, 560, 212, 32) if wall_left else QRectF(8, 560, 212, 32)
    room = QRect(0, 0, 400, 600)
    letters = ("P", "H", "A", "F")
    places = letter_places(room, letters, wall_left, edges, 14, lambda _text: 10, 590, (title, bar))
    assert not any(place.intersects(text) for place in places.values() for text in (title, bar))
    assert all(QRectF(room).contains(place) for place in places.values())


@pytest.mark.parametrize("wall_left", [True, False])
def test_no_letter_lies_on_another(wall_left):
    # A viewport so small that the scale bar drives the lower letter to the chest wall.
    box = QRectF(0, 10, 60, 130) if wall_left else QRectF(110, 10, 60, 130)
    edges = BreastEdges(box, (10, 140), (20, 50) if wall_left else (150, 120), 75)
    bar = QRectF(40, 120, 130, 35) if wall_left else QRectF(0, 120, 130, 35)
    width = {"P": 9, "HL": 18, "A": 9, "FR": 18, "LPF": 27, "ARH": 27}.get
    letters = ("P", "HL", "A", "FR") if wall_left else ("A", "HL", "P", "FR")
    places = letter_places(
        QRect(0, 0, 170, 155), letters, wall_left, edges, 14, lambda text: width(text, 27), 118, (bar,)
    )
    boxes = [place.adjusted(-3, 0, 3, 0) for place in places.values()]
    assert len(boxes) == 4
    assert not any(one.intersects(other) for i, one in enumerate(boxes) for other in boxes[i + 1 :])


@pytest.mark.parametrize("wall_left", [True, False])
def test_the_letter_of_the_chest_wall_leaves_the_middle_to_what_is_centred(wall_left):
    edges = BreastEdges(QRectF(-200, -300, 800, 1500), (-300, 1200), (330, 330) if wall_left else (70, 70), 300)
    places = letter_places(QRect(0, 0, 400, 600), ("P", "", "P", ""), wall_left, edges, 14, lambda _text: 10)
    place = places[0 if wall_left else 2]
    assert place.top() > 500 and place.bottom() <= 600 - MARGIN


def test_a_viewport_keeps_its_letters_off_its_texts(window, monkeypatch):
    viewport, texts = viewport_of(window, "L MLO"), []
    monkeypatch.setattr(viewport_foreground, "letter_places", lambda *where: texts.extend(where[-1]) or {})
    viewport.foreground.forget()
    viewport.grab()
    middle = viewport.viewport().height() / 2
    assert sum(text.bottom() < middle for text in texts) >= 2, "title and patient"
    assert sum(text.top() > middle for text in texts) >= 2, "scale bar and its text"


def test_letters_keep_their_places_until_something_moves_them(window, monkeypatch):
    viewport, asked = viewport_of(window, "L MLO"), []
    monkeypatch.setattr(viewport_foreground, "letter_places", lambda *where: asked.append(where) or {})
    viewport.grab()
    viewport.grab()
    asked.clear()
    viewport.grab()
    assert not asked
    viewport.pan_by(0, 5)
    viewport.grab()
    assert len(asked) == 1
    font, usual = viewport.font(), viewport.font()
    font.setPointSizeF(1.5 * font.pointSizeF())
    viewport.setFont(font)
    viewport.grab()
    assert len(asked) > 1 and asked[-1][4] > asked[0][4], "higher letters"
    viewport.setFont(usual)
    viewport.letters = ("P", "", "A", "")
    viewport.grab()
    assert asked[-1][1] == ("P", "", "A", "")


def test_a_letter_on_bright_tissue_stands_on_a_dark_strip(qapp):
    image = QImage(120, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 255, 255))
    painter = QPainter(image)
    painter.setFont(qapp.font())
    on_strip(painter, QPointF(20, 25), "A", theme.FAINT)
    painter.end()
    around = [image.pixelColor(18, y).lightness() for y in range(18, 25)]
    assert max(around) < 40
