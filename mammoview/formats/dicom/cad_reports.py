"""Mammography CAD reports (PS3.16 TID 4000): their findings as marks on the scans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from mammoview.formats.dicom.values import integer, items, number, numbers, word
from mammoview.study.marks import Mark, MarkOrigin, shape

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.50"
# Concept names (DCM).
_SINGLE_IMAGE_FINDING = "111059"
_ALGORITHM, _VERSION = "111001", "111003"
_CERTAINTY, _PROBABILITY = "111012", "111047"
_CENTRE, _OUTLINE = "111010", "111041"
_INTENT, _NOT_TO_SHOW = "111056", "111152"
_DEEPEST = 40
_MOST_FINDINGS = 5000


@dataclass(frozen=True)
class ReferencedMark:
    """A mark and the SOP Instance UID of the picture that it lies on."""

    instance_uid: str
    mark: Mark


def read_report(report: Dataset) -> list[ReferencedMark]:
    """Return the findings of a report that are to be presented, each with the picture that it references.

    The outline where a finding has one, else its centre; malformed findings are left out.
    """
    fallback = next((name for item in _all(report) if (name := _algorithm(item))), "")
    found: list[ReferencedMark] = []
    for item, algorithm in _findings(report, fallback, 0):
        found += _marks(report, item, algorithm)
        if len(found) >= _MOST_FINDINGS:
            break
    return found


def pictures(report: Dataset) -> list[str]:
    """Return the SOP Instance UIDs of the pictures that a report was made from."""
    series = (one for study in items(report, "CurrentRequestedProcedureEvidenceSequence") for one in _series(study))
    named = [image for one in series for image in items(one, "ReferencedSOPSequence")]
    named += [image for item in _all(report) for image in items(item, "ReferencedSOPSequence")]
    return [word(image, "ReferencedSOPInstanceUID") for image in named]


def _series(study: Dataset) -> tuple[Dataset, ...]:
    return items(study, "ReferencedSeriesSequence")


def _findings(item: Dataset, algorithm: str, depth: int) -> Iterator[tuple[Dataset, str]]:
    """Yield every Single Image Finding of the tree, with the algorithm that it or its nearest ancestor names."""
    algorithm = _algorithm(item) or algorithm
    if _name(item) == _SINGLE_IMAGE_FINDING:
        yield item, algorithm
    if depth < _DEEPEST:
        for child in items(item, "ContentSequence"):
            yield from _findings(child, algorithm, depth + 1)


def _all(item: Dataset, depth: int = 0) -> Iterator[Dataset]:
    yield item
    if depth < _DEEPEST:
        for child in items(item, "ContentSequence"):
            yield from _all(child, depth + 1)


def _marks(report: Dataset, finding: Dataset, algorithm: str) -> Iterator[ReferencedMark]:
    """Yield the marks of one finding."""
    children = items(finding, "ContentSequence")
    if any(_name(child) == _INTENT and _code(child, "ConceptCodeSequence") == _NOT_TO_SHOW for child in children):
        return
    words = [_meaning(finding, "ConceptCodeSequence") or "finding"]
    for concept, title in ((_CERTAINTY, "certainty"), (_PROBABILITY, "probability of cancer")):
        values = (_value(child) for child in children if _name(child) == concept)
        words += [f"{title} {value:g} %" for value in values if value is not None]
    drawn = [child for child in children if word(child, "ValueType") == "SCOORD"]
    outlines = [child for child in drawn if _name(child) == _OUTLINE]
    for graphic in outlines or [child for child in drawn if _name(child) == _CENTRE] or drawn:
        image = _image(report, graphic)
        points = numbers(graphic, "GraphicData")
        try:
            line, closed = shape(word(graphic, "GraphicType"), np.array(points).reshape(-1, 2))
            frame = integer(image, "ReferencedFrameNumber")
            mark = Mark(MarkOrigin.CAD, line, closed, ", ".join(words), algorithm, None if frame is None else frame - 1)
        except ValueError:
            continue
        yield ReferencedMark(word(image, "ReferencedSOPInstanceUID"), mark)


def _image(report: Dataset, graphic: Dataset) -> Dataset:
    """Return the image reference that a graphic is selected from, which may be in the report's image library."""
    for child in items(graphic, "ContentSequence"):
        place = numbers(child, "ReferencedContentItemIdentifier")
        target = _at(report, [int(n) for n in place]) if place else child
        for reference in items(target, "ReferencedSOPSequence"):
            return reference
    return Dataset()


def _at(report: Dataset, place: list[int]) -> Dataset:
    """Follow a Referenced Content Item Identifier: the root is 1, children count from 1 (PS3.3 C.18.1.1)."""
    item = report
    for index in place[1:]:
        children = items(item, "ContentSequence")
        if not 1 <= index <= len(children):
            return Dataset()
        item = children[index - 1]
    return item


def _algorithm(item: Dataset) -> str:
    """Name and version of the algorithm, from the direct children of an item."""
    said = {_name(child): word(child, "TextValue") for child in items(item, "ContentSequence")}
    return " ".join(part for part in (said.get(_ALGORITHM, ""), said.get(_VERSION, "")) if part)


def _value(item: Dataset) -> float | None:
    return next((number(value, "NumericValue") for value in items(item, "MeasuredValueSequence")), None)


def _name(item: Dataset) -> str:
    return _code(item, "ConceptNameCodeSequence")


def _code(item: Dataset, keyword: str) -> str:
    return next((word(code, "CodeValue") for code in items(item, keyword)), "")


def _meaning(item: Dataset, keyword: str) -> str:
    return next((word(code, "CodeMeaning") for code in items(item, keyword)), "")
