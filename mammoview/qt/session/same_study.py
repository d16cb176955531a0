"""Whether a study that is opened is open already, as from one of its files and then from its folder."""

from __future__ import annotations

from pathlib import Path

from mammoview.library.insert import study_key
from mammoview.study.outline_sources import Truth, counted
from mammoview.study.scan import Scan, Study


def holds(study: Study, other: Study) -> bool:
    """Return whether all pictures of another study are files of this one, which has as much from other files on each.

    What the reader has drawn does not count. Copies elsewhere are other files: only their pixels could say that they
    are the same.
    """
    if study_key(study) != study_key(other) or study.identity.patient_id != other.identity.patient_id:
        return False
    known = {_place(scan): scan for scan in study.scans}
    return all(_place(scan) in known and _says_as_much(known[_place(scan)], scan) for scan in other.scans)


def _place(scan: Scan) -> Path:
    """Return its file, or its path in a zip."""
    return scan.path.absolute()


def _says_as_much(scan: Scan, other: Scan) -> bool:
    return all(
        len(mine) >= len(others)
        for mine, others in (
            (counted(scan.outlines, Truth.OTHERS), counted(other.outlines, Truth.OTHERS)),
            (scan.marks, other.marks),
            (scan.maps, other.maps),
            (scan.grey.states, other.grey.states),
        )
    )
