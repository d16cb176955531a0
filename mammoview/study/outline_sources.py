"""Who drew an outline, and whose outlines count as truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from mammoview.study.scan import Outline

OWN_SOURCE = "drawn in Mammoview"
"""Source of the outlines that the present reader drew, and may edit."""


class DrawnBy(StrEnum):
    """Who or what an outline comes from."""

    RADIOLOGIST = "radiologist"
    """Drawn by hand by a radiologist, as data sets publish it."""
    DATA_SET = "data set"
    """A box or circle that a data set gives in place of an outline."""
    OWN = "own"
    """Drawn by the present reader."""
    OTHER = "other"
    """Out of another file; `Outline.source` names it."""


class Truth(StrEnum):
    """Whose outlines count as truth."""

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
    """Return who drew an outline, as its source says."""
    return _OF_SOURCE.get(outline.source, DrawnBy.OTHER)


def counted(outlines: Iterable[Outline], truth: Truth) -> tuple[Outline, ...]:
    """Return the outlines that count as truth, in their order."""
    if truth is Truth.ALL:
        return tuple(outlines)
    own = truth is Truth.OWN
    return tuple(outline for outline in outlines if (drawn_by(outline) is DrawnBy.OWN) is own)
