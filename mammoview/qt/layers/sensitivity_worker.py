"""The thread that puts sensitivities together from gradients that have been taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.session.model_worker import AssessmentResult

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.assess.results.sensitivity import Sensitivity, SensitivityOptions


@dataclass(frozen=True, eq=False)
class SensitivityRequest:
    """Request: the sensitivity as chosen.

    Parameters
    ----------
    sensitivity
        The gradients of a scan.
    choice
        Reading, gate and threshold.
    assessment
        What it is a part of.
    """

    sensitivity: Sensitivity
    choice: SensitivityOptions
    assessment: Assessment


class SensitivityWorker(Worker):
    """Weighs one request after another; those that a later one has overtaken are cancelled and skipped."""

    weighted = Signal(int, object)
    """Request id, Assessed."""

    def work(self, request_id: int, request: SensitivityRequest, cancelled: Event) -> None:
        """Sum, bound and rank."""
        layer, choice = request.sensitivity.layer(request.choice), request.choice
        assessment = replace(
            request.assessment, saliency=layer, reading=choice.weighting.value, gate=choice.gate, tau=choice.tau
        )
        answer = AssessmentResult.of(assessment)
        if not cancelled.is_set():
            self.answer(self.weighted, request_id, answer)
