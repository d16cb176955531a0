"""Drawings of the reader: the active tool, outlines and annotations per scan, the chosen one, undo, saving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.qt.drawing.annotation_tool import AnnotationTool
from mammoview.qt.drawing.drawing_tool import DrawingTool
from mammoview.qt.drawing.edit_tool import EditTool
from mammoview.qt.drawing.journal_worker import FoundDrawings, JournalWorker
from mammoview.qt.drawing.outline_tool import OutlineTool
from mammoview.qt.drawing.region_statistics_worker import RegionStatisticsController
from mammoview.qt.session.same_study import file_path
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.scan_view import ScanView
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.text_prompt import TextPrompt
from mammoview.records.own_drawings import DrawingHistory, Own, own_drawings_of, same_drawings, set_own_drawings
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.scan import Outline, Scan, Study


class DrawingController(QObject):
    """Own outlines and annotations of the scans that hang on the viewport grid.

    The tools are its pointer tools there: they hand finished outlines and annotations to `add` and `put`.
    """

    changed = Signal(object)
    """Entry whose own outlines are others now."""
    switched = Signal()
    """Another tool is active, or none."""

    def __init__(
        self, session: Session, viewport_grid: ViewportGrid, notifier: Notifier, parent: QObject | None = None
    ) -> None:
        """Draw on `viewport_grid`."""
        super().__init__(parent)
        self.session, self.viewport_grid, self.notifier = session, viewport_grid, notifier
        self.mode = ""
        self.restores_drawings = True
        self.journal_worker = JournalWorker(self)
        self.figures = RegionStatisticsController(self)
        self.unsaved: set[Scan] = set()
        self._histories: dict[Scan, DrawingHistory] = {}
        self._chosen: tuple[Scan, int] | None = None
        self._held: tuple[Scan, Own] | None = None
        self._hidden = False
        self._prompt: TextPrompt | None = None
        self._prompt_scan: Scan | None = None
        editing = EditTool(self)
        self.tools: dict[str, DrawingTool] = {
            "draw": OutlineTool(self),
            "edit": editing,
            **{kind.value: AnnotationTool(self, kind, editing) for kind in AnnotationKind},
        }
        session.scan_loaded.connect(self.restore_drawings)
        session.study_shown.connect(self._take_study)
        session.study_closed.connect(self._take_close)
        session.study_replaced.connect(self._take_replacement)
        self.journal_worker.failed.connect(notifier.warn)
        self.figures.changed.connect(self.refresh)
        self.figures.failed.connect(notifier.warn)

    def stop(self) -> None:
        """End the threads once everything is on the disk."""
        self.figures.stop()
        self.journal_worker.stop()

    # Tools

    @property
    def tool(self) -> DrawingTool | None:
        """The active tool."""
        return self.tools.get(self.mode)

    def use(self, mode: str, on: bool) -> None:
        """Take a tool, "draw", "edit" or a kind of annotation, or let the left button move the picture again.

        A line under way is dropped.
        """
        if not on and mode != self.mode:
            return
        self._drop()
        self.mode = mode if on else ""
        self.viewport_grid.set_tool(self.tool)
        self.refresh()
        self.switched.emit()

    def cancel(self) -> None:
        """Drop what is under way."""
        self._drop()
        self.refresh()

    def _drop(self) -> None:
        """Forget what is under way."""
        if self.tool is not None:
            self.tool.drop()
        if self._prompt is not None:
            self._prompt.close()

    # Outlines and annotations

    def own(self, scan: Scan) -> Own:
        """Own outlines and annotations of a scan."""
        return self._history(scan).own

    def saved(self, scan: Scan) -> Own:
        """Return what is known to be saved of a scan."""
        return self._history(scan).saved

    def note_saved(self, scan: Scan, own: Own) -> None:
        """Note what has been saved of a scan; what was drawn on it since then is still to be saved."""
        if scan in self._histories:
            self._history(scan).saved = own
            if same_drawings(own, self.own(scan)):
                self.unsaved.discard(scan)

    def add(self, scan: Scan, one: Outline | Annotation) -> None:
        """Put one more on a scan, and choose it."""
        own = _ordered((*self.own(scan), one))
        self._chosen = (scan, next(index for index, other in enumerate(own) if other is one))
        self.put(scan, own)

    def add_all(self, scan: Scan, others: Own) -> None:
        """Put on a scan those of other drawings that are not on it."""
        mine = self.own(scan)
        self.put(scan, (*mine, *(one for one in others if not any(same_drawings((one,), (its,)) for its in mine))))

    def put(self, scan: Scan, own: Own) -> None:
        """Take a new state of what is drawn on a scan."""
        self._history(scan).put(_ordered(own))
        self._apply(scan)

    def hold(self, scan: Scan, index: int, one: Outline | Annotation | None) -> None:
        """Show one of a scan's own as it is being moved; None ends the move. Only `put` writes to the journal."""
        own = self.own(scan)
        self._held = None if one is None else (scan, (*own[:index], one, *own[index + 1 :]))
        self._show(scan)

    def replace(self, scan: Scan, index: int, one: Outline | Annotation) -> None:
        """Put another in the place of one of a scan's own."""
        own = self.own(scan)
        self.put(scan, (*own[:index], one, *own[index + 1 :]))

    @property
    def chosen(self) -> tuple[Scan, int] | None:
        """Scan and number of the chosen outline or annotation."""
        if self._chosen is None or self._chosen[1] >= len(self.own(self._chosen[0])):
            return None
        return self._chosen

    def choose(self, scan: Scan, index: int | None) -> None:
        """Choose one of a scan's own, or none."""
        self._chosen = None if index is None else (scan, index)
        self.refresh()

    def delete(self) -> None:
        """Take the chosen one away."""
        if self.chosen is not None:
            scan, index = self.chosen
            self._chosen = None
            self.put(scan, tuple(o for i, o in enumerate(self.own(scan)) if i != index))

    def describe(self, outline: Outline) -> None:
        """Apply the edited facts to the chosen outline."""
        if self.chosen is not None:
            self.replace(*self.chosen, outline)

    def ask_for_text(self, viewport: ScanView, annotation: Annotation, index: int | None = None) -> None:
        """Ask, in the viewport, for the words of an annotation: a new one, or the scan's own of that number."""
        scan = viewport.scan
        column, row = annotation.points[-1]
        place = viewport.viewport_point(column, row)
        if scan is None or place is None:
            return
        self.settle_prompt()
        prompt = TextPrompt("" if index is None else annotation.text, place.toPoint(), viewport)

        def take(words: str) -> None:
            try:
                made = replace(annotation, text=words)
            except ValueError:
                self.notifier.warn(self.tr("Enter a text first"))
                return
            self.add(scan, made) if index is None else self.replace(scan, index, made)

        prompt.answered.connect(take)
        prompt.destroyed.connect(lambda: self._forget_prompt(prompt))
        self._prompt, self._prompt_scan = prompt, scan

    def settle_prompt(self, *_what: object) -> None:
        """Take the words that are being typed, unless their scan still hangs where they are asked for."""
        prompt, scan = self._prompt, self._prompt_scan
        if prompt is not None:
            viewport = prompt.parentWidget()
            if not (_what and isinstance(viewport, ScanView) and viewport.scan is scan):
                prompt.settle()

    @property
    def prompt(self) -> TextPrompt | None:
        """The question for words on screen."""
        return self._prompt

    def undo(self) -> None:
        """Take back the last point of a line under way, else the last change on the active scan."""
        if self.tool is not None and self.tool.step_back():
            self.refresh()
            return
        scan = self.active
        if scan is not None and self._history(scan).undo():
            self._apply(scan)

    def redo(self) -> None:
        """Do again what was undone on the active scan."""
        scan = self.active
        if scan is not None and self._history(scan).redo():
            self._apply(scan)

    @property
    def active(self) -> Scan | None:
        """Scan of the active viewport."""
        return None if self.viewport_grid.active is None else self.viewport_grid.active.scan

    def _history(self, scan: Scan) -> DrawingHistory:
        """History of a scan; it begins with what its files brought."""
        if scan not in self._histories:
            self._histories[scan] = DrawingHistory(own_drawings_of(scan))
        return self._histories[scan]

    def _apply(self, scan: Scan) -> None:
        """Put the present state into scan, journal and window."""
        self.unsaved.add(scan)
        self.journal_worker.write(scan, self.own(scan))
        self._report_change(scan)

    def _report_change(self, scan: Scan) -> None:
        """Show what is drawn on a scan, nothing of it held any more, and report the change."""
        self._held = None
        self._show(scan)
        entry = self.session.entries.get(scan)
        if entry is not None:
            self.changed.emit(entry)

    def _show(self, scan: Scan) -> None:
        """Set a scan's own outlines and annotations as they stand."""
        before = scan.outlines
        set_own_drawings(scan, self._held[1] if self._held is not None and self._held[0] is scan else self.own(scan))
        viewport = self.viewport_grid.viewport_of(scan)
        if viewport is not None and viewport.content is not None and not _identical(before, scan.outlines):
            viewport.content.show_outlines()
        self.refresh()

    # What is shown

    def refresh(self, *_about: object) -> None:
        """Show annotations, and own outlines while they are drawn or edited, over what hangs."""
        for viewport in self.viewport_grid.viewports:
            content = viewport.content
            if content is None:
                continue
            scan, tool = content.scan, self.tool
            own = own_drawings_of(scan)
            chosen = self.chosen[1] if self.chosen is not None and self.chosen[0] is scan else None
            first = len(own) - len(scan.annotations)
            preview = None if tool is None else tool.preview(scan)
            shown = scan.annotations if preview is None else (*scan.annotations, preview)
            content.annotations.setVisible(not self._hidden)
            content.annotations.show_annotations(
                [(one, self.figures.lines(content.grey.picture.analysis, one)) for one in shown],
                None if chosen is None or chosen < first else chosen - first,
                tool is not None,
            )
            if tool is None:
                content.hide_drawing()
            else:
                outlines = tuple(one for one in own[:first] if isinstance(one, Outline))
                outlines = outlines if self.mode in ("draw", "edit") else ()
                content.drawing().show_drawing(outlines, chosen, tool.line(scan), self.mode == "edit")
            viewport.viewport().update()

    def hide(self, hidden: bool) -> None:
        """Show the scans without annotations, or with them again."""
        self._hidden = hidden
        self.refresh()

    # Signals of other parts

    def _take_study(self, _study: object) -> None:
        """Drop a line under way; what was drawn on the study before, words included, stays with its scans."""
        self.settle_prompt()
        self._drop()
        self._chosen = None

    def _take_close(self, study: Study) -> None:
        """Keep nothing of a study in memory; what was drawn on it lies on the disk, saved or in its journal."""
        self._take_study(study)
        for scan in study.scans:
            self._histories.pop(scan, None)
            self.unsaved.discard(scan)

    def _take_replacement(self, study: Study, other: Study) -> None:
        """Keep what was drawn on a study and not saved, and all that can be undone, for the one in its place."""
        self.settle_prompt()
        scans = {file_path(scan): scan for scan in other.scans}
        for scan in self.unsaved.intersection(study.scans):
            kept = scans[file_path(scan)]
            self._histories[kept] = history = self._history(scan)
            set_own_drawings(kept, history.own)
            self.unsaved.add(kept)

    def restore_drawings(self, entry: ScanEntry) -> None:
        """Ask whether something was drawn on a scan before."""
        if entry.grey is not None and entry.scan not in self._histories:
            self._history(entry.scan)
            if self.restores_drawings:
                self.journal_worker.find(entry.scan, own_drawings_of(entry.scan)).connect(
                    self, result=partial(self._take_found, entry.scan)
                )
        self.refresh()

    def _take_found(self, scan: Scan, found: FoundDrawings | None) -> None:
        """Take over what an earlier session left, unless the reader has begun to draw."""
        if found is None:
            return
        history = self._history(scan)
        if scan in self.unsaved or same_drawings(found.own, history.own):
            return
        if found.recovered:
            history.put(found.own)
            history.saved = found.saved
            # Where the same picture is open twice, they are those of the other one, and no session ended early.
            known = any(same_drawings(self.own(other), found.own) for other in self.unsaved)
            self.unsaved.add(scan)
            if not known:
                text = self.tr("{name}: unsaved drawings were recovered. Ctrl+S saves them, Ctrl+Z drops them")
                self.notifier.warn(text.format(name=scan.name))
        else:  # Undo takes back what was drawn, not what had been saved before.
            self._histories[scan] = DrawingHistory(found.own)
        self._report_change(scan)

    def _forget_prompt(self, gone: TextPrompt) -> None:
        """Drop a closed prompt, unless another one has taken its place."""
        if self._prompt is gone:
            self._prompt = self._prompt_scan = None


def _ordered(own: Own) -> Own:
    """Return outlines first, annotations last, as a scan and its file have them."""
    return tuple(sorted(own, key=lambda one: isinstance(one, Annotation)))


def _identical(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether two sequences hold the very same objects."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
