"""What the status bar says about a point: stored value, and optical density where the digitizer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mammoview.qt.grey_state import GreyState
from mammoview.qt.layers import Layers
from mammoview.qt.picture import load
from mammoview.qt.reading import Entry
from mammoview.qt.readout import readout
from mammoview.study.density import LUMISYS
from mammoview.study.grey import Grey
from tests.phantoms import breast_pixels, scan_of


@pytest.mark.parametrize("calibrated", [True, False])
def test_optical_density_beside_the_stored_value(qapp, calibrated: bool) -> None:
    pixels = breast_pixels()
    pixels[7, 5] = 3088
    scan = scan_of(pixels)
    if calibrated:
        scan = replace(scan, grey=Grey(inverted=True, density=LUMISYS))
    entry = Entry(scan)
    entry.grey = GreyState.of(load(scan))
    text = readout(entry, 5.5, 7.5, Layers())
    assert "value 3088" in text
    assert ("OD 1.00" in text) == calibrated
