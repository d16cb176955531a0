"""Scans are made ready for the models before the first stroke of the eraser, and given back."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtTest import QTest

from mammoview.assess.inference.scan_input import analysed
from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.score_changes import Change, ScoreChanges
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.viewport.viewport import Viewport
from mammoview.study.pixel_changes import PixelRegion
from mammoview.study.scan import Scan
from tests.qt.conftest import viewport_of
from tests.qt.eraser.conftest import settle, stroke
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


class State:
    """What is kept of a scan."""


class StandInRegions:
    """Takes the place of the models; notes what is asked of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.made: list[weakref.ref[State]] = []
        self.may_prepare = Event()
        self.may_prepare.set()
        self.began = Event()

    def prepare(self, scan: Scan, made: Assessment, analysis: ScanAnalysis, check: Callable[[], None]) -> object:
        self.asked.append(("prepare", view_of(scan)))
        self.began.set()
        while not self.may_prepare.wait(0.01):
            check()
        state = State()
        self.made.append(weakref.ref(state))
        return SimpleNamespace(scan=scan, analysis=analysed(scan, analysis, check), made=made, copied=lambda: state)

    def answer(self, true, state, pixels: np.ndarray, boxes: list[tuple[int, ...]], check) -> None:
        self.asked.append(("answer", f"{view_of(true.scan)}: {len(boxes)}"))

    def assessment(self, true, state, check) -> Assessment:
        return replace(true.made, provenance={"altered": True})

    def changes(self, true, state, region: PixelRegion, check) -> ScoreChanges:
        return ScoreChanges(region.centre, {}, None, Change(0.5, 0.2), None, ())

    @property
    def kept(self) -> int:
        """Scans that are kept ready."""
        gc.collect()
        return sum(one() is not None for one in self.made)


def view_of(scan: Scan) -> str:
    return f"{scan.laterality} {scan.projection}"


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> StandInRegions:
    made = StandInRegions()
    monkeypatch.setattr("mammoview.qt.eraser.alteration_work.region_assessor", lambda _assessor: made)
    return made


def hover(viewport: Viewport, place: tuple[float, float] = (150, 300)) -> None:
    QTest.mouseMove(viewport.viewport(), viewport.viewport_point(*place).toPoint())


def idle(window: MainWindow, qtbot) -> None:
    settle(window, qtbot)
    qtbot.wait(1)
    settle(window, qtbot)


def test_the_first_stroke_finds_its_scan_ready_and_each_next_one_asks_for_its_own_region_alone(
    window: MainWindow, regions: StandInRegions, qtbot
) -> None:
    viewport = viewport_of(window, "L CC")
    window.viewport_grid.activate(viewport)
    idle(window, qtbot)
    assert not regions.asked, "nothing is made ready without a tool of the eraser"
    window.actions_by_name["erase"].trigger()
    idle(window, qtbot)
    assert regions.asked == [("prepare", "L CC")]
    stroke(viewport, (100, 280), (110, 300))
    idle(window, qtbot)
    assert regions.asked[1:] == [("answer", "L CC: 1")]
    stroke(viewport, (120, 340), (125, 342))
    idle(window, qtbot)
    window.actions_by_name["undo"].trigger()
    idle(window, qtbot)
    assert regions.asked[2:] == [("answer", "L CC: 1")] * 2, "what was undone is undone before the next stroke"
    stroke(viewport, (120, 380), (125, 382))
    idle(window, qtbot)
    assert regions.asked[4:] == [("answer", "L CC: 1")]


def test_the_scan_that_is_pointed_at_is_made_ready_and_given_back_with_the_tool_or_the_study(
    window: MainWindow, regions: StandInRegions, qtbot
) -> None:
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.actions_by_name["move_region"].trigger()
    idle(window, qtbot)
    hover(viewport_of(window, "R CC"))
    idle(window, qtbot)
    hover(viewport_of(window, "L CC"))
    hover(viewport_of(window, "R CC"))
    idle(window, qtbot)
    assert regions.asked == [("prepare", "L CC"), ("prepare", "R CC")] and regions.kept == 2
    window.actions_by_name["erase"].trigger()
    idle(window, qtbot)
    assert regions.kept == 2, "another tool of the eraser"
    window.actions_by_name["pan_tool"].trigger()
    idle(window, qtbot)
    assert regions.kept == 0
    window.actions_by_name["erase"].trigger()
    idle(window, qtbot)
    assert regions.kept == 1
    window.session.close_study()
    idle(window, qtbot)
    assert regions.kept == 0


def test_what_is_assessed_comes_first(open_window, study: Path, regions: StandInRegions, qtbot) -> None:
    window = open_window(study)
    entry = window.session.entries[viewport_of(window, "R CC").scan]
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    # An assessment is asked for while a scan is being made ready: that stops, and begins anew afterwards.
    regions.may_prepare.clear()
    window.actions_by_name["erase"].trigger()
    assert regions.began.wait(PATIENCE_S)
    entry.shown.forget()
    window.session.assess()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert entry.made is not None
    regions.may_prepare.set()
    idle(window, qtbot)
    assert regions.asked == [("prepare", "L CC")] * 2 and regions.kept == 1


def test_what_was_made_ready_for_another_spacing_or_assessment_is_not_used(
    window: MainWindow, regions: StandInRegions, qtbot
) -> None:
    viewport = viewport_of(window, "L CC")
    scan = viewport.scan
    window.viewport_grid.activate(viewport)
    window.actions_by_name["erase"].trigger()
    idle(window, qtbot)
    window.cancel_controller.cancel_work()
    idle(window, qtbot)
    scan.spacing = replace(scan.spacing, row_mm=0.2, column_mm=0.2)
    window.session.respace([scan])
    window.session.assess()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    idle(window, qtbot)
    assert regions.asked == [("prepare", "L CC")] * 2 and regions.kept == 1
    entry = window.session.entries[scan]
    made = entry.made
    entry.shown.forget()
    window.session.assess()
    qtbot.waitUntil(lambda: entry.made not in (None, made), timeout=PATIENCE_MS)
    idle(window, qtbot)
    assert regions.asked == [("prepare", "L CC")] * 3 and regions.kept == 1
