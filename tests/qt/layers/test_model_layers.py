"""Layers come one by one; the reader chooses the grid and how the sensitivity is read, and every viewport follows."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mammoview.assess.results.sensitivity import SensitivityOptions, Weighting, inside_contour
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.qt.layers.model_layer_controller import WEIGHTINGS
from mammoview.qt.session.scan_results import AssessmentState
from tests.qt.conftest import StandInAssessor, blob_place, has_layer, picture, viewport_of
from tests.support.phantoms import assessed, gradients_of
from tests.support.timeouts import PATIENCE_MS


class ThreeGrids(StandInAssessor):
    """Has a grid per magnification, each bright elsewhere, and their mean."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        made = assessed(scan, blob_place(scan))
        whole = made.grids[200]

        def grid(um: int, rows: slice, threshold: float, **more):
            values = np.zeros_like(whole.values)
            values[rows] = 0.9
            return replace(whole, values=values, um_per_px=float(um), threshold=threshold, **more)

        grids = {100: grid(100, np.s_[4:6], 0.7), 150: grid(150, np.s_[7:8], 0.65), 200: whole}
        mean = grid(200, np.s_[10:12], 0.66, mean_of=(100, 150, 200))
        return replace(made, grids=grids, mean_grid=mean, leading_um=200)


class StepByStep(StandInAssessor):
    """Gives out the grid, then the heatmap, and each time waits until it is let on."""

    def __init__(self) -> None:
        self.on = [Event(), Event()]
        self.order: list[str] = []

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        self.order.append(scan.name)
        made = assessed(scan, blob_place(scan))
        for (name, layer, point), go in zip(
            (("grid", made.grid, 0.6), ("heatmap", made.heatmap, 0.4)), self.on, strict=True
        ):
            arrived(name, layer, point)
            while not go.wait(0.005):
                if cancelled():
                    raise CancelledError
        return made


@pytest.fixture
def three(open_window, study):
    return open_window(study, assessor=ThreeGrids)


def test_each_layer_is_shown_as_soon_as_it_is_made(open_window, study, qtbot):
    models = StepByStep()
    window = open_window(study, assessor=lambda: models, wait=False)
    window.layers.show_only(["grid", "heatmap", "saliency"])
    arrived = []
    window.session.layer_arrived.connect(lambda entry, name: arrived.append((entry, name)))
    qtbot.waitUntil(lambda: len(arrived) == 1, timeout=PATIENCE_MS)
    entry = arrived[0][0]
    viewport = window.viewport_grid.viewport_of(entry.scan)
    assert entry.state is AssessmentState.RUNNING
    assert [has_layer(viewport, name) for name in ("grid", "heatmap", "saliency")] == [True, False, False]
    with_grid = picture(viewport)
    # Drawn from the model's own threshold, not from that of the program.
    assert window.layers.style("grid").threshold == pytest.approx(0.6)
    models.on[0].set()
    qtbot.waitUntil(lambda: (entry, "heatmap") in arrived, timeout=PATIENCE_MS)
    assert [has_layer(viewport, name) for name in ("grid", "heatmap", "saliency")] == [True, True, False]
    assert (picture(viewport) != with_grid).any()
    models.on[1].set()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert has_layer(viewport, "saliency")
    assert entry.arrived == {}


def test_layers_that_have_arrived_stay_through_another_hanging_stage(open_window, study, qtbot):
    models = StepByStep()
    window = open_window(study, assessor=lambda: models, wait=False)
    window.layers.show_only(["grid"])
    qtbot.waitUntil(lambda: any(e.arrived for e in window.session.entries.values()), timeout=PATIENCE_MS)
    entry = next(e for e in window.session.entries.values() if e.arrived)
    window.hanging.show("four-view")
    assert has_layer(window.viewport_grid.viewport_of(entry.scan), "grid")


def test_what_is_on_screen_is_assessed_before_the_rest(open_window, study, qtbot):
    models = StepByStep()
    window = open_window(study, assessor=lambda: models, wait=False)
    window.session.assess_automatically = False
    qtbot.waitUntil(
        lambda: len(window.session.entries) == 4 and all(e.grey is not None for e in window.session.entries.values()),
        timeout=PATIENCE_MS,
    )
    window.session.cancel()
    window.session.on_screen = lambda: {s for s in window.session.entries if str(s.projection) == "MLO"}
    window.session.wanted_first = lambda: next(s for s in window.session.entries if s.name == "L MLO")
    qtbot.waitUntil(lambda: not window.session.models.is_busy, timeout=PATIENCE_MS)
    models.order.clear()
    for go in models.on:
        go.set()
    window.session.assess()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert models.order[:2] == ["L MLO", "R MLO"]
    assert sorted(models.order[2:]) == ["L CC", "R CC"]


