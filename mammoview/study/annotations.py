"""Annotations a reader draws on a scan: rulers, angles, regions, arrows and texts.

In JSON each is `{"kind": "ruler", "points": [[column, row], ...], "text": "..."}`, in the list `"annotations"` of a
`FILE.own.outlines.json` (`mammoview.formats.common.outline_files`). Points are those of the stored picture, pixel
centres at integer + 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mammoview.study.annotation_kinds.angle import Angle
from mammoview.study.annotation_kinds.annotation_type import AnnotationType
from mammoview.study.annotation_kinds.arrow import Arrow
from mammoview.study.annotation_kinds.ellipse import Ellipse
from mammoview.study.annotation_kinds.freehand import Freehand
from mammoview.study.annotation_kinds.ruler import Ruler
from mammoview.study.annotation_kinds.text import TextNote

Place = tuple[float, float]
"""Column and row, scan pixels."""


class AnnotationKind(StrEnum):
    """Names of the kinds of annotations, also in files. A new kind is a member, its module and its line in `TYPES`."""

    RULER = "ruler"
    ANGLE = "angle"
    ELLIPSE = "ellipse"
    FREEHAND = "freehand"
    ARROW = "arrow"
    TEXT = "text"


TYPES: Mapping[AnnotationKind, AnnotationType] = MappingProxyType(
    {
        AnnotationKind.RULER: Ruler(),
        AnnotationKind.ANGLE: Angle(),
        AnnotationKind.ELLIPSE: Ellipse(),
        AnnotationKind.FREEHAND: Freehand(),
        AnnotationKind.ARROW: Arrow(),
        AnnotationKind.TEXT: TextNote(),
    }
)
"""What each kind is, in the order of the menu and of the rail."""
LONGEST_TEXT = 200
"""Most characters of a text."""


@dataclass(frozen=True, eq=False)  # compared by identity: hashable, and arrays are never compared
class Annotation:
    """One ruler, angle, region, arrow or text.

    Parameters
    ----------
    kind
        What it is.
    points
        float64 (N, 2), (column, row) in scan pixels.
    text
        Text beside it; not empty for a TEXT.

    Raises
    ------
    ValueError
        When the number of points does not fit the kind, a point is not finite, or a text is empty.
    """

    kind: AnnotationKind
    points: NDArray[np.float64]
    text: str = ""

    def __post_init__(self) -> None:
        p = np.array(self.points, float)
        wanted = self.type.point_count
        if p.ndim != 2 or p.shape[1] != 2 or not np.isfinite(p).all():
            raise ValueError(f"an annotation needs finite points, got an array of shape {p.shape}")
        if len(p) < 3 if wanted is None else len(p) != wanted:
            raise ValueError(f"a {self.kind.value} of {len(p)} points is not possible")
        words = " ".join(self.text.split())[:LONGEST_TEXT]
        if self.type.needs_text and not words:
            raise ValueError("a text needs words")
        p.setflags(write=False)
        object.__setattr__(self, "points", p)
        object.__setattr__(self, "text", words)

    @property
    def type(self) -> AnnotationType:
        """What its kind is."""
        return TYPES[self.kind]

    @property
    def outline(self) -> NDArray[np.float64] | None:
        """float64 (N, 2), closed outline of a region, scan pixels; None for kinds that enclose no area."""
        return self.type.outline(self.points)

    @property
    def sizeless(self) -> bool:
        """Whether its size is zero: no length, an arm of no length, a region of no width, or an angle of 0.

        False for a text, which has no size, and for an arrow with text.
        """
        return not (self.type.takes_text and self.text) and self.type.is_sizeless(self.points)

    @property
    def handles(self) -> NDArray[np.float64]:
        """float64 (N, 2), its handles in scan pixels: its points, or the four corners of an ellipse's box."""
        return self.type.handles(self.points)

    def with_handle(self, index: int, place: ArrayLike, shape: tuple[int, int]) -> Annotation:
        """Return a copy with one handle moved, clipped to `shape` (rows, columns)."""
        at = np.clip(np.asarray(place, float), 0, (shape[1], shape[0]))
        return replace(self, points=self.type.with_handle(self.points, index, at))

    def moved(self, way: ArrayLike, shape: tuple[int, int]) -> Annotation:
        """Return a copy moved by scan pixels, kept within `shape` (rows, columns)."""
        low, high = self.points.min(0), self.points.max(0)
        room = np.maximum(np.subtract((shape[1], shape[0]), high), -low)
        return replace(self, points=self.points + np.clip(np.asarray(way, float), -low, room))

    def distance(self, place: Place) -> float:
        """Distance of a point to its lines, scan pixels; 0 within a region."""
        line = self.outline
        if line is not None:
            return 0.0 if inside(line, place) else _to_line(np.concatenate([line, line[:1]]), place)
        return _to_line(self.points, place)


def inside(polygon: NDArray[np.float64], place: Place) -> bool:
    """Return whether a point lies in a closed polygon (N, 2)."""
    x, y = (polygon - place).T
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    crosses = (y > 0) != (y1 > 0)
    rise = np.where(crosses, y1 - y, 1.0)
    return bool(int((crosses & (x - y * (x1 - x) / rise > 0)).sum()) % 2)


def _to_line(line: NDArray[np.float64], place: Place) -> float:
    """Distance of a point to a polyline (N, 2)."""
    start = line - place
    if len(line) == 1:
        return float(np.hypot(*start[0]))
    way = np.diff(start, axis=0)
    share = np.clip(-(start[:-1] * way).sum(1) / np.maximum((way**2).sum(1), 1e-12), 0, 1)
    return float(np.hypot(*(start[:-1] + share[:, None] * way).T).min())


def annotation_entry(annotation: Annotation) -> dict[str, Any]:
    """Return an annotation as a JSON object."""
    points = [[round(float(x), 3), round(float(y), 3)] for x, y in annotation.points]
    words = {"text": annotation.text} if annotation.text else {}
    return {"kind": annotation.kind.value, "points": points, **words}


def read_annotation(entry: Mapping[str, Any]) -> Annotation:
    """Return the annotation of a JSON object. Raises ValueError, TypeError or KeyError when it is invalid."""
    points = np.array(entry["points"], float)
    return Annotation(AnnotationKind(entry["kind"]), points, str(entry.get("text", "")))
