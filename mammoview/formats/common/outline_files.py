"""Outlines as JSON, beside the pictures or bundled with the program.

Beside pictures, `outlines.json` in the same folder is about several files, `NAME.outlines.json` of NAME.*, and
`FILE.own.outlines.json` of the picture FILE alone. The last is what the program itself writes (`write_outlines`), with
the name FILE as "picture". Earlier versions wrote `NAME.own.outlines.json` for NAME.*; it is read where FILE has none
of its own, and never written::

    {"mammoview_outlines": 1, "source": "who drew them",
     "files": {"p12_L_CC.png": [
        {"kind": "boundary", "points": [[812.5, 1400.5], [830, 1431], [790, 1440]],
         "lesion_type": "MASS SHAPE OVAL", "pathology": "BENIGN", "assessment": 3, "subtlety": 5,
         "note": "seen in both views"},
        {"kind": "box", "box": [100, 200, 300, 400]},
        {"kind": "circle", "circle": [535, 599, 197]}]}}

`NAME.outlines.json` has `"outlines": [...]` in place of `"files"`. Kinds are boundary and core (points: column, row),
box (left, top, right, bottom) and circle (column, row, radius); all in pixels of the stored picture, which covers
0..columns by 0..rows. Everything but kind and place may be left out. `resources/outlines/*.json` has `"instances"`,
by SOP Instance UID. `"annotations": [...]` beside `"outlines"` holds what `mammoview.study.annotations` describes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.core.paths import resources
from mammoview.formats.common import file_io, file_names
from mammoview.study.annotations import Annotation, annotation_entry, read_annotation
from mammoview.study.outline_sources import OWN_SOURCE
from mammoview.study.scan import Outline, OutlineKind, box, circle

FOLDER_FILE = "outlines.json"
FILE_ENDING = ".outlines.json"
OWN_ENDING = ".own.outlines.json"
"""Suffix of the files that the program writes; it writes to no other."""


@dataclass(frozen=True)
class OutlineFileContents:
    """Outlines and annotations of one scan, and warnings about them."""

    outlines: tuple[Outline, ...] = ()
    warnings: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    def __add__(self, other: OutlineFileContents) -> OutlineFileContents:
        return OutlineFileContents(
            self.outlines + other.outlines, self.warnings + other.warnings, self.annotations + other.annotations
        )

    def within(self, rows: int, columns: int) -> OutlineFileContents:
        """Return a copy without drawings of zero size or outside a picture of that size; a warning counts them."""
        kept = tuple(o for o in self.outlines if lies_on(o.points, rows, columns))
        marks = tuple(a for a in self.annotations if lies_on(a.points, rows, columns))
        sized = tuple(a for a in marks if not a.sizeless)
        lost = len(self.outlines) - len(kept)
        left_out = [f"{lost} outline{'s' if lost > 1 else ''} outside the picture left out"] if lost else []
        lost = len(self.annotations) - len(marks)
        left_out += [f"{lost} annotation{'s' if lost > 1 else ''} outside the picture left out"] if lost else []
        lost = len(marks) - len(sized)
        left_out += [f"{lost} annotation{'s' if lost > 1 else ''} without size left out"] if lost else []
        return OutlineFileContents(kept, (*self.warnings, *left_out), sized)


NOTHING_DRAWN = OutlineFileContents()


def beside(path: Path) -> OutlineFileContents:
    """Return the outlines of a picture from the JSON files beside it; an invalid file becomes a warning."""
    drawn = NOTHING_DRAWN
    stem = file_names.stem(path.name)
    for file in (path.with_name(FOLDER_FILE), path.with_name(stem + FILE_ENDING), present_own_file(path)):
        try:
            if not file.is_file():
                continue
            outlines, marks = _read(file, file_io.stamp(file))
        except (OSError, ValueError):
            continue
        except MammoviewError as error:
            drawn += OutlineFileContents(warnings=(f"{file.name} is left out: {error.what}",))
            continue
        key = path.name if file.name == FOLDER_FILE else ""
        drawn += OutlineFileContents(outlines.get(key, ()), annotations=marks)
    return drawn


def own_file(path: Path) -> Path:
    """Return the path of the outlines drawn on the picture at `path`, beside it; no other picture has the same."""
    return path.with_name(path.name + OWN_ENDING)


def present_own_file(path: Path) -> Path:
    """Return the file from which the outlines drawn on a picture are read: its own, else one of an earlier version."""
    own = own_file(path)
    earlier = path.with_name(file_names.stem(path.name) + OWN_ENDING)
    with suppress(OSError, ValueError, MammoviewError, RecursionError):
        if own.is_file() or not earlier.is_file():
            return own
        document = json.loads(file_io.text(earlier))
        # The own file of "a.png" is named as the earlier one of "a.png.dcm".
        if isinstance(document, dict) and document.get("picture", path.name) != path.name:
            return own
    return earlier


def entry(outline: Outline) -> dict[str, Any]:
    """Return one outline as a JSON object for `parse_outlines`; unknown values are left out."""
    facts = {
        "lesion_type": outline.lesion_type,
        "assessment": outline.assessment,
        "subtlety": outline.subtlety,
        "pathology": outline.pathology,
        "note": outline.note,
    }
    # Boxes and circles are polygons here; with a corner moved they are boundaries.
    kind = OutlineKind.CORE if outline.kind is OutlineKind.CORE else OutlineKind.BOUNDARY
    return {
        "kind": kind.value,
        "points": [[round(float(x), 3), round(float(y), 3)] for x, y in outline.points],
        **{name: value for name, value in facts.items() if value not in ("", None)},
    }


def outline_document(drawn: Iterable[Outline | Annotation], picture: str = "") -> str:
    """Return outlines and annotations of one picture as the text of a file, with the name of the `picture`."""
    of = {"picture": picture} if picture else {}
    made = {"mammoview_outlines": 1, "source": OWN_SOURCE, **of, **entries(drawn)}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def entries(drawn: Iterable[Outline | Annotation]) -> dict[str, list[dict[str, Any]]]:
    """Return the lists "outlines" and, where there are any, "annotations" of a file."""
    found: dict[str, list[dict[str, Any]]] = {"outlines": []}
    for one in drawn:
        if isinstance(one, Annotation):
            found.setdefault("annotations", []).append(annotation_entry(one))
        else:
            found["outlines"].append(entry(one))
    return found


def write_outlines(path: Path, drawn: Iterable[Outline | Annotation], picture: str = "") -> Path:
    """Write outlines and annotations of one picture atomically; returns the path.

    Parameters
    ----------
    path
        File to write.
    drawn
        What was drawn.
    picture
        Name of the picture's file, where they lie beside it; it may name the patient, as its own name then does.

    Raises
    ------
    MammoviewError
        When `path` lacks the suffix of the program's own files, or cannot be written.
    """
    if not path.name.endswith(OWN_ENDING):
        raise MammoviewError("own outlines go into files of their own", f"Give a name that ends in {OWN_ENDING}", path)
    try:
        with atomic_write(path, lasting=True) as partial:
            partial.write_text(outline_document(drawn, picture), encoding="utf-8")
    except OSError as error:
        raise MammoviewError(
            f"the outlines cannot be written ({error.strerror})", "Choose another folder", path
        ) from error
    return path


def bundled_outlines(uid: str) -> tuple[Outline, ...]:
    """Return the bundled outlines of a SOP Instance UID; empty for none."""
    return _known().get(uid, ())


@cache
def _known() -> dict[str, tuple[Outline, ...]]:
    """All of resources/outlines/*.json, by SOP Instance UID."""
    known: dict[str, tuple[Outline, ...]] = {}
    for file in sorted((resources() / "outlines").glob("*.json")):
        known |= parse_outlines(file_io.text(file), file)
    return known


@lru_cache(maxsize=64)
def _read(file: Path, _stamp: tuple[int, int]) -> tuple[dict[str, tuple[Outline, ...]], tuple[Annotation, ...]]:
    """Parse a file once for all pictures beside it; cached until the file changes."""
    text = file_io.text(file)
    return parse_outlines(text, file), parse_annotations(text, file)


def parse_annotations(text: str, path: Path) -> tuple[Annotation, ...]:
    """Return the annotations of the JSON text of one picture. Raises UnreadableError as `parse_outlines` does."""
    try:
        return tuple(read_annotation(entry) for entry in json.loads(text).get("annotations", ()))
    except _FAULTS as error:
        raise _unreadable(error, path) from error


def parse_outlines(text: str, path: Path) -> dict[str, tuple[Outline, ...]]:
    """Return the outlines of a JSON text by file name or instance; the key is empty for a plain list.

    Raises
    ------
    UnreadableError
        When it does not follow the format above.
    """
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("mammoview_outlines") != 1:
            raise ValueError('"mammoview_outlines": 1 is missing')
        source = str(document.get("source", _unnamed(path)))
        groups = dict(document.get("files", {})) | dict(document.get("instances", {}))
        if "outlines" in document:
            groups[""] = document["outlines"]
        return {str(name): tuple(_outline(entry, source) for entry in group) for name, group in groups.items()}
    except _FAULTS as error:
        raise _unreadable(error, path) from error


def _unnamed(path: Path) -> str:
    """Return the source of outlines whose file names none; not the file's name, which may be the patient's."""
    return OWN_SOURCE if path.name.endswith(OWN_ENDING) else FOLDER_FILE


_FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""Exceptions raised by parsing a text of another format."""


def _unreadable(error: Exception, path: Path) -> UnreadableError:
    return UnreadableError(
        f"the outlines cannot be read ({error or type(error).__name__})",
        'It needs "mammoview_outlines": 1 and "outlines" or "files"',
        path,
    )


def _outline(entry: Mapping[str, Any], source: str) -> Outline:
    facts: dict[str, Any] = {
        "lesion_type": str(entry.get("lesion_type", "")),
        "pathology": str(entry.get("pathology", "")),
        "assessment": _count(entry.get("assessment")),
        "subtlety": _count(entry.get("subtlety")),
        "source": str(entry.get("source", source)),
        "note": str(entry.get("note", "")),
    }
    kind = OutlineKind(entry["kind"])
    if kind is OutlineKind.BOX:
        left, top, right, bottom = map(float, entry["box"])
        if not (left < right and top < bottom):
            raise ValueError("a box needs left < right and top < bottom")
        return box(left, top, right, bottom, **facts)
    if kind is OutlineKind.CIRCLE:
        column, row, radius = map(float, entry["circle"])
        if not (radius > 0 and np.isfinite((column, row, radius)).all()):
            raise ValueError("a circle needs a place and a radius above 0")
        return circle(column, row, radius, **facts)
    return Outline(np.array(entry["points"], float), kind, **facts)


def _count(value: object) -> int | None:
    return None if value is None else int(str(value))


def lies_on(points: NDArray[np.float64], rows: int, columns: int) -> bool:
    """Return whether places (N, 2) are those of a drawing on a picture: it reaches it, and no farther than its size."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    reaches = right >= 0 and bottom >= 0 and left <= columns and top <= rows
    return bool(reaches and min(left / columns, top / rows) >= -1 and max(right / columns, bottom / rows) <= 2)
