"""The thread that draws previews of figures, writes them, and exports folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from mammoview.core.errors import MammoviewError
from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.dialogs.figure_preview import PixelText
from mammoview.qt.main_window.pixel_text import PixelTextQuestion

if TYPE_CHECKING:
    from mammoview.assess.models.own_model_folder import OwnModelFolder
    from mammoview.assess.results.assessment import Assessment
    from mammoview.display.layer_style import LayerStyle
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.export.export_format import ExportContent
    from mammoview.export.export_run import ExportOutcome
    from mammoview.qt.dialogs.figure_dialog import FigureChoice
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan, Study


_TextWarnings = WeakKeyDictionary["ScanAnalysis", tuple[tuple["ref[ScanAnalysis]", ...], str]]
"""Why text in the pixels of a scan may name the patient, with the other breast's scans that it was shown beside."""
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
    study, about
        Scan that the dialog was opened for, and its study.
    scans
        Of what: this scan alone, or all scans of the study.
    styles
        Looks of the layers.
    accepted
        `PixelText.about` of the figures that may leave with the text in their pixels, as the reader said.
    """

    choice: FigureChoice
    study: Study
    about: Scan
    scans: tuple[ShownScan, ...]
    styles: dict[str, LayerStyle]
    accepted: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, eq=False)
class FolderRequest:
    """Request: export every scan or study of a folder, or the studies of a list.

    Parameters
    ----------
    choice
        What is written of each.
    sources
        A folder, or the files and zips of the studies.
    target
        Folder of the files.
    device
        Where the models run.
    model
        The user's own model whose results are shown; None for the bundled ones.
    keys
        Of the studies of a list with files, `library.insert.study_key`; others in the same zips are left out. None for
        all.
    missing
        How many studies of the list have no files that can be reached.
    missing_files
        Files that cannot be reached, of studies with others that can.
    """

    choice: FigureChoice
    sources: tuple[Path, ...]
    target: Path
    device: str
    model: OwnModelFolder | None
    keys: frozenset[str] | None = None
    missing: int = 0
    missing_files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class FolderResult:
    """What became of a folder.

    Parameters
    ----------
    written, kept, failed
        How many files.
    first
        Why the first one failed; empty where none did.
    unnoted
        Why the audit log has no entry of one of them; empty where it has them all.
    """

    written: int
    kept: int
    failed: int
    first: str
    unnoted: str = ""


@dataclass(frozen=True)
class WrittenFigure:
    """A figure that has been written.

    Parameters
    ----------
    path
        Its file.
    unnoted
        Why the audit log has no entry of it; empty where it has one.
    """

    path: Path
    unnoted: str


@dataclass(frozen=True, eq=False)
class PreviewedFigure:
    """A preview, and text in its pixels that may name the patient; None where nothing looks like it."""

    image: QImage
    text: PixelText | None


class FigureWorker(Worker):
    """The thread that draws and writes figures.

    Before a picture is written that may name the patient in its pixels, a `PixelTextQuestion` is delivered, and the
    choice of the reader is waited for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text_warnings: _TextWarnings = WeakKeyDictionary()

    def preview(self, request: FigureRequest) -> Task[PreviewedFigure, None]:
        """Draw the first page of a figure."""
        return self.submit(partial(_preview, request, self._text_warnings))

    def write(self, request: FigureRequest, target: Path) -> Task[WrittenFigure, PixelTextQuestion]:
        """Write a figure."""
        return self.submit(partial(_write, request, target))

    def export_folder(self, request: FolderRequest) -> Task[FolderResult, PixelTextQuestion]:
        """Export a folder or a list; files that are there are kept, so that it goes on where it stopped."""
        return self.submit(partial(export_folder, request))


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


