"""What stands in the corners of a viewport, and that it looks the same as pictures as it does when it is drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from mammoview.display.length_text import scale_bar
from mammoview.qt.canvas.picture_cache import PictureCache
from mammoview.qt.viewport.corner_painting import CornerPiece, DrawnScaleBar, TextLine, foot_pieces, top_pieces
from mammoview.qt.viewport.overlay_text import OverlayText
from mammoview.qt.widgets import theme
from mammoview.study.spacing import Spacing, SpacingSource

LONG = " ".join(["a rather long text that goes on below"] * 4)


def sheet(area: QRect, ratio: float) -> QImage:
    image = QImage(area.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image


def bytes_of(image: QImage) -> NDArray[np.uint8]:
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)


@pytest.mark.parametrize("points", [10, 22])
@pytest.mark.parametrize("on_right", [True, False])
def test_all_words_look_the_same_as_pictures_as_when_they_are_drawn(
    qapp: QApplication, on_right: bool, points: int
) -> None:
    corners = OverlayText(LONG, (LONG,) * 4, (LONG,) * 4, (LONG,) * 6, "", banner=LONG, state=LONG)
    font = QFont("sans", points)
    cache = PictureCache()
    for width, height, ratio in itertools.product((150, 391), (60, 480), (1.0, 1.5)):
        area = QRect(0, 0, width, height)
        bar = (scale_bar(Spacing(0.1, 0.1, SpacingSource.NOMINAL), max(60.0, 0.2 * width) / 0.5), 0.5)
        pieces: list[CornerPiece] = [
            *top_pieces(area, font, corners, on_right, [(corners.title, area.width())]),
            *foot_pieces(area, font, corners, on_right, bar),
        ]
        for piece in pieces:
            drawn, copied = sheet(area, ratio), sheet(area, ratio)
            painter, copier = QPainter(drawn), QPainter(copied)
            piece.draw(painter)
            copier.drawPixmap(*cache.picture(piece.subject, piece.extent, ratio, piece.draw))
            painter.end()
            copier.end()
            assert (bytes_of(drawn) == bytes_of(copied)).all(), (width, height, ratio, piece)
            assert bytes_of(drawn).any() or not any(box.intersects(area) for box in piece.boxes)


@pytest.mark.parametrize("on_right", [True, False])
def test_projection_and_length_are_not_cut_in_a_narrow_viewport(qapp: QApplication, on_right: bool) -> None:
    area, font = QRect(0, 0, 210, 600), QFont("sans", 19)
    corners = OverlayText("R MLO", (), (), (), "")
    bar = scale_bar(Spacing(0.05, 0.05, SpacingSource.ASSUMED), 100)
    (title,), (drawn_bar,) = (
        top_pieces(area, font, corners, on_right, [(corners.title, area.width())]),
        foot_pieces(area, font, corners, on_right, (bar, 0.5)),
    )
    assert isinstance(title, TextLine) and title.text == "R MLO"
    assert isinstance(drawn_bar, DrawnScaleBar)
    assert [row.text for row in drawn_bar.rows] == ["5 mm", "assumed 50 \u00b5m"]
    metrics = QFontMetricsF(theme.facts_font(font))
    for row in drawn_bar.rows:
        width = metrics.horizontalAdvance(row.text)
        assert row.font == theme.facts_font(font)
        assert row.strip.left() >= 0 and row.strip.left() + width <= area.width()
