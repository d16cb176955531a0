"""One evaluation: assess what is not assessed yet, then set all results against the outlines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mammoview.batch import runner
from mammoview.batch.batch_task import BatchResult, BatchSettings, BatchTask
from mammoview.batch.table import write_table
from mammoview.core.errors import MammoviewError
from mammoview.core.result_sources import private_key, remember
from mammoview.core.tables import Column, Row
from mammoview.evaluation import breast_pairs, paired_comparison, reader_findings
from mammoview.evaluation import readers as of_readers
from mammoview.evaluation.attributes import attributes_of, check_keywords
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.evaluation_folder import (
    REPORT,
    Provenance,
    check_folder,
    remove_tables,
    write_provenance,
)
from mammoview.evaluation.evaluation_page import write_report
from mammoview.evaluation.evaluation_tables import write_columns
from mammoview.evaluation.figures import figures_of
from mammoview.evaluation.readers import Reader
from mammoview.evaluation.results import ScanResult
from mammoview.evaluation.study_codes import study_codes, view_code
from mammoview.evaluation.unmatched_outlines import outlines_without_pictures, outlines_without_place
from mammoview.export.audit_entries import run_event, write_noted
from mammoview.records.opened_studies import refused_files
from mammoview.study.outline_sources import Truth
from mammoview.study.scan import Scan, Study

ASSESSMENTS = "assessments"
"""Folder of SCAN.json and SCAN.npz below that of the evaluation."""


@dataclass(frozen=True)
class EvaluationPlan:
    """What is evaluated, and how.

    Parameters
    ----------
    paths, studies
        The paths opened and the studies found in them.
    folder
        Folder of the evaluation.
    how
        Device, stride, threads.
    truth
        Whose outlines count.
    by
        DICOM keywords by which figures are split.
    anonymous, keep_identity
        Whether files are named by codes, and whether patients are named by their IDs.
    overwrite
        Assess again what is already assessed.
    """

    paths: Sequence[Path]
    studies: Sequence[Study]
    folder: Path
    how: BatchSettings = field(default_factory=BatchSettings)
    truth: Truth = Truth.OTHERS
    by: tuple[str, ...] = ()
    anonymous: bool = False
    keep_identity: bool = False
    overwrite: bool = False

    def tasks(self) -> list[BatchTask]:
        """Return one task per scan.

        Raises
        ------
        MammoviewError
            When a keyword or the folder does not do; see `runner.plan`.
        """
        check_keywords(self.by, self.keep_identity)
        check_folder(self.folder, runner.asked(self.how, self.anonymous), self.overwrite)
        place = self.folder / ASSESSMENTS
        return runner.plan(self.paths, self.studies, place, self.how, self.overwrite, self.anonymous)


def assess(
    plan: EvaluationPlan,
    tasks: Sequence[BatchTask],
    executor: Executor | None,
    progress: runner.Progress | None = None,
) -> Iterator[BatchResult]:
    """Assess every task of a plan, as `runner.run` does, and write assessments.csv also when it is stopped."""
    outcomes = []
    try:
        for outcome in runner.run(tasks, executor, progress):
            outcomes.append(outcome)
            yield outcome
    finally:
        write_table(plan.folder / ASSESSMENTS, outcomes)


def collect(
    plan: EvaluationPlan, tasks: Sequence[BatchTask], outcomes: Sequence[BatchResult]
) -> tuple[Evaluation, Provenance, list[str]]:
    """Set the results of all tasks against the outlines.

    Returns
    -------
    The tables, where the results come from, and lines about what is not as it should be.

    Raises
    ------
    MammoviewError
        When the table of codes cannot be kept.
    """
    key = private_key()
    scans = [(study, scan) for study in plan.studies for scan in study.scans]
    remember(plan.folder, [scan.path for _, scan in scans], key)
    codes, lines = study_codes(plan.studies, key, plan.keep_identity)
    owner = dict(zip(map(id, plan.studies), codes, strict=True))
    by_source = {outcome.source.id: outcome for outcome in outcomes}
    first: list[Mapping[str, Any]] = []

    def results() -> Iterator[ScanResult]:
        for (study, scan), task in zip(scans, tasks, strict=True):
            outcome = by_source.get(task.source.id)
            held, reason = None, "it was not assessed"
            if outcome is not None:
                reason = outcome.reason
                if not outcome.failed:
                    held, reason = _held(plan.folder / ASSESSMENTS / f"{outcome.name}.json")
            if held is not None:
                first[:] = first or [held]
            yield ScanResult(
                scan,
                owner[id(study)],
                view_code(scan.path, key),
                task.source.file,
                outcome.name if outcome is not None and held is not None else "",
                held,
                reason,
                attributes_of(scan, plan.by),
                "" if held is not None else _pixels(scan),
            )

    evaluation, more = evaluation_of(results(), plan.truth, plan.by)
    return evaluation, Provenance.of(first[0] if first else None, plan.truth, plan.by), lines + more


@dataclass(frozen=True)
class FinishedEvaluation:
    """What an evaluation came to.

    Parameters
    ----------
    report
        Path of the page.
    lines
        About what is not as it should be, such as outlines without pictures.
    failed
        A line for each scan and file that could not be opened or assessed.
    total
        Scans that were found.
    """

    report: Path
    lines: tuple[str, ...]
    failed: tuple[str, ...]
    total: int


def finish(
    plan: EvaluationPlan,
    tasks: Sequence[BatchTask],
    outcomes: Sequence[BatchResult],
    other: tuple[Evaluation, Provenance] | None = None,
    readers: Sequence[Reader] = (),
) -> FinishedEvaluation:
    """Set the results of all tasks against the outlines, and write tables, figures and report.

    Parameters
    ----------
    plan, tasks, outcomes
        What was asked, and what became of it.
    other
        Another evaluation of the same data to set against.
    readers
        Whose reports become rows, too.

    Raises
    ------
    MammoviewError
        When nothing can be written, or the other evaluation has outlines of others.
    """
    evaluation, provenance, lines = collect(plan, tasks, outcomes)
    refused = refused_files(plan.studies)
    scans = [scan for study in plan.studies for scan in study.scans]
    lone, lost = outlines_without_pictures(plan.paths, scans), outlines_without_place(scans)
    notes = (
        *lines,
        *_counted(refused, "files could not be opened"),
        *_counted(lone, "outlines, or lists of them, have no picture"),
        *_counted(lost, "outlines could not be read or placed"),
    )
    provenance = replace(provenance, notes=notes, keep_identity=plan.keep_identity)
    report, more = write_evaluation(plan.folder, evaluation, provenance, other, readers)
    failed = (*refused, *(f"{one.name}: {one.text}" for one in outcomes if one.failed))
    return FinishedEvaluation(report, (*lines, *lone, *lost, *more), failed, len(tasks))


def check_apart(folder: Path, read: Sequence[Path]) -> None:
    """Check that what is read is not written over. Raises MammoviewError."""
    if any(folder.resolve() == path.resolve() for path in read):
        raise MammoviewError("the results would lie in a folder that is read", "Choose another folder", folder)


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    provenance: Provenance,
    other: tuple[Evaluation, Provenance] | None,
    readers: Sequence[Reader],
) -> tuple[Path, list[str]]:
    """Write tables, figures and report; returns the path of the report, and lines for the user.

    All is worked out before the first file is written, and evaluation.json is complete last. The audit log has one
    entry of it; where tables have Patient IDs, nothing is written without that.
    """
    figures, parts, notes = figures_of(evaluation), [], list(provenance.notes)
    lines: list[str] = []
    more: list[tuple[str, Sequence[Column], list[Row]]] = []
    if other is not None:
        paired_comparison.check_truth(provenance.truth, other[1].truth)
        comparison = paired_comparison.paired(evaluation, other[0])
        changes, rows = paired_comparison.compare(comparison), paired_comparison.differences(comparison)
        more.append(("differences.csv", paired_comparison.COLUMNS, rows))
        parts.append(paired_comparison.report_part(comparison, changes, rows, other[1].title))
        figures += changes
    rows = breast_pairs.pair_rows(evaluation)
    of_marks = breast_pairs.pair_figures(evaluation, rows)
    if of_marks:
        more.append(("pairs.csv", breast_pairs.COLUMNS, rows))
        parts.append(breast_pairs.report_part(of_marks))
        figures += of_marks
    if readers:
        rows, lines = of_readers.reader_rows(evaluation, readers, provenance.own_model)
        more.append(("readers.csv", of_readers.COLUMNS, rows))
        findings = reader_findings.finding_rows(evaluation, readers, provenance.own_model)
        more.append((reader_findings.FINDINGS, reader_findings.FINDING_COLUMNS, findings))
        of_each = of_readers.reader_figures(rows)
        of_each += reader_findings.finding_figures(evaluation, readers, findings)
        parts.append(of_readers.report_part(of_each, reader_findings.unread_lines(findings)))
        figures += of_each
        notes += [*lines, *(reader.note for reader in readers if reader.note)]

    def write() -> None:
        write_provenance(folder, provenance, complete=False)
        remove_tables(folder)
        evaluation.write(folder)
        for name, columns, rows in more:
            write_columns(folder / name, columns, rows)
        write_report(folder, evaluation, figures, provenance, notes, parts)
        write_provenance(folder, provenance)

    named = provenance.keep_identity
    unnoted = write_noted(run_event("evaluation", len(evaluation.views), named, compared=other is not None), write)
    return folder / REPORT, [*lines, *filter(None, [unnoted])]


def _counted(lines: Sequence[str], what: str) -> list[str]:
    """Return how many there are; the report has no names of files, which may name patients."""
    return [f"{len(lines)} {what}; they were named when it was evaluated"] if lines else []


def _pixels(scan: Scan) -> str:
    """Return the hash of the pixels of a scan that was not assessed; empty where it cannot be decoded."""
    try:
        return scan.pixel_hash
    except MammoviewError:
        return ""
    finally:
        scan.release()


def _held(file: Path) -> tuple[dict[str, Any] | None, str]:
    """Return what a SCAN.json holds, or None and why not."""
    try:
        held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for name in ("marks", "outlines", "highest", "budgets", "pixels", "content", "thresholds"):
            _ = held[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None, "its result is damaged, or of an earlier version. Assess it again with --overwrite"
    return held, ""
