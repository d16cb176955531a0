"""Angles: end of one arm, the apex, end of the other arm."""

from __future__ import annotations

import numpy as np

from mammoview.study.annotation_kinds.annotation_type import LEAST_PX, AnnotationType, Measured, Points, Quantity
from mammoview.study.spacing import Spacing

LEAST_DEGREES = 0.05
"""Angles below this count as zero, degrees: they would be shown as 0.0."""
_RADIUS, _SHARE = 22.0, 0.6
"""Radius of the arc, units, and the largest share of an arm that it may be."""


class Angle(AnnotationType):
    """An angle between two arms."""

    title, key, icon = "Angle", "Shift+M", "angle-acute"
    point_count = 3

    def is_sizeless(self, points: Points) -> bool:
        """Return whether an arm has no length, or the angle is 0."""
        arms = points[[0, 2]] - points[1]
        return bool(np.hypot(*arms.T).min() < LEAST_PX or _degrees(arms) < LEAST_DEGREES)

    def measured(self, points: Points, spacing: Spacing) -> Measured:
        """Return the angle, 0 to 180, on the breast: pixels that are not square are honoured."""
        return Measured(Quantity.ANGLE, _degrees((points[[0, 2]] - points[1]) * (spacing.column_mm, spacing.row_mm)))

    def strokes(self, points: Points, unit: float) -> tuple[Points, ...]:
        """Return the arc between the arms."""
        arms = points[[0, 2]] - points[1]
        radius = min(_RADIUS * unit, _SHARE * float(np.hypot(*arms.T).min()))
        first, last = np.arctan2(arms[:, 1], arms[:, 0])
        sweep = (last - first + np.pi) % (2 * np.pi) - np.pi
        way = first + sweep * np.linspace(0, 1, 33)
        return (points[1] + radius * np.column_stack([np.cos(way), np.sin(way)]),)

    def text_corner(self, points: Points) -> tuple[float, float]:
        """Return a place between the arms."""
        return float(points[1, 0]) + 9, float(points[1, 1]) + 6


def _degrees(arms: Points) -> float:
    (x0, y0), (x1, y1) = arms
    return float(np.degrees(np.arctan2(abs(x0 * y1 - x1 * y0), x0 * x1 + y0 * y1)))
