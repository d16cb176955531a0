"""The figures beside annotations; those of regions are worked out in a thread."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal

from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.i18n.message_catalog import localized_line
from mammoview.study.annotations import Annotation

if TYPE_CHECKING:
    from mammoview.display.measurements import RegionStatistics
    from mammoview.display.scan_analysis import ScanAnalysis


class RegionStatisticsWorker(Worker):
    """The thread that measures regions."""

    measured = Signal(int, object)
    """Request id, RegionStatistics."""

    def work(self, request_id: int, request: tuple[ScanAnalysis, Annotation], cancelled: Event) -> None:
        """Measure one."""
        from mammoview.display.measurements import region_statistics

        self.answer(self.measured, request_id, region_statistics(*request))


class RegionStatisticsController(QObject):
    """Knows what stands beside every annotation, and has measured what it does not know."""

    changed = Signal()
    """Figures have arrived."""
    failed = Signal(str)
    """A line for the reader."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Prepare; the thread starts with the first region."""
        super().__init__(parent)
        self._measurer = RegionStatisticsWorker(self)
        self._known: WeakKeyDictionary[Annotation, RegionStatistics] = WeakKeyDictionary()
        self._asked: dict[int, tuple[ScanAnalysis, Annotation]] = {}
        self._measurer.measured.connect(self._take)
        self._measurer.failed.connect(self._take_failure)

    def lines(self, analysis: ScanAnalysis, annotation: Annotation) -> tuple[str, ...]:
        """Return what stands beside an annotation now; figures of a new region follow with `changed`."""
        from mammoview.display.measurements import figure_lines

        known = self._known.get(annotation)
        if annotation.outline is not None and known is None:
            self._ask(analysis, annotation)
        lines = figure_lines(annotation, analysis.scan.spacing, known)
        own = 1 if annotation.text else 0  # the reader's own words stay
        return (*lines[:own], *map(localized_line, lines[own:]))

    @property
    def busy(self) -> bool:
        """Whether figures are on their way."""
        return bool(self._asked)

    def stop(self) -> None:
        """End the thread."""
        self._asked.clear()
        self._measurer.stop()

    def _ask(self, analysis: ScanAnalysis, annotation: Annotation) -> None:
        """Have a region measured, once; those that were passed on the way to here are left."""
        if any(asked is annotation for _, asked in self._asked.values()):
            return
        for request, (other, asked) in list(self._asked.items()):
            if asked not in other.scan.annotations:
                self._measurer.cancel(request)
                del self._asked[request]
        self._asked[self._measurer.submit((analysis, annotation))] = (analysis, annotation)

    def _take(self, request: int, statistics: RegionStatistics) -> None:
        """Keep figures."""
        asked = self._asked.pop(request, None)
        if asked is not None:
            self._known[asked[1]] = statistics
            self.changed.emit()

    def _take_failure(self, request: int, text: str) -> None:
        """Tell why there are none."""
        if self._asked.pop(request, None) is not None:
            self.failed.emit(text)
