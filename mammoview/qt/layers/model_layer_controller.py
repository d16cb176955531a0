"""The reader's choices for the models' layers: which grid is drawn, and what the sensitivity is a gradient of.

A choice changes the assessments that the window shows, so that viewports, read-out, comparison and exports all follow
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.display.layers.registry import BUDGETED
from mammoview.qt.layers.sensitivity_worker import SensitivityWorker
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.assess.results.sensitivity import Sensitivity, SensitivityOptions
    from mammoview.qt.concurrency.task import Task

WEIGHTINGS = ("evidence", "scored evidence", "entropy", "own label", "logit")
"""The values of `mammoview.assess.results.sensitivity.Weighting`, which is imported in the worker threads only.

The first is that of a new window. The models' own assessment has the entropy; what each points at is measured in
`training/results/saliency_gate.csv`.
"""
SETTLED_MS = 250
"""A slider that has not moved for so long is taken to stay: comparison and lists follow it then, viewports at once."""


class ModelLayerController(QObject):
    """The reader's choices, carried out on every scan of the study."""

    changed = Signal()
    """A choice, what there is to choose from, or whether it is being carried out."""
    operates = Signal(str, object)
    """Name of a layer and the model's threshold for it, None where none was measured."""

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        layers: LayerState,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Start with the leading grid, the first weighting, and the thresholds that are in force."""
        super().__init__(parent)
        self._session, self._viewport_grid, self._layers, self._notifier = session, viewport_grid, layers, notifier
        self.weighting = WEIGHTINGS[0]
        self.gate: float | None = None
        self.tau: float | None = None
        self._given_up = self._wanted = False
        """Whether gradients could not be taken, and whether the reader has asked for a sensitivity."""
        self._weighed_at: tuple[float, float] | None = None
        """Gate and tau of the last weighing."""
        self._taking: Task[Sensitivity, None] | None = None
        self._reweighting: dict[ScanEntry, Task[AssessmentResult, None]] = {}
        self.sensitivity_worker = SensitivityWorker(self)
        self._settling = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settling.timeout.connect(self._settle)
        self._unsettled: list[ScanEntry] = []
        session.assessment_changed.connect(self._take_change)
        session.prior_changed.connect(self._take_next)
        session.layer_arrived.connect(self._take_early_layer)
        session.study_shown.connect(self._take_study)
        session.model_shown.connect(self._take_model)
        layers.changed.connect(self._take_layer)

    def stop(self) -> None:
        """End the thread."""
        self.sensitivity_worker.stop()

    # Grid

    @property
    def grid(self) -> str:
        """Name of the grid that is drawn; empty for the leading one."""
        return self._layers.drawn_grid

    @property
    def grids(self) -> dict[str, str]:
        """Titles of the grids to choose from by name, the leading one first; empty before the first assessment."""
        for entry in self._session.entries.values():
            if entry.assessed is not None:
                return entry.assessed.assessment.grid_titles
        return {}

    @property
    def lacks_drawn(self) -> bool:
        """Whether the grid that is to be drawn has not been read yet on a scan of the study."""
        entries = self._session.entries.values()
        return any(entry.assessed is not None and entry.assessed.assessment.lacks_drawn for entry in entries)

    @property
    def grid_follows(self) -> bool:
        """Whether the grid that is drawn follows the false marks per normal view: the leading one, with its curve.

        Of models without any curve there is nothing that it could follow or not.
        """
        for entry in self._session.entries.values():
            if entry.assessed is not None:
                made = entry.assessed.assessment
                leading = next(iter(made.named_grids), "")
                if made.curves.findings is made.curves.heatmap is made.curves.grid is None:
                    return True
                return made.curves.grid is not None and (made.grid is None or made.grid.name == leading)
        return True

    def choose_grid(self, name: str) -> None:
        """Draw the grid of that name on every scan; the leading one for an empty name."""
        if name == self.grid:
            return
        self._layers.drawn_grid = name
        self.show_chosen()

    def show_chosen(self) -> None:
        """Show every scan with the grid and at the budget that the reader has chosen."""
        for entry, made, assessed in self._assessed():
            weighed = assessed.assessment.saliency is not made.assessment.saliency
            entry.assessed = self._layers.as_chosen(assessed if weighed else made)
            self._session.report_change(entry)
        self._session.assessment_queue.go_on()
        self.changed.emit()

    def follow(self, name: str) -> None:
        """Draw a layer from the models' threshold again, not from the reader's own."""
        self._layers.give_back_threshold(name)
        for _entry, _made, assessed in self._assessed():
            self._take_thresholds(self._layers.as_chosen(assessed))
            break

    def show_next_grid(self) -> None:
        """Draw the next grid: the leading magnification, the others, their mean."""
        names = list(self.grids)
        if names:
            now = names.index(self.grid) if self.grid in names else 0
            self.choose_grid(names[(now + 1) % len(names)])

    # Sensitivity

    @property
    def as_made(self) -> bool:
        """Whether the sensitivity stays as the models made it: it is not shown yet, or cannot be weighted."""
        return self._given_up or not self._wanted

    @property
    def _at_start(self) -> bool:
        """Whether weighting, gate and tau are those of a new window."""
        return self.weighting == WEIGHTINGS[0] and self.gate is None and self.tau is None

    @property
    def busy(self) -> bool:
        """Whether gradients are being taken; the viewports keep what they show until then."""
        return self._taking is not None and self._taking.is_pending

    @property
    def pending(self) -> bool:
        """Whether the sensitivity that was asked for is not shown yet on every scan."""
        if self.busy or self._reweighting or self._settling.isActive():
            return True
        return not self.as_made and any(e.sensitivity is None and e.grey is not None for e, *_ in self._assessed())

    @property
    def operating(self) -> tuple[float, float] | None:
        """Thresholds of leading grid and heatmap that are in force: gate and tau unless chosen. None before models."""
        for entry in self._session.entries.values():
            if entry.assessed is not None:
                leading = next(iter(entry.assessed.assessment.named_grids.values()), None)
                drawn = entry.assessed.assessment.grid
                gate = 0.0 if leading is None else leading.threshold
                if drawn is leading:
                    gate = self._layers.style("grid").threshold
                return gate, self._layers.style("heatmap").threshold
        return None

    def weigh(self) -> None:
        """Weight the sensitivity as the reader has chosen, also while its layer is off."""
        if not self._wanted:
            self._ask()

    def set_weighting(self, weighting: str) -> None:
        """Choose what the sensitivity is a gradient of, one of `WEIGHTINGS`."""
        self.weighting = weighting
        self._ask()

    def show_next_weighting(self) -> None:
        """Choose the next weighting."""
        self.set_weighting(WEIGHTINGS[(WEIGHTINGS.index(self.weighting) + 1) % len(WEIGHTINGS)])

    def set_gate(self, gate: float | None) -> None:
        """Set the least probability of a patch that counts; with None it is the threshold of the grid."""
        self.gate = gate
        self._ask()

    def set_tau(self, tau: float | None) -> None:
        """Set the least value of the heatmap that counts; with None it is the threshold of the heatmap."""
        self.tau = tau
        self._ask()

    def _ask(self) -> None:
        """Have the sensitivity as it is chosen, from now on."""
        self._wanted, self._given_up = True, False
        self._reweight_all()

    def _reweight_all(self) -> None:
        """Carry a choice out: on what hangs first."""
        self._drop_reweighting()
        seen = self._session.on_screen()
        self._weighed_at = self.operating
        for entry, made, assessed in sorted(self._assessed(), key=lambda one: one[0].scan not in seen):
            if self.as_made:
                self._show(entry, self._layers.as_chosen(made))
            elif entry.sensitivity is not None:
                self._reweighting[entry] = self.sensitivity_worker.reweight(
                    entry.sensitivity, self._choice(entry), assessed.assessment
                ).connect(
                    self,
                    result=partial(self._take_weighted, entry, made),
                    failed=partial(self._take_weighting_failure, entry),
                )
        self._take_next()
        self.changed.emit()

    def _choice(self, entry: ScanEntry) -> SensitivityOptions:
        """Return the choice for one scan, whose thresholds stand where the reader has set none."""
        from mammoview.assess.results.sensitivity import SensitivityOptions, Weighting

        gate, tau = self.operating or (0.0, 0.0)
        return SensitivityOptions(
            Weighting(self.weighting),
            gate if self.gate is None else self.gate,
            tau if self.tau is None else self.tau,
            within_contour=True,
        )

    def _take_next(self, _changed: object = None) -> None:
        """Have gradients taken, one scan after another, while the models have nothing else to do."""
        if self.as_made or self.busy or any(entry.unfinished for entry in self._session.entries.values()):
            return
        seen = self._session.on_screen()
        lacking = [
            (entry, made) for entry, made, _ in self._assessed() if entry.sensitivity is None and entry.grey is not None
        ]
        if lacking:
            entry, made = min(lacking, key=lambda one: one[0].scan not in seen)
            self._taking = self._session.models.take_gradients(
                entry.scan.still(), made.assessment, entry.analysis, self._session.choices.shown
            ).connect(
                self,
                result=partial(self._take_sensitivity, entry, made),
                failed=self._take_gradient_failure,
            )

    def _assessed(self) -> Iterator[tuple[ScanEntry, AssessmentResult, AssessmentResult]]:
        """Go over the scans of the study and of its prior that are assessed: entry, as made, and as shown."""
        for entry in self._session.all_entries:
            if entry.made is not None and entry.assessed is not None:
                yield entry, entry.made, entry.assessed

    def _show(self, entry: ScanEntry, assessed: AssessmentResult) -> None:
        """Lay another sensitivity over a scan at once, and let the rest of the window follow when it stays."""
        entry.assessed = assessed
        viewport = self._viewport_grid.viewport_of(entry.scan)
        if viewport is not None and entry.altered is None:
            viewport.show_layer("saliency", assessed.sensitivity)
        if entry not in self._unsettled:
            self._unsettled.append(entry)
        self._settling.start()

    def _settle(self) -> None:
        """Emit the entries whose state is final."""
        settled, self._unsettled = self._unsettled, []
        for entry in settled:
            if entry in self._session.all_entries:
                self._session.report_change(entry)
        self.changed.emit()

    # Signals of other parts

    def _take_study(self, _study: object) -> None:
        """Drop what is on its way for another study; scans that were assessed before follow the present choice."""
        self._drop_taking()
        self._drop_reweighting()
        self._unsettled.clear()
        self._wanted = self._wanted and (self._layers.is_on("saliency") or not self._at_start)
        for entry, made, _assessed in self._assessed():
            entry.assessed = self._layers.as_chosen(made)
        self._take_next()
        self.changed.emit()

    def _take_model(self) -> None:
        """Tick the thresholds of another model, and weigh its sensitivity as it is chosen."""
        self._drop_taking()
        self._drop_reweighting()
        self._unsettled.clear()
        for name in BUDGETED:
            self.operates.emit(name, None)
        for _entry, _made, assessed in self._assessed():
            self._take_thresholds(assessed)
            break
        if self._wanted:
            self._reweight_all()
        self.changed.emit()

    def _take_change(self, entry: ScanEntry) -> None:
        """Draw what is assessed from the models' thresholds. Make way for an assessment; go on when it is done."""
        if entry.state is AssessmentState.DONE and entry.assessed is not None:
            self._take_thresholds(entry.assessed)
        if entry.unfinished:
            self._drop_taking()
        else:
            self._take_next()
        self.changed.emit()

    def _take_layer(self, name: str) -> None:
        """Weigh the sensitivity once it is shown, and again where a threshold that bounds it has moved."""
        if name == "saliency" and self._layers.is_on(name):
            self.weigh()
        elif name in BUDGETED and self._wanted and self.operating != self._weighed_at:
            self._reweight_all()

    def _take_early_layer(self, entry: ScanEntry, name: str) -> None:
        """Draw a layer that has just been made: from the model's threshold, before an assessment has set it."""
        if next(self._assessed(), None) is None:
            self._operate(name, entry.arrived[name][1])

    def _take_thresholds(self, result: AssessmentResult) -> None:
        """Draw heatmap and grid from the thresholds of a result."""
        assessment = result.assessment
        self._operate("heatmap", assessment.operating)
        if assessment.grid is not None:
            self._operate("grid", assessment.grid.threshold, measured=not assessment.grid.mean_of)

    def _operate(self, name: str, point: float, measured: bool = True) -> None:
        """Draw a layer from the model's threshold, unless the reader has set one; tick it where it was measured."""
        self.operates.emit(name, point if measured else None)
        self._layers.set_threshold(name, point, own=False)

    def _drop_taking(self) -> None:
        """Stop taking gradients; what is dropped is asked for again when it is wanted."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _drop_reweighting(self) -> None:
        """Stop weighing what was chosen before."""
        for task in self._reweighting.values():
            task.cancel()
        self._reweighting.clear()

    def _take_sensitivity(self, entry: ScanEntry, made: AssessmentResult, sensitivity: Sensitivity) -> None:
        """Keep gradients while their study is shown, and weigh them."""
        self._taking = None
        if self._still_shown(entry, made):
            entry.sensitivity = sensitivity
            self._reweight_all()
        else:
            self._take_next()

    def _still_shown(self, entry: ScanEntry, made: AssessmentResult) -> bool:
        """Whether the study of a scan and, of a stack, the frame that was asked about still are shown."""
        now = entry.made
        return now is not None and now.is_detection_of(made) and entry in self._session.all_entries

    def _take_weighted(self, entry: ScanEntry, made: AssessmentResult, assessed: AssessmentResult) -> None:
        """Show a sensitivity as it was chosen."""
        del self._reweighting[entry]
        if entry.made is not None and self._still_shown(entry, made):
            self._show(entry, self._layers.as_chosen(entry.made.with_sensitivity_of(assessed)))

    def _take_gradient_failure(self, line: str) -> None:
        """Note that no gradients are on their way."""
        self._taking = None
        self._take_failure(line)

    def _take_weighting_failure(self, entry: ScanEntry, line: str) -> None:
        """Note that a scan is not weighed any more."""
        del self._reweighting[entry]
        self._take_failure(line)

    def _take_failure(self, line: str) -> None:
        """Warn that a sensitivity cannot be weighted anew, and go back to the models' own."""
        self._notifier.warn(line)
        self.weighting, self.gate, self.tau = WEIGHTINGS[0], None, None
        self._given_up = True
        self._reweight_all()
