"""Has the models assess one scan after the other, and keeps the results.

Each scan is assessed in two steps: first what its findings rest on; then, once no other scan waits for the first step
or as soon as they are asked for, the grids of the other magnifications.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from mammoview.qt.concurrency.task import Task
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_choice import ModelChoice
from mammoview.qt.session.model_worker import AssessmentResult, EarlyLayer, ModelWorker, OutOfScope
from mammoview.qt.session.pending_exports import PendingExports
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState, no_breast
from mammoview.qt.widgets.notifier import Notifier


class AssessmentQueue(QObject):
    """The models at work on the entries that wait for them."""

    changed = Signal(object)
    """Entry whose state or assessment changed."""
    layer_arrived = Signal(object, str)
    """Entry, and the name of one of its layers that has been made while the others are still being made."""
    device_known = Signal(str)
    """Where the current model runs, or why it does not; empty where that is not known."""
    moved = Signal(float, str)
    """Fraction of the scan that is done (-1: unknown), and with what the models are busy."""

    def __init__(
        self,
        models: ModelWorker,
        layers: LayerState,
        entries: Callable[[], Collection[ScanEntry]],
        rank: Callable[[ScanEntry], tuple[bool, ...]],
        held: Callable[[], Collection[ScanEntry]],
        choices: Callable[[], Sequence[ModelChoice]],
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Take a worker that has not been started.

        Parameters
        ----------
        models
            The worker.
        layers
            Which patch grid of a result is drawn.
        entries
            Returns the entries that may be assessed.
        rank
            Returns the order of an entry: that of the lowest rank is assessed first.
        held
            Returns the entries not to be assessed yet.
        choices
            Returns the models that are run, the current one first.
        notifier
            Shows what the models cannot do.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self.models, self.entries, self._rank, self._held = models, entries, rank, held
        self._choices, self._layers, self._notifier = choices, layers, notifier
        self.broken = ""
        """Why there are no models; empty while there may be."""
        self.starts_when_idle = False
        """Whether the models are to be loaded as soon as nothing else is."""
        self.fraction = 0.0
        """Fraction of the current assessment that is done."""
        self._now: tuple[Task[Any, Any], ScanEntry, str] | None = None
        self._completes = True
        """Whether grids that are lacking are added without being asked for: not after the work has been cancelled."""
        self.pending = PendingExports()
        """What waits for grids that are lacking."""
        self._ready = False
        self._devices: dict[str, str] = {}
        """Where each model runs, by its key, once that is known."""
        self._warned: set[tuple[str, str]] = set()
        """Keys of models, each with a line that the reader has been warned with."""
        layers.changed.connect(self.go_on)
        models.ready.connect(self._take_device)
        models.broken.connect(self._take_broken)
        models.failed.connect(notifier.warn)
        models.cache_failed.connect(notifier.warn)

    @property
    def entry(self) -> ScanEntry | None:
        """The scan that is being assessed."""
        return None if self._now is None else self._now[1]

    @property
    def busy(self) -> bool:
        """Whether a scan is being assessed, or waits for that, by any of the models that are run."""
        return self._now is not None or any(
            entry.of(choice.key).unfinished or (self._completes and self._lacks(entry, choice))
            for entry in self.entries()
            for choice in self._choices()
        )

    def start(self) -> None:
        """Load the models, in their thread, if that has not begun."""
        self.starts_when_idle = False
        if not self.models.isRunning():
            self.models.start()

    def share(self, fraction: float) -> float:
        """Return how much of all assessments is done, 0..1; `fraction` is that of the one under way."""
        entries, choices = self.entries(), self._choices()
        steps = sum(
            0 if entry.of(choice.key).unfinished else 1 if self._lacks(entry, choice) else 2
            for entry in entries
            for choice in choices
        )
        return (steps + max(fraction, 0.0)) / max(1, 2 * len(entries) * len(choices))

    def await_models(self, entry: ScanEntry) -> bool:
        """Mark a scan as waiting for each model that has not been run on it; failed where there are no models.

        Returns whether its state changed.
        """
        wanted = [entry.of(choice.key) for choice in self._choices()]
        changed = [one for one in wanted if one.state is AssessmentState.NOT_RUN or (self.broken and one.unfinished)]
        for results in changed:
            if self.broken:
                results.fail(self.tr("the models cannot be loaded"))
            else:
                results.wait()
        return bool(changed)

    def retry(self) -> None:
        """Mark loaded scans as waiting for each model that has not been run on them, or failed; load those anew."""
        self._completes = True
        self._warned.clear()
        self._forget_failures()
        self.models.run_only(self._choices())
        for entry in self.entries():
            wanted = [entry.of(choice.key) for choice in self._choices()] if entry.grey is not None else []
            changed = [one for one in wanted if one.state in (AssessmentState.NOT_RUN, AssessmentState.FAILED)]
            for results in changed:
                results.wait()
            if changed:
                self.changed.emit(entry)

    def recall(self, entry: ScanEntry, kept: AssessmentResult | None, model: str) -> bool:
        """Use the cached assessment of a scan, unless the model has started on it; returns whether it was used."""
        results = entry.of(model)
        if kept is None or results.state not in (AssessmentState.NOT_RUN, AssessmentState.WAITING):
            return False
        results.put(kept, self._layers.as_chosen)
        results.finish()
        return True

    def show_model(self, wanted: bool) -> None:
        """Show the results of the current model; it and the other are run where they are `wanted`.

        A model that is not run any more is stopped. Where no model could be loaded, each is tried again by itself.
        """
        run = self._choices()
        if self._now is not None and self._now[2] not in [choice.key for choice in run]:
            self.stop()
        self._warned.clear()
        self.models.run_only(run)
        if self.broken:
            self.broken, self._ready = "", True
            for results in [entry.of(one.key) for entry in self.entries() if entry.grey is not None for one in run]:
                if results.state is AssessmentState.FAILED:
                    results.reset()
        entries = list(self.entries())
        for entry in entries:
            entry.model = run[0].key
            entry.shown.show(self._layers.as_chosen)
            if entry.grey is not None and wanted:
                self.await_models(entry)
                if entry.grey.picture.breast is None:
                    entry.exclude(no_breast())
        # What follows one of them looks at all: none may show the model before by then.
        for entry in entries:
            self.changed.emit(entry)
        self.device_known.emit(self._devices.get(run[0].key, ""))

    def go_on(self, *_what: object) -> None:
        """Hand the next scan to the models, if they are free: the current model first, and that of the lowest rank.

        Grids that are asked for come first; others that are lacking when no scan waits to be assessed, or will.
        """
        self.pending.carry_out(self.entries())
        if self._now is not None or not self._ready:
            return
        held = self._held()
        loaded = [entry for entry in self.entries() if entry.grey is not None and entry not in held]
        steps = (
            (self._is_asked, self._complete),
            (lambda entry, choice: entry.of(choice.key).state is AssessmentState.WAITING, self._begin),
            (lambda entry, choice: not held and self._completes and self._lacks(entry, choice), self._complete),
        )
        for is_next, begin in steps:
            for choice in self._choices():
                waiting = [entry for entry in loaded if is_next(entry, choice)]
                if waiting:
                    begin(min(waiting, key=self._rank), choice)
                    return

    def when_complete(
        self, act: Callable[[], None], entries: Iterable[ScanEntry], refuse: Callable[[str], None] | None = None
    ) -> None:
        """Call `act` once none of these scans lacks a grid of the model that is shown: at once where none does.

        Where that comes to nothing, such as because the work is cancelled, the study left or the scan calibrated,
        `refuse` is called with the reason; without it a line says that nothing was exported.
        """
        self.pending.add(act, refuse or self._refuse_export, refuse is None, entries)
        if self.broken:
            self.pending.carry_out(self.entries())
            self.pending.refuse_all()
            return
        self._forget_failures()
        self.go_on()
        if self.pending:
            self._completes = True
            self.start()

    def _refuse_export(self, why: str) -> None:
        self._notifier.warn(self.tr("Nothing was exported: {}").format(why))

    def _lacks(self, entry: ScanEntry, choice: ModelChoice) -> bool:
        """Return whether grids can be added to a model's result of a scan; not where that has failed."""
        results = entry.of(choice.key)
        return entry.grey is not None and results.lacks_grids and not (results.grids_failed or self.broken)

    def _forget_failures(self) -> None:
        """Have grids that could not be added tried again."""
        for entry in self.entries():
            for choice in self._choices():
                entry.of(choice.key).grids_failed = False

    def _is_asked(self, entry: ScanEntry, choice: ModelChoice) -> bool:
        """Return whether grids that a model lacks of a scan are to be drawn, or something waits for them."""
        if not self._lacks(entry, choice) or choice.key != entry.model:
            return False
        shown = entry.assessed
        return self.pending.awaits(entry) or (
            shown is not None and shown.assessment.lacks_drawn and self._layers.is_on("grid")
        )

    def _begin(self, entry: ScanEntry, choice: ModelChoice) -> None:
        """Hand a scan to a model."""
        self._completes = True
        entry.of(choice.key).begin()
        self.fraction = 0.0
        task = self.models.assess(entry.scan.still(), entry.analysis, choice).connect(
            self,
            result=partial(self._take_result, entry, choice.key),
            partial=partial(self._take_layer, entry, choice.key),
            progress=self._take_progress,
            failed=partial(self._take_failure, entry, choice.key),
        )
        self._now = (task, entry, choice.key)
        self.changed.emit(entry)

    def _complete(self, entry: ScanEntry, choice: ModelChoice) -> None:
        """Have a model add the grids that its assessment of a scan lacks."""
        made = entry.of(choice.key).made
        assert made is not None  # it lacks some
        self.fraction = 0.0
        task = self.models.complete(entry.scan.still(), made, entry.analysis, choice).connect(
            self,
            result=partial(self._take_complete, entry, choice.key),
            progress=self._take_progress,
            failed=partial(self._take_incomplete, entry, choice.key),
        )
        self._now = (task, entry, choice.key)

    def drop(self, entry: ScanEntry) -> None:
        """Cancel the assessment of a scan, and drop the layers that have arrived."""
        if self._now is not None and self._now[1] is entry:
            self._now[0].cancel()
            entry.of(self._now[2]).arrived.clear()
            self._now = None
        entry.arrived.clear()

    def leave(self) -> None:
        """Stop what is under way, and refuse what waits, for another study."""
        self._warned.clear()
        self.pending.refuse_all()
        self.stop()

    def stop(self) -> None:
        """Cancel the current assessment; its scan has not been assessed, or still lacks grids."""
        if self._now is not None:
            _task, entry, model = self._now
            self.drop(entry)
            if entry.of(model).unfinished:
                entry.of(model).reset()

    def forget(self) -> None:
        """Drop the result of the current assessment; grids that are lacking are added when they are asked for."""
        self._completes = self._completes and not self.busy
        self.pending.refuse_all()
        if self._now is not None:
            self._now[0].cancel()
            self._now = None

    def release_memory(self) -> bool:
        """Release memory in the thread of the models; return whether there are models."""
        if self._ready:
            self.models.release_memory()
        return self._ready

    def _take_device(self, device: str, model: str) -> None:
        """Begin: the first model is there."""
        self._ready = True
        self._note_device(device, model)
        self.go_on()
        self.moved.emit(-1.0, "")

    def _note_device(self, device: str, model: str) -> None:
        """Keep where a model runs, and show it of the current one."""
        self._devices[model] = device
        if model == self._choices()[0].key:
            self.device_known.emit(device)

    def _take_broken(self, text: str, model: str) -> None:
        """Go on with the other models that are run; where there are none the window stays a viewer."""
        keys = [choice.key for choice in self._choices()]
        if keys != [model]:
            self._ready = True
            if model in keys:
                self._warned.add((model, text))
                self._notifier.warn_general(text)
            self.go_on()
            self.moved.emit(-1.0, "")
            return
        self.broken = text
        self.pending.refuse_all()
        self.device_known.emit(self.tr("no models"))
        self._notifier.warn_general(text)
        for entry in self.entries():
            if entry.of(model).state is AssessmentState.WAITING:
                self.await_models(entry)
                self.changed.emit(entry)
        self.moved.emit(-1.0, "")

    def _take_progress(self, fraction: float, text: str) -> None:
        """Show how far the assessment is."""
        self.fraction = max(0.0, fraction)
        self.moved.emit(fraction, text)

    def _take_layer(self, entry: ScanEntry, model: str, early: EarlyLayer) -> None:
        """Show a layer while the others are being made, unless it is a grid and another is to be drawn."""
        from mammoview.assess.results.assessment import Grid

        if isinstance(early.layer, Grid) and self._layers.drawn_grid not in ("", early.layer.name):
            return
        entry.of(model).arrived[early.name] = (early.layer, early.operating_point)
        if model == entry.model:
            self.layer_arrived.emit(entry, early.name)

    def _take_result(self, entry: ScanEntry, model: str, result: AssessmentResult | OutOfScope) -> None:
        """Keep an assessment, or why there is none."""
        if isinstance(result, OutOfScope):
            entry.of(model).exclude(result.reason)
        else:
            entry.of(model).put(result, self._layers.as_chosen)
            self._note_moved(result, model)
            entry.of(model).finish()
        self._finish(entry)

    def _note_moved(self, result: AssessmentResult, model: str) -> None:
        """Keep where a model that has just made something runs now."""
        device = result.assessment.provenance.get("device")
        if device:
            # Out of memory moves the models from the GPU to the CPU.
            self._note_device(str(device), model)

    def _take_complete(self, entry: ScanEntry, model: str, whole: AssessmentResult | OutOfScope) -> None:
        """Keep an assessment to which grids have been added, or why there is none; a chosen sensitivity stays."""
        if isinstance(whole, OutOfScope):
            entry.of(model).put(None, self._layers.as_chosen)
            entry.of(model).exclude(whole.reason)
        else:
            entry.of(model).complete(whole, self._layers.as_chosen)
            self._note_moved(whole, model)
        self._finish(entry)

    def _take_failure(self, entry: ScanEntry, model: str, line: str) -> None:
        """Note that a model failed on a scan; what is the same for every scan is a warning once."""
        entry.of(model).put(None, self._layers.as_chosen)
        entry.of(model).fail(line)
        self._warn_once(model, line)
        self._finish(entry)

    def _take_incomplete(self, entry: ScanEntry, model: str, line: str) -> None:
        """Note that a model failed to add grids to what it found in a scan, which stays; exports of it are refused."""
        entry.of(model).grids_failed = True
        self._warn_once(model, line)
        self._finish(entry)

    def _warn_once(self, model: str, line: str) -> None:
        if (model, line) not in self._warned:
            self._warned.add((model, line))
            self._notifier.warn(line)

    def _finish(self, entry: ScanEntry) -> None:
        """Go on with the next scan."""
        self._now = None
        self.changed.emit(entry)
        self.go_on()
        self.moved.emit(-1.0, "")
