"""Where the window asks the library: every question goes to a thread, every answer comes back to the GUI's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import CancelledError
from mammoview.qt.library.library_worker import LibraryWorker, Task, TaskContext

if TYPE_CHECKING:
    from mammoview.library.database import LibraryDatabase
    from mammoview.library.folder_scan import UserFolder
    from mammoview.library.queries import IndexedStudy
    from mammoview.study.scan import Study

Take = Callable[[Any], None]
"""Receives an answer."""


class LibraryClient(QObject):
    """Three library workers, so that a question waits neither for a scan nor for thumbnails."""

    told = Signal(str)
    """A line for the reader."""
    scanning = Signal(str, float)
    """Which folder is being scanned and the fraction done (-1: unknown); an empty text when none is."""
    changed = Signal()
    """The library holds something else than before."""

    def __init__(self, used: bool = True, parent: QObject | None = None) -> None:
        """Start no thread yet.

        Parameters
        ----------
        used
            Whether there is a library at all: without one every answer is empty and nothing is noted.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self.used = used
        self._takes: dict[int, Take] = {}
        self._scans: dict[int, UserFolder] = {}
        self._painting: set[int] = set()
        self._questions, self._scanner, self._painter = (LibraryWorker(self) for _ in range(3))
        for worker in (self._questions, self._scanner, self._painter):
            worker.done.connect(self._take_answer)
            worker.failed.connect(self._take_failure)
            worker.told.connect(self.told)
        self._scanner.advanced.connect(self._take_progress)

    # Questions

    def list_studies(self, words: str, recent: bool, take: Take) -> None:
        """Ask for studies; answered twice when some of their files have gone or come back since."""

        def listed(index: LibraryDatabase, _work: TaskContext) -> list[IndexedStudy]:
            from mammoview.library.queries import studies

            return studies(index, words, recent)

        def looked_for(known: Sequence[IndexedStudy]) -> Task:
            def look(index: LibraryDatabase, _work: TaskContext) -> list[IndexedStudy]:
                from mammoview.library.queries import located_studies

                return located_studies(index, known)

            return look

        def take_listed(known: list[IndexedStudy]) -> None:
            take(known)
            self._ask(looked_for(known), lambda seen: None if seen == known else take(seen))

        self._ask(listed, take_listed)

    def list_folders(self, take: Take) -> None:
        """Ask for the user's folders."""

        def listed(index: LibraryDatabase, _work: TaskContext) -> list[UserFolder]:
            from mammoview.library.folder_scan import folders

            return folders(index)

        self._ask(listed, take)

    def find_priors(self, study: Study, take: Take) -> None:
        """Ask for earlier examinations of a study's patient, as their files are to be found now."""

        def found(index: LibraryDatabase, _work: TaskContext) -> list[IndexedStudy]:
            from mammoview.library.insert import study_key
            from mammoview.library.queries import located_studies, priors

            return located_studies(index, priors(index, study.identity, study.date, study_key(study)))

        self._ask(found, take)

    def note_opened(self, studies: Sequence[Study]) -> None:
        """Note that studies were opened, the last of them last."""

        def noted(index: LibraryDatabase, _work: TaskContext) -> None:
            from mammoview.library.insert import insert_opened_study

            for study in studies:
                insert_opened_study(index, study, time.time())

        self._ask(noted, lambda _none: self.changed.emit())

    def paint(self, study: IndexedStudy) -> None:
        """Have the thumbnails made that a study lacks, unless that is under way."""
        if not self.used or study.id in self._painting:
            return
        self._painting.add(study.id)

        def painted(index: LibraryDatabase, work: TaskContext) -> bool:
            from mammoview.library.thumbnails import make_thumbnails

            return make_thumbnails(index, study, work.cancelled)

        def take(made: bool) -> None:
            self._painting.discard(study.id)
            if made:
                self.changed.emit()

        self._takes[self._painter.submit(painted)] = take

    def forget_thumbnails_wanted(self) -> None:
        """Make no more thumbnails than the one under way: another list is on show."""
        self._painter.cancel()
        self._painting.clear()

    # Folders

    def add(self, folder: Path) -> None:
        """Take a folder into the library and scan it."""

        def added(index: LibraryDatabase, _work: TaskContext) -> UserFolder:
            from mammoview.library.folder_scan import add_folder

            return add_folder(index, folder)

        self._ask(added, lambda new: self._scan([new]))

    def scan(self) -> None:
        """Bring the index up to date with all folders."""
        self.list_folders(self._scan)

    def resume(self) -> None:
        """Go on with scans that were stopped or killed before their end."""
        self.list_folders(lambda known: self._scan([folder for folder in known if folder.scanned is None]))

    def cancel_scan(self) -> None:
        """Stop scanning; what has been read stays."""
        # Not everything that the scanner has to do: something may wait there to be forgotten.
        for request in self._scans:
            self._scanner.cancel(request)
        self._scans.clear()
        self.scanning.emit("", 0.0)
        self.changed.emit()

    @property
    def scans_under_way(self) -> bool:
        """Whether folders are being scanned."""
        return bool(self._scans)

    # Forgetting

    def forget_study(self, study: int) -> None:
        """Forget a study without a trace."""

        def forgotten(index: LibraryDatabase, _work: TaskContext) -> None:
            from mammoview.library.erase import forget_study

            forget_study(index, study)

        self._forget(forgotten)

    def forget_folder(self, folder: int) -> None:
        """Forget a folder and what was found in it, without a trace."""

        def forgotten(index: LibraryDatabase, _work: TaskContext) -> None:
            from mammoview.library.erase import forget_folder

            forget_folder(index, folder)

        self._forget(forgotten)

    def forget_everything(self) -> None:
        """Forget all folders and studies without a trace."""

        def forgotten(index: LibraryDatabase, _work: TaskContext) -> None:
            from mammoview.library.erase import forget_everything

            forget_everything(index)

        self._forget(forgotten)

    def _forget(self, task: Task) -> None:
        """Forget behind whatever is still being written, so that nothing comes back."""
        self.cancel_scan()
        self.forget_thumbnails_wanted()
        if self.used:
            self._takes[self._scanner.submit(task)] = lambda _none: self.changed.emit()

    # Threads

    def stop(self) -> None:
        """End the threads and wait for them."""
        for worker in (self._questions, self._scanner, self._painter):
            worker.stop()

    def _ask(self, task: Task, take: Take) -> None:
        """Have a quick task done."""
        if self.used:
            self._takes[self._questions.submit(task)] = take

    def _scan(self, folders: Sequence[UserFolder]) -> None:
        """Have folders scanned, one after another, each once."""
        waiting = {folder.id for folder in self._scans.values()}
        for folder in folders:
            if folder.id not in waiting:
                self._scans[self._scanner.submit(_scan_of(folder))] = folder
        self._report()

    def _report(self, fraction: float = -1.0) -> None:
        """Tell which folder is being scanned."""
        folder = next(iter(self._scans.values()), None)
        self.scanning.emit("" if folder is None else folder.path.name or str(folder.path), fraction)

    def _take_progress(self, request: int, done: int, total: int) -> None:
        """Tell how far a scan is; a late word is dropped."""
        if request in self._scans:
            self._report(done / max(1, total))

    def _take_answer(self, request: int, answer: object) -> None:
        """Hand an answer to who asked."""
        folder = self._scans.pop(request, None)
        if folder is not None:
            self._tell_outcome(answer)
            self._report()
            self.changed.emit()
        take = self._takes.pop(request, None)
        if take is not None:
            take(answer)

    def _take_failure(self, request: int, text: str) -> None:
        """Tell what went wrong."""
        self._takes.pop(request, None)
        if self._scans.pop(request, None) is not None:
            self._report()
            self.changed.emit()
        self.told.emit(text)

    def _tell_outcome(self, outcome: Any) -> None:  # noqa: ANN401
        """Tell what a scan came upon that the reader should know."""
        if not outcome.there:
            self.told.emit(self.tr("Missing: {}").format(outcome.refused[0]))
        elif outcome.refused:
            more = len(outcome.refused) - 1
            words = self.tr("Left out: {}").format(outcome.refused[0])
            self.told.emit(words + (" " + self.tr("(and {} more)").format(more) if more else ""))


def _scan_of(folder: UserFolder) -> Task:
    """Return the task of scanning a folder."""

    def scanned(index: LibraryDatabase, work: TaskContext) -> object:
        from mammoview.library.folder_scan import scan_folder

        # That it was stopped is known to whoever stopped it.
        with suppress(CancelledError):
            return scan_folder(index, folder, work.tell_progress, work.cancelled)
        return None

    return scanned
