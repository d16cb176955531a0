"""Text in the corners of a viewport, and the tool tip of a place below the pointer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QPointF

from mammoview.qt.i18n.message_catalog import day
from mammoview.qt.viewport.overlay_text import OverlayText

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView

CORNER_PX = 130
"""Height of the upper corner, where the pointer brings up the warnings in full."""


def corner_text_inputs(viewport: ScanView) -> tuple[object, ...]:
    """Return the values on which `corner_text` depends but for its state: while they are equal, the words are.

    They are compared in every repaint, in a fraction of the time that the words take to make.
    """
    scan, content = viewport.scan, viewport.content
    shown = (
        viewport.patient_shown,
        viewport.patient,
        viewport.date,
        viewport.prior,
        viewport.corner_level,
        viewport.ordinal,
    )
    about: tuple[object, ...] = (*shown, QLocale().name())
    if scan is not None:
        # A scan is equal to itself alone, but a calibration or an answer of the reader replaces what it says.
        about += scan, scan.name, scan.frame, scan.spacing, scan.facts, tuple(scan.warnings), scan.grey.for_processing
        about += scan.identity, scan.patient, scan.path, scan.stack, scan.columns, scan.rows
    if content is not None:
        grey = content.grey
        about += grey.preset, grey.picture.notes, grey.picture.presets, grey.shown_inverted, content.cautions
        if viewport.corner_level == "full":  # Else no words of the foot are shown.
            about += grey.text, viewport.zoom, viewport.true_size
    return about


def viewport_text(viewport: ScanView) -> OverlayText | None:
    """Return the overlay text of the corners, or None without a scan."""
    scan, content = viewport.scan, viewport.content
    if scan is None:
        return None
    grey, zoom = (None, None) if content is None else (content.grey, viewport.zoom)
    shown, patient, date = viewport.patient_shown, viewport.patient, viewport.date
    corners = OverlayText.of(scan, grey, zoom, shown, patient, date, viewport.true_size)
    corners = corners.cautioned(() if content is None else content.cautions)
    title = f"{corners.title}  {viewport.ordinal}".rstrip()
    corners = replace(corners, title=title, state=viewport.state, state_tone=viewport.state_tone)
    if not viewport.prior:
        return corners
    # The date identifies the patient as well, and is hidden with the name.
    when = day(date) if shown else ""
    return replace(corners, banner=f"{QCoreApplication.translate('Viewport', 'PRIOR')} {when}".strip())


def corner_text(viewport: ScanView) -> OverlayText | None:
    """Return the words of the corners at the level that is chosen, or None without a scan."""
    return None if (words := viewport_text(viewport)) is None else words.reduced(viewport.corner_level)


def tip_at(viewport: ScanView, place: QPointF) -> str:
    """Return the text of the corner, or the read-out of the layers shown, at a place of the viewport, px."""
    words = corner_text(viewport)
    area = viewport.viewport().rect()
    outer = place.x() > 0.6 * area.width() if viewport.wall_left else place.x() < 0.4 * area.width()
    if words is not None and words.details and outer and place.y() < CORNER_PX:
        return words.details
    point = viewport.scan_point(place)
    if viewport.content is None or point is None or viewport.zoom is None:
        return ""
    return viewport.content.tip_at(point, 5 * viewport.devicePixelRatioF() / viewport.zoom)
