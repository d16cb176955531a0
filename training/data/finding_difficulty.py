"""Difficulty of findings: whether they are small, near the skin or the chest wall, or faint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from training.data.prepare import PreparedMammogram

SMALL_MM = 10.0
"""Findings up to this long, and those whose centre lies this near the skin, are hard to find."""
FAINT_SD = 0.3
"""A third of the findings differ from their surroundings by less than this, in standard deviations of the breast."""


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


def difficulties(member: PreparedMammogram) -> list[int]:
    """Count of each finding: small, near the skin, near the chest wall at the film's edge, faint; 0 to 4 of these."""
    across, _, depth = np.asarray(member.position(), np.float32) * 100  # mm
    image = np.asarray(member.image(INPUT_UM), np.float32)
    inside = np.asarray(member.mask(INPUT_UM)) > 0
    counts = []
    for points in member.polygons(INPUT_UM):
        column, row = (points.min(0) + points.max(0)) / 2 / CELL_PX
        r, c = (int(np.clip(v, 0, n - 1)) for v, n in zip((row, column), depth.shape, strict=True))
        breast = across[r][depth[r] > 0]
        to_wall = across[r, c] - breast.min() if len(breast) else np.inf
        counts.append(
            (float(np.ptp(points, 0).max()) * INPUT_UM / 1000 <= SMALL_MM)
            + bool(depth[r, c] <= SMALL_MM)
            + bool(to_wall <= SMALL_MM)
            + (contrast(image, inside, points) < FAINT_SD)
        )
    return counts


def contrast(image: NDArray[np.float32], inside: NDArray[np.bool_], points: NDArray[np.float64]) -> float:
    """Mean of a finding's box minus that of the tissue around it, up to twice the box's sides; infinite without any.

    Parameters
    ----------
    image, inside
        Normalised image and breast mask, (rows, columns).
    points
        The finding, (N, 2): column and row.
    """
    box = np.concatenate([np.floor(points.min(0)), np.ceil(points.max(0))]).astype(int)
    reach = int((box[2:] - box[:2]).max()) // 2
    left, top, right, bottom = (int(v) for v in box)
    around, within = np.zeros_like(inside), np.zeros_like(inside)
    around[max(top - reach, 0) : bottom + reach, max(left - reach, 0) : right + reach] = True
    within[max(top, 0) : bottom, max(left, 0) : right] = True
    around &= inside & ~within
    within &= inside
    return float(image[within].mean() - image[around].mean()) if within.any() and around.any() else np.inf


def centres(member: PreparedMammogram) -> NDArray[np.float64]:
    """Centre of every finding's box, (N, 2): column and row in 400 um pixels."""
    found = [(p.min(0) + p.max(0)) / 2 for p in member.polygons(INPUT_UM)]
    return np.array(found, float).reshape(-1, 2)
