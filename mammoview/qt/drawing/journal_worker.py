"""The thread that keeps what is drawn on disk: the journal of every change, and the files that are saved."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from PySide6.QtCore import Signal

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.formats.common import file_io, outline_files
from mammoview.qt.concurrency.worker import Worker
from mammoview.records.earlier_keys import move_drawings
from mammoview.records.own_drawings import DrawingJournal, Own, Point, fallback_file, parse_own, same_drawings
from mammoview.study.scan import Outline, Scan

_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
"""What a system says of a folder that cannot be written to."""


@dataclass(frozen=True, eq=False)
class FindDrawingsRequest:
    """Request: find what was drawn on this scan before.

    Parameters
    ----------
    scan
        The scan.
    own
        What it was opened with: what had been saved beside its picture by then.
    """

    scan: Scan
    own: Own = ()


@dataclass(frozen=True, eq=False)
class WriteJournalRequest:
    """Request: note this state in the journal, or, where there are points, those of a line under way."""

    scan: Scan
    own: Own = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, eq=False)
class SaveOutlinesRequest:
    """Request: write outlines and annotations to a file, beside the picture when None; the journal then goes.

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
    """

    scan: Scan
    own: Own
    path: Path | None = None
    in_own_folder: bool = False


@dataclass(frozen=True, eq=False)
class WriteOverlayRequest:
    """Request: write a DDSM .OVERLAY file."""

    path: Path
    outlines: tuple[Outline, ...]


def takes_files(folder: Path) -> bool:
    """Tell whether drawings can lie in the folder of a picture.

    That is, whether it is one, no zip, that the user may write to, and that belongs to no installed package, such as
    the sample study's.
    """
    return folder.is_dir() and os.access(folder, os.W_OK) and not paths.is_installed(folder)


class JournalWorker(Worker):
    """Reads and writes in the order of the requests."""

    found = Signal(int, object, object, bool)
    """Request id, Scan, what was drawn, whether they come from the journal of a session that ended early."""
    saved = Signal(int, object, str)
    """Request id, Scan, file."""
    refused = Signal(int, object, str)
    """Request id, the `SaveOutlinesRequest` that could not be done, why."""
    written = Signal(int, str)
    """Request id, file."""

    def work(
        self,
        request_id: int,
        request: FindDrawingsRequest | WriteJournalRequest | SaveOutlinesRequest | WriteOverlayRequest,
        cancelled: Event,
    ) -> None:
        """Carry one out."""
        if isinstance(request, WriteOverlayRequest):
            from mammoview.export.ddsm_overlay import write_overlay

            self.answer(self.written, request_id, str(write_overlay(request.path, request.outlines)))
            return
        key = request.scan.pixel_hash
        journal = DrawingJournal.of(paths.data_folder(), key)
        if isinstance(request, FindDrawingsRequest):
            move_drawings(paths.data_folder(), request.scan)
            self._look(request_id, request, journal, fallback_file(paths.data_folder(), key))
        elif isinstance(request, WriteJournalRequest):
            journal.keep_stroke(request.points) if request.points else journal.keep(request.own)
        else:
            inside = fallback_file(paths.data_folder(), key)
            beside = outline_files.own_file(request.scan.path)
            own_folder = request.in_own_folder or (request.path is None and not takes_files(beside.parent))
            path = inside if own_folder else request.path or beside
            try:
                try:
                    outline_files.write_outlines(path, request.own)
                except MammoviewError as error:
                    # Not every system says beforehand that a folder cannot be written to.
                    cause = error.__cause__
                    if path != beside or not isinstance(cause, OSError) or cause.errno not in _CLOSED:
                        raise
                    path = outline_files.write_outlines(inside, request.own)
                if path not in (beside, inside):
                    outline_files.write_outlines(inside, request.own)
            except MammoviewError as error:
                self.answer(self.refused, request_id, request, str(error))
                return
            if path == beside:
                # Beside the picture they are found first; an older set elsewhere must not come back.
                inside.unlink(missing_ok=True)
            journal.clear()
            self.answer(self.saved, request_id, request.scan, str(path))

    def stop(self) -> None:
        """Write what is queued, then end: nothing that was drawn is dropped on the way out."""
        if self.isRunning():
            self._queue.put(None)
            self.wait()
        super().stop()

    def _look(self, request_id: int, look: FindDrawingsRequest, journal: DrawingJournal, kept: Path) -> None:
        """Answer with the journal, else with what lies beside the picture, else with what the user's folder keeps.

        A scan that was opened while it was still being saved was opened without it, or with what was saved before.
        """
        lost = journal.recovered()
        if lost is not None:
            self.answer(self.found, request_id, look.scan, lost, True)
            return
        beside, own = outline_files.own_file(look.scan.path), look.own
        if beside.is_file() and (takes_files(beside.parent) or not kept.is_file()):
            with suppress(MammoviewError):  # told when the scan was opened
                own = parse_own(file_io.text(beside), beside)
        elif kept.is_file() and (not own or beside.is_file()):
            # Kept after what lies beside the picture, which cannot have been changed since.
            own = parse_own(file_io.text(kept), kept)
        if not same_drawings(own, look.own):
            self.answer(self.found, request_id, look.scan, own, False)
