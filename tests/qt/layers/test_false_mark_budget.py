"""One slider sets heatmap, grid and findings to what so many false marks cost; own thresholds stay until it moves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mammoview.core.settings import Settings
from mammoview.qt.layers.false_mark_budget import FalseMarkBudgetWidget
from mammoview.qt.layers.layer_options import GridOptionsWidget
from tests.qt.conftest import StandInAssessor, blob_place, viewport_of
from tests.support.operating_curves import CURVES
from tests.support.phantoms import assessed, breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS


def measured(scan, analysis=None):
    """Return an assessment with a mark of 0.9, one of 0.7 and one of 0.3."""
    column, row = blob_place(scan, analysis)
    made = assessed(scan, *((column, row + 60 * i) for i in range(3)), analysis=analysis)
    scores = (0.9, 0.7, 0.3)
    marks = (replace(m, score=s, interval=(s - 0.1, s + 0.1)) for m, s in zip(made.marks, scores, strict=True))
    return replace(made, marks=tuple(marks), curves=CURVES, leading_um=200)


class Measured(StandInAssessor):
    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        return measured(scan, analysis)


@pytest.fixture
def widget_of():
    return lambda window: window.layers_panel.findChild(FalseMarkBudgetWidget)


def thresholds(window) -> list[float]:
    findings = next(iter(window.session.entries.values())).assessed.assessment.least
    return [*(window.layers.style(name).threshold for name in ("heatmap", "grid")), findings]


def test_an_assessment_at_a_budget_has_its_thresholds_and_marks() -> None:
    scan = scan_of(breast_pixels())
    made = measured(scan)
    for budget, marks in ((0.25, 1), (0.5, 2), (1.0, 2), (2.0, 3)):
        at = made.at_budget(budget)
        assert len(at.findings) == marks and at.at_budget(budget).findings == at.findings
        assert at.operating == CURVES.heatmap.threshold_at(budget)
        assert at.grids[200].threshold == at.grid.threshold == CURVES.grid.threshold_at(budget)
    plain = assessed(scan, (120, 260))
    assert plain.at_budget(2.0).findings == plain.findings and plain.at_budget(2.0).operating == plain.operating


class WithoutCurve(StandInAssessor):
    """Has a grid of 100 um as well, for which no curve was measured."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        made = measured(scan, analysis)
        return replace(made, grids={**made.grids, 100: replace(made.grids[200], um_per_px=100.0, threshold=0.7)})


def test_a_grid_without_a_curve_says_that_its_threshold_stays(open_window, study, widget_of) -> None:
    window = open_window(study, assessor=WithoutCurve)
    widget, options = widget_of(window), window.layers_panel.findChild(GridOptionsWidget)
    window.layers.switch("grid", True)
    assert "stays" not in widget.note.text() + options.note.text()
    window.model_layers.choose_grid("grid_100um")
    widget.slider.setValue(3)
    assert window.layers.style("grid").threshold == pytest.approx(0.7)
    assert "no operating curve: its threshold stays" in widget.note.text()
    assert options.note.text().startswith("No operating curve for this grid")
    window.layers.switch("grid", False)
    assert "stays" not in widget.note.text()
    window.layers.switch("grid", True)
    window.model_layers.choose_grid("grid_200um")
    assert "stays" not in widget.note.text() + options.note.text()


def test_nothing_is_said_to_be_found_while_no_study_is_open(open_window, study, widget_of, qtbot) -> None:
    window = open_window(study, assessor=Measured)
    assert "finds" in widget_of(window).note.text()
    window.actions_by_name["close_study"].trigger()
    qtbot.waitUntil(lambda: not window.session.studies, timeout=PATIENCE_MS)
    assert widget_of(window).note.text() == "What this finds is shown once a scan has been assessed"


