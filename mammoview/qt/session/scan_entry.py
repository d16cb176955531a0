"""One scan of the study on show: its picture, and how far the models are with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

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

    Parameters
    ----------
    scan
        The scan.
    grey
        Its picture and greys once it is loaded.
    problem
        Why it cannot be loaded; empty when it can.
    state
        How far the models are.
    state_text
        Why, for FAILED and OUT_OF_SCOPE.
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
    """

    scan: Scan
    grey: VoiState | None = None
    problem: str = ""
    state: AssessmentState = AssessmentState.NOT_RUN
    state_text: str = ""
    assessed: AssessmentResult | None = None
    arrived: dict[str, tuple[Layer, float]] = field(default_factory=dict)
    made: AssessmentResult | None = None
    sensitivity: Sensitivity | None = None
    seen: dict[int, AssessmentResult] = field(default_factory=dict)
    analysis: ScanAnalysis | None = None

    def take_picture(self, picture: LoadedScan) -> None:
        """Take the picture that has been loaded."""
        self.grey, self.analysis = VoiState.of(picture), picture.analysis

    def take_view(self) -> None:
        """Turn the picture for the laterality and projection that the reader has given the scan."""
        if self.grey is not None:
            self.grey.picture = self.grey.picture.with_view()
            self.analysis = self.grey.picture.analysis
