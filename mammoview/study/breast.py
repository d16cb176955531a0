"""Where the breast lies in a scan: mask, chest wall side, nipple.

Works on a reduced copy (0.4 mm per pixel), so a 13-megapixel scan takes milliseconds. Films bring labels, bright
markers, tape and white scanner borders with them; the breast is the largest thick bright region that is not one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import filters, measure, morphology

from mammoview.errors import NoBreastError
from mammoview.study.geometry import Affine
from mammoview.study.pectoral import pectoral_score
from mammoview.study.scan import Spacing

MASK_MM = 0.4
"""Side of a mask pixel, mm."""


class Side(StrEnum):
    """A side of the picture as stored (not of the patient)."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Breast:
    """The breast of one scan.

    Parameters
    ----------
    mask
        bool (rows, columns) on a lattice of about 0.4 mm.
    to_scan
        Maps mask (column, row) to scan (column, row).
    chest_wall
        Side of the stored picture on which the chest wall lies.
    nipple
        (column, row) in scan pixels: the point of the breast that lies farthest from the chest wall.
    pectoral
        Score of `pectoral.pectoral_score`: positive where the picture, as stored, has the muscle of an oblique view
        at its upper end.
    """

    mask: NDArray[np.bool_]
    to_scan: Affine
    chest_wall: Side
    nipple: tuple[float, float]
    pectoral: float = 0.0


def find_breast(image: NDArray[np.float32], spacing: Spacing) -> Breast:
    """Find the breast in `image` (rows, columns; tissue bright).

    Raises
    ------
    NoBreastError
        When nothing thick and bright enough is there.
    """
    rows, columns = image.shape
    step_r, step_c = _steps(image.shape, spacing)
    small = _block_mean(image, step_r, step_c)
    to_scan = Affine(column_scale=step_c, row_scale=step_r)
    mask = _breast_mask(small)
    if not mask.any():
        raise NoBreastError("no breast was found in the picture", "Check that it is a mammogram, not blank or cropped")
    chest_wall = _chest_wall(mask)
    nipple = _nipple(mask, chest_wall)
    column, row = to_scan(nipple)
    score = pectoral_score(small, mask, chest_wall is Side.LEFT)
    return Breast(mask, to_scan, chest_wall, (float(min(column, columns)), float(min(row, rows))), score)


def _steps(shape: tuple[int, ...], spacing: Spacing) -> tuple[int, int]:
    """Scan pixels per mask pixel down and across; guesses 0.4 mm from the size when the spacing is unknown."""
    if spacing.known:
        # A file may claim a spacing with which its picture would be as large as a wall.
        least = max(1, round(max(shape) / 1200))
        return max(least, round(MASK_MM / spacing.row_mm)), max(least, round(MASK_MM / spacing.column_mm))
    step = max(1, round(max(shape) / 600))
    return step, step


def _block_mean(image: NDArray[np.float32], step_r: int, step_c: int) -> NDArray[np.float32]:
    """Mean over blocks of step_r x step_c pixels; an incomplete last block is averaged over what it has."""
    rows, columns = image.shape
    pad = ((0, -rows % step_r), (0, -columns % step_c))
    padded = np.pad(image, pad, mode="edge") if pad != ((0, 0), (0, 0)) else image
    r, c = padded.shape[0] // step_r, padded.shape[1] // step_c
    return padded.reshape(r, step_r, c, step_c).mean((1, 3), dtype=np.float32)


