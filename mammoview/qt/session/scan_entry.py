"""One scan of the study on show: its picture, and how far the models are with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from mammoview.qt.session.altered_scan import AlteredScan
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.scan import Scan

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer
    from mammoview.assess.results.sensitivity import Sensitivity
    from mammoview.display.scan_analysis import ScanAnalysis


class AssessmentState(Enum):
    """How far the models are with a scan."""

    NOT_RUN = "not run"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    OUT_OF_SCOPE = "out of scope"


@dataclass(eq=False)
class ScanEntry:
    """A scan of the study on show.

    `state`, how far the models are, and `state_text`, why, for FAILED and OUT_OF_SCOPE, are changed by the methods.

    Parameters
    ----------
    scan
        The scan.
    grey
        Its picture and greys once it is loaded.
    problem
        Why it cannot be loaded; empty when it can.
    assessed
        What they said, with the grid and the sensitivity that the reader has chosen.
    arrived
        While they are at it: the layers that are made, by name, each with its operating point.
    made
        What they said, as they made it.
    sensitivity
        The gradients behind it, once they have been taken.
    seen
        What they made of other frames of a stack, by index.
    analysis
        What its pixels say, once it has been loaded; kept when its picture is let go.
    altered
        The copy with altered pixels that is shown in its place; None while the true scan is shown.
    """

    scan: Scan
    grey: VoiState | None = None
    problem: str = ""
    assessed: AssessmentResult | None = None
    arrived: dict[str, tuple[Layer, float]] = field(default_factory=dict)
    made: AssessmentResult | None = None
    sensitivity: Sensitivity | None = None
    seen: dict[int, AssessmentResult] = field(default_factory=dict)
    analysis: ScanAnalysis | None = None
    altered: AlteredScan | None = None
    _state: AssessmentState = field(default=AssessmentState.NOT_RUN, init=False)
    _state_text: str = field(default="", init=False)

    @property
    def state(self) -> AssessmentState:
        """How far the models are."""
        return self._state

    @property
    def state_text(self) -> str:
        """Why the models failed, or why the scan is out of scope; else empty."""
        return self._state_text

    @property
    def true_picture(self) -> LoadedScan | None:
        """Picture of the true scan, also while that of an altered copy is shown; None while it is loaded."""
        if self.altered is not None:
            return self.altered.true
        return None if self.grey is None else self.grey.picture

    @property
    def drawn(self) -> AssessmentResult | None:
        """Results that are drawn over the picture: those of the altered copy while that is shown."""
        return self.assessed if self.altered is None else self.altered.assessed

    @property
    def unfinished(self) -> bool:
        """Whether the scan waits for the models, or they are at it."""
        return self._state in (AssessmentState.WAITING, AssessmentState.RUNNING)

    def take_picture(self, picture: LoadedScan) -> None:
        """Take the picture that has been loaded."""
        self.grey, self.analysis = VoiState.of(picture), picture.analysis

    def take_view(self) -> None:
        """Turn the picture for the laterality and projection that the reader has given the scan."""
        if self.grey is not None:
            self.grey.picture = self.grey.picture.with_view()
            self.analysis = self.grey.picture.analysis

    def reset(self) -> None:
        """Note that the models have not assessed the scan."""
        self._change(AssessmentState.NOT_RUN)

    def wait(self) -> None:
        """Note that the scan waits for the models."""
        self._change(AssessmentState.WAITING)

    def begin(self) -> None:
        """Note that the models are at the scan."""
        self._change(AssessmentState.RUNNING)

    def finish(self) -> None:
        """Note that the scan is assessed."""
        self._change(AssessmentState.DONE)

    def fail(self, why: str) -> None:
        """Note that the models failed."""
        self._change(AssessmentState.FAILED, why)

    def exclude(self, why: str) -> None:
        """Note that the models have nothing to say about the scan."""
        self._change(AssessmentState.OUT_OF_SCOPE, why)

    def rewrite_texts(self, rewrite: Callable[[str], str]) -> None:
        """Replace the texts that may name a file by what `rewrite` makes of them."""
        self.problem = self.problem and rewrite(self.problem)
        self._state_text = self._state_text and rewrite(self._state_text)

    def _change(self, state: AssessmentState, why: str = "") -> None:
        """Enter a state; layers that arrived early belong to the assessment that was under way."""
        self._state, self._state_text = state, why
        self.arrived.clear()
