"""The items of a viewport are pyqtgraph's: they work in its views, and our views give them what those would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from mammoview.assess.results.assessment import Layer
from mammoview.display.layers.registry import LAYERS, STYLES
from mammoview.qt.canvas.image_item import ImageItem
from mammoview.qt.canvas.layer_item import LayerItem
from mammoview.qt.session.image_pyramid import ImagePyramid
from mammoview.study.geometry import Affine
from tests.qt.conftest import viewport_of
from tests.support.timeouts import PROGRAM_S

ROWS, COLUMNS = 300, 240
TABLE = (np.arange(65536) >> 8).astype(np.uint8)


def seen(item, scale: float, qtbot) -> np.ndarray:
    """What pyqtgraph's own view shows of an item at so many screen pixels per pixel, uint8 (rows, columns)."""
    view = pyqtgraph.GraphicsView(background="k")
    qtbot.addWidget(view)
    view.resize(360, 320)
    box = pyqtgraph.ViewBox(enableMenu=False, border=None, invertY=True)
    view.setCentralItem(box)
    box.addItem(item)
    view.show()
    box.setRange(QRectF(0, 0, 360 / scale, 320 / scale), padding=0)
    QApplication.processEvents()
    return grey(view)


def grey(widget) -> np.ndarray:
    """What a widget shows, uint8 (rows, columns)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].copy()


@pytest.fixture
def codes() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 65536, (ROWS, COLUMNS), dtype=np.uint16)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_picture_shows_what_pyqtgraphs_own_picture_shows(codes, scale, qtbot):
    ours = seen(ImageItem(ImagePyramid.of(codes), TABLE), scale, qtbot)
    theirs = pyqtgraph.ImageItem(codes, axisOrder="row-major", levels=(0, 65536), autoDownsample=False)
    theirs = seen(theirs, scale, qtbot)
    assert np.ptp(theirs) > 200
    # They round a level where the table cuts it off.
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_a_layer_lies_on_pyqtgraphs_own_picture(codes, qtbot):
    bare = seen(pyqtgraph.ImageItem(codes // 4, axisOrder="row-major", levels=(0, 65536)), 1.0, qtbot)
    picture = pyqtgraph.ImageItem(codes // 4, axisOrder="row-major", levels=(0, 65536))
    values = np.zeros((8, 8), np.float32)
    values[3:5, 3:5] = 1
    heatmap = Layer(values, Affine(COLUMNS / 8, ROWS / 8))
    lying = LayerItem(LAYERS["heatmap"], heatmap, STYLES["heatmap"], QRectF(0, 0, COLUMNS, ROWS), picture)
    assert lying.parentItem() is picture
    changed = seen(picture, 1.0, qtbot) != bare
    rows, columns = np.nonzero(changed)
    assert len(rows)
    # The contour runs around the four cells, between their middles and those of their neighbours.
    assert 2.4 * ROWS / 8 < rows.min() < 3.6 * ROWS / 8
    assert 4.4 * COLUMNS / 8 < columns.max() < 5.6 * COLUMNS / 8


LOOK = """
app.processEvents()
image = plot.grab().toImage()
across, down = (range(n // 4, 3 * n // 4, 3) for n in (image.width(), image.height()))
print(len({image.pixel(x, y) for x in across for y in down}))
print(contours.parentItem() is item)
"""


def test_the_manual_shows_a_plot_that_is_one(samples: Path):
    manual = (Path(__file__).parents[3] / "docs" / "manual" / "python.md").read_text()
    (code,) = re.findall(r"```python\n([^`]*?pyqtgraph.*?)```", manual, re.DOTALL)
    code = code.replace("FOLDER", str(samples / "sfm-malign-0")).replace("app.exec()", LOOK)
    reported = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PROGRAM_S, check=True
    ).stdout
    greys, lies_on_it = reported.split()
    assert int(greys) > 100
    assert lies_on_it == "True"


def test_a_viewport_tells_its_items_what_pyqtgraphs_own_view_would(window):
    viewport = viewport_of(window, "R CC")
    item = next(one for one in viewport.scene().items() if isinstance(one, ImageItem))
    for place in (QPointF(60, 80), QPointF(20, 30)):
        viewport.zoom_about(place, 1.4)
        area = QRectF(viewport.viewport().rect())
        corners = [viewport.scan_point(corner) for corner in (area.topLeft(), area.bottomRight())]
        shown = item.viewRect()
        assert sorted((shown.left(), shown.right())) == pytest.approx(sorted(p.x() for p in corners))
        assert sorted((shown.top(), shown.bottom())) == pytest.approx(sorted(p.y() for p in corners))
        assert item.pixelWidth() == pytest.approx(1 / viewport.zoom)
