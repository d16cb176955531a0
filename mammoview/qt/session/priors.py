"""The prior of the current study: looked for among what is open and in the library, and loaded to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.library.insert import study_key
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import no_breast
from mammoview.qt.session.session import Session
from mammoview.qt.session.shared_voi_window import share_windows
from mammoview.qt.widgets.notifier import Notifier
from mammoview.study.scan import Study

if TYPE_CHECKING:
    from mammoview.library.queries import IndexedStudy
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.library.library_client import LibraryClient
    from mammoview.qt.session.loaded_scan import LoadedScan
    from mammoview.qt.session.model_worker import AssessmentResult
    from mammoview.study.scan import Scan


class PriorController(QObject):
    """Earlier examinations of the same patient, known by ID and birth date; one of them is the prior."""

    changed = Signal()
    """Another prior, or none."""
    loaded = Signal(object)
    """Entry of a scan of the prior that has arrived, or whose problem is known."""
    greys_changed = Signal(object)
    """Entry of the prior whose automatic window has become that of both breasts."""

    def __init__(
        self, session: Session, client: LibraryClient, notifier: Notifier, parent: QObject | None = None
    ) -> None:
        """Follow `session`; `client` asks the library."""
        super().__init__(parent)
        self._session, self._client, self._notifier = session, client, notifier
        self.study: Study | None = None
        self._of: Study | None = None
        self._found: list[Study | IndexedStudy] = []
        self._chosen: Study | IndexedStudy | None = None
        self._stepped = False
        self._opening: Task[list[Study], None] | None = None
        self._loading: dict[Scan, Task[AssessmentResult | None, LoadedScan]] = {}
        session.study_shown.connect(self._take_study)

    @property
    def entries(self) -> dict[Scan, ScanEntry]:
        """Scans of the prior and what is known of them."""
        return self._session.prior_entries

    @property
    def dates(self) -> list[str]:
        """Days of all earlier examinations that are known, the latest first."""
        return [found.date for found in self._found]

    def counterpart(self, scan: Scan | None) -> Scan | None:
        """Return the prior's scan of the same side and projection."""
        if self.study is None or scan is None or scan.laterality is None or scan.projection is None:
            return None
        view = (scan.laterality, scan.projection)
        return next((s for s in self.study.scans if (s.laterality, s.projection) == view), None)

    def show_older(self) -> None:
        """Take the examination before the prior in its place."""
        self._step(1)

    def show_newer(self) -> None:
        """Take the examination after the prior in its place."""
        self._step(-1)

    def load(self) -> None:
        """Load the prior's scans that are neither loaded nor being loaded."""
        waiting = {scan for scan, task in self._loading.items() if task.is_pending}
        for scan, entry in self.entries.items():
            if entry.grey is None and not entry.problem and scan not in waiting:
                model = self._session.choices.shown
                recall = model if self._session.loader.cache is not None and entry.assessed is None else None
                self._loading[scan] = self._session.loader.load(scan, recall, entry.analysis).connect(
                    self,
                    result=partial(self._take_recalled, entry, model.key),
                    partial=partial(self._take_picture, entry),
                    failed=partial(self._take_load_failure, entry),
                )

    def respace(self, scans: Iterable[Scan]) -> None:
        """Show those of the prior's scans anew whose spacing has changed."""
        for entry in [self.entries[scan] for scan in scans if scan in self.entries]:
            if entry.grey is not None:
                self.loaded.emit(entry)

    def _take_study(self, study: Study | None) -> None:
        """Look for the prior of another study; the same one may be shown again with other views."""
        if study is self._of:
            return
        self._drop()
        self._of, self._found, self._stepped = study, [], False
        # The study's own scans are to be loaded before those of its prior.
        QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        """Look among the studies that are open, and ask the library."""
        study = self._of
        if study is None:
            return
        self._take_found(study, [])
        self._client.find_priors(study, lambda known: self._take_found(study, known))

    def _take_found(self, study: Study, known: Sequence[IndexedStudy]) -> None:
        """Put what is open and what the library holds into one order, and take the latest."""
        if study is not self._of:
            return
        keys = {study_key(one): one for one in self._session.studies if _is_prior(one, study)}
        found: dict[str, Study | IndexedStudy] = {one.key: one for one in known}
        self._found = sorted((found | keys).values(), key=lambda one: one.date, reverse=True)
        lost = [one.date for one in self._found if not _within_reach(one)]
        if known and lost:
            dates = ", ".join(lost)
            text = self.tr("The prior of {} is in the library, but its files are not there")
            self._notifier.warn(text.format(dates))
        if not self._stepped:
            self._choose(next((one for one in self._found if _within_reach(one)), None))

    def _step(self, step: int) -> None:
        """Take another of the examinations that were found."""
        reached = [one for one in self._found if _within_reach(one)]
        keys = [_key(one) for one in reached]
        if self._chosen is None or _key(self._chosen) not in keys:
            self._notifier.warn(self.tr("No earlier examination of this patient is open or in the library"))
            return
        place = keys.index(_key(self._chosen)) + step
        if not 0 <= place < len(reached):
            text = self.tr("There is no older prior") if step > 0 else self.tr("There is no newer prior")
            self._notifier.warn(text)
            return
        self._stepped = True
        self._choose(reached[place])

    def _choose(self, one: Study | IndexedStudy | None) -> None:
        """Make one of them the prior; what lies in the library is opened first."""
        if one is None or (self._chosen is not None and _key(one) == _key(self._chosen)):
            return
        self._cancel()
        if isinstance(one, Study):
            self._take(one, one)
        else:
            self._opening = self._session.loader.open(one.sources).connect(
                self, result=partial(self._take_opened, one), failed=self._take_open_failure
            )

    def _take(self, one: Study | IndexedStudy, study: Study) -> None:
        """Hang a study as the prior, in place of the one before, and load it."""
        self._release()
        self._chosen, self.study = one, study
        self._session.set_prior({scan: ScanEntry(scan) for scan in study.scans})
        self.load()
        self.changed.emit()

    def _drop(self) -> None:
        """Drop the prior."""
        self._cancel()
        had = self.study is not None
        self._release()
        self._chosen = self.study = None
        if had:
            self.changed.emit()

    def _cancel(self) -> None:
        """Open no other prior, and load no more of this one."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        for task in self._loading.values():
            task.cancel()
        self._loading.clear()

    def _release(self) -> None:
        """Release the pictures of the prior, unless they are shown as a study of their own."""
        for scan in self.entries:
            if scan not in self._session.entries:
                scan.release()
        self._session.set_prior({})

    def _take_opened(self, wanted: IndexedStudy, studies: list[Study]) -> None:
        """Take the prior out of what its files held."""
        self._opening = None
        study = next((one for one in studies if study_key(one) == wanted.key), None)
        if study is not None:
            self._take(wanted, study)

    def _take_open_failure(self, line: str) -> None:
        """Warn that the prior cannot be opened."""
        self._opening = None
        self._notifier.warn(line)

    def _take_picture(self, entry: ScanEntry, picture: LoadedScan) -> None:
        """Keep a picture of the prior."""
        entry.take_picture(picture)
        for other in share_windows(self.entries):
            self.greys_changed.emit(other)
        if picture.breast is None:
            entry.exclude(no_breast())
        self.loaded.emit(entry)

    def _take_recalled(self, entry: ScanEntry, model: str, assessed: AssessmentResult | None) -> None:
        """Show the assessment that was kept of a scan; have it assessed where none was."""
        del self._loading[entry.scan]
        if self._session.assessment_queue.recall(entry, assessed, model):
            self._session.report_change(entry)
        self._session.assess_prior(entry)

    def _take_load_failure(self, entry: ScanEntry, line: str) -> None:
        """Warn that a scan of the prior cannot be loaded, or what was kept of it not be read."""
        del self._loading[entry.scan]
        self._notifier.warn(line)
        if entry.grey is None:
            entry.problem = line
            self.loaded.emit(entry)


def _is_prior(one: Study, study: Study) -> bool:
    """Whether a study that is open is an earlier one of the same person."""
    earlier = bool(one.date) and one.date < study.date
    return one is not study and earlier and one.identity.is_person(study.identity) and one.key != study.key


def _within_reach(one: Study | IndexedStudy) -> bool:
    return isinstance(one, Study) or bool(one.sources)


def _key(one: Study | IndexedStudy) -> str:
    return study_key(one) if isinstance(one, Study) else one.key
