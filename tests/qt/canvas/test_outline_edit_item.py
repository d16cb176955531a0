"""The reader's own outlines while they are edited: dashed as the legend shows them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from mammoview.display.layers.outlines import OWN_COLOUR, OWN_DASH
from mammoview.qt.canvas.outline_edit_item import OutlineEditItem
from mammoview.records.own_drawings import own_outline


def test_own_outlines_are_dashed_while_they_are_edited_too(qapp) -> None:
    item = OutlineEditItem(QRectF(0, 0, 200, 200))
    item.show_drawing([own_outline(np.array([[20.0, 20], [180, 20], [180, 180], [20, 180]]))], None, (), False)
    canvas = QImage(200, 200, QImage.Format.Format_RGB32)
    canvas.fill(0)
    painter = QPainter(canvas)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    green = [canvas.pixelColor(x, 20).green() for x in range(30, 170)]
    line = np.array(green) > 0.8 * OWN_COLOUR[1]
    dash, gap = OWN_DASH
    assert 0.8 * dash / (dash + gap) < line.mean() < 1.2 * dash / (dash + gap)
    assert abs(np.diff(line.astype(int))).sum() > 4
