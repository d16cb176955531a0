"""Kinds of outline sources, and which of them count as ground truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from mammoview.study.scan import Outline

OWN_SOURCE = "drawn in Mammoview"
"""Source of the outlines that the present reader drew, and may edit."""


class DrawnBy(StrEnum):
    """Kind of source of an outline."""

    RADIOLOGIST = "radiologist"
    """Drawn by hand by a radiologist, as data sets publish it."""
    DATA_SET = "data set"
    """A box or circle of a data set in place of an outline."""
    OWN = "own"
    """Drawn by the present reader."""
    OTHER = "other"
    """From another file; `Outline.source` names it."""


class Truth(StrEnum):
    """Sources that count as ground truth."""

    OTHERS = "others"
    ALL = "others and own"
    OWN = "own"


_OF_SOURCE: Mapping[str, DrawnBy] = {
    OWN_SOURCE: DrawnBy.OWN,
    "DDSM": DrawnBy.RADIOLOGIST,
    "CBIS-DDSM": DrawnBy.RADIOLOGIST,
    "CBIS-DDSM ROI box": DrawnBy.DATA_SET,
    "mini-MIAS": DrawnBy.DATA_SET,
}


def drawn_by(outline: Outline) -> DrawnBy:
    """Return the kind of source of an outline, from `Outline.source`."""
    return _OF_SOURCE.get(outline.source, DrawnBy.OTHER)


def hits_by_source(outlines: Iterable[Outline], hit: Iterable[bool]) -> dict[DrawnBy, tuple[int, int]]:
    """Return the numbers of outlines that are hit and of all, by who drew them, in the order of `DrawnBy`."""
    found = [(drawn_by(outline), one) for outline, one in zip(outlines, hit, strict=True)]
    by_source = {by: [one for source, one in found if source is by] for by in DrawnBy}
    return {by: (sum(hits), len(hits)) for by, hits in by_source.items() if hits}


def counted(outlines: Iterable[Outline], truth: Truth) -> tuple[Outline, ...]:
    """Return the outlines that count as ground truth, in their order."""
    if truth is Truth.ALL:
        return tuple(outlines)
    own = truth is Truth.OWN
    return tuple(outline for outline in outlines if (drawn_by(outline) is DrawnBy.OWN) is own)
