"""The thread that reads: opens studies and decodes scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core import malloc
from mammoview.qt.concurrency.import_hooks import garbage_collection_paused
from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import NOTHING, Worker
from mammoview.qt.session import loaded_scan
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.model_choice import ModelChoice
from mammoview.qt.session.model_worker import AssessmentResult

if TYPE_CHECKING:
    from mammoview.assess.models.model_cards import ModelCard
    from mammoview.assess.models.own_model_folder import OwnModelFolder
    from mammoview.assess.results.cache import AssessmentCache
    from mammoview.core.settings import Settings
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.formats.inspection.tags import TagList
    from mammoview.study.scan import Scan, Study


class StudyLoader(Worker):
    """Opens and decodes, one request after another; what the reader said of a scan is written on the way out, too."""

    completes_queue = True

    protocols_refused = Signal(list)
    """Lines about files of the user's that are no hanging protocols."""

    def __init__(
        self, cache: Callable[[ModelChoice], AssessmentCache] | None = None, parent: QObject | None = None
    ) -> None:
        """Prepare; `cache` returns, in the thread, where assessments by a model are kept, None where none are."""
        super().__init__(parent)
        self.cache = cache

    # GUI thread

    def open(self, paths: Sequence[Path | str]) -> Task[list[Study], None]:
        """Read what these paths hold: headers only."""
        return self.submit(partial(self._open, [Path(path) for path in paths]), NOTHING)

    def load(
        self, scan: Scan, recall: ModelChoice | None = None, analysis: ScanAnalysis | None = None
    ) -> Task[AssessmentResult | None, LoadedScan]:
        """Decode a scan.

        Parameters
        ----------
        scan
            The scan; it is delivered as a part as soon as it is decoded.
        recall
            Model whose assessment is looked for among those that were kept; it is the result. None for none.
        analysis
            What is known of its pixels from an earlier loading.
        """
        return self.submit(partial(self._load, scan, recall, analysis), NOTHING)

    def load_frame(self, picture: LoadedScan, frame: int) -> Task[LoadedScan, None]:
        """Decode another frame of the stack that is shown as `picture`."""
        return self.submit(partial(_load_frame, picture, frame), NOTHING)

    def hash_pixels(self, scan: Scan) -> Task[str, None]:
        """Return the hash of the pixels of a scan."""
        return self.submit(lambda _task: scan.pixel_hash, NOTHING)

    def read_tags(self, scan: Scan) -> Task[TagList, None]:
        """Read the attributes of the file behind a scan."""
        return self.submit(partial(_read_tags, scan), NOTHING)

    def read_model_cards(self, run: Sequence[ModelChoice]) -> Task[tuple[ModelCard, ...], None]:
        """Read names, hashes and cards of the models that are run and of the bundled ones."""
        return self.submit(partial(_read_model_cards, [one.folder for one in run if one.folder is not None]), NOTHING)

    def remember_view(self, scan: Scan) -> None:
        """Keep side and projection of a scan, as they are now, for the next time that it is opened."""
        self.submit(partial(_remember_view, scan), "views")  # all of them are in one file

    def release_memory(self) -> None:
        """Release the memory of a study that has been left."""
        self.submit(_release_memory, NOTHING)

    # Worker thread

    def _open(self, paths: list[Path], _task: Task[list[Study], None]) -> list[Study]:
        """Read headers."""
        # Imported here: pydicom and scikit-image would delay the window's first paint.
        with garbage_collection_paused():
            import_module("mammoview.library.thumbnails")  # The GUI thread takes it with the first scan.
            from mammoview.display import hanging_protocols
            from mammoview.formats.opening.open_study import open_study
            from mammoview.records.user_view import recall_views

        studies = open_study(paths)
        recall_views(studies)
        # Read here, so that the GUI thread finds them in memory.
        self.answer(self.protocols_refused, hanging_protocols.problems())
        hanging_protocols.all_protocols()
        return studies

    def _load(
        self,
        scan: Scan,
        recall: ModelChoice | None,
        analysis: ScanAnalysis | None,
        task: Task[AssessmentResult | None, LoadedScan],
    ) -> AssessmentResult | None:
        """Decode a scan, then return what was kept of it."""
        loaded = loaded_scan.load_scan(scan, task.check, analysis)
        task.check()
        task.deliver(loaded)
        task.check()
        # Whatever is wrong with what was kept, the models can say it again.
        return None if self.cache is None or recall is None else AssessmentResult.kept(self.cache(recall), scan)


def _load_frame(picture: LoadedScan, frame: int, _task: Task[LoadedScan, None]) -> LoadedScan:
    return loaded_scan.load_frame(picture, frame)


def _read_tags(scan: Scan, _task: Task[TagList, None]) -> TagList:
    from mammoview.formats.inspection.tags import read_tags

    return read_tags(scan)


def _read_model_cards(own: Sequence[OwnModelFolder], _task: Task[tuple[ModelCard, ...], None]) -> tuple[ModelCard, ...]:
    from mammoview.assess.models.model_cards import cards

    return cards(own=own)


def _remember_view(scan: Scan, _task: Task[None, None]) -> None:
    from mammoview.records.user_view import remember_view

    remember_view(scan)


def _release_memory(_task: Task[None, None]) -> None:
    malloc.give_back()


def cache_of(settings: Settings, model: ModelChoice) -> AssessmentCache:
    """Return the user's cache for a model; imports what the window's first paint does not wait for."""
    from mammoview.assess.results.cache import user_cache

    return user_cache(settings, model.folder)
