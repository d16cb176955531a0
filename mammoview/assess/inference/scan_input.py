"""First step of every assessment of a scan: its analysis, its normalisation, and the check for cancellation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.intensity import tissue_bright
from mammoview.assess.inference.preprocessing import CLIP, PreparedScan, mean_and_deviation, prepare
from mammoview.core.errors import CancelledError, NoBreastError
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.study.scan import Scan

Check = Callable[[], None]
"""Raises CancelledError where the work is not wanted any more."""
Progress = Callable[[float, str], None]
"""Takes a share 0..1 and a word for the stage."""


def cancel_check(scan: Scan, cancelled: Callable[[], bool] | None, work: str = "assessment") -> Check:
    """Return what raises CancelledError once `cancelled` returns True; `work` names what was cancelled."""

    def check() -> None:
        if cancelled is not None and cancelled():
            raise CancelledError(f"the {work} of {scan.path.name} was cancelled")

    return check


def staged(check: Check, progress: Progress | None) -> Progress:
    """Return what calls `check`, then `progress` where there is one."""

    def stage(share: float, name: str) -> None:
        check()
        if progress is not None:
            progress(share, name)

    return stage


def part(stage: Progress, first: float, last: float) -> Progress:
    """Return what reports the shares 0..1 of a part of the work as `first` to `last` of the whole."""
    return lambda share, name: stage(first + (last - first) * share, name)


def analysed(scan: Scan, known: ScanAnalysis | None, check: Check) -> ScanAnalysis:
    """Return what is known of a scan, found anew where that no longer holds."""
    return known if known is not None and known.is_of(scan) else analyse(scan, check)


def prepared_scan(
    analysis: ScanAnalysis,
    check: Check = lambda: None,
    measure: Callable[[NDArray[np.float32]], tuple[float, float]] = mean_and_deviation,
    clip: tuple[float, float] = CLIP,
) -> PreparedScan:
    """Measure the normalisation of a scan. `measure` and `clip` are those of `prepare`. Raises NoBreastError."""
    scan = analysis.scan
    if analysis.breast is None:
        what, remedy = "no breast was found in the picture", "Check that it is a mammogram, not blank or cropped"
        raise NoBreastError(what, remedy, scan.path)
    image = tissue_bright(scan.pixels, scan.grey, check)
    upside_down = analysis.orientation.upside_down
    return prepare(image, analysis.breast, film_spacing(scan), upside_down, check, measure, clip)
