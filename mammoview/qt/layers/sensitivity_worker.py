"""The thread that puts sensitivities together from gradients that have been taken."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.session.model_worker import AssessmentResult

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.assess.results.sensitivity import Sensitivity, SensitivityOptions
    from mammoview.qt.concurrency.task import Task


class SensitivityWorker(Worker):
    """Weighs one request after another; those that a later one has overtaken are cancelled and skipped."""

    def reweight(
        self, sensitivity: Sensitivity, choice: SensitivityOptions, assessment: Assessment
    ) -> Task[AssessmentResult, None]:
        """Return the task of making a sensitivity as chosen.

        Parameters
        ----------
        sensitivity
            The gradients of a scan.
        choice
            Weighting, gate and threshold.
        assessment
            What it is a part of.
        """
        return self.submit(partial(_reweighted, sensitivity, choice, assessment))


def _reweighted(
    sensitivity: Sensitivity, choice: SensitivityOptions, assessment: Assessment, _task: Task[AssessmentResult, None]
) -> AssessmentResult:
    """Sum, bound and rank."""
    layer = sensitivity.layer(choice)
    return AssessmentResult.of(
        replace(assessment, saliency=layer, weighting=choice.weighting.value, gate=choice.gate, tau=choice.tau)
    )
