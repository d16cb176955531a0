"""Film mask: what of a digitised film stays in sight, the breast and a little round it.

Scanner borders, labels and bare film are brighter than tissue, or dazzle when inverted. The mask covers them on screen
only: no pixel, figure or exported value changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage import measure

from mammoview.anatomy.disk_morphology import dilated
from mammoview.anatomy.mask_checks import mask_warning, without_bands
from mammoview.study.geometry import Affine
from mammoview.study.polylines import simplified
from mammoview.study.scan import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mammoview.anatomy.breast import Breast
    from mammoview.study.spacing import Spacing

KEPT_MM = 5.0
"""Margin of film round the breast that is not covered, mm."""
DEEPEST_MM = 7.0
"""A bright band along a side of the picture is a scanner's border only if it is no deeper than this, mm."""
BRIGHT = 64
"""Greys (0..255, automatic window) from here on are no bare film."""
WHITE = 250
"""Greys from here on are brighter than all but the densest tissue."""
BEHIND_MM = 2.0
"""Width of dark film behind a border that is needed to find where the border ends, mm."""
LEAST_DARK, LEAST_COVERED = 0.08, 0.5
"""Share of a side that must have dark film behind the border, and the share of that on which there is a border."""
LEAST_STRAIGHT = 0.5
"""Share of a side with dark film behind the border from which on the border may slant."""
MOST_UNEVEN_MM = 1.0
"""Median distance of the band's inner edge from a straight line up to which it is a band, mm."""
MASK_MM = 0.4
"""Side of a mask pixel where the spacing is unknown, mm."""
_SMOOTHING = 1.5
"""Standard deviation of the filter that rounds the mask's pixels, pixels of the mask."""
_TOLERANCE = 0.25
"""How far the outline may lie from its exact course, pixels of the mask."""


@dataclass(frozen=True, eq=False)
class FilmMask:
    """What the film mask of a scan leaves in sight: what lies inside the outlines and beyond no band.

    Parameters
    ----------
    outlines
        Closed lines, float64 (N, 2), (column, row) in scan pixels, that may run beyond the scan; nested ones are holes.
    bands
        Scanner borders along the sides of the picture: float64 (4, 2), (column, row) of their corners.
    """

    outlines: tuple[NDArray[np.float64], ...]
    bands: tuple[NDArray[np.float64], ...]


def known_well(breast: Breast) -> bool:
    """Whether a breast mask may cover film: it is plausible, or what it holds besides bands along the edges is.

    Bands make a mask larger, never smaller, so that no tissue is covered by it.
    """
    if not breast.warning:
        return True
    rest = without_bands(breast.mask)
    return bool(rest.any()) and not mask_warning(rest, breast.chest_wall is Side.LEFT)


def film_mask(breast: Breast, spacing: Spacing, greys: NDArray[np.uint8], step: int) -> FilmMask:
    """Return what stays in sight of a film.

    Parameters
    ----------
    breast
        The breast as it was found.
    spacing
        Of the stored picture; where it is unknown, the mask's pixels are taken for 0.4 mm.
    greys
        uint8 (rows, columns): the stored picture as the automatic window shows it, reduced.
    step
        Scan pixels per pixel of `greys`.
    """
    upright = breast.to_scan.upright
    mask = breast.mask.T if breast.to_scan.swapped else breast.mask
    across, down = upright.cell(spacing.column_mm, spacing.row_mm) if spacing.known else (MASK_MM, MASK_MM)
    cell_mm = (across + down) / 2
    radius = KEPT_MM / cell_mm
    margin = int(radius) + 5
    # Where the breast reaches the picture's edge, the outline closes beyond it.
    kept = dilated(np.pad(mask, margin), radius)
    rounded = ndimage.gaussian_filter(kept.astype(np.float32), _SMOOTHING)
    lines = (simplified(line, _TOLERANCE) for line in measure.find_contours(rounded, 0.5))
    # Index i of the padded array is the centre of the mask's pixel i - margin.
    outlines = tuple(upright(line[:, ::-1] + 0.5 - margin) for line in lines if len(line) > 3)
    pixel_mm = step * cell_mm / ((abs(upright.column_scale) + abs(upright.row_scale)) / 2)
    return FilmMask(outlines, tuple(band * step for band in frame_bands(greys, pixel_mm)))


