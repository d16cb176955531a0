"""Runs a whole evaluation in a process of its own, so that the window stays responsive."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.batch import evaluation_run
from mammoview.batch.batch_task import BatchResult, BatchSettings, BatchState
from mammoview.batch.executors import begin_process, executor
from mammoview.core import fault_report
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.evaluation.attributes import attribute_name
from mammoview.evaluation.evaluation_folder import read_evaluation
from mammoview.evaluation.paired_comparison import check_truth
from mammoview.evaluation.readers import read_readers
from mammoview.records.opened_studies import open_with_records
from mammoview.study.outline_sources import Truth

_LOOK_S = 0.1
"""Between two looks whether the work was cancelled."""
_END_S = 1.0
"""How long a process that was cancelled may go on, before it is killed: what it has assessed is on the disk."""


_NICE = 10
"""How far the process stands back behind the window."""


@dataclass(frozen=True)
class EvaluationRequest:
    """What is evaluated.

    Parameters
    ----------
    data
        A folder, a file or a zip.
    folder
        Folder of the evaluation; made if it is not there. What is assessed there already is not assessed again.
    truth
        Whose outlines count.
    device
        "auto", "cpu" or "cuda".
    model
        Folder of a model of the user's own, with `model.toml`; None for the bundled ones.
    against
        Folder of another evaluation of the same data to set against; None for none.
    jobs
        Processes to work in.
    scheduler
        Address of a Dask scheduler to work on; empty for this machine.
    by
        DICOM keywords or tags that figures are stratified by.
    readers
        Folders of readers' reports, `mammoview.evaluation.readers.MINE` for those of this user.
    """

    data: Path
    folder: Path
    truth: Truth = Truth.OTHERS
    device: str = "auto"
    model: Path | None = None
    against: Path | None = None
    jobs: int = 1
    scheduler: str = ""
    by: tuple[str, ...] = ()
    readers: tuple[Path, ...] = ()


@dataclass(frozen=True)
class EvaluationProgress:
    """How far an evaluation is.

    Parameters
    ----------
    done, total
        Scans; 0 of 0 while they are looked for.
    assessed
        Of those that are done, how many were assessed now, and had not been there before.
    stage
        What is being done to the next one.
    """

    done: int = 0
    total: int = 0
    assessed: int = 0
    stage: str = ""


Report = Callable[[EvaluationProgress], None]


def evaluate(request: EvaluationRequest, report: Report) -> evaluation_run.FinishedEvaluation:
    """Carry out an evaluation in this process, as `mammoview evaluate` does.

    Parameters
    ----------
    request
        What is evaluated.
    report
        Called with each step. It raises CancelledError where the work is to stop; what has been assessed is kept.

    Raises
    ------
    MammoviewError
        When nothing can be opened, assessed or written.
    """
    others = [path for path in (request.model, request.against) if path is not None]
    evaluation_run.check_apart(request.folder, [request.data, *others])
    report(EvaluationProgress(stage="opening"))
    own = None if request.model is None else OwnModelFolder.of(request.model)
    other = None if request.against is None else read_evaluation(request.against)
    if other is not None:
        check_truth(request.truth, other[1].truth)
    readers, lines = read_readers(request.readers)
    studies = open_with_records(request.data)
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"nothing can be written here ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", request.folder) from error
    jobs, scheduler = request.jobs, request.scheduler
    threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 and not scheduler else 0
    how = BatchSettings(request.device, threads=threads, model=own)
    by = tuple(dict.fromkeys(map(attribute_name, request.by)))
    data, folder = request.data.absolute(), request.folder.absolute()
    plan = evaluation_run.EvaluationPlan([data], studies, folder, how, request.truth, by)
    tasks = plan.tasks()
    outcomes: list[BatchResult] = []
    assessed = 0

    def step(_share: float, stage: str) -> None:
        report(EvaluationProgress(len(outcomes), len(tasks), assessed, stage))

    step(0.0, "")
    with executor(jobs, scheduler or None) as where:
        for outcome in evaluation_run.assess(plan, tasks, where, step):
            outcomes.append(outcome)
            assessed += outcome.state is BatchState.ASSESSED
            step(0.0, "")
    step(0.0, "figures")
    done = evaluation_run.finish(plan, tasks, outcomes, other, readers)
    return replace(done, lines=(*lines, *done.lines))


def run_evaluation(
    request: EvaluationRequest, report: Report, check: Callable[[], None]
) -> evaluation_run.FinishedEvaluation:
    """Carry out an evaluation in a new process, and wait for it.

    Parameters
    ----------
    request
        What is evaluated.
    report
        Called with each step.
    check
        Called several times a second; raises CancelledError where the work is to stop.

    Raises
    ------
    MammoviewError
        When nothing can be opened, assessed or written, or the process ends early.
    CancelledError
        As `check` raises it; the process has ended then.
    """
    context = get_context("spawn")  # a fork would hold the locks of the window's threads
    here, there = context.Pipe()
    # One that starts processes of its own may not be a daemon; they end with it, and it ends with this one.
    process = context.Process(target=_work, args=(request, there), daemon=request.jobs == 1)
    try:
        try:
            process.start()
        except OSError as error:
            what = f"no process can be started for the evaluation ({error.strerror})"
            raise MammoviewError(what, "Close other programs, and try again") from error
        there.close()
        while True:
            check()
            if not here.poll(_LOOK_S):
                continue
            try:
                message = here.recv()
            except (EOFError, OSError) as error:
                raise MammoviewError(
                    "the process of the evaluation ended early", "Start it again: it goes on"
                ) from error
            if isinstance(message, EvaluationProgress):
                report(message)
            elif isinstance(message, evaluation_run.FinishedEvaluation):
                return message
            else:
                raise message
    finally:
        here.close()
        there.close()
        if process.pid is not None:
            process.join(_END_S)
            if process.is_alive():
                process.kill()
                process.join()
        process.close()


def _work(request: EvaluationRequest, pipe: Connection) -> None:
    """Carry out an evaluation in this process, and report by `pipe`; a pipe that is closed cancels it."""
    begin_process()
    if sys.platform != "win32":
        os.nice(_NICE)

    def report(progress: EvaluationProgress) -> None:
        try:
            pipe.send(progress)
        except OSError as error:
            raise CancelledError("the work was cancelled") from error

    answer: evaluation_run.FinishedEvaluation | MammoviewError
    try:
        answer = evaluate(request, report)
    except CancelledError:
        return
    except MammoviewError as error:
        answer = error
    except Exception as error:
        if os.environ.get("MAMMOVIEW_DEBUG"):
            raise
        what = f"internal error ({fault_report.type_name(type(error))} at {fault_report.place(error)})"
        answer = MammoviewError(what, "Set MAMMOVIEW_DEBUG=1 for the traceback")
    try:
        pipe.send(answer)
    except OSError:
        return
