"""Segmentation of the breast: mask, chest wall side, tip.

Works on a reduced copy (0.4 mm per pixel), so a 13-megapixel scan takes milliseconds. Films also show labels, bright
markers, tape and white scanner borders; the breast is the largest thick bright region that is none of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import filters

from mammoview.anatomy.disk_morphology import dilated, eroded, without_small
from mammoview.anatomy.intensity import STRIP, TissueBright
from mammoview.anatomy.nipple import farthest
from mammoview.anatomy.pectoral import pectoral_score
from mammoview.anatomy.stored_rotation import sideways_score
from mammoview.core.errors import NoBreastError
from mammoview.study.geometry import TRANSPOSED, Affine
from mammoview.study.scan import Side
from mammoview.study.spacing import Spacing

MASK_MM = 0.4
"""Side of a mask pixel, mm."""
ZERO = 1e-3
"""Levels (0..1) up to this count as the darkest value of the picture, which lossy compression blurs."""
LEAST_FULL, LEAST_AIR, MOST_ROUND = 0.1, 0.08, 0.35
"""Rows and columns filled by more than the first make the box of what is not the darkest value. That value is air where
it fills more than the second of the box, and the data less than the third of one of its sides. Of 432 breasts that were
blanked around, at three contrasts, and 5 such films of CBIS-DDSM, none has less air than .10 or a fuller side than .27.
Of 127 other films whose mask depends on this, one of mini-MIAS is taken for such a picture; its mask changes by 3 %."""
LEAST_FRAMED, LEAST_FREE = 0.85, 0.3
"""A frame covers at least this share of a side, and at least this share of the side has air beyond it."""
MOST_SHARE, LEAST_SHARE, WEDGE = 0.96, 0.03, 0.97
"""Masks with a larger or smaller share of the picture, or whose depth correlates more with the row, are implausible."""
FRAME_LEVEL, DEEPEST = 0.95, 0.25
"""Lines along a side are a band of a scanner's frame where they are brighter than this level (0..1) over `LEAST_FRAMED`
of their length, and end before this share of the picture."""
LEAST_DROP, DROP_WITHIN = 0.3, 8
"""A mask that covers `LEAST_FRAMED` of the lines along a side holds a band of a frame where its cover drops by the
first within this number of lines (3 mm): the edge of a band is straight, the outline of a breast is round."""
DEEPEST_STRIP, LEAST_STRIP = 0.08, 0.165
"""A mask also holds a band, shorter than the upper or lower side, where its cover drops by the second within
`DROP_WITHIN` before the first share of the picture. Of 1,595 films 19 have such a mask, each with a band there. Of the
next ones down to half that drop some have a narrower band; the first that has none, but an arm, drops by .12."""
MOST_FRAME = 0.1
"""A frame that joins the breast is cut off where the mask loses more than this share. The models were trained with
masks that hold less of it."""
MOST_AIR = 0.1
"""A dark area between the breast and the edges of the picture is left out where it exceeds this share of the breast."""
DEEPEST_NOTCH, NARROWEST_NOTCH = 75, 4
"""A notch beside a white border at the chest wall is at most as deep as the first (30 mm); what is no wider than a disc
of the second radius (1.6 mm) is left of an uneven border. Pixels of the mask."""


@dataclass(frozen=True)
class Breast:
    """The breast of one scan.

    Parameters
    ----------
    mask
        bool (rows, columns) of the upright picture, on a lattice of about 0.4 mm.
    to_scan
        Maps mask (column, row) to scan (column, row).
    chest_wall
        Side of the upright picture on which the chest wall lies.
    tip
        (column, row) in scan pixels: the point of the breast that lies farthest from the chest wall's side.
    pectoral
        Score of `pectoral.pectoral_score`: positive where the upright picture has the pectoral muscle of an oblique
        view at its upper end.
    sideways
        Score of `stored_rotation.sideways_score`: positive where the stored picture looks as if stored on its side.
    warning
        Why the mask is probably wrong, one line; empty where it is plausible.
    """

    mask: NDArray[np.bool_]
    to_scan: Affine
    chest_wall: Side
    tip: tuple[float, float]
    pectoral: float = 0.0
    sideways: float = 0.0
    warning: str = ""

    @property
    def lying(self) -> bool:
        """Whether rows and columns of the stored picture are exchanged to make it upright."""
        return self.to_scan.swapped


def find_breast(
    image: NDArray[np.float32] | TissueBright,
    spacing: Spacing,
    lying: bool | Callable[[float], bool] = False,
    check: Callable[[], None] = lambda: None,
) -> Breast:
    """Find the breast in `image` (rows, columns; tissue bright).

    Parameters
    ----------
    image, spacing
        The stored picture and its pixels.
    lying
        Whether it is stored on its side, or a function that decides it from the score of
        `stored_rotation.sideways_score`.
    check
        Called in between; raises to stop the work.

    Raises
    ------
    NoBreastError
        When nothing thick and bright enough is there.
    """
    rows, columns = image.shape
    step_r, step_c = _steps(image.shape, spacing)
    small = block_mean(image, step_r, step_c)
    check()
    to_scan = Affine(column_scale=step_c, row_scale=step_r)
    mask = breast_mask(small)
    check()
    if not mask.any():
        raise NoBreastError("no breast was found in the picture", "Check that it is a mammogram, not blank or cropped")
    across, down = (spacing.column_mm, spacing.row_mm) if spacing.known else (1.0, 1.0)
    sideways = sideways_score(mask, to_scan.cell(across, down))
    if lying(sideways) if callable(lying) else lying:
        small, mask, to_scan = small.T, mask.T, to_scan @ TRANSPOSED
    chest_wall = _chest_wall(mask)
    column, row = to_scan(farthest(mask, chest_wall is Side.LEFT))
    score = pectoral_score(small, mask, chest_wall is Side.LEFT)
    tip = float(min(column, columns)), float(min(row, rows))
    return Breast(mask, to_scan, chest_wall, tip, score, sideways, mask_warning(mask, chest_wall is Side.LEFT))


def mask_warning(mask: NDArray[np.bool_], wall_left: bool) -> str:
    """Return why the mask of an upright picture is probably not the breast, one line; empty where it is plausible."""
    share = float(mask.mean())
    if share > MOST_SHARE:
        return "the breast mask is implausible: nearly the whole picture counts as breast"
    if share < LEAST_SHARE:
        return f"the breast mask is implausible: only {share:.0%} of the picture counts as breast"
    view = mask if wall_left else mask[:, ::-1]
    if view[:, -3:].all(1).mean() > LEAST_FRAMED:
        return "the breast mask is implausible: it follows the edges of the picture, as a white frame does"
    ends = mask, mask[::-1]
    if any(band_lines(lines.mean(1)) for lines in (*ends, view.T)) or any(strip_lines(end.mean(1)) for end in ends):
        return "the breast mask is implausible: it holds a straight band along an edge of the picture"
    rows = np.flatnonzero(view.any(1))
    reach = (view.shape[1] - view[rows, ::-1].argmax(1)).astype(float)
    # A breast is deepest between its ends; the muscle alone is a wedge that narrows from one of them.
    run = np.arange(len(reach)) if reach[0] >= reach[-1] else np.arange(len(reach))[::-1]
    if len(reach) > 20 and reach.std() and np.corrcoef(run, reach)[0, 1] < -WEDGE:
        return "the breast mask is implausible: it looks like the pectoral muscle alone"
    return ""


def band_lines(cover: NDArray[np.float64]) -> int:
    """Return how many lines of a mask from a side of the picture on, covered by these shares (0..1), are a band."""
    full = cover >= LEAST_FRAMED
    # The outermost lines may be a dark seam.
    first = int(full[:4].argmax())
    if not full[first]:
        return 0
    end = first + int((~full[first:]).argmax())
    if not first < end <= DEEPEST * len(cover):
        return 0
    return end if cover[end - 1] - cover[end : end + DROP_WITHIN].min() > LEAST_DROP else 0


def strip_lines(cover: NDArray[np.float64]) -> int:
    """Return how many lines of a mask from its upper or lower end on, covered by these shares (0..1), hold a band.

    It may be shorter than the side: no outline of a breast or an arm ends along a line of the picture.
    """
    drop, end = LEAST_STRIP, 0
    for first in range(3, int(DEEPEST_STRIP * len(cover))):
        behind = cover[first : first + DROP_WITHIN]
        if cover[first - 1] - behind.min() > drop:
            drop, end = float(cover[first - 1] - behind.min()), first + int(behind.argmin())
    return end


def without_bands(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask of an upright picture without the bands that it holds along the sides."""
    rest = mask.copy()
    for end in (rest, rest[::-1]):
        end[: strip_lines(end.mean(1))] = False
    for side in (rest, rest[::-1], rest.T, rest.T[::-1]):
        side[: band_lines(side.mean(1))] = False
    return rest


