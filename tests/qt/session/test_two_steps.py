"""Findings come before the grids that they do not rest on; what needs these says so, or waits."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Event

import pytest
from PySide6.QtWidgets import QMessageBox

from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import CancelledError, MammoviewError, NoBreastError
from mammoview.qt.session.model_choice import ModelChoice
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.records.user_calibration import use
from mammoview.study.spacing import Spacing, SpacingSource
from tests.qt.conftest import StandInAssessor, exams, has_layer, viewport_of
from tests.qt.layers.test_model_layers import ThreeGrids
from tests.support.own_models import mean_classifier, write_model
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
def mine(tmp_path):
    pytest.importorskip("onnxruntime")
    return ModelChoice.of(write_model(tmp_path / "mine", mean_classifier()))


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
    qtbot.waitUntil(lambda: not between.session.busy, timeout=PATIENCE_MS)
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


def test_findings_of_a_study_that_is_left_early_are_kept_and_completed_the_next_time(
    open_window, study, models, qtbot, tmp_path
):
    cache = AssessmentCache(tmp_path / "assessments", 10**8)

    def opened():
        window = open_window(assessor=lambda: models)
        window.session.loader.cache = window.session.models.cache = lambda _model: cache
        window.open_paths([study])
        qtbot.waitUntil(lambda: is_detected(window), timeout=PATIENCE_MS)
        return window

    window = opened()
    qtbot.waitUntil(lambda: cache.size()[0] == 4, timeout=PATIENCE_MS)
    for entry in window.session.entries.values():
        assert cache.get(entry.scan) is None
        assert list(cache.get_incomplete(entry.scan).grids) == [200]
    window.session.close_study()
    models.steps.clear()
    again = opened()
    assert not any(step == "detect" for step, _name in models.steps)
    await_grids(again, models, qtbot)
    qtbot.waitUntil(
        lambda: all(cache.get(entry.scan) is not None for entry in again.session.entries.values()), timeout=PATIENCE_MS
    )
    assert cache.size()[0] == 4
    assert all(entry.assessed.assessment.lacking == () for entry in again.session.entries.values())


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
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
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


class BlockedAt(TwoSteps):
    """Adds grids at once, but to the scans of one folder only when it is let on."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def complete(self, scan, assessment, progress=None, cancelled=None, analysis=None):
        if scan.path.parent.name == self.folder:
            return super().complete(scan, assessment, progress, cancelled, analysis)
        self.steps.append(("complete", scan.name))
        whole = self.assess(scan)
        return replace(assessment, grids=whole.grids, mean_grid=whole.mean_grid, lacking=())


def refusals_of(window) -> list[str]:
    """Collect what the window says of exports that are not written."""
    said: list[str] = []
    window.notifier.notified.connect(
        lambda message: said.append(message.text) if message.text.startswith("Nothing was exported") else None
    )
    return said


@pytest.fixture
def with_priors(open_window, make_study, qtbot):
    """A window with an examination and two before it; the prior that hangs lacks grids."""
    now, then, before = exams(make_study, "2024", "2021", "2018")
    window = open_window(now, then, before, assessor=lambda: BlockedAt("2021"), wait=False)
    qtbot.waitUntil(lambda: len(window.session.studies) == 3, timeout=PATIENCE_MS)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    qtbot.waitUntil(
        lambda: (
            not any(entry.assessed is None or entry.shown.lacks_grids for entry in window.session.entries.values())
            and len(window.priors.entries) == 4
            and all(entry.shown.lacks_grids for entry in window.priors.entries.values())
        ),
        timeout=PATIENCE_MS,
    )
    return window


def test_an_export_waits_for_its_own_scan_alone(with_priors, qtbot, tmp_path):
    said = refusals_of(with_priors)
    report = tmp_path / "report.json"
    with_priors.viewport_grid.activate(viewport_of(with_priors, "L CC"))
    with_priors.export.export_scan(tmp_path / "scan.png")
    with_priors.reader.export(report)
    with_priors.priors.show_older()
    qtbot.waitUntil(lambda: (tmp_path / "scan.png").exists() and report.exists(), timeout=PATIENCE_MS)
    assert said == []


def test_an_export_of_a_prior_that_makes_way_is_refused(with_priors, qtbot, tmp_path):
    said = refusals_of(with_priors)
    with_priors.hanging.show_prior(True)
    view = next(v for v in with_priors.viewport_grid.viewports if v.scan in with_priors.priors.entries)
    with_priors.viewport_grid.activate(view)
    with_priors.export.export_seen(tmp_path / "seen.png")
    with_priors.priors.show_older()
    assert said == ["Nothing was exported: the picture or its results have changed meanwhile"]
    assert not with_priors.session.assessment_queue.pending


