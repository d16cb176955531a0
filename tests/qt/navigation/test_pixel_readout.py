"""The status bar's text about a point: stored value, and optical density where the digitizer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from mammoview.qt.navigation.pixel_readout import readout
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.loaded_scan import load_scan
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import LUMISYS
from tests.qt.conftest import drag, viewport_of
from tests.support.phantoms import breast_pixels, scan_of


@pytest.mark.parametrize("calibrated", [True, False])
def test_optical_density_beside_the_stored_value(qapp, calibrated: bool) -> None:
    pixels = breast_pixels()
    pixels[7, 5] = 3088
    scan = scan_of(pixels)
    if calibrated:
        scan = replace(scan, grey=GreyPipeline(inverted=True, density=LUMISYS))
    entry = ScanEntry(scan)
    entry.grey = VoiState.of(load_scan(scan))
    text = readout(entry, 5.5, 7.5, LayerState())
    assert "value 3088" in text
    assert ("OD 1.00" in text) == calibrated


def test_a_pointer_that_stands_still_reads_what_has_come_below_it(window) -> None:
    viewport, layers = viewport_of(window, "L CC"), window.layers
    layers.show_only(("heatmap",))
    pointer = viewport.viewport_point(150.5, 300.5).toPoint()
    drag(None, viewport, Qt.MouseButton.NoButton, pointer, pointer)

    def below() -> str:
        point = viewport.scan_point(pointer.toPointF())
        return readout(window.hanging.entry_of(viewport.scan), point.x(), point.y(), layers)

    first = window.status.readout.text()
    assert "heatmap" in first and first == below()
    viewport.pan_by(0, -40)
    moved = window.status.readout.text()
    assert moved == below() != first
    layers.switch("heatmap", False)
    assert window.status.readout.text() == below() != moved
    layers.switch("heatmap", True)
    assert window.status.readout.text() == moved
    viewport.mouse.leave()
    window.status.readout.clear()
    window.viewport_grid.fit_films()
    assert window.status.readout.text() == "", "the pointer is elsewhere"


def test_assumed_spacing_is_written_in_micrometres() -> None:
    entry = ScanEntry(scan_of(breast_pixels()))
    entry.grey = VoiState.of(load_scan(entry.scan))
    assert "(mm, assumed 200 \u00b5m)" in readout(entry, 5.5, 7.5, LayerState())


def test_a_pointer_of_the_keyboard_that_is_hidden_reads_nothing(window) -> None:
    pointer = window.keyboard_pointer
    pointer.step("up")
    window.viewport_grid.zoom(1.5)
    assert window.status.readout.text()
    pointer.hide()
    assert window.status.readout.text() == ""
    window.viewport_grid.fit_films()
    assert window.status.readout.text() == ""
