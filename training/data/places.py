"""Where findings lie: their centres, and which of them are small or near the skin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from training.data.prepare import PreparedMammogram

SMALL_MM = 10.0
"""Findings up to this long, and those whose centre lies this near the skin, are hard to find."""


def hard_findings(member: PreparedMammogram) -> list[bool]:
    """Whether each finding is small or lies near the skin."""
    depth = np.asarray(member.position()[2], np.float32) * 100  # mm
    found = []
    for points in member.polygons(INPUT_UM):
        column, row = (points.min(0) + points.max(0)) / 2 / CELL_PX
        r, c = (int(np.clip(v, 0, n - 1)) for v, n in zip((row, column), depth.shape, strict=True))
        small = float(np.ptp(points, 0).max()) * INPUT_UM / 1000 <= SMALL_MM
        found.append(small or float(depth[r, c]) <= SMALL_MM)
    return found


def centres(member: PreparedMammogram) -> NDArray[np.float64]:
    """Centre of every finding's box, (N, 2): column and row in 400 um pixels."""
    found = [(p.min(0) + p.max(0)) / 2 for p in member.polygons(INPUT_UM)]
    return np.array(found, float).reshape(-1, 2)
