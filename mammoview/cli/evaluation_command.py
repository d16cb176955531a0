"""`mammoview evaluate`: results of the models against the outlines of a data set, as tables and a report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.assess.results.strides import GridStride
from mammoview.cli.common import DeviceChoice, OwnModel, Processor, made_folder, opened, report_failed
from mammoview.cli.progress import progress
from mammoview.core.errors import MammoviewError
from mammoview.study.outline_sources import Truth

if TYPE_CHECKING:
    from mammoview.batch.batch_task import BatchResult, BatchTask
    from mammoview.batch.evaluation_run import EvaluationPlan

OF_ASSESSMENT = {
    "device": "--device", "jobs": "--jobs", "scheduler": "--scheduler", "stride": "--grid", "truth": "--truth",
    "by": "--by", "anonymous": "--anonymous", "keep_identity": "--keep-identity", "model": "--model",
}  # fmt: skip
"""Options for how views are assessed and set against outlines, by parameter."""
TRUTHS = {"others": Truth.OTHERS, "own": Truth.OWN, "all": Truth.ALL}


def evaluate(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="Folders, zips or files; or an evaluation."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for tables, report and assessments.")],
    device: Processor = DeviceChoice.AUTO,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes to work in.")] = 1,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Assess again what is already there, and replace tables of other models."),
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to work on, such as tcp://host:8786.")
    ] = None,
    stride: Annotated[GridStride, typer.Option("--grid", help="Cells of the patch grids, as in assess.")] = (
        GridStride.EVEN
    ),
    truth: Annotated[
        str, typer.Option(metavar="WHOSE", help="Outlines that count: others' (as data sets give them), own, or all.")
    ] = "others",
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A DICOM attribute to split figures by: KVP or 0018,0060; may be repeated."),
    ] = None,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Name no file in the results; a private table lists the codes.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(metavar="OTHER", help="Folder of another evaluation of the same data to set against."),
    ] = None,
    reader: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="Kept reports of a reader, or mine for your own; may be repeated."),
    ] = None,
    keep_identity: Annotated[
        bool, typer.Option("--keep-identity", help="Tables have Patient IDs beside the codes.")
    ] = False,
    model: OwnModel = None,
) -> None:
    """Set the models against the outlines of a data set.

    Assesses every scan, goes on where it stopped, and writes lesions, marks, views, breasts and patients as CSV and
    Parquet, figures with 95 % intervals (figures.csv) and one page (report.html).
    """
    from mammoview.batch import evaluation_run
    from mammoview.batch.batch_task import BatchSettings
    from mammoview.evaluation.attributes import attribute_name
    from mammoview.evaluation.evaluation_folder import check_folder, is_evaluation, read_evaluation
    from mammoview.evaluation.paired_comparison import check_truth
    from mammoview.evaluation.readers import read_readers

    if truth not in TRUTHS:
        raise MammoviewError(f"{truth!r} is not whose outlines count", f"Choose one of {', '.join(TRUTHS)}")
    evaluation_run.check_apart(out, paths if against is None else [*paths, against])
    other = None if against is None else read_evaluation(against)
    readers, lines = read_readers(reader or [])
    for line in lines:
        print(line, file=sys.stderr)
    if len(paths) == 1 and is_evaluation(paths[0]):
        _check_nothing_assessed(context)
        evaluation, provenance = read_evaluation(paths[0])
        check_folder(out, provenance.asked, overwrite)
        made_folder(out)
        report, lines = evaluation_run.write_evaluation(out, evaluation, provenance, other, readers)
        for line in lines:
            print(line, file=sys.stderr)
        print(report)
        return
    if other is not None:
        check_truth(TRUTHS[truth].value, other[1].truth)
    own = None if model is None else OwnModelFolder.of(model)
    studies = opened(paths)
    made_folder(out)
    threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 and not scheduler else 0
    plan = evaluation_run.EvaluationPlan(
        [path.absolute() for path in paths],
        studies,
        out.absolute(),
        BatchSettings(device.value, stride.value, threads, own),
        TRUTHS[truth],
        tuple(dict.fromkeys(map(attribute_name, by or ()))),
        anonymous,
        keep_identity,
        overwrite,
    )
    tasks = plan.tasks()
    outcomes = _assessed(plan, tasks, jobs, scheduler)
    done = evaluation_run.finish(plan, tasks, outcomes, other, readers)
    for line in done.lines:
        print(line, file=sys.stderr)
    print(done.report)
    report_failed(done.failed, done.total)


def _check_nothing_assessed(context: typer.Context) -> None:
    """Check that no option is given that has no effect on an evaluation that is there. Raises MammoviewError."""
    for name, option in OF_ASSESSMENT.items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise MammoviewError(
                f"{option} has no effect where DATA is an evaluation: nothing is assessed", "Leave it out"
            )


def _assessed(plan: EvaluationPlan, tasks: list[BatchTask], jobs: int, scheduler: str | None) -> list[BatchResult]:
    """Assess what is not there yet, with a progress bar."""
    from mammoview.batch import evaluation_run
    from mammoview.batch.executors import executor

    outcomes = []
    with executor(jobs, scheduler) as where, progress(rate=True) as bar:
        every = bar.add_task("assessing", total=len(tasks), stage="")

        def stage(share: float, word: str) -> None:
            bar.update(every, stage=word)

        for outcome in evaluation_run.assess(plan, tasks, where, stage):
            bar.update(every, advance=1, stage="")
            outcomes.append(outcome)
    return outcomes
