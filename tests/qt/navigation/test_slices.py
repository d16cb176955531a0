"""Stacks scroll and play in their viewport, one decoded frame at a time; layers belong to their frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from mammoview.qt.navigation import slice_controller
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.study.scan import Scan
from tests.qt.conftest import picture
from tests.support.dicom_encoding import encoded
from tests.support.dicom_files import item, write
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PATIENCE_MS

TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
COUNT = 7


def frames_of(count: int = COUNT) -> np.ndarray:
    """Slices whose top left pixel is their number."""
    frames = np.stack([breast_pixels(top=3000 + 100 * i) for i in range(count)])
    frames[:, 0, 0] = 1000 + np.arange(count)
    return frames


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A tomosynthesis of seven slices whose facts are in its functional groups."""
    return write(tmp_path / "tomo.dcm", tomosynthesis())


def tomosynthesis(**attributes: Any) -> Dataset:
    groups = item(
        FrameAnatomySequence=Sequence([item(FrameLaterality="L")]),
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.4, 0.4])]),
    )
    return encoded(
        JPEGLSLossless,
        frames_of(),
        16,
        SOPClassUID=TOMOSYNTHESIS,
        ImageLaterality=None,
        SharedFunctionalGroupsSequence=Sequence([groups]),
        **attributes,
    )


@pytest.fixture
def shown(open_window: Callable, stack: Path, qtbot):
    """A window with the stack, assessed."""
    window = open_window(stack)
    qtbot.waitUntil(lambda: the_entry(window).state is AssessmentState.DONE, timeout=PATIENCE_MS)
    return window


def the_entry(window):
    return next(iter(window.session.entries.values()))


def number(window) -> int:
    """Which slice is on screen, read off its own pixel."""
    return int(the_entry(window).grey.picture.pixels[0, 0]) - 1000


def top_line(window) -> str:
    return window.viewport_grid.active.corners().top[0]


def test_it_opens_in_the_middle_and_says_so(shown) -> None:
    assert number(shown) == 3 and top_line(shown) == "slice 4 / 7"
    scan = the_entry(shown).scan
    assert scan.name == "L CC" and scan.spacing.row_mm == 0.4
    assert any(line.startswith("7 slices: one at a time") for line in scan.warnings)


def test_another_slice_is_another_picture(shown, qtbot) -> None:
    viewport = shown.viewport_grid.active
    before = picture(viewport)
    assert (picture(viewport) == before).all()
    qtbot.keyClick(shown, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: number(shown) == 4, timeout=PATIENCE_MS)
    # Each slice is brighter than the one before; the window stays.
    after = picture(viewport).astype(int)
    assert (after != before).any()


def test_keys_wheel_and_slider_scroll_and_stop_at_the_ends(shown, qtbot) -> None:
    viewport = shown.viewport_grid.active
    shown.actions_by_name["next_slice"].trigger()
    qtbot.waitUntil(lambda: number(shown) == 4, timeout=PATIENCE_MS)
    assert top_line(shown) == "slice 5 / 7"
    shown.actions_by_name["previous_slice"].trigger()
    qtbot.waitUntil(lambda: number(shown) == 3, timeout=PATIENCE_MS)
    scale = viewport.scale_px
    turned = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport.viewport(), turned)
    qtbot.waitUntil(lambda: number(shown) == 4, timeout=PATIENCE_MS)
    assert viewport.scale_px == scale
    slider = viewport.findChild(slice_controller.FrameSlider)
    assert slider.isVisible() and (slider.minimum(), slider.maximum(), slider.value()) == (0, 6, 4)
    slider.setValue(6)
    qtbot.waitUntil(lambda: number(shown) == 6, timeout=PATIENCE_MS)
    shown.slices.show_next()
    assert number(shown) == 6 and the_entry(shown).scan.frame == 6


