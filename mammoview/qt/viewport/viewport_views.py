"""The visible area of a viewport: the whole breast, that of another viewport, or that of a presentation state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from mammoview.qt.canvas.placement import pixel_mm

if TYPE_CHECKING:
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.study.presentation import Presentation
    from mammoview.study.scan import Projection

BREAST_MARGIN_MM = 3.0
"""Free room round a fitted breast, above, below and beyond the nipple."""


def fitted_rects(viewports: Sequence[Viewport]) -> dict[Viewport, QRectF | None]:
    """Return the rectangle of each viewport's plane, mm, that shows its breast whole; None while it is being loaded.

    Breasts of one projection share the height of their rectangles, so that their nipple lines stay level.
    """
    margin = BREAST_MARGIN_MM
    heights: dict[Projection | None, QRectF] = {}
    for viewport in viewports:
        if viewport.scan is not None and viewport.content is not None:
            breast = viewport.content.placement.breast.adjusted(0, -margin, 0, margin)
            one = QRectF(0, breast.top(), 1, breast.height())
            heights[viewport.scan.projection] = heights.get(viewport.scan.projection, one).united(one)
    rects: dict[Viewport, QRectF | None] = dict.fromkeys(viewports)
    for viewport in viewports:
        if viewport.scan is not None and viewport.content is not None:
            rect = QRectF(viewport.content.placement.breast)
            rect.setLeft(rect.left() - margin) if not viewport.wall_left else rect.setRight(rect.right() + margin)
            rect.setTop(heights[viewport.scan.projection].top())
            rect.setBottom(heights[viewport.scan.projection].bottom())
            rects[viewport] = rect
    return rects


def copy_view(viewport: Viewport, leader: Viewport) -> None:
    """Show the place of the leading viewport: as far from the chest wall, and in one projection from the nipple line.

    Across projections the nipple line means another direction of the body, so only the distance from the chest wall is
    shared.
    """
    x = leader.centre.x() if viewport.wall_left == leader.wall_left else -leader.centre.x()
    own, other = viewport.scan, leader.scan
    alike = own is not None and other is not None and own.projection is other.projection
    y = leader.centre.y() if alike else viewport.centre.y()
    viewport.set_view(leader.scale_px, QPointF(x, y))


def presentation_view(viewport: Viewport) -> tuple[float, QPointF] | None:
    """Return area and scale of the active presentation state; None where it has neither.

    Returns
    -------
    Scale, logical pixels per mm, and centre, mm of the viewport's plane.
    """
    content = viewport.content
    asked = None if content is None else content.grey.window.presentation
    scale = None if asked is None else _presentation_scale(viewport, asked)
    if content is None or asked is None or (asked.area is None and scale is None):
        return None
    left, top, right, bottom = asked.area or (0.0, 0.0, content.scan.columns, content.scan.rows)
    rect = QRectF(content.to_plane(left, top), content.to_plane(right, bottom)).normalized()
    return scale or viewport.fitting_scale(rect), rect.center()


def _presentation_scale(viewport: Viewport, asked: Presentation) -> float | None:
    """Return the logical pixels per mm of a presentation state; None for what fits the viewport.

    True size is by the state's size of the scan's pixels, whatever our own spacing is. It needs a measured screen.
    """
    assert viewport.scan is not None
    if asked.magnification is not None:
        return asked.magnification / (viewport.pixel_mm * viewport.devicePixelRatioF())
    true_scale = viewport.true_scale(viewport)
    if asked.glass_mm is None or true_scale is None:
        return None
    return true_scale * asked.glass_mm / pixel_mm(viewport.scan.spacing)[0]
