"""The two texts of a DDSM case: .ics (what was digitised, how large) and .OVERLAY (outlines as chain codes)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from mammoview.core.errors import UnreadableError
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.study.scan import Outline, OutlineKind

STEPS = np.array([(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)])
"""Chain code steps as (column, row)."""

_VIEW = re.compile(r"(LEFT|RIGHT)_[A-Z]{2,4}")
_COPY_AGAIN = "Copy it again from where it came from"
_MAX_START = 100_000
_LONGEST_NAME = 64
LISTED_TWICE = "the .ics file lists this view more than once: the first line is taken"


@dataclass(frozen=True)
class DdsmView:
    """One digitised film.

    Parameters
    ----------
    name
        Such as LEFT_CC.
    rows, columns, bits
        Size and depth; 0 where the file does not say.
    um
        um per pixel, or None where the file does not say.
    overlay
        Whether an outline file is expected beside it.
    warnings
        Warnings about its line.
    normal
        Whether the file says that it has no outlines (NON_OVERLAY).
    """

    name: str
    rows: int
    columns: int
    bits: int
    um: float | None
    overlay: bool
    warnings: tuple[str, ...] = ()
    normal: bool = False


@dataclass(frozen=True)
class DdsmCase:
    """Contents of an .ics file.

    Parameters
    ----------
    name
        Such as D_4000_1; empty where the file does not say.
    date
        Day of the examination as YYYY-MM-DD, or empty.
    facts
        Age, density, digitizer and so on.
    views
        In the order of the file.
    """

    name: str
    date: str
    facts: dict[str, str] = field(default_factory=dict)
    views: tuple[DdsmView, ...] = ()


def parse_ics(text: str, path: Path) -> DdsmCase:
    """Read an .ics text; fields may be missing, re-ordered, in upper or lower case, with blanks around them.

    Raises
    ------
    UnreadableError
        When not one line is about a view.
    """
    fields: dict[str, list[str]] = {}
    views: dict[str, DdsmView] = {}
    for line in text.splitlines():
        words = line.upper().split()
        if not words:
            continue
        if _VIEW.fullmatch(words[0]):
            view = _view(words)
            if views.setdefault(view.name, view) is not view:
                first = views[view.name]
                views[view.name] = replace(first, warnings=(*first.warnings, LISTED_TWICE))
        else:
            fields.setdefault(words[0], line.split()[1:])
    if not views:
        raise UnreadableError("it is not the .ics file of a DDSM case: it lists no view", _COPY_AGAIN, path)
    facts = {
        "age": " ".join(fields.get("PATIENT_AGE", [])),
        "density": " ".join(fields.get("DENSITY", [])),
        "film": " ".join(fields.get("FILM_TYPE", [])).lower(),
        "digitizer": " ".join(fields.get("DIGITIZER", [])),
        "digitized": _day(fields.get("DATE_DIGITIZED", [])),
        "date": _day(fields.get("DATE_OF_STUDY", [])),
    }
    # It becomes part of file names: a damaged one must not point elsewhere, nor be longer than a name can be.
    name = re.sub(r"\W+", "_", "_".join(fields.get("FILENAME", [])))[:_LONGEST_NAME]
    return DdsmCase(name, facts["date"], {k: v for k, v in facts.items() if v}, tuple(views.values()))


def _view(words: list[str]) -> DdsmView:
    following = dict(pairwise(words))
    um = _number(following.get("RESOLUTION", ""))
    return DdsmView(
        name=words[0],
        rows=int(_number(following.get("LINES", ""))),
        columns=int(_number(following.get("PIXELS_PER_LINE", ""))),
        bits=int(_number(following.get("BITS_PER_PIXEL", ""))),
        um=um if 1 <= um <= 1000 else None,
        overlay="OVERLAY" in words,
        normal="NON_OVERLAY" in words and "OVERLAY" not in words,
    )


def unlisted(name: str) -> DdsmView:
    """Return a view that the .ics file does not list."""
    return DdsmView(name, 0, 0, 0, None, True, ("the .ics file does not list this view",))


def _number(word: str) -> float:
    """Return a plain decimal number, or 0."""
    return float(word) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", word) else 0.0


def _day(words: list[str]) -> str:
    """Day, month, year as YYYY-MM-DD."""
    if len(words) != 3 or not all(re.fullmatch(r"[0-9]{1,4}", w) for w in words):
        return ""
    day, month, year = map(int, words)
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= day <= 31 and 1 <= month <= 12 else ""


@dataclass(frozen=True)
class _OverlayLesion:
    """Attributes of one ABNORMALITY; they apply to each outline that follows."""

    types: tuple[str, ...] = ()
    assessment: int | None = None
    subtlety: int | None = None
    pathology: str = ""


def parse_overlay(text: str, path: Path) -> OutlineFileContents:
    """Read an .OVERLAY text: one Outline per BOUNDARY and CORE, in scan pixels.

    Damaged outlines are left out with a warning each.

    Raises
    ------
    UnreadableError
        When it is no such file.
    """
    lines = [line.strip().upper() for line in text.splitlines() if line.strip()]
    if not any(line.startswith(("TOTAL_ABNORMALITIES", "ABNORMALITY")) for line in lines):
        raise UnreadableError("it is not the .OVERLAY file of a DDSM view", _COPY_AGAIN, path)
    outlines: list[Outline] = []
    warnings: list[str] = []
    lesion, place, abnormalities, drawn, within, stated = _OverlayLesion(), 0, 0, 0, 0, 0
    while place < len(lines):
        key, _, value = lines[place].partition(" ")
        value, place = " ".join(value.split()), place + 1
        if key == "ABNORMALITY":
            lesion, within, abnormalities = _OverlayLesion(), 0, abnormalities + 1
        elif key in ("BOUNDARY", "CORE"):
            drawn, within = drawn + 1, within + 1
            words, ended, place = _chain(value, lines, place)
            name = f"outline {within} of abnormality {max(1, abnormalities)}"
            try:
                outline, defects = _outline(OutlineKind(key.lower()), words, ended, lesion)
            except ValueError as error:
                warnings.append(f"{name} in {path.name} is left out: {error}")
                continue
            outlines.append(outline)
            warnings += [f"{name} in {path.name} {defect}" for defect in defects]
        elif key == "TOTAL_OUTLINES" and re.fullmatch("[0-9]{1,4}", value):
            stated += int(value)
        else:
            lesion = _with(lesion, key, value)
    total = next((line.split()[-1] for line in lines if re.fullmatch(r"TOTAL_ABNORMALITIES\s+[0-9]{1,4}", line)), "")
    for what, announced, there in (
        ("outlines", stated, drawn),
        ("abnormalities", int(total or abnormalities), abnormalities),
    ):
        if announced != there:
            warnings.append(f"{path.name} announces {announced} {what}, {there} are there")
    return OutlineFileContents(tuple(outlines), tuple(warnings))


def _with(lesion: _OverlayLesion, key: str, value: str) -> _OverlayLesion:
    """Return the lesion with the attribute of one line added."""
    types, assessment, subtlety, pathology = lesion.types, lesion.assessment, lesion.subtlety, lesion.pathology
    if key == "LESION_TYPE":
        types = (*types, value)
    elif key == "ASSESSMENT":
        assessment = int(value) if re.fullmatch("[0-6]", value) else None
    elif key == "SUBTLETY":
        subtlety = int(value) if re.fullmatch("[1-5]", value) else None
    elif key == "PATHOLOGY":
        pathology = value
    return _OverlayLesion(types, assessment, subtlety, pathology)


def _chain(first: str, lines: list[str], place: int) -> tuple[list[str], bool, int]:
    """Words of the chain that begins at a line, whether its # is there, and the line that follows.

    It may be wrapped over several lines; without its # it ends where a keyword begins.
    """
    pieces = [first] if first else []
    while "#" not in (pieces[-1] if pieces else "") and place < len(lines) and not lines[place][0].isalpha():
        pieces.append(lines[place])
        place += 1
    before, ended, _ = " ".join(pieces).partition("#")
    return before.split(), bool(ended), place


def _outline(kind: OutlineKind, words: list[str], ended: bool, lesion: _OverlayLesion) -> tuple[Outline, list[str]]:
    """Return an outline and warnings about it. Raises ValueError with the reason where its chain is invalid."""
    if words and not re.fullmatch("[0-9]{1,9}( [0-9]{1,9})*", " ".join(words)):
        raise ValueError("its chain code holds something else than numbers")
    if len(words) < 5:
        raise ValueError("its chain code is too short" if ended else "its chain code is cut short")
    chain = np.array(words, np.int64)
    start, steps = chain[:2], chain[2:]
    if steps.max() > 7:
        raise ValueError(f"its chain code has a step {steps.max()}, steps are 0 to 7")
    if start.max() > _MAX_START:
        raise ValueError("it starts far outside any picture")
    pixels = start + np.vstack([np.zeros((1, 2), np.int64), STEPS[steps].cumsum(0)])
    defects = []
    gap = int(np.abs(pixels[-1] - start).max())
    if not ended and gap > 1:
        raise ValueError("its chain code is cut short")
    if not ended:
        defects.append("lacks the # at its end")
    if gap > 1:
        defects.append(f"does not close: a straight line of {gap} pixels closes it")
    elif gap == 0:
        pixels = pixels[:-1]
    outline = Outline(
        pixels + 0.5,
        kind,
        lesion_type=" + ".join(lesion.types),
        assessment=lesion.assessment,
        subtlety=lesion.subtlety,
        pathology=lesion.pathology,
        source="DDSM",
    )
    return outline, defects
