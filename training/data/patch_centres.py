"""Centres of patches in mammograms, positive and negative (P06-P10)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from training.data.prepare import PreparedMammogram

NEGATIVE_STRIDE = 32
"""Negatives lie on a lattice of this many pixels of the magnified image (P08)."""
TISSUE_SHARE = 0.8
"""Share of breast that makes a negative a "tissue" negative; the headline figures use only these (rule 5)."""
ANY_SHARE = 0.02
"""Least share of breast in any negative."""


@dataclass(frozen=True)
class PatchCentre:
    """Centre of a patch in one prepared mammogram, in pixels of its magnified image."""

    example: int
    column: float
    row: float
    positive: bool
    share: float
    finding: int = -1
    large: bool = False


@dataclass(frozen=True)
class PatchCentres:
    """All patch centres of a set of mammograms, and the numbers left out."""

    positives: tuple[PatchCentre, ...]
    tissue: tuple[PatchCentre, ...]
    rim: tuple[PatchCentre, ...]
    too_large: tuple[PatchCentre, ...]
    outside: int

    def counts(self) -> dict[str, int]:
        """Return the numbers for a table like the paper's Table 1 (P10)."""
        return {
            "positive": len(self.positives),
            "negative, tissue": len(self.tissue),
            "negative, rim": len(self.rim),
            "too large for a patch": len(self.too_large),
            "outside the mask": self.outside,
        }


def outlined(member: PreparedMammogram, um: int) -> NDArray[np.uint8]:
    """Fill a mammogram's outlines, uint8 (rows, columns) of 0 and 1, like `member.image(um)`."""
    marked = np.zeros(member.mask(um).shape, np.uint8)
    for points in member.polygons(um):
        marked[polygon(points[:, 1] - 0.5, points[:, 0] - 0.5, marked.shape)] = 1
    return marked


def sums(values: NDArray[np.uint8], starts: NDArray[np.intp], side: int) -> NDArray[np.float64]:
    """Sum of `values` over each square patch; `starts` (N, 2) are (row, column) of the top left corners."""
    total = cv2.integral(values, sdepth=cv2.CV_64F)
    r, c = starts.T
    return total[r + side, c + side] - total[r, c + side] - total[r + side, c] + total[r, c]


def spots(members: list[PreparedMammogram], um: int, side: int) -> PatchCentres:
    """Find the patch centres of `members` at one magnification for patches of `side` pixels.

    Positives at each outline's centre of mass (P06); outlines whose box exceeds the patch are kept separately (P07).
    Negatives on a lattice where the patch touches no outline (P08), by their share of breast (P09).
    """
    positives: list[PatchCentre] = []
    tissue: list[PatchCentre] = []
    rim: list[PatchCentre] = []
    large: list[PatchCentre] = []
    outside = 0
    for index, member in enumerate(members):
        if member.unplaced:
            continue
        mask = np.asarray(member.mask(um))
        marked = outlined(member, um)
        for number, points in enumerate(member.polygons(um)):
            column, row = (points.min(0) + points.max(0)) / 2
            if not (0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]) or mask[int(row), int(column)] < 128:
                outside += 1
                continue
            is_large = bool(np.ptp(points, 0).max() > side)
            spot = PatchCentre(index, float(column), float(row), True, 1.0, number, is_large)
            (large if is_large else positives).append(spot)
        starts = np.stack(
            np.meshgrid(
                np.arange(0, mask.shape[0] - side + 1, NEGATIVE_STRIDE),
                np.arange(0, mask.shape[1] - side + 1, NEGATIVE_STRIDE),
                indexing="ij",
            ),
            -1,
        ).reshape(-1, 2)
        shares = sums(mask, starts, side) / (255 * side**2)
        free = sums(marked, starts, side) == 0
        for (row, column), share in zip(starts[free], shares[free], strict=True):
            if share >= ANY_SHARE:
                spot = PatchCentre(index, column + side / 2, row + side / 2, False, float(share))
                (tissue if share >= TISSUE_SHARE else rim).append(spot)
    return PatchCentres(tuple(positives), tuple(tissue), tuple(rim), tuple(large), outside)
