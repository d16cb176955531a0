"""Assignment of reports, segmentations and presentation states to the scans that they reference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset

from mammoview.core.errors import NotAMammogramError
from mammoview.formats.dicom import cad_reports, measurement_reports, presentation_states, segmentations, sr_content
from mammoview.formats.dicom.sr_content import ReferencedMark
from mammoview.formats.dicom.values import word
from mammoview.study.marks import Mark
from mammoview.study.scan import Scan

_TITLES = {
    cad_reports.SOP_CLASS: "CAD report",
    presentation_states.SOP_CLASS: "presentation state",
    segmentations.SOP_CLASS: "segmentation",
    **dict.fromkeys(measurement_reports.SOP_CLASSES, "measurement report"),
}


@dataclass(frozen=True, eq=False)
class ReferringObject:
    """A file that refers to other files.

    Parameters
    ----------
    path, header
        The file and its header.
    position
        Byte at which the header ends.
    """

    path: Path
    header: Dataset
    position: int

    @property
    def title(self) -> str:
        """Its kind."""
        return _TITLES[word(self.header, "SOPClassUID")]

    def refusal(self) -> NotAMammogramError:
        """Return the message for the case that the pictures it refers to are not there."""
        what = f"it is a {self.title} about pictures that are not here"
        return NotAMammogramError(what, "Open it together with them", self.path)


def referring_object(path: Path, header: Dataset, position: int) -> ReferringObject | None:
    """Return the report, segmentation or presentation state with that header; None for any other file."""
    sop_class = word(header, "SOPClassUID")
    if sop_class not in _TITLES:
        return None
    if sop_class in measurement_reports.SOP_CLASSES and not measurement_reports.is_measurement_report(header):
        return None
    return ReferringObject(path, header, position)


def attach(referring: list[ReferringObject], scans: list[Scan]) -> list[ReferringObject]:
    """Give the scans their marks, maps and greys; returns the files that refer to none of them."""
    by_uid = {scan.identity.instance_uid: scan for scan in scans if scan.identity.instance_uid}
    # A report and what it refers to may bring the same object twice.
    once = {word(one.header, "SOPInstanceUID") or str(one.path): one for one in reversed(referring)}
    return [one for one in reversed(once.values()) if not _attach(one, by_uid)]


def _attach(one: ReferringObject, by_uid: dict[str, Scan]) -> bool:
    """Add marks, maps and presets of one file to the scans; return whether it references any."""
    sop_class = word(one.header, "SOPClassUID")
    if sop_class == cad_reports.SOP_CLASS:
        return _attach_report(one.header, by_uid)
    if sop_class == segmentations.SOP_CLASS:
        return _attach_segments(one, by_uid)
    if sop_class in measurement_reports.SOP_CLASSES:
        return _attach_measurements(one.header, by_uid)
    return _attach_state(one.header, by_uid)


def _attach_report(header: Dataset, by_uid: dict[str, Scan]) -> bool:
    """Add the findings of a report, which may have evaluated scans without finding anything."""
    found = cad_reports.read_report(header)
    return _add_marks(found, by_uid) or any(uid in by_uid for uid in sr_content.pictures(header))


def _attach_measurements(header: Dataset, by_uid: dict[str, Scan]) -> bool:
    """Add the regions of a measurement report, and to the facts of a scan its statements on the whole picture."""
    found, results = measurement_reports.read_report(header)
    _add_marks(found, by_uid)
    for result in results:
        if result.instance_uid in by_uid:
            scan = by_uid[result.instance_uid]
            earlier = [scan.facts["report"]] if "report" in scan.facts else []
            scan.facts = {**scan.facts, "report": "; ".join([*earlier, result.text])}
    return any(uid in by_uid for uid in sr_content.pictures(header))


def _attach_segments(one: ReferringObject, by_uid: dict[str, Scan]) -> bool:
    """Add segments and maps; damaged ones become a warning."""
    about = {uid: by_uid[uid] for uid in segmentations.pictures(one.header) if uid in by_uid}
    sizes = {uid: (scan.rows, scan.columns) for uid, scan in about.items()}
    marks, maps, warnings = segmentations.read_segments(one.path, one.header, one.position, sizes)
    _add_marks(marks, by_uid)
    for found in maps:
        scan = about[found.instance_uid]
        scan.maps = (*scan.maps, found.map)
    for scan in about.values():
        scan.warnings += warnings
    return bool(about)


def _attach_state(header: Dataset, by_uid: dict[str, Scan]) -> bool:
    """Add annotations and window/level presets of a presentation state."""
    sizes = {uid: (scan.rows, scan.columns) for uid, scan in by_uid.items()}
    about = [uid for uid in presentation_states.pictures(header) if uid in by_uid]
    planes, warnings = presentation_states.read_planes_of(header, sizes)
    _add_marks([*presentation_states.read_annotations(header, sizes), *planes], by_uid)
    for uid in about:
        scan = by_uid[uid]
        scan.warnings += [f"presentation state: {line}" for line in warnings]
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