def test_the_budget_sets_all_thresholds_and_own_ones_stay_until_it_moves(open_window, study, widget_of) -> None:
    window = open_window(study, assessor=Measured)
    widget = widget_of(window)
    window.layers.switch("heatmap", True)
    assert thresholds(window) == pytest.approx([0.6, 0.9, 0.6])
    assert len(window.findings.listed) == 8 and viewport_of(window, "L CC").state == "Models: 2 marks"
    assert (
        widget.figure.text() == "0.5"
        and widget.note.text() == "finds 60 % of findings (55\u00a0to\u00a065), n\u00a0=\u00a040"
    )
    assert "0.50 (0.40 to 0.60)" in widget.toolTip() and "n = 20" in widget.toolTip()
    assert widget.note.text() in widget.slider.accessibleDescription()

    QTest.keyClick(window, ">")
    QTest.keyClick(window, ">")
    assert widget.slider.value() == 3 and thresholds(window) == pytest.approx([0.4, 0.8, 0.2])
    assert viewport_of(window, "L CC").state == "Models: 3 marks"
    QTest.keyClick(window, Qt.Key.Key_Greater)
    assert widget.slider.value() == 3

    row = window.layers_panel.rows["heatmap"]
    assert not row.own.isVisible()
    row.threshold.setValue(33)
    assert row.own.isVisible() and thresholds(window) == pytest.approx([0.33, 0.8, 0.2])
    row.own.click()
    assert not row.own.isVisible() and thresholds(window) == pytest.approx([0.4, 0.8, 0.2])

    row.threshold.setValue(33)
    widget.slider.setValue(0)
    assert not row.own.isVisible() and thresholds(window) == pytest.approx([0.7, 0.95, 0.8])
    assert len(window.findings.listed) == 4

    window.close()
    assert window.settings.false_marks == 0.25 and "heatmap" not in window.settings.layers


def test_a_layer_made_early_leaves_the_threshold_of_the_budget(open_window, study, qtbot) -> None:
    class Early(Measured):
        def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            made = measured(scan, analysis)
            arrived("heatmap", made.heatmap, 0.1)
            return made

    window = open_window(study, assessor=Early, wait=False)
    seen = []
    window.session.layer_arrived.connect(lambda *_what: seen.append(window.layers.style("heatmap").threshold))
    qtbot.waitUntil(lambda: len(seen) == 4 and not window.session.busy, timeout=PATIENCE_MS)
    # The contours of the other scans would come and go with each scan.
    assert seen == pytest.approx([0.1, 0.6, 0.6, 0.6])


def test_nothing_at_a_budget_is_said_and_the_settings_choose_it(open_window, study, widget_of) -> None:
    class Doubtful(Measured):
        def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            made = measured(scan, analysis)
            return replace(made, marks=made.marks[2:])

    settings = Settings.model_construct(notice_seen=True, reading="concurrent", false_marks=1.0)
    window = open_window(study, assessor=Doubtful, settings=settings)
    window.layers.switch("heatmap", True)
    assert widget_of(window).figure.text() == "1"
    assert viewport_of(window, "L CC").state == "Models: no marks at this budget"
    assert "L CC: nothing found at this budget of false marks" in window.findings.states.text()
    window.budget.raise_()
    assert viewport_of(window, "L CC").state == "Models: 1 mark"


def test_models_without_curves_have_no_budget(open_window, study, widget_of) -> None:
    window = open_window()
    widget = widget_of(window)
    assert widget.slider.isEnabled() and "once a scan has been assessed" in widget.note.text()
    window.close()
    window = open_window(study)
    widget = widget_of(window)
    assert not widget.slider.isEnabled() and "not measured on normal views" in widget.note.text()
    before = thresholds(window)
    window.budget.raise_()
    assert thresholds(window) == before


def test_a_model_without_results_shows_no_figures_of_the_one_before(open_window, study, widget_of) -> None:
    window = open_window(study, assessor=Measured)
    widget, entries = widget_of(window), window.session.entries.values()
    points = dict(window.layers_panel.operating_points)
    assert "n\u00a0=\u00a040" in widget.note.text()
    assert None not in points.values() and set(points) >= {"heatmap", "grid"}
    unknown = "b", "once a scan has been assessed", dict.fromkeys(points)
    for model, note, ticks in (unknown, ("", "n\u00a0=\u00a040", points)):
        for entry in entries:
            entry.model = model
        window.session.model_shown.emit()
        assert note in widget.note.text() and window.layers_panel.operating_points == ticks
