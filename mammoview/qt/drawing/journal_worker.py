"""The thread that keeps what is drawn on disk: the journal of every change, and the files that are saved."""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.core.run_record import Crash, forget, last_crash
from mammoview.formats.common import outline_files
from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import NOTHING, Worker
from mammoview.records.earlier_keys import move_drawings
from mammoview.records.own_drawings import (
    DrawingJournal,
    Own,
    Point,
    drawings_in,
    fallback_file,
    same_drawings,
    saved_drawings,
    takes_files,
    unsaved_journals,
)
from mammoview.study.scan import Outline, Scan

_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
"""Errors of a system for a folder that cannot be written to."""


@dataclass(frozen=True, eq=False)
class FoundDrawings:
    """What was drawn on a scan before.

    Parameters
    ----------
    own
        Outlines and annotations.
    recovered
        Whether they come from the journal of a session that ended early.
    saved
        What is saved.
    """

    own: Own
    recovered: bool
    saved: Own


@dataclass(frozen=True)
class SaveRefused:
    """Instead of a file: why drawings cannot be saved at a place."""

    reason: str


@dataclass(frozen=True, eq=False)
class SavedElsewhere:
    """Instead of a file: what another window or somebody else has saved in its place meanwhile.

    Parameters
    ----------
    own
        Outlines and annotations; None where they cannot be read.
    """

    own: Own | None


@dataclass(frozen=True)
class LeftByCrash:
    """What a run left that did not end as it should.

    Parameters
    ----------
    crash
        Its record.
    unsaved
        Number of scans with drawings that are in a journal only.
    """

    crash: Crash
    unsaved: int


