"""Results of one model for one scan, and the state of the work on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from mammoview.qt.session.model_worker import AssessmentResult

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer
    from mammoview.assess.results.sensitivity import Sensitivity


Chosen = Callable[[AssessmentResult], AssessmentResult]
"""Returns a result with the grid and at the budget that the reader has chosen."""


class AssessmentState(Enum):
    """How far the models are with a scan."""

    NOT_RUN = "not run"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    OUT_OF_SCOPE = "out of scope"


@dataclass(eq=False)
class ScanResults:
    """The results of one model for one scan; they are never those of another model.

    `state`, how far it is, and `state_text`, why, for FAILED and OUT_OF_SCOPE, are changed by the methods.

    Parameters
    ----------
    assessed
        Its result, with the grid and the sensitivity that the reader has chosen.
    arrived
        While it is at the scan: the layers that are made, by name, each with its operating point.
    made
        Its result, as it made it.
    sensitivity
        The gradients behind it, once they have been taken.
    seen
        What it made of other frames of a stack, by index.
    """

    assessed: AssessmentResult | None = None
    arrived: dict[str, tuple[Layer, float]] = field(default_factory=dict)
    made: AssessmentResult | None = None
    sensitivity: Sensitivity | None = None
    seen: dict[int, AssessmentResult] = field(default_factory=dict)
    state: AssessmentState = field(default=AssessmentState.NOT_RUN, init=False)
    state_text: str = field(default="", init=False)
    grids_failed: bool = field(default=False, init=False)
    """Whether the model failed to add the grids that are lacking; tried again when something waits for them."""

    @property
    def unfinished(self) -> bool:
        """Whether the scan waits for the model, or is being assessed by it."""
        return self.state in (AssessmentState.WAITING, AssessmentState.RUNNING)

    @property
    def lacks_grids(self) -> bool:
        """Whether the scan is assessed, but for the magnifications that its findings do not rest on."""
        made = self.made if self.state is AssessmentState.DONE else None
        return made is not None and bool(made.assessment.lacking)

    def reset(self) -> None:
        """Note that the scan has not been assessed."""
        self._change(AssessmentState.NOT_RUN)

    def wait(self) -> None:
        """Note that the scan waits for the model."""
        self._change(AssessmentState.WAITING)

    def begin(self) -> None:
        """Note that the model has begun with the scan."""
        self._change(AssessmentState.RUNNING)

    def finish(self) -> None:
        """Note that the scan is assessed."""
        self._change(AssessmentState.DONE)

    def fail(self, why: str) -> None:
        """Note that the model failed."""
        self._change(AssessmentState.FAILED, why)

    def exclude(self, why: str) -> None:
        """Note that the scan is out of the scope of the model."""
        self._change(AssessmentState.OUT_OF_SCOPE, why)

    def put(self, made: AssessmentResult | None, chosen: Chosen) -> None:
        """Keep what the model made of the scan, None for nothing, and show it as the reader has `chosen`."""
        self.made, self.sensitivity = made, None
        self.show(chosen)

    def show(self, chosen: Chosen) -> None:
        """Show what the model made of the scan as the reader has `chosen`."""
        self.assessed = None if self.made is None else chosen(self.made)

    def complete(self, whole: AssessmentResult, chosen: Chosen) -> None:
        """Keep an assessment to which grids have been added; a sensitivity that the reader has `chosen` stays."""
        before, shown, gradients = self.made, self.assessed, self.sensitivity
        self.put(whole, chosen)
        if before is not None and shown is not None and whole.is_detection_of(before):
            self.sensitivity = gradients
            if shown.assessment.saliency is not before.assessment.saliency:
                self.assessed = chosen(whole.with_sensitivity_of(shown))

    def forget(self) -> None:
        """Drop all that was made: it was of a scan of another size."""
        self.made = self.sensitivity = self.assessed = None
        self.seen.clear()
        self.reset()

    def rewrite_text(self, rewrite: Callable[[str], str]) -> None:
        """Replace the text that may name a file by what `rewrite` makes of it."""
        self.state_text = self.state_text and rewrite(self.state_text)

    def _change(self, state: AssessmentState, why: str = "") -> None:
        """Enter a state; layers that arrived early belong to the assessment that was under way."""
        self.state, self.state_text, self.grids_failed = state, why, False
        self.arrived.clear()


def no_breast() -> str:
    """Return why a scan without a breast is out of every model's scope."""
    return QCoreApplication.translate("Session", "no breast was found in the picture")
