"""Outlines of the annotations of COCO files: polygons, boxes and run-length encoded masks.

What a lesion is, is given by its own "lesion_type" and "pathology", as this program writes them, else by the words of
its category. One annotation is one lesion: one of several parts is the box around them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import printable
from mammoview.formats.common.coco_run_lengths import decoded
from mammoview.formats.common.mask_tracing import traced
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.formats.datasets.coco import FAULTS, WORD, CocoPicture, Entry, is_whole, number_of
from mammoview.study.outline_sources import OWN_SOURCE
from mammoview.study.scan import Outline, OutlineKind, box

FARTHEST_PX = 1e6
"""Places beyond are of no picture, and too large to be moved and scaled."""
_PATHOLOGIES = {"malignant": "MALIGNANT", "cancer": "MALIGNANT", "benign": "BENIGN"}
_MADE_HERE = "outline drawn by a person"
"""Name of the category that this program writes; it does not describe the lesion."""


def outlines_of(picture: CocoPicture, rows: int, columns: int, source: str) -> OutlineFileContents:
    """Return the outlines of a picture of that size, in its pixels; what is wrong with one becomes a warning.

    Parameters
    ----------
    picture
        From `read`.
    rows, columns
        Size of the picture as it is.
    source
        Name of the COCO file.
    """
    stated = picture.size
    if stated is not None and stated != (rows, columns) and picture.annotations:
        what = f"it states {stated[1]} x {stated[0]} pixels, the picture has {columns} x {rows}"
        return OutlineFileContents(warnings=(f"an outline of {source} is left out: {what}",))
    found, warnings = [], list(picture.warnings)
    for annotation, category in picture.annotations:
        try:
            outline, note = _outline(annotation, category, rows, columns, source)
        except FAULTS as error:
            reason = printable(str(error) or type(error).__name__)[:100]
            warnings.append(f"an outline of {source} is left out: annotation{number_of(annotation)}: {reason}")
            continue
        found.append(outline)
        warnings += [note] if note else []
    return OutlineFileContents(tuple(found), tuple(dict.fromkeys(warnings)))


def _outline(annotation: Entry, category: str, rows: int, columns: int, source: str) -> tuple[Outline, str]:
    """Return the outline of an annotation, and a warning about its shape or "". Raises one of `FAULTS`."""
    facts = _facts(annotation, category, source)
    parts = _parts(annotation.get("segmentation"), rows, columns)
    if not parts:
        return box(*_box(annotation.get("bbox")), **facts), ""
    if len(parts) > 1:
        points = np.vstack(parts)
        around = (*points.min(0), *points.max(0))
        note = f"an outline of {source} has several parts: the box around them is taken"
        return box(*map(float, around), **facts), note
    kind = annotation.get("kind")
    given = next((one for one in OutlineKind if one.value == kind), None)
    return Outline(parts[0], given or _kind(parts[0]), **facts), ""


def _parts(segmentation: object, rows: int, columns: int) -> list[NDArray[np.float64]]:
    """Return the polygons of an annotation, float64 (N, 2) each; none where it has a box alone."""
    if isinstance(segmentation, dict):
        size = [int(side) for side in segmentation["size"]]
        if size != [rows, columns]:
            raise ValueError(f"its mask has {size[1]} x {size[0]} pixels, the picture {columns} x {rows}")
        counts = segmentation["counts"]
        parts = traced(decoded(counts if isinstance(counts, str) else [int(n) for n in counts], rows, columns))
        if not parts:
            raise ValueError("its mask is empty")
        return parts
    found = []
    for numbers in segmentation if isinstance(segmentation, list) else ():
        points = np.array(numbers, float)
        if points.ndim != 1 or len(points) < 6 or len(points) % 2:
            raise ValueError("its polygon needs three points or more")
        if not np.isfinite(points).all():
            raise ValueError("its polygon has a place that is no number")
        if np.abs(points).max() > FARTHEST_PX:
            raise ValueError("its polygon lies far outside the picture")
        found.append(points.reshape(-1, 2))
    return found


def _box(numbers: object) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a COCO box (left, top, width, height)."""
    if not isinstance(numbers, list) or len(numbers) != 4:
        raise ValueError("it has neither a polygon, a mask nor a box")
    left, top, width, height = map(float, numbers)
    if not all(map(math.isfinite, (left, top, width, height))):
        raise ValueError("its box has a side that is no number")
    if max(map(abs, (left, top, width, height))) > FARTHEST_PX:
        raise ValueError("its box lies far outside the picture")
    if width <= 0 or height <= 0:
        raise ValueError("its box has no size")
    return left, top, left + width, top + height


def _kind(points: NDArray[np.float64]) -> OutlineKind:
    """Return BOX for the four corners of an upright rectangle, else BOUNDARY."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    corners = {(left, top), (right, top), (right, bottom), (left, bottom)}
    upright = len(points) == 4 and {(x, y) for x, y in points} == corners
    return OutlineKind.BOX if upright else OutlineKind.BOUNDARY


def _facts(annotation: Entry, category: str, source: str) -> dict[str, Any]:
    """Return lesion type, pathology and so on of an annotation, from itself, its attributes or its category."""
    attributes = annotation.get("attributes")
    values = {**(attributes if isinstance(attributes, dict) else {}), **annotation}
    words = [] if category == _MADE_HERE else WORD.findall(category)
    pathology = next((_PATHOLOGIES[word.lower()] for word in words if word.lower() in _PATHOLOGIES), "")
    kind = " ".join(word for word in words if word.lower() not in _PATHOLOGIES)
    drew = str(values.get("source") or "")
    return {
        "lesion_type": _text(values.get("lesion_type"), kind),
        "pathology": _text(values.get("pathology"), pathology),
        "assessment": _whole(values.get("assessment"), 6),
        "subtlety": _whole(values.get("subtlety"), 5),
        # Of any source: they come from this file, and the present reader does not edit them.
        "source": drew if drew and drew not in (OWN_SOURCE, "other file") else source,
    }


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) and value else otherwise


def _whole(value: object, highest: int) -> int | None:
    return value if is_whole(value) and 0 <= value <= highest else None
