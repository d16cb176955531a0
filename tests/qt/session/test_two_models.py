"""Two models side by side: each has results of its own, and one of them is shown, judged and exported."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mammoview.core.errors import ModelError
from mammoview.core.settings import Settings
from mammoview.qt.concurrency.task import Task
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.assessment_queue import AssessmentQueue
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_choice import BUNDLED, UNREADABLE, ModelChoice
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.session.model_worker import ModelWorker
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.qt.widgets.notifier import Notifier
from mammoview.study.pixel_changes import PixelRegion
from tests.qt.conftest import PatientAssessor, viewport_of
from tests.support.own_models import mean_classifier, write_model
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> ModelChoice:
    return ModelChoice.of(write_model(tmp_path_factory.mktemp("models") / "mine", mean_classifier()))


def states(window: MainWindow) -> set[str]:
    return {viewport.state for viewport in window.viewport_grid.viewports}


def settle(window: MainWindow, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)


def test_a_and_b_are_never_the_same_model(mine: ModelChoice) -> None:
    choices = ModelChoices(mine, mine)
    assert choices.second is None and choices.letter == "" and choices.run == (mine,) and not choices.toggle()
    heard = []
    choices.leaving.connect(lambda: heard.append(("leaving", choices.shown)))
    choices.changed.connect(lambda: heard.append(("changed", choices.shown)))
    assert not choices.use(mine, mine) and heard == []
    assert choices.use(BUNDLED, mine) and heard == [("leaving", mine), ("changed", BUNDLED)]
    assert (choices.letter, choices.other, choices.shown_words) == ("A", mine, "A: bundled")
    assert choices.toggle() and (choices.letter, choices.other_letter, choices.shown_words) == ("B", "A", "B: mean 1")
    assert choices.run == (mine, BUNDLED)
    assert choices.use(BUNDLED, mine) and choices.shown == BUNDLED, "a choice shows A again"


def test_a_folder_that_is_gone_is_chosen_at_the_start_and_fails(tmp_path: Path, mine: ModelChoice) -> None:
    assert ModelChoice.at_start("") == ModelChoice.at_start("bundled") == BUNDLED
    assert ModelChoice.at_start(mine.setting) == mine
    gone = ModelChoice.at_start(str(tmp_path / "gone"))
    assert gone.key.startswith(UNREADABLE) and gone.words == "gone" and gone.folder is not None
    with pytest.raises(ModelError):
        gone.folder.unchanged_facts()


def test_two_folders_that_cannot_be_read_are_two_models(tmp_path: Path) -> None:
    names = "gone", "also gone", "gone", f"x/{'y' * 300}"
    one, two, again, long = (ModelChoice.at_start(str(tmp_path / name)) for name in names)
    choices = ModelChoices(one, two)
    assert (choices.first, choices.second) == (one, two) and choices.use(two, one) and choices.toggle()
    assert ModelChoices(one, again).second is None and not choices.use(one, again)
    assert len({BUNDLED.key, one.key, two.key, long.key}) == 4
    assert not [part for part in tmp_path.parts[1:] if part in one.key], "a path may name a person"
    entry = ScanEntry(scan_of(breast_pixels()))
    entry.of(one.key).fail("it is gone")
    assert entry.of(two.key).state is AssessmentState.NOT_RUN


@pytest.fixture
def queue_of(qtbot):
    """Two loaded scans that wait for models, without a window; returns queue, entries and warnings."""
    workers = []

    def make(choices: ModelChoices) -> tuple[AssessmentQueue, list[ScanEntry], list[str]]:
        entries = [ScanEntry(scan_of(breast_pixels())) for _ in range(2)]
        for entry in entries:
            entry.grey, entry.model = SimpleNamespace(picture=SimpleNamespace(breast=True)), choices.shown.key
        notifier, warnings = Notifier(), []
        notifier.notified.connect(lambda message: warnings.append(message.text))
        worker = ModelWorker(first=choices.first)
        workers.append(worker)
        queue = AssessmentQueue(
            worker, LayerState(), lambda: entries, lambda _entry: (), lambda: (), lambda: choices.run, notifier
        )
        for entry in entries:
            queue.await_models(entry)
        return queue, entries, warnings

    yield make
    for worker in workers:
        worker.stop()


def test_a_model_that_cannot_be_loaded_fails_alone_and_is_one_warning(queue_of, qtbot, mine, tmp_path) -> None:
    gone = ModelChoice.at_start(str(tmp_path / "gone"))
    choices = ModelChoices(gone, mine)
    queue, entries, warnings = queue_of(choices)
    queue.start()
    qtbot.waitUntil(lambda: not queue.busy, timeout=PATIENCE_MS)
    assert {entry.of(gone.key).state for entry in entries} == {AssessmentState.FAILED}
    assert {entry.of(mine.key).state for entry in entries} == {AssessmentState.DONE}
    assert len(warnings) == 1 and not queue.broken
    # Chosen again once its folder is there, it is loaded.
    write_model(tmp_path / "gone", mean_classifier(), name="back")
    choices.use(ModelChoice.of(tmp_path / "gone"), mine)
    queue.show_model(True)
    queue.go_on()
    qtbot.waitUntil(lambda: not queue.busy, timeout=PATIENCE_MS)
    assert [entry.made.assessment.own_model for entry in entries] == ["back 1", "back 1"] and len(warnings) == 1


def test_a_model_that_failed_alone_is_tried_again_beside_another(queue_of, qtbot, mine, tmp_path) -> None:
    gone = ModelChoice.at_start(str(tmp_path / "gone"))
    choices = ModelChoices(gone)
    queue, entries, _warnings = queue_of(choices)
    queue.models.broken.emit("gone", gone.key)
    assert {entry.state_text for entry in entries} == {"the models cannot be loaded"}
    choices.use(gone, mine)
    queue.show_model(True)
    assert not queue.broken and {entry.of(one.key).state for entry in entries for one in (gone, mine)} == {
        AssessmentState.WAITING
    }


def test_a_late_failure_of_a_model_that_is_run_no_more_is_none_of_the_next_one(queue_of, qtbot, mine, tmp_path) -> None:
    gone = ModelChoice.at_start(str(tmp_path / "gone"))
    choices = ModelChoices(gone)
    queue, entries, warnings = queue_of(choices)
    choices.use(mine)
    queue.show_model(True)
    queue.models.broken.emit("gone", gone.key)
    qtbot.waitUntil(lambda: not queue.busy, timeout=PATIENCE_MS)
    assert [entry.state for entry in entries] == [AssessmentState.DONE] * 2 and warnings == [] and not queue.broken


def test_all_scans_show_one_model_and_the_bar_its_device(queue_of, mine) -> None:
    choices = ModelChoices(BUNDLED, mine)
    queue, entries, _warnings = queue_of(choices)
    queue.models.submit = lambda _job: Task(lambda *_answer: None)
    devices, shown = [], []
    queue.device_known.connect(devices.append)
    queue.models.ready.emit("cuda", "")
    queue.changed.connect(lambda _entry: shown.append({entry.model for entry in entries}))
    queue.models.ready.emit("cpu", mine.key)
    assert devices == ["cuda"], "what the other model runs on is not shown"
    for key in (mine.key, "", mine.key):
        shown.clear()
        choices.toggle()
        queue.show_model(True)
        assert shown == [{key}] * 2
    assert devices == ["cuda", "cpu", "cuda", "cpu"]


def test_a_model_of_which_nothing_is_known_yet_takes_the_place_of_none_at_all(queue_of, mine) -> None:
    choices = ModelChoices(mine)
    queue, _entries, _warnings = queue_of(choices)
    devices = []
    queue.device_known.connect(devices.append)
    queue.models.broken.emit("broken", mine.key)
    choices.use(BUNDLED)
    queue.show_model(True)
    assert devices == ["no models", ""]


def test_two_models_take_turns_in_one_window(open_window, study, qtbot, mine: ModelChoice, tmp_path: Path) -> None:
    window = open_window(study)
    window.layers.show_only(("heatmap",))
    window.models.alternate()
    assert "There is one model" in window.messages.texts[0]
    qtbot.waitUntil(lambda: window.reader.second_reader.own is not None, timeout=PATIENCE_MS)
    window.findings.show_next()
    judged = window.findings.chosen_finding
    window.verdicts.accept()

    # B is chosen: A is still shown, B is assessed after it.
    window.models.use(BUNDLED, mine)
    assert (window.settings.own_model, window.settings.second_model) == ("", mine.setting)
    assert states(window) == {"A: bundled, 1 mark"}
    settle(window, qtbot)
    entries = list(window.session.entries.values())
    assert [entry.of(mine.key).state for entry in entries] == [AssessmentState.DONE] * 4
    assert not any(entry.assessed.assessment.own_model for entry in entries)
    assert window.status.device.text() == "A: bundled on CPU"

    # For each finding and the study it is shown what both models found, and what one alone did.
    theirs = [entry.of(mine.key).made.assessment.findings for entry in entries]
    assert all(one.models in ("both models", "model A alone") for one in window.findings.listed)
    summary = window.findings.models.text()
    both = sum(one.models == "both models" for one in window.findings.listed)
    assert f"Marks of both models: {both}, of model A alone: {4 - both}, of model B alone:" in summary
    assert "Shift+X shows B: mean 1" in summary
    assert window.reader.second_reader.verdict_of(judged.entry.scan, judged.finding) is not None

    # B is shown in place, with its own findings and thresholds, and without the verdict on a finding of A.
    window.models.alternate()
    settle(window, qtbot)
    assert all(state.startswith("B: mean 1, ") for state in states(window))
    assert {entry.assessed.assessment.own_model for entry in entries} == {"mean 1"}
    assert len(window.findings.listed) == sum(map(len, theirs))
    own = window.reader.second_reader
    assert own.verdict_of(judged.entry.scan, judged.finding) is None
    assert own.own.models[0] == "bundled" and own.own.models[1].startswith("mean 1 (")
    window.viewport_grid.activate(viewport_of(window, judged.entry.scan.name))
    asked = []
    window.export.exporter.write = lambda request: (
        asked.append(request) or window.session.loader.hash_pixels(request.scan)
    )
    window.export.export_scan(tmp_path / "unused.png")
    assert asked[0].assessment.own_model == "mean 1" and asked[0].judged == {}
    folders = []
    window.figures.export = folders.append
    window.figures.export_folder(None, tmp_path, tmp_path)
    assert folders[0].model == mine.folder

    # The eraser asks the current model; what it altered is gone with that model.
    entry = window.session.entries[judged.entry.scan]
    column, row = (int(one) for one in (judged.finding.column, judged.finding.row))
    window.eraser.erase(entry.scan, PixelRegion(column - 8, row - 8, np.ones((16, 16), np.bool_)))
    qtbot.waitUntil(lambda: not window.eraser.busy, timeout=PATIENCE_MS)
    scores = window.eraser.state.parts[entry.scan].scores
    assert entry.drawn.assessment.own_model == "mean 1" and scores[0].baseline is None
    window.models.alternate()
    assert entry.altered is None and window.eraser.step == 0 and states(window) == {"A: bundled, 1 mark"}

    # Back to A alone: nothing of B is shown any more.
    window.models.use(BUNDLED)
    assert states(window) == {"Models: 1 mark"} and not window.findings.models.isVisibleTo(window.findings)
    assert all(one.models == "" for one in window.findings.listed)
    assert own.verdict_of(judged.entry.scan, judged.finding).accepted
    assert window.settings.second_model == ""


def test_a_change_while_a_model_is_at_a_scan_and_a_study_closed_meanwhile(open_window, study, qtbot, mine) -> None:
    patient = PatientAssessor()
    window = open_window(study, assessor=lambda: patient, wait=False)
    qtbot.waitUntil(patient.started.is_set, timeout=PATIENCE_MS)
    window.models.use(mine)
    qtbot.waitUntil(lambda: all(e.state is AssessmentState.DONE for e in window.session.entries.values())
                    and len(window.session.entries) == 4, timeout=PATIENCE_MS)  # fmt: skip
    assert {entry.of("").state for entry in window.session.entries.values()} <= {
        AssessmentState.NOT_RUN,
        AssessmentState.WAITING,
    }
    assert not window.session.busy, "what waited for a model that is not run any more is waited for by nobody"
    # The other model runs as B and never ends: the study is closed, and nothing of it comes back.
    patient.started.clear()
    window.models.use(mine, BUNDLED)
    qtbot.waitUntil(patient.started.is_set, timeout=PATIENCE_MS)
    assert window.session.assessment_queue.entry is not None and all("A: mean 1" in one for one in states(window))
    window.session.close_study()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert window.session.assessment_queue.entry is None and window.session.entries == {}


def test_where_no_model_could_be_loaded_another_one_can_be_chosen(open_window, study, qtbot, mine, tmp_path) -> None:
    def none() -> object:
        raise ModelError("the models are not there", "Install Mammoview again")

    window = open_window(study, assessor=none)
    assert states(window) == {"Models: failed: the models cannot be loaded"}
    window.models.use(mine)
    settle(window, qtbot)
    window.layers.show_only(("heatmap",))
    assert all(one.startswith("Model mean 1: ") for one in states(window))
    # Its folder changes: what is loaded goes on, and what is chosen anew is the model that lies there now.
    folder = write_model(tmp_path / "other", mean_classifier(), name="other")
    chosen = ModelChoice.of(folder)
    write_model(folder, mean_classifier(), name="other", version="2")
    window.models.use(chosen)
    settle(window, qtbot)
    text = "this model is another one than when it was chosen"
    assert all(one.startswith("Model other 1: failed: ") and text in one for one in states(window))
    window.models.use(ModelChoice.of(folder))
    settle(window, qtbot)
    assert {entry.assessed.assessment.own_model for entry in window.session.entries.values()} == {"other 2"}


def test_the_models_of_the_last_time_are_run_again(open_window, study, mine) -> None:
    settings = Settings.model_construct(notice_seen=True, reading="concurrent", second_model=mine.setting)
    window = open_window(study, settings=settings)
    assert states(window) == {"A: bundled, assessed, layers off"}
    assert {entry.of(mine.key).state for entry in window.session.entries.values()} == {AssessmentState.DONE}
