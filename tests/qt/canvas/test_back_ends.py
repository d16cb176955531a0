"""One scene through all back ends: the screen, pixels, SVG and PDF show the same layers at the same places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene
from scipy.ndimage import binary_dilation

from mammoview.display.layers.registry import DRAWN, LAYERS
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import analyse
from mammoview.export.captions import layer_context, looks
from mammoview.export.raster_page import drawn
from mammoview.export.scan_page import scan_items
from mammoview.qt.canvas.layer_item import LayerItem
from mammoview.qt.main_window.export_actions import rgb
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import box, circle
from tests.support.phantoms import assessed, breast_pixels, scan_of
from tests.support.vector_pictures import apart, pdf_pictures, svg_picture

SHOWN = ("outlines", "heatmap", "grid", "saliency", "cad")


def test_all_back_ends_show_one_scene(qtbot, tmp_path: Path) -> None:
    scan = scan_of(breast_pixels(900, 600))
    scan.outlines = (box(60, 300, 220, 420), circle(180.0, 480.0, 60.0))
    scan.marks = (Mark(MarkOrigin.CAD, np.array([[140.0, 320.0]])),)
    analysis = analyse(scan)
    assessment = assessed(scan, (180.0, 400.0), (250.0, 560.0), analysis=analysis)
    styles = looks(None, assessment)
    page = scan_items(analysis, assessment, SHOWN, styles, ())
    raster = drawn(page)

    # On screen: the same layers as items of a scene over the same grey, a pixel of the scan on one of the picture.
    grey = np.ascontiguousarray(render(scan, analysis=analysis))
    size, bounds = grey.shape[::-1], QRectF(0, 0, scan.columns, scan.rows)
    scene, context = QGraphicsScene(bounds), layer_context(analysis, assessment, styles)
    for name in (name for name in DRAWN if name in SHOWN):
        item = LayerItem(LAYERS[name], LAYERS[name].data(context), styles[name], bounds)
        scene.addItem(item)
    picture = QImage(grey.data, *size, size[0], QImage.Format.Format_Grayscale8).convertToFormat(
        QImage.Format.Format_RGB32
    )
    painter = QPainter(picture)
    scene.render(painter, bounds, bounds)
    painter.end()
    screen = Image.fromarray(rgb(picture))

    (as_pdf,) = pdf_pictures([page])
    for other in (screen, as_pdf, svg_picture(page, tmp_path)):
        mean, off = apart(raster, other)
        assert mean < 2 and off < 0.012
        moved = Image.fromarray(np.roll(np.asarray(other), 4, (0, 1)))
        assert apart(raster, moved)[1] > 0.03
        # Whatever a layer colours in one lies within 2 px of what it colours in the other.
        one, two = (coloured(picture.resize(raster.size)) for picture in (raster, other))
        assert not (one & ~grown(two)).any() and not (two & ~grown(one)).any()
        assert one.sum() > 10_000


@pytest.mark.parametrize("name", ["outlines", "heatmap"])
def test_lines_are_as_wide_on_a_screen_of_small_pixels(qtbot, name: str) -> None:
    scan = scan_of(breast_pixels(900, 600))
    scan.outlines = (box(60, 300, 220, 420), circle(180.0, 480.0, 60.0))
    analysis = analyse(scan)
    assessment = assessed(scan, (180.0, 400.0), analysis=analysis)
    styles = looks(None, assessment)
    bounds, context = QRectF(0, 0, scan.columns, scan.rows), layer_context(analysis, assessment, styles)
    scene = QGraphicsScene(bounds)
    scene.addItem(LayerItem(LAYERS[name], LAYERS[name].data(context), styles[name], bounds))
    shares = []
    for ratio in (1, 2):
        picture = QImage(ratio * scan.columns, ratio * scan.rows, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        picture.fill(0)
        painter = QPainter(picture)
        scene.render(painter, bounds, bounds)
        painter.end()
        shares.append(coloured(Image.fromarray(rgb(picture))).mean())
    assert shares[0] > 0 and shares[1] == pytest.approx(shares[0], rel=0.25)


def coloured(picture: Image.Image) -> NDArray[np.bool_]:
    """Return the pixels that are not grey."""
    return np.ptp(np.asarray(picture.convert("RGB")).astype(int), axis=2) > 40


def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask with what lies within 2 px of it."""
    return binary_dilation(mask, np.ones((5, 5), bool))