def _preview(request: FigureRequest, warnings: _TextWarnings, task: Task[PreviewedFigure, None]) -> PreviewedFigure:
    """Draw the first page of a figure; `warnings` are known from earlier previews."""
    from mammoview.display.rendering import render
    from mammoview.export.burned_in import text_warning
    from mammoview.export.pictures import preview

    content = _content(request, Path(), task.check)
    request.choice.format.check_pixels(content)
    # What is seen here can be copied and dragged out.
    options = replace(content.options, dpi=min(content.options.dpi, _PREVIEW_DPI), keep_identity=False)
    picture = preview(replace(content, options=options))
    task.check()
    data = picture.tobytes()
    image = QImage(data, picture.width, picture.height, 3 * picture.width, QImage.Format.Format_RGB888)
    text = None
    about = doubt_subject(request.choice, content)
    if not options.black_outside and about not in request.accepted:
        for one in content.scans:
            task.check()
            beside = tuple(map(ref, one.beside))  # the other breast may have been loaded since
            if warnings.get(one.analysis, ((), ""))[0] != beside or one.analysis not in warnings:
                grey = render(one.scan, beside=one.beside, analysis=one.analysis)
                warnings[one.analysis] = beside, text_warning(one.analysis, grey)
            why = warnings[one.analysis][1]
            if why:
                text = PixelText(why, _coverable(request.choice, content), about)
                break
    return PreviewedFigure(image.copy(), text)


def doubt_subject(choice: FigureChoice, content: ExportContent) -> tuple[str, ...]:
    """Return what a figure shows of which pixels, for `PixelText.about`; all but what lies over the greys."""
    options = choice.options
    named = "named" if options.keep_identity else "anonymous"
    shown = options.figure.value, choice.format.name, options.crop, options.grey.value, options.hanging_protocol, named
    return (*shown, *(one.scan.pixel_hash for one in content.scans))


def _coverable(choice: FigureChoice, content: ExportContent) -> bool:
    """Whether what lies outside the breast can be blacked out in a file of that kind, in all scans."""
    from mammoview.export.burned_in import coverable

    return choice.format.blacks_out and all(coverable(one.analysis) for one in content.scans)


def _write(request: FigureRequest, target: Path, task: Task[WrittenFigure, PixelTextQuestion]) -> WrittenFigure:
    """Write a figure."""
    from mammoview.export.audit_entries import export_noted
    from mammoview.export.export_run import pixel_text_warning

    content = _content(request, target, task.check)
    kind = request.choice.format
    kind.check(content.options)
    task.check()
    found = pixel_text_warning(kind, content)
    if found and doubt_subject(request.choice, content) not in request.accepted:
        question = PixelTextQuestion(found, _coverable(request.choice, content))
        task.deliver(question)
        content = replace(content, options=replace(content.options, black_outside=question.wait(task.check)))
    return WrittenFigure(target, export_noted(kind, content))


def export_folder(request: FolderRequest, task: Task[FolderResult, PixelTextQuestion]) -> FolderResult:
    """Export a folder or a list."""
    from mammoview.export import export_run
    from mammoview.export.assessments import AssessmentSource
    from mammoview.export.export_run import ExportPlan, ExportState
    from mammoview.records.opened_studies import open_with_records, refused_files

    choice = request.choice
    studies = open_with_records(list(request.sources)) if request.sources else []
    refused = refused_files(studies)
    if request.keys is not None:
        from mammoview.library.insert import study_key

        studies = [study for study in studies if study_key(study) in request.keys]
        others = len(request.keys - {study_key(study) for study in studies})
        what = f"{others} studies of the list are not in their files any more"
        refused += [str(MammoviewError(what, "Scan the library again"))] * others
    what, remedy = f"the files of {request.missing} studies are not there", "Connect the medium, or forget the studies"
    refused += [str(MammoviewError(what, remedy))] * request.missing
    refused += [str(MammoviewError("the file is not there", remedy, file)) for file in request.missing_files]
    plan = ExportPlan(studies, choice.format, choice.options, choice.layers, request.target)
    total = len(plan.groups)
    outcomes: list[ExportOutcome] = []

    def stage(word: str) -> None:
        task.report(len(outcomes) / max(1, total), word)

    def ask(warning: str) -> bool:
        question = PixelTextQuestion(warning)
        task.deliver(question)
        return question.wait(task.check)

    source = AssessmentSource.of_program(request.device, request.model)
    for outcome in export_run.export(plan, source, stage, task.is_cancelled, ask):
        outcomes.append(outcome)
        stage(outcome.name)
    failed = [*refused, *(one.text for one in outcomes if one.state is ExportState.FAILED)]
    written, kept = (sum(one.state is state for one in outcomes) for state in (ExportState.WRITTEN, ExportState.KEPT))
    unnoted = next((one.unnoted for one in outcomes if one.unnoted), "")
    return FolderResult(written, kept, len(failed), failed[0] if failed else "", unnoted)
