"""Outlines against layers in the window: keeps the figures up to date and hatches the difference over the scans."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.display.layers.registry import compared_layer
from mammoview.qt.findings.comparison_worker import ComparisonWorker
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier
from mammoview.study.outline_sources import Truth, counted

if TYPE_CHECKING:
    from mammoview.assess.results.hits_and_overlap import LayerComparison, OutlineComparison
    from mammoview.qt.concurrency.task import Task
    from mammoview.study.scan import Scan


class ComparisonController(QObject):
    """What is known about outlines and layers of the current study.

    Outlines that others drew are the truth, unless the reader chooses otherwise, which holds until the program ends.
    Nothing is shown before the reader has switched the outlines on.
    """

    changed = Signal()
    """Figures, or whether they may be seen."""
    written = Signal(str)
    """File that has been written."""

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        layers: LayerState,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Follow `session` and `layers`; the difference is drawn on `viewport_grid`."""
        super().__init__(parent)
        self.session, self._viewport_grid, self.layers, self.notifier = session, viewport_grid, layers, notifier
        self.revealed = False
        self.difference = False
        self.difference_layer = "heatmap"
        self.truth = Truth.OTHERS
        self._compared: dict[Scan, OutlineComparison] = {}
        self._waiting: dict[Scan, Task[OutlineComparison, None]] = {}
        self.comparison_worker = ComparisonWorker(self)
        self.comparison_worker.failed.connect(notifier.warn)
        session.study_shown.connect(self._take_study)
        session.assessment_changed.connect(self.prepare)
        layers.changed.connect(self._take_layer)

    def stop(self) -> None:
        """End the thread."""
        self.comparison_worker.stop()

    def cover(self) -> None:
        """Show nothing until the outlines have been shown again."""
        self.revealed = self.difference = False
        self._refresh()

    # Figures

    def prepare(self, entry: ScanEntry) -> None:
        """Make a scan ready, or again where its outlines have changed."""
        scan = entry.scan
        self._compared.pop(scan, None)
        if scan in self._waiting:
            self._waiting.pop(scan).cancel()
        if entry.assessed is not None and counted(scan.outlines, self.truth):
            self._waiting[scan] = self.comparison_worker.compare(scan, entry.assessed.assessment, self.truth).connect(
                self, result=self._take_prepared, failed=partial(self._take_failure, scan)
            )
        self._refresh()

    def count_as_truth(self, truth: Truth) -> None:
        """Take these outlines for the truth from now on, in other studies too, as long as the program runs."""
        if truth is not self.truth:
            self.truth = truth
            for entry in self.session.entries.values():
                self.prepare(entry)

    @property
    def busy(self) -> bool:
        """Whether something is being made ready."""
        return bool(self._waiting)

    @property
    def compared(self) -> tuple[OutlineComparison, ...]:
        """The scans of the study that have both outlines and layers, in their order."""
        return tuple(self._compared[scan] for scan in self.session.entries if scan in self._compared)

    def names(self, compared: OutlineComparison) -> tuple[str, ...]:
        """Layers whose figures are shown for a scan: the grid that is drawn, both heatmaps, the saliency."""
        entry = self.session.entries.get(compared.scan)
        assessment = None if entry is None or entry.assessed is None else entry.assessed.assessment
        return tuple(name for name in compared.layers if compared_layer(name)[1].shows(name, assessment))

    def threshold(self, name: str) -> float:
        """Threshold of a compared layer as its slider stands."""
        return self.layers.style(compared_layer(name)[0].name).threshold

    def figures(self, compared: OutlineComparison) -> list[LayerComparison]:
        """Figures of a scan at the thresholds as they stand; last those of the reader's own outlines, if any."""
        found = [compared.at(name, self.threshold(name)) for name in self.names(compared)]
        return [*found, compared.reader] if self._reader_drew else found

    @property
    def _reader_drew(self) -> bool:
        """Whether there are outlines of the reader's own to set against the truth."""
        return any(compared.own for compared in self.compared)

    def table(self, delimiter: str = ",") -> str:
        """Return all figures of the study as text: CSV, or with tabs for a clipboard."""
        from mammoview.assess.results.comparison_table import as_csv, comparison_rows, source_rows

        study, own = self.compared, self._reader_drew
        thresholds = [{name: self.threshold(name) for name in self.names(compared)} for compared in study]
        lines = [line for one, of in zip(study, thresholds, strict=True) for line in comparison_rows(one, of, own)]
        return as_csv([*lines, *source_rows(study, thresholds, own)], delimiter)

    def write_table(self, path: Path) -> None:
        """Have all figures of the study written as CSV."""
        self.comparison_worker.write_table(path, self.table()).connect(
            self, result=lambda file: self.written.emit(str(file))
        )

    # Difference

    def show_difference(self, on: bool) -> None:
        """Hatch the difference, which needs the outlines, or stop it."""
        self.difference = on
        if on:
            self.layers.switch("outlines", True)
            self.difference = self.layers.is_on("outlines")
        self._refresh()

    def set_against(self, name: str) -> None:
        """Choose the layer that the outlines are set against: "grid", "heatmap_baseline", "heatmap", "saliency"."""
        self.difference_layer = name
        self._refresh()

    def hatch(self, *_about: object) -> None:
        """Draw the difference over what hangs, as things stand."""
        shown = self.difference and self.layers.shown("outlines")
        for viewport in self._viewport_grid.viewports:
            if viewport.content is None:
                continue
            scan = viewport.content.scan
            entry = self.session.entries.get(scan)
            # What was compared is the true scan.
            true = entry is None or entry.altered is None
            compared = self._compared.get(scan) if shown and true else None
            names = () if compared is None else self.names(compared)
            name = next((n for n in names if compared_layer(n)[1].name == self.difference_layer), "")
            region = compared.region(name, self.threshold(name)) if compared is not None and name else None
            viewport.content.show_difference(() if compared is None else compared.outlines, region)
            viewport.viewport().update()

    # Signals of other parts

    def _take_study(self, _study: object) -> None:
        """Cover the figures of another study."""
        self._compared.clear()
        for task in self._waiting.values():
            task.cancel()
        self._waiting.clear()
        self.revealed = self.layers.is_on("outlines")
        for entry in self.session.entries.values():
            self.prepare(entry)
        self._refresh()

    def _take_layer(self, name: str) -> None:
        """Follow thresholds and switches."""
        if name == "outlines" and self.layers.is_on("outlines"):
            self.revealed = True
        self._refresh()

    def _take_prepared(self, compared: OutlineComparison) -> None:
        """Keep what is ready."""
        del self._waiting[compared.scan]
        self._compared[compared.scan] = compared
        self._refresh()

    def _take_failure(self, scan: Scan, line: str) -> None:
        """Warn of what went wrong; nothing waits for that scan any more."""
        del self._waiting[scan]
        self.notifier.warn(line)

    def _refresh(self) -> None:
        """Show figures and hatching as things stand."""
        self.hatch()
        self.changed.emit()
