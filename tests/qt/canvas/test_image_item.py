"""What has been looked up of a scan before does not show: the same part looks the same after moves and new greys."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from mammoview.qt.canvas.image_item import ImageItem
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.session.image_pyramid import ImagePyramid

ROWS, COLUMNS = 900, 700
WIDTH, HEIGHT = 230, 170
DARK, BRIGHT = (np.clip((np.arange(65536) >> 8) + way, 0, 255).astype(np.uint8) for way in (-20, 30))


@pytest.fixture(scope="module")
def pyramid() -> ImagePyramid:
    return ImagePyramid.of(np.random.default_rng(1).integers(0, 65536, (ROWS, COLUMNS), dtype=np.uint16))


def drawn(item: ImageItem, scale: float, left: float, top: float) -> NDArray[np.uint8]:
    """What a screen shows whose upper left corner is a scan point."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter, option = QPainter(image), QStyleOptionGraphicsItem()
    option.exposedRect = QRectF(left, top, WIDTH / scale, HEIGHT / scale)
    painter.setWorldTransform(QTransform(scale, 0, 0, scale, -scale * left, -scale * top))
    item.paint(painter, option)
    painter.end()
    return rgb(image)


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("scale", [0.27, 0.53, 0.95, 1.0, 2.6])
def test_a_part_looks_the_same_whether_it_was_looked_up_alone_or_with_more(pyramid, scale, smooth):
    item = ImageItem(pyramid, DARK)
    item.set_smooth(smooth)
    before = [drawn(item, scale, left, top) for left, top in ((40, 70), (43, 72), (0, 0), (500, 700))]
    item.set_table(BRIGHT)
    for (left, top), darker in zip(((40, 70), (43, 72), (0, 0), (500, 700)), before, strict=True):
        kept = drawn(item, scale, left, top)
        alone = ImageItem(pyramid, BRIGHT)
        alone.set_smooth(smooth)
        assert (kept == drawn(alone, scale, left, top)).all()
        assert (kept != darker).any()
    item.set_table(DARK)
    assert (drawn(item, scale, 43, 72) == before[1]).all()
