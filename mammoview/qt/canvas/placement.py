"""Place of a scan in the plane of a viewport: mm from chest wall and nipple line, the same for all viewports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.study.geometry import Affine
from mammoview.study.patient_orientation import stored_lying
from mammoview.study.scan import Scan
from mammoview.study.spacing import Spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR = 0.1
"""Share of the breast's width or height that counts as next to one of its ends."""
BORDER_PX = 400
"""How far what is drawn over a scan may reach past it, scan pixels."""
NOMINAL_MM = 0.05
"""Pixel size that lays out scans of unknown spacing, as the Frame takes it; never shown as a length."""


def pixel_mm(spacing: Spacing) -> tuple[float, float]:
    """Width and height of a pixel for the layout, mm."""
    return (spacing.column_mm, spacing.row_mm) if spacing.known else (NOMINAL_MM, NOMINAL_MM)


def size_mm(scan: Scan) -> tuple[float, float]:
    """Width and height of a scan for the layout, mm, as far as they are known before it is decoded."""
    width, height = pixel_mm(scan.spacing)
    size = scan.columns * width, scan.rows * height
    return size[::-1] if stored_lying(scan) else size


def with_border(bounds: QRectF) -> QRectF:
    """Return a scan and a border, in its pixels: what is drawn over it may reach past it."""
    return bounds.adjusted(-BORDER_PX, -BORDER_PX, BORDER_PX, BORDER_PX)


def transform(affine: Affine) -> QTransform:
    """Return the same map for Qt."""
    (xx, xy, dx), (yx, yy, dy), _ = affine.matrix.tolist()
    return QTransform(xx, yx, xy, yy, dx, dy)


@dataclass(frozen=True)
class Placement:
    """The map from scan pixels to the plane that all viewports show.

    x is the distance from the chest wall edge, positive to the right on screen; y the distance from the nipple
    line, positive downwards; both mm.

    Parameters
    ----------
    to_mm
        Maps scan (column, row) to (x, y).
    wall_left
        Whether the chest wall lies on the left of the screen.
    rect
        The scan; a margin behind the chest wall lies on the other side of x = 0.
    hung
        The scan without that margin: what is fitted into the viewport.
    breast
        The breast's box, or what is hung where no breast was found.
    wall
        Where breast meets the chest wall edge: y of its upper and lower end.
    reach
        x of what lies farthest from the chest wall in the uppermost and in the lowest tenth of the breast.
    spacing
        Of the picture as it hangs: across and down on the screen.
    """

    to_mm: Affine
    wall_left: bool
    rect: QRectF
    hung: QRectF
    breast: QRectF
    wall: tuple[float, float]
    reach: tuple[float, float]
    spacing: Spacing

    @classmethod
    def of(cls, picture: LoadedScan, to_screen: Affine, wall_left: bool, hung: bool = True) -> Placement:
        """Place a picture that `to_screen` turns upright with its chest wall on the wanted side.

        Where it is not `hung` but turned as a presentation state specifies, its edge and middle take the places of
        chest wall and nipple line.
        """
        scan = picture.scan
        spacing = scan.spacing.turned if to_screen.swapped else scan.spacing
        width, height = pixel_mm(spacing)
        middle = picture.nipple or (scan.columns / 2, scan.rows / 2)
        line = float(to_screen(middle)[1])
        shift = -float((to_screen @ picture.stand.inverse)((picture.wall_column, 0.0))[0]) * width
        if not hung:
            corners = to_screen([[0, 0], [scan.columns, scan.rows]])
            line, shift = float(corners[:, 1].mean()), 0.0 if wall_left else -float(corners[:, 0].max()) * width
        to_mm = Affine(width, height, shift, -line * height) @ to_screen
        rect = _box(to_mm, 0, 0, scan.columns, scan.rows)
        half = QRectF(rect)
        half.setLeft(0.0) if wall_left else half.setRight(0.0)
        breast, wall = half, (half.top(), half.bottom())
        reach = (half.right(), half.right()) if wall_left else (half.left(), half.left())
        if picture.breast is not None:
            mask, lattice = picture.breast.mask, picture.breast.to_scan
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            # The chest wall edge stays in the box, so that both breasts still touch.
            breast = _box(to_mm @ lattice, columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
            breast = breast.intersected(half)
            breast.setLeft(0.0) if wall_left else breast.setRight(0.0)
            wall, reach = _ends((to_mm @ lattice)(_border(mask)), breast)
        return cls(to_mm, wall_left, rect, half, breast, wall, reach, spacing)


def _border(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the centres of the mask's pixels that have another value beside them, (column, row), float64 (N, 2)."""
    inner = np.pad(mask, 1)
    inner = inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
    return np.argwhere(mask & ~inner)[:, ::-1].astype(np.float64) + 0.5


def _ends(border: NDArray[np.float64], breast: QRectF) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where the breast ends along the chest wall (y), and how far its upper and lower end reach (x), mm.

    `border` holds points of its border, (x, y); `breast` is the box round it, which includes the chest wall edge x = 0.
    """
    out, y = np.abs(border[:, 0]), border[:, 1]
    side = 1 if breast.right() > 0 else -1
    near = y[out <= max(float(out.min()), NEAR * breast.width())]
    upper = out[y <= max(float(y.min()), breast.top() + NEAR * breast.height())]
    lower = out[y >= min(float(y.max()), breast.bottom() - NEAR * breast.height())]
    return (float(near.min()), float(near.max())), (side * float(upper.max()), side * float(lower.max()))


def magnification(transform: QTransform) -> float:
    """Return how much larger a map of ours makes things, the larger of its two directions; it may lie on its side."""
    return max(abs(n) for n in (transform.m11(), transform.m12(), transform.m21(), transform.m22()))


def expected(scan: Scan, wall_left: bool) -> QRectF:
    """Return where a scan that is not loaded yet will lie at most, mm: its nipple line is not known yet."""
    width, height = size_mm(scan)
    return QRectF(0.0 if wall_left else -width, -height, width, 2 * height)


def kept_in_sight(centre: QPointF, rect: QRectF, width: float, wall_left: bool) -> QPointF:
    """Return the centre of a viewport, as near to `centre` as makes sense.

    Parameters
    ----------
    centre
        Wanted, mm.
    rect
        The scan, mm. Its chest wall edge stays at or beyond the viewport's edge, so that no gap opens between the
        breasts, and some of it stays in the viewport.
    width
        Of the viewport, mm.
    wall_left
        Whether the chest wall lies on the left.
    """
    sign = 1 if wall_left else -1
    wall, far = (rect.left(), rect.right()) if wall_left else (-rect.right(), -rect.left())
    across = min(max(sign * centre.x(), wall + width / 2), max(width / 2, far))
    return QPointF(sign * across, min(max(centre.y(), rect.top()), rect.bottom()))


def _box(affine: Affine, left: float, top: float, right: float, bottom: float) -> QRectF:
    """Map a box; flips are undone."""
    corners = affine([[left, top], [right, bottom]])
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    return QRectF(x0, y0, x1 - x0, y1 - y0)
