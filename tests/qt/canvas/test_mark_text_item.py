"""Texts beside marks stand in the viewport and off each other, however many marks lie at one place."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem

from mammoview.display.layers.drawing import Label
from mammoview.display.layers.registry import DRAWN
from mammoview.qt.canvas.mark_text_item import GAP_PX, MOST_TEXTS, MarkTextItem, text_places

ROOM = QRectF(0, 0, 600, 400)
SIZE = QSizeF(150, 14)


def point(x: float, y: float) -> QRectF:
    return QRectF(QPointF(x, y), QSizeF(0, 0))


@pytest.mark.parametrize("place", [(300, 200), (2, 3), (598, 397), (590, 10)])
def test_texts_of_one_place_stand_off_each_other_and_in_the_viewport(place) -> None:
    found = text_places([point(*place)] * 8, [SIZE] * 8, ROOM)
    assert None not in found and all(ROOM.contains(box) for box in found)
    assert not any(one.intersects(other) for one, other in combinations(found, 2))


def test_a_text_alone_stands_right_of_its_figure() -> None:
    (found,) = text_places([QRectF(100, 100, 50, 60)], [SIZE], ROOM)
    assert 150 < found.left() < 170 and abs(found.center().y() - 100) < 1


def test_figures_out_of_sight_have_no_text_and_those_round_the_viewport_have_one() -> None:
    figures = [QRectF(-80, 100, 50, 60), point(700, 20), QRectF(-50, -50, 800, 800)]
    out, beyond, round_it = text_places(figures, [SIZE] * 3, ROOM)
    assert out is None and beyond is None and ROOM.contains(round_it)


def test_what_finds_no_place_is_left_out() -> None:
    crowd = text_places([point(300, 200)] * 300, [SIZE] * 300, ROOM)
    left = [box for box in crowd if box is not None]
    assert 20 < len(left) < 60 and not any(one.intersects(other) for one, other in combinations(left, 2))
    spread = text_places([point(x, y) for y in range(40, 9000, 20) for x in (0, 900)], [SIZE] * 896,
                         QRectF(0, 0, 2000, 9000))  # fmt: skip
    assert sum(box is not None for box in spread) == MOST_TEXTS


def test_a_text_that_is_wider_than_its_viewport_is_cut_and_not_left_out(qapp) -> None:
    label = Label(np.array([[60.0, 50.0]]), "a calcification that is described in many words " * 3, (255, 255, 255))
    parent = QGraphicsRectItem()
    layer = SimpleNamespace(labels=[label], opacity=lambda: 1.0)
    item = MarkTextItem({DRAWN[-1]: layer}, QRectF(0, 0, 240, 100), parent)
    picture = QImage(240, 100, QImage.Format.Format_Grayscale8)
    picture.fill(80)
    painter = QPainter(picture)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    bright = np.nonzero((np.frombuffer(picture.constBits(), np.uint8).reshape(100, -1)[:, :240] > 200).any(0))[0]
    assert len(bright) > 40 and bright[-1] - bright[0] > 120 and bright[-1] < 240 - GAP_PX / 2