class JournalWorker(Worker):
    """Reads and writes in the order of the requests; nothing that was drawn is dropped on the way out."""

    completes_queue = True

    def __init__(self, parent: QObject | None = None) -> None:
        """Prepare; the thread starts with the first request."""
        super().__init__(parent)
        self._written: dict[Path, Own] = {}
        """What each file of drawings held when this thread last wrote it, or when its scan was first opened."""

    def find(self, scan: Scan, own: Own = ()) -> Task[FoundDrawings | None, None]:
        """Find what was drawn on a scan before.

        Parameters
        ----------
        scan
            The scan.
        own
            What it was opened with: what had been saved beside its picture by then. The result is None where nothing
            else is found.
        """
        return self.submit(partial(self._find, scan, own), NOTHING)

    def find_left(self) -> Task[LeftByCrash | None, None]:
        """Find what the last run left; the result is None where all runs ended as they should."""
        return self.submit(_find_left, NOTHING)

    def forget(self, crash: Crash) -> None:
        """Remove the record of a run that did not end as it should."""
        self.submit(lambda _task: forget(crash))

    def write(self, scan: Scan, own: Own) -> None:
        """Note what is drawn on a scan in its journal."""
        self.submit(partial(_write_journal, scan, own), ("journal", scan.path))

    def write_stroke(self, scan: Scan, points: tuple[Point, ...]) -> None:
        """Note the points of a line under way in the journal of a scan."""
        self.submit(partial(_write_stroke, scan, points), ("journal", scan.path))

    def save(
        self,
        scan: Scan,
        own: Own,
        path: Path | None = None,
        in_own_folder: bool = False,
        replaced: Own | None = None,
    ) -> Task[Path | SaveRefused | SavedElsewhere, None]:
        """Write outlines and annotations to a file, beside the picture by default.

        The journal then goes, unless something was drawn since.

        Where nothing can lie beside the picture, the user's data folder keeps them.

        Parameters
        ----------
        scan, own
            What is written.
        path
            A file that ends as the program's own do, or None. Elsewhere than beside the picture they would not be found
            again, so the user's data folder keeps them too.
        in_own_folder
            Keep them in the user's data folder alone, from where they come back with the same pixels.
        replaced
            What is known to be saved in that place; where something else is that was not saved here since, the result
            is that, and nothing is written. None replaces whatever is there.
        """
        return self.submit(partial(self._save, scan, own, path, in_own_folder, replaced), ("saved", scan.path))

    def write_overlay(self, path: Path, outlines: tuple[Outline, ...]) -> Task[Path, None]:
        """Write a DDSM .OVERLAY file; the result is its path."""
        return self.submit(partial(_write_overlay, path, outlines), path)

    # Worker thread

    def _save(
        self,
        scan: Scan,
        own: Own,
        path: Path | None,
        in_own_folder: bool,
        replaced: Own | None,
        _task: Task[Path | SaveRefused | SavedElsewhere, None],
    ) -> Path | SaveRefused | SavedElsewhere:
        """Write drawings to a file and drop the journal of them."""
        inside = fallback_file(paths.data_folder(), scan.pixel_hash)
        beside = outline_files.own_file(scan.path)
        own_folder = in_own_folder or (path is None and not takes_files(beside.parent))
        path = inside if own_folder else path or beside
        for place in dict.fromkeys(
            (path,) if path == beside else (path, inside)
        ):  # elsewhere they are kept inside, too
            others = self._saved_by_others(place, scan, own, replaced)
            if others is not None:
                return others
        try:
            try:
                outline_files.write_outlines(path, own, scan.path.name if path == beside else "")
            except MammoviewError as error:
                # Not every system says beforehand that a folder cannot be written to.
                cause = error.__cause__
                if path != beside or not isinstance(cause, OSError) or cause.errno not in _CLOSED:
                    raise
                others = self._saved_by_others(inside, scan, own, replaced)
                if others is not None:
                    return others
                path = outline_files.write_outlines(inside, own)
            if path not in (beside, inside):
                outline_files.write_outlines(inside, own)
                self._written[inside] = own
        except MammoviewError as error:
            return SaveRefused(str(error))
        self._written[path] = own
        if path == beside:
            # Beside the picture they are found first; an older set elsewhere must not come back. A damaged one cannot.
            with suppress(MammoviewError):
                drawings_in(inside, scan)
                inside.unlink(missing_ok=True)
        _journal(scan).clear(own)
        return path

    def _find(self, scan: Scan, own: Own, task: Task[FoundDrawings | None, None]) -> FoundDrawings | None:
        """Return the journal, else what lies beside the picture, else what the user's folder keeps.

        A scan that was opened while it was still being saved was opened without it, or with what was saved before.
        """
        move_drawings(paths.data_folder(), scan, task.check)
        lost = _journal(scan).recovered()
        try:
            saved = saved_drawings(scan, own)
        except MammoviewError:
            # What is kept is damaged; a save in its place asks first.
            if lost is None:
                raise
            saved = own
        self._written.setdefault(outline_files.own_file(scan.path), own)
        self._written.setdefault(fallback_file(paths.data_folder(), scan.pixel_hash), saved)
        if lost is not None and saved is not own and same_drawings(lost, saved):
            # The program ended between the two steps of a save; the journal must not come back over a later save.
            task.check()
            _journal(scan).clear(saved)
            lost = None
        if lost is not None:
            return FoundDrawings(lost, recovered=True, saved=saved)
        return None if same_drawings(saved, own) else FoundDrawings(saved, recovered=False, saved=saved)

    def _saved_by_others(self, path: Path, scan: Scan, own: Own, replaced: Own | None) -> SavedElsewhere | None:
        """Return what a file holds that neither is known, nor was saved here; None where it may be replaced."""
        if replaced is None or not path.is_file():
            return None
        try:
            there = drawings_in(path, scan)
        except MammoviewError:
            return SavedElsewhere(None)
        # What is `replaced` was noted when the save was asked for: an earlier one may have been under way, or have gone
        # to another place.
        known = (replaced, own, self._written.get(path, own))
        return None if any(same_drawings(there, one) for one in known) else SavedElsewhere(there)


def _write_overlay(path: Path, outlines: tuple[Outline, ...], _task: Task[Path, None]) -> Path:
    from mammoview.export.ddsm_overlay import write_overlay

    return write_overlay(path, outlines)


def _find_left(_task: Task[LeftByCrash | None, None]) -> LeftByCrash | None:
    crash = last_crash()
    return None if crash is None else LeftByCrash(crash, unsaved_journals(paths.data_folder()))


def _journal(scan: Scan) -> DrawingJournal:
    """Return the journal of a scan."""
    return DrawingJournal.of(paths.data_folder(), scan.pixel_hash)


def _write_journal(scan: Scan, own: Own, _task: Task[None, None]) -> None:
    _journal(scan).keep(own)


def _write_stroke(scan: Scan, points: tuple[Point, ...], _task: Task[None, None]) -> None:
    _journal(scan).keep_stroke(points)
