"""The thread that reads: opens studies and decodes scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from mammoview.core import malloc
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.qt.concurrency.import_hooks import garbage_collection_paused
from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.session import loaded_scan
from mammoview.qt.session.model_worker import AssessmentResult, ReleaseMemoryRequest
from mammoview.study.scan import Scan

if TYPE_CHECKING:
    from mammoview.assess.results.cache import AssessmentCache
    from mammoview.core.settings import Settings
    from mammoview.display.scan_analysis import ScanAnalysis


@dataclass(frozen=True)
class OpenRequest:
    """Request: what do these paths hold? Headers only."""

    paths: tuple[Path, ...]

    @classmethod
    def of(cls, paths: Sequence[Path | str]) -> OpenRequest:
        """Make the request from any sequence of paths."""
        return cls(tuple(Path(p) for p in paths))


@dataclass(frozen=True)
class LoadRequest:
    """Request: decode this scan.

    Parameters
    ----------
    scan
        The scan.
    recall
        Whether to look for an assessment of it that was kept.
    analysis
        What is known of its pixels from an earlier loading.
    """

    scan: Scan
    recall: bool = False
    analysis: ScanAnalysis | None = None


@dataclass(frozen=True)
class LoadFrameRequest:
    """Request: decode another frame of the stack that is shown as `loaded_scan`."""

    picture: loaded_scan.LoadedScan
    frame: int


@dataclass(frozen=True)
class ReadTagsRequest:
    """Request: the attributes of the file behind this scan."""

    scan: Scan


@dataclass(frozen=True)
class ReadModelCardsRequest:
    """Request: names, hashes and cards of the bundled models."""


class StudyLoader(Worker):
    """Opens and decodes, one request after another."""

    opened = Signal(int, list)
    """Request id, list of Study."""
    loaded = Signal(int, object)
    """Request id, Picture."""
    frame_loaded = Signal(int, int, object)
    """Request id, index of the frame, Picture."""
    hangings_refused = Signal(list)
    """Lines about files of the user's that are no hangings."""
    recalled = Signal(int, object)
    """Request id, `mammoview.qt.session.model_worker.AssessmentResult` or None: what the cache holds of a scan."""
    tags_read = Signal(int, object)
    """Request id, `mammoview.formats.inspection.tags.TagList`."""
    cards_read = Signal(int, object)
    """Request id, tuple of `mammoview.assess.models.model_cards.ModelCard`."""
    tags_refused = Signal(int, str)
    """Request id, why there are no tags."""

    cache: Callable[[], AssessmentCache] | None = None
    """Gives, in a worker thread, the place where assessments are kept, if there is one."""

    def work(
        self,
        request_id: int,
        request: OpenRequest
        | LoadRequest
        | LoadFrameRequest
        | ReadTagsRequest
        | ReadModelCardsRequest
        | ReleaseMemoryRequest,
        cancelled: Event,
    ) -> None:
        """Open or load; an answer that nobody waits for any more is not sent."""
        if isinstance(request, OpenRequest):
            # Imported here: pydicom and scikit-image would delay the window's first paint.
            with garbage_collection_paused():
                from mammoview.display import hanging_protocols
                from mammoview.formats.opening.open_study import open_study

            studies = open_study(list(request.paths))
            # Read here, so that the GUI thread finds them in memory.
            self.answer(self.hangings_refused, hanging_protocols.problems())
            hanging_protocols.hangings()
            if not cancelled.is_set():
                self.answer(self.opened, request_id, studies)
            return
        if isinstance(request, ReleaseMemoryRequest):
            malloc.give_back()
            return
        if isinstance(request, ReadModelCardsRequest):
            from mammoview.assess.models.model_cards import cards

            self.answer(self.cards_read, request_id, cards())
            return
        if isinstance(request, ReadTagsRequest):
            self._read_tags(request_id, request.scan)
            return
        if isinstance(request, LoadFrameRequest):
            shown = loaded_scan.load_frame(request.picture, request.frame)
            if not cancelled.is_set():
                self.answer(self.frame_loaded, request_id, request.frame, shown)
            return
        self._load(request_id, request, cancelled)

    def _load(self, request_id: int, request: LoadRequest, cancelled: Event) -> None:
        """Decode a scan, then tell what was kept of it."""

        def check() -> None:
            if cancelled.is_set():
                raise CancelledError(f"the loading of {request.scan.path.name} was cancelled")

        with suppress(CancelledError):
            loaded = loaded_scan.load_scan(request.scan, check, request.analysis)
            check()
            self.answer(self.loaded, request_id, loaded)
            check()
            if request.recall:
                self.answer(self.recalled, request_id, self._recall(request.scan))

    def _recall(self, scan: Scan) -> AssessmentResult | None:
        """Return what was kept of a scan; whatever is wrong with that, the models can say it again."""
        assessment = None if self.cache is None else self.cache().get(scan)
        return None if assessment is None else AssessmentResult.of(assessment)

    def _read_tags(self, request_id: int, scan: Scan) -> None:
        """Read attributes; that a picture has none concerns only who asked."""
        from mammoview.formats.inspection.tags import read_tags

        try:
            self.answer(self.tags_read, request_id, read_tags(scan))
        except MammoviewError as error:
            self.answer(self.tags_refused, request_id, str(error))


def cache_of(settings: Settings) -> AssessmentCache:
    """Return the user's cache; imports what the window's first paint does not wait for."""
    from mammoview.assess.results.cache import user_cache

    return user_cache(settings)
