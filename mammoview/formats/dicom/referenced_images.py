"""Assignment of CAD reports and presentation states to the scans that they reference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset

from mammoview.core.errors import NotAMammogramError
from mammoview.formats.dicom import cad_reports, presentation_states
from mammoview.formats.dicom.cad_reports import ReferencedMark
from mammoview.formats.dicom.values import word
from mammoview.study.marks import Mark
from mammoview.study.scan import Scan

_TITLES = {cad_reports.SOP_CLASS: "CAD report", presentation_states.SOP_CLASS: "presentation state"}


@dataclass(frozen=True, eq=False)
class ReferringObject:
    """Raised for a file that refers to other files."""

    path: Path
    header: Dataset

    @property
    def title(self) -> str:
        """Its kind."""
        return _TITLES[word(self.header, "SOPClassUID")]

    def refusal(self) -> NotAMammogramError:
        """Return what is to be said where the pictures that it is about are not there."""
        what = f"it is a {self.title} about pictures that are not here"
        return NotAMammogramError(what, "Open it together with them", self.path)


def referring_object(path: Path, header: Dataset) -> ReferringObject | None:
    """Return the CAD report or presentation state with that header; None for any other file."""
    return ReferringObject(path, header) if word(header, "SOPClassUID") in _TITLES else None


def attach(referring: list[ReferringObject], scans: list[Scan]) -> list[ReferringObject]:
    """Give the scans their marks and greys; returns the files that refer to none of them."""
    by_uid = {scan.identity.instance_uid: scan for scan in scans if scan.identity.instance_uid}
    return [one for one in referring if not _attach(one, by_uid)]


def _attach(one: ReferringObject, by_uid: dict[str, Scan]) -> bool:
    """Add marks and presets of one file to the scans; return whether it references any."""
    if word(one.header, "SOPClassUID") == cad_reports.SOP_CLASS:
        return _attach_report(one.header, by_uid)
    return _attach_state(one.header, by_uid)


def _attach_report(header: Dataset, by_uid: dict[str, Scan]) -> bool:
    """Add the findings of a report, which may have evaluated scans without finding anything."""
    found = cad_reports.read_report(header)
    return _add_marks(found, by_uid) or any(uid in by_uid for uid in cad_reports.pictures(header))


def _attach_state(header: Dataset, by_uid: dict[str, Scan]) -> bool:
    """Add annotations and grey presets of a presentation state."""
    sizes = {uid: (scan.rows, scan.columns) for uid, scan in by_uid.items()}
    about = [uid for uid in presentation_states.pictures(header) if uid in by_uid]
    planes, doubts = presentation_states.read_planes_of(header, sizes)
    _add_marks([*presentation_states.read_annotations(header, sizes), *planes], by_uid)
    for uid in about:
        scan = by_uid[uid]
        scan.warnings += [f"presentation state: {line}" for line in doubts]
        greys = presentation_states.read_greys(header, uid, scan.grey, sizes[uid])
        scan.grey = replace(scan.grey, states=(*scan.grey.states, *greys))
    return bool(about)


def _add_marks(found: list[ReferencedMark], by_uid: dict[str, Scan]) -> bool:
    """Add marks to their scans; those outside of the picture become a warning."""
    groups: dict[Scan, list[Mark]] = defaultdict(list)
    for one in found:
        if one.instance_uid in by_uid:
            groups[by_uid[one.instance_uid]].append(one.mark)
    for scan, marks in groups.items():
        inside = [mark for mark in marks if mark.lies_within(scan.rows, scan.columns)]
        scan.marks = (*scan.marks, *inside)
        if len(inside) < len(marks):
            scan.warnings.append(f"{len(marks) - len(inside)} marks of other programs lie outside of the picture")
    return bool(groups)
