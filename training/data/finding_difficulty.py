"""Difficulty of findings: whether they are small, near the skin or the chest wall, or faint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from training.data.prepare import PreparedMammogram

SMALL_MM = 10.0
"""Findings up to this long, and those whose centre lies this near the skin, are hard to find."""
FAINT_SD = 0.3
"""A third of the findings differ from their surroundings by less than this, in standard deviations of the breast."""


@dataclass(frozen=True)
class Difficulty:
    """What makes a finding hard to find.

    Parameters
    ----------
    small
        It is no longer than `SMALL_MM`.
    near_skin, near_chest_wall
        Its centre lies within that distance of the skin; of the chest wall at the film's edge.
    faint
        It differs from the tissue around it by less than `FAINT_SD`.
    """

    small: bool
    near_skin: bool
    near_chest_wall: bool
    faint: bool

    @property
    def count(self) -> int:
        """How many of these it is, 0 to 4."""
        return self.small + self.near_skin + self.near_chest_wall + self.faint


def difficulties(member: PreparedMammogram) -> list[Difficulty]:
    """Return what makes each finding of a mammogram hard to find."""
    across, _, depth = np.asarray(member.position(), np.float32) * 100  # mm
    image = np.asarray(member.image(INPUT_UM), np.float32)
    inside = np.asarray(member.mask(INPUT_UM)) > 0
    found = []
    for points in member.polygons(INPUT_UM):
        column, row = (points.min(0) + points.max(0)) / 2 / CELL_PX
        r, c = (int(np.clip(v, 0, n - 1)) for v, n in zip((row, column), depth.shape, strict=True))
        breast = across[r][depth[r] > 0]
        to_wall = across[r, c] - breast.min() if len(breast) else np.inf
        found.append(
            Difficulty(
                small=float(np.ptp(points, 0).max()) * INPUT_UM / 1000 <= SMALL_MM,
                near_skin=bool(depth[r, c] <= SMALL_MM),
                near_chest_wall=bool(to_wall <= SMALL_MM),
                faint=contrast(image, inside, points) < FAINT_SD,
            )
        )
    return found


def is_dense(facts: Mapping[str, str]) -> bool:
    """Whether a mammogram is described as dense: BI-RADS 3 or 4, or D of mini-MIAS."""
    return facts.get("density") in ("3", "4") or facts.get("background") == "D"


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
