"""Moves records that earlier versions kept under other hashes of the pixels to `Scan.pixel_hash`, at first use.

They had two hashes: 32 digits for drawings and reports, 64 for calibrations and assessments. A pixel hash has 40, so a
name says which it is. Nothing is deleted before it is written under the new hash; moving may be interrupted anywhere,
and is taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from mammoview.core.errors import MammoviewError
from mammoview.formats.common import file_io, outline_files
from mammoview.records.own_drawings import (
    JOURNAL_LOCK,
    DrawingJournal,
    Own,
    fallback_file,
    parse_own,
    same_drawings,
)
from mammoview.records.reader_report import ReaderReportStore, report_key
from mammoview.study.scan import Scan

_DRAWING_DIGITS = 32
CALIBRATION_DIGITS = 64
"""Hexadecimal digits of the earlier key of calibrations and assessments."""


def earlier_drawing_key(scan: Scan) -> str:
    """Return the 32 digits that drawings and reports had. Decodes. Raises UnreadableError."""
    pixels = scan.opened_pixels()
    digest = sha256(f"{pixels.dtype.str} {pixels.shape}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()[:_DRAWING_DIGITS]


def earlier_calibration_key(scan: Scan) -> str:
    """Return the 64 digits that calibrations and assessments had. Decodes. Raises UnreadableError."""
    pixels = scan.opened_pixels()
    digest = sha256(f"{pixels.shape} {pixels.dtype.str}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def move_drawings(folder: Path, scan: Scan, check: Callable[[], None] = lambda: None) -> None:
    """File the earlier journal and outlines of a scan under its pixel hash; what lies there already is kept as well.

    What cannot be moved stays where it is. Decodes the scan.

    Parameters
    ----------
    folder
        The user's data folder.
    scan
        The scan.
    check
        Called once the scan is decoded, before anything is moved; what it raises is passed on.

    Raises
    ------
    UnreadableError
        When the scan cannot be decoded.
    """
    if not (_has_earlier(folder / "journal") or _has_earlier(folder / "outlines")):
        return
    old, new = earlier_drawing_key(scan), scan.pixel_hash
    check()
    with suppress(OSError, MammoviewError), JOURNAL_LOCK:
        _move_journal(DrawingJournal.of(folder, old), DrawingJournal.of(folder, new))
    with suppress(OSError, MammoviewError):
        _move_outlines(fallback_file(folder, old), fallback_file(folder, new))


def move_report(store: ReaderReportStore, hashes: Mapping[Scan, str], check: Callable[[], None] = lambda: None) -> None:
    """File the earlier report about a study under the pixel hashes of its scans, its verdicts included.

    Where there is a report under them already, the earlier one stays where it is. Decodes the scans.

    Parameters
    ----------
    store
        The reports on disk.
    hashes
        `Scan.pixel_hash` of each scan of the study.
    check
        Called once the scans are decoded, before anything is moved; what it raises is passed on.

    Raises
    ------
    UnreadableError
        When a scan cannot be decoded, or the earlier report is damaged; it is kept aside.
    MammoviewError
        When the report cannot be written; the earlier one stays.
    """
    key = report_key(hashes.values())
    if store.file(key).is_file() or not _has_earlier(store.folder):
        return
    renamed = {earlier_drawing_key(scan): found for scan, found in hashes.items()}
    old = report_key(renamed)[:_DRAWING_DIGITS]
    check()
    report = store.find(old)
    if not report:
        return
    verdicts = tuple(replace(verdict, scan=renamed.get(verdict.scan, verdict.scan)) for verdict in report.verdicts)
    store.keep(replace(report, key=key, verdicts=verdicts))
    with suppress(OSError):
        store.file(old).unlink(missing_ok=True)


def _has_earlier(folder: Path) -> bool:
    """Whether a folder holds files that are named after an earlier key."""
    return any(len(file.name.partition(".")[0]) == _DRAWING_DIGITS for file in folder.glob("*.*"))


def _move_journal(old: DrawingJournal, new: DrawingJournal) -> None:
    """Rename a journal, or add what it holds to the one that is there. Raises OSError or MammoviewError."""
    if not old.path.is_file():
        return
    if not new.path.is_file():
        old.path.rename(new.path)
        return
    held = old.recovered()
    if held is not None:
        new.keep(_united(held, new.recovered() or ()))
        old.clear()


def _move_outlines(old: Path, new: Path) -> None:
    """Rename a file of drawings, or add what it holds to the one that is there. Raises OSError or MammoviewError."""
    if not old.is_file():
        return
    if not new.is_file():
        old.rename(new)
        return
    outline_files.write_outlines(new, _united(*(parse_own(file_io.text(file), file) for file in (old, new))))
    old.unlink()


def _united(first: Own, second: Own) -> Own:
    """Return what is in either, once."""
    return (*first, *(one for one in second if not any(same_drawings((one,), (other,)) for other in first)))
