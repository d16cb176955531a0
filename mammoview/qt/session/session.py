"""The open studies and their results: passes work to two worker threads and emits what they return."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mammoview.qt.concurrency.task import Task
from mammoview.qt.session.assessment_queue import AssessmentQueue
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.session.model_worker import AssessmentResult, ModelWorker
from mammoview.qt.session.open_studies import OpenStudies
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import no_breast
from mammoview.qt.session.session_progress import progress
from mammoview.qt.session.shared_voi_window import share_windows
from mammoview.qt.session.study_loader import StudyLoader
from mammoview.qt.widgets.notifier import Notifier
from mammoview.study.scan import Laterality, Projection, Scan, Study


class Session(QObject):
    """The studies that are open, the current one, and the work on it."""

    opened = Signal(list)
    """Studies that have just been opened; one of them is shown next."""
    studies_changed = Signal()
    """The list of studies or the current one changed."""
    study_closed = Signal(object)
    """A Study of which nothing is to be kept."""
    study_replaced = Signal(object, object)
    """A Study that is closed next, and the one with the same files that takes its place."""
    study_shown = Signal(object)
    """A Study is to be hung; None when none is open any more."""
    scan_loaded = Signal(object)
    """Entry whose picture has arrived, or whose problem is known."""
    greys_changed = Signal(object)
    """Entry whose automatic window has become that of both breasts, or has ceased to be."""
    assessment_changed = Signal(object)
    """Entry of the study whose state or assessment changed."""
    prior_changed = Signal(object)
    """Entry of the prior whose state or assessment changed."""
    layer_arrived = Signal(object, str)
    """Entry, and the name of one of its layers that has been made while the others are still being made."""
    progressed = Signal(str, float)
    """What is being done and the fraction done (-1: unknown); an empty text when nothing is."""
    device_known = Signal(str)
    """Where the models run, or why they do not."""
    model_shown = Signal()
    """The results shown are those of another model, or the models that are run are others."""

    def __init__(
        self,
        loader: StudyLoader,
        models: ModelWorker,
        layers: LayerState,
        wanted_first: Callable[[], Scan | None],
        on_screen: Callable[[], Collection[Scan]],
        notifier: Notifier,
        choices: ModelChoices,
        parent: QObject | None = None,
    ) -> None:
        """Take two workers that have not been started.

        Parameters
        ----------
        loader, models
            The workers.
        layers
            Which patch grid of an assessment is drawn.
        wanted_first
            Returns the scan that is loaded and assessed before all others, if there is one.
        on_screen
            Returns the scans that hang, which come before those that do not.
        notifier
            Shows what cannot be opened, loaded or assessed.
        choices
            Which models are run, and which of them is shown.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self.loader, self.models, self.choices, self._notifier = loader, models, choices, notifier
        self._layers = layers
        self._open = OpenStudies()
        self.assess_automatically = True
        self.wanted_first, self.on_screen = wanted_first, on_screen
        self._opening: set[Task[list[Study], None]] = set()
        self._loading: dict[Scan, Task[AssessmentResult | None, LoadedScan]] = {}
        """Scans of the current study that are being decoded."""
        self._recalling: dict[ScanEntry, Task[AssessmentResult | None, LoadedScan]] = {}
        """Entries of which is not known yet whether an assessment was kept."""
        self._left = False
        self.prior_entries: dict[Scan, ScanEntry] = {}
        """Scans of the prior, which are assessed after those of the study."""
        self.assessment_queue = assessment_queue = AssessmentQueue(
            models,
            layers,
            lambda: self.all_entries,
            self._rank,
            self._awaited,
            lambda: choices.run,
            notifier,
            self,
        )
        choices.changed.connect(self._take_models)
        loader.failed.connect(notifier.warn)
        assessment_queue.changed.connect(self.report_change)
        assessment_queue.layer_arrived.connect(self.layer_arrived)
        assessment_queue.device_known.connect(self.device_known)
        assessment_queue.moved.connect(self._report)

    # Studies

    @property
    def study(self) -> Study | None:
        """The current study."""
        return self._open.study

    @property
    def studies(self) -> list[Study]:
        """All that are open, in the order in which they were opened."""
        return self._open.studies

    @property
    def index(self) -> int:
        """Index of the current study in `studies`; -1 without one."""
        return self._open.index

    @property
    def entries(self) -> dict[Scan, ScanEntry]:
        """What is known of the scans of the current study."""
        return self._open.entries

    @property
    def all_entries(self) -> tuple[ScanEntry, ...]:
        """Scans of the study, then those of its prior."""
        return (*self.entries.values(), *self.prior_entries.values())

    def entry_of(self, scan: Scan) -> ScanEntry | None:
        """Return what is known of a scan of the study or of its prior."""
        return self.entries.get(scan) or self.prior_entries.get(scan)

    def report_change(self, entry: ScanEntry) -> None:
        """Report that the state or the assessment of a scan changed."""
        own = self.entries.get(entry.scan) is entry
        (self.assessment_changed if own else self.prior_changed).emit(entry)

    @property
    def is_opening(self) -> bool:
        """Whether files and folders are being opened."""
        return bool(self._opening)

    def open(self, paths: Sequence[Path | str]) -> Task[list[Study], None]:
        """Open files and folders; the first study found is shown. `abandon` takes the task that is returned."""
        task = self.loader.open(paths)
        task.connect(self, result=partial(self._take_studies, task), failed=partial(self._take_open_failure, task))
        self._opening.add(task)
        self._report()
        return task

    def abandon(self, task: Task[list[Study], None]) -> None:
        """Open no longer what a task was to open, where it has not been opened yet."""
        task.cancel()
        self._opening.discard(task)
        self._report()

    def show_study(self, index: int) -> None:
        """Show another study; pictures of the one before are released, its assessments are kept."""
        if not 0 <= index < len(self.studies) or index == self.index:
            return
        self._leave()
        self._notifier.study = study = self._open.show(index)
        model = self.choices.shown
        for entry in self.entries.values():
            entry.model = model.key
        self.studies_changed.emit()
        self.study_shown.emit(study)
        first = self.wanted_first()
        for scan in sorted(study.scans, key=lambda s: s is not first):
            entry = self.entries[scan]
            recall = self.loader.cache is not None and self.assess_automatically and entry.assessed is None
            self._loading[scan] = self.loader.load(scan, model if recall else None, entry.analysis).connect(
                self,
                result=partial(self._take_recalled, entry, model.key) if recall else None,
                partial=partial(self._take_picture, entry),
                failed=partial(self._take_load_failure, entry),
            )
            if recall:
                self._recalling[entry] = self._loading[scan]
        self._report()

    def close_study(self) -> None:
        """Close the current study, and show its neighbour if there is one."""
        study = self.study
        if study is None:
            return
        place = self.index
        self._drop(study)
        if self.studies:
            self.show_study(min(place, len(self.studies) - 1))
        else:
            self.studies_changed.emit()
            self.study_shown.emit(None)
        self._report()

    def _drop(self, study: Study) -> None:
        """Take a study from the list, and keep nothing of it."""
        if study is self.study:
            self._leave()
            self._notifier.study = None
        self._open.remove(study)
        self.study_closed.emit(study)

    def set_view(self, scan: Scan, laterality: Laterality | None, projection: Projection | None) -> None:
        """Take the reader's word for side and projection of a scan; None leaves it unknown."""
        study = self.study
        if study is None or scan not in self.entries:
            return
        from mammoview.records.user_view import sort_scans, use_view

        use_view(scan, laterality, projection)
        sort_scans(study)
        self.entries[scan].take_view()
        self.loader.remember_view(scan)
        for other in share_windows(self.entries):
            self.greys_changed.emit(other)
        self.study_shown.emit(study)

    def respace(self, scans: Collection[Scan]) -> None:
        """Show scans of the study anew whose spacing has changed; assessments, also of priors, were of another size."""
        self._open.forget_results(scans)
        for entry in [self.entry_of(scan) for scan in scans]:
            if entry is None or entry.grey is None:
                continue
            self.assessment_queue.drop(entry)
            if entry.grey.picture.breast is not None:
                entry.forget_results()
                if self.assess_automatically:
                    self.assessment_queue.await_models(entry)
            if entry.scan in self.entries:
                self.scan_loaded.emit(entry)
            self.report_change(entry)
        self.assessment_queue.go_on()
        self._report()

    def show_frame(self, scan: Scan, frame: int, picture: LoadedScan) -> None:
        """Make another frame of a stack the picture; an assessment belongs to its frame alone."""
        entry = self.entry_of(scan)
        if entry is None or entry.grey is None or frame == scan.frame:
            return
        self.assessment_queue.drop(entry)
        shown, before = scan.frame, (entry.state, entry.assessed)
        scan.show_frame(frame, picture.pixels)
        entry.grey.take_frame(picture)
        entry.show_frame(shown, frame, picture.breast is not None, self._layers.as_chosen)
        if before != (entry.state, entry.assessed):
            self.report_change(entry)
        self.assessment_queue.go_on()
        self._report()

    def _leave(self) -> None:
        """Cancel the work for the current study and release its pictures."""
        for task in (*self._loading.values(), *self._recalling.values()):
            task.cancel()
        self._loading.clear()
        self._recalling.clear()
        self.assessment_queue.leave()
        self._left = self._left or bool(self.entries)
        self._open.leave()

    def _take_studies(self, task: Task[list[Study], None], studies: list[Study]) -> None:
        """Add what has been opened, and show its first study, in that patient's latest examination."""
        self._opening.discard(task)
        self.opened.emit(studies)
        listed = [self._list(study) for study in studies]
        if listed:
            first = listed[0]
            hers = [one for one in listed if one is first or one.identity.is_person(first.identity)]
            wanted = self.studies.index(max(hers, key=lambda one: one.date))
            if wanted == self.index:
                self.studies_changed.emit()
            self.show_study(wanted)
        for study, known in zip(studies, listed, strict=True):
            for line in study.outside:
                self._notifier.warn(line, known)
        self._report()

    def _list(self, study: Study) -> Study:
        """List a study, and return it as it is listed: once, with all the files that were opened of it.

        One that holds what is open of it takes its place.
        """
        known = self._open.opened_before(study)
        if known is not None:
            return known
        for known in self._open.held_by(study):
            if not self._open.has_changed(known, study):
                self.study_replaced.emit(known, study)
            self._drop(known)
        self.studies.append(study)
        return study

    def _take_open_failure(self, task: Task[list[Study], None], line: str) -> None:
        """Warn that files cannot be opened."""
        self._opening.discard(task)
        self._notifier.warn_general(line)
        self._report()

    def _take_picture(self, entry: ScanEntry, picture: LoadedScan) -> None:
        """Keep a picture of the current study, and have it assessed."""
        del self._loading[entry.scan]
        entry.take_picture(picture)
        for other in share_windows(self.entries):
            self.greys_changed.emit(other)
        if self.assess_automatically:
            self.assessment_queue.await_models(entry)
        if picture.breast is None and entry.assessed is None:
            entry.exclude(no_breast())
        self.scan_loaded.emit(entry)
        self.assessment_changed.emit(entry)
        self.assessment_queue.go_on()
        self._report()

    def _take_recalled(self, entry: ScanEntry, model: str, assessed: AssessmentResult | None) -> None:
        """Show the assessment that was kept of a scan; have it assessed where none was."""
        del self._recalling[entry]
        if self.assessment_queue.recall(entry, assessed, model):
            self.assessment_changed.emit(entry)
        self.assessment_queue.go_on()
        self._report()

    def _take_load_failure(self, entry: ScanEntry, line: str) -> None:
        """Warn that a file cannot be decoded, or what was kept of it not be read; the others go on."""
        self._recalling.pop(entry, None)
        self._notifier.warn(line)
        if self._loading.pop(entry.scan, None) is not None:
            entry.problem = line
            entry.fail(self.tr("the file cannot be read"))
            self.scan_loaded.emit(entry)
            self.assessment_changed.emit(entry)
        self.assessment_queue.go_on()
        self._report()

    # Models

    def assess(self) -> None:
        """Have every loaded scan assessed that has no assessment, failed ones again."""
        self.assess_automatically = True
        if self.assessment_queue.broken:
            self._notifier.warn_general(self.assessment_queue.broken)
            return
        self.assessment_queue.retry()
        self.assessment_queue.start()
        self.assessment_queue.go_on()
        self._report()

    def assess_prior(self, entry: ScanEntry) -> None:
        """Have a scan of the prior assessed when the models have nothing else to do."""
        if self.assess_automatically and self.assessment_queue.await_models(entry):
            self.report_change(entry)
        self.assessment_queue.go_on()
        self._report()

    def set_prior(self, entries: dict[Scan, ScanEntry]) -> None:
        """Take the scans of another prior, or of none; what is under way for the one before is stopped."""
        before, self.prior_entries = self.prior_entries, entries
        for entry in entries.values():
            entry.model = self.choices.shown.key
        if self.assessment_queue.entry in before.values():
            self.assessment_queue.stop()
        if before:
            self.assessment_queue.go_on()
            self._report()

    def _rank(self, entry: ScanEntry) -> tuple[bool, bool, bool]:
        """Order of assessing: the active viewport, the rest of the study, the prior; what hangs first."""
        own = entry.scan in self.entries
        return entry.scan is not self.wanted_first(), not own, entry.scan not in self.on_screen()

    def _awaited(self) -> set[ScanEntry]:
        """Return the scans of the study that are being decoded, or of which an assessment may have been kept."""
        return {*self._recalling, *(self.entries[scan] for scan in self._loading if scan in self.entries)}

    def prepare_models(self) -> None:
        """Load the models when no scan is being opened any more: each would import at the cost of the other."""
        self.assessment_queue.starts_when_idle = True
        self._report()

    def cancel(self) -> None:
        """Stop loading and assessing; what has arrived stays, and nothing starts by itself until asked for.

        Where nothing is under way, studies that are opened later are assessed as before.
        """
        self.assess_automatically = self.assess_automatically and not self.busy
        self.loader.cancel_reads()
        self.models.cancel()
        self._opening.clear()
        for scan in self._loading:
            entry = self.entries.get(scan)
            if entry is not None:
                entry.problem = self.tr("Loading was cancelled. Open the study again to load it")
                self.scan_loaded.emit(entry)
        self._loading.clear()
        self._recalling.clear()
        self.assessment_queue.forget()
        for entry in self.all_entries:
            if entry.reset_unfinished():
                self.report_change(entry)
        self._report()

    def _take_models(self) -> None:
        """Show the results of the current model, and have assessed what it has not assessed yet."""
        self.assessment_queue.show_model(self.assess_automatically)
        self.model_shown.emit()
        self.assessment_queue.go_on()
        self._report()

    @property
    def busy(self) -> bool:
        """Whether anything is being loaded or assessed, or waits for it."""
        return bool(self._opening or self._loading or self.assessment_queue.busy)

    def stop(self) -> None:
        """End both threads and wait for them."""
        self.assess_automatically = self.assessment_queue.starts_when_idle = False
        self.models.cancel()
        self.loader.stop()
        self.models.stop()

    def _report(self, fraction: float = -1.0, text: str = "") -> None:
        """Report what is going on, and go on with what has waited for its end."""
        if self.assessment_queue.starts_when_idle and not (self._opening or self._loading or self._recalling):
            self.assessment_queue.start()
        loading, scans = len(self._loading), len(self.entries)
        words, done = progress(self.assessment_queue, loading, scans, bool(self._opening), self.busy, (fraction, text))
        self.progressed.emit(words, done)
        if not words and self._left:
            # Only now: releasing the memory of studies that were left delays other allocations.
            self._left = False
            if not self.assessment_queue.release_memory():
                self.loader.release_memory()
