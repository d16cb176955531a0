"""The thread that owns the models."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import CancelledError, MammoviewError, NotAMammogramError, OutOfScopeError
from mammoview.qt.concurrency.import_hooks import garbage_collection_paused
from mammoview.qt.concurrency.worker import Worker, error_line

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment, Layer
    from mammoview.assess.results.cache import AssessmentCache
    from mammoview.assess.results.sensitivity import Sensitivity
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.study.scan import Scan


REPORT_SECONDS = 0.05
"""Shortest time between two reports of progress."""


class ScanAssessor(Protocol):
    """What the worker needs of `mammoview.assess.inference.assessor.Assessor`."""

    @property
    def device(self) -> str:
        """Where the models run, in words for the status bar."""
        ...

    def assess(
        self,
        scan: Scan,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Callable[[str, Layer, float], None] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Say what the models say about a scan; `arrived` hears of each layer as it is made."""
        ...

    def sensitivity(
        self,
        scan: Scan,
        assessment: Assessment,
        cancelled: Callable[[], bool] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Sensitivity:
        """Take the gradients that any reading and gate of the sensitivity are made of."""
        ...

    def rest(self) -> None:
        """Give back memory that is no longer used."""
        ...


@dataclass(frozen=True, eq=False)
class AssessRequest:
    """Request: assess this scan.

    Parameters
    ----------
    scan
        The scan.
    analysis
        What is known of its pixels already.
    """

    scan: Scan
    analysis: ScanAnalysis | None = None


@dataclass(frozen=True, eq=False)
class GradientsRequest:
    """Request: the gradients of this scan, for a sensitivity that is weighted and gated anew.

    Parameters
    ----------
    scan, assessment
        The scan and what the models said about it.
    analysis
        What is known of its pixels already.
    """

    scan: Scan
    assessment: Assessment
    analysis: ScanAnalysis | None = None


@dataclass(frozen=True)
class ReleaseMemoryRequest:
    """Request: give back the memory of a study that has been left."""


@dataclass(frozen=True, eq=False)
class AssessmentResult:
    """An assessment and what the screen needs of it beside.

    Parameters
    ----------
    assessment
        As the models gave it.
    sensitivity
        The saliency as percentile rank, 0..1, on its own lattice: what is coloured.
    """

    assessment: Assessment
    sensitivity: Layer

    @classmethod
    def of(cls, assessment: Assessment) -> AssessmentResult:
        """Rank the saliency; some tens of milliseconds, for worker threads."""
        from mammoview.assess.results.assessment import Layer
        from mammoview.display.layer_styles import percentile_rank

        rank = percentile_rank(assessment.saliency.values)
        return cls(assessment, Layer(rank, assessment.saliency.to_scan))


class ModelWorker(Worker):
    """Loads the models once and assesses scans, one after another."""

    ready = Signal(str)
    """The models are loaded; device in words."""
    broken = Signal(str)
    """The models cannot be loaded; line for the user."""
    advanced = Signal(int, float, str)
    """Request id, fraction 0..1, what is being done."""
    arrived = Signal(int, str, object, float)
    """Request id, "grid" or "heatmap", the Layer, its operating point: made before the assessment is whole."""
    assessed = Signal(int, object)
    """Request id, Assessed."""
    sensitivity_taken = Signal(int, object)
    """Request id, `mammoview.assess.results.sensitivity.Sensitivity`."""
    out_of_scope = Signal(int, str)
    """Request id, why the models have nothing to say about this scan."""
    complained = Signal(str)
    """Assessments cannot be kept on disk; line for the user, once."""
    stopped = Signal(int)
    """Request id of an assessment that was cancelled."""

    def __init__(
        self,
        device: str = "auto",
        stride: str = "even",
        flips: bool = True,
        make: Callable[[], ScanAssessor] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Prepare; nothing is imported or loaded before the thread starts.

        Parameters
        ----------
        device
            "auto", "cpu" or "cuda".
        stride, flips
            As the Assessor takes them.
        make
            Makes the assessor, in the thread; the real one by default.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self._make = make or (lambda: _real(device, stride, flips))
        self._assessor: ScanAssessor | None = None
        self.cache: Callable[[], AssessmentCache] | None = None

    def begin(self) -> None:
        """Import torch and load the models."""
        try:
            with garbage_collection_paused():
                self._assessor = self._make()
        except Exception as error:  # the window stays a viewer without models
            if not self._stopping.is_set():
                self.answer(self.broken, error_line(error))
        else:
            if not self._stopping.is_set():
                self.answer(self.ready, self._assessor.device)

    def work(
        self, request_id: int, request: AssessRequest | GradientsRequest | ReleaseMemoryRequest, cancelled: Event
    ) -> None:
        """Assess one scan, take its gradients, or tidy up."""
        if self._assessor is None:
            return
        if isinstance(request, ReleaseMemoryRequest):
            self._assessor.rest()
        elif isinstance(request, GradientsRequest):
            self._take(self._assessor, request_id, request, cancelled)
        else:
            self._assess(self._assessor, request_id, request, cancelled)

    def _take(self, assessor: ScanAssessor, request_id: int, request: GradientsRequest, cancelled: Event) -> None:
        """Take gradients; whoever cancels does not wait for an answer."""
        try:
            sensitivity = assessor.sensitivity(request.scan, request.assessment, cancelled.is_set, request.analysis)
        except CancelledError:
            return
        if not cancelled.is_set():
            self.answer(self.sensitivity_taken, request_id, sensitivity)

    def _assess(self, assessor: ScanAssessor, request_id: int, request: AssessRequest, cancelled: Event) -> None:
        """Assess one scan."""
        scan = request.scan
        told_at = -math.inf

        def progress(fraction: float, text: str) -> None:
            """Pass progress on, but never faster than a status bar can be read: the GUI thread must not drown."""
            nonlocal told_at
            now = time.monotonic()
            if now - told_at >= REPORT_SECONDS:
                told_at = now
                self.answer(self.advanced, request_id, float(fraction), str(text))

        def arrived(name: str, layer: Layer, point: float) -> None:
            """Pass a layer on at once."""
            if not cancelled.is_set():
                self.answer(self.arrived, request_id, name, layer, float(point))

        try:
            # What is kept afterwards is kept as that of the scan as it is now.
            key = self.cache().key(scan) if self.cache is not None else ""
            assessment = assessor.assess(
                scan, progress=progress, cancelled=cancelled.is_set, arrived=arrived, analysis=request.analysis
            )
            answer = AssessmentResult.of(assessment)
        except CancelledError:
            self.answer(self.stopped, request_id)
        except (OutOfScopeError, NotAMammogramError) as error:
            self.answer(self.out_of_scope, request_id, str(error))
        else:
            if cancelled.is_set():
                self.answer(self.stopped, request_id)
            else:
                self.answer(self.assessed, request_id, answer)
                self._keep(scan, assessment, key)

    def _keep(self, scan: Scan, assessment: Assessment, key: str) -> None:
        """Keep an assessment for the next time; the reader is told once when that is not possible."""
        try:
            if self.cache is not None:
                self.cache().put(scan, assessment, key)
        except MammoviewError as error:
            self.cache = None
            self.answer(self.complained, str(error))


def _real(device: str, stride: str = "even", flips: bool = True) -> ScanAssessor:
    """Make the real assessor; imports torch."""
    from mammoview.assess.inference.assessor import Assessor

    return Assessor(device=device, stride=stride, flips=flips)
