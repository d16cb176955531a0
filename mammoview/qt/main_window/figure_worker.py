"""The thread that draws previews of figures, writes them, and exports folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import Worker

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.display.layers.layer_style import LayerStyle
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.export.export_format import ExportContent
    from mammoview.export.export_run import ExportOutcome
    from mammoview.qt.dialogs.figure_dialog import FigureChoice
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan, Study


_PREVIEW_DPI = 300
"""Finest resolution of previews, and so of what is copied and dragged: a page at 1200 dpi takes half a gigabyte."""


@dataclass(frozen=True, eq=False)
class ShownScan:
    """A scan as the window has it; what it has not is made in the thread.

    Parameters
    ----------
    scan
        The scan.
    analysis
        Of the scan; None where it has not been loaded.
    assessment, judged, beside, unassessed
        As `AssessedScan` takes them.
    """

    scan: Scan
    analysis: ScanAnalysis | None
    assessment: Assessment | None
    judged: Mapping[int, Verdict]
    beside: tuple[ScanAnalysis, ...]
    unassessed: str


@dataclass(frozen=True, eq=False)
class FigureRequest:
    """Request: draw or write a figure.

    Parameters
    ----------
    choice
        What is drawn.
    study, scans
        Of what: the active scan alone, or all scans of the study.
    styles
        Looks of the layers.
    """

    choice: FigureChoice
    study: Study
    scans: tuple[ShownScan, ...]
    styles: dict[str, LayerStyle]


@dataclass(frozen=True, eq=False)
class FolderRequest:
    """Request: export every scan or study of a folder."""

    choice: FigureChoice
    source: Path
    target: Path
    device: str
    own_model: str = ""


@dataclass(frozen=True)
class FolderResult:
    """What became of a folder.

    Parameters
    ----------
    written, kept, failed
        How many files.
    doubtful
        In how many of those that were written text in the pixels may name the patient.
    first
        Why the first one failed; empty where none did.
    """

    written: int
    kept: int
    failed: int
    doubtful: int
    first: str


@dataclass(frozen=True)
class WrittenFigure:
    """A file, and why text in its pixels may name the patient; empty where nothing looks like it."""

    path: Path
    doubt: str


class FigureWorker(Worker):
    """The thread that draws and writes figures."""

    def preview(self, request: FigureRequest) -> Task[QImage, None]:
        """Draw the first page of a figure."""
        return self.submit(partial(_preview, request))

    def write(self, request: FigureRequest, target: Path) -> Task[WrittenFigure, None]:
        """Write a figure."""
        return self.submit(partial(_write, request, target))

    def export_folder(self, request: FolderRequest) -> Task[FolderResult, None]:
        """Export a folder; files that are there are kept, so that it goes on where it stopped."""
        return self.submit(partial(_export_folder, request))


def _content(request: FigureRequest, target: Path, check: Callable[[], None]) -> ExportContent:
    """Return what is drawn, analysing what has not been loaded. Raises MammoviewError."""
    from mammoview.display.scan_analysis import analyse
    from mammoview.export.export_format import AssessedScan, ExportContent

    scans = []
    for one in request.scans:
        check()
        # Another frame of a stack has grey levels of its own.
        known = one.analysis if one.analysis is not None and one.analysis.is_of(one.scan) else None
        analysis = known or analyse(one.scan, check)
        scans.append(AssessedScan(analysis, one.assessment, one.beside, one.judged, one.unassessed))
    choice = request.choice
    # Of a stack, the frame that is shown stands for it.
    study = (
        replace(request.study, scans=[one.scan for one in scans]) if choice.options.figure.of_study else request.study
    )
    return ExportContent(target, study, tuple(scans), choice.layers, request.styles, choice.options)


def _preview(request: FigureRequest, task: Task[QImage, None]) -> QImage:
    """Draw the first page of a figure."""
    from mammoview.export.pictures import preview

    content = _content(request, Path(), task.check)
    # What is seen here can be copied and dragged out, which the audit log does not note: it names nobody.
    options = replace(content.options, dpi=min(content.options.dpi, _PREVIEW_DPI), keep_identity=False)
    picture = preview(replace(content, options=options))
    task.check()
    data = picture.tobytes()
    image = QImage(data, picture.width, picture.height, 3 * picture.width, QImage.Format.Format_RGB888)
    return image.copy()


def _write(request: FigureRequest, target: Path, task: Task[WrittenFigure, None]) -> WrittenFigure:
    """Write a figure."""
    from mammoview.export.export_run import pixel_doubt

    content = _content(request, target, task.check)
    request.choice.format.check(content.options)
    task.check()
    kind = request.choice.format
    return WrittenFigure(kind.write(content), pixel_doubt(kind, content))


def _export_folder(request: FolderRequest, task: Task[FolderResult, None]) -> FolderResult:
    """Export a folder."""
    from mammoview.assess.models.own_folder import model_at_start
    from mammoview.export import export_run
    from mammoview.export.assessments import AssessmentSource
    from mammoview.export.export_run import ExportPlan, ExportState
    from mammoview.records.opened_studies import open_with_records, refused_files

    choice = request.choice
    studies = open_with_records(request.source)
    refused = refused_files(studies)
    plan = ExportPlan(studies, choice.format, choice.options, choice.layers, request.target)
    total = len(plan.groups)
    outcomes: list[ExportOutcome] = []

    def stage(word: str) -> None:
        task.report(len(outcomes) / max(1, total), word)

    source = AssessmentSource.of_program(request.device, model_at_start(request.own_model))
    for outcome in export_run.export(plan, source, stage, task.is_cancelled):
        outcomes.append(outcome)
        stage(outcome.name)
    failed = [*refused, *(one.text for one in outcomes if one.state is ExportState.FAILED)]
    written, kept = (sum(one.state is state for one in outcomes) for state in (ExportState.WRITTEN, ExportState.KEPT))
    doubtful = sum(bool(one.doubt) for one in outcomes)
    return FolderResult(written, kept, len(failed), doubtful, failed[0] if failed else "")
