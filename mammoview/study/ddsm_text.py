"""The two texts of a DDSM case: .ics (what was digitised, how large) and .OVERLAY (outlines as chain codes)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.errors import UnreadableError
from mammoview.study.scan import Outline, OutlineKind

STEPS = np.array([(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)])
"""Chain code steps as (column, row)."""

_VIEW = re.compile(r"(LEFT|RIGHT)_[A-Z]{2,4}")
_COPY_AGAIN = "Copy it again from where it came from"
_MAX_START = 100_000


@dataclass(frozen=True)
class View:
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
        Whether an outline file should lie beside it.
    """

    name: str
    rows: int
    columns: int
    bits: int
    um: float | None
    overlay: bool


@dataclass(frozen=True)
class Case:
    """What an .ics file tells.

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
    views: tuple[View, ...] = ()


def parse_ics(text: str, path: Path) -> Case:
    """Read an .ics text; fields may be missing, re-ordered, in either case, with blanks around them.

    Raises
    ------
    UnreadableError
        When not one line is about a view.
    """
    fields: dict[str, list[str]] = {}
    views: dict[str, View] = {}
    for line in text.splitlines():
        words = line.upper().split()
        if not words:
            continue
        if _VIEW.fullmatch(words[0]):
            views.setdefault(words[0], _view(words))
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
    name = "_".join(fields.get("FILENAME", [])).replace("-", "_")
    return Case(name, facts["date"], {k: v for k, v in facts.items() if v}, tuple(views.values()))


def _view(words: list[str]) -> View:
    following = dict(pairwise(words))
    um = _number(following.get("RESOLUTION", ""))
    return View(
        name=words[0],
        rows=int(_number(following.get("LINES", ""))),
        columns=int(_number(following.get("PIXELS_PER_LINE", ""))),
        bits=int(_number(following.get("BITS_PER_PIXEL", ""))),
        um=um if 1 <= um <= 1000 else None,
        overlay="OVERLAY" in words,
    )


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
class _Lesion:
    """What the lines of one ABNORMALITY say; they hold for each outline that follows them."""

    types: tuple[str, ...] = ()
    assessment: int | None = None
    subtlety: int | None = None
    pathology: str = ""


def parse_overlay(text: str, path: Path) -> tuple[Outline, ...]:
    """Read an .OVERLAY text: one Outline per BOUNDARY and CORE, in scan pixels.

    Raises
    ------
    UnreadableError
        When it is no such file, or a chain is damaged or cut short.
    """
    lines = [line.strip().upper() for line in text.splitlines() if line.strip()]
    if not any(line.startswith(("TOTAL_ABNORMALITIES", "ABNORMALITY")) for line in lines):
        raise UnreadableError("it is not the .OVERLAY file of a DDSM view", _COPY_AGAIN, path)
    outlines: list[Outline] = []
    lesion, rest = _Lesion(), iter(lines)
    for line in rest:
        key, _, value = line.partition(" ")
        value = " ".join(value.split())
        if key == "ABNORMALITY":
            lesion = _Lesion()
        elif key in ("BOUNDARY", "CORE"):
            outlines.append(_outline(OutlineKind(key.lower()), _chain(value, rest, path), lesion, path))
        else:
            lesion = _with(lesion, key, value)
    stated = sum(int(n) for n in re.findall(r"^TOTAL_OUTLINES\s+(\d{1,4})\s*$", "\n".join(lines), re.MULTILINE))
    if len(outlines) < stated:
        what = f"it is cut short: {stated} outlines are announced, {len(outlines)} are there"
        raise UnreadableError(what, _COPY_AGAIN, path)
    return tuple(outlines)


def _with(lesion: _Lesion, key: str, value: str) -> _Lesion:
    """Return the lesion with what one line adds to it."""
    types, assessment, subtlety, pathology = lesion.types, lesion.assessment, lesion.subtlety, lesion.pathology
    if key == "LESION_TYPE":
        types = (*types, value)
    elif key == "ASSESSMENT":
        assessment = int(value) if re.fullmatch("[0-6]", value) else None
    elif key == "SUBTLETY":
        subtlety = int(value) if re.fullmatch("[1-5]", value) else None
    elif key == "PATHOLOGY":
        pathology = value
    return _Lesion(types, assessment, subtlety, pathology)


def _chain(first: str, rest: Iterator[str], path: Path) -> NDArray[np.int64]:
    """Numbers of the chain that follows, up to its #; it may be wrapped over several lines."""
    pieces = [first] if first else []
    while "#" not in (pieces[-1] if pieces else ""):
        line = next(rest, None)
        if line is None:
            raise UnreadableError("it is cut short within an outline", _COPY_AGAIN, path)
        pieces.append(line)
    words = " ".join(pieces).partition("#")[0].split()
    if len(words) < 2 or not all(re.fullmatch("[0-9]{1,9}", w) for w in words):
        raise UnreadableError("an outline in it is damaged", _COPY_AGAIN, path)
    return np.array(words, np.int64)


def _outline(kind: OutlineKind, chain: NDArray[np.int64], lesion: _Lesion, path: Path) -> Outline:
    start, steps = chain[:2], chain[2:]
    if len(steps) < 3 or steps.max() > 7 or start.max() > _MAX_START:
        raise UnreadableError("an outline in it is damaged", _COPY_AGAIN, path)
    pixels = start + np.vstack([np.zeros((1, 2), np.int64), STEPS[steps].cumsum(0)])
    if (pixels[-1] == start).all():
        pixels = pixels[:-1]
    return Outline(
        pixels + 0.5,
        kind,
        lesion_type=" + ".join(lesion.types),
        assessment=lesion.assessment,
        subtlety=lesion.subtlety,
        pathology=lesion.pathology,
        source="DDSM",
    )
