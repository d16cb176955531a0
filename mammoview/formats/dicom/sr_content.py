"""Content items of structured reports (PS3.3 C.17.3): names, codes, values, and the pictures they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from mammoview.formats.dicom.values import integer, items, number, numbers, word
from mammoview.study.marks import Mark, MarkOrigin, shape

DEEPEST = 40
"""Levels of a tree that are followed."""
# Concept names (DCM).
_ALGORITHM, _VERSION = "111001", "111003"


@dataclass(frozen=True)
class ReferencedMark:
    """A mark and the SOP Instance UID of the picture that it lies on."""

    instance_uid: str
    mark: Mark


def every_item(item: Dataset, depth: int = 0) -> Iterator[Dataset]:
    """Yield an item and all items below it."""
    yield item
    if depth < DEEPEST:
        for child in items(item, "ContentSequence"):
            yield from every_item(child, depth + 1)


def pictures(report: Dataset) -> list[str]:
    """Return the SOP Instance UIDs of the pictures that a report was made from."""
    series = (one for study in items(report, "CurrentRequestedProcedureEvidenceSequence") for one in _series(study))
    named = [image for one in series for image in items(one, "ReferencedSOPSequence")]
    named += [image for item in every_item(report) for image in items(item, "ReferencedSOPSequence")]
    return [word(image, "ReferencedSOPInstanceUID") for image in named]


def _series(study: Dataset) -> tuple[Dataset, ...]:
    return items(study, "ReferencedSeriesSequence")


def referenced_image(report: Dataset, graphic: Dataset) -> Dataset:
    """Return the image reference that a graphic is selected from, which may stand elsewhere in the report."""
    for child in items(graphic, "ContentSequence"):
        place = numbers(child, "ReferencedContentItemIdentifier")
        target = _at(report, [int(n) for n in place]) if place else child
        for reference in items(target, "ReferencedSOPSequence"):
            return reference
    return Dataset()


def drawn_mark(report: Dataset, graphic: Dataset, origin: MarkOrigin, text: str, source: str) -> ReferencedMark | None:
    """Return the mark of spatial coordinates (PS3.3 C.18.6); None where they are malformed."""
    image = referenced_image(report, graphic)
    points = numbers(graphic, "GraphicData")
    try:
        line, closed = shape(word(graphic, "GraphicType"), np.array(points).reshape(-1, 2))
        frame = integer(image, "ReferencedFrameNumber")
        mark = Mark(origin, line, closed, text, source, None if frame is None else frame - 1)
    except ValueError:
        return None
    return ReferencedMark(word(image, "ReferencedSOPInstanceUID"), mark)


def _at(report: Dataset, place: list[int]) -> Dataset:
    """Follow a Referenced Content Item Identifier: the root is 1, children count from 1 (PS3.3 C.18.1.1)."""
    item = report
    for index in place[1:]:
        children = items(item, "ContentSequence")
        if not 1 <= index <= len(children):
            return Dataset()
        item = children[index - 1]
    return item


def algorithm_of(item: Dataset) -> str:
    """Return name and version of the algorithm, from the direct children of an item."""
    texts = {concept(child): word(child, "TextValue") for child in items(item, "ContentSequence")}
    return " ".join(part for part in (texts.get(_ALGORITHM, ""), texts.get(_VERSION, "")) if part)


def value(item: Dataset) -> float | None:
    """Return the number of an item; None where it has none."""
    return next((number(measured, "NumericValue") for measured in items(item, "MeasuredValueSequence")), None)


def concept(item: Dataset) -> str:
    """Return the code value of the name of an item."""
    return code(item, "ConceptNameCodeSequence")


def code(item: Dataset, keyword: str) -> str:
    """Return the code value of a coded attribute."""
    return next((word(one, "CodeValue") for one in items(item, keyword)), "")


def meaning(item: Dataset, keyword: str) -> str:
    """Return the code meaning of a coded attribute."""
    return next((word(one, "CodeMeaning") for one in items(item, keyword)), "")
