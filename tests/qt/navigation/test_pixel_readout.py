"""The status bar's text about a point: stored value, and optical density where the digitizer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mammoview.qt.navigation.pixel_readout import readout
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.loaded_scan import load_scan
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import LUMISYS
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
