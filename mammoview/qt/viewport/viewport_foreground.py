"""Paints over the picture of a viewport, in screen pixels: texts, scale bar, letters, overlays, frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap

from mammoview.display.length_text import scale_bar
from mammoview.qt.canvas.picture_cache import PictureCache
from mammoview.qt.canvas.recent_results import RecentResults
from mammoview.qt.viewport import corner_painting
from mammoview.qt.viewport.corner_painting import MARGIN, WIDEST_LETTERS, CornerPiece
from mammoview.qt.viewport.overlay_text import OverlayText
from mammoview.qt.viewport.patient_letters import STRIP_PX, BreastEdges, letter_picture, letter_places
from mammoview.qt.viewport.viewport_text import corner_text, corner_text_inputs
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.qt.viewport.scan_view import ScanView


_Placed = list[tuple[QPointF, QPixmap]]
"""Pictures with the places of their upper left corners, px."""
_LaidOut = tuple[tuple[QRectF, ...], float, _Placed]
"""Where the texts of a corner lie and the upper edge of them all, px, and their pictures."""


class ViewportForeground:
    """Paints the foreground of one viewport."""

    def __init__(self, viewport: ScanView, paint_overlays: Callable[[QPainter], None]) -> None:
        """Paint over `viewport`; `paint_overlays` paints what lies over its texts, below the frame."""
        self._viewport, self._paint_overlays = viewport, paint_overlays
        self.titles: Callable[[], tuple[tuple[str, int], ...]] = lambda: (self.title,)
        """Returns the titles of all viewports on screen, as `corner_painting.title_font` takes them."""
        self.forget()

    @property
    def title(self) -> tuple[str, int]:
        """Title, empty without a scan, and width of the viewport, px."""
        corners = self.corner_text()
        return "" if corners is None else corners.title, self._viewport.viewport().width()

    @property
    def upper_texts(self) -> tuple[QRectF, ...]:
        """Where the lines of the upper corner lie, px."""
        return self._top.texts

    @property
    def texts(self) -> tuple[QRectF, ...]:
        """Positions of the corner lines, the scale bar and the letters, px."""
        return (*self._top.texts, *self._foot.texts, *self._letters.texts)

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
        corners, bar = self.corner_text(), None
        if corners is None:
            return
        area, font, wall_left = viewport.viewport().rect(), viewport.font(), viewport.wall_left
        if viewport.content is not None and viewport.zoom is not None:
            scale = viewport.zoom / viewport.devicePixelRatioF()
            bar = (scale_bar(viewport.content.placement.spacing, max(60.0, area.width() * 0.2) / scale), scale)

        ratio = viewport.viewport().devicePixelRatioF()
        look = wall_left, font, theme.TEXT.rgb(), area
        titles = self.titles()
        top = (corners.banner, corners.title, titles, corners.top, corners.warnings, bool(corners.state), *look)
        foot = (corners.bottom, corners.state, corners.state_tone, bar, *look)
        self._top.paint(painter, ratio, lambda: corner_painting.top_pieces(area, font, corners, wall_left, titles), top)
        self._foot.paint(painter, ratio, lambda: corner_painting.foot_pieces(area, font, corners, wall_left, bar), foot)
        self.bottom_text_top = min(self._foot.uppermost, area.bottom() - MARGIN)
        self._letters.paint(painter, viewport, self.bottom_text_top, (*self._top.texts, *self._foot.texts))

    def corner_text(self) -> OverlayText | None:
        """Return the text of the corners as painted, made anew only where it has changed; None without a scan."""
        subject, viewport = corner_text_inputs(self._viewport), self._viewport
        if subject != self._corners_for:
            self._corners, self._corners_for = corner_text(viewport), subject
        elif self._corners is not None and (viewport.state, viewport.state_tone) != (
            self._corners.state,
            self._corners.state_tone,
        ):
            self._corners = replace(self._corners, state=viewport.state, state_tone=viewport.state_tone)
        return self._corners


class _Corner:
    """The texts of a corner, kept as pictures with their places."""

    def __init__(self) -> None:
        self._pictures = PictureCache()
        self._laid_out: RecentResults[_LaidOut] = RecentResults()
        self.texts: tuple[QRectF, ...] = ()
        """Where they lie, px."""
        self.uppermost = math.inf
        """Upper edge of them all, px."""

    def paint(
        self, painter: QPainter, ratio: float, lay_out: Callable[[], list[CornerPiece]], subject: tuple[object, ...]
    ) -> None:
        """Copy the texts, after laying them out where they are others than lately.

        Parameters
        ----------
        painter
            Of the viewport, without a transform.
        ratio
            Device pixels per logical one.
        lay_out
            Returns the texts.
        subject
            Value that identifies them.
        """

        def make() -> _LaidOut:
            pieces = lay_out()
            texts = tuple(box for piece in pieces for box in piece.boxes)
            uppermost = min((text.top() for text in texts), default=math.inf)
            placed = [self._pictures.picture(one.subject, one.extent, ratio, one.draw) for one in pieces]
            return texts, uppermost, placed

        self.texts, self.uppermost, placed = self._laid_out.of((subject, ratio), make)
        for corner, picture in placed:
            painter.drawPixmap(corner, picture)


class _Letters:
    """The patient letters, kept as pictures with their places."""

    def __init__(self) -> None:
        self._pictures: dict[str, QPixmap] = {}
        self._widths: dict[str, float] = {}
        self._ascent = 0.0
        self._pictures_for: object = None
        """What decided on the three."""
        self._placed: RecentResults[_Placed] = RecentResults()
        self.texts: tuple[QRectF, ...] = ()
        """Where they lie, px."""

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
        placed_for = viewport.scale_px, viewport.centre, foot_top, texts, breast, look, area, viewport.wall_left

        def make() -> _Placed:
            edges = None if placed is None else BreastEdges.of(placed, viewport.scale_px, viewport.place_of(QPointF()))
            ascent, width = self._ascent, self._widths.__getitem__
            places = letter_places(area, letters, viewport.wall_left, edges, ascent, width, foot_top, texts)
            corners = {
                i: QPointF(round(box.left()) - STRIP_PX, round(box.bottom() - ascent)) for i, box in places.items()
            }
            return [(corner, self._pictures[letters[i]]) for i, corner in corners.items()]

        placed_letters = self._placed.of(placed_for, make)
        self.texts = tuple(QRectF(corner, picture.deviceIndependentSize()) for corner, picture in placed_letters)
        for corner, picture in placed_letters:
            painter.drawPixmap(corner, picture)
