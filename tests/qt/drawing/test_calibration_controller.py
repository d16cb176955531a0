"""A ruler over a known length gives the study its spacing, everywhere, until it is taken back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mammoview.display.length_text import scale_bar
from mammoview.export.captions import captions
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import viewport_of
from tests.support.timeouts import PATIENCE_MS


def ruled(window, name="L CC"):
    """Draw a ruler of 100 pixels in a viewport and make it the active one."""
    viewport = viewport_of(window, name)
    window.viewport_grid.activate(viewport)
    window.drawing.add(viewport.scan, Annotation(AnnotationKind.RULER, np.array([[50, 300], [150, 300]])))
    return viewport


def reported(viewport):
    """What stands beside the ruler."""
    return viewport.content.annotations.shown[0][1][0]


def calibrate(window, qtbot, millimetres):
    """Ask by the key and answer."""
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    prompt = window.calibration.prompt
    prompt.length.setValue(millimetres)
    qtbot.keyClick(prompt.length, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)


def test_it_becomes_the_spacing_of_the_study_everywhere(window, qtbot):
    viewport = ruled(window)
    assert reported(viewport).startswith("40.0 mm")
    calibrate(window, qtbot, 50.0)
    assert reported(viewport) == "50.0 mm, calibrated by you"
    for shown in window.viewport_grid.viewports:
        scan = shown.scan
        assert scan.spacing.row_mm == pytest.approx(0.5)
        assert any("mm, calibrated by you" in line for line in shown.corners().bottom)
        assert scale_bar(scan.spacing, 200).text.endswith("mm, calibrated by you")
        assert shown.content.placement.rect.width() == pytest.approx(0.5 * scan.columns)
    words = captions(viewport.content.grey.picture.analysis, None, (), {}, 1.0, 400)
    assert "calibrated by you" in str(words)
    assert any("4 of the 4 scans" in text for text in window.messages.texts)


def test_the_models_look_again_at_the_new_scale(window, qtbot):
    entry = window.session.entries[ruled(window).scan]
    before = entry.assessed
    calibrate(window, qtbot, 50.0)
    assert entry.assessed is not None and entry.assessed is not before


def test_undo_goes_back_step_by_step_and_then_forgets(window, qtbot, fresh_data_folder):
    viewport = ruled(window)
    stated = viewport.scan.spacing
    calibrate(window, qtbot, 50.0)
    calibrate(window, qtbot, 60.0)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_K, both)
    assert reported(viewport) == "50.0 mm, calibrated by you"
    window.actions_by_name["undo_calibration"].trigger()
    assert viewport.scan.spacing == stated
    window.calibration.stop()
    assert not (fresh_data_folder / "calibrations.json").exists()


def test_it_is_remembered_and_can_be_forgotten_another_day(open_window, study, qtbot, fresh_data_folder):
    first = open_window(study)
    ruled(first)
    calibrate(first, qtbot, 50.0)
    first.close()
    assert (fresh_data_folder / "calibrations.json").is_file()
    again = open_window(study)
    viewport = ruled(again, "R MLO")
    assert reported(viewport) == "50.0 mm, calibrated by you"
    again.actions_by_name["undo_calibration"].trigger()
    assert reported(viewport).startswith("40.0 mm, ")
    again.close()
    assert not (fresh_data_folder / "calibrations.json").exists()


def test_without_a_ruler_the_way_is_reported(window, qtbot):
    window.actions_by_name["calibrate"].trigger()
    assert window.calibration.prompt is None
    assert any("draw a ruler" in text for text in window.messages.texts)
    window.actions_by_name["undo_calibration"].trigger()
    assert any("not calibrated" in text for text in window.messages.texts)


def test_a_magnified_view_keeps_its_own_spacing(open_window, make_study, qtbot):
    window = open_window(make_study(spacings={"L MLO": (0.2, 0.2)}))
    ruled(window)
    calibrate(window, qtbot, 50.0)
    assert viewport_of(window, "L MLO").scan.spacing.row_mm == 0.2
    assert any("3 of the 4 scans" in text for text in window.messages.texts)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_the_keyboard_goes_back_to_the_viewport(window, qtbot, key):
    viewport = ruled(window)
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window.calibration.prompt.length.lineEdit(), key)
    assert window.focusWidget() is viewport
    qtbot.waitUntil(lambda: window.calibration.prompt is None and not window.session.busy, timeout=PATIENCE_MS)
