"""Small drawings kept as pictures look as they do when they are drawn, and are drawn anew where anything differs."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication

from mammoview.qt.canvas.picture_cache import MOST_PICTURES, PictureCache

SIDE = 60


class Drawing:
    """A framed letter in a box, which counts how often it is drawn."""

    def __init__(self, box: QRectF) -> None:
        self.box, self.drawn = box, 0

    def __call__(self, painter: QPainter) -> None:
        self.drawn += 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawRect(self.box.adjusted(2, 2, -2, -2))
        painter.setFont(QFont("sans", 11))
        painter.drawText(self.box.topLeft() + QPointF(5, 15), "R")


def sheet(ratio: float) -> QImage:
    side = round(SIDE * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image


def bytes_of(image: QImage) -> NDArray[np.uint8]:
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)


def drawn(box: QRectF, ratio: float) -> NDArray[np.uint8]:
    image = sheet(ratio)
    painter = QPainter(image)
    Drawing(box)(painter)
    painter.end()
    return bytes_of(image)


def copied(cache: PictureCache, drawing: Drawing, ratio: float, subject: Hashable = "frame") -> NDArray[np.uint8]:
    image = sheet(ratio)
    painter = QPainter(image)
    painter.drawPixmap(*cache.picture(subject, drawing.box, ratio, drawing))
    painter.end()
    return bytes_of(image)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_what_is_copied_looks_as_what_is_drawn(qapp: QApplication, ratio: float) -> None:
    cache = PictureCache()
    for x, y in ((3.0, 5.0), (7.0, 1.0), (3.3, 5.7), (8.3, 6.7)):
        drawing = Drawing(QRectF(QPointF(x, y), QSizeF(30, 24)))
        assert (copied(cache, drawing, ratio) == drawn(drawing.box, ratio)).all(), (x, y)


def test_a_move_by_whole_pixels_draws_nothing_and_any_other_draws_anew(qapp: QApplication) -> None:
    cache, first = PictureCache(), Drawing(QRectF(3.25, 5, 30, 24))
    copied(cache, first, 1.0)
    again = Drawing(QRectF(3.25, 5, 30, 24).translated(4 + 1e-12, -3))
    copied(cache, again, 1.0)
    shifted = Drawing(QRectF(3.75, 5, 30, 24))
    copied(cache, shifted, 1.0)
    assert (first.drawn, again.drawn, shifted.drawn) == (1, 0, 1)


def test_another_subject_or_pixel_ratio_is_drawn_anew(qapp: QApplication) -> None:
    cache, drawing = PictureCache(), Drawing(QRectF(3, 5, 30, 24))
    copied(cache, drawing, 1.0)
    copied(cache, drawing, 1.0, "another")
    copied(cache, drawing, 2.0)
    assert drawing.drawn == 3
    for subject, ratio in (("frame", 1.0), ("another", 1.0), ("frame", 2.0)):
        copied(cache, drawing, ratio, subject)
    assert drawing.drawn == 3


def test_no_more_pictures_are_kept_than_allowed_and_the_last_stay(qapp: QApplication) -> None:
    cache, drawing = PictureCache(), Drawing(QRectF(3, 5, 30, 24))
    for number in range(MOST_PICTURES):
        copied(cache, drawing, 1.0, number)
    copied(cache, drawing, 1.0, 0)
    assert drawing.drawn == MOST_PICTURES
    copied(cache, drawing, 1.0, "one more")
    copied(cache, drawing, 1.0, 0)
    assert drawing.drawn == MOST_PICTURES + 1
    copied(cache, drawing, 1.0, 1)
    assert drawing.drawn == MOST_PICTURES + 2
