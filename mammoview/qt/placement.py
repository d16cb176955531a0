"""Where a scan lies on the light box: millimetres from chest wall and nipple line, the same for all panes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from mammoview.qt.picture import Picture
from mammoview.study.geometry import Affine
from mammoview.study.scan import Scan, Spacing

NOMINAL_MM = 0.05
"""Pixel size that lays out scans of unknown spacing, as the Frame takes it; never shown as a length."""


def pixel_mm(spacing: Spacing) -> tuple[float, float]:
    """Width and height of a pixel for the layout, mm."""
    return (spacing.column_mm, spacing.row_mm) if spacing.known else (NOMINAL_MM, NOMINAL_MM)


def size_mm(scan: Scan) -> tuple[float, float]:
    """Width and height of a scan for the layout, mm; known before it is decoded."""
    width, height = pixel_mm(scan.spacing)
    return scan.columns * width, scan.rows * height


@dataclass(frozen=True)
class Placement:
    """The map from scan pixels to the plane that all panes look at.

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
        The scan without that margin: what is fitted into the pane.
    breast
        The breast's box, or what is hung where no breast was found.
    """

    to_mm: Affine
    wall_left: bool
    rect: QRectF
    hung: QRectF
    breast: QRectF

    @classmethod
    def of(cls, picture: Picture, to_screen: Affine, wall_left: bool) -> Placement:
        """Place a picture that `to_screen` turns upright with its chest wall on the wanted side."""
        scan = picture.scan
        width, height = pixel_mm(scan.spacing)
        line = scan.rows / 2 if picture.nipple is None else float(to_screen(picture.nipple)[1])
        shift = -float(to_screen((picture.wall_column, 0.0))[0]) * width
        to_mm = Affine(width, height, shift, -line * height) @ to_screen
        rect = _box(to_mm, 0, 0, scan.columns, scan.rows)
        hung = QRectF(rect)
        hung.setLeft(0.0) if wall_left else hung.setRight(0.0)
        breast = hung
        if picture.breast is not None:
            mask, lattice = picture.breast.mask, picture.breast.to_scan
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            # The chest wall edge stays in the box, so that both breasts still touch.
            breast = _box(to_mm @ lattice, columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
            breast = breast.intersected(hung)
            breast.setLeft(0.0) if wall_left else breast.setRight(0.0)
        return cls(to_mm, wall_left, rect, hung, breast)

    @property
    def transform(self) -> QTransform:
        """The same map for Qt."""
        a = self.to_mm
        return QTransform(a.column_scale, 0, 0, a.row_scale, a.column_shift, a.row_shift)


def expected(scan: Scan, wall_left: bool) -> QRectF:
    """Return where a scan that is not loaded yet will lie at most, mm: its nipple line is not known yet."""
    width, height = size_mm(scan)
    return QRectF(0.0 if wall_left else -width, -height, width, 2 * height)


def kept_in_sight(centre: QPointF, rect: QRectF, width: float, wall_left: bool) -> QPointF:
    """Return the centre of a pane, as near to `centre` as makes sense.

    Parameters
    ----------
    centre
        Wanted, mm.
    rect
        The scan, mm. Its chest wall edge stays at or beyond the pane's edge, so that no gap opens between the
        breasts, and some of it stays in the pane.
    width
        Of the pane, mm.
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
