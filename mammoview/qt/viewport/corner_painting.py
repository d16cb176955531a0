"""The words of a viewport in its corners, laid out and drawn, with scale bar and frames, in screen pixels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import reduce

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from mammoview.display.length_text import ScaleBar
from mammoview.qt.canvas.outlined_text import STRIP
from mammoview.qt.i18n.message_catalog import localized_line
from mammoview.qt.viewport.overlay_text import OverlayText, StateTone
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.text_wrap import wrapped

MARGIN = 8
"""Distance from the viewport's edge, px."""
WIDEST_LETTERS = "FR"
"""Patient letters as wide as any: so much of the middle of an edge is theirs."""
TOP_SHARE = 0.42
"""Share of a viewport's height that the upper corner may take."""
NARROWEST = 120.0
"""Width that a line may take in any viewport, px."""
INDENT = 3
"""What a strip reaches beyond the sides of its text, px."""
OVERHANG = 3
"""What a letter may reach beyond its strip, px."""
LOWEST_LINES = 5
"""Height of a viewport, in lines, that has room for its title and the state of the models."""
LOW_LINES = 8
"""Height of a viewport, in lines, that has room for little more than its title."""
STATE_ROWS = 5
"""Rows that the line about the models may take."""
_TONES = {StateTone.QUIET: theme.TEXT, StateTone.MARKS: theme.MODELS, StateTone.WARNING: theme.WARNING}


@dataclass(frozen=True)
class TextLine:
    """A line of text on its strip.

    Parameters
    ----------
    text, font, colour
        Of the line.
    strip
        Behind it, px; the text begins `INDENT` px from its left end.
    """

    text: str
    font: QFont
    colour: QColor
    strip: QRectF

    @property
    def boxes(self) -> tuple[QRectF, ...]:
        """Where it lies, px."""
        return (self.strip,)

    @property
    def extent(self) -> QRectF:
        """What holds all of it, px: a letter may reach beyond the strip."""
        return self.strip.adjusted(-OVERHANG, -OVERHANG, OVERHANG, OVERHANG)

    @property
    def subject(self) -> Hashable:
        """Value that identifies what is drawn, but for its place."""
        return self.text, self.font, self.colour.rgba()

    def draw(self, painter: QPainter) -> None:
        """Draw it with a painter that has no transform of its own."""
        painter.fillRect(self.strip, STRIP)
        self.write(painter)

    def write(self, painter: QPainter) -> None:
        """Draw its text alone."""
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setFont(self.font)
        painter.setPen(self.colour)
        baseline = self.strip.top() + QFontMetricsF(self.font).ascent()
        painter.drawText(QPointF(self.strip.left() + INDENT, baseline), self.text)


@dataclass(frozen=True)
class DrawnScaleBar:
    """A scale bar with its length and the source of the spacing above it.

    Parameters
    ----------
    rows
        The words.
    bar
        Where the bar lies, px.
    """

    rows: tuple[TextLine, ...]
    bar: QRectF

    @property
    def boxes(self) -> tuple[QRectF, ...]:
        """Where the words and the bar lie, px."""
        return (*(row.strip for row in self.rows), self.bar)

    @property
    def extent(self) -> QRectF:
        """What holds all of it, px."""
        return reduce(QRectF.united, [*(row.extent for row in self.rows), self.bar.adjusted(-1, -1, 1, 1)])

    @property
    def subject(self) -> Hashable:
        """Value that identifies what is drawn, but for its place."""
        extent = self.extent
        places = tuple((box.left() - extent.left(), box.top() - extent.top(), box.width()) for box in self.boxes)
        return tuple(row.subject for row in self.rows), places, theme.TEXT.rgba()

    def draw(self, painter: QPainter) -> None:
        """Draw it with a painter that has no transform of its own."""
        for row in self.rows:
            painter.fillRect(row.strip, STRIP)
        x, y, width = self.bar.left(), self.bar.bottom(), self.bar.width()
        for colour, grow in ((QColor(0, 0, 0, 200), 1.0), (theme.TEXT, 0.0)):
            for piece in (QRectF(x, y - 2, width, 2), QRectF(x, y - 6, 1.5, 6), QRectF(x + width - 1.5, y - 6, 1.5, 6)):
                painter.fillRect(piece.adjusted(-grow, -grow, grow, grow), colour)
        for row in self.rows:
            row.write(painter)


CornerPiece = TextLine | DrawnScaleBar
"""What the corners of a viewport are made of."""


def title_font(font: QFont, titles: Sequence[tuple[str, int]]) -> QFont:
    """Return the font of the titles of all viewports on screen: the largest in which each fits, else the smallest.

    Parameters
    ----------
    font
        Of the viewports.
    titles
        Each with the width of its viewport, px.
    """
    *larger, least = theme.title_font(font), font, theme.facts_font(font)
    for one in larger:
        metrics = QFontMetricsF(one)
        if all(metrics.horizontalAdvance(title) <= line_room(width, metrics) for title, width in titles):
            return one
    return least