def test_of_many_steps_only_the_last_is_decoded(shown, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    scan, read = the_entry(shown).scan, []
    original = type(scan.stack).__dict__.get("read") or scan.stack.read
    object.__setattr__(scan.stack, "read", lambda frame: read.append(frame) or original(frame))
    for frame in (0, 1, 2, 5, 6):
        shown.slices.show_frame(scan, frame)
    qtbot.waitUntil(lambda: number(shown) == 6, timeout=PATIENCE_MS)
    assert read == [0, 6]


def test_the_place_the_greys_and_the_zoom_stay(shown, qtbot) -> None:
    viewport = shown.viewport_grid.active
    viewport.content.grey.drag(viewport.content.grey.start_of_drag, 0.2, 0.1)
    viewport.zoom_about(QPointF(100, 100), 2)
    before = viewport.content.grey.window, viewport.scale_px, viewport.centre, viewport.content.placement
    shown.slices.show_next()
    qtbot.waitUntil(lambda: number(shown) == 4, timeout=PATIENCE_MS)
    assert (viewport.content.grey.window, viewport.scale_px, viewport.centre, viewport.content.placement) == before


def test_layers_belong_to_the_slice_they_were_made_on(shown, qtbot) -> None:
    entry = the_entry(shown)
    middle = entry.made
    shown.slices.show_next()
    qtbot.waitUntil(lambda: number(shown) == 4, timeout=PATIENCE_MS)
    assert entry.state is AssessmentState.NOT_RUN and entry.assessed is None
    shown.session.assess()
    qtbot.waitUntil(lambda: entry.state is AssessmentState.DONE, timeout=PATIENCE_MS)
    assert entry.made is not middle
    shown.slices.show_previous()
    qtbot.waitUntil(lambda: number(shown) == 3, timeout=PATIENCE_MS)
    assert entry.state is AssessmentState.DONE and entry.made is middle


def test_it_plays_round_and_round_and_stops(shown, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slice_controller, "FRAME_MS", 20)
    seen: set[int] = set()

    def round_is_done() -> bool:
        seen.add(number(shown))
        return seen == set(range(COUNT))

    shown.actions_by_name["play"].trigger()
    assert shown.slices.playing
    qtbot.waitUntil(round_is_done, timeout=PATIENCE_MS)
    shown.actions_by_name["play"].trigger()
    assert not shown.slices.playing and not shown.actions_by_name["play"].isChecked()


def test_memory_of_seen_frames_is_bounded(shown, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    one = the_entry(shown).grey.picture.pyramid.size
    monkeypatch.setattr(slice_controller, "KEPT_BYTES", 2 * one)
    for frame in range(COUNT):
        shown.slices.show_frame(the_entry(shown).scan, frame)
        qtbot.waitUntil(lambda wanted=frame: number(shown) == wanted, timeout=PATIENCE_MS)
    assert shown.slices.kept_bytes == 2 * one


def test_a_slice_that_cannot_be_decoded_is_reported_and_the_one_shown_stays(shown, qtbot) -> None:
    scan = the_entry(shown).scan
    scan.path.unlink()
    reported: list[str] = []
    shown.notifier.notified.connect(lambda message: reported.append(message.text))
    shown.slices.play(True)
    # The models read the file as well, and may fail first because it has gone.
    qtbot.waitUntil(lambda: bool(reported) and not shown.slices.playing, timeout=PATIENCE_MS)
    assert "tomo.dcm" in reported[0] and number(shown) == 3
    assert shown.viewport_grid.active.findChild(slice_controller.FrameSlider).value() == 3


def test_the_stack_of_a_prior_scrolls_and_plays_as_well(open_window: Callable, tmp_path: Path, qtbot) -> None:
    for year in ("2024", "2021"):
        exam = tomosynthesis(StudyDate=f"{year}0315", StudyInstanceUID=f"1.2.{year}")
        write(tmp_path / f"{year}.dcm", exam)
    window = open_window(tmp_path / "2024.dcm", tmp_path / "2021.dcm")
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    qtbot.waitUntil(lambda: entries_ready(window) and not window.session.busy, timeout=PATIENCE_MS)
    window.hanging.show_prior(True)
    entry = next(iter(window.priors.entries.values()))
    slider = window.viewport_grid.viewport_of(entry.scan).findChild(slice_controller.FrameSlider)
    assert slider.isVisible() and slider.value() == 3
    window.slices.show_next()
    qtbot.waitUntil(lambda: int(entry.grey.picture.pixels[0, 0]) == 1004, timeout=PATIENCE_MS)
    assert top_line(window) == "slice 5 / 7" and number(window) == 3
    window.slices.play(True)
    qtbot.waitUntil(lambda: int(entry.grey.picture.pixels[0, 0]) == 1000, timeout=PATIENCE_MS)
    window.slices.play(False)


def entries_ready(window) -> bool:
    """Whether all pictures of a prior are there."""
    entries = window.priors.entries.values()
    return bool(entries) and all(entry.grey is not None for entry in entries)


def test_a_single_picture_has_no_slider_and_does_not_play(open_window: Callable, study: Path) -> None:
    window = open_window(study)
    for viewport in window.viewport_grid.viewports:
        assert not viewport.findChild(slice_controller.FrameSlider).isVisible()
    window.slices.show_next()
    window.slices.play(True)
    assert not window.slices.playing


def test_plain_multi_frame_is_called_frames(open_window: Callable, tmp_path: Path) -> None:
    window = open_window(write(tmp_path / "a.dcm", encoded(ExplicitVRLittleEndian, frames_of(3), 16)))
    assert number(window) == 1 and top_line(window) == "frame 2 / 3"


def test_a_still_stays_when_another_frame_is_shown(stack: Path) -> None:
    from mammoview import open_study

    scan: Scan = open_study(stack)[0].scans[0]
    still = scan.still()
    scan.show_frame(6)
    assert scan.pixels[0, 0] == 1006 and still.pixels[0, 0] == 1003 and still.stack is None


def test_a_stack_scrolls_on_after_the_decoding_of_a_frame_was_cancelled(shown, qtbot) -> None:
    shown.actions_by_name["next_slice"].trigger()
    shown.session.cancel()
    shown.actions_by_name["next_slice"].trigger()
    qtbot.waitUntil(lambda: number(shown) == 5, timeout=PATIENCE_MS)
