"""What a viewport says in its corners, and of a place below the pointer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF

from mammoview.qt.i18n.message_catalog import day
from mammoview.qt.viewport.overlay_text import OverlayText

if TYPE_CHECKING:
    from mammoview.qt.viewport.viewport import Viewport

CORNER_PX = 130
"""Height of the upper corner, where the pointer brings up the warnings in full."""


def viewport_words(viewport: Viewport) -> OverlayText | None:
    """Return all that there is to say in the corners, or None without a scan."""
    scan, content = viewport.scan, viewport.content
    if scan is None:
        return None
    grey, zoom = (None, None) if content is None else (content.grey, viewport.zoom)
    shown, patient, date = viewport.patient_shown, viewport.patient, viewport.date
    corners = OverlayText.of(scan, grey, zoom, shown, patient, date, viewport.true_size)
    corners = corners.cautioned(() if content is None else content.cautions)
    corners = replace(corners, state=viewport.state, state_tone=viewport.state_tone)
    if not viewport.prior:
        return corners
    # The date is the patient's own as well: where she is hidden, so is it.
    when = day(date) if shown else ""
    return replace(corners, banner=f"{QCoreApplication.translate('Viewport', 'PRIOR')} {when}".strip())


def tip_at(viewport: Viewport, place: QPointF) -> str:
    """Return what the corner, or the layers shown, have to say about a place of the viewport, px."""
    words = viewport.corners()
    area = viewport.viewport().rect()
    outer = place.x() > 0.6 * area.width() if viewport.wall_left else place.x() < 0.4 * area.width()
    if words is not None and words.details and outer and place.y() < CORNER_PX:
        return words.details
    point = viewport.scan_point(place)
    if viewport.content is None or point is None or viewport.zoom is None:
        return ""
    return viewport.content.tip_at(point, 5 * viewport.devicePixelRatioF() / viewport.zoom)
