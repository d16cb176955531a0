"""Assessors whose findings rest on all that they make: nothing of it can come later. Imports no torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mammoview.assess.results.assessment import Assessment, Layer

if TYPE_CHECKING:
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.study.scan import Scan


class UndividedAssessor(ABC):
    """An assessor that makes an assessment in one step."""

    @abstractmethod
    def assess(
        self,
        scan: Scan,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Callable[[str, Layer, float], None] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Return the assessment of a scan."""

    def detect(
        self,
        scan: Scan,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Callable[[str, Layer, float], None] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Return the assessment of a scan; it is complete."""
        return self.assess(scan, progress, cancelled, arrived, analysis)

    def complete(self, scan: Scan, assessment: Assessment, *_how: Any, **_more: Any) -> Assessment:  # noqa: ANN401
        """Return an assessment as it is."""
        del scan
        return assessment
