"""What is painted into the corners of a viewport lies where it is kept as pixels."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from mammoview.display.length_text import scale_bar
from mammoview.qt.viewport.corner_painting import corner_areas, paint_foot, paint_top
from mammoview.qt.viewport.overlay_text import OverlayText
from mammoview.qt.widgets import theme
from mammoview.study.spacing import Spacing, SpacingSource

LONG = " ".join(["a rather long text that goes on below"] * 4)


@pytest.mark.parametrize("points", [10, 22])
@pytest.mark.parametrize("on_right", [True, False])
def test_all_lines_lie_in_the_areas_that_are_kept(qapp: QApplication, on_right: bool, points: int) -> None:
    corners = OverlayText(LONG, (LONG,) * 4, (LONG,) * 4, (LONG,) * 6, "", banner=LONG, state=LONG)
    font = QFont("sans", points)
    for width, height in itertools.product((90, 240, 391, 1900), (60, 200, 480, 995)):
        area = QRect(0, 0, width, height)
        pixmap = QPixmap(area.size())
        painter = QPainter(pixmap)
        bar = (scale_bar(Spacing(0.1, 0.1, SpacingSource.NOMINAL), max(60.0, 0.2 * width) / 0.5), 0.5)
        upper, lower = corner_areas(area, on_right, font)
        painter.setFont(font)
        top = paint_top(painter, area, corners, on_right)
        painter.setFont(font)
        _begin, foot = paint_foot(painter, area, corners, on_right, bar)
        painter.end()
        for boxes, kept in ((top, upper), (foot, lower)):
            for box in boxes:
                seen = box.intersected(area)
                assert seen.isEmpty() or kept.contains(seen), (width, height, box, kept)


class Written(QPainter):
    """A painter that keeps what is written."""

    def __init__(self, pixmap: QPixmap) -> None:
        super().__init__(pixmap)
        self.texts: list[tuple[QPointF, str]] = []

    def drawText(self, place: QPointF, text: str) -> None:
        self.texts.append((place, text))


@pytest.mark.parametrize("on_right", [True, False])
def test_projection_and_length_are_not_cut_in_a_narrow_viewport(qapp: QApplication, on_right: bool) -> None:
    area, font = QRect(0, 0, 210, 600), QFont("sans", 19)
    corners = OverlayText("R MLO", (), (), (), "")
    pixmap = QPixmap(area.size())
    painter = Written(pixmap)
    bar = scale_bar(Spacing(0.05, 0.05, SpacingSource.ASSUMED), 100)
    for paint, others in ((paint_top, ()), (paint_foot, ((bar, 0.5),))):
        painter.setFont(font)
        paint(painter, area, corners, on_right, *others)
    painter.end()
    assert [text for _place, text in painter.texts] == ["R MLO", "5 mm", "assumed 50 \u00b5m"]
    metrics = QFontMetricsF(theme.facts_font(font))
    for place, text in painter.texts[1:]:
        assert place.x() >= 0 and place.x() + metrics.horizontalAdvance(text) <= area.width()
