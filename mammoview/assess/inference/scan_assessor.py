"""Interface of assessors as window, batch and exports use it, whichever models they run. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mammoview.assess.results.assessment import Assessment, Layer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.assess.models.own_model_folder import OwnModelFolder
    from mammoview.assess.results.score_changes import ScoreChanges
    from mammoview.assess.results.sensitivity import Sensitivity
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.study.pixel_changes import PixelRegion
    from mammoview.study.scan import Scan


class ScanAssessor(Protocol):
    """Assesses scans: all at once, or what findings rest on first."""

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
        """Return the assessment of a scan; `arrived` is called with each layer as it is made."""
        ...

    def detect(
        self,
        scan: Scan,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Callable[[str, Layer, float], None] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Return the assessment of a scan; what its findings do not rest on may be `lacking`."""
        ...

    def complete(
        self,
        scan: Scan,
        assessment: Assessment,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Return what `assess` would have, from an assessment of the same scan by `detect`."""
        ...

    def sensitivity(
        self,
        scan: Scan,
        assessment: Assessment,
        cancelled: Callable[[], bool] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Sensitivity:
        """Return the gradients from which the sensitivity is computed for any weighting and gate."""
        ...

    def release_memory(self) -> None:
        """Release memory that is no longer used."""
        ...


class RegionAnswers(Protocol):
    """Runs models again on a scan whose pixels were altered; scan and state are of a class of its own."""

    def prepare(
        self, scan: Scan, made: Assessment, analysis: ScanAnalysis | None = None, check: Callable[[], None] = ...
    ) -> Any:  # noqa: ANN401
        """Make a scan ready to be altered; `made` is its assessment by the same models."""
        ...

    def answer(
        self,
        true: Any,  # noqa: ANN401
        state: Any,  # noqa: ANN401
        pixels: NDArray[np.generic],
        boxes: Sequence[tuple[int, int, int, int]],
        check: Callable[[], None] = ...,
    ) -> None:
        """Bring a state up to date with pixels that changed in some boxes (left, top, right, bottom)."""
        ...

    def assessment(self, true: Any, state: Any, check: Callable[[], None] = ...) -> Assessment:  # noqa: ANN401
        """Return an assessment of the altered scan."""
        ...

    def changes(self, true: Any, state: Any, region: PixelRegion, check: Callable[[], None] = ...) -> ScoreChanges:  # noqa: ANN401
        """Return how the scores of a region changed."""
        ...


def make_assessor(
    device: str = "auto", stride: str = "even", flips: bool = True, model: OwnModelFolder | None = None
) -> ScanAssessor:
    """Return an assessor with the bundled models, or with a model of the user's own; imports torch.

    Parameters
    ----------
    device
        "auto", "cpu" or "cuda".
    stride, flips
        As the Assessor takes them; a model of one's own has its own stride.
    model
        A model of the user's own.

    Raises
    ------
    ModelError
        When the models cannot be loaded.
    """
    if model is not None:
        from mammoview.assess.inference.own_assessor import OwnAssessor
        from mammoview.assess.models.own_loading import load_network

        return OwnAssessor(load_network(model.path, device, model.unchanged_facts()))
    from mammoview.assess.inference.assessor import Assessor

    return Assessor(device, stride, None, flips)
