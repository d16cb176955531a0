"""Assessments for an export: those that are kept on disk, and the models for the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.cache import AssessmentCache, user_cache
from mammoview.core import settings
from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import ScanAnalysis

if TYPE_CHECKING:
    from mammoview.assess.inference.scan_assessor import ScanAssessor
    from mammoview.assess.models.own_model_folder import OwnModelFolder


class AssessmentSource:
    """Takes assessments from the user's cache; the models are loaded when the first is not there.

    Parameters
    ----------
    device
        Where the models run: "auto", "cpu" or "cuda".
    cache
        Where assessments are kept.
    model
        A model of the user's own instead of the bundled ones; the cache is that of this model.
    """

    def __init__(self, device: str, cache: AssessmentCache, model: OwnModelFolder | None = None) -> None:
        self._device, self._cache, self._model = device, cache, model
        self._assessor: ScanAssessor | None = None

    @classmethod
    def of_program(cls, device: str, model: OwnModelFolder | None = None) -> AssessmentSource:
        """Return the source with the program's own settings of the models, whatever the user's are."""
        own, _problem = settings.load()
        plain = settings.Settings.model_construct(cache_mb=own.cache_mb)
        return cls(device, user_cache(plain, model), model)

    @property
    def own_model(self) -> str:
        """Key of the user's own model; empty for the bundled ones."""
        return "" if self._model is None else self._model.key

    def assessment(
        self,
        analysis: ScanAnalysis,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Assessment:
        """Return the assessment of a scan, and keep it if it is new.

        Parameters
        ----------
        analysis
            Of the scan.
        progress
            Called with a share 0..1 and a word for the stage.
        cancelled
            Asked between stages.

        Raises
        ------
        MammoviewError
            When the models cannot be loaded or cannot assess the scan; CancelledError when it was cancelled.
        """
        scan = analysis.scan
        kept = (self._cache.get(scan) or self._cache.get_incomplete(scan)) if self._cache.limit else None
        if kept is not None and not kept.lacking:
            return kept
        if self._assessor is None:
            from mammoview.assess.inference.scan_assessor import make_assessor

            if progress is not None:
                progress(0.0, "loading the models")
            self._assessor = make_assessor(self._device, model=self._model)
        if kept is None:
            found = self._assessor.assess(scan, progress=progress, cancelled=cancelled, analysis=analysis)
        else:
            found = self._assessor.complete(scan, kept, progress, cancelled, analysis)
        if self._cache.limit:
            with suppress(MammoviewError):  # It is made again the next time.
                self._cache.put(scan, found)
        return found
