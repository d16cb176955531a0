"""What is painted over the picture of a viewport in screen pixels: texts, scale bar, letters, overlays, frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap

from mammoview.display.length_text import scale_bar
from mammoview.qt.canvas.raster_cache import RasterCache
from mammoview.qt.viewport import corner_painting
from mammoview.qt.viewport.corner_painting import WIDEST_LETTERS
from mammoview.qt.viewport.overlay_text import OverlayText
from mammoview.qt.viewport.patient_letters import STRIP_PX, BreastEdges, letter_picture, letter_places
from mammoview.qt.viewport.viewport_words import corner_words, words_subject
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView


class ViewportForeground:
    """Paints the foreground of one viewport."""

    def __init__(self, viewport: ScanView, paint_overlays: Callable[[QPainter], None]) -> None:
        """Paint over `viewport`; `paint_overlays` paints what lies over its texts, below the frame."""
        self._viewport, self._paint_overlays = viewport, paint_overlays
        self.forget()

    @property
    def upper_texts(self) -> list[QRectF]:
        """Where the lines of the upper corner lie, px."""
        return self._top.texts

    def forget(self) -> None:
        """Drop the texts that were painted last."""
        self._corners: OverlayText | None = None
        self._corners_for: object = None
        """What decided on the words of the corners."""
        self._top, self._foot, self._letters = _Corner(), _Corner(), _Letters()
        self.bottom_text_top = math.inf
        """Upper edge of the texts at the lower edge of the viewport, px."""

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
        self._paint_overlays(painter)
        if viewport.active:
            corner_painting.paint_frame(painter, area, viewport.wall_left)
        painter.restore()

    def _paint_texts(self, painter: QPainter) -> None:
        """Paint corner texts and scale bar, which are copied while they stay the same, and the letters."""
        viewport = self._viewport
        corners, bar = self._words(), None
        if corners is None:
            return
        area, font, wall_left = viewport.viewport().rect(), viewport.font(), viewport.wall_left
        if viewport.content is not None and viewport.zoom is not None:
            scale = viewport.zoom / viewport.devicePixelRatioF()
            bar = (scale_bar(viewport.content.placement.spacing, max(60.0, area.width() * 0.2) / scale), scale)

        def draw_top(raster: QPainter) -> list[QRectF]:
            raster.setFont(font)
            return corner_painting.paint_top(raster, area, corners, wall_left)

        def draw_foot(raster: QPainter) -> list[QRectF]:
            raster.setFont(font)
            self.bottom_text_top, texts = corner_painting.paint_foot(raster, area, corners, wall_left, bar)
            return texts

        look = wall_left, font, theme.TEXT.rgb(), area
        top = (corners.banner, corners.title, corners.top, corners.warnings, bool(corners.state), *look)
        foot = (corners.bottom, corners.state, corners.state_tone, bar, *look)
        self._top.paint(painter, viewport, draw_top, 0, top)
        self._foot.paint(painter, viewport, draw_foot, 1, foot)
        self._letters.paint(painter, viewport, self.bottom_text_top, (*self._top.texts, *self._foot.texts))

    def _words(self) -> OverlayText | None:
        """Return the words of the corners, made anew where they are others than before."""
        subject, viewport = words_subject(self._viewport), self._viewport
        if subject != self._corners_for:
            self._corners, self._corners_for = corner_words(viewport), subject
        elif self._corners is not None and (viewport.state, viewport.state_tone) != (
            self._corners.state,
            self._corners.state_tone,
        ):
            self._corners = replace(self._corners, state=viewport.state, state_tone=viewport.state_tone)
        return self._corners


class _Corner:
    """The texts of a corner, kept as pixels."""

    def __init__(self) -> None:
        self._raster = RasterCache()
        self._subject: object = None
        self._area = QRectF()
        self.texts: list[QRectF] = []
        """Where they lie, px."""

    def paint(
        self,
        painter: QPainter,
        viewport: ScanView,
        draw: Callable[[QPainter], list[QRectF]],
        index: int,
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
        index
            Of the corner in what `corner_areas` returns.
        subject
            Value that identifies them.
        """

        def drawn(raster: QPainter) -> QRectF:
            self.texts = draw(raster)
            return reduce(QRectF.united, self.texts, QRectF())

        if subject != self._subject:
            area = viewport.viewport().rect()
            self._area = corner_painting.corner_areas(area, viewport.wall_left, viewport.font())[index]
            self._subject = subject
        self._raster.paint(painter, viewport.viewport(), drawn, self._area, subject)


class _Letters:
    """The patient letters, kept as pictures with their places."""

    def __init__(self) -> None:
        self._pictures: dict[str, QPixmap] = {}
        self._widths: dict[str, float] = {}
        self._ascent = 0.0
        self._pictures_for: object = None
        """What decided on the three."""
        self._placed: list[tuple[QPointF, QPixmap]] = []
        self._placed_for: object = None
        """What decided on that."""

    def paint(self, painter: QPainter, viewport: ScanView, foot_top: float, texts: tuple[QRectF, ...]) -> None:
        """Draw the letters, after finding their places where something has moved them.

        Parameters
        ----------
        painter
            Of the viewport, without a transform.
        viewport
            The viewport.
        foot_top, texts
            As `letter_places` takes them.
        """
        area, letters, font = viewport.viewport().rect(), viewport.letters, viewport.font()
        look = letters, font, theme.FAINT.rgba(), painter.device().devicePixelRatioF()
        if look != self._pictures_for:
            metrics = QFontMetricsF(font)
            self._ascent = metrics.ascent()
            self._widths = {text: metrics.horizontalAdvance(text) for text in (*letters, WIDEST_LETTERS)}
            self._pictures = {text: letter_picture(text, font, look[-1]) for text in letters if text}
            self._pictures_for = look
        content = viewport.content
        placed = None if content is None or content.grey.picture.breast is None else content.placement
        breast = None if placed is None else (placed.breast, placed.wall, placed.reach)
        placed_for = look, area, viewport.wall_left, breast, viewport.scale_px, viewport.centre, foot_top, texts
        if placed_for != self._placed_for:
            edges = None if placed is None else BreastEdges.of(placed, viewport.scale_px, viewport.place_of(QPointF()))
            ascent, width = self._ascent, self._widths.__getitem__
            places = letter_places(area, letters, viewport.wall_left, edges, ascent, width, foot_top, texts)
            corners = {
                i: QPointF(round(box.left()) - STRIP_PX, round(box.bottom() - ascent)) for i, box in places.items()
            }
            self._placed = [(corner, self._pictures[letters[i]]) for i, corner in corners.items()]
            self._placed_for = placed_for
        for corner, picture in self._placed:
            painter.drawPixmap(corner, picture)
