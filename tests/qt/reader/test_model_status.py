"""Every viewport shows the models' state for its scan: "not assessed" never looks like "nothing found"."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtTest import QTest

from mammoview.assess.results.assessment import OWN_SCORES
from mammoview.core.errors import ModelError, OutOfScopeError
from mammoview.core.settings import Settings
from mammoview.qt import application
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.viewport import corner_painting
from mammoview.qt.viewport.overlay_text import StateTone
from mammoview.qt.viewport.viewport import Viewport
from tests.qt.conftest import PatientAssessor, StandInAssessor, blob_place, viewport_of
from tests.support.phantoms import assessed
from tests.support.second_reading import reveal
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S

VIEWS = ("R CC", "L CC", "R MLO", "L MLO")


class Mixed(StandInAssessor):
    """Finds a mark in the right CC, two in the left CC, nothing in the right MLO; the left MLO is as given."""

    def __init__(self, last: Exception | None = None) -> None:
        self.last = last

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        column, row = blob_place(scan)
        places = {"R CC": [(column, row)], "L CC": [(column, row), (column, row + 150)]}.get(scan.name, [])
        if scan.name == "L MLO" and self.last is not None:
            raise self.last
        return assessed(scan, *places)


class Paced(StandInAssessor):
    """Reports a progress of 42 %, then waits for `go_on`."""

    def __init__(self) -> None:
        self.go_on = Event()

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        progress(0.42, "grid")
        self.go_on.wait(PATIENCE_S)
        return super().assess(scan, progress, cancelled, arrived)


def said(window) -> dict[str, str]:
    return {viewport.scan.name: viewport.state for viewport in window.viewport_grid.viewports}


def test_layers_that_are_on_while_scans_wait_are_no_clean_scans(open_window, study, qtbot):
    paced = Paced()
    window = open_window(study, assessor=lambda: paced, wait=False)
    window.layers.show_only(("heatmap", "grid", "saliency"))
    qtbot.waitUntil(lambda: sorted(said(window).values())[:1] == ["Models: assessing 40 %"], timeout=PATIENCE_MS)
    assert sorted(said(window).values())[1:] == ["Models: waiting"] * 3
    views = [(v.scale_px, v.centre.toTuple()) for v in window.viewport_grid.viewports]
    paced.go_on.set()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert said(window) == dict.fromkeys(VIEWS, "Models: 1 mark")
    assert [(v.scale_px, v.centre.toTuple()) for v in window.viewport_grid.viewports] == views, (
        "nothing moves the image"
    )


def test_layers_that_stay_on_for_another_study_are_not_called_off(begin, study, make_study, qtbot):
    window = begin(study, reading="concurrent")
    window.layers.switch("heatmap", True)
    window.open_paths([make_study("other", PatientID="other")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert window.layers.is_on("heatmap")
    assert said(window) == dict.fromkeys(VIEWS, "Models: 1 mark")
    assert not window.findings.covered and len(window.findings.listed) == 4


def test_marks_thresholds_and_switches_are_reported_apart(open_window, study, qtbot):
    window = open_window(study, assessor=Mixed)
    assert said(window) == dict.fromkeys(VIEWS, "Models: assessed, layers off"), "a list of marks is a mark, too"
    window.layers.switch("heatmap", True)
    operating = window.session.entries[viewport_of(window, "R MLO").scan].assessed.assessment.operating
    nothing = f"Models: no marks at or above {operating:.2f}"
    assert said(window) == {
        "R CC": "Models: 1 mark", "L CC": "Models: 2 marks", "R MLO": nothing, "L MLO": nothing
    }  # fmt: skip
    window.layers.set_threshold("heatmap", 0.75)
    assert said(window)["L CC"] == "Models: 1 mark, 1 below the threshold"
    window.layers.set_threshold("heatmap", 1.0)
    assert said(window)["R CC"] == "Models: no marks at or above 1.00, 1 below the threshold"
    window.layers.switch("heatmap", False)
    assert said(window)["L CC"] == "Models: 2 marks, layers off"
    window.layers.switch("grid", True)
    assert said(window)["L CC"] == "Models: 2 marks, heatmap off"
    window.layers.set_threshold("grid", 1.0)
    assert said(window)["L CC"] == "Models: 2 marks, heatmap off, no patch at or above 1.00"
    window.layers.switch("heatmap", True)
    window.layers.set_threshold("heatmap", operating)
    assert said(window)["L CC"] == "Models: 2 marks"
    QTest.keyPress(window, Qt.Key.Key_B)
    assert said(window)["R CC"] == "Models: 1 mark, layers off"
    QTest.keyRelease(window, Qt.Key.Key_B)
    entry = window.session.entries[viewport_of(window, "L CC").scan]
    models = [{"name": "means", "version": "1.2", "sha256": "0" * 64}]
    own = replace(entry.assessed.assessment, provenance={"models": models, "scores": OWN_SCORES})
    entry.assessed = AssessmentResult.of(own)
    assert window.viewport_states.state(entry)[0] == "Model means 1.2: 2 marks"
    # A hanging protocol with fewer viewports, and back.
    window.hanging.show("cc")
    assert list(said(window)) == ["R CC", "L CC"] and "" not in said(window).values()
    window.session.close_study()
    assert said(window) == {} and all(v.state == "" for v in window.viewport_grid.findChildren(Viewport))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OutOfScopeError("a spot view", "Open a whole view"), "Models: out of scope: a spot view"),
        (ModelError("it is not finite", "Run mammoview selftest"), "Models: failed: it is not finite"),
    ],
)
def test_out_of_scope_and_failed_say_why(open_window, study, error, text):
    window = open_window(study, assessor=lambda: Mixed(error))
    window.layers.switch("heatmap", True)
    assert said(window)["L MLO"].startswith(text) and viewport_of(window, "L MLO").state_tone is StateTone.WARNING
    assert viewport_of(window, "R MLO").state_tone is not StateTone.WARNING


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OutOfScopeError(
                "no breast was found in the picture",
                "Check that it is a mammogram, not blank or cropped",
                "Jane_Roe_L_MLO.dcm",
            ),
            "This scan is out of scope of the models: no breast was found in the picture.",
        ),
        (OutOfScopeError("a spot view of Jane Roe", "Open a whole view"), "This scan is out of scope of the models."),
        (
            ModelError("no breast was found in the picture", "Run mammoview selftest"),
            "The models failed: no breast was found in the picture.",
        ),
    ],
)
def test_exports_say_why_there_is_no_assessment_and_name_nobody(open_window, study, monkeypatch, error, sentence):
    window = open_window(study, assessor=lambda: Mixed(error))
    window.layers.switch("heatmap", True)
    asked = []
    monkeypatch.setattr(window.export, "write", asked.append)
    window.viewport_grid.activate(viewport_of(window, "L MLO"))
    window.export.export_scan(Path("unused.png"))
    assert [request.unassessed for request in asked] == [sentence]


def test_without_models_and_before_they_are_asked_it_is_said(open_window, study, qtbot):
    def none() -> object:
        raise ModelError("the models are not there", "Install Mammoview again")

    window = open_window(study, assessor=none)
    assert said(window) == dict.fromkeys(VIEWS, "Models: failed: the models cannot be loaded")
    settings = Settings.model_construct(notice_seen=True, reading="concurrent", assess_on_open=False)
    window = open_window(study, settings=settings)
    assert said(window) == dict.fromkeys(VIEWS, "Models: not run")


def test_a_cancelled_assessment_is_not_run(open_window, study, qtbot):
    patient = PatientAssessor()
    window = open_window(study, assessor=lambda: patient, wait=False)
    window.layers.switch("heatmap", True)
    qtbot.waitUntil(patient.started.is_set, timeout=PATIENCE_MS)
    window.session.cancel()
    shown = [viewport.state for viewport in window.viewport_grid.viewports if viewport.content is not None]
    assert shown and set(shown) == {"Models: not run"}


def test_before_the_reveal_nothing_gives_marks_away(open_window, study, qtbot):
    settings = Settings.model_construct(notice_seen=True, reading="second_reader")
    window = open_window(study, assessor=Mixed, settings=settings)
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    assert said(window) == dict.fromkeys(VIEWS, "Models: not revealed yet")
    reveal(window, qtbot)
    assert said(window)["L CC"] == "Models: 2 marks" and said(window)["R MLO"].startswith("Models: no marks")
    window.reader.set_mode("blind")
    assert said(window) == dict.fromkeys(VIEWS, "Models: closed, blind reading")


class Rescored(Mixed):
    """The same with scores that are frequencies."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        made = super().assess(scan, progress, cancelled, arrived)
        return replace(made, marks=tuple(replace(mark, interval=(0.1, 0.9)) for mark in made.marks))


