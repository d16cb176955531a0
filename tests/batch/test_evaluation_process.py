"""A whole evaluation for the window: cancelled, resumed, and its errors brought over from another process."""

from __future__ import annotations

import errno
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.batch import evaluation_process
from mammoview.batch.evaluation_process import EvaluationProgress, EvaluationRequest, evaluate, run_evaluation
from mammoview.batch.evaluation_run import ASSESSMENTS
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.evaluation.evaluation_folder import read_evaluation
from mammoview.evaluation.readers import MINE
from mammoview.formats.opening.open_study import open_study
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import Impression, ReaderReport, ReaderReportStore, report_key
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three views of a woman."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number, name in enumerate(("L CC", "L MLO", "L ML")):
        side, projection = name.split()
        file = folder / f"{number}.dcm"
        write(file, pixels=breast_pixels(top=4000 + number), ImageLaterality=side, ViewPosition=projection)
    return folder


@pytest.mark.usefixtures("small_models")
def test_a_run_that_was_cancelled_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    request = EvaluationRequest(data, tmp_path / "out", device="cpu")

    def cancel(progress: EvaluationProgress) -> None:
        if progress.done == 1:
            raise CancelledError("the work was cancelled")

    with pytest.raises(CancelledError):
        evaluate(request, cancel)
    assert len(list((request.folder / ASSESSMENTS).glob("*.npz"))) == 1
    with pytest.raises(MammoviewError):
        read_evaluation(request.folder)
    reported: list[EvaluationProgress] = []
    done = evaluate(request, reported.append)
    assert done.report.is_file() and not done.failed and done.total == 3
    assert (reported[-1].done, reported[-1].total, reported[-1].assessed, reported[-1].stage) == (3, 3, 2, "figures")
    assert [view["state"] for view in read_evaluation(request.folder)[0].views] == ["assessed"] * 3
    pytest.importorskip("onnxruntime")
    from tests.support.own_models import mean_classifier, write_model

    model = write_model(tmp_path / "model", mean_classifier(), thresholds={"lowest": 0.1})
    own = EvaluationRequest(data, tmp_path / "own", device="cpu", model=model, against=request.folder)
    done = evaluate(own, reported.append)
    assert not done.failed and (own.folder / "differences.csv").is_file()
    assert read_evaluation(request.folder)[1].bundled and not read_evaluation(own.folder)[1].bundled


def test_results_never_lie_in_the_folder_that_is_read(data: Path) -> None:
    out = data.parent / "out"
    for request in (EvaluationRequest(data, data), EvaluationRequest(data, out, model=out)):
        with pytest.raises(MammoviewError, match="a folder that is read"):
            evaluate(request, lambda _progress: None)


def test_a_folder_that_is_no_model_is_refused_before_anything_is_assessed(data: Path) -> None:
    request = EvaluationRequest(data, data.parent / "out", model=data)
    with pytest.raises(MammoviewError, match=r"model\.toml"):
        evaluate(request, lambda _progress: None)
    assert not request.folder.exists()


def test_errors_come_over_from_the_process(tmp_path: Path) -> None:
    request = EvaluationRequest(tmp_path / "nothing", tmp_path / "out")
    reported: list[EvaluationProgress] = []
    with pytest.raises(MammoviewError) as refused:
        run_evaluation(request, reported.append, lambda: None)
    assert refused.value.path == request.data and reported == [EvaluationProgress(stage="opening")]


def test_a_process_that_is_not_wanted_any_more_ends(data: Path, tmp_path: Path) -> None:
    wanted = threading.Event()

    def check() -> None:
        if wanted.is_set():
            raise CancelledError("the work was cancelled")

    with pytest.raises(CancelledError):
        run_evaluation(EvaluationRequest(data, tmp_path / "out"), lambda _progress: wanted.set(), check)
    assert not (tmp_path / "out" / "report.html").exists()


def test_a_process_that_cannot_be_started_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_process: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", full)
    with pytest.raises(MammoviewError, match=r"no process can be started .*temporarily unavailable"):
        run_evaluation(EvaluationRequest(tmp_path, tmp_path / "out"), lambda _progress: None, lambda: None)


@pytest.mark.usefixtures("small_models")
def test_attributes_readers_and_processes_are_those_of_the_command(
    data: Path, tmp_path: Path, fresh_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [scan.pixel_hash for study in open_study(data) for scan in study.scans]
    said = {"L": Impression(AssessmentCategory.NEGATIVE)}
    ReaderReportStore.of(fresh_data_folder).keep(ReaderReport(report_key(keys), said))
    request = EvaluationRequest(data, tmp_path / "out", device="cpu", by=("0008,0070",), readers=(MINE,))
    reported: list[EvaluationProgress] = []
    assert not evaluate(request, reported.append).failed
    evaluation, provenance = read_evaluation(request.folder)
    assert provenance.by == ("Manufacturer",) and "Manufacturer" in evaluation.views[0]
    assert "reader 1,patient-" in (request.folder / "readers.csv").read_text()
    asked: list[tuple[int, str | None]] = []
    monkeypatch.setattr(evaluation_process, "executor", lambda *of: asked.append(of) or nullcontext())
    for more in ({"jobs": 2}, {"scheduler": "tcp://host:8786"}):
        assert not evaluate(replace(request, **more), reported.append).failed and reported[-1].assessed == 0
    assert asked == [(2, None), (1, "tcp://host:8786")]