def test_another_study_drops_what_was_under_way(open_window, study, make_study, qtbot):
    models = StepByStep()
    window = open_window(study, make_study("other"), assessor=lambda: models, wait=False)
    qtbot.waitUntil(lambda: any(e.arrived for e in window.session.entries.values()), timeout=PATIENCE_MS)
    first = next(e for e in window.session.entries.values() if e.arrived)
    late = []
    window.session.assessment_changed.connect(late.append)
    window.session.layer_arrived.connect(lambda entry, _name: late.append(entry))
    window.session.show_study(1 - window.session.index)
    assert first.arrived == {}
    late.clear()
    for go in models.on:
        go.set()
    qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=PATIENCE_MS)
    assert late
    assert first not in late
    assert first.assessed is None
    assert first.state is AssessmentState.NOT_RUN
    assert first.arrived == {}


def test_the_key_goes_through_all_grids_and_every_figure_follows(three, qtbot):
    window = three
    window.layers.switch("grid", True)
    viewport = viewport_of(window, "L CC")
    entry = window.session.entries[viewport.scan]
    seen, pictures = [], []
    for _ in range(5):
        grid = entry.assessed.assessment.grid
        bar = window.layers_panel.rows["grid"].bar
        seen.append((grid.title, round(window.layers.style("grid").threshold, 2), bar.operating_point))
        pictures.append(picture(viewport))
        qtbot.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert seen == [
        ("200 um", 0.6, pytest.approx(0.6)),
        ("100 um", 0.7, pytest.approx(0.7)),
        ("150 um", 0.65, pytest.approx(0.65)),
        # The mean's threshold is not measured, so it is not ticked as an operating point.
        ("mean of 100, 150, 200 um", 0.66, None),
        ("200 um", 0.6, pytest.approx(0.6)),
    ]
    for a, b in ((0, 1), (1, 2), (2, 3)):
        assert (pictures[a] != pictures[b]).any()
    assert (pictures[0] == pictures[4]).all()


def test_the_panel_says_how_far_off_the_mean_is(three):
    from mammoview.assess.results.assessment import MEAN_CALIBRATION
    from mammoview.qt.layers.layer_options import GridOptionsWidget

    three.layers.switch("grid", True)
    three.layers_panel.unfold("grid")
    choice = three.layers_panel.findChild(GridOptionsWidget)
    assert choice.box.itemText(0) == "200 \u00b5m"
    assert not choice.note.isVisibleTo(three)
    choice.box.setCurrentIndex(3)
    choice.box.activated.emit(3)
    assert three.model_layers.grid == "grid_mean"
    assert f"calibration error {MEAN_CALIBRATION[0]:.2f} (0.0" in choice.note.text()
    assert choice.note.isVisibleTo(three)


def test_another_study_keeps_the_chosen_grid(three, make_study, qtbot):
    three.model_layers.choose_grid("grid_100um")
    three.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(three.session.studies) == 2 and not three.session.busy, timeout=PATIENCE_MS)
    assert all(e.assessed.assessment.grid.um_per_px == 100 for e in three.session.entries.values())


def chosen(window, qtbot, name: str = "L CC"):
    """Wait until a choice is carried out everywhere; returns the entry of that viewport."""
    qtbot.waitUntil(lambda: not window.model_layers.pending, timeout=PATIENCE_MS)
    return window.session.entries[viewport_of(window, name).scan]


def test_the_weighting_of_the_sensitivity_can_be_chosen(window, qtbot):
    entry = window.session.entries[viewport_of(window, "L CC").scan]
    assert entry.assessed.assessment.saliency is entry.made.assessment.saliency, "nobody has asked for another yet"
    window.layers.switch("saliency", True)
    viewport = viewport_of(window, "L CC")
    entry = chosen(window, qtbot)
    first, made = picture(viewport), entry.made
    assert entry.assessed.assessment.weighting == "evidence"
    maps = {}
    for weighting in (*WEIGHTINGS[1:], WEIGHTINGS[0]):
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
        assert window.model_layers.weighting == weighting
        entry = chosen(window, qtbot)
        maps[weighting] = entry.assessed.assessment
        assert entry.assessed.assessment.weighting == weighting
    gradients = gradients_of(made.assessment)
    gate, tau = made.assessment.grid.threshold, made.assessment.operating
    for weighting in WEIGHTINGS:
        expected = gradients.layer(SensitivityOptions(Weighting(weighting), gate, tau, within_contour=True))
        np.testing.assert_allclose(maps[weighting].saliency.values, expected.values)
    assert (picture(viewport) == first).all()