def test_the_threshold_of_the_heatmap_hides_no_marks_that_have_frequencies(open_window, study):
    window = open_window(study, assessor=Rescored)
    window.layers.switch("heatmap", True)
    window.layers.set_threshold("heatmap", 1.0)
    assert said(window)["L CC"] == "Models: 2 marks"


def test_the_line_is_legible_on_white_film_and_in_every_picture_that_is_made(window, qtbot, monkeypatch):
    window.layers.switch("heatmap", True)
    viewport = viewport_of(window, "L CC")
    window.overlay_text.show_next_level()
    window.overlay_text.show_next_level()
    with_line = rgb(viewport.viewport().grab().toImage())
    state, viewport.state = viewport.state, ""
    without = rgb(viewport.viewport().grab().toImage())
    viewport.state = state
    rows, columns = np.nonzero((with_line != without).any(2))
    assert rows.size and rows.min() > 0.6 * without.shape[0], "it stands above the scale bar"
    line = with_line[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert line.max() > 150 and np.median(line) < 40, "light on a dark strip, whatever lies below"
    taken = []
    monkeypatch.setattr(window.export, "write", taken.append)
    window.viewport_grid.activate(viewport)
    window.export.export_seen(None)
    seen = rgb(taken[0].seen.image)
    assert (seen[rows, columns] == with_line[rows, columns]).mean() > 0.9, "and in what is exported as seen"


def test_a_snapshot_says_that_the_models_were_not_run(study, tmp_path, monkeypatch):
    application.snapshot(study, tmp_path / "said.png", (), "", (900, 700))
    monkeypatch.setattr("mammoview.qt.viewport.viewport.Viewport.set_state", lambda *_what: None)
    application.snapshot(study, tmp_path / "unsaid.png", (), "", (900, 700))
    with Image.open(tmp_path / "said.png") as one, Image.open(tmp_path / "unsaid.png") as other:
        assert (np.asarray(one) != np.asarray(other)).any()


def test_a_long_reason_goes_on_below_and_a_low_viewport_has_one_row():
    metrics = QFontMetricsF(QFont())
    line = "Models: out of scope: the picture shows less than half of a breast and its side is not known to the file"
    room = metrics.horizontalAdvance(line) / 2.5
    rows = corner_painting.state_rows(line, metrics, room, 800)
    assert len(rows) == 3 and " ".join(rows) == line
    assert corner_painting.state_rows(line, metrics, room, 100) == [line]
    assert len(corner_painting.state_rows(line, metrics, room / 8, 800)) == corner_painting.STATE_ROWS
    # In a narrow viewport of four in a row the reason is read to its end.
    short = "Models: out of scope: no breast was found in the picture"
    narrow = metrics.horizontalAdvance("was found in the")
    rows = corner_painting.state_rows(short, metrics, narrow, 680)
    assert " ".join(rows) == short and max(map(metrics.horizontalAdvance, rows)) <= narrow
    assert corner_painting.state_rows("", metrics, room, 800) == []
