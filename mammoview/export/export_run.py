"""Exports studies one file after another, for the command line and the window alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from mammoview.assess.results.assessment import Assessment
from mammoview.core import paths
from mammoview.core.errors import CancelledError, MammoviewError, OutOfScopeError
from mammoview.core.fault_report import without_values
from mammoview.display.rendering import readable_companions, render
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.export.assessments import AssessmentSource
from mammoview.export.audit_entries import export_noted
from mammoview.export.burned_in import may_name, text_warning
from mammoview.export.export_format import AssessedScan, ExportContent, ExportFormat, ExportOptions
from mammoview.export.export_names import base_name
from mammoview.export.targets import ExportTargets
from mammoview.records.earlier_keys import move_drawings
from mammoview.records.own_drawings import own_drawings_of, saved_drawings, set_own_drawings
from mammoview.study.scan import Scan, Study

Analysed = Callable[[Scan], ScanAnalysis]


class ExportState(StrEnum):
    """What became of a file."""

    WRITTEN = "written"
    KEPT = "kept"
    FAILED = "failed"


@dataclass(frozen=True)
class ExportOutcome:
    """What became of one file.

    Parameters
    ----------
    name
        Of the scan or study; names no patient.
    state
        KEPT where there was such a file already, which was left as it is.
    text
        The file, or why it could not be written.
    warning
        Why text in its pixels may name the patient; empty where nothing looks like it.
    unnoted
        Why the audit log has no entry of it; empty where it has one.
    """

    name: str
    state: ExportState
    text: str
    warning: str = ""
    unnoted: str = ""


@dataclass(frozen=True, eq=False)
class ExportPlan:
    """What is exported, and where to.

    Parameters
    ----------
    studies
        Opened, not decoded.
    format, options, layers
        As `ExportContent` takes them.
    folder
        Where the files go.
    overwrite
        Whether what is there is written again.
    """

    studies: Sequence[Study]
    format: ExportFormat
    options: ExportOptions
    layers: tuple[str, ...]
    folder: Path
    overwrite: bool = False

    @property
    def groups(self) -> list[tuple[Study, tuple[Scan, ...]]]:
        """The scans of each file, with their study."""
        if self.options.figure.of_study:
            return [(study, tuple(study.scans)) for study in self.studies if study.scans]
        return [(study, (scan,)) for study in self.studies for scan in study.scans]


def export(
    plan: ExportPlan,
    source: AssessmentSource,
    stage: Callable[[str], None] = lambda _word: None,
    cancelled: Callable[[], bool] = lambda: False,
    ask: Callable[[str], bool] | None = None,
) -> Iterator[ExportOutcome]:
    """Write one file after another; a file that cannot be written does not stop the others.

    Parameters
    ----------
    plan
        What is exported.
    source
        Gives the assessments.
    stage
        Called with the name of what is exported next, and with words for the stages of the models.
    cancelled
        Asked between files and between stages of the models.
    ask
        Called, once, with why text in the pixels of a picture may name the patient, before the first such picture is
        written; returns whether such pictures are blacked out outside the breast. It may raise CancelledError. Without
        it they are written as they are, and their outcomes say why they are doubtful.

    Raises
    ------
    CancelledError
        When it was cancelled; the files so far are whole.
    MammoviewError
        When the format cannot hold the figure.
    """
    plan.format.check(plan.options)
    targets = ExportTargets(plan.folder, plan.format, plan.options, plan.layers, source.own_model)
    black_options = replace(plan.options, black_outside=True)
    dark = ExportTargets(plan.folder, plan.format, black_options, plan.layers, source.own_model)
    black: bool | None = None
    study, analysed = None, analyse
    for its_study, scans in plan.groups:
        if cancelled():
            raise CancelledError
        if its_study is not study:
            # A scan is analysed once, for itself and as the other breast of another.
            study, analysed = its_study, cache(analyse)
        name = base_name(scans[0])
        stage(name)
        try:
            target = _target(targets, scans)
            if target.exists() and not plan.overwrite:
                yield ExportOutcome(name, ExportState.KEPT, str(target))
                continue
            drawn = tuple(_assessed(plan, its_study, scan, analysed, source, stage, cancelled) for scan in scans)
            content = ExportContent(target, its_study, drawn, plan.layers, None, plan.options)
            doubtful = pixel_text_warning(plan.format, content)
            if doubtful and ask is not None:
                black = ask(doubtful) if black is None else black
                doubtful = ""  # The reader cancelled.
                if black:
                    target = dark.of(*scans)
                    if target.exists() and not plan.overwrite:
                        yield ExportOutcome(name, ExportState.KEPT, str(target))
                        continue
                    content = replace(content, target=target, options=replace(plan.options, black_outside=True))
            unnoted = export_noted(plan.format, content)
            yield ExportOutcome(name, ExportState.WRITTEN, str(target), doubtful, unnoted)
        except CancelledError:
            raise
        except MammoviewError as error:
            yield ExportOutcome(name, ExportState.FAILED, str(error))
        finally:
            for scan in scans:
                scan.release()


def pixel_text_warning(format: ExportFormat, content: ExportContent) -> str:
    """Return why text in the pixels of a picture may name the patient; empty where nothing looks like it.

    Of formats without pixels, and where what is outside the breast is black, nothing is said.
    """
    if not format.shows_pixels or content.options.black_outside:
        return ""
    covers = format.covers_films and not content.options.keep_identity
    shown = (one for one in content.scans if not (covers and may_name(one.analysis)))
    # In the greys that leave: the window may be shared with the other breast.
    greys = ((one, render(one.scan, beside=one.beside, analysis=one.analysis)) for one in shown)
    return next(filter(None, (text_warning(one.analysis, grey) for one, grey in greys)), "")


def _target(targets: ExportTargets, scans: Sequence[Scan]) -> Path:
    """Return the file of some scans; its name depends on what is drawn on them, so that is taken up first."""
    for scan in scans:
        move_drawings(paths.data_folder(), scan)
        set_own_drawings(scan, saved_drawings(scan, own_drawings_of(scan)))
    return targets.of(*scans)


def _assessed(
    plan: ExportPlan,
    study: Study,
    scan: Scan,
    analysed: Analysed,
    source: AssessmentSource,
    stage: Callable[[str], None],
    cancelled: Callable[[], bool],
) -> AssessedScan:
    """Return a scan with its assessment, if the format and the layers need one."""
    analysis = analysed(scan)
    assessment: Assessment | None = None
    unassessed = ""
    if plan.format.wants_models(plan.layers):
        try:
            assessed = source.assessment(analysis, lambda _share, word: stage(word), cancelled)
            assessment = assessed.at_budget(plan.options.false_marks)
        except OutOfScopeError as error:
            # A study is shown whole; of a scan alone there would be nothing that was asked for.
            if not plan.options.figure.of_study:
                raise
            unassessed = f"This scan is out of scope of the models: {without_values(error.what)}."
    return AssessedScan(analysis, assessment, readable_companions(scan, study.scans, analysed), unassessed=unassessed)
