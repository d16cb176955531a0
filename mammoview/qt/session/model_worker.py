"""The thread that owns the models."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError, ModelError, NotAMammogramError, OutOfScopeError
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET
from mammoview.qt.concurrency.import_hooks import garbage_collection_paused
from mammoview.qt.concurrency.task import Partial, Result, Task
from mammoview.qt.concurrency.worker import Worker, error_line
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice

if TYPE_CHECKING:
    from pathlib import Path

    from mammoview.assess.inference.scan_assessor import ScanAssessor
    from mammoview.assess.results.assessment import Assessment, Layer
    from mammoview.assess.results.cache import AssessmentCache
    from mammoview.assess.results.sensitivity import Sensitivity
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.study.scan import Scan


REPORT_SECONDS = 0.05
"""Shortest time between two reports of progress."""
LISTING = ("mammoview.assess.results.mark_size", "mammoview.assess.results.mark_pairs")
"""Modules that the list of findings needs, imported before an assessment reaches the GUI thread."""


@dataclass(frozen=True, eq=False)
class AssessmentResult:
    """An assessment and what the screen needs of it beside.

    Parameters
    ----------
    assessment
        As the models gave it.
    sensitivity
        The saliency as percentile rank, 0..1, on its own lattice: what is coloured.
    key
        `AssessmentCache.key` of the scan when its assessment began; empty where nothing is to be kept.
    coloured
        Level of the heatmap, and the part of the sensitivity within its contour there, made ahead; None when it is not.
    """

    assessment: Assessment
    sensitivity: Layer
    key: str = ""
    coloured: tuple[float, Layer] | None = None

    @classmethod
    def of(cls, assessment: Assessment) -> AssessmentResult:
        """Rank the saliency, and make what is coloured at the default budget; some tens of ms, for worker threads."""
        from mammoview.assess.results.assessment import Layer
        from mammoview.display.layer_rendering import percentile_rank

        for module in LISTING:
            import_module(module)
        rank = percentile_rank(assessment.saliency.values)
        result = cls(assessment, Layer(rank, assessment.saliency.to_scan))
        level = assessment.at_budget(DEFAULT_BUDGET).operating
        return replace(result, coloured=(level, result._within_contour(level)))

    @classmethod
    def kept(cls, cache: AssessmentCache, scan: Scan) -> AssessmentResult | None:
        """Return what a cache keeps of a scan, else what it keeps without some grids, or None.

        Raises
        ------
        UnreadableError
        """
        key = cache.key(scan)  # first: a scan that is calibrated meanwhile is another one
        found = cache.get(scan) or cache.get_incomplete(scan)
        return None if found is None else replace(cls.of(found), key=key)

    def with_sensitivity_of(self, other: AssessmentResult) -> AssessmentResult:
        """Return the same with the sensitivity of another result of the scan, as that was weighted."""
        theirs = other.assessment
        changed = {name: getattr(theirs, name) for name in ("saliency", "weighting", "gate", "tau")}
        assessment = replace(self.assessment, **changed)
        return replace(self, assessment=assessment, sensitivity=other.sensitivity, coloured=None)

    def is_detection_of(self, other: AssessmentResult) -> bool:
        """Whether both are of the same run of the models, of which one may lack grids."""
        return self.assessment.heatmap is other.assessment.heatmap

    def as_chosen(self, grid: str, false_marks: float, contour: float | None = None) -> AssessmentResult:
        """Return the same with other choices of the reader.

        Parameters
        ----------
        grid
            Name of the patch grid that is drawn; empty for the leading one.
        false_marks
            Budget of false marks per normal view, which the thresholds follow.
        contour
            Value of the heatmap within whose contour the sensitivity is drawn; its threshold at the budget when None.
        """
        assessment = replace(self.assessment.at_budget(false_marks), drawn=grid)
        level = assessment.operating if contour is None else contour
        if self.coloured is not None and self.coloured[0] == level:
            return AssessmentResult(assessment, self.coloured[1])
        return AssessmentResult(assessment, self._within_contour(level))

    def _within_contour(self, level: float) -> Layer:
        """Return the sensitivity, 0 outside the contour of the heatmap at a level."""
        from mammoview.assess.results.assessment import Layer
        from mammoview.assess.results.sensitivity import inside_contour

        rank = self.sensitivity
        inside = inside_contour(self.assessment.heatmap, rank.to_scan, rank.values.shape, level)
        return Layer(np.where(inside, rank.values, np.float32(0)), rank.to_scan)


@dataclass(frozen=True)
class OutOfScope:
    """Instead of an assessment: why a scan is out of the models' scope."""

    reason: str


