"""Findings come before the grids that they do not rest on; what needs these says so, or waits."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Event

import pytest

from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.qt.session.scan_results import AssessmentState
from tests.qt.conftest import StandInAssessor, has_layer, viewport_of
from tests.qt.layers.test_model_layers import ThreeGrids
from tests.support.phantoms import gradients_of
from tests.support.timeouts import PATIENCE_MS


class TwoSteps(ThreeGrids):
    """Makes the grids at 100 and 150 um in a second step, for which it waits until it is let on."""

    def __init__(self) -> None:
        self.on = Event()
        self.steps: list[tuple[str, str]] = []

    def detect(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        self.steps.append(("detect", scan.name))
        whole = self.assess(scan, progress, cancelled, arrived, analysis)
        return replace(whole, grids={200: whole.grids[200]}, mean_grid=None, lacking=(100, 150))

    def complete(self, scan, assessment, progress=None, cancelled=None, analysis=None):
        self.steps.append(("complete", scan.name))
        while not self.on.wait(0.005):
            if cancelled():
                raise CancelledError
        whole = self.assess(scan)
        marks = tuple(replace(mark, layers=("heatmap", "grid_100um")) for mark in assessment.marks)
        return replace(assessment, grids=whole.grids, mean_grid=whole.mean_grid, marks=marks, lacking=())


@pytest.fixture
def models():
    return TwoSteps()


@pytest.fixture
def between(open_window, study, models, qtbot):
    """A window with all findings, whose grids are lacking."""
    window = open_window(study, assessor=lambda: models, wait=False)
    qtbot.waitUntil(lambda: is_detected(window), timeout=PATIENCE_MS)
    window.layers.show_only(["heatmap", "grid"])
    return window


def is_detected(window) -> bool:
    entries = list(window.session.entries.values())
    return len(entries) == 4 and all(entry.state is AssessmentState.DONE for entry in entries)


def await_grids(window, models, qtbot) -> None:
    models.on.set()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)


def test_the_findings_of_all_scans_come_before_any_other_grid(between, models, qtbot):
    assert [step for step, _ in models.steps] == ["detect"] * 4 + ["complete"] * (len(models.steps) - 4)
    assert len(between.findings.listed) == 4
    assert between.session.busy
    await_grids(between, models, qtbot)
    assert sorted(models.steps[4:]) == [("complete", name) for name in ("L CC", "L MLO", "R CC", "R MLO")]
    for entry in between.session.entries.values():
        assert entry.assessed.assessment.lacking == ()


def test_agreement_is_not_said_before_it_is_known(between, models, qtbot):
    texts = [one.agreement_text for one in between.findings.listed]
    assert texts == ["scales not known yet"] * 4
    await_grids(between, models, qtbot)
    texts = [one.agreement_text for one in between.findings.listed]
    assert all(text.endswith("/3 scales") for text in texts)


def test_a_chosen_finding_stays_chosen_and_marked_and_its_note_is_not_ended(between, models, qtbot):
    between.findings.show_next()
    chosen = between.findings.chosen_finding
    viewport = viewport_of(between, chosen.entry.scan.name)
    assert between.finding_marker.place_in(viewport) is not None
    ended = []
    between.findings.verdict.reasoned.connect(lambda *said: ended.append(said))
    between.findings.verdict.note.setModified(True)
    await_grids(between, models, qtbot)
    after = between.findings.chosen_finding
    assert after is not None
    assert (after.entry, after.number) == (chosen.entry, chosen.number)
    assert "grid_100um" in after.finding.layers
    assert between.finding_marker.place_in(viewport) is not None
    assert ended == []


@pytest.mark.parametrize("name", ["grid_100um", "grid_mean"])
def test_no_other_grid_is_drawn_for_one_that_is_lacking(between, models, qtbot, name):
    viewport = viewport_of(between, "L CC")
    assert has_layer(viewport, "grid")
    between.model_layers.choose_grid(name)
    assert not has_layer(viewport, "grid")
    assert between.model_layers.lacks_drawn
    assert "patch grid not computed yet" in between.viewport_states.state(viewport_entry(between, viewport))[0]
    await_grids(between, models, qtbot)
    assert has_layer(viewport, "grid")
    assert not between.model_layers.lacks_drawn
    assert viewport_entry(between, viewport).assessed.assessment.grid.name == name


def viewport_entry(window, viewport):
    return window.session.entries[viewport.scan]


def test_a_grid_that_is_drawn_is_made_with_its_scan_before_the_next_is_assessed(open_window, study, models, qtbot):
    models.on.set()
    window = open_window(assessor=lambda: models)
    window.layers.show_only(["grid"])
    window.model_layers.choose_grid("grid_150um")
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=PATIENCE_MS)
    assert [step for step, _ in models.steps] == ["detect", "complete"] * 4
    assert [name for _, name in models.steps[::2]] == [name for _, name in models.steps[1::2]]


def test_an_export_waits_for_the_grids(between, models, qtbot, tmp_path):
    file = tmp_path / "scan.png"
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.export.export_scan(file)
    report = tmp_path / "report.json"
    between.reader.export(report)
    assert not between.export.exporter.is_busy
    with qtbot.waitSignal(between.export.done, timeout=PATIENCE_MS):
        models.on.set()
    qtbot.waitUntil(report.exists, timeout=PATIENCE_MS)
    assert "lacking" not in json.loads(report.read_text())
    assert file.exists()


def test_what_waits_is_written_of_the_scan_that_it_was_asked_for(between, models, qtbot, tmp_path):
    left, right = viewport_of(between, "L CC"), viewport_of(between, "R MLO")
    between.viewport_grid.activate(left)
    wanted = left.scan
    between.export.export_scan(tmp_path / "scan.png")
    between.export.export_seen(tmp_path / "seen.png")
    between.viewport_grid.activate(right)
    written = []
    between.export.exported.connect(written.append)
    models.on.set()
    qtbot.waitUntil(lambda: len(written) == 2, timeout=PATIENCE_MS)
    assert all(scan is wanted for scan in written)


def test_a_viewport_that_shows_another_scan_by_now_is_not_exported(between, models, qtbot, tmp_path):
    said = []
    between.notifier.notified.connect(lambda message: said.append(message.text))
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.export.export_seen(tmp_path / "seen.png")
    between.hanging.show("mlo")
    await_grids(between, models, qtbot)
    assert said == ["Nothing was exported: the viewport shows another picture by now"]
    assert not (tmp_path / "seen.png").exists()


def test_an_export_that_waits_is_given_up_with_the_work_and_the_grids_come_when_asked_for(
    between, models, qtbot, tmp_path
):
    said = []
    between.notifier.notified.connect(lambda message: said.append(message.text))
    file = tmp_path / "scan.png"
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.export.export_scan(file)
    between.session.cancel()
    assert said == ["Nothing was exported: the models had not finished"]
    qtbot.waitUntil(lambda: not between.session.models.is_busy, timeout=PATIENCE_MS)
    # What has arrived stays; nothing goes on by itself.
    assert not between.session.busy
    assert len(between.findings.listed) == 4
    models.on.set()
    between.export.export_scan(file)
    qtbot.waitUntil(file.exists, timeout=PATIENCE_MS)
    assert not any(entry.shown.lacks_grids for entry in between.session.entries.values())


def test_the_reader_who_asks_for_an_assessment_gets_the_rest(between, models, qtbot):
    between.session.cancel()
    qtbot.waitUntil(lambda: not between.session.models.is_busy, timeout=PATIENCE_MS)
    between.session.assess()
    await_grids(between, models, qtbot)
    assert not any(entry.shown.lacks_grids for entry in between.session.entries.values())


def test_another_study_stops_the_rest_and_it_goes_on_when_the_study_is_shown_again(between, make_study, models, qtbot):
    first = list(between.session.entries.values())
    between.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(between.session.studies) == 2 and is_detected(between), timeout=PATIENCE_MS)
    assert [entry.state for entry in first] == [AssessmentState.DONE] * 4
    assert all(entry.shown.lacks_grids for entry in first)
    models.on.set()
    between.session.show_study(0)
    qtbot.waitUntil(
        lambda: all(entry.grey is not None for entry in first) and not between.session.busy, timeout=PATIENCE_MS
    )
    assert not any(entry.shown.lacks_grids for entry in first)


def test_only_what_is_complete_is_kept_on_disk(open_window, study, models, qtbot, tmp_path):
    cache = AssessmentCache(tmp_path / "assessments", 10**8)
    window = open_window(assessor=lambda: models)
    window.session.loader.cache = window.session.models.cache = lambda _model: cache
    window.open_paths([study])
    qtbot.waitUntil(lambda: is_detected(window), timeout=PATIENCE_MS)
    assert cache.size()[0] == 0
    models.on.set()
    qtbot.waitUntil(lambda: cache.size()[0] == 4, timeout=PATIENCE_MS)
    for entry in window.session.entries.values():
        assert list(cache.get(entry.scan).grids) == [100, 150, 200]


def test_findings_stay_where_the_rest_fails_and_an_export_tries_it_again(open_window, study, qtbot, tmp_path):
    class Fails(TwoSteps):
        fails = True

        def complete(self, scan, assessment, progress=None, cancelled=None, analysis=None):
            if self.fails:
                self.steps.append(("complete", scan.name))
                raise MammoviewError("there is not enough memory for this scan", "Close studies", scan.path)
            return super().complete(scan, assessment, progress, cancelled, analysis)

    models = Fails()
    models.on.set()
    window = open_window(study, assessor=lambda: models)
    assert sorted(models.steps[4:]) == [("complete", name) for name in ("L CC", "L MLO", "R CC", "R MLO")], "each once"
    assert is_detected(window)
    assert len(window.findings.listed) == 4
    assert any("not enough memory" in text for text in window.messages.texts)
    said = []
    window.notifier.notified.connect(lambda message: said.append(message.text))
    file = tmp_path / "scan.png"
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.export.export_scan(file)
    qtbot.waitUntil(lambda: "Nothing was exported: the models had not finished" in said, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert not file.exists()
    models.fails = False
    window.export.export_scan(file)
    qtbot.waitUntil(file.exists, timeout=PATIENCE_MS)
    assert not any(entry.shown.lacks_grids for entry in window.session.entries.values())


def test_the_eraser_waits_for_the_rest(between, models, qtbot):
    scan = viewport_of(between, "L CC").scan
    said = []
    between.notifier.notified.connect(lambda message: said.append(message.text))
    assert not between.eraser.takes(scan)
    assert said == ["The models have not finished with this picture yet"]
    await_grids(between, models, qtbot)
    assert between.eraser.takes(scan)


def test_a_sensitivity_that_was_chosen_stays_when_the_rest_comes(open_window, study, qtbot):
    class Counted(TwoSteps):
        asked = 0

        def sensitivity(self, scan, assessment, cancelled=None, analysis=None):
            self.asked += 1
            return gradients_of(assessment)

    models = Counted()
    window = open_window(study, assessor=lambda: models, wait=False)
    qtbot.waitUntil(lambda: is_detected(window), timeout=PATIENCE_MS)
    window.layers.show_only(["saliency"])
    await_grids(window, models, qtbot)
    qtbot.waitUntil(lambda: not window.model_layers.pending, timeout=PATIENCE_MS)
    assert models.asked == 4
    for entry in window.session.entries.values():
        assert entry.assessed.assessment.lacking == ()
        assert entry.assessed.assessment.weighting == window.model_layers.weighting != entry.made.assessment.weighting
        assert entry.assessed.assessment.saliency is not entry.made.assessment.saliency


def test_an_early_grid_is_not_drawn_in_place_of_the_chosen_one(open_window, study, qtbot):
    class Early(StandInAssessor):
        go = Event()

        def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            made = super().assess(scan, analysis=analysis)
            arrived("grid", made.grids[200], 0.6)
            arrived("heatmap", made.heatmap, 0.4)
            while not self.go.wait(0.005):
                if cancelled():
                    raise CancelledError
            return made

    models = Early()
    window = open_window(assessor=lambda: models)
    window.layers.show_only(["grid", "heatmap"])
    window.model_layers.choose_grid("grid_100um")
    arrived = []
    window.session.layer_arrived.connect(lambda _entry, name: arrived.append(name))
    window.open_paths([study])
    qtbot.waitUntil(lambda: "heatmap" in arrived, timeout=PATIENCE_MS)
    assert arrived == ["heatmap"]
    models.go.set()
