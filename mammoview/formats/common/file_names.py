"""Side, projection and patient from file names such as A_0018_1.LEFT_CC.jpg, p12_R_MLO.png, lcc.pgm or mdb001.pgm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TypeVar

from mammoview.study.scan import Laterality, Projection, Scan

_ASK = "name the file like case_L_CC.png"
SIDE_UNKNOWN = f"side unknown: {_ASK}"
PROJECTION_UNKNOWN = f"projection unknown: {_ASK}"

PICTURE_SUFFIXES = (".png", ".tif", ".tiff", ".pgm", ".jpg", ".jpeg")
"""Endings of the pictures that are read, in order of preference where a scan exists in several formats."""

T = TypeVar("T")

_WORD = re.compile(r"[^\W_]+")
_VIEW = re.compile(
    r"(?P<side>left|right|lt|rt|l|r)?(?P<projection>xccl|xccm|mlo|lmo|sio|iso|cc|ml|lm|fb)\d{0,2}"
    r"|(?P<alone>left|right|lt|rt|l|r)",
    re.IGNORECASE,
)
_MIAS = re.compile(r"mdb(\d{3})", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(png|tiff?|pgm|jpe?g|dcm|dicom|ima|ljpeg(\.1)?|overlay|16_pgm|gz)$", re.IGNORECASE)


@dataclass(frozen=True)
class FileNameFacts:
    """Facts from a file name; None or empty where it has none, or contradicting ones."""

    laterality: Laterality | None = None
    projection: Projection | None = None
    patient: str = ""


@dataclass(frozen=True)
class _NameWord:
    """A word of the name for a side, a projection or both; `sure` when it cannot mean something else."""

    start: int
    side: Laterality | None
    projection: Projection | None
    sure: bool


def stem(name: str) -> str:
    """Return a file name without the endings of picture files: the dots of DDSM names stay."""
    last = PurePath(name).name
    while (bare := _SUFFIX.sub("", last)) != last:
        last = bare
    return last


def read_name(name: str) -> FileNameFacts:
    """Read side, projection and patient out of a file name, upper and lower case alike.

    The patient is the part before side and projection, or the part after them where there is none before.
    """
    bare = stem(name)
    if mias := _MIAS.fullmatch(bare):
        number = int(mias[1])
        parity = Laterality.R if number % 2 else Laterality.L
        return FileNameFacts(parity, Projection.MLO, f"mini-MIAS {(number + 1) // 2:03d}")
    hits = list(_hits(bare))
    side = _one({h.side for h in hits if h.side and h.sure}) or _unsure_side(hits)
    projection = _one({h.projection for h in hits if h.projection})
    used = [h for h in hits if h.sure] or hits
    return FileNameFacts(side, projection, _patient(bare, used))


def _hits(bare: str) -> Iterator[_NameWord]:
    """Words of the name that may be a side or projection; a single letter is sure only beside a projection."""
    words = list(_WORD.finditer(bare))
    matches = [_VIEW.fullmatch(word[0]) for word in words]
    for index, (word, match) in enumerate(zip(words, matches, strict=True)):
        if match is None:
            continue
        letters = match["side"] or match["alone"] or ""
        neighbours = matches[max(0, index - 1) : index] + matches[index + 1 : index + 2]
        beside = any(n is not None and n["projection"] and not n["side"] for n in neighbours)
        yield _NameWord(
            word.start(),
            Laterality(letters[0].upper()) if letters else None,
            Projection(match["projection"].upper()) if match["projection"] else None,
            sure=bool(match["projection"]) or len(letters) > 1 or beside,
        )


def _one(values: set[T]) -> T | None:
    """Return the only value of a set; None when there is none or when several contradict each other."""
    return next(iter(values)) if len(values) == 1 else None


def _unsure_side(hits: list[_NameWord]) -> Laterality | None:
    """Side from single letters, when no surer word gives one."""
    return None if any(h.side and h.sure for h in hits) else _one({h.side for h in hits if h.side})


def _patient(bare: str, used: list[_NameWord]) -> str:
    if not used:
        return ""
    before = bare[: used[0].start].strip(" ._-")
    if before:
        return before
    words = [w[0] for w in _WORD.finditer(bare) if w.start() not in {h.start for h in used}]
    return "_".join(words)


def unknown(laterality: Laterality | None, projection: Projection | None) -> list[str]:
    """Return the warnings for a scan of that side and projection: one line for each that is None."""
    return [line for line, value in ((SIDE_UNKNOWN, laterality), (PROJECTION_UNKNOWN, projection)) if value is None]


def with_view(scan: Scan, laterality: Laterality | None = None, projection: Projection | None = None) -> Scan:
    """Return the scan with side and projection as entered by the reader; None keeps the present value."""
    laterality, projection = laterality or scan.laterality, projection or scan.projection
    others = [line for line in scan.warnings if line not in (SIDE_UNKNOWN, PROJECTION_UNKNOWN)]
    return replace(
        scan, laterality=laterality, projection=projection, warnings=[*others, *unknown(laterality, projection)]
    )