def line_room(width: float, metrics: QFontMetricsF) -> float:
    """Return the width that a line may take in a viewport, px: the patient letters stand in the middle of the edge."""
    return max(NARROWEST, width / 2 - MARGIN - metrics.horizontalAdvance(WIDEST_LETTERS))


def top_pieces(
    rect: QRect, font: QFont, corners: OverlayText, on_right: bool, titles: Sequence[tuple[str, int]]
) -> list[CornerPiece]:
    """Lay out in a viewport what no drag changes: the upper corner, in screen pixels.

    Parameters
    ----------
    rect, font
        Of the viewport.
    corners
        The words.
    on_right
        Whether the outer side, away from the chest wall, is on the right.
    titles
        As `title_font` takes them, of the viewports on screen, whose titles have one size.
    """
    small = theme.facts_font(font)
    block = TextBlock(rect, on_right)
    y: float = rect.top() + MARGIN
    if corners.banner:
        y = block.line(corners.banner, block.fitting(corners.banner, theme.title_font(font), small), theme.PRIOR, y)
    y = block.line(corners.title, title_font(font, titles), theme.TEXT, y)
    metrics = QFontMetricsF(font)
    if corners.state and rect.height() < LOWEST_LINES * metrics.lineSpacing():
        return block.pieces  # No more than the title and the state of the models fits.
    room = rect.top() + rect.height() * TOP_SHARE - y
    for line, warns in top_rows(corners, metrics, block.room(font), int(room / metrics.lineSpacing())):
        y = block.line(line, font, theme.WARNING if warns else theme.TEXT, y)
    return block.pieces


def state_rows(state: str, metrics: QFontMetricsF, room: float, height: float) -> list[str]:
    """Return the rows of the line about the models; a low viewport has one, and the last is cut where it is too long.

    Parameters
    ----------
    state
        The line; none for an empty one.
    metrics
        Of its font.
    room
        Width that a row may take, px.
    height
        Of the viewport, px.
    """
    rows = wrapped(state, metrics, room, " ") if state else []
    most = STATE_ROWS if height >= 2 * LOW_LINES * metrics.lineSpacing() else 1
    return rows if len(rows) <= most else [*rows[: most - 1], " ".join(rows[most - 1 :])]


def top_rows(corners: OverlayText, metrics: QFontMetricsF, room: float, most: int) -> list[tuple[str, bool]]:
    """Return the rows below the title, each with whether it warns.

    Parameters
    ----------
    corners
        The words.
    metrics
        Of their font.
    room
        Width that a row may take, px.
    most
        Rows for which there is room. As far as that goes, what is too wide goes on below; then it is cut, and at
        last only the number of further warnings is shown.
    """
    lines = [(line, False) for line in corners.top] + [(line, True) for line in corners.warnings]
    parts = [(part, warns) for line, warns in lines for part in wrapped(line, metrics, room)]
    whole = [(row, warns) for part, warns in parts for row in wrapped(part, metrics, room, " ")]
    if len(whole) <= most:
        return whole
    # A viewport lower than that has room for the title alone.
    kept = 0 if most <= 0 else max(most - 1, len(corners.top) + 1)
    more = len(lines) - kept
    return (
        lines
        if more <= 1
        else [*lines[:kept], (QCoreApplication.translate("corners", "and {} more").format(more), True)]
    )


def foot_pieces(
    rect: QRect, font: QFont, corners: OverlayText, on_right: bool, bar: tuple[ScaleBar, float] | None
) -> list[CornerPiece]:
    """Lay out in a viewport what follows zoom and window: the lower corner and the scale bar, in screen pixels.

    Parameters
    ----------
    rect, font, corners, on_right
        As `top_pieces` takes them.
    bar
        Scale bar and screen pixels per scan pixel.
    """
    small = theme.facts_font(font)
    block = TextBlock(rect, on_right)
    metrics, usual = QFontMetricsF(small), QFontMetricsF(font)
    lines = foot_lines(corners.bottom, metrics, block.room(small), rect.height())
    rows = state_rows(corners.state, usual, block.room(font), rect.height())
    if rows and rect.height() < LOW_LINES * metrics.lineSpacing():
        lines = []  # The state of the models comes before technical facts.
    y = top = rect.bottom() - MARGIN - len(lines) * metrics.lineSpacing()
    if bar is not None and (lines or rect.height() >= LOW_LINES * metrics.lineSpacing()):
        top = block.scale_bar(bar, small, y)
    if rows:
        above = top - len(rows) * usual.lineSpacing() - (0 if bar is None else 2)
        for row in rows:
            above = block.line(row, font, _TONES[corners.state_tone], above)
    for line in lines:
        y = block.line(line, small, theme.FAINT, y)
    return block.pieces


