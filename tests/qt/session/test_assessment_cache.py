"""A study opened again shows its layers at once; where the cache entry is unreadable, the models are run again."""

from __future__ import annotations

import pytest

from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import Settings
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.records.user_calibration import use
from mammoview.study.spacing import Spacing, SpacingSource
from tests.qt.conftest import StandInAssessor, picture, viewport_of
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S


class Counting(StandInAssessor):
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        self.asked += 1
        return super().assess(scan, progress, cancelled, arrived)


@pytest.fixture
def cache(tmp_path):
    return AssessmentCache(tmp_path / "assessments", 100_000_000)


def opened(open_window, qtbot, study, models, cache, settings=None):
    window = open_window(assessor=lambda: models, settings=settings)
    window.session.loader.cache = window.session.models.cache = lambda _model: cache
    window.layers.show_only(["heatmap", "grid", "saliency"])
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.model_layers.pending, timeout=PATIENCE_MS)
    return window


def test_a_study_opened_again_shows_the_same_layers_without_the_models(open_window, study, cache, qtbot):
    models = Counting()
    first = opened(open_window, qtbot, study, models, cache)
    qtbot.waitUntil(lambda: cache.size()[0] == 4, timeout=PATIENCE_MS)
    before = picture(viewport_of(first, "L CC"))
    again = opened(open_window, qtbot, study, models, cache)
    assert models.asked == 4
    assert {entry.state for entry in again.session.entries.values()} == {AssessmentState.DONE}
    assert (picture(viewport_of(again, "L CC")) == before).all()
    assert again.layers.style("grid").threshold == pytest.approx(0.6)


def test_a_study_is_recalled_while_the_models_are_still_being_loaded(open_window, study, cache, qtbot):
    from threading import Event

    opened(open_window, qtbot, study, Counting(), cache)
    qtbot.waitUntil(lambda: cache.size()[0] == 4, timeout=PATIENCE_MS)
    slow = Event()

    def never_soon():
        slow.wait(PATIENCE_S)
        return StandInAssessor()

    window = open_window(assessor=never_soon)
    window.session.loader.cache = window.session.models.cache = lambda _model: cache
    window.open_paths([study])
    qtbot.waitUntil(
        lambda: (
            len(window.session.entries) == 4
            and all(e.state is AssessmentState.DONE for e in window.session.entries.values())
        ),
        timeout=PATIENCE_MS,
    )
    slow.set()


def test_one_missing_entry_is_assessed_again(open_window, study, cache, qtbot):
    models = Counting()
    opened(open_window, qtbot, study, models, cache)
    qtbot.waitUntil(lambda: cache.size()[0] == 4, timeout=PATIENCE_MS)
    next(cache.folder.iterdir()).write_bytes(b"damaged")
    again = opened(open_window, qtbot, study, models, cache)
    assert models.asked == 5
    assert all(entry.assessed is not None for entry in again.session.entries.values())


def test_a_cache_that_cannot_be_written_is_reported_once(open_window, study, qtbot):
    class Full:
        def get(self, scan):
            return None

        def get_incomplete(self, scan):
            return None

        def key(self, scan):
            return "key"

        def put(self, scan, assessment, key):
            raise MammoviewError("assessments cannot be kept for the next time", "Make room")

    window = opened(open_window, qtbot, study, Counting(), Full())
    assert all(entry.assessed is not None for entry in window.session.entries.values())
    reported = [text for text in window.messages.texts if "cannot be kept" in text]
    assert len(reported) == 1


def test_nothing_is_recalled_where_nothing_is_to_be_assessed(open_window, study, cache, qtbot):
    opened(open_window, qtbot, study, Counting(), cache)
    qtbot.waitUntil(lambda: cache.size()[0] == 4, timeout=PATIENCE_MS)
    settings = Settings.model_construct(notice_seen=True, assess_on_open=False)
    window = opened(open_window, qtbot, study, Counting(), cache, settings)
    assert {entry.state for entry in window.session.entries.values()} == {AssessmentState.NOT_RUN}


def test_nothing_is_kept_of_a_scan_that_was_calibrated_while_it_was_assessed(open_window, study, cache, qtbot):
    class Calibrating(Counting):
        def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
            found = super().assess(scan, progress, cancelled, arrived)
            use(scan, Spacing(0.3, 0.3, SpacingSource.USER))
            return found

    opened(open_window, qtbot, study, Calibrating(), cache)
    assert cache.size() == (0, 0)


def test_models_are_kept_under_the_settings_that_they_were_made_with(open_window, monkeypatch):
    monkeypatch.setattr("mammoview.assess.inference.scan_assessor.make_assessor", lambda *_: StandInAssessor())
    settings = Settings.model_construct(notice_seen=True, grid_stride="even")
    window = open_window(assessor=None, settings=settings)
    before = window.session.models.cache(window.session.choices.first).settings
    window.settings_controller.apply(settings.model_copy(update={"grid_stride": "fine"}))
    assert window.settings.grid_stride == "fine"
    assert window.session.models.cache(window.session.choices.first).settings == before
