"""Has the models assess one scan after the other, and keeps the results."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.qt.concurrency.task import Task
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_worker import AssessmentResult, EarlyLayer, ModelWorker, OutOfScope
from mammoview.qt.session.scan_entry import AssessmentState, ScanEntry
from mammoview.qt.widgets.notifier import Notifier


class AssessmentQueue(QObject):
    """The models at work on the entries that wait for them."""

    changed = Signal(object)
    """Entry whose state or assessment changed."""
    layer_arrived = Signal(object, str)
    """Entry, and the name of one of its layers that has been made while the others are still being made."""
    device_known = Signal(str)
    """Where the models run, or why they do not."""
    moved = Signal(float, str)
    """Fraction of the scan that is done (-1: unknown), and with what the models are busy."""

    def __init__(
        self,
        models: ModelWorker,
        layers: LayerState,
        entries: Callable[[], Collection[ScanEntry]],
        rank: Callable[[ScanEntry], tuple[bool, ...]],
        held: Callable[[], Collection[ScanEntry]],
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Take a worker that has not been started.

        Parameters
        ----------
        models
            The worker.
        layers
            Which patch grid of a result is drawn.
        entries
            Returns the entries that may be assessed.
        rank
            Returns the order of an entry: that of the lowest rank is assessed first.
        held
            Returns the entries not to be assessed yet.
        notifier
            Shows what the models cannot do.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self.models, self.entries, self._rank, self._held = models, entries, rank, held
        self._layers, self._notifier = layers, notifier
        self.broken = ""
        """Why there are no models; empty while there may be."""
        self.fraction = 0.0
        """How much of the scan that the models are at is done."""
        self._now: tuple[Task[AssessmentResult | OutOfScope, EarlyLayer], ScanEntry] | None = None
        self._ready = False
        models.ready.connect(self._take_device)
        models.broken.connect(self._take_broken)
        models.failed.connect(notifier.warn)
        models.cache_failed.connect(notifier.warn)

    @property
    def entry(self) -> ScanEntry | None:
        """The scan that the models are at."""
        return None if self._now is None else self._now[1]

    def await_models(self, entry: ScanEntry) -> None:
        """Mark a scan as waiting for the models, unless there are none."""
        if self.broken:
            entry.fail(self.tr("the models cannot be loaded"))
        else:
            entry.wait()

    def go_on(self) -> None:
        """Hand the next scan to the models, if they are free: that of the lowest rank first."""
        if self._now is not None or not self._ready:
            return
        held = self._held()
        waiting = [
            e for e in self.entries() if e.state is AssessmentState.WAITING and e.grey is not None and e not in held
        ]
        if not waiting:
            return
        entry = min(waiting, key=self._rank)
        entry.begin()
        self.fraction = 0.0
        task = self.models.assess(entry.scan.still(), entry.analysis).connect(
            self,
            result=partial(self._take_result, entry),
            partial=partial(self._take_layer, entry),
            progress=self._take_progress,
            failed=partial(self._take_failure, entry),
        )
        self._now = (task, entry)
        self.changed.emit(entry)

    def put(self, entry: ScanEntry, made: AssessmentResult | None) -> None:
        """Keep the assessment of a scan, shown with the chosen grid; None for none."""
        entry.made, entry.sensitivity = made, None
        layers = self._layers
        contour = layers.own_threshold("heatmap")
        entry.assessed = None if made is None else made.as_chosen(layers.drawn_grid, layers.false_marks, contour)

    def drop(self, entry: ScanEntry) -> None:
        """Cancel the assessment of a scan, and drop the layers that have arrived."""
        if self._now is not None and self._now[1] is entry:
            self._now[0].cancel()
            self._now = None
        entry.arrived.clear()

    def leave(self) -> None:
        """Stop the scan that the models are at: it has not been assessed."""
        if self._now is not None:
            entry = self._now[1]
            self.drop(entry)
            entry.reset()

    def forget(self) -> None:
        """Take no result of the scan that the models are at."""
        if self._now is not None:
            self._now[0].cancel()
            self._now = None

    def release_memory(self) -> bool:
        """Release memory in the thread of the models; return whether there are models."""
        if self._ready:
            self.models.release_memory()
        return self._ready

    def _take_device(self, device: str) -> None:
        """Models are there."""
        self._ready = True
        self.device_known.emit(device)
        self.go_on()
        self.moved.emit(-1.0, "")

    def _take_broken(self, text: str) -> None:
        """Models are not there: the window stays a viewer."""
        self.broken = text
        self.device_known.emit(self.tr("no models"))
        self._notifier.warn_general(text)
        for entry in self.entries():
            if entry.state is AssessmentState.WAITING:
                self.await_models(entry)
                self.changed.emit(entry)
        self.moved.emit(-1.0, "")

    def _take_progress(self, fraction: float, text: str) -> None:
        """Show how far the assessment is."""
        self.fraction = max(0.0, fraction)
        self.moved.emit(fraction, text)

    def _take_layer(self, entry: ScanEntry, early: EarlyLayer) -> None:
        """Show a layer while the others are being made."""
        entry.arrived[early.name] = (early.layer, early.operating_point)
        self.layer_arrived.emit(entry, early.name)

    def _take_result(self, entry: ScanEntry, result: AssessmentResult | OutOfScope) -> None:
        """Keep an assessment, or why there is none."""
        if isinstance(result, OutOfScope):
            entry.exclude(result.reason)
        else:
            self.put(entry, result)
            device = result.assessment.provenance.get("device")
            if device:
                # Out of memory moves the models from the GPU to the CPU.
                self.device_known.emit(str(device))
            entry.finish()
        self._finish(entry)

    def _take_failure(self, entry: ScanEntry, line: str) -> None:
        """Note that the models failed on a scan."""
        entry.fail(line)
        self._notifier.warn(line)
        self._finish(entry)

    def _finish(self, entry: ScanEntry) -> None:
        """Go on with the next scan."""
        self._now = None
        self.changed.emit(entry)
        self.go_on()
        self.moved.emit(-1.0, "")
