"""Texts: where they start."""

from __future__ import annotations

import numpy as np

from mammoview.study.annotation_kinds.annotation_type import AnnotationType, Points

_DOT = 1.5
"""Radius of the dot at its start, units."""


class TextNote(AnnotationType):
    """A text at a place."""

    title, key, icon = "Text", "Shift+T", "format-text"
    point_count = 1
    needs_text = takes_text = True

    def is_sizeless(self, points: Points) -> bool:
        """Return False: a text has no size."""
        return False

    def strokes(self, points: Points, unit: float) -> tuple[Points, ...]:
        """Return a dot."""
        way = np.linspace(0, 2 * np.pi, 17)
        return (points[0] + _DOT * unit * np.column_stack([np.cos(way), np.sin(way)]),)
