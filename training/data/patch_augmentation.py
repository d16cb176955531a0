"""Cuts patches and varies them (P12); positives and negatives go through one resampler."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.preprocessing import CLIP
from training.data.patch_centres import PatchCentre

Variation = Literal["free", "square", "both", "none"]
"""Augmentation of patches and Frames; see `patches.PatchSampling`."""


def cut(
    image: NDArray[np.floating], spot: PatchCentre, side: int, air: float, matrix: NDArray[np.float64] | None = None
) -> NDArray[np.float32]:
    """Cut one patch, float32 (side, side), bilinear; `matrix` (2, 2) maps its offsets (row, column) to the image's."""
    matrix = np.eye(2) if matrix is None else matrix
    reach = int(np.ceil(np.abs(matrix).sum(1).max() * side / 2)) + 2
    row, column = spot.row - 0.5, spot.column - 0.5
    top, left = int(np.floor(row)) - reach, int(np.floor(column)) - reach
    r0, c0 = max(top, 0), max(left, 0)
    source = np.asarray(image[r0 : max(top + 2 * reach + 2, r0), c0 : max(left + 2 * reach + 2, c0)], np.float32)
    if not source.size:
        return np.full((side, side), air, np.float32)
    offset = np.array([row - r0, column - c0]) - matrix @ np.full(2, (side - 1) / 2)
    # OpenCV counts (x, y) where arrays count (row, column).
    to_source = np.hstack([matrix[::-1, ::-1], offset[::-1, None]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out: NDArray[np.float32] = cv2.warpAffine(source, to_source, (side, side), flags=flags, borderValue=air)  # type: ignore[assignment]  # OpenCV keeps float32
    return out


def vary(rng: np.random.Generator, stretch: float = 0.1) -> NDArray[np.float64]:
    """Draw a rotation, a flip and a scale of 1 -+ `stretch` as a 2 x 2 matrix (P12)."""
    angle = rng.uniform(0, 2 * np.pi)
    scale = rng.uniform(1 - stretch, 1 + stretch)
    flip = rng.choice([-1.0, 1.0])
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    return np.array([[c, -s * flip], [s, c * flip]])


def quarter_turn(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw one of the eight symmetries of the square as a 2 x 2 matrix."""
    turn = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), int(rng.integers(4)))
    return turn @ np.diag([1.0, rng.choice([-1.0, 1.0])])


def toned(patch: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Vary contrast and brightness by up to 10 %."""
    return np.clip(patch * rng.uniform(0.9, 1.1) + rng.uniform(-0.15, 0.15), *CLIP)


def blurred(patch: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blur half of the patches at random: scans differ in sharpness, findings must not."""
    sigma = rng.uniform(0.2, 1.2)
    if rng.random() < 0.5:
        patch = cv2.GaussianBlur(patch, (0, 0), sigma)  # type: ignore[assignment]  # OpenCV keeps float32
    return patch


def is_free(variation: Variation, rng: np.random.Generator) -> bool:
    """Whether this sample gets free augmentation."""
    return variation == "free" or (variation == "both" and rng.random() < 0.5)


def varied(
    image: NDArray[np.floating],
    spot: PatchCentre,
    side: int,
    air: float,
    variation: Variation,
    reach: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Cut a patch within `reach` pixels of a spot and vary it, float32 (side, side)."""
    if variation != "none":
        shift = rng.uniform(-reach, reach, 2)
        spot = replace(spot, column=spot.column + shift[0], row=spot.row + shift[1])
    if is_free(variation, rng):
        return toned(blurred(cut(image, spot, side, air, vary(rng)), rng), rng)
    # On whole pixels, like negatives: interpolation between them would blur the patch.
    spot = replace(spot, column=float(round(spot.column)), row=float(round(spot.row)))
    if variation == "none":
        return cut(image, spot, side, air)
    return toned(cut(image, spot, side, air, quarter_turn(rng)), rng)
