"""One scan of the current study: its picture, and what the models have made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mammoview.library.insert import file_stamp, source_of
from mammoview.qt.session.altered_scan import AlteredScan
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.session.scan_results import AssessmentState, Chosen, ScanResults
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.scan import Scan

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer
    from mammoview.assess.results.sensitivity import Sensitivity
    from mammoview.display.scan_analysis import ScanAnalysis


@dataclass(eq=False)
class ScanEntry:
    """A scan of the current study.

    What the window shows of the models (`state`, `made`, `assessed` and what goes with them) are the results of the
    model shown; those of every model are kept apart, by the key of the model.

    Parameters
    ----------
    scan
        The scan.
    grey
        Its picture and greys once it is loaded.
    problem
        Why it cannot be loaded; empty when it can.
    analysis
        Analysis of its pixels, once it has been loaded; kept when its picture is released.
    altered
        The copy with altered pixels that is shown in its place; None while the true scan is shown.
    model
        Key of the current model; empty for the bundled ones.
    stamp
        `library.insert.file_stamp` of its file as its pixels were read last; None where that is not known.
    """

    scan: Scan
    grey: VoiState | None = None
    problem: str = ""
    analysis: ScanAnalysis | None = None
    altered: AlteredScan | None = None
    model: str = ""
    stamp: tuple[int, int] | None = None
    _results: dict[str, ScanResults] = field(default_factory=dict, init=False)

    def of(self, model: str) -> ScanResults:
        """Return the results of a model, by its key."""
        return self._results.setdefault(model, ScanResults())

    @property
    def shown(self) -> ScanResults:
        """The results of the current model."""
        return self.of(self.model)

    @property
    def models(self) -> tuple[str, ...]:
        """Keys of the models of which something is known."""
        return tuple(self._results)

    @property
    def state(self) -> AssessmentState:
        """How far the current model is."""
        return self.shown.state

    @property
    def state_text(self) -> str:
        """Why the current model failed, or why the scan is out of its scope; else empty."""
        return self.shown.state_text

    @property
    def assessed(self) -> AssessmentResult | None:
        """Results of the current model, with the grid and the sensitivity that the reader has chosen."""
        return self.shown.assessed

    @assessed.setter
    def assessed(self, assessed: AssessmentResult | None) -> None:
        self.shown.assessed = assessed

    @property
    def made(self) -> AssessmentResult | None:
        """Results of the current model, as it made them."""
        return self.shown.made

    @property
    def arrived(self) -> dict[str, tuple[Layer, float]]:
        """Layers that the current model has made already, by name, each with its operating point."""
        return self.shown.arrived

    @property
    def sensitivity(self) -> Sensitivity | None:
        """The gradients behind it, once they have been taken."""
        return self.shown.sensitivity

    @sensitivity.setter
    def sensitivity(self, sensitivity: Sensitivity | None) -> None:
        self.shown.sensitivity = sensitivity

    @property
    def seen(self) -> dict[int, AssessmentResult]:
        """What the current model made of other frames of a stack, by index."""
        return self.shown.seen

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
        """Whether the scan waits for the current model, or is being assessed by it."""
        return self.shown.unfinished

    def take_picture(self, picture: LoadedScan) -> None:
        """Take the picture that has been loaded."""
        self.grey, self.analysis = VoiState.of(picture), picture.analysis
        self.stamp = picture.stamp or self.stamp

    @property
    def file_has_changed(self) -> bool:
        """Whether its file, or its zip, is another one than that which its pixels were read from. Reads its stamp."""
        return self.stamp is not None and file_stamp(source_of(self.scan)) != self.stamp

    def take_view(self) -> None:
        """Turn the picture for the laterality and projection that the reader has given the scan."""
        if self.grey is not None:
            self.grey.picture = self.grey.picture.with_view()
            self.analysis = self.grey.picture.analysis

    def fail(self, why: str) -> None:
        """Note that no model can assess the scan."""
        for results in {self.model: self.shown, **self._results}.values():
            results.fail(why)

    def exclude(self, why: str) -> None:
        """Note that the scan is out of the scope of all models."""
        for results in {self.model: self.shown, **self._results}.values():
            results.exclude(why)

    def reset_unfinished(self) -> bool:
        """Note that the scan waits for no model any more; return whether it did."""
        unfinished = [results for results in self._results.values() if results.unfinished]
        for results in unfinished:
            results.reset()
        return bool(unfinished)

    def release(self) -> None:
        """Release the picture and the gradients; assessments are kept."""
        self.grey = self.altered = None
        for results in self._results.values():
            results.sensitivity = None
            if results.state is AssessmentState.WAITING:
                results.reset()
        self.scan.release()

    def show_frame(self, before: int, frame: int, breast: bool, chosen: Chosen) -> None:
        """Keep what was said of one frame of a stack, and show what was said of another; `breast`: one was found."""
        for results in self._results.values():
            if results.made is not None:
                results.seen[before] = results.made
            results.put(results.seen.get(frame), chosen)
            if breast:
                results.reset() if results.made is None else results.finish()

    def forget_results(self) -> None:
        """Drop all results: the scan has another size now."""
        for results in self._results.values():
            results.forget()

    def rewrite_texts(self, rewrite: Callable[[str], str]) -> None:
        """Replace the texts that may name a file by what `rewrite` makes of them."""
        self.problem = self.problem and rewrite(self.problem)
        for results in self._results.values():
            results.rewrite_text(rewrite)
