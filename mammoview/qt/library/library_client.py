"""Queries of the window to the library: each runs in a thread, and its result comes back to the GUI thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core import malloc
from mammoview.qt.library.library_worker import Answer, LibraryWorker
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.library.database import LibraryDatabase
    from mammoview.library.folder_scan import FolderScanResult, UserFolder
    from mammoview.library.queries import IndexedStudy
    from mammoview.library.thumbnails import DecodedScan
    from mammoview.qt.concurrency.task import Task
    from mammoview.study.scan import Study

WAIT_S = 0.05
"""How often thumbnails that wait look whether they are wanted still."""


class LibraryClient(QObject):
    """Three library workers, so that a question waits neither for a scan nor for thumbnails."""

    scanning = Signal(str, float)
    """Which folder is being scanned and the fraction done (-1: unknown); an empty text when none is."""
    changed = Signal()
    """The library holds something else than before."""

    def __init__(self, notifier: Notifier, used: bool = True, parent: QObject | None = None) -> None:
        """Start no thread yet.

        Parameters
        ----------
        notifier
            Shows what the reader is to know.
        used
            Whether there is a library at all: without one every result is empty and nothing is noted.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self._notifier, self.used = notifier, used
        self._scans: dict[int, tuple[UserFolder, Task[FolderScanResult, None]]] = {}
        self._painting: dict[int, Task[bool, None]] = {}
        """Studies whose thumbnails are being made, or wait for that."""
        self._decoded: dict[Path, DecodedScan] = {}
        """Scans shown by absolute path; read by the thread of the thumbnails."""
        self._may_paint = Event()
        self._may_paint.set()
        self._questions, self._scanner, self._painter = (LibraryWorker(self) for _ in range(3))
        for worker in (self._questions, self._scanner, self._painter):
            worker.failed.connect(notifier.warn_general)
            worker.warned.connect(notifier.warn_general)

    # Questions

    def list_studies(self, words: str, recent: bool, take: Callable[[list[IndexedStudy]], object]) -> None:
        """Ask for studies; answered twice when some of their files have gone or come back since."""

        def listed(index: LibraryDatabase, _task: Task[list[IndexedStudy], None]) -> list[IndexedStudy]:
            from mammoview.library.queries import studies

            return studies(index, words, recent)

        def take_listed(known: list[IndexedStudy]) -> None:
            take(known)
            self._ask(partial(_located, known), lambda seen: None if seen == known else take(seen))

        self._ask(listed, take_listed)

    def find_all(self, words: str, recent: bool, take: Callable[[list[IndexedStudy]], object]) -> None:
        """Ask for all studies that a search finds, however many, as their files are to be found now."""

        def found(index: LibraryDatabase, _task: Task[list[IndexedStudy], None]) -> list[IndexedStudy]:
            from mammoview.library.queries import ALL, located_studies, studies

            return located_studies(index, studies(index, words, recent, ALL))

        self._ask(found, take)

    def list_folders(self, take: Callable[[list[UserFolder]], object]) -> None:
        """Ask for the user's folders."""

        def listed(index: LibraryDatabase, _task: Task[list[UserFolder], None]) -> list[UserFolder]:
            from mammoview.library.folder_scan import folders

            return folders(index)

        self._ask(listed, take)

    def find_priors(self, study: Study, take: Callable[[list[IndexedStudy]], object]) -> None:
        """Ask for earlier examinations of a study's patient, as their files are to be found now."""

        def found(index: LibraryDatabase, _task: Task[list[IndexedStudy], None]) -> list[IndexedStudy]:
            from mammoview.library.insert import study_key
            from mammoview.library.queries import located_studies, priors

            return located_studies(index, priors(index, study.identity, study.date, study_key(study)))

        self._ask(found, take)

    def note_opened(self, studies: Sequence[Study]) -> None:
        """Note that studies were opened, the last of them last."""

        def noted(index: LibraryDatabase, _task: Task[None, None]) -> None:
            from mammoview.library.insert import insert_opened_study

            for study in studies:
                insert_opened_study(index, study, time.time())

        self._ask(noted, lambda _none: self.changed.emit())

    def paint(self, study: IndexedStudy) -> None:
        """Make the thumbnails that a study lacks, unless that is under way."""
        if not self.used or study.id in self._painting:
            return

        def painted(index: LibraryDatabase, task: Task[bool, None]) -> bool:
            from mammoview.library.thumbnails import make_thumbnails

            def cancelled() -> bool:
                while not self._may_paint.wait(WAIT_S) and not task.is_cancelled():
                    pass
                return task.is_cancelled()

            made = not cancelled() and make_thumbnails(index, study, cancelled, self._decoded.get)
            if made:
                malloc.give_back()
            return made

        def take(made: bool) -> None:
            self._painting.pop(study.id, None)
            if made:
                self.changed.emit()

        self._painting[study.id] = self._painter.query(painted).connect(self, result=take)

    def take_decoded(self, path: Path, scan: DecodedScan) -> None:
        """Make the thumbnail of the scan at an absolute path of what is in memory of it."""
        if self.used:
            self._decoded[path] = scan

    def forget_decoded(self) -> None:
        """Keep no pixels of a study that has been left."""
        self._decoded.clear()

    def hold_thumbnails(self, busy: bool) -> None:
        """Make no thumbnails while scans are loaded or assessed, which the reader waits for; go on afterwards."""
        self._may_paint.clear() if busy else self._may_paint.set()

    def forget_thumbnails_of(self, study: int) -> None:
        """Make no more thumbnails of a study, by its row: it is listed no more, such as one that has been closed."""
        if study in self._painting:
            self._painting.pop(study).cancel()

    def forget_thumbnails_wanted(self) -> None:
        """Make no more thumbnails than the one under way: another list is shown."""
        self._painter.cancel()
        self._painting.clear()

    # Folders

    def add(self, folder: Path) -> None:
        """Take a folder into the library and scan it."""

        def added(index: LibraryDatabase, _task: Task[UserFolder, None]) -> UserFolder:
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
        # Not all jobs of the scanner: one that forgets a folder may be waiting.
        for _folder, task in self._scans.values():
            task.cancel()
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

        def forgotten(index: LibraryDatabase, _task: Task[None, None]) -> None:
            from mammoview.library.erase import forget_study

            forget_study(index, study)

        self._forget(forgotten)

    def forget_folder(self, folder: int) -> None:
        """Forget a folder and what was found in it, without a trace."""

        def forgotten(index: LibraryDatabase, _task: Task[None, None]) -> None:
            from mammoview.library.erase import forget_folder

            forget_folder(index, folder)

        self._forget(forgotten)

    def forget_everything(self) -> None:
        """Forget all folders and studies without a trace."""

        def forgotten(index: LibraryDatabase, _task: Task[None, None]) -> None:
            from mammoview.library.erase import forget_everything

            forget_everything(index)

        self._forget(forgotten)

    def _forget(self, forget: Callable[[LibraryDatabase, Task[None, None]], None]) -> None:
        """Forget behind whatever is still being written, so that nothing comes back."""
        self.cancel_scan()
        self.forget_thumbnails_wanted()
        if self.used:
            self._scanner.query(forget).connect(self, result=lambda _none: self.changed.emit())

    # Threads

    def stop(self) -> None:
        """End the threads and wait for them."""
        for worker in (self._questions, self._scanner, self._painter):
            worker.stop()

    def _ask(
        self,
        question: Callable[[LibraryDatabase, Task[Answer, None]], Answer],
        take: Callable[[Answer], object],
    ) -> None:
        """Run a short query."""
        if self.used:
            self._questions.query(question).connect(self, result=take)

    def _scan(self, folders: Sequence[UserFolder]) -> None:
        """Scan folders, one after another, each once."""
        for folder in folders:
            if folder.id not in self._scans:
                task = self._scanner.query(partial(_scan_folder, folder)).connect(
                    self,
                    result=partial(self._take_scanned, folder),
                    progress=lambda fraction, _text: self._report(fraction),
                    failed=partial(self._take_scan_failure, folder),
                )
                self._scans[folder.id] = folder, task
        self._report()

    def _report(self, fraction: float = -1.0) -> None:
        """Report which folder is being scanned."""
        folder = next((folder for folder, _task in self._scans.values()), None)
        self.scanning.emit("" if folder is None else folder.path.name or str(folder.path), fraction)

    def _take_scanned(self, folder: UserFolder, outcome: FolderScanResult) -> None:
        """Warn of what a scan could not read."""
        self._warn_of_refused(outcome)
        self._end_scan(folder)

    def _take_scan_failure(self, folder: UserFolder, line: str) -> None:
        """Warn that a folder cannot be scanned."""
        self._end_scan(folder)
        self._notifier.warn_general(line)

    def _end_scan(self, folder: UserFolder) -> None:
        """Note that a folder is not being scanned any more."""
        del self._scans[folder.id]
        self._report()
        self.changed.emit()

    def _warn_of_refused(self, outcome: FolderScanResult) -> None:
        """Warn of what could not be read."""
        if not outcome.there:
            self._notifier.warn_general(self.tr("Missing: {}").format(outcome.refused[0]))
        elif outcome.refused:
            more = len(outcome.refused) - 1
            words = self.tr("Left out: {}").format(outcome.refused[0])
            self._notifier.warn_general(words + (" " + self.tr("(and {} more)").format(more) if more else ""))


def _located(
    known: Sequence[IndexedStudy], index: LibraryDatabase, _task: Task[list[IndexedStudy], None]
) -> list[IndexedStudy]:
    """Return studies with their files as they are to be found now."""
    from mammoview.library.queries import located_studies

    return located_studies(index, known)


def _scan_folder(folder: UserFolder, index: LibraryDatabase, task: Task[FolderScanResult, None]) -> FolderScanResult:
    """Scan a folder, and report the share of its files that has been read."""
    from mammoview.library.folder_scan import scan_folder

    return scan_folder(index, folder, lambda done, total: task.report(done / max(1, total)), task.is_cancelled)
