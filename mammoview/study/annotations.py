"""Annotations a reader draws on a scan: rulers, angles, regions, arrows and texts.

In JSON each is `{"kind": "ruler", "points": [[column, row], ...], "text": "..."}`, in the list `"annotations"` of a
`FILE.own.outlines.json` (`mammoview.formats.common.outline_files`). Points are those of the stored picture, pixel
centres at integer + 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Place = tuple[float, float]
"""Column and row, scan pixels."""


class AnnotationKind(StrEnum):
    """Kind of an annotation; `POINTS` has the number of points of each."""

    RULER = "ruler"
    """Both ends."""
    ANGLE = "angle"
    """End of one arm, the apex, end of the other arm."""
    ELLIPSE = "ellipse"
    """Two opposite corners of the box that the ellipse fills."""
    FREEHAND = "freehand"
    """A closed polygon; the first point is not repeated at the end."""
    ARROW = "arrow"
    """Tail and tip."""
    TEXT = "text"
    """Start of the text."""


POINTS: Mapping[AnnotationKind, int] = {
    AnnotationKind.RULER: 2,
    AnnotationKind.ANGLE: 3,
    AnnotationKind.ELLIPSE: 2,
    AnnotationKind.ARROW: 2,
    AnnotationKind.TEXT: 1,
}
"""Points of each kind; a freehand line has three or more."""
LEAST_PX = 1.0
"""Lengths and widths below this count as zero, scan pixels."""
LEAST_DEGREES = 0.05
"""Angles below this count as zero, degrees: they would be shown as 0.0."""
LONGEST_TEXT = 200
"""Most characters of a text."""
_ARC = np.linspace(0, 2 * np.pi, 96, endpoint=False)


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
        wanted = POINTS.get(self.kind)
        if p.ndim != 2 or p.shape[1] != 2 or not np.isfinite(p).all():
            raise ValueError(f"an annotation needs finite points, got an array of shape {p.shape}")
        if len(p) < 3 if wanted is None else len(p) != wanted:
            raise ValueError(f"a {self.kind.value} of {len(p)} points is not possible")
        words = " ".join(self.text.split())[:LONGEST_TEXT]
        if self.kind is AnnotationKind.TEXT and not words:
            raise ValueError("a text needs words")
        p.setflags(write=False)
        object.__setattr__(self, "points", p)
        object.__setattr__(self, "text", words)

    @property
    def outline(self) -> NDArray[np.float64] | None:
        """float64 (N, 2), closed outline of a region, scan pixels; None for kinds that enclose no area."""
        if self.kind is AnnotationKind.FREEHAND:
            return self.points
        if self.kind is not AnnotationKind.ELLIPSE:
            return None
        centre, radii = self.points.mean(0), np.abs(np.diff(self.points, axis=0)[0]) / 2
        return centre + radii * np.column_stack([np.cos(_ARC), np.sin(_ARC)])

    @property
    def sizeless(self) -> bool:
        """Whether its size is zero: no length, an arm of no length, a region of no width, or an angle of 0.

        False for a text, which has no size, and for an arrow with text.
        """
        if self.kind is AnnotationKind.TEXT or (self.kind is AnnotationKind.ARROW and self.text):
            return False
        if self.kind is AnnotationKind.ANGLE:
            arms = self.points[[0, 2]] - self.points[1]
            if np.hypot(*arms.T).min() < LEAST_PX:
                return True
            (x0, y0), (x1, y1) = arms
            return bool(np.degrees(np.arctan2(abs(x0 * y1 - x1 * y0), x0 * x1 + y0 * y1)) < LEAST_DEGREES)
        if self.kind is AnnotationKind.FREEHAND:
            return narrow(self.points)
        way = np.abs(np.diff(self.points, axis=0)[0])
        return bool((way.min() if self.kind is AnnotationKind.ELLIPSE else np.hypot(*way)) < LEAST_PX)

    @property
    def handles(self) -> NDArray[np.float64]:
        """float64 (N, 2), its handles in scan pixels: its points, or the four corners of an ellipse's box."""
        if self.kind is not AnnotationKind.ELLIPSE:
            return self.points
        (x0, y0), (x1, y1) = self.points
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

    def with_handle(self, index: int, place: ArrayLike, shape: tuple[int, int]) -> Annotation:
        """Return a copy with one handle moved, clipped to `shape` (rows, columns)."""
        at = np.clip(np.asarray(place, float), 0, (shape[1], shape[0]))
        if self.kind is AnnotationKind.ELLIPSE:
            return replace(self, points=np.array([self.handles[(index + 2) % 4], at]))
        points = self.points.copy()
        points[index] = at
        return replace(self, points=points)

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


def narrow(points: ArrayLike) -> bool:
    """Return whether points, (N, 2) in scan pixels, are collinear, or so nearly that they enclose no area."""
    places = np.asarray(points, float)
    centred = places - places.mean(0)
    across = np.linalg.svd(centred, full_matrices=False)[2][-1]
    return bool(len(centred) < 3 or np.ptp(centred @ across) < LEAST_PX)


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
