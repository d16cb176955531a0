"""The studies that are open, which of them is current, and the entries of their scans."""

from __future__ import annotations

from collections.abc import Iterable

from mammoview.qt.session.same_study import file_path, holds
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.study.scan import Scan, Study


class OpenStudies:
    """The list of open studies; entries of studies that were current earlier are kept without their pictures."""

    def __init__(self) -> None:
        self.studies: list[Study] = []
        self.index = -1
        """Of the current study; -1 without one."""
        self.entries: dict[Scan, ScanEntry] = {}
        """Of the scans of the current study."""
        self._past: dict[Scan, ScanEntry] = {}

    @property
    def study(self) -> Study | None:
        """The current study."""
        return self.studies[self.index] if 0 <= self.index < len(self.studies) else None

    def show(self, index: int) -> Study:
        """Make a study the current one, with the entries it had before, and return it."""
        self.index = index
        study = self.studies[index]
        self.entries = {scan: self._past.pop(scan) if scan in self._past else ScanEntry(scan) for scan in study.scans}
        return study

    def leave(self) -> None:
        """Release the pictures of the current study."""
        for entry in self.entries.values():
            entry.release()
            self._past[entry.scan] = entry
        self.entries = {}

    def forget_results(self, scans: Iterable[Scan]) -> None:
        """Drop the results of scans of studies that are not current: they have another size now."""
        for scan in scans:
            if scan in self._past:
                self._past[scan].forget_results()

    def remove(self, study: Study) -> None:
        """Take a study from the list with its entries; the current one is to be left first."""
        shown = None if self.study is study else self.study
        self.studies.remove(study)
        self.index = -1 if shown is None else self.studies.index(shown)
        for scan in study.scans:
            self._past.pop(scan, None)

    def opened_before(self, study: Study) -> Study | None:
        """Return the open study that holds no less than another one, unless that one is to take its place.

        That is so where some of it could not be loaded, or its files have changed since they were.
        """
        for known in self.studies:
            replaced = self._has_problem(known) and holds(study, known)
            if holds(known, study) and not replaced and not self.has_changed(known, study):
                return known
        return None

    def held_by(self, study: Study) -> list[Study]:
        """Return the open studies of which another one holds all pictures."""
        return [known for known in self.studies if holds(study, known)]

    def has_changed(self, known: Study, study: Study) -> bool:
        """Return whether a file of a study was loaded as one of a known study and is another one now."""
        opened = {file_path(scan) for scan in study.scans}
        return any(entry.file_has_changed for entry in self._entries_of(known) if file_path(entry.scan) in opened)

    def _has_problem(self, study: Study) -> bool:
        """Return whether a scan of a study could not be loaded, or its loading was cancelled."""
        return any(entry.problem for entry in self._entries_of(study))

    def _entries_of(self, study: Study) -> list[ScanEntry]:
        """Return the entries of a listed study, of those of its scans that have one."""
        entries = {**self._past, **self.entries}
        return [entries[scan] for scan in study.scans if scan in entries]