def frame_bands(greys: NDArray[np.uint8], pixel_mm: float) -> list[NDArray[np.float64]]:
    """Return the scanner borders along the sides of a picture, as far as dark film behind them shows them.

    Parameters
    ----------
    greys
        uint8 (rows, columns), tissue bright.
    pixel_mm
        Side of a pixel, mm.

    Returns
    -------
    float64 (4, 2) each, (column, row) of the corners in pixels of `greys`, the outer ones beyond the picture.
    """
    rows, columns = greys.shape
    sides = (
        (greys, Affine()),
        (greys[::-1], Affine(row_scale=-1, row_shift=rows)),
        (greys.T, Affine(swapped=True)),
        (greys.T[::-1], Affine(swapped=True, column_scale=-1, column_shift=columns)),
    )
    bands = []
    for view, to_picture in sides:
        edge = _inner_edge(view, pixel_mm)
        if edge is not None:
            length, (start, end) = view.shape[1], edge
            corners = [[-1, -1], [length + 1, -1], [length + 1, end], [-1, start]]
            bands.append(to_picture(np.array(corners, np.float64)))
    return bands


def _inner_edge(view: NDArray[np.uint8], pixel_mm: float) -> tuple[float, float] | None:
    """Return the depth of the bright band along the top of a picture at its left and right end, pixels; None without.

    The band is looked for where dark film follows, and runs straight on across the breast, where it may be deeper: more
    light reaches it there.
    """
    depth, behind = round(DEEPEST_MM / pixel_mm), round(BEHIND_MM / pixel_mm)
    if depth < 1 or behind < 1 or len(view) < 4 * (depth + behind):
        return None
    dark = (view[depth : depth + behind] < BRIGHT).all(0)
    edge = _straight_edge(view[:depth] >= BRIGHT, np.flatnonzero(dark), pixel_mm)
    if edge is None:
        return None
    # One pixel more, which the reduction has mixed of border and film.
    least = _saturated_depth(view[: depth + 1, ~dark], pixel_mm)
    start, end = (min(max(level, least) + 1, depth) for level in edge)
    return float(start), float(end)


def _straight_edge(bright: NDArray[np.bool_], columns: NDArray[np.intp], pixel_mm: float) -> tuple[float, float] | None:
    """Return where bright rows (depth, columns) end at both ends of the side, judged by some columns."""
    depth, length = bright.shape
    if len(columns) < max(8, LEAST_DARK * length):
        return None
    # The last bright pixel counts, so that a dark line within the border does not end it.
    inner = np.where(bright[:, columns].any(0), depth - bright[::-1, columns].argmax(0), 0)
    if np.quantile(inner, 1 - LEAST_COVERED) < 1:
        return None
    if len(columns) < LEAST_STRAIGHT * length:
        # Too little of the side to determine how the border slants: what is surely border.
        level = float(np.quantile(inner, 0.25))
        return (level, level) if level >= 1 else None
    sample = np.linspace(0, len(columns) - 1, min(len(columns), 200)).astype(int)
    slope, intercept = theil_sen(columns[sample], inner[sample])
    uneven = np.median(np.abs(inner - (intercept + slope * columns)))
    if uneven * pixel_mm > MOST_UNEVEN_MM:
        return None
    return float(max(intercept, 0)), float(max(intercept + slope * length, 0))


def theil_sen(x: NDArray[np.integer], y: NDArray[np.integer]) -> tuple[float, float]:
    """Return slope and intercept of the Theil-Sen line: the median of the slopes of all pairs of points (N,), (N,).

    It is that of `scipy.stats.theilslopes`, whose import takes longer than everything else that a scan waits for.
    """
    across, down = np.subtract.outer(x, x), np.subtract.outer(y, y)
    later = across > 0
    slope = float(np.median(down[later] / across[later]))
    return slope, float(np.median(y) - slope * np.median(x))


def _saturated_depth(breast: NDArray[np.uint8], pixel_mm: float) -> float:
    """Return how deep the border is before the breast: where all is white, evenly, and tissue follows; else 0."""
    if breast.shape[1] < 8:
        return 0.0
    white = breast >= WHITE
    run = np.where(white.all(0), len(breast), white.argmin(0))
    low, middle, high = np.quantile(run, [0.1, 0.75, 0.9])
    even = high < len(breast) and (high - low) * pixel_mm <= 2 * MOST_UNEVEN_MM
    return float(middle) + 1 if even and low >= 1 else 0.0
