"""The words of a viewport painted into its corners, with scale bar and frames, in screen pixels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSizeF, Qt
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
BAR_LETTERS = 40
"""Letters beside the scale bar, at most."""
LOWEST_LINES = 5
"""Height of a viewport, in lines, that has room for its title and the state of the models."""
LOW_LINES = 8
"""Height of a viewport, in lines, that has room for little more than its title."""
STATE_ROWS = 5
"""Rows that the line about the models may take."""
_TONES = {StateTone.QUIET: theme.TEXT, StateTone.MARKS: theme.MODELS, StateTone.WARNING: theme.WARNING}


def corner_areas(rect: QRect, on_right: bool, font: QFont) -> tuple[QRectF, QRectF]:
    """Return within what `paint_top` and `paint_foot` draw in a viewport, px.

    Lines take half its width, the words of the scale bar what they need; the texts of a low viewport may fill its
    whole height.
    """
    bar = BAR_LETTERS * QFontMetricsF(font).averageCharWidth()
    width = max(NARROWEST, bar, rect.width() / 2) + 2 * MARGIN
    left = rect.right() + 1 - width if on_right else rect.left()
    height = max(0.65 * rect.height(), LOW_LINES * 30)
    area = QRectF(rect)
    upper = QRectF(left, area.top(), width, height) & area
    return upper, QRectF(left, area.bottom() - height, width, height) & area


def paint_top(painter: QPainter, rect: QRect, corners: OverlayText, on_right: bool) -> list[QRectF]:
    """Draw into a viewport what no drag changes: the upper corner, in screen pixels.

    Parameters
    ----------
    painter
        Without a transform, with the viewport's font.
    rect
        The viewport.
    corners
        The words.
    on_right
        Whether the outer side, away from the chest wall, is on the right.

    Returns
    -------
    list[QRectF]
        Where the lines lie, px.
    """
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    base = QFont(painter.font())
    title, small = theme.title_font(base), theme.facts_font(base)
    block = _Block(painter, rect, on_right)
    y: float = rect.top() + MARGIN
    if corners.banner:
        y = block.line(corners.banner, block.fitting(corners.banner, title, small), theme.PRIOR, y)
    y = block.line(corners.title, block.fitting(corners.title, title, base, small), theme.TEXT, y)
    metrics = QFontMetricsF(base)
    if corners.state and rect.height() < LOWEST_LINES * metrics.lineSpacing():
        return block.boxes  # No more than the title and the state of the models fits.
    room = rect.top() + rect.height() * TOP_SHARE - y
    for line, warns in top_rows(corners, metrics, block.room(base), int(room / metrics.lineSpacing())):
        y = block.line(line, base, theme.WARNING if warns else theme.TEXT, y)
    return block.boxes


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


def paint_foot(
    painter: QPainter, rect: QRect, corners: OverlayText, on_right: bool, bar: tuple[ScaleBar, float] | None
) -> tuple[float, list[QRectF]]:
    """Draw into a viewport what follows zoom and window: the lower corner and the scale bar, in screen pixels.

    Parameters
    ----------
    painter
        Without a transform, with the viewport's font.
    rect, corners, on_right
        As `paint_top` takes them.
    bar
        Scale bar and screen pixels per scan pixel.

    Returns
    -------
    tuple[float, list[QRectF]]
        Where it all begins, px from the top of the viewport's picture, and where the lines and the bar lie.
    """
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    small = theme.facts_font(painter.font())
    block = _Block(painter, rect, on_right)
    metrics = QFontMetricsF(small)
    lines = foot_lines(corners.bottom, metrics, block.room(small), rect.height())
    usual = QFont(painter.font())
    rows = state_rows(corners.state, QFontMetricsF(usual), block.room(usual), rect.height())
    if rows and rect.height() < LOW_LINES * metrics.lineSpacing():
        lines = []  # The state of the models comes before technical facts.
    y = top = rect.bottom() - MARGIN - len(lines) * metrics.lineSpacing()
    if bar is not None and (lines or rect.height() >= LOW_LINES * metrics.lineSpacing()):
        top = _paint_bar(block, bar, small, y)
    if rows:
        above = top = top - len(rows) * QFontMetricsF(usual).lineSpacing() - (0 if bar is None else 2)
        for row in rows:
            above = block.line(row, usual, _TONES[corners.state_tone], above)
    for line in lines:
        y = block.line(line, small, theme.FAINT, y)
    return top, block.boxes


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


class _Block:
    """Lines of text along the outer edge of a viewport."""

    def __init__(self, painter: QPainter, rect: QRect, on_right: bool) -> None:
        self.painter, self.rect, self.on_right = painter, rect, on_right
        self.boxes: list[QRectF] = []
        """Where something has been drawn, px."""

    def x(self, width: float) -> float:
        """Left end of something that wide."""
        return self.rect.right() - MARGIN - width if self.on_right else self.rect.left() + MARGIN

    def room(self, font: QFont) -> float:
        """Width that a line may take, px: the patient letters stand in the middle of the edge."""
        return max(NARROWEST, self.rect.width() / 2 - MARGIN - QFontMetricsF(font).horizontalAdvance(WIDEST_LETTERS))

    def fitting(self, text: str, *fonts: QFont) -> QFont:
        """Return the first font in which a line fits, else the last: year and projection are rather small than cut."""
        fits = (one for one in fonts if QFontMetricsF(one).horizontalAdvance(text) <= self.room(one))
        return next(fits, fonts[-1])

    def line(self, text: str, font: QFont, colour: QColor, y: float) -> float:
        """Draw a line whose top is at y; returns the top of the next."""
        metrics = QFontMetricsF(font)
        width, room = metrics.horizontalAdvance(text), self.room(font)
        if width > room:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(text)
        x = self.x(width)
        box = QRectF(x - 3, y, width + 6, metrics.lineSpacing())
        self.boxes.append(box)
        self.painter.fillRect(box, STRIP)
        self.painter.setFont(font)
        self.painter.setPen(colour)
        self.painter.drawText(QPointF(x, y + metrics.ascent()), text)
        return y + metrics.lineSpacing()


def _paint_bar(block: _Block, bar: tuple[ScaleBar, float], font: QFont, bottom: float) -> float:
    """Draw the scale bar above the foot lines, with the source of the spacing; returns where it begins."""
    scale_bar, scale = bar
    width = scale_bar.pixels * scale
    metrics = QFontMetricsF(font)
    y = bottom - 6
    x = block.x(width)
    painter = block.painter
    # In a narrow viewport the source of the spacing goes on below: neither it nor the length is cut.
    rows = wrapped(localized_line(scale_bar.text), metrics, block.rect.width() - 2 * MARGIN, ", ")
    top = y - 9 - metrics.ascent() - (len(rows) - 1) * metrics.lineSpacing()
    strips = []
    for index, row in enumerate(rows):
        across = metrics.horizontalAdvance(row)
        place = QPointF(block.x(across) - 3, top + index * metrics.lineSpacing())
        strips.append(QRectF(place, QSizeF(across + 6, metrics.lineSpacing())))
    block.boxes += [*strips, QRectF(x, y - 6, width, 6)]
    for strip in strips:
        painter.fillRect(strip, STRIP)
    for colour, grow in ((QColor(0, 0, 0, 200), 1.0), (theme.TEXT, 0.0)):
        for piece in (QRectF(x, y - 2, width, 2), QRectF(x, y - 6, 1.5, 6), QRectF(x + width - 1.5, y - 6, 1.5, 6)):
            painter.fillRect(piece.adjusted(-grow, -grow, grow, grow), colour)
    painter.setFont(font)
    painter.setPen(theme.TEXT)
    for row, strip in zip(rows, strips, strict=True):
        painter.drawText(QPointF(strip.left() + 3, strip.top() + metrics.ascent()), row)
    return top
