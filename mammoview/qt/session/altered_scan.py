"""A scan with altered pixels, as it is shown in the place of the true one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.model_worker import AssessmentResult

if TYPE_CHECKING:
    from mammoview.study.scan import Scan


@dataclass(frozen=True, eq=False)
class AlteredScan:
    """A copy of a scan with other pixels, and the results of the models for it.

    Parameters
    ----------
    scan
        The copy; `Scan.altered` is set.
    picture
        Its picture, which hangs where that of the true scan hung; its scan is the true one, its analysis that of the
        copy.
    true
        The picture of the true scan.
    made
        Results of the models for the copy; None while they run.
    assessed
        The same with the grid and at the budget that the reader has chosen.
    """

    scan: Scan
    picture: LoadedScan
    true: LoadedScan
    made: AssessmentResult | None = None
    assessed: AssessmentResult | None = None
