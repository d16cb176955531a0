"""The figures beside annotations; those of regions are worked out in a thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal

from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.i18n.message_catalog import localized_line
from mammoview.study.annotations import Annotation

if TYPE_CHECKING:
    from mammoview.display.measurements import RegionStatistics
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.qt.concurrency.task import Task
    from mammoview.study.scan import Scan


class RegionStatisticsWorker(Worker):
    """The thread that measures regions."""

    def measure(self, analysis: ScanAnalysis, annotation: Annotation) -> Task[RegionStatistics, None]:
        """Measure one region."""
        return self.submit(partial(_measure, analysis, annotation))


def _measure(analysis: ScanAnalysis, annotation: Annotation, _task: Task[RegionStatistics, None]) -> RegionStatistics:
    from mammoview.display.measurements import region_statistics

    return region_statistics(analysis, annotation)


class RegionStatisticsController(QObject):
    """Holds the text beside every annotation, and measures missing ones in its thread."""

    changed = Signal()
    """Figures have arrived."""
    failed = Signal(str)
    """A line for the reader."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Prepare; the thread starts with the first region."""
        super().__init__(parent)
        self._measurer = RegionStatisticsWorker(self)
        self._known: WeakKeyDictionary[Annotation, tuple[Scan, RegionStatistics]] = WeakKeyDictionary()
        self._measuring: dict[Annotation, tuple[ScanAnalysis, Task[RegionStatistics, None]]] = {}

    def lines(self, analysis: ScanAnalysis, annotation: Annotation) -> tuple[str, ...]:
        """Return what stands beside an annotation now; figures of a new region follow with `changed`."""
        from mammoview.display.measurements import figure_lines

        measured, known = self._known.get(annotation, (None, None))
        if measured is not analysis.scan:  # such as a copy with altered pixels
            known = None
        if annotation.outline is not None and known is None:
            self._ask(analysis, annotation)
        lines = figure_lines(annotation, analysis.scan.spacing, known)
        own = 1 if annotation.text else 0  # the reader's own words stay
        return (*lines[:own], *map(localized_line, lines[own:]))

    @property
    def busy(self) -> bool:
        """Whether figures are on their way."""
        return bool(self._measuring)

    def stop(self) -> None:
        """End the thread."""
        self._measuring.clear()
        self._measurer.stop()

    def _ask(self, analysis: ScanAnalysis, annotation: Annotation) -> None:
        """Have a region measured, once; those that were passed on the way to here are left."""
        if annotation in self._measuring and self._measuring[annotation][0].scan is analysis.scan:
            return
        for passed, (other, task) in list(self._measuring.items()):
            if passed is annotation or passed not in other.scan.annotations:
                task.cancel()
                del self._measuring[passed]
        task = self._measurer.measure(analysis, annotation).connect(
            self, result=partial(self._take, annotation), failed=partial(self._take_failure, annotation)
        )
        self._measuring[annotation] = analysis, task

    def _take(self, annotation: Annotation, statistics: RegionStatistics) -> None:
        """Keep figures."""
        analysis, _task = self._measuring.pop(annotation)
        self._known[annotation] = analysis.scan, statistics
        self.changed.emit()

    def _take_failure(self, annotation: Annotation, line: str) -> None:
        """Report why there are none."""
        del self._measuring[annotation]
        self.failed.emit(line)
