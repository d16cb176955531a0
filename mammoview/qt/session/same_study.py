"""Whether a study that is opened is open already, as from one of its files and then from its folder."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np

from mammoview.library.insert import study_key
from mammoview.study.outline_sources import Truth, counted
from mammoview.study.scan import Scan, Study


def holds(study: Study, other: Study) -> bool:
    """Return whether all pictures of another study are files of this one, which has the same from other files on each.

    There may be more on it than on the other one: a file that is opened alone comes without the outlines of its folder.

    What the reader has drawn does not count. Copies elsewhere are other files: only their pixels could show that they
    are the same.
    """
    if study_key(study) != study_key(other) or study.identity.patient_id != other.identity.patient_id:
        return False
    known = {file_path(scan): scan for scan in study.scans}
    return all(file_path(scan) in known and _has_all_of(known[file_path(scan)], scan) for scan in other.scans)


def file_path(scan: Scan) -> Path:
    """Return the absolute path of a scan's file; of a member of a zip, that below the path of the zip."""
    return scan.path.absolute()


def _has_all_of(scan: Scan, other: Scan) -> bool:
    """Return whether a scan has all outlines, marks, maps and presentation states of another one."""
    for mine, others in (
        (counted(scan.outlines, Truth.OTHERS), counted(other.outlines, Truth.OTHERS)),
        (scan.marks, other.marks),
        (scan.maps, other.maps),
        (scan.grey.states, other.grey.states),
    ):
        known = [_contents(one) for one in mine]
        if any(_contents(one) not in known for one in others):
            return False
    return True


def _contents(one: object) -> object:
    """Return what an outline, mark, map or presentation state holds, arrays as bytes, for comparison."""
    if isinstance(one, np.ndarray):
        return one.shape, one.tobytes()
    if isinstance(one, tuple):
        return tuple(map(_contents, one))
    if is_dataclass(one):
        # A field without a repr is the function that reads a bitmap, another one each time that the file is opened.
        return tuple(_contents(getattr(one, field.name)) for field in fields(one) if field.repr)
    return one
