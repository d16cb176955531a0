"""Mammography CAD reports (PS3.16 TID 4000): their findings as marks on the scans."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from mammoview.formats.dicom.sr_content import (
    DEEPEST,
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

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.50"
# Concept names (DCM).
_SINGLE_IMAGE_FINDING = "111059"
_CERTAINTY, _PROBABILITY = "111012", "111047"
_CENTRE, _OUTLINE = "111010", "111041"
_INTENT, _NOT_TO_SHOW = "111056", "111152"
_MOST_FINDINGS = 5000


def read_report(report: Dataset) -> list[ReferencedMark]:
    """Return the findings of a report that are to be presented, each with the picture that it references.

    The outline where a finding has one, else its centre; malformed findings are left out.
    """
    fallback = next((name for item in every_item(report) if (name := algorithm_of(item))), "")
    found: list[ReferencedMark] = []
    for item, algorithm in _findings(report, fallback, 0):
        found += _marks(report, item, algorithm)
        if len(found) >= _MOST_FINDINGS:
            break
    return found


def _findings(item: Dataset, algorithm: str, depth: int) -> Iterator[tuple[Dataset, str]]:
    """Yield every Single Image Finding of the tree, with the algorithm that it or its nearest ancestor names."""
    algorithm = algorithm_of(item) or algorithm
    if concept(item) == _SINGLE_IMAGE_FINDING:
        yield item, algorithm
    if depth < DEEPEST:
        for child in items(item, "ContentSequence"):
            yield from _findings(child, algorithm, depth + 1)


def _marks(report: Dataset, finding: Dataset, algorithm: str) -> Iterator[ReferencedMark]:
    """Yield the marks of one finding."""
    children = items(finding, "ContentSequence")
    if any(concept(child) == _INTENT and code(child, "ConceptCodeSequence") == _NOT_TO_SHOW for child in children):
        return
    words = [meaning(finding, "ConceptCodeSequence") or "finding"]
    for wanted, title in ((_CERTAINTY, "certainty"), (_PROBABILITY, "probability of cancer")):
        values = (value(child) for child in children if concept(child) == wanted)
        words += [f"{title} {found:g} %" for found in values if found is not None]
    drawn = [child for child in children if word(child, "ValueType") == "SCOORD"]
    outlines = [child for child in drawn if concept(child) == _OUTLINE]
    for graphic in outlines or [child for child in drawn if concept(child) == _CENTRE] or drawn:
        mark = drawn_mark(report, graphic, MarkOrigin.CAD, ", ".join(words), algorithm)
        if mark is not None:
            yield mark
