"""Asks the models about one scan after the other, and keeps what they answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from mammoview.qt.session.model_worker import AssessmentResult, AssessRequest, ModelWorker, ReleaseMemoryRequest
from mammoview.qt.session.scan_entry import AssessmentState, ScanEntry

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer


class AssessmentQueue(QObject):
    """The models at work on the entries that wait for them."""

    changed = Signal(object)
    """Entry whose state or assessment changed."""
    layer_arrived = Signal(object, str)
    """Entry, and the name of one of its layers that has been made while the others are still being made."""
    device_known = Signal(str)
    """Where the models run, or why they do not."""
    told = Signal(str)
    """A line for the reader."""
    moved = Signal(float, str)
    """Fraction of the scan that is done (-1: unknown), and with what the models are busy."""

    def __init__(
        self, models: ModelWorker, entries: Callable[[], Collection[ScanEntry]], parent: QObject | None = None
    ) -> None:
        """Take a worker that has not been started, and what tells the entries of the study on show."""
        super().__init__(parent)
        self.models, self.entries = models, entries
        self.rank: Callable[[ScanEntry], Any] = lambda _entry: 0
        self.held: Callable[[], Collection[ScanEntry]] = tuple
        """Entries not to be assessed yet."""
        self.dressed: Callable[[AssessmentResult], AssessmentResult] = lambda assessed: assessed
        self.broken = ""
        """Why there are no models; empty while there may be."""
        self.fraction = 0.0
        """How much of the scan that the models are at is done."""
        self._now: tuple[int, ScanEntry] | None = None
        self._ready = False
        models.ready.connect(self._take_device)
        models.broken.connect(self._take_broken)
        models.advanced.connect(self._take_progress)
        models.arrived.connect(self._take_layer)
        models.assessed.connect(self._take_assessment)
        # Bound methods, not lambdas: Qt then knows the receiver's thread and queues the call.
        models.out_of_scope.connect(self._take_out_of_scope)
        models.failed.connect(self._take_failure)
        models.stopped.connect(self._take_stop)
        models.complained.connect(self.told)

    @property
    def entry(self) -> ScanEntry | None:
        """The scan that the models are at."""
        return None if self._now is None else self._now[1]

    def await_models(self, entry: ScanEntry) -> None:
        """Let a scan wait for the models, unless there are none."""
        if self.broken:
            entry.state, entry.state_text = AssessmentState.FAILED, self.tr("the models cannot be loaded")
        else:
            entry.state, entry.state_text = AssessmentState.WAITING, ""

    def go_on(self) -> None:
        """Hand the next scan to the models, if they are free: that of the lowest rank first."""
        if self._now is not None or not self._ready:
            return
        held = self.held()
        waiting = [
            e for e in self.entries() if e.state is AssessmentState.WAITING and e.grey is not None and e not in held
        ]
        if not waiting:
            return
        entry = min(waiting, key=self.rank)
        entry.state, self.fraction = AssessmentState.RUNNING, 0.0
        self._now = (self.models.submit(AssessRequest(entry.scan.still(), entry.analysis)), entry)
        self.changed.emit(entry)

    def put(self, entry: ScanEntry, made: AssessmentResult | None) -> None:
        """Keep what the models made of a scan, and show it as the reader chose; None: nothing."""
        entry.made, entry.sensitivity = made, None
        entry.assessed = None if made is None else self.dressed(made)

    def drop(self, entry: ScanEntry) -> None:
        """Stop what is being said of a scan; its layers of now are those of the past."""
        if self._now is not None and self._now[1] is entry:
            self.models.cancel(self._now[0])
            self._now = None
        entry.arrived.clear()

    def leave(self) -> None:
        """Stop the scan that the models are at: it has not been assessed."""
        if self._now is not None:
            entry = self._now[1]
            self.drop(entry)
            entry.state = AssessmentState.NOT_RUN

    def forget(self) -> None:
        """Take no more answer about the scan that the models are at."""
        self._now = None

    def rest(self) -> bool:
        """Let the thread of the models give back memory; returns whether there are any."""
        if self._ready:
            self.models.submit(ReleaseMemoryRequest())
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
        self.told.emit(text)
        for entry in self.entries():
            if entry.state is AssessmentState.WAITING:
                self.await_models(entry)
                self.changed.emit(entry)
        self.moved.emit(-1.0, "")

    def _take_progress(self, request: int, fraction: float, text: str) -> None:
        """Show how far the assessment is; a late word is dropped."""
        if self._now is not None and self._now[0] == request:
            self.fraction = max(0.0, fraction)
            self.moved.emit(fraction, text)

    def _take_layer(self, request: int, name: str, layer: Layer, point: float) -> None:
        """Show a layer while the others are being made; a late one is dropped."""
        if self._now is not None and self._now[0] == request:
            entry = self._now[1]
            entry.arrived[name] = (layer, point)
            self.layer_arrived.emit(entry, name)

    def _take_assessment(self, request: int, assessed: AssessmentResult) -> None:
        """Keep an assessment."""
        if self._now is not None and self._now[0] == request:
            self.put(self._now[1], assessed)
            device = assessed.assessment.provenance.get("device")
            if device:
                # Out of memory moves the models from the GPU to the CPU.
                self.device_known.emit(str(device))
            self._finish(request, AssessmentState.DONE, "")

    def _take_out_of_scope(self, request: int, text: str) -> None:
        """Note that the models have nothing to say about this scan."""
        self._finish(request, AssessmentState.OUT_OF_SCOPE, text)

    def _take_failure(self, request: int, text: str) -> None:
        """Note that the models failed on this scan."""
        self._finish(request, AssessmentState.FAILED, text)

    def _take_stop(self, request: int) -> None:
        """Note that the assessment was cancelled."""
        self._finish(request, AssessmentState.NOT_RUN, "")

    def _finish(self, request: int, state: AssessmentState, text: str) -> None:
        """Note how an assessment ended and go on with the next; a late answer is dropped."""
        if self._now is None or self._now[0] != request:
            return
        entry = self._now[1]
        self._now = None
        entry.state, entry.state_text = state, text
        entry.arrived.clear()
        if state is AssessmentState.FAILED:
            self.told.emit(text)
        self.changed.emit(entry)
        self.go_on()
        self.moved.emit(-1.0, "")
