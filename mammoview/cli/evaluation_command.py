"""`mammoview evaluate`: results of the models against the outlines of a data set, as tables and a report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoview.assess.results.strides import GridStride
from mammoview.cli.common import DeviceChoice, Processor, made_folder, opened, report_failed
from mammoview.cli.progress import progress
from mammoview.core.errors import MammoviewError
from mammoview.records.opened_studies import refused_files
from mammoview.study.outline_sources import Truth

if TYPE_CHECKING:
    from mammoview.batch.evaluation_run import EvaluationPlan
    from mammoview.batch.runner import BatchResult, BatchTask

TRUTHS = {"others": Truth.OTHERS, "own": Truth.OWN, "all": Truth.ALL}


def evaluate(
    paths: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Folders, zips, DICOMDIRs or files.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for tables, report and assessments.")],
    device: Processor = DeviceChoice.AUTO,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes to work in.")] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Assess again what is already there.")] = False,
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
        typer.Option(metavar="KEYWORD", help="A DICOM attribute to tell figures by, such as KVP; may be repeated."),
    ] = None,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Name no file in the results; a private table tells the codes.")
    ] = False,
    keep_identity: Annotated[
        bool, typer.Option("--keep-identity", help="Tables name patients by their IDs in place of codes.")
    ] = False,
) -> None:
    """Set the models against the outlines of a data set.

    Assesses every scan, goes on where it stopped, and writes lesions, marks, views, breasts and patients as CSV (and
    Parquet, where pyarrow is installed), figures with 95 % intervals (figures.csv) and one page (report.html).
    """
    from mammoview.batch import evaluation_run, runner
    from mammoview.evaluation.figures import figures_of
    from mammoview.evaluation.lone_outlines import outlines_without_pictures
    from mammoview.evaluation.report import write_provenance, write_report
    from mammoview.evaluation.tables import parquet_installed

    if truth not in TRUTHS:
        raise MammoviewError(f"{truth!r} is not whose outlines count", f"Choose one of {', '.join(TRUTHS)}")
    if not parquet_installed():
        print("tables are written as CSV alone: Parquet needs pip install 'mammoview[scale]'", file=sys.stderr)
    studies = opened(paths)
    made_folder(out)
    threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 and not scheduler else 0
    plan = evaluation_run.EvaluationPlan(
        [path.absolute() for path in paths],
        studies,
        out.absolute(),
        runner.BatchSettings(device.value, stride.value, threads),
        TRUTHS[truth],
        tuple(dict.fromkeys(by or ())),
        anonymous,
        keep_identity,
        overwrite,
    )
    tasks = plan.tasks()
    outcomes = _assessed(plan, tasks, jobs, scheduler)
    evaluation, provenance, lines = evaluation_run.collect(plan, tasks, outcomes)
    refused = refused_files(studies)
    lone = outlines_without_pictures(plan.paths, [scan for study in studies for scan in study.scans])
    write_provenance(plan.folder, provenance)
    evaluation.write(plan.folder)
    notes = [*lines, *_counted(refused, "files could not be opened"), *_counted(lone, "outlines have no picture")]
    report = write_report(plan.folder, evaluation, figures_of(evaluation), provenance, notes)
    for line in (*lines, *lone):
        print(line, file=sys.stderr)
    print(report)
    report_failed([*refused, *(f"{one.name}: {one.text}" for one in outcomes if one.failed)], len(tasks))


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


def _counted(lines: list[str], what: str) -> list[str]:
    """Return how many there are; the report has no names of files, which may name patients."""
    return [f"{len(lines)} {what}; the command named them"] if lines else []
