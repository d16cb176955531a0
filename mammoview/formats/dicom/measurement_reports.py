"""Measurement reports (PS3.16 TID 1500): the regions of their measurement groups as marks on the scans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from mammoview.formats.dicom.sr_content import (
    ReferencedMark,
    algorithm_of,
    code,
    concept,
    drawn_mark,
    every_item,
    meaning,
    value,
)
from mammoview.formats.dicom.values import items, word
from mammoview.study.marks import MarkOrigin

SOP_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.34",
    "1.2.840.10008.5.1.4.1.1.88.35",
)
"""Enhanced, Comprehensive, Comprehensive 3D and Extensible SR: any of them may hold TID 1500."""
# Concept names (DCM).
_GROUP, _FINDING = "125007", "121071"
_PERSON, _DEVICE = "121008", "121013"
_MOST_GROUPS = 5000
_MOST_FIGURES = 4
"""Most figures of a mark's text."""


@dataclass(frozen=True)
class ReportedResult:
    """Statement of a report on a whole picture, such as that nothing was found on it.

    Parameters
    ----------
    instance_uid
        SOP Instance UID of the picture.
    text
        Such as "All algorithms succeeded; without findings (Mammoview 1.0)".
    """

    instance_uid: str
    text: str


def is_measurement_report(header: Dataset) -> bool:
    """Whether a header is that of a report with measurement groups."""
    return word(header, "SOPClassUID") in SOP_CLASSES and any(_groups(header))


def read_report(report: Dataset) -> tuple[list[ReferencedMark], list[ReportedResult]]:
    """Return the regions of a report, and its results about whole pictures.

    Text of a region is its finding, its figures and its evaluations; its source is the algorithm that the group names,
    else the observer. Groups of a segment alone have no region here: the segmentation holds it.
    """
    observer = _observer(report)
    marks: list[ReferencedMark] = []
    results: list[ReportedResult] = []
    for group in _groups(report):
        children = items(group, "ContentSequence")
        source = algorithm_of(group) or observer
        drawn = [child for child in children if word(child, "ValueType") == "SCOORD"]
        found = (drawn_mark(report, one, MarkOrigin.REPORT, ", ".join(_words(children)), source) for one in drawn)
        marks += [mark for mark in found if mark is not None]
        if not drawn:
            results += _results(children, source)
        if len(marks) >= _MOST_GROUPS:
            break
    return marks, results


def _groups(report: Dataset) -> Iterator[Dataset]:
    """Yield the measurement groups of a report."""
    return (item for item in every_item(report) if word(item, "ValueType") == "CONTAINER" and concept(item) == _GROUP)


def _observer(report: Dataset) -> str:
    """Return the name of the person or device that observed: of the last that the root names."""
    names = {}
    for child in items(report, "ContentSequence"):
        if concept(child) in (_PERSON, _DEVICE):
            names[concept(child)] = word(child, "PersonName") or word(child, "TextValue")
    return names.get(_PERSON, "").replace("^", " ").strip() or names.get(_DEVICE, "")


def _words(children: tuple[Dataset, ...]) -> list[str]:
    """Return finding, figures and evaluations of a group."""
    coded = [child for child in children if word(child, "ValueType") == "CODE"]
    findings = [child for child in coded if concept(child) == _FINDING and _contained(child)]
    words = ", ".join(meaning(child, "ConceptCodeSequence") for child in findings) or "finding"
    figures = [(child, value(child)) for child in children if word(child, "ValueType") == "NUM"]
    known = [(child, found) for child, found in figures if found is not None]
    # The first figure stands beside the finding, as only the beginning of a text is written on the picture.
    short = [f"{words} {known[0][1]:.3g}{_unit(known[0][0])}"] if known else [words]
    measured = [f"{_name(child)} {found:g}{_unit(child)}" for child, found in known[:_MOST_FIGURES]]
    evaluations = [
        f"{_name(child)} {meaning(child, 'ConceptCodeSequence')}"
        for child in coded
        if concept(child) != _FINDING and _contained(child)
    ]
    return [*short, *measured, *evaluations]


def _results(children: tuple[Dataset, ...], source: str) -> list[ReportedResult]:
    """Return the evaluations of a group without a region, for every picture that it names."""
    uids = [
        word(image, "ReferencedSOPInstanceUID") for child in children for image in items(child, "ReferencedSOPSequence")
    ]
    texts = [
        meaning(child, "ConceptCodeSequence")
        for child in children
        if word(child, "ValueType") == "CODE" and _contained(child) and concept(child) != _FINDING
    ]
    who = f" ({source})" if source else ""
    return [ReportedResult(uid, f"{', '.join(texts)}{who}") for uid in uids if texts]


def _contained(item: Dataset) -> bool:
    """Whether an item is a result of its group, not a property of it such as the finding site."""
    return word(item, "RelationshipType") == "CONTAINS"


def _name(item: Dataset) -> str:
    return meaning(item, "ConceptNameCodeSequence")


def _unit(item: Dataset) -> str:
    """Return the unit of a figure with a blank before it; nothing for numbers without one."""
    measured = items(item, "MeasuredValueSequence")
    unit = code(measured[0], "MeasurementUnitsCodeSequence") if measured else ""
    return "" if unit in ("", "1") else f" {unit}"