def test_no_sensitivity_lies_outside_the_contour_of_the_heatmap(window, qtbot):
    def outside(entry, threshold: float) -> int:
        sensitivity = entry.assessed.sensitivity
        heatmap = entry.assessed.assessment.heatmap
        inside = inside_contour(heatmap, sensitivity.to_scan, sensitivity.values.shape, threshold)
        return int((sensitivity.values[~inside] > 0).sum())

    entries = list(window.session.entries.values())
    operating = entries[0].assessed.assessment.operating
    assert all((e.made.sensitivity.values > 0).sum() > (e.assessed.sensitivity.values > 0).sum() > 0 for e in entries)
    assert all(outside(e, operating) == 0 for e in entries), "as the models made it, too"
    window.layers.switch("saliency", True)
    chosen(window, qtbot)
    window.layers.set_threshold("heatmap", 0.8)
    entry = chosen(window, qtbot)
    assert entry.assessed.assessment.tau == pytest.approx(0.8), "it follows the threshold in force"


def test_the_gate_follows_the_slider_without_the_models(window, qtbot):
    from mammoview.qt.layers.layer_options import SensitivityOptionsWidget

    window.layers.switch("saliency", True)
    choice = window.layers_panel.findChild(SensitivityOptionsWidget)
    window.model_layers.set_weighting("logit")
    viewport = viewport_of(window, "L CC")
    areas = []
    for position in (50, 80, 99):
        choice.gate.setValue(position)
        entry = chosen(window, qtbot)
        assert entry.assessed.assessment.gate == pytest.approx(position / 100)
        areas.append(int((entry.assessed.assessment.saliency.values > 0).sum()))
    # p = 0.65 and 0.98: both patches, one, none.
    assert areas[0] > areas[1] > areas[2] == 0
    assert not window.session.models.is_busy
    choice.gate.setValue(50)
    choice.tau.setValue(100)
    assert chosen(window, qtbot).assessed.assessment.saliency.values.max() > 0
    assert picture(viewport).any()


def test_a_slider_in_motion_skips_what_it_has_left_behind(window, qtbot):
    window.model_layers.set_weighting("logit")
    chosen(window, qtbot)
    for position in range(40):
        window.model_layers.set_gate(position / 100)
    entry = chosen(window, qtbot)
    assert entry.assessed.assessment.gate == pytest.approx(0.39)


def test_a_failure_leaves_the_models_own_sensitivity(open_window, study, qtbot):
    class Failing(StandInAssessor):
        def sensitivity(self, scan, assessment, cancelled=None, analysis=None):
            raise MammoviewError("there is not enough memory for this scan", "Close studies", scan.path)

    window = open_window(study, assessor=Failing)
    own = [e.assessed.sensitivity.values for e in window.session.entries.values()]
    window.model_layers.set_weighting("logit")
    qtbot.waitUntil(lambda: bool(window.messages.texts), timeout=PATIENCE_MS)
    assert "not enough memory" in window.messages.texts[-1]
    assert window.model_layers.as_made and window.model_layers.weighting == WEIGHTINGS[0]
    for entry, values in zip(window.session.entries.values(), own, strict=True):
        np.testing.assert_array_equal(entry.assessed.sensitivity.values, values)


def test_gradients_are_let_go_with_their_study(window, make_study, qtbot):
    window.model_layers.set_weighting("logit")
    chosen(window, qtbot)
    qtbot.waitUntil(
        lambda: all(e.sensitivity is not None for e in window.session.entries.values()), timeout=PATIENCE_MS
    )
    before = list(window.session.entries.values())
    window.open_paths([make_study("other")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 2 and not window.session.busy, timeout=PATIENCE_MS)
    assert all(e.sensitivity is None for e in before)


def test_a_scan_out_of_range_says_so_in_its_viewport_while_a_model_layer_is_on(open_window, study):
    class Cautious(StandInAssessor):
        def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            lines = ("spacing is assumed (50 um)", "digital mammogram: the models were trained on digitised film")
            return replace(super().assess(scan, progress, cancelled), warnings=lines)

    window = open_window(study, assessor=Cautious)
    viewport = viewport_of(window, "L CC")
    assert not any("models" in line for line in viewport.corners().warnings)
    window.layers.switch("outlines", True)
    assert not any("models" in line for line in viewport.corners().warnings)
    window.layers.switch("heatmap", True)
    assert viewport.corners().warnings[0] == "models: digital mammogram"
    assert "trained on digitised film" in viewport.corners().details
    window.layers.hold_bare(True)
    assert not any("models" in line for line in viewport.corners().warnings)
