"""What is painted over the picture of a viewport in screen pixels: texts, scale bar, letters, overlays, frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from mammoview.display.length_text import scale_bar
from mammoview.qt.canvas.raster_cache import RasterCache
from mammoview.qt.viewport import corner_painting
from mammoview.qt.viewport.patient_letters import BreastEdges, letter_places, paint_letters
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.qt.viewport.viewport import Viewport


class ViewportForeground:
    """Paints the foreground of one viewport."""

    def __init__(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self._top, self._foot = _Corner(), _Corner()
        self.bottom_text_top = math.inf
        """Upper edge of the texts at the lower edge of the viewport, px."""
        self._letters: dict[int, QRectF] = {}
        """Where the patient letters went, px, by their index."""
        self._placed_for: object = None
        """What decided on that."""

    @property
    def upper_texts(self) -> list[QRectF]:
        """Where the lines of the upper corner lie, px."""
        return self._top.texts

    def forget(self) -> None:
        """Drop the texts that were painted last."""
        self._top, self._foot = _Corner(), _Corner()
        self._placed_for = None

    def paint(self, painter: QPainter) -> None:
        """Paint everything."""
        viewport = self._viewport
        painter.save()
        painter.resetTransform()
        area = viewport.viewport().rect()
        painter.setFont(viewport.font())
        self._paint_texts(painter)
        if viewport.note:
            painter.setFont(QFont(viewport.font()))
            painter.setPen(theme.FAINT)
            inner = area.adjusted(30, 60, -30, -60)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), viewport.note)
        if viewport.prior:
            corner_painting.paint_prior_frame(painter, area, viewport.wall_left)
        for overlay in viewport.overlays:
            painter.setFont(viewport.font())
            overlay(painter, viewport)
        if viewport.active:
            corner_painting.paint_frame(painter, area, viewport.wall_left)
        painter.restore()

    def _paint_texts(self, painter: QPainter) -> None:
        """Paint corner texts and scale bar, which are copied while they stay the same, and the letters."""
        viewport = self._viewport
        corners, bar = viewport.corners(), None
        if corners is None:
            return
        area = viewport.viewport().rect()
        if viewport.content is not None and viewport.zoom is not None:
            scale = viewport.zoom / viewport.devicePixelRatioF()
            bar = (scale_bar(viewport.content.placement.spacing, max(60.0, area.width() * 0.2) / scale), scale)

        def draw_top(raster: QPainter) -> list[QRectF]:
            raster.setFont(viewport.font())
            return corner_painting.paint_top(raster, area, corners, viewport.wall_left)

        def draw_foot(raster: QPainter) -> list[QRectF]:
            raster.setFont(viewport.font())
            self.bottom_text_top, texts = corner_painting.paint_foot(raster, area, corners, viewport.wall_left, bar)
            return texts

        look = viewport.wall_left, viewport.font(), theme.TEXT.rgb(), area.width(), area.height()
        top = (replace(corners, bottom=(), state=""), *look)
        foot = (corners.bottom, corners.state, corners.state_tone, bar, *look)
        upper, lower = corner_painting.corner_areas(area, viewport.wall_left, viewport.font())
        self._top.paint(painter, viewport, draw_top, upper, top)
        self._foot.paint(painter, viewport, draw_foot, lower, foot)
        painter.setFont(viewport.font())
        texts = (*self._top.texts, *self._foot.texts)
        edges, font, foot_top = self._breast_edges(), viewport.font(), self.bottom_text_top
        placed_for = (area, viewport.letters, viewport.wall_left, edges, font, foot_top, texts)
        if placed_for != self._placed_for:
            metrics = QFontMetricsF(font)
            height, width = metrics.ascent(), metrics.horizontalAdvance
            self._letters = letter_places(
                area, viewport.letters, viewport.wall_left, edges, height, width, foot_top, texts
            )
            self._placed_for = placed_for
        paint_letters(painter, viewport.letters, self._letters)

    def _breast_edges(self) -> BreastEdges | None:
        """Return where the breast lies in the viewport, None where that is not known."""
        viewport = self._viewport
        if viewport.content is None or viewport.content.grey.picture.breast is None:
            return None
        placed, place_of = viewport.content.placement, viewport.place_of
        box = QRectF(place_of(placed.breast.topLeft()), place_of(placed.breast.bottomRight()))
        wall = place_of(QPointF(0, placed.wall[0])).y(), place_of(QPointF(0, placed.wall[1])).y()
        reach = place_of(QPointF(placed.reach[0], 0)).x(), place_of(QPointF(placed.reach[1], 0)).x()
        return BreastEdges(box, wall, reach, place_of(QPointF(0, 0)).y())


class _Corner:
    """The texts of a corner, kept as pixels."""

    def __init__(self) -> None:
        self._raster = RasterCache()
        self._subject: object = None
        self._extent = QRectF()
        self.texts: list[QRectF] = []
        """Where they lie, px."""

    def paint(
        self,
        painter: QPainter,
        viewport: Viewport,
        draw: Callable[[QPainter], list[QRectF]],
        area: QRectF,
        subject: object,
    ) -> None:
        """Copy the texts, after drawing them where they are others than before.

        Parameters
        ----------
        painter
            Of the viewport, without a transform.
        viewport
            The viewport.
        draw
            Draws the texts; returns where they lie, px.
        area
            Where they may lie, px.
        subject
            Value that identifies them.
        """

        def drawn(raster: QPainter) -> None:
            self.texts = draw(raster)

        # A corner is mostly empty, and what is transparent costs as much to copy as what is not.
        if subject != self._subject:
            self._raster.paint(painter, viewport.viewport(), drawn, area, subject)
            self._subject, self._extent = subject, reduce(QRectF.united, self.texts, QRectF())
        else:
            self._raster.paint(painter, viewport.viewport(), drawn, self._extent, subject)
