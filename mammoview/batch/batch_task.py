"""Settings of a batch run, its tasks, one per scan, and the outcome of a task."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.core.result_sources import ResultSource
from mammoview.study.scan import Laterality, Projection
from mammoview.study.spacing import Spacing


@dataclass(frozen=True)
class BatchSettings:
    """How scans are assessed.

    Parameters
    ----------
    device
        "auto", "cpu" or "cuda".
    stride
        Stride of the patch grids, as in Assessor.
    threads
        Threads of the models; 0 for torch's default.
    model
        A model of the user's own instead of the bundled ones.
    """

    device: str = "auto"
    stride: str = "even"
    threads: int = 0
    model: OwnModelFolder | None = None


@dataclass(frozen=True)
class BatchTask:
    """One scan to assess, described so that another process can find it.

    Parameters
    ----------
    paths
        Paths that were opened.
    run
        Unique id of the run, so that studies opened by one run are not reused in another.
    scan
        Its absolute path; an index among the opened scans would shift if a file disappeared meanwhile.
    base
        Readable part of the name of its results; the whole name is known once it is decoded.
    source
        Its source file, as written in the results.
    spacing
        The user's own calibration, which other machines of a cluster do not have; None where there is none.
    view
        Side and projection, which the user may have entered.
    folder
        Folder of the results.
    how
        Device, stride, threads.
    asked
        Key of models, version and settings, which must be equal in the worker.
    anonymous
        Whether the results name no file.
    overwrite
        Assess it again even if there are results.
    """

    paths: tuple[Path, ...]
    run: str
    scan: Path
    base: str
    source: ResultSource
    spacing: Spacing | None
    view: tuple[Laterality | None, Projection | None]
    folder: Path
    how: BatchSettings
    asked: str
    anonymous: bool = False
    overwrite: bool = False


class BatchState(StrEnum):
    """Outcome of a task."""

    ASSESSED = "assessed"
    THERE = "already there"
    FAILED = "failed"


@dataclass(frozen=True)
class BatchResult:
    """Outcome of a task.

    Parameters
    ----------
    name
        File name of the results, without suffix; only its readable part where the scan could not be decoded.
    state
        Assessed, already there, or failed.
    text
        Summary line, or the error.
    source
        Its source file.
    reason
        The error without the path of the file.
    """

    name: str
    state: BatchState
    text: str
    source: ResultSource
    reason: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.state is BatchState.FAILED

    @property
    def there(self) -> bool:
        """Whether the result had been there before."""
        return self.state is BatchState.THERE
