"""Export of the active scan: asks where to, and has a thread draw and write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.findings.finding_marker import FindingMarker
from mammoview.qt.main_window.pixel_text import PixelTextQuestion, ask_about_text
from mammoview.qt.main_window.viewport_pictures import SeenViewport, seen_viewport
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.file_dialogs import path_to_save
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mammoview.assess.results.assessment import Assessment
    from mammoview.display.layer_style import LayerStyle
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.session.voi_state import VoiState
    from mammoview.records.reader_report import Verdict
    from mammoview.study.grey_pipeline import LookUpTable, VoiWindow
    from mammoview.study.scan import Scan


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """Request: write this scan at full resolution, or as it was seen.

    Parameters
    ----------
    path
        File to write.
    shown
        Scan of the session that it is a picture of.
    scan, assessment, layers, styles
        What is drawn: of a stack a frame, of an altered scan the altered copy.
    analysis
        Analysis of the picture on screen.
    seen
        The viewport, or None for full resolution.
    window
        Window or table in which `seen` is shown.
    zoom
        Pixels of `seen` per scan pixel.
    judged
        The reader's verdicts by rank of the finding.
    marked
        Number and score of the finding that has corners in `seen`, if one has.
    numbered
        Number and score of each finding whose number stands in `seen`.
    beside
        Analyses of the other breast's loaded scans, which share the automatic window.
    unassessed
        Why there is no assessment, a sentence; empty where the models were not run.
    """

    path: Path
    shown: Scan
    scan: Scan
    assessment: Assessment | None
    layers: tuple[str, ...]
    styles: dict[str, LayerStyle]
    analysis: ScanAnalysis
    seen: SeenViewport | None = None
    window: VoiWindow | LookUpTable | None = None
    zoom: float = 1.0
    judged: Mapping[int, Verdict] = field(default_factory=dict)
    marked: tuple[int, float] | None = None
    numbered: tuple[tuple[int, float], ...] = ()
    beside: tuple[ScanAnalysis, ...] = ()
    unassessed: str = ""


class ExportWorker(Worker):
    """The thread that draws and writes.

    Before a picture leaves that may name the patient in its pixels, a `PixelTextQuestion` is delivered and its answer
    is waited for.
    """

    def write(self, request: ExportRequest) -> Task[Path, PixelTextQuestion]:
        """Write one picture; the result is its file."""
        return self.submit(partial(_write, request))

    def choose(self, seen: SeenViewport, grey: VoiState) -> Task[QImage, PixelTextQuestion]:
        """Choose the picture of a viewport that may leave; `grey` is how it is shown."""
        return self.submit(partial(_chosen, seen, grey.picture.analysis, grey.beside, grey.window))


def shown_text_warning(
    analysis: ScanAnalysis, beside: tuple[ScanAnalysis, ...], window: VoiWindow | LookUpTable | None = None
) -> str:
    """Return why text in the pixels of a scan may name the patient; empty where nothing looks like it.

    It is looked for in the greys of the first preset, shared with the scans `beside`, and in those of `window`.
    """
    from mammoview.display.rendering import codes, preset, table
    from mammoview.export.burned_in import text_warning

    first = preset(analysis, beside=beside)
    windows = [first] if window is None or window == first else [first, window]
    greys = (table(analysis, one)[codes(analysis)] for one in windows)
    return next(filter(None, (text_warning(analysis, grey) for grey in greys)), "")


def is_to_be_black(
    analysis: ScanAnalysis,
    beside: tuple[ScanAnalysis, ...],
    task: Task[Any, PixelTextQuestion],
    can_cover: bool,
    window: VoiWindow | LookUpTable | None = None,
) -> bool:
    """Return whether what lies outside the breast is to be black; asks the reader where text may be in the pixels."""
    found = shown_text_warning(analysis, beside, window)
    if not found:
        return False
    question = PixelTextQuestion(found, can_cover)
    task.deliver(question)
    return question.wait(task.check)


def _chosen(
    seen: SeenViewport,
    analysis: ScanAnalysis,
    beside: tuple[ScanAnalysis, ...],
    window: VoiWindow | LookUpTable | None,
    task: Task[Any, PixelTextQuestion],
) -> QImage:
    """Return the picture of a viewport that may leave."""
    if seen.is_covered:
        return seen.image
    covered = is_to_be_black(analysis, beside, task, seen.covered is not None, window)
    return seen.covered if covered and seen.covered is not None else seen.image


def _write(request: ExportRequest, task: Task[Path, PixelTextQuestion]) -> Path:
    """Write one picture."""
    from mammoview.display.scan_analysis import analyse
    from mammoview.export.annotated_png import write_as_seen, write_png
    from mammoview.export.burned_in import coverable
    from mammoview.export.captions import captions

    scan, assessment, layers, styles = request.scan, request.assessment, request.layers, request.styles
    judged, unassessed = request.judged, request.unassessed
    if request.seen is None:
        # Another frame of a stack has grey levels of its own.
        known = request.analysis if request.analysis.is_of(scan) else analyse(scan)
        write_png(
            request.path,
            scan,
            assessment,
            layers,
            styles,
            judged=judged,
            analysis=known,
            beside=request.beside,
            unassessed=unassessed,
            black_outside=is_to_be_black(known, request.beside, task, coverable(known)),
        )
    else:
        seen = rgb(_chosen(request.seen, request.analysis, request.beside, request.window, task))
        width = seen.shape[1]
        words = captions(
            request.analysis,
            assessment,
            layers,
            styles,
            request.zoom,
            width,
            judged,
            request.marked,
            request.numbered,
            unassessed=unassessed,
        )
        write_as_seen(request.path, seen, words)
    return request.path


class ExportController(QObject):
    """The two export commands."""

    done = Signal(str)
    """File that has been written."""
    exported = Signal(object)
    """Scan of which a picture has been written."""

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        layers: LayerState,
        judged: Callable[[Scan, Assessment], Mapping[int, Verdict]],
        marker: FindingMarker,
        notifier: Notifier,
        parent: QWidget,
    ) -> None:
        """Export scans shown in `viewport_grid`.

        Parameters
        ----------
        session, viewport_grid, layers
            What is exported.
        judged
            Returns the reader's verdicts on the findings of a scan, by rank.
        marker
            Which findings are numbered and marked in a viewport.
        notifier
            Shows what went wrong.
        parent
            Window that the file dialogs belong to.
        """
        super().__init__(parent)
        self._judged, self._marker, self._notifier = judged, marker, notifier
        self._session, self._viewport_grid, self._layers, self._parent = session, viewport_grid, layers, parent
        self.text_box: QMessageBox | None = None
        """The question about text in the pixels that was asked last."""
        self.exporter = ExportWorker(self)
        self.exporter.failed.connect(notifier.warn)

    def ask_for_scan(self) -> None:
        """Ask for a file and write the active scan to it at full resolution."""
        self._ask(self.tr("Export annotated scan"), "annotated", self.export_scan)

    def ask_for_seen(self) -> None:
        """Ask for a file and write the active viewport to it as it is on screen."""
        self._ask(self.tr("Export as seen"), "as-seen", self.export_seen)

    def export_scan(self, path: Path) -> None:
        """Have the active scan written at full resolution with the layers that are on, once it lacks no grid."""
        viewport = self._viewport()
        if viewport is not None and viewport.content is not None:
            scan, analysis = viewport.content.scan, viewport.content.grey.picture.analysis
            self._when_complete(scan, lambda: self.write(self._request(path, scan, analysis)))

    def export_seen(self, path: Path) -> None:
        """Have the active viewport written as it is on screen, without the patient, once it lacks no grid."""
        viewport = self._viewport()
        if viewport is not None and viewport.content is not None:
            scan = viewport.content.scan
            self._when_complete(scan, partial(self._export_seen, path, viewport, scan))

    def _when_complete(self, scan: Scan, act: Callable[[], None]) -> None:
        """Call `act` once a scan lacks no grid."""
        entry = self._session.entry_of(scan)
        self._session.assessment_queue.when_complete(act, () if entry is None else (entry,))

    def _export_seen(self, path: Path, viewport: Viewport, scan: Scan) -> None:
        """Write a viewport as it is on screen, unless it shows another scan by now."""
        if viewport.content is None or viewport.zoom is None or viewport.content.scan is not scan:
            self._notifier.warn(self.tr("Nothing was exported: the viewport shows another picture by now"))
            return
        seen = seen_viewport(viewport, self._viewport_grid.film_mask)
        if seen is None:
            self._notifier.warn(self.tr("The viewport has no room to show anything. Make the window larger"))
            return
        plain = self._request(path, viewport.content.scan, viewport.content.grey.picture.analysis)
        numbered = tuple((one.number, one.finding.score) for one in self._marker.numbered_in(viewport))
        marked, window = self._marker.marked_in(viewport), viewport.content.grey.window
        self.write(replace(plain, seen=seen, window=window, zoom=viewport.zoom, marked=marked, numbered=numbered))

    def write(self, request: ExportRequest) -> None:
        """Have a picture written, and report its path by `done`."""
        task = self.exporter.write(request)
        result = partial(self._take_file, request.shown)
        task.connect(self, result=result, partial=partial(self._ask_about_text, task))

    def _take_file(self, scan: Scan, file: Path) -> None:
        """Report a file that has been written; another study may be shown by now."""
        self.exported.emit(scan)
        self.done.emit(str(file))

    def _ask_about_text(self, task: Task[Path, PixelTextQuestion], question: PixelTextQuestion) -> None:
        """Ask whether a picture may name the patient in its pixels."""
        self.text_box = ask_about_text(self._parent, question.warning, question.answer, task.cancel, question.coverable)

    def _request(self, path: Path, scan: Scan, analysis: ScanAnalysis) -> ExportRequest:
        """Collect what is drawn of a scan; `analysis` is that of an altered copy where one is shown."""
        entry = self._session.entries.get(scan)
        assessed = None if entry is None else entry.drawn
        assessment = None if assessed is None else assessed.assessment
        altered = None if entry is None else entry.altered
        # Verdicts are on findings of the true scan.
        judged = {} if assessment is None or altered is not None else self._judged(scan, assessment)
        shown = self._session.entry_of(scan)
        return ExportRequest(
            path,
            scan,
            scan.still() if altered is None else altered.scan,
            assessment,
            self._layers.nameless,
            self._layers.styles,
            analysis,
            judged=judged,
            beside=() if shown is None or shown.grey is None else shown.grey.beside,
            unassessed=unassessed(entry),
        )

    def _viewport(self) -> Viewport | None:
        """Active viewport, if it has a picture; else None, with a warning."""
        viewport = self._viewport_grid.active
        if viewport is None or viewport.content is None:
            self._notifier.warn(self.tr("There is no picture to export. Open a study and choose a viewport"))
            return None
        return viewport

    def _ask(self, title: str, kind: str, act: Callable[[Path], None]) -> None:
        """Ask for a file name; the one offered names nobody."""
        viewport = self._viewport()
        if viewport is None or viewport.scan is None:
            return
        offered = f"{viewport.scan.name.replace(',', '').replace(' ', '-')}-{kind}.png"
        kinds = self.tr("PNG pictures (*.png)")
        path = path_to_save(self._parent, title, offered, kinds, ".png", warn=self._notifier.warn)
        if path is not None:
            act(path)


def unassessed(entry: ScanEntry | None) -> str:
    """Return why there is no assessment of a scan, a sentence in English; empty where the models were not run."""
    from mammoview.core import fault_report

    if entry is None or entry.state in (AssessmentState.NOT_RUN, AssessmentState.DONE):
        return ""
    if entry.unfinished:
        return "The models had not finished with this scan."
    # The text names the file, which may name the patient, and ends in a remedy.
    why = fault_report.without_values(entry.state_text).removeprefix(f"{fault_report.HIDDEN}: ").partition(". ")[0]
    reason = "" if why in ("", fault_report.HIDDEN) else f": {why}"
    failed = entry.state is AssessmentState.FAILED
    return f"{'The models failed' if failed else 'This scan is out of scope of the models'}{reason}."


def rgb(image: QImage) -> NDArray[np.uint8]:
    """Return uint8 (rows, columns, 3) of a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