def test_an_export_of_the_study_goes_on_when_the_prior_changes(open_window, make_study, models, qtbot, tmp_path):
    now, then, before = exams(make_study, "2024", "2021", "2018")
    window = open_window(now, then, before, assessor=lambda: models, wait=False)
    said = refusals_of(window)
    qtbot.waitUntil(lambda: len(window.session.studies) == 3, timeout=PATIENCE_MS)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    qtbot.waitUntil(
        lambda: (
            len(window.session.all_entries) == 8
            and all(entry.shown.lacks_grids for entry in window.session.all_entries)
        ),
        timeout=PATIENCE_MS,
    )
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.export.export_scan(tmp_path / "scan.png")
    window.priors.show_older()
    models.on.set()
    qtbot.waitUntil((tmp_path / "scan.png").exists, timeout=PATIENCE_MS)
    assert said == []


def test_an_export_of_a_scan_that_is_calibrated_meanwhile_is_refused(between, models, qtbot, tmp_path):
    said = refusals_of(between)
    viewport, other = viewport_of(between, "L CC"), viewport_of(between, "R CC")
    for one, name in ((viewport, "scan.png"), (other, "other.png")):
        between.viewport_grid.activate(one)
        between.export.export_scan(tmp_path / name)
    use(viewport.scan, Spacing(0.3, 0.3, SpacingSource.USER))
    between.session.respace([viewport.scan])
    assert said == ["Nothing was exported: the picture or its results have changed meanwhile"]
    await_grids(between, models, qtbot)
    qtbot.waitUntil((tmp_path / "other.png").exists, timeout=PATIENCE_MS)
    assert not (tmp_path / "scan.png").exists()
    assert between.session.entries[viewport.scan].assessed.assessment.lacking == ()


def test_an_export_waits_for_findings_that_come_before_it_and_their_grids(open_window, study, models, qtbot, tmp_path):
    class Held(TwoSteps):
        go = Event()

        def detect(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            while self.steps and not self.go.wait(0.005):
                if cancelled():
                    raise CancelledError
            return super().detect(scan, progress, cancelled, arrived, analysis)

    models = Held()
    window = open_window(study, assessor=lambda: models, wait=False)
    said, report = refusals_of(window), tmp_path / "report.json"
    qtbot.waitUntil(
        lambda: any(entry.shown.lacks_grids for entry in window.session.entries.values()), timeout=PATIENCE_MS
    )
    window.reader.export(report)
    models.go.set()
    models.on.set()
    qtbot.waitUntil(report.exists, timeout=PATIENCE_MS)
    assert said == []


def test_an_export_is_refused_when_another_model_is_shown(between, models, qtbot, tmp_path, mine):
    said = refusals_of(between)
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.export.export_scan(tmp_path / "scan.png")
    between.session.choices.use(mine)
    assert said == ["Nothing was exported: the picture or its results have changed meanwhile"]
    qtbot.waitUntil(lambda: not between.session.busy, timeout=PATIENCE_MS)
    assert not (tmp_path / "scan.png").exists()


def test_a_preview_that_waits_in_vain_says_so(between, qtbot):
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.figures.show()
    qtbot.waitUntil(lambda: bool(between.session.assessment_queue.pending), timeout=PATIENCE_MS)
    between.session.cancel()
    assert between.figures.dialog.preview.text() == "No preview: the models had not finished"
    between.figures.dialog.close()


def test_a_window_whose_export_waits_asks_before_it_closes(between, models, qtbot, tmp_path):
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.export.export_scan(tmp_path / "scan.png")
    assert not between.close()
    assert between.isVisible()
    between.close_box.button(QMessageBox.StandardButton.Cancel).click()
    await_grids(between, models, qtbot)
    qtbot.waitUntil((tmp_path / "scan.png").exists, timeout=PATIENCE_MS)
    assert between.close()


def test_a_window_can_be_closed_though_its_export_waits(between, tmp_path):
    between.viewport_grid.activate(viewport_of(between, "L CC"))
    between.export.export_scan(tmp_path / "scan.png")
    between.close()
    box = between.close_box
    next(one for one in box.buttons() if box.buttonRole(one) is QMessageBox.ButtonRole.DestructiveRole).click()
    assert not between.isVisible()
    assert not (tmp_path / "scan.png").exists()


def test_what_is_out_of_scope_by_the_second_step_is_shown_so(open_window, study, qtbot, tmp_path):
    class Turned(TwoSteps):
        def complete(self, scan, assessment, progress=None, cancelled=None, analysis=None):
            if scan.name == "L CC":
                raise NoBreastError("no breast was found in the picture", "Choose another picture", scan.path)
            return super().complete(scan, assessment, progress, cancelled, analysis)

    models = Turned()
    models.on.set()
    window = open_window(study, assessor=lambda: models)
    entry = window.session.entries[viewport_of(window, "L CC").scan]
    assert entry.state is AssessmentState.OUT_OF_SCOPE
    assert "no breast was found in the picture" in entry.state_text
    assert entry.assessed is None
    assert "out of scope" in window.viewport_states.state(entry)[0]
    assert {listed.entry.scan.name for listed in window.findings.listed} == {"L MLO", "R CC", "R MLO"}
    assert not window.messages.texts