def _breast_mask(small: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Largest thick bright region of a 0.4 mm image, white borders and labels taken away."""
    low, high = np.percentile(small, (1, 99.5))
    if not np.isfinite([low, high]).all() or high - low <= 1e-6 * max(1.0, abs(float(high))):
        return np.zeros(small.shape, bool)
    level = np.clip((small - low) / (high - low), 0, 1)
    smooth = ndimage.gaussian_filter(level, 1.0)
    white = _white_border(level)
    smooth[white] = 0
    bright = smooth > _air_threshold(smooth[~white])
    # Thin things (edges, scratches, letters) do not survive an opening with a 5 mm disc; tissue does.
    core = _open(bright, 7)
    labels = measure.label(core, connectivity=1)
    if labels.max() == 0:
        return np.zeros(small.shape, bool)
    weights = np.bincount(labels.ravel(), smooth.ravel())
    weights[0] = 0
    breast = labels == int(weights.argmax())
    # Give back the thin skin rim and corners that the opening took, but nothing farther than 4 mm away.
    breast = bright & (ndimage.distance_transform_edt(~breast) <= 6)
    breast = morphology.remove_small_objects(breast, max_size=64)
    breast = _fill(_close_at_wall(breast))
    return breast if breast.mean() > 0.005 else np.zeros(small.shape, bool)


def _air_threshold(values: NDArray[np.float32]) -> float:
    """Level just above the dark film or air, for values in 0..1."""
    if values.size < 16:
        return 0.5
    cut = float(filters.threshold_otsu(values))
    air = values[values < cut]
    # Exact zeros lie outside the film where a scan is narrower than its picture; the film's own dark is what counts.
    film = air[air > 1e-3]
    if film.size > 0.05 * values.size:
        air = film
    if air.size < 16:
        return cut / 2
    # The skin line is much darker than the mean of tissue, so stay near the air. Tissue rim makes a tail above the
    # air's peak, never below it: the spread is measured on the lower side alone.
    counts, edges = np.histogram(air, 100, (0, cut))
    peak = int(ndimage.gaussian_filter1d(counts.astype(float), 1.5).argmax())
    mode = float(edges[peak] + edges[peak + 1]) / 2
    below = air[air <= mode]
    spread = float(np.sqrt(np.mean((mode - below) ** 2))) if below.size else 0.0
    return min(mode + max(4 * spread, 0.025), max(0.75 * cut, mode + 0.02))


def _white_border(level: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Saturated strips that touch the picture's edge and are thinner than about 8 mm."""
    white = level > 0.93
    thick = _open(white, 10)
    thin = white & ~(ndimage.distance_transform_edt(~thick) <= 3 if thick.any() else thick)
    labels = measure.label(thin, connectivity=2)
    strips = labels[:3], labels[-3:], labels[:, :3], labels[:, -3:]
    edge = np.unique(np.concatenate([s.ravel() for s in strips]))
    found = np.isin(labels, edge[edge > 0])
    return ndimage.binary_dilation(found, iterations=2)


def _open(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Open with a disc, by two distance transforms; what lies outside the picture counts as empty."""
    eroded = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1] > radius
    if not eroded.any():
        return np.zeros_like(mask)
    return ndimage.distance_transform_edt(~eroded) <= radius


def _close_at_wall(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close with a 4 mm disc, so that notches left by labels and dark vessels disappear."""
    padded = np.pad(mask, 10, mode="edge")
    closed = ndimage.distance_transform_edt(ndimage.distance_transform_edt(~padded) <= 10) > 10
    return (closed | padded)[10:-10, 10:-10]


def _fill(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes, those against the picture's edge too: saturated tissue there was taken for a white border."""
    padded = np.pad(mask, 1)
    for edge, rim in (
        (padded[0], mask[0]),
        (padded[-1], mask[-1]),
        (padded[:, 0], mask[:, 0]),
        (padded[:, -1], mask[:, -1]),
    ):
        hit = np.flatnonzero(rim)
        if hit.size:
            edge[hit[0] + 1 : hit[-1] + 2] = True
    if mask[0].any() and mask[:, 0].any():
        padded[0, : np.flatnonzero(mask[0])[-1] + 2] = padded[: np.flatnonzero(mask[:, 0])[-1] + 2, 0] = True
    if mask[0].any() and mask[:, -1].any():
        padded[0, np.flatnonzero(mask[0])[0] + 1 :] = padded[: np.flatnonzero(mask[:, -1])[-1] + 2, -1] = True
    return np.asarray(ndimage.binary_fill_holes(padded)[1:-1, 1:-1], bool)


def _chest_wall(mask: NDArray[np.bool_]) -> Side:
    """Side on which the breast is cut off: the flat, tall side of its outline."""
    columns = np.flatnonzero(mask.any(0))
    left, right = columns[0], columns[-1] + 1
    profile = mask[:, left:right].sum(0).astype(float)
    third = max(1, len(profile) // 8)
    return Side.LEFT if profile[:third].mean() >= profile[-third:].mean() else Side.RIGHT


def _nipple(mask: NDArray[np.bool_], chest_wall: Side) -> tuple[float, float]:
    """Point of the outline farthest from the chest wall, (column, row) of the mask; the tip's rows are averaged."""
    view = mask if chest_wall is Side.LEFT else mask[:, ::-1]
    width = view.shape[1]
    reach = _without_fold(np.where(view.any(1), width - view[:, ::-1].argmax(1), 0))
    tip = reach.max()
    rows = np.flatnonzero(reach >= tip - 2)
    # Tips of two lumps: keep the run that holds the farthest row.
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    run = max(runs, key=lambda r: (reach[r].max(), len(r)))
    row = float(run.mean()) + 0.5
    return (float(tip) if chest_wall is Side.LEFT else float(width - tip)), row


def _without_fold(reach: NDArray[np.intp]) -> NDArray[np.intp]:
    """Blank the rows between an edge of the picture and the waist, where the fold of the arm reaches past the nipple.

    `reach` holds, per mask row, how far the breast goes from the chest wall's side; it is left as it is unless its
    greatest value lies at the upper or lower edge and a breast of some size follows.
    """
    reach = reach.copy()
    for rows in (reach, reach[::-1]):
        if rows[:5].max() < rows.max() - 2:
            continue
        smooth = ndimage.uniform_filter1d(rows.astype(float), 9, mode="nearest")
        rises = np.flatnonzero(smooth > np.minimum.accumulate(smooth) + 5)
        if rises.size:
            waist = int(smooth[: rises[0]].argmin())
            if rows[waist:].max() > 0.6 * rows.max():
                rows[:waist] = 0
    return reach
