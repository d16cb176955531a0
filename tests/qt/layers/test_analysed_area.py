"""The analysed area: the border of the breast mask, on screen and in exports, and what the status bar says of it."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.display.scan_analysis import analyse
from mammoview.export.annotated_png import draw_annotated
from mammoview.export.captions import captions
from mammoview.qt.navigation.pixel_readout import readout
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.loaded_scan import load_scan
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import Laterality, Side, box
from tests.qt.conftest import picture, viewport_of
from tests.support.phantoms import breast_pixels, scan_of


@pytest.mark.parametrize("laterality", list(Laterality))
def test_exports_draw_the_border_of_the_mask(laterality: Laterality) -> None:
    scan = scan_of(breast_pixels(side=Side.RIGHT if laterality is Laterality.R else Side.LEFT), laterality)
    bare, drawn = (np.asarray(draw_annotated(scan, None, layers))[: scan.rows] for layers in ((), ("area",)))
    margin = (bare.shape[1] - scan.columns) // 2
    changed = (bare != drawn).any(2)[:, margin : margin + scan.columns]
    breast = analyse(scan).breast
    assert breast is not None
    rows, columns = np.nonzero(changed)
    cells = np.floor(breast.to_scan.inverse(np.column_stack([columns, rows]) + 0.5)).astype(int)
    mask = np.pad(breast.mask, 3)
    around = [mask[r : r + 5, c : c + 5] for c, r in cells[::7] + 1]
    # Every pixel that changes lies within two cells of the border.
    assert len(around) > 50 and all(0 < part.mean() < 1 for part in around)
    (legend,) = captions(analyse(scan), None, ("area",)).legends
    assert legend.text == "Analysed area, border of the breast as it was found in the pixels"


def test_a_picture_without_a_breast_says_so() -> None:
    scan = scan_of(np.zeros((300, 200), np.uint16))
    bare, drawn = (np.asarray(draw_annotated(scan, None, layers))[: scan.rows] for layers in ((), ("area",)))
    assert (bare == drawn).all()
    assert captions(analyse(scan), None, ("area",)).legends[0].note == "no breast was found"


def test_the_status_bar_says_whether_a_point_is_inside(qapp) -> None:
    scan = scan_of(breast_pixels())
    entry = ScanEntry(scan)
    entry.grey = VoiState.of(load_scan(scan))
    layers = LayerState()
    assert "analysed area" not in readout(entry, 60.0, 260.0, layers)
    layers.switch("area", True)
    assert readout(entry, 60.0, 260.0, layers).endswith("inside the analysed area")
    assert readout(entry, scan.columns - 2.0, 3.0, layers).endswith("outside the analysed area")


def test_it_is_off_until_it_is_switched_on_and_leaves_no_trace(window) -> None:
    viewport = viewport_of(window, "L CC")
    bare = picture(viewport)
    window.actions_by_name["area"].trigger()
    assert (picture(viewport) != bare).any()
    # The models have not been asked anything: none of their cautions is shown for it.
    assert viewport.content.cautions == ()
    window.actions_by_name["area"].trigger()
    assert (picture(viewport) == bare).all()


def test_exports_draw_layers_in_the_order_of_the_screen() -> None:
    """Marks of other programs lie over outlines in both."""
    scan = scan_of(breast_pixels())
    scan.outlines = (box(80, 200, 180, 300),)
    scan.marks = (Mark(MarkOrigin.CAD, scan.outlines[0].points, closed=True),)
    size = scan.rows
    alone, both = (np.asarray(draw_annotated(scan, None, names))[:size] for names in (("cad",), ("cad", "outlines")))
    ink = np.asarray([alone[r, c] for r, c in np.argwhere(alone[..., 0] > alone[..., 1] + 40)[:1]])
    assert ((both == ink).all(2) == (alone == ink).all(2)).all()