@dataclass(frozen=True, eq=False)
class EarlyLayer:
    """A layer that is made before the assessment is whole.

    Parameters
    ----------
    name
        "grid" or "heatmap".
    layer
        The layer.
    operating_point
        The model's own threshold for it.
    """

    name: str
    layer: Layer
    operating_point: float


class ModelWorker(Worker):
    """Loads the models once and assesses scans, one after another."""

    ready = Signal(str, str)
    """The model that is loaded first is there; device in words, and key of the model."""
    broken = Signal(str, str)
    """The model that is loaded first cannot be loaded; line for the user, and key of the model."""
    cache_failed = Signal(str)
    """Assessments cannot be kept on disk; line for the user, once."""

    def __init__(
        self,
        device: str = "auto",
        stride: str = "even",
        flips: bool = True,
        make: Callable[[], ScanAssessor] | None = None,
        cache: Callable[[ModelChoice], AssessmentCache] | None = None,
        parent: QObject | None = None,
        first: ModelChoice = BUNDLED,
    ) -> None:
        """Prepare; nothing is imported or loaded before the thread starts.

        Parameters
        ----------
        device
            "auto", "cpu" or "cuda".
        stride, flips
            As the Assessor takes them.
        make
            Makes the assessor of the first model, in the thread; the real one by default.
        cache
            Returns, in the thread, the place where assessments by a model are kept; None where none are.
        parent
            Qt parent.
        first
            The model that is loaded when the thread starts; others are loaded when they are first asked.
        """
        super().__init__(parent)
        self._wanted = device, stride, flips
        self._first, self._make = first, make
        self._assessors: dict[str, ScanAssessor] = {}
        """By key of the model."""
        self._unloadable: dict[str, tuple[str, str, Path | None]] = {}
        """By key of a model that cannot be loaded: what is wrong, remedy and path, until it is tried again."""
        self.cache = cache

    def begin(self) -> None:
        """Import torch and load the models."""
        try:
            with garbage_collection_paused():
                assessor = self._loaded(self._first) if self._make is None else self._make()
                self._assessors[self._first.key] = assessor
        except Exception as error:  # the window stays a viewer without models
            if not self._stopping.is_set():
                self.answer(self.broken, error_line(error), self._first.key)
        else:
            if not self._stopping.is_set():
                self.answer(self.ready, assessor.device, self._first.key)

    # GUI thread

    def run_only(self, models: Sequence[ModelChoice]) -> None:
        """Release the memory of all models but these, and try again to load one of them that could not be loaded.

        Before the thread starts, the first of them is to be loaded.
        """
        if self.isRunning():
            self.submit(partial(self._unload, {model.key for model in models}))
        elif self._make is None:
            self._first = models[0]

    def assess(
        self, scan: Scan, analysis: ScanAnalysis | None = None, model: ModelChoice = BUNDLED
    ) -> Task[AssessmentResult | OutOfScope, EarlyLayer]:
        """Assess a scan with a model; layers that are made before the others are delivered as parts.

        The grids that findings do not rest on may be lacking: `complete` adds them. What was kept of it is returned
        where there is something. `analysis` is what is known of its pixels already.
        """
        return self.submit(partial(self._assess, scan, analysis, model))

    def complete(
        self, scan: Scan, made: AssessmentResult, analysis: ScanAnalysis | None = None, model: ModelChoice = BUNDLED
    ) -> Task[AssessmentResult | OutOfScope, None]:
        """Add the grids that an assessment of a scan by a model lacks.

        A scan that is read otherwise by now, such as turned, may be out of the model's scope.
        """
        return self.submit(partial(self._complete, scan, made, analysis, model))

    def take_gradients(
        self,
        scan: Scan,
        assessment: Assessment,
        analysis: ScanAnalysis | None = None,
        model: ModelChoice = BUNDLED,
    ) -> Task[Sensitivity, None]:
        """Take the gradients of a scan that a model has assessed, for a sensitivity that is weighted and gated anew.

        `analysis` is what is known of its pixels already.
        """
        return self.submit(partial(self._take_gradients, scan, assessment, analysis, model))

    def use(
        self, job: Callable[[ScanAssessor, Task[Result, Partial]], Result], model: ModelChoice = BUNDLED
    ) -> Task[Result, Partial]:
        """Have the models' thread carry out a job, which is given the assessor of a model and its task."""
        return self.submit(lambda task: job(self._loaded(model), task))

    def release_memory(self) -> None:
        """Release the memory of a study that has been left."""
        self.submit(self._release_memory)

    # Worker thread

    def _loaded(self, model: ModelChoice) -> ScanAssessor:
        """Return the assessor of a model, loading it first. Raises ModelError where it cannot be loaded.

        That is not tried for every scan: it may read several GB.
        """
        if model.key in self._unloadable:
            what, remedy, path = self._unloadable[model.key]
            raise ModelError(what, remedy, path)
        if model.key not in self._assessors:
            from mammoview.assess.inference.scan_assessor import make_assessor

            if model == self._first and self._make is not None:
                raise ModelError("the models cannot be loaded", "Start the program again")
            device, stride, flips = self._wanted
            try:
                self._assessors[model.key] = make_assessor(device, stride, flips, model.folder)
            except ModelError as error:
                self._unloadable[model.key] = error.what, error.remedy, error.path
                raise
        return self._assessors[model.key]

    def _unload(self, kept: set[str], _task: Task[None, None]) -> None:
        """Drop the assessors of other models than these, by key; one that was made by `make` cannot be loaded again.

        One that could not be loaded is tried again when it is asked for.
        """
        self._unloadable.clear()
        for key in self._assessors.keys() - kept:
            if self._make is None or key != self._first.key:
                del self._assessors[key]

    def _release_memory(self, _task: Task[None, None]) -> None:
        """Release memory, if models are there."""
        for assessor in self._assessors.values():
            assessor.release_memory()

    def _take_gradients(
        self,
        scan: Scan,
        assessment: Assessment,
        analysis: ScanAnalysis | None,
        model: ModelChoice,
        task: Task[Sensitivity, None],
    ) -> Sensitivity:
        """Take gradients."""
        return self._loaded(model).sensitivity(scan, assessment, task.is_cancelled, analysis)

    def _assess(
        self,
        scan: Scan,
        analysis: ScanAnalysis | None,
        model: ModelChoice,
        task: Task[AssessmentResult | OutOfScope, EarlyLayer],
    ) -> AssessmentResult | OutOfScope:
        """Assess one scan, and keep the assessment once it has been sent."""
        kept = None if self.cache is None else AssessmentResult.kept(self.cache(model), scan)
        if kept is not None:
            return kept
        assessor = self._loaded(model)

        def arrived(name: str, layer: Layer, point: float) -> None:
            """Pass a layer on at once."""
            task.deliver(EarlyLayer(name, layer, float(point)))

        try:
            # What is kept afterwards is kept as that of the scan as it is now.
            key = self.cache(model).key(scan) if self.cache is not None else ""
            assessment = assessor.detect(
                scan, progress=_progress_of(task), cancelled=task.is_cancelled, arrived=arrived, analysis=analysis
            )
        except (OutOfScopeError, NotAMammogramError) as error:
            return OutOfScope(str(error))
        result = replace(AssessmentResult.of(assessment), key=key)
        task.check()
        task.defer(partial(self._keep, scan, assessment, key, model))
        return result

    def _complete(
        self,
        scan: Scan,
        made: AssessmentResult,
        analysis: ScanAnalysis | None,
        model: ModelChoice,
        task: Task[AssessmentResult | OutOfScope, None],
    ) -> AssessmentResult | OutOfScope:
        """Complete the assessment of one scan, and keep it once it has been sent."""
        assessor = self._loaded(model)
        try:
            whole = assessor.complete(scan, made.assessment, _progress_of(task), task.is_cancelled, analysis)
        except (OutOfScopeError, NotAMammogramError) as error:
            return OutOfScope(str(error))
        task.check()
        task.defer(partial(self._keep, scan, whole, made.key, model))
        same = whole.saliency is made.assessment.saliency
        return replace(made, assessment=whole) if same else AssessmentResult.of(whole)

    def _keep(self, scan: Scan, assessment: Assessment, key: str, model: ModelChoice) -> None:
        """Keep an assessment for the next time; the reader is warned once when that is not possible."""
        try:
            if self.cache is not None:
                self.cache(model).put(scan, assessment, key)
        except MammoviewError as error:
            self.cache = None
            self.answer(self.cache_failed, str(error))


def _progress_of(task: Task[Any, Any]) -> Callable[[float, str], None]:
    """Return what passes progress on, but never faster than a status bar can be read: the GUI thread must not drown."""
    reported_at = -math.inf

    def progress(fraction: float, text: str) -> None:
        nonlocal reported_at
        now = time.monotonic()
        if now - reported_at >= REPORT_SECONDS:
            reported_at = now
            task.report(float(fraction), str(text))

    return progress
