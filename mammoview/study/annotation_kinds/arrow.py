"""Arrows: tail and tip."""

from __future__ import annotations

import numpy as np

from mammoview.study.annotation_kinds.annotation_type import LEAST_PX, AnnotationType, Points, length, towards, turned

_HEAD, _SPREAD = 12.0, 0.45
"""Length of its head, units, and the angle of its sides to the line, radians."""


class Arrow(AnnotationType):
    """An arrow at a finding; a text may stand beside its tail."""

    title, key, icon = "Arrow", "Shift+A", "arrow-top-right"
    takes_text = True

    def is_sizeless(self, points: Points) -> bool:
        """Return whether it has no length."""
        return length(points) < LEAST_PX

    def marked_place(self, points: Points) -> tuple[float, float]:
        """Return its tip."""
        return float(points[1, 0]), float(points[1, 1])

    def strokes(self, points: Points, unit: float) -> tuple[Points, ...]:
        """Return its head."""
        back = towards(points[1], points[0], _HEAD * unit)
        return tuple(np.array([points[1], points[1] + turned(back, turn)]) for turn in (_SPREAD, -_SPREAD))

    def text_corner(self, points: Points) -> tuple[float, float]:
        """Return a place at its tail."""
        (x0, y0), (x1, _) = points
        return float(x0) + 3, float(y0) - (8 if x0 > x1 else 18)