def _steps(shape: tuple[int, ...], spacing: Spacing) -> tuple[int, int]:
    """Scan pixels per mask pixel down and across; guesses 0.4 mm from the size when the spacing is unknown."""
    if spacing.known:
        # The spacing of a file may be wrong by orders of magnitude.
        least = max(1, round(max(shape) / 1200))
        down, across = max(least, round(MASK_MM / spacing.row_mm)), max(least, round(MASK_MM / spacing.column_mm))
    else:
        down = across = max(1, round(max(shape) / 600))
    # No block is larger than the picture: one of a million rows and few columns would be padded to gigabytes.
    return min(down, shape[0]), min(across, shape[1])


def block_mean(image: NDArray[np.float32] | TissueBright, step_r: int, step_c: int) -> NDArray[np.float32]:
    """Mean over blocks of step_r x step_c pixels; an incomplete last block is averaged over what it has."""
    rows, columns = image.shape
    found = np.empty((-(-rows // step_r), -(-columns // step_c)), np.float32)
    strip = max(1, STRIP // step_r)
    for first in range(0, len(found), strip):
        part = image[first * step_r : (first + strip) * step_r]
        pad = ((0, -len(part) % step_r), (0, -columns % step_c))
        padded = np.pad(part, pad, mode="edge") if pad != ((0, 0), (0, 0)) else part
        # Whole rows are added first, which is several times faster than a mean over two axes.
        down = _added([padded[i::step_r] for i in range(step_r)])
        found[first : first + strip] = _added([down[:, i::step_c] for i in range(step_c)])
    found /= step_r * step_c
    return found


def _added(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Sum of arrays of one shape, float32."""
    total = parts[0].astype(np.float32)
    for part in parts[1:]:
        total += part
    return total


def breast_mask(small: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Largest thick bright region of a 0.4 mm image, white frames and labels taken away."""
    level = _levels(small)
    box = _within_bands(level)
    mask = np.zeros(small.shape, bool)
    # The frame would be most of the bright values, and encloses the film: the film is looked at by itself.
    mask[box] = _mask_of_film(level if level[box].shape == level.shape else _levels(small[box]))
    return mask


def _levels(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values as 0..1 between the darkest and the brightest but for outliers; all 0 where they are all alike."""
    low, high = np.percentile(small, (1, 99.5))
    if not np.isfinite([low, high]).all() or high - low <= 1e-6 * max(1.0, abs(float(high))):
        return np.zeros_like(small)
    return np.clip((small - low) / (high - low), 0, 1)


def _within_bands(level: NDArray[np.float32]) -> tuple[slice, slice]:
    """Return the rows and columns within a scanner's white frame, whose bands are straight and as long as their side.

    All of them where only one side has a band: it encloses nothing, and is dealt with in `_frame`.
    """
    top, bottom, left, right = bands = [_band(view) for view in (level, level[::-1], level.T, level.T[::-1])]
    if np.count_nonzero(bands) < 2:
        return np.s_[:, :]
    return np.s_[top : len(level) - bottom, left : level.shape[1] - right]


def _band(level: NDArray[np.float32]) -> int:
    """Return how many of the first rows are a white band; 0 where it does not end within `DEEPEST`."""
    deepest = int(DEEPEST * len(level))
    # The outermost pixels may be a dark seam.
    if deepest < 8 or (level[3] > FRAME_LEVEL).mean() < LEAST_FRAMED:
        return 0
    dark = (level[3:deepest] > FRAME_LEVEL).mean(1) < LEAST_FRAMED
    # The last row may be partly film.
    return 3 + int(dark.argmax()) + 1 if dark.any() else 0


def _mask_of_film(level: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Largest thick bright region of a film without a frame, in values of 0..1."""
    if not level.any():
        return np.zeros(level.shape, bool)
    smooth = ndimage.gaussian_filter(level, 1.0)
    keep_zeros = air_is_zero(smooth > ZERO)
    white = _white_border(level)
    smooth[white] = 0
    bright = smooth > _air_threshold(smooth[~white], keep_zeros)
    mask = _thickest(bright, smooth, white)
    frame = _frame(bright | white)
    if np.count_nonzero(mask & frame) <= 0.5 * np.count_nonzero(frame):
        return mask
    # A frame too thick for a white border is connected to the breast, and the area they enclose was filled.
    within = _thickest(bright & ~frame, smooth, white)
    much = np.count_nonzero(mask & ~within) > MOST_FRAME * np.count_nonzero(mask)
    return within if much and within.any() else mask


def _thickest(bright: NDArray[np.bool_], smooth: NDArray[np.float32], white: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the breast among the bright regions, its rim and holes included; empty when there is none.

    `white` is what was taken for a white border, and is not bright in `smooth`.
    """
    # An opening with a 5 mm disc removes edges, scratches and letters, and keeps tissue.
    core = _open(bright, 7)
    labels, _count = ndimage.label(core)
    if labels.max() == 0:
        return np.zeros(bright.shape, bool)
    weights = np.bincount(labels.ravel(), smooth.ravel())
    weights[0] = 0
    breast = labels == int(weights.argmax())
    # Restore the skin rim and corners that the opening removed, up to 4 mm away.
    breast = bright & dilated(breast, 6)
    breast = without_small(breast, 64)
    breast = _fill(_close_at_wall(breast), bright | white)
    breast |= _notches(breast, white)
    return breast if breast.mean() > 0.005 else np.zeros(bright.shape, bool)


def air_is_zero(data: NDArray[np.bool_]) -> bool:
    """Whether what is not `data` (rows, columns) is the air around a breast, not padding around a sheet of film.

    In a digital mammogram, and in a film with blanked background, the air around the breast has exactly one value, the
    darkest. Where a film is narrower than its picture that value lies outside the sheet, whose four sides are straight.
    """
    rows, columns = (np.flatnonzero(data.mean(axis) > LEAST_FULL) for axis in (1, 0))
    if rows.size < 8 or columns.size < 8:
        return False
    box = data[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if 1 - box.mean() < LEAST_AIR:
        return False
    return bool(min(side.mean() for side in (box[:3], box[-3:], box[:, :3], box[:, -3:])) < MOST_ROUND)


def _air_threshold(values: NDArray[np.float32], keep_zeros: bool) -> float:
    """Level just above the dark film or air, for values in 0..1."""
    if values.size < 16:
        return 0.5
    cut = float(filters.threshold_otsu(values))
    air = values[values < cut]
    # Where a film is narrower than its picture, exact zeros are padding; only the film's own dark counts.
    film = air[air > ZERO]
    if film.size > 0.05 * values.size and not keep_zeros:
        air = film
    if air.size < 16:
        return cut / 2
    # The skin line is much darker than the mean of tissue, so stay near the air. Tissue rim makes a tail above the
    # air's peak, never below it: the spread is measured on the lower side alone.
    counts, edges = np.histogram(air, 100, (0, cut))
    peak = int(ndimage.gaussian_filter1d(counts.astype(float), 1.5).argmax())
    if keep_zeros and np.count_nonzero((air > ZERO) & (air < 0.05)) < 0.25 * np.count_nonzero(air <= ZERO):
        peak = 0  # In a picture cropped close to the breast, uniform fat may have more pixels than air.
    mode = float(edges[peak] + edges[peak + 1]) / 2
    below = air[air <= mode]
    spread = float(np.sqrt(np.mean((mode - below) ** 2))) if below.size else 0.0
    return min(mode + max(4 * spread, 0.025), max(0.75 * cut, mode + 0.02))


def _frame(bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bright strips along a whole side of the picture and at most a tenth of it deep, where they are not the breast."""
    found = np.zeros(bright.shape, bool)
    for view, strip in ((bright, found), (bright.T, found.T)):
        deepest = len(view) // 10
        for edge, cut in ((view[:deepest], strip[:deepest]), (view[: -deepest - 1 : -1], strip[: -deepest - 1 : -1])):
            # The outermost pixels may be a dark seam.
            if deepest < 8 or edge[2:4].mean() < LEAST_FRAMED:
                continue
            free = ~edge[3:].all(0)
            if free.mean() < LEAST_FREE:
                continue
            depth = np.where(free, 3 + edge[3:].argmin(0), 0)
            cut |= np.arange(deepest)[:, None] < np.where(free, depth + 1, 0)
    return found


def _white_border(level: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Saturated strips that touch the picture's edge and are thinner than about 8 mm."""
    white = level > 0.93
    thick = _open(white, 10)
    thin = white & ~dilated(thick, 3)
    labels, _count = ndimage.label(thin, np.ones((3, 3)))
    strips = labels[:3], labels[-3:], labels[:, :3], labels[:, -3:]
    edge = np.unique(np.concatenate([s.ravel() for s in strips]))
    found = np.isin(labels, edge[edge > 0])
    return ndimage.binary_dilation(found, iterations=2)


def _open(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Open with a disc; pixels outside the picture count as False."""
    return dilated(eroded(np.pad(mask, 1), radius)[1:-1, 1:-1], radius)


def _close_at_wall(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close with a 4 mm disc, so that notches left by labels and dark vessels disappear."""
    padded = np.pad(mask, 10, mode="edge")
    return (eroded(dilated(padded, 10), 10) | padded)[10:-10, 10:-10]


def _fill(mask: NDArray[np.bool_], bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes, those against the picture's edge too: saturated tissue there was taken for a white border.

    Where one of those is large and mostly not `bright`, it is air that breast and film edge enclose, and stays.
    """
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
    filled = np.asarray(ndimage.binary_fill_holes(padded)[1:-1, 1:-1], bool)
    added = filled & ~mask
    if np.count_nonzero(added & ~bright) < MOST_AIR * np.count_nonzero(mask):
        return filled
    holes, _count = ndimage.label(added & ~ndimage.binary_fill_holes(mask))
    size = np.bincount(holes.ravel())
    dark = np.bincount(holes[~bright], minlength=len(size))
    air = (dark > 0.5 * size) & (size > MOST_AIR * np.count_nonzero(mask))
    air[0] = False
    return filled & ~air[holes]


def _notches(mask: NDArray[np.bool_], white: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the notches of a mask beside a white border at its left or right side: tissue as white as the border."""
    found = np.zeros(mask.shape, bool)
    for view, notches, border in ((mask, found, white), (mask[:, ::-1], found[:, ::-1], white[:, ::-1])):
        # The border ends where most of the side is breast.
        cover = view[:, : DEEPEST_NOTCH // 4].sum(0)
        first = int((2 * cover >= cover.max()).argmax())
        rows = np.flatnonzero(view[:, first])
        if not first or not rows.size:
            continue
        part = np.s_[rows[0] : rows[-1] + 1, first : first + DEEPEST_NOTCH]
        gap = ~view[part]
        labels, count = ndimage.label(gap)
        core = eroded(gap, NARROWEST_NOTCH)
        enclosed = np.bincount(labels[border[part]], minlength=count + 1) > 0.5 * np.bincount(labels.ravel())
        enclosed[labels[[0, -1]]] = enclosed[labels[:, -1]] = enclosed[0] = False
        notches[part] |= enclosed[labels] & dilated(core, 2 * NARROWEST_NOTCH)
    return found


def _chest_wall(mask: NDArray[np.bool_]) -> Side:
    """Side on which the breast is cut off: the flat, tall side of its outline."""
    columns = np.flatnonzero(mask.any(0))
    left, right = columns[0], columns[-1] + 1
    profile = mask[:, left:right].sum(0).astype(float)
    third = max(1, len(profile) // 8)
    return Side.LEFT if profile[:third].mean() >= profile[-third:].mean() else Side.RIGHT
