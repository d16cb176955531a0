"""How the reader wants the models' layers: which grid is drawn, and what the sensitivity is a gradient of.

A choice changes the assessments that the window shows, so that panes, read-out, comparison and exports all follow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.qt.layers.sensitivity_worker import Weigh, Weigher
from mammoview.qt.session.layer_state import Layers
from mammoview.qt.session.model_worker import Assessed, TakeSensitivity
from mammoview.qt.session.scan_entry import Entry, State
from mammoview.qt.session.session import Reading
from mammoview.qt.viewport.viewport_grid import LightBox

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Grid
    from mammoview.assess.results.sensitivity import Choice, Sensitivity

READINGS = ("entropy", "own label", "logit", "evidence")
"""The values of `mammoview.assess.results.sensitivity.Reading`, which is imported in the worker threads only."""
SETTLED_MS = 250
"""A slider that has not moved for so long is taken to stay: comparison and lists follow it then, the panes at once."""


class ModelLayers(QObject):
    """The reader's choices, carried out on every scan of the study."""

    changed = Signal()
    """A choice, what there is to choose from, or whether it is being carried out."""
    operates = Signal(str, object)
    """Name of a layer and the model's threshold for it, None where nobody has measured one."""
    told = Signal(str)
    """A line for the reader."""

    def __init__(self, reading: Reading, light_box: LightBox, layers: Layers, parent: QObject | None = None) -> None:
        """Start with what the models propose: the leading grid, the entropy, their own thresholds."""
        super().__init__(parent)
        self._reading, self._light_box, self._layers = reading, light_box, layers
        self.grid = ""
        self.reading = READINGS[0]
        self.gate: float | None = None
        self.tau: float | None = None
        self._taking: dict[int, tuple[Entry, Assessed | None]] = {}
        self._weighing: dict[int, tuple[Entry, Assessed | None]] = {}
        self.weigher = Weigher(self)
        self.weigher.weighed.connect(self._take_weighed)
        self.weigher.failed.connect(self._take_failure)
        self._settling = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settling.timeout.connect(self._settle)
        self._unsettled: list[Entry] = []
        reading.assessing.dressed = self._dressed
        reading.assessment_changed.connect(self._take_change)
        reading.prior_changed.connect(self._take_next)
        reading.layer_arrived.connect(self._take_early_layer)
        reading.study_shown.connect(self._take_study)
        reading.models.sensitivity_taken.connect(self._take_sensitivity)
        reading.models.failed.connect(self._take_failure)

    def stop(self) -> None:
        """End the thread."""
        self.weigher.stop()

    # Grid

    @property
    def grids(self) -> dict[str, Grid]:
        """Grids to choose from by name, the leading one first; empty before the first assessment."""
        for entry in self._reading.entries.values():
            if entry.assessed is not None:
                return entry.assessed.assessment.named_grids
        return {}

    def choose_grid(self, name: str) -> None:
        """Draw the grid of that name on every scan; the leading one for an empty name."""
        if name == self.grid:
            return
        self.grid = name
        for entry in self._assessed():
            entry.assessed = self._dressed(entry.assessed)
            self._reading.tell(entry)
        self.changed.emit()

    def show_next_grid(self) -> None:
        """Draw the next grid: the leading magnification, the others, their mean."""
        names = list(self.grids)
        if names:
            now = names.index(self.grid) if self.grid in names else 0
            self.choose_grid(names[(now + 1) % len(names)])

    def _dressed(self, assessed: Assessed) -> Assessed:
        """Return an assessment with the chosen grid."""
        return Assessed(replace(assessed.assessment, drawn=self.grid), assessed.sensitivity)

    # Sensitivity

    @property
    def own(self) -> bool:
        """Whether the sensitivity is the models' own: the entropy, at their thresholds."""
        return self.reading == READINGS[0] and self.gate is None and self.tau is None

    @property
    def busy(self) -> bool:
        """Whether gradients are being taken; the panes keep what they show until then."""
        return bool(self._taking)

    @property
    def operating(self) -> tuple[float, float] | None:
        """The models' own gate and tau, or None before the first assessment."""
        for entry in self._reading.entries.values():
            if entry.made is not None:
                made = entry.made.assessment
                point = made.gate if made.gate is not None else (made.grid.threshold if made.grid else 0.0)
                return point, made.tau
        return None

    def read(self, reading: str) -> None:
        """Choose what the sensitivity is a gradient of, one of `READINGS`."""
        self.reading = reading
        self._weigh_all()

    def read_next(self) -> None:
        """Choose the next reading."""
        self.read(READINGS[(READINGS.index(self.reading) + 1) % len(READINGS)])

    def set_gate(self, gate: float | None) -> None:
        """Set the least probability of a patch that counts; None gives it back to the model."""
        self.gate = gate
        self._weigh_all()

    def set_tau(self, tau: float | None) -> None:
        """Set the least value of the heatmap that counts; None gives it back to the model."""
        self.tau = tau
        self._weigh_all()

    def _weigh_all(self) -> None:
        """Carry a choice out: on what hangs first."""
        for request in self._weighing:
            self.weigher.cancel(request)
        self._weighing.clear()
        seen = self._reading.on_screen()
        for entry in sorted(self._assessed(), key=lambda e: e.scan not in seen):
            if self.own:
                self._show(entry, self._dressed(entry.made))
            elif entry.sensitivity is not None:
                request = Weigh(entry.sensitivity, self._choice(entry), entry.assessed.assessment)
                self._weighing[self.weigher.submit(request)] = entry, entry.made
        self._take_next()
        self.changed.emit()

    def _choice(self, entry: Entry) -> Choice:
        """Return the choice for one scan, whose thresholds stand where the reader has set none."""
        from mammoview.assess.results.sensitivity import Choice, Reading

        gate, tau = self.operating or (0.0, 0.0)
        return Choice(
            Reading(self.reading),
            gate if self.gate is None else self.gate,
            tau if self.tau is None else self.tau,
        )

    def _take_next(self, _changed: object = None) -> None:
        """Have gradients taken, one scan after another, while the models have nothing else to do."""
        waiting = any(e.state in (State.WAITING, State.RUNNING) for e in self._reading.entries.values())
        if self.own or self._taking or waiting:
            return
        seen = self._reading.on_screen()
        lacking = [e for e in self._assessed() if e.sensitivity is None and e.grey is not None]
        if lacking:
            entry = min(lacking, key=lambda e: e.scan not in seen)
            request = self._reading.models.submit(TakeSensitivity(entry.scan.still(), entry.made.assessment))
            self._taking[request] = entry, entry.made

    def _assessed(self) -> Iterator[Entry]:
        """Go over the scans of the study and of its prior that are assessed."""
        return (e for e in self._reading.all_entries if e.made is not None and e.assessed is not None)

    def _show(self, entry: Entry, assessed: Assessed) -> None:
        """Lay another sensitivity over a scan at once, and let the rest of the window follow when it stays."""
        entry.assessed = assessed
        viewport = self._light_box.viewport_of(entry.scan)
        if viewport is not None:
            viewport.show_layer("saliency", assessed.sensitivity)
        if entry not in self._unsettled:
            self._unsettled.append(entry)
        self._settling.start()

    def _settle(self) -> None:
        """Tell the rest of the window."""
        settled, self._unsettled = self._unsettled, []
        for entry in settled:
            if entry in self._reading.all_entries:
                self._reading.tell(entry)

    # What the others tell

    def _take_study(self, _study: object) -> None:
        """Drop what is on its way for another study; scans that were assessed before follow the present choice."""
        self._drop_taking()
        for request in self._weighing:
            self.weigher.cancel(request)
        self._weighing.clear()
        self._unsettled.clear()
        for entry in self._assessed():
            entry.assessed = self._dressed(entry.made)
        self._take_next()
        self.changed.emit()

    def _take_change(self, entry: Entry) -> None:
        """Draw what is assessed from the models' thresholds. Make way for an assessment; go on when it is done."""
        if entry.state is State.DONE and entry.assessed is not None:
            assessment = entry.assessed.assessment
            self._operate("heatmap", assessment.operating)
            if assessment.grid is not None:
                self._operate("grid", assessment.grid.threshold, measured=not assessment.grid.mean_of)
        if entry.state in (State.WAITING, State.RUNNING):
            self._drop_taking()
        else:
            self._take_next()
        self.changed.emit()

    def _take_early_layer(self, entry: Entry, name: str) -> None:
        """Draw a layer that has just been made from the model's threshold."""
        self._operate(name, entry.arrived[name][1])

    def _operate(self, name: str, point: float, measured: bool = True) -> None:
        """Draw a layer from the model's threshold, unless the reader has set one; tick it where it was measured."""
        self.operates.emit(name, point if measured else None)
        self._layers.set_threshold(name, point, own=False)

    def _drop_taking(self) -> None:
        """Stop taking gradients; what is dropped is asked for again when it is wanted."""
        for request in self._taking:
            self._reading.models.cancel(request)
        self._taking.clear()

    def _take_sensitivity(self, request: int, sensitivity: Sensitivity) -> None:
        """Keep gradients while their study is on show, and weigh them; a late answer is dropped."""
        entry = self._still_shown(self._taking.pop(request, None))
        if entry is not None:
            entry.sensitivity = sensitivity
            self._weigh_all()

    def _still_shown(self, asked: tuple[Entry, Assessed | None] | None) -> Entry | None:
        """Return the scan that was asked about, if its study and, of a stack, its frame still are on show."""
        if asked is None or asked[0].made is not asked[1]:
            return None
        return asked[0] if asked[0] in self._reading.all_entries else None

    def _take_weighed(self, request: int, assessed: Assessed) -> None:
        """Show a sensitivity as it was chosen; a late answer is dropped."""
        entry = self._still_shown(self._weighing.pop(request, None))
        if entry is not None:
            self._show(entry, self._dressed(assessed))

    def _take_failure(self, request: int, text: str) -> None:
        """Tell why a sensitivity cannot be weighted anew, and let the models' own stand."""
        if self._taking.pop(request, None) is not None or self._weighing.pop(request, None) is not None:
            self.told.emit(text)
            self.reading, self.gate, self.tau = READINGS[0], None, None
            self._weigh_all()
