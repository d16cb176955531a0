"""Work of the models' thread for the eraser: new pixels for a region, and the models' results for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from mammoview.core.errors import MammoviewError, NoBreastError
from mammoview.qt.session.altered_scan import AlteredScan
from mammoview.qt.session.loaded_scan import LoadedScan, with_pixels
from mammoview.qt.session.model_worker import AssessmentResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.anatomy.region_edits import EditedScan
    from mammoview.assess.inference.altered_state import RegionState, TrueScan
    from mammoview.assess.inference.own_alteration import OwnRegionState, OwnTrueScan
    from mammoview.assess.inference.scan_assessor import RegionAnswers, ScanAssessor
    from mammoview.assess.results.assessment import Assessment
    from mammoview.assess.results.score_changes import ScoreChanges
    from mammoview.qt.concurrency.task import Task
    from mammoview.study.pixel_changes import PixelChange, PixelRegion
    from mammoview.study.scan import Scan

    _AnyTask = Task[list["AlteredPart"], LoadedScan] | Task[None, None]

MOST_SCANS = 4
"""So many scans are kept ready, those of an examination; each takes a few MB."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A scan as it stands when something is asked for.

    Parameters
    ----------
    picture
        With true pixels.
    assessment
        Of the true scan.
    changes
        How it is altered so far.
    """

    picture: LoadedScan
    assessment: Assessment
    changes: tuple[PixelChange, ...] = ()

    @property
    def scan(self) -> Scan:
        """The true scan."""
        return self.picture.scan

    def is_same(self, other: Subject) -> bool:
        """Whether this is the other's scan with the same pixels, view and spacing."""
        same = self.picture is other.picture and self.assessment is other.assessment
        return same and self.changes == other.changes


@dataclass(frozen=True, eq=False)
class AlteredPart:
    """What came of one scan.

    Parameters
    ----------
    scan
        The true scan.
    changes
        All of them, in their order.
    altered
        What is shown.
    scores
        Of the regions that were changed last.
    """

    scan: Scan
    changes: tuple[PixelChange, ...]
    altered: AlteredScan
    scores: tuple[ScoreChanges, ...]


@dataclass(eq=False)
class _Ready:
    """A scan that can be altered at once: the true one, its altered state and the results of the models for it."""

    true: TrueScan | OwnTrueScan
    state: RegionState | OwnRegionState
    changes: tuple[PixelChange, ...] = ()


