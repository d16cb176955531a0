"""The models look at a prior after the study; its layers are its own, and its findings are not the study's."""

from __future__ import annotations

from threading import Event

from mammoview.core.errors import CancelledError
from mammoview.library.database import LibraryDatabase
from mammoview.library.folder_scan import add_folder, scan_folder
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.records.user_calibration import use
from mammoview.study.scan import Laterality, Projection
from mammoview.study.spacing import Spacing, SpacingSource
from tests.qt.conftest import StandInAssessor, await_prior, exams, has_layer
from tests.support.timeouts import PATIENCE_MS


class Noting(StandInAssessor):
    """Notes which file it is asked about; from some file on it works until it is cancelled."""

    def __init__(self, stop_at: str = "") -> None:
        self.asked: list[str] = []
        self.stop_at = stop_at
        self.never = Event()

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        self.asked.append(f"{scan.path.parent.name} {scan.name}")
        while self.asked[-1].startswith(self.stop_at or "nothing"):
            if cancelled():
                raise CancelledError
            self.never.wait(0.002)  # lets the other threads run
        return super().assess(scan, progress, cancelled, arrived)


def of_2024(open_window, now, then, models):
    """Window on the later of two examinations, shown before anything was assessed."""
    with LibraryDatabase() as index:
        scan_folder(index, add_folder(index, then))
    return open_window(now, assessor=lambda: models, wait=False)


def test_priors_are_assessed_after_the_study(open_window, make_study, qtbot):
    models = Noting()
    window = of_2024(open_window, *exams(make_study, "2024", "2021"), models)
    await_prior(qtbot, window, "2021-03-15")
    assert [asked.split()[0] for asked in models.asked] == ["2024"] * 4 + ["2021"] * 4
    assert all(entry.state is AssessmentState.DONE for entry in window.priors.entries.values())


def test_the_layers_of_a_prior_hang_over_it_and_follow_the_reader(compared):
    window = compared
    window.layers.show_only(["heatmap"])
    window.hanging.show("prior-cc")
    views = [view for view in window.viewport_grid.viewports if view.prior]
    assert all(has_layer(view, "heatmap") for view in views)
    own = [entry.assessed.assessment for entry in window.priors.entries.values()]
    window.model_layers.choose_grid("grid_200um")
    assert all(entry.assessed.assessment.drawn == "grid_200um" for entry in window.priors.entries.values())
    assert not any(one.drawn for one in own)


def test_cancelling_stops_the_prior_as_well_and_asking_goes_on_with_it(open_window, make_study, qtbot):
    models = Noting("2021")
    window = of_2024(open_window, *exams(make_study, "2024", "2021"), models)
    qtbot.waitUntil(
        lambda: len(models.asked) == 5 and all(entry.grey is not None for entry in window.priors.entries.values()),
        timeout=PATIENCE_MS,
    )
    assert window.session.busy
    window.session.cancel()
    assert not window.session.busy
    assert {entry.state for entry in window.priors.entries.values()} == {AssessmentState.NOT_RUN}
    assert {entry.state for entry in window.session.entries.values()} == {AssessmentState.DONE}
    models.stop_at = ""
    window.session.assess()
    await_prior(qtbot, window, "2021-03-15")
    assert {entry.state for entry in window.priors.entries.values()} == {AssessmentState.DONE}


def test_a_prior_that_makes_way_for_an_older_one_is_assessed_no_more(open_window, make_study, qtbot):
    now, then, before = exams(make_study, "2024", "2021", "2018")
    with LibraryDatabase() as index:
        scan_folder(index, add_folder(index, before))
    models = Noting("2021")
    window = of_2024(open_window, now, then, models)
    qtbot.waitUntil(lambda: len(models.asked) == 5, timeout=PATIENCE_MS)
    left = list(window.priors.entries.values())
    window.priors.show_older()
    await_prior(qtbot, window, "2018-03-15")
    assert [asked.split()[0] for asked in models.asked[4:]] == ["2021"] + ["2018"] * 4
    assert not any(entry.assessed for entry in left)


def test_a_prior_whose_assessment_was_kept_is_not_assessed_again(open_window, make_study, qtbot):
    models = Noting()
    now, then = exams(make_study, "2024", "2021")
    window = of_2024(open_window, now, then, models)
    window.session.loader.cache = window.session.models.cache = lambda _model: kept
    kept = AssessmentsInMemory()
    await_prior(qtbot, window, "2021-03-15")
    first, asked = window.priors.entries, list(models.asked)
    window.session.close_study()
    window.open_paths([now])
    await_prior(qtbot, window, "2021-03-15")
    assert window.priors.entries is not first
    qtbot.waitUntil(lambda: all(e.assessed for e in window.priors.entries.values()), timeout=PATIENCE_MS)
    assert models.asked == asked


class AssessmentsInMemory:
    """A cache in memory, by file."""

    def __init__(self) -> None:
        self.by_file: dict[object, object] = {}

    def get(self, scan):
        return self.by_file.get(scan.path)

    def get_incomplete(self, scan):
        return None

    def key(self, scan) -> str:
        return str(scan.path)

    def put(self, scan, assessment, _key) -> None:
        self.by_file[scan.path] = assessment


def test_a_prior_that_is_calibrated_is_assessed_anew(compared, qtbot):
    entry = next(iter(compared.priors.entries.values()))
    before = entry.made
    use(entry.scan, Spacing(0.3, 0.3, SpacingSource.USER))
    for shown in (compared.session, compared.priors):
        shown.respace([entry.scan])
    assert entry.assessed is None
    qtbot.waitUntil(lambda: not compared.session.busy, timeout=PATIENCE_MS)
    assert entry.made is not None
    assert entry.made is not before


def test_a_prior_that_is_calibrated_has_no_results_of_its_earlier_size_when_its_own_study_is_shown(compared, qtbot):
    session = compared.session
    now, then = session.index, session.studies.index(compared.priors.study)
    session.show_study(then)
    qtbot.waitUntil(lambda: not session.busy, timeout=PATIENCE_MS)
    scan = session.studies[then].scans[0]
    before = session.entries[scan].made
    assert before is not None
    session.show_study(now)
    await_prior(qtbot, compared, "2021-03-15")
    use(scan, Spacing(0.3, 0.3, SpacingSource.USER))
    for shown in (session, compared.priors):
        shown.respace([scan])
    session.show_study(then)
    assert session.entries[scan].assessed is None
    qtbot.waitUntil(lambda: not session.busy, timeout=PATIENCE_MS)
    assert session.entries[scan].made not in (None, before)


def test_the_findings_leave_priors_alone(compared):
    window = compared
    assert not set(window.priors.entries) & set(window.session.entries)
    assert all(entry.assessed is not None for entry in window.priors.entries.values())
    assert {listed.entry.scan for listed in window.findings.listed} <= set(window.session.entries)
    window.hanging.show_prior(True)
    assert all(v.content.scan in window.priors.entries for v in window.viewport_grid.viewports)
    assert {(e.scan.laterality, e.scan.projection) for e in window.session.entries.values()} == {
        (side, view) for side in Laterality for view in (Projection.CC, Projection.MLO)
    }
