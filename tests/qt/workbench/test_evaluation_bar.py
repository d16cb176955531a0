"""An evaluation that is started from the workbench: progress, time left, cancel, resume, and the result is opened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.batch import evaluation_process
from mammoview.batch.evaluation_process import EvaluationProgress, EvaluationRequest
from mammoview.batch.evaluation_run import FinishedEvaluation
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.readers import MINE
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.workbench.evaluation_dialog import EvaluationDialog
from mammoview.qt.workbench.workbench_window import WorkbenchWindow
from mammoview.study.outline_sources import Truth
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def workbench(qapp) -> Iterator[WorkbenchWindow]:
    window = WorkbenchWindow(Notifier(), device=lambda: "cpu")
    window.show()
    yield window
    window.close()
    window.stop()
    window.deleteLater()


def test_a_data_set_is_evaluated_and_the_result_is_opened(workbench, evaluated, qtbot, monkeypatch) -> None:
    folder = evaluated[0]
    go, asked = threading.Event(), []

    def run(request: EvaluationRequest, report: Callable, check: Callable[[], None]) -> FinishedEvaluation:
        asked.append(request)
        report(EvaluationProgress(stage="opening"))
        for done in range(4):
            report(EvaluationProgress(done, 4, done, "grids"))
            while done == 2 and not go.wait(0.01):
                check()
        return FinishedEvaluation(folder / "report.html", ("a line",), ("L CC: no breast was found",), 4)

    monkeypatch.setattr(evaluation_process, "run_evaluation", run)
    bar = workbench.evaluation
    assert not bar.isVisible()
    bar.ask()
    dialog = bar.dialog
    assert not dialog.start.isEnabled()
    dialog.data.setText(str(folder))
    dialog.results.setText(str(folder))
    assert not dialog.start.isEnabled()  # they may not be the same
    dialog.data.setText(str(folder.parent / "study"))
    dialog.against.setText(str(folder))
    assert not dialog.start.isEnabled()
    dialog.against.setText("bundled")
    dialog.model.setText("mine")
    dialog.truth.setCurrentIndex(dialog.truth.findData(Truth.OWN))
    dialog.jobs.setValue(3)
    dialog.by.setText("KVP; 0008,1010;")
    dialog.readers.setText("mine; of a colleague")
    dialog.start.click()
    qtbot.waitUntil(lambda: "2 of 4" in bar.text.text(), timeout=PATIENCE_MS)
    assert "left" in bar.text.text() and (bar.bar.value(), bar.bar.maximum()) == (2, 4)
    assert bar.cancel_button.isVisible() and not bar.resume_button.isVisible()
    wanted = EvaluationRequest(folder.parent / "study", folder, Truth.OWN, "cpu", Path("mine"), Path("bundled"))
    readers = (MINE, Path("of a colleague"))
    wanted = replace(wanted, jobs=3, by=("KVP", "0008,1010"), readers=readers)
    assert asked == [wanted]
    bar.cancel_button.click()
    assert "Cancelled at 2 of 4" in bar.text.text() and bar.resume_button.isVisible()
    qtbot.waitUntil(lambda: not bar.worker.is_busy, timeout=PATIENCE_MS)
    go.set()
    bar.resume_button.click()
    qtbot.waitUntil(lambda: workbench.opened is not None, timeout=PATIENCE_MS)
    assert asked[0] == asked[1] and workbench.opened.folder == folder
    assert "1 of 4 failed, 1 notes: L CC: no breast was found" in bar.text.text()
    assert bar.resume_button.isVisible()


def test_what_went_wrong_is_said_and_the_run_can_be_resumed(workbench, qtbot, monkeypatch) -> None:
    def run(*_asked: object) -> FinishedEvaluation:
        raise MammoviewError("the process of the evaluation ended early", "Start it again: it goes on where it was")

    monkeypatch.setattr(evaluation_process, "run_evaluation", run)
    with qtbot.waitSignal(workbench.evaluation.refused, timeout=PATIENCE_MS):
        workbench.evaluation.start(EvaluationRequest(Path("data"), Path("out")))
    assert "ended early" in workbench.evaluation.text.text() and workbench.evaluation.resume_button.isVisible()


def test_a_cluster_takes_the_place_of_processes(qapp) -> None:
    dialog = EvaluationDialog()
    dialog.data.setText("data")
    dialog.results.setText("results")
    dialog.jobs.setValue(4)
    dialog.scheduler.setText("tcp://host:8786")
    assert not dialog.jobs.isEnabled()
    asked: list[EvaluationRequest] = []
    dialog.wanted.connect(asked.append)
    dialog.start.click()
    assert [(one.jobs, one.scheduler, one.by, one.readers) for one in asked] == [(1, "tcp://host:8786", (), ())]
    dialog.deleteLater()
