"""The thread that waits for an evaluation, which runs in a process of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mammoview.qt.concurrency.worker import Worker

if TYPE_CHECKING:
    from mammoview.batch.evaluation_process import EvaluationProgress, EvaluationRequest
    from mammoview.batch.evaluation_run import FinishedEvaluation
    from mammoview.qt.concurrency.task import Task


class EvaluationWorker(Worker):
    """Starts evaluations, one after another."""

    def evaluate(self, request: EvaluationRequest) -> Task[FinishedEvaluation, EvaluationProgress]:
        """Evaluate a data set; a task that is cancelled ends the process, and what has been assessed is kept."""
        return self.submit(partial(_evaluate, request))


def _evaluate(request: EvaluationRequest, task: Task[FinishedEvaluation, EvaluationProgress]) -> FinishedEvaluation:
    from mammoview.batch.evaluation_process import run_evaluation

    return run_evaluation(request, task.deliver, task.check)