def foot_lines(lines: Sequence[str], metrics: QFontMetricsF, room: float, height: float) -> list[str]:
    """Return the lines of the foot without cutting a part, of which two spaces separate one from the next.

    Parameters
    ----------
    lines
        The lines.
    metrics
        Of their font.
    room
        Width that a line may take, px.
    height
        Of the viewport, px. Lines too wide go on below; where that takes over a quarter of the viewport, they lose
        their end, and in a very low viewport the first lines are left out.
    """
    wrapped_lines = [wrapped(line, metrics, room) for line in lines]
    whole = [row for rows in wrapped_lines for row in rows]
    most = int(height / 4 / metrics.lineSpacing())
    if len(whole) <= most:
        return whole
    first = [rows[0] for rows in wrapped_lines]
    return first if height >= LOW_LINES * metrics.lineSpacing() else first[len(first) - min(most, len(first)) :]


def paint_frame(painter: QPainter, rect: QRect, wall_left: bool) -> None:
    """Frame the active viewport, but for the chest wall side, where nothing may come between the breasts."""
    box = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
    wall, outer = (box.left(), box.right()) if wall_left else (box.right(), box.left())
    painter.setPen(QPen(theme.ACCENT, 1))
    corners = ((wall, box.top()), (outer, box.top()), (outer, box.bottom()), (wall, box.bottom()))
    painter.drawPolyline([QPointF(x, y) for x, y in corners])


def paint_prior_frame(painter: QPainter, rect: QRect, wall_left: bool) -> None:
    """Frame a prior with dashes, so that it differs from the study by more than a colour."""
    painter.setPen(QPen(theme.PRIOR, 2, Qt.PenStyle.DashLine))
    box = QRectF(rect).adjusted(3, 3, -3, -3)
    wall, outer = (rect.left(), box.right()) if wall_left else (rect.right(), box.left())
    corners = ((wall, box.top()), (outer, box.top()), (outer, box.bottom()), (wall, box.bottom()))
    painter.drawPolyline([QPointF(x, y) for x, y in corners])


class TextBlock:
    """Lines of text along the outer edge of a viewport."""

    def __init__(self, rect: QRect, on_right: bool) -> None:
        self.rect, self.on_right = rect, on_right
        self.pieces: list[CornerPiece] = []
        """What has been laid out."""

    def x(self, width: float) -> float:
        """Left end of something that wide."""
        return self.rect.right() - MARGIN - width if self.on_right else self.rect.left() + MARGIN

    def room(self, font: QFont) -> float:
        """Width that a line may take, px."""
        return line_room(self.rect.width(), QFontMetricsF(font))

    def fitting(self, text: str, *fonts: QFont) -> QFont:
        """Return the first font in which a line fits, else the last: the year is rather small than cut."""
        fits = (one for one in fonts if QFontMetricsF(one).horizontalAdvance(text) <= self.room(one))
        return next(fits, fonts[-1])

    def line(self, text: str, font: QFont, colour: QColor, y: float) -> float:
        """Add a line whose top is at y; returns the top of the next."""
        metrics = QFontMetricsF(font)
        width, room = metrics.horizontalAdvance(text), self.room(font)
        if width > room:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(text)
        self.pieces.append(self._strip(text, font, metrics, colour, y, width))
        return y + metrics.lineSpacing()

    def scale_bar(self, bar: tuple[ScaleBar, float], font: QFont, bottom: float) -> float:
        """Add the scale bar above the foot lines, with the source of the spacing; returns where it begins."""
        scale_bar, scale = bar
        width = scale_bar.pixels * scale
        metrics = QFontMetricsF(font)
        y = bottom - 6
        # In a narrow viewport the source of the spacing goes on below: neither it nor the length is cut.
        rows = wrapped(localized_line(scale_bar.text), metrics, self.rect.width() - 2 * MARGIN, ", ")
        top = y - 9 - metrics.ascent() - (len(rows) - 1) * metrics.lineSpacing()
        lines = tuple(
            self._strip(
                row, font, metrics, theme.TEXT, top + index * metrics.lineSpacing(), metrics.horizontalAdvance(row)
            )
            for index, row in enumerate(rows)
        )
        self.pieces.append(DrawnScaleBar(lines, QRectF(self.x(width), y - 6, width, 6)))
        return top

    def _strip(
        self, text: str, font: QFont, metrics: QFontMetricsF, colour: QColor, y: float, width: float
    ) -> TextLine:
        """Return a line of text that wide whose top is at y."""
        strip = QRectF(self.x(width) - INDENT, y, width + 2 * INDENT, metrics.lineSpacing())
        return TextLine(text, font, colour, strip)
