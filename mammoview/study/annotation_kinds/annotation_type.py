"""What every kind of annotation has: its tool, its geometry and what it measures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mammoview.study.spacing import Spacing

Points = NDArray[np.float64]
"""float64 (N, 2), (column, row)."""
LEAST_PX = 1.0
"""Lengths and widths below this count as zero, scan pixels."""


class Quantity(Enum):
    """What a figure beside an annotation is."""

    LENGTH = "length"
    """mm, or pixels where the spacing is unknown."""
    ANGLE = "angle"
    """Degrees."""
    AREA = "area"
    """Square mm, or square pixels where the spacing is unknown."""


class Measured(NamedTuple):
    """A figure, in the unit of its quantity."""

    quantity: Quantity
    value: float


class AnnotationType(ABC):
    """One kind of annotation: an open line through its points, unless a method returns something else.

    Points are in scan pixels, those of `strokes` and `text_corner` in pixels of the screen or of an exported picture.
    """

    title: str
    """Text in menus and the key help."""
    key: str
    """Default key, as QKeySequence reads it."""
    icon: str
    """Glyph of Material Design Icons 6."""
    point_count: int | None = 2
    """Points that are set one by one; None for a line that is drawn freehand, which has three or more."""
    needs_text: bool = False
    """Whether it is a text, which its tool prompts for."""
    takes_text: bool = False
    """Whether a double click edits its text."""

    @abstractmethod
    def is_sizeless(self, points: Points) -> bool:
        """Return whether its size is zero, so that it is not kept."""

    def outline(self, points: Points) -> Points | None:
        """Return the closed outline (N, 2) of a region; None for a kind that encloses no area."""
        return None

    def handles(self, points: Points) -> Points:
        """Return its handles (N, 2)."""
        return points

    def with_handle(self, points: Points, index: int, place: Points) -> Points:
        """Return the points after a handle has been moved to a place (2)."""
        moved = points.copy()
        moved[index] = place
        return moved

    def holds(self, points: Points, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which places of a lattice lie in a region, bool (len(y), len(x)).

        Raises
        ------
        ValueError
            When it encloses no area.
        """
        raise ValueError(f"{self.title} encloses nothing")

    def measured(self, points: Points, spacing: Spacing) -> Measured | None:
        """Return its figure; None where it measures nothing."""
        return None

    def marked_place(self, points: Points) -> tuple[float, float] | None:
        """Return the place of a finding that it points at; None where it points at nothing."""
        return None

    def strokes(self, points: Points, unit: float) -> tuple[Points, ...]:
        """Return lines that are drawn besides the one through its points, such as the head of an arrow.

        Parameters
        ----------
        points
            In pixels of the picture.
        unit
            Pixels of the picture that a pixel of the screen at its usual density would take.
        """
        return ()

    def text_corner(self, points: Points) -> tuple[float, float]:
        """Return the upper left corner of the text beside it on screen: `points`, or the outline of a region."""
        x, y = points[points[:, 0].argmax()]
        return float(x) + 6, float(y) - 8


def length(points: Points) -> float:
    """Return the distance of the first two points."""
    return float(np.hypot(*(points[1] - points[0])))


def towards(start: Points, end: Points, way: float) -> Points:
    """Return the vector of a length from one place towards another; to the right where both are one."""
    whole = float(np.hypot(*(end - start)))
    return (end - start) * (way / whole) if whole > 0 else np.array([way, 0.0])


def turned(vector: Points, radians: float) -> Points:
    """Turn a vector."""
    c, s = np.cos(radians), np.sin(radians)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1]])
