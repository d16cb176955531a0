"""What is kept of a viewport's foreground never outlives what it shows: each change looks as it does painted anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QApplication

from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.viewport.overlay_text import StateTone
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.widgets import theme
from mammoview.study.scan import Side
from tests.qt.conftest import VIEWS, scan_pixels
from tests.support.dicom_files import write


def seen(viewport: Viewport) -> NDArray[np.uint8]:
    image = viewport.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)


def larger(viewport: Viewport) -> None:
    font = QFont(viewport.font())
    font.setPointSizeF(1.5 * font.pointSizeF())
    viewport.setFont(font)


def contrast(_viewport: Viewport) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply(application, "contrast")


CHANGES: dict[str, Callable[[Viewport], None]] = {
    "another state": lambda viewport: viewport.set_state("Models: 7 marks", StateTone.MARKS),
    "another tone": lambda viewport: viewport.set_state(viewport.state, StateTone.WARNING),
    "a zoom": lambda viewport: viewport.zoom_about(QPointF(100, 100), 1.3),
    "a pan": lambda viewport: viewport.pan_by(-20, 15),
    "fewer words": lambda viewport: setattr(viewport, "corner_level", "least"),
    "a larger font": larger,
    "another theme": contrast,
    "other letters": lambda viewport: setattr(viewport, "letters", ("A", "F", "P", "H")),
    "a banner": lambda viewport: setattr(viewport, "prior", True),
    "another size": lambda viewport: viewport.resize(viewport.width() - 60, viewport.height() - 40),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_is_seen_at_once_and_looks_as_painted_anew(window: MainWindow, change: str) -> None:
    viewport = window.viewport_grid.viewports[0]
    viewport.corner_level = "full"
    before = seen(viewport)
    try:
        CHANGES[change](viewport)
        after = seen(viewport)
        viewport.foreground.forget()
        anew = seen(viewport)
    finally:
        theme.apply(QApplication.instance(), "dark")
    assert after.shape == anew.shape and (after == anew).all()
    assert after.shape != before.shape or (after != before).any()


def test_what_is_changed_back_looks_as_before(window: MainWindow) -> None:
    viewport = window.viewport_grid.viewports[0]
    before, state, tone = seen(viewport), viewport.state, viewport.state_tone
    viewport.set_state("Models: 7 marks", StateTone.MARKS)
    assert (seen(viewport) != before).any()
    viewport.set_state(state, tone)
    assert (seen(viewport) == before).all()


@pytest.mark.parametrize("width", [900, 1366, 1920])
def test_titles_on_screen_have_one_size(
    open_window: Callable[..., MainWindow], make_study: Callable[..., Path], width: int
) -> None:
    folder = make_study()
    for number in range(8):
        # Twelve scans: of each view there are several, of the oblique ones fewer.
        laterality, projection = VIEWS[number % 3]
        write(
            folder / f"more{number}.dcm",
            pixels=scan_pixels(Side.LEFT if laterality == "L" else Side.RIGHT),
            ImageLaterality=laterality,
            ViewPosition=projection,
            PatientID="study",
            PatientName="Doe^study",
            StudyInstanceUID=dcmread(folder / "RCC.dcm").StudyInstanceUID,
        )
    window = open_window(folder, size=(width, 800))
    assert len(window.session.study.scans) == 12
    sizes = set()
    for _stage in window.hanging.names:
        window.hanging.show_next()
        QApplication.processEvents()
        for viewport in window.viewport_grid.visible:
            viewport.grab()
        heights = {viewport.foreground.upper_texts[0].height() for viewport in window.viewport_grid.visible}
        assert len(heights) == 1, [viewport.corners().title for viewport in window.viewport_grid.visible]
        sizes |= heights
    assert width > 1000 or len(sizes) > 1, "a narrow row has smaller titles"