class AlterationWork:
    """Keeps what the models' thread needs for fast results; used by that thread alone."""

    def __init__(self) -> None:
        self._ready: dict[Scan, _Ready] = {}

    def forget(self) -> None:
        """Release all scans."""
        self._ready.clear()

    def prepare(self, assessor: ScanAssessor, subject: Subject, task: Task[None, None]) -> None:
        """Make a scan ready as it stands, so that the next change alone is to be looked at."""
        from mammoview.study.pixel_changes import altered_copy

        regions = region_assessor(assessor)
        ready = self._prepared(regions, subject, task)
        if ready.changes != subject.changes:
            self._bring_up(regions, ready, subject, altered_copy(subject.scan, subject.changes).pixels, task)

    def erase(
        self, assessor: ScanAssessor, subject: Subject, region: PixelRegion, task: Task[list[AlteredPart], LoadedScan]
    ) -> list[AlteredPart]:
        """Fill a region; the picture is delivered before the models answer."""
        from mammoview.anatomy.region_edits import erased

        change = erased(_edited(subject), region)
        return [self._answered(assessor, replace(subject, changes=(*subject.changes, change)), task)]

    def move(
        self,
        assessor: ScanAssessor,
        source: Subject,
        region: PixelRegion,
        target: Subject,
        place: tuple[float, float],
        task: Task[list[AlteredPart], LoadedScan],
    ) -> list[AlteredPart]:
        """Fill a region, and set what was in it into another place of the same scan or of another one."""
        from mammoview.anatomy.region_edits import erased, moved

        before = _edited(source)
        filled = replace(source, changes=(*source.changes, erased(before, region)))
        same = source.scan is target.scan
        onto = filled if same else target
        put = replace(onto, changes=(*onto.changes, moved(before, region, _edited(onto), place)))
        if same:
            return [self._answered(assessor, put, task, 2)]
        return [self._answered(assessor, one, task) for one in (filled, put)]

    def _answered(
        self, assessor: ScanAssessor, subject: Subject, task: Task[list[AlteredPart], LoadedScan], new: int = 1
    ) -> AlteredPart:
        """Return the results of the models for a scan with its changes, the last `new` of which were made now."""
        from mammoview.study.pixel_changes import altered_copy

        scan, changes = subject.scan, subject.changes
        copy = altered_copy(scan, changes)
        picture = with_pixels(subject.picture, copy)
        task.deliver(picture)
        regions = region_assessor(assessor)
        ready = self._prepared(regions, subject, task)
        self._bring_up(regions, ready, subject, copy.pixels, task)
        true, state = ready.true, ready.state
        scores = tuple(regions.changes(true, state, change.region, task.check) for change in changes[-new:])
        made = AssessmentResult.of(regions.assessment(true, state, task.check))
        return AlteredPart(scan, changes, AlteredScan(copy, picture, subject.picture, made, made), scores)

    def _bring_up(
        self,
        regions: RegionAnswers,
        ready: _Ready,
        subject: Subject,
        pixels: NDArray[np.generic],
        task: _AnyTask,
    ) -> None:
        """Run the models on the pixels that a scan has with its changes, where they differ from before."""
        done, changes = ready.changes, subject.changes
        del self._ready[subject.scan]  # it is not to be used again where the answer is interrupted
        same = len([1 for _pair in takewhile(lambda pair: pair[0] is pair[1], zip(done, changes, strict=False))])
        boxes = list(dict.fromkeys(change.region.box for change in (*done[same:], *changes[same:])))
        regions.answer(ready.true, ready.state, pixels, boxes, task.check)
        ready.changes = changes
        self._ready[subject.scan] = ready

    def _prepared(self, regions: RegionAnswers, subject: Subject, task: _AnyTask) -> _Ready:
        """Return what is ready of a scan, making it ready where it is not; the least recently used one is dropped.

        It is of these pixels, this view and spacing, and these models: of this very assessment.
        """
        scan = subject.scan
        ready = self._ready.pop(scan, None)
        if ready is None or not ready.true.analysis.is_of(scan) or ready.true.made is not subject.assessment:
            while len(self._ready) >= MOST_SCANS:
                del self._ready[next(iter(self._ready))]
            true = regions.prepare(scan, subject.assessment, subject.picture.analysis, task.check)
            ready = _Ready(true, true.copied())
        self._ready[scan] = ready
        return ready


def region_assessor(assessor: ScanAssessor) -> RegionAnswers:
    """Return what asks the models of an assessor about regions."""
    from mammoview.assess.inference.alteration import RegionAssessor
    from mammoview.assess.inference.assessor import Assessor
    from mammoview.assess.inference.own_assessor import OwnAssessor

    if isinstance(assessor, OwnAssessor):
        from mammoview.assess.inference.own_alteration import OwnRegionAssessor

        return OwnRegionAssessor(assessor)
    if not isinstance(assessor, Assessor):
        raise MammoviewError("these models do not answer for a part of a picture", "Use the bundled models")
    return RegionAssessor(assessor)


def _edited(subject: Subject) -> EditedScan:
    """Return a scan as it is altered so far."""
    from mammoview.anatomy.film_spacing import film_spacing
    from mammoview.anatomy.frame import Frame
    from mammoview.anatomy.region_edits import EditedScan
    from mammoview.study.pixel_changes import altered_copy

    analysis, scan = subject.picture.analysis, subject.scan
    if analysis.breast is None:
        raise NoBreastError("no breast was found in the picture", "Choose another picture", scan.path)
    pixels: NDArray[np.generic] = altered_copy(scan, subject.changes).pixels
    frame = Frame.of(analysis.breast, film_spacing(scan), analysis.orientation.upside_down)
    return EditedScan(scan, pixels, analysis.breast, frame)
