"""The eraser: requests altered regions, shows the altered pictures, and undoes and repeats the steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.qt.concurrency.task import Task
from mammoview.qt.eraser.alteration_history import AlterationHistory, AlteredState
from mammoview.qt.eraser.alteration_work import AlterationWork, AlteredPart, Subject
from mammoview.qt.eraser.eraser_tools import EraseTool, MoveTool
from mammoview.qt.session.altered_scan import AlteredScan
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.study.pixel_changes import PixelRegion
    from mammoview.study.scan import Scan, Study

ERASE, MOVE = "erase", "move_region"
ERASER_TOOLS = (ERASE, MOVE)
"""Names of the tools, which are those of their commands."""
LEAST_MM, MOST_MM = 1.0, 15.0
"""Radius of the brush, mm."""
_USUAL_MM = 4.0
_PIXEL_MM = 0.05
"""Pixels of an unknown size are taken as those of a fine film digitizer."""


class EraserController(QObject):
    """Alters copies of the scans that hang on a viewport grid; the scans themselves stay as they are."""

    changed = Signal()
    """Another picture is shown, the true one or an altered one."""

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        layers: LayerState,
        notifier: Notifier,
        parent: QObject | None = None,
        work: AlterationWork | None = None,
    ) -> None:
        """Alter scans shown in `viewport_grid`; `work` is done in the models' thread."""
        super().__init__(parent)
        self._session, self._grid, self._layers, self._notifier = session, viewport_grid, layers, notifier
        self.work = work or AlterationWork()
        self.radius_mm = _USUAL_MM
        self.tools: dict[str, EraseTool | MoveTool] = {ERASE: EraseTool(self), MOVE: MoveTool(self)}
        self._history = AlterationHistory()
        self._true: dict[Scan, LoadedScan] = {}
        """Pictures of the true scans that altered ones are shown in the place of."""
        self._task: Task[list[AlteredPart], LoadedScan] | None = None
        self._pointed: Scan | None = None
        """The scan that is to be ready next, while a tool is active."""
        self._preparing: tuple[Subject, Task[None, None]] | None = None
        """What was made ready last, or is being made ready."""
        self._keeps = False
        """Whether the models' thread may keep something of a scan."""
        session.study_shown.connect(self._take_study)
        session.study_closed.connect(self._take_study)
        session.choices.leaving.connect(self._leave)
        session.scan_loaded.connect(self._take_loaded)
        session.assessment_changed.connect(self._take_assessment)
        session.progressed.connect(self._take_progress)
        layers.opened.connect(self._take_gate)

    # Tools

    def takes(self, scan: Scan) -> bool:
        """Whether a scan can be altered now; where not, the notifier shows why."""
        if self.busy:
            return False
        why = self._refusal(scan)
        if why:
            self._notifier.warn(why)
        return not why

    def _refusal(self, scan: Scan) -> str:
        """Return why a scan cannot be altered; empty where it can."""
        entry = self._session.entries.get(scan)
        if not self._layers.open:
            return self.tr("The eraser shows results of the models, and the layers are closed")
        if entry is None or entry.grey is None or scan.stack is not None:
            return self.tr("The eraser works on single pictures of the current study, not on priors or slices")
        if entry.made is None:
            return self.tr("The models have not assessed this picture yet")
        if entry.shown.lacks_grids:
            return self.tr("The models have not finished with this picture yet")
        return ""

    def point_at(self, scan: Scan | None) -> None:
        """Prepare a scan in the models' thread while nothing else waits, so that later steps are answered immediately.

        For while a tool is active: the active scan when it is taken, then those that the pointer comes to.
        """
        if scan is not None and scan is not self._pointed:
            self._pointed = scan
            self._prepare()

    def _prepare(self) -> None:
        """Prepare the scan that is pointed at as it is shown, unless it has been prepared."""
        entry = None if self._pointed is None else self._session.entries.get(self._pointed)
        if entry is None or self.busy or self._session.busy or self._refusal(entry.scan):
            return
        subject = self._subject(entry)
        if self._preparing is not None:
            known, task = self._preparing
            if subject.is_same(known) and not task.is_cancelled():
                return
            task.cancel()
        self._keeps = True
        task = self._session.models.use(
            lambda assessor, task: self.work.prepare(assessor, subject, task), self._session.choices.shown
        )
        self._preparing = subject, task.connect(self, failed=self._notifier.warn)

    def deactivate(self) -> None:
        """Drop what is painted and what was prepared: no tool is active any more."""
        self.drop()
        self._pointed = None
        self._forget()

    def _forget(self) -> None:
        """Release what the models' thread keeps of scans."""
        if self._preparing is not None:
            self._preparing[1].cancel()
            self._preparing = None
        if self._keeps and self._session.models.isRunning():
            self._session.models.submit(lambda _task: self.work.forget())
        self._keeps = False

    def radius(self, scan: Scan) -> tuple[float, float]:
        """Return the radius of the brush in columns and rows of a scan."""
        spacing = scan.spacing
        across, down = (spacing.column_mm, spacing.row_mm) if spacing.known else (_PIXEL_MM, _PIXEL_MM)
        return self.radius_mm / across, self.radius_mm / down

    def widen(self) -> None:
        """Take a wider brush."""
        self._set_radius(self.radius_mm * 1.25)

    def narrow(self) -> None:
        """Take a narrower brush."""
        self._set_radius(self.radius_mm / 1.25)

    def _set_radius(self, radius_mm: float) -> None:
        self.radius_mm = min(MOST_MM, max(LEAST_MM, radius_mm))
        self.repaint()

    def show_move_hint(self, held: bool) -> None:
        """Show what to do with a painted region while it is held, and no longer."""
        hint = self.tr("Click where the region is to go, in this picture or in another one")
        if held:
            self._notifier.info(hint)
        else:
            self._notifier.withdraw(hint)

    def drop(self) -> None:
        """Forget what is painted."""
        for tool in self.tools.values():
            tool.drop()
        self.repaint()

    def cancel(self) -> None:
        """Drop what is painted, and cancel the step that is computed."""
        self.drop()
        if self._preparing is not None:
            self._preparing[1].cancel()
        self._abandon()

    # Alterations

    @property
    def busy(self) -> bool:
        """Whether results are to come."""
        return self._task is not None and self._task.is_pending

    def is_altered(self, scan: Scan) -> bool:
        """Whether an altered picture of a scan is shown, or comes to be shown."""
        return scan in self._true

    @property
    def step(self) -> int:
        """Number of the state that is shown; 0 is that of the true scans."""
        return self._history.step

    @property
    def state(self) -> AlteredState:
        """What is shown."""
        return self._history.state

    def erase(self, scan: Scan, region: PixelRegion) -> None:
        """Have a region filled from its surroundings."""
        entry = self._session.entries.get(scan)
        if entry is not None and self.takes(scan):
            subject = self._subject(entry)
            self._ask(lambda assessor, task: self.work.erase(assessor, subject, region, task))

    def move(self, scan: Scan, region: PixelRegion, target: Scan, place: tuple[float, float]) -> None:
        """Have a region filled, and what was in it put elsewhere."""
        source, other = self._session.entries.get(scan), self._session.entries.get(target)
        if source is None or other is None or not (self.takes(scan) and self.takes(target)):
            return
        moved, at = self._subject(source), self._subject(other)
        self._ask(lambda assessor, task: self.work.move(assessor, moved, region, at, place, task))

    def undo(self) -> None:
        """Undo the last step, or cancel the one that is computed."""
        if not self._abandon():
            self._go(self.step - 1)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._go(self.step + 1)

    def restore(self) -> None:
        """Show the true pictures; `redo` goes back to the altered ones."""
        self._abandon()
        self._go(0)

    def _abandon(self) -> bool:
        """Cancel the step that is computed, and show what was shown before; returns whether there is one."""
        task = self._task
        if task is None or not task.is_pending:
            return False
        task.cancel()
        self._show(self.state)
        return True

    def _go(self, index: int) -> None:
        """Show an earlier or a later state: everything of it is known."""
        before = self.state
        if not self.busy and self._history.go(index):
            self._show(before)

    def _subject(self, entry: ScanEntry) -> Subject:
        assert entry.grey is not None and entry.made is not None  # `_refusal` says so
        scan = entry.scan
        part = self.state.parts.get(scan)
        picture = self._true.get(scan, entry.grey.picture)
        return Subject(picture, entry.made.assessment, () if part is None else part.changes)

    def _ask(self, job: Callable[..., list[AlteredPart]]) -> None:
        """Have a job carried out in the models' thread."""
        self._keeps = True
        self._task = self._session.models.use(job, self._session.choices.shown)
        self._task.connect(self, result=self.take_altered, partial=self._take_picture, failed=self._take_failure)
        self.repaint()

    def _take_picture(self, picture: LoadedScan) -> None:
        """Show the altered pixels without results until those of the altered pixels are there."""
        entry = self._session.entries.get(picture.scan)
        true = None if entry is None else entry.true_picture
        if entry is None or true is None:
            return
        self._show_picture(picture.scan, picture)
        entry.altered = AlteredScan(picture.analysis.scan, picture, true)
        self._show_layers(entry)
        self.changed.emit()

    def take_altered(self, parts: list[AlteredPart]) -> None:
        """Take a step further; what had been taken back before cannot be done again."""
        before = self.state
        self._history.add(parts)
        self._show(before)

    def _take_failure(self, line: str) -> None:
        """Show why nothing was altered, and what was shown before."""
        self._notifier.warn(line)
        self._show(self.state)

    # What is shown

    def _show(self, before: AlteredState) -> None:
        """Show the present state in the place of another one."""
        for scan in dict.fromkeys((*before.parts, *self.state.parts, *self._true)):
            entry, part = self._session.entries.get(scan), self.state.parts.get(scan)
            if entry is None or entry.grey is None:
                continue
            altered = None if part is None else part.altered
            entry.altered = None if altered is None else self._as_chosen(altered)
            picture = self._true.get(scan) if altered is None else altered.picture
            if picture is not None:
                self._show_picture(scan, picture)
            if altered is None:
                self._true.pop(scan, None)
            self._show_layers(entry)
        self.changed.emit()
        self.repaint()
        self._prepare()

    def _show_picture(self, scan: Scan, picture: LoadedScan) -> None:
        """Show another picture of a scan where it hangs."""
        entry = self._session.entries.get(scan)
        if entry is None or entry.grey is None:
            return
        self._true.setdefault(scan, entry.grey.picture)
        entry.grey.take_frame(picture)
        viewport = self._grid.viewport_of(scan)
        if viewport is not None:
            viewport.refresh_frame()

    def _show_layers(self, entry: ScanEntry) -> None:
        viewport = self._grid.viewport_of(entry.scan)
        if viewport is not None:
            viewport.show_assessment(entry.drawn)

    def _as_chosen(self, altered: AlteredScan) -> AlteredScan:
        made = altered.made
        return altered if made is None else replace(altered, assessed=self._layers.as_chosen(made))

    def repaint(self) -> None:
        """Draw the viewports anew."""
        for viewport in self._grid.visible:
            viewport.viewport().update()

    # Signals of other parts

    def _take_progress(self, words: str, _done: float) -> None:
        """Let what is loaded or assessed go first, and make a scan ready once nothing is."""
        if not self._session.busy:
            self._prepare()
        elif self._preparing is not None:
            self._preparing[1].cancel()

    def _take_assessment(self, entry: ScanEntry) -> None:
        """Show an altered scan with the grid and at the budget that the reader has chosen since."""
        if entry.altered is not None:
            entry.altered = self._as_chosen(entry.altered)
            self._show_layers(entry)

    def _take_loaded(self, entry: ScanEntry) -> None:
        """Show the true scans where one of them is another one now, such as calibrated."""
        if entry.scan in self._true:
            self._reset()

    def _take_gate(self, is_open: bool) -> None:
        """Show the true pictures where the layers are closed."""
        if is_open:
            self._prepare()
        else:
            self._reset()

    def _take_study(self, _study: Study | None) -> None:
        """Keep nothing of the study before, nor of a scan whose view or spacing the reader has changed."""
        self._leave()
        if self._pointed not in self._session.entries:
            self._pointed = None
        self._prepare()

    def _leave(self) -> None:
        """Show the true pictures, and keep no results."""
        self._reset()
        self._forget()

    def _reset(self) -> None:
        """Cancel what is under way, and show the true pictures."""
        if self._task is not None:
            self._task.cancel()
        for tool in self.tools.values():
            tool.drop()
        for scan, picture in self._true.items():
            entry = self._session.entries.get(scan)
            if entry is not None and entry.grey is not None:
                entry.altered = None
                entry.grey.take_frame(picture.with_view())
                entry.analysis = entry.grey.picture.analysis
                viewport = self._grid.viewport_of(scan)
                if viewport is not None and viewport.content is not None:
                    viewport.refresh_frame()
                self._show_layers(entry)
        self._true, self._history = {}, AlterationHistory()
        self.changed.emit()
