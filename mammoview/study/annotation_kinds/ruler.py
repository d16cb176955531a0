"""Rulers: both ends."""

from __future__ import annotations

import numpy as np

from mammoview.study.annotation_kinds.annotation_type import (
    LEAST_PX,
    AnnotationType,
    Measured,
    Points,
    Quantity,
    length,
    towards,
)
from mammoview.study.spacing import Spacing

_TICK = 5.0
"""Half the length of the ticks at both ends, units."""


class Ruler(AnnotationType):
    """A length."""

    title, key, icon = "Ruler", "M", "ruler"

    def is_sizeless(self, points: Points) -> bool:
        """Return whether it has no length."""
        return length(points) < LEAST_PX

    def measured(self, points: Points, spacing: Spacing) -> Measured:
        """Return its length."""
        way = (points[1] - points[0]) * (spacing.column_mm, spacing.row_mm)
        return Measured(Quantity.LENGTH, float(np.hypot(*way)))

    def strokes(self, points: Points, unit: float) -> tuple[Points, ...]:
        """Return a tick at each end."""
        x, y = towards(points[0], points[1], _TICK * unit)
        across = np.array([-y, x])
        return tuple(np.array([end + across, end - across]) for end in points)
