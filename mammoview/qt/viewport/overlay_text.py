"""The words in the corners of a viewport: what is missing is left out, never shown as zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from mammoview.display.length_text import ScaleBar
from mammoview.formats.common.file_names import stem
from mammoview.qt.canvas.outlined_text import STRIP
from mammoview.qt.i18n.message_catalog import by_locale, day, localized_line, phrase
from mammoview.qt.session.voi_state import VoiState
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.text_wrap import wrapped
from mammoview.study.identity import readable
from mammoview.study.scan import Scan

MARGIN = 8
"""Distance from the viewport's edge, px."""
TOP_SHARE = 0.42
"""Share of a viewport's height that the upper corner may take."""
LOWEST_LINES = 5
"""Height of a viewport, in lines, that has room for its title and the state of the models."""
LOW_LINES = 8
"""Height of a viewport, in lines, that has room for little more than its title."""
STATE_ROWS = 3
"""Rows that the line about the models may take."""


class StateTone(Enum):
    """What a viewport says of the models."""

    QUIET = "quiet"
    """Nothing is known yet, or nothing was found."""
    MARKS = "marks"
    """There are marks."""
    WARNING = "warning"
    """The models failed, or the scan is out of their scope."""


@dataclass(frozen=True)
class OverlayText:
    """What is said about a viewport.

    Parameters
    ----------
    title
        Laterality and projection.
    top, bottom
        Lines below the title, and at the foot.
    warnings
        Lines that want to be seen, in short.
    details
        The warnings in full, for the pointer.
    banner
        Says of a prior that it is one; empty for the study itself.
    state
        What the models are about with the scan, or have made of it; it stands at every level.
    state_tone
        What that is: its colour says the same.
    """

    title: str
    top: tuple[str, ...]
    bottom: tuple[str, ...]
    warnings: tuple[str, ...]
    details: str
    banner: str = ""
    state: str = ""
    state_tone: StateTone = StateTone.QUIET

    @classmethod
    def of(
        cls,
        scan: Scan,
        grey: VoiState | None,
        zoom: float | None,
        show_patient: bool,
        patient: str,
        date: str,
        true_size: bool = False,
    ) -> OverlayText:
        """Collect the lines.

        Parameters
        ----------
        scan
            The scan.
        grey
            Its greys, or None while it is loading.
        zoom
            Screen pixels per scan pixel, or None.
        show_patient
            Whether patient and date may be shown.
        patient, date
            Of the study; the scan's own come first.
        true_size
            Whether 1 mm of the breast is 1 mm on the glass.
        """
        facts = scan.facts
        top = []
        if show_patient:
            who = readable(scan.identity.name) or scan.patient or patient
            age = _tr("age {}").format(facts["age"]) if facts.get("age") else ""
            top = [who, "  ".join(_some((day(facts.get("date", date)), age)))]
        bottom = [localized_line("  ".join(facts[key] for key in _TECHNIQUE if facts.get(key)))]
        state = [] if zoom is None else [_tr("zoom {:.0f} %").format(100 * zoom)]
        warnings = []
        if grey is not None:
            state.append(by_locale(grey.text))
            if grey.preset:  # Another than the one that the scan came with.
                top.append(_tr("grey: {}").format(phrase(grey.picture.presets[grey.preset])))
            warnings = [phrase(note) for note in grey.picture.notes]
            if grey.shown_inverted:
                warnings.insert(0, _tr("inverted"))
        bottom.append("  ".join(state))
        top.insert(0, ", ".join(phrase(kind) for kind in _KINDS if facts.get(kind)))
        if scan.stack is not None:
            top.insert(0, f"{_tr(scan.stack.word)} {scan.frame + 1} / {scan.stack.count}")
        size = f"{scan.columns} \u00d7 {scan.rows} px"
        source = localized_line(scan.spacing.label) if scan.spacing.known else _tr("spacing unknown")
        # One part, source first: where the line is cut, the claim goes and not what it rests on.
        bottom.append(f"{size}  " + (_tr("{source}, true size").format(source=source) if true_size else source))
        if scan.grey.for_processing:
            warnings.insert(0, "FOR PROCESSING")
        said = scan.warnings
        if not show_patient:
            # A file may be named after the patient, and so are those beside it.
            said = [line.replace(f"{stem(scan.path.name)}.", "….") for line in said]
        warnings += [line for line in map(phrase, said) if line not in warnings]
        title = f"{phrase(scan.name)} {facts.get('modifiers', '')}".strip()
        return cls(
            title, _some(top), _some(bottom), _some(dict.fromkeys(map(_short, warnings))), "\n".join(_some(warnings))
        )

    def reduced(self, level: str) -> OverlayText:
        """Return the words of one of the `LEVELS`; warnings, and that a scan is a prior, are never left out."""
        if level == "brief":
            return replace(self, bottom=())
        return replace(self, top=(), bottom=()) if level == "least" else self

    def cautioned(self, cautions: Sequence[str]) -> OverlayText:
        """Return the words with those of the models about a scan unlike those they were trained on.

        Parameters
        ----------
        cautions
            `Assessment.warnings`; that the spacing is assumed or unknown stands in the corner already.
        """
        lines = [phrase(line) for line in cautions if not line.startswith("spacing is ")]
        if not lines:
            return self
        short = tuple(_tr("models: {}").format(_short(line)) for line in lines)
        return replace(self, warnings=(*short, *self.warnings), details="\n".join(_some([*lines, self.details])))


LEVELS: tuple[Literal["full", "brief", "least"], ...] = ("full", "brief", "least")
"""How much the corners show, from everything down to the view with its warnings."""
_KINDS = ("implant", "partial view", "synthesised")
"""Facts of which it is said that they hold."""
_TONES = {StateTone.QUIET: theme.TEXT, StateTone.MARKS: theme.MODELS, StateTone.WARNING: theme.WARNING}
_TECHNIQUE = ("kVp", "mAs", "thickness", "force", "dose")
"""Facts of a scan worth a place on screen; their texts carry their units."""


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
        # The year stands at its end: rather small than cut.
        fits = QFontMetricsF(title).horizontalAdvance(corners.banner) <= block.room(title)
        y = block.line(corners.banner, title if fits else small, theme.PRIOR, y)
    y = block.line(corners.title, title, theme.TEXT, y)
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
    return lines if more <= 1 else [*lines[:kept], (_tr("and {} more").format(more), True)]


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
        return max(120.0, self.rect.width() / 2 - MARGIN - QFontMetricsF(font).horizontalAdvance("FR"))

    def line(self, text: str, font: QFont, colour: QColor, y: float) -> float:
        """Draw a line whose top is at y; returns the top of the next."""
        metrics = QFontMetricsF(font)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.room(font))
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
    text = localized_line(scale_bar.text)
    across = metrics.horizontalAdvance(text)
    left, top = block.x(across), y - 9 - metrics.ascent()
    strip = QRectF(left - 3, top, across + 6, metrics.lineSpacing())
    block.boxes += [strip, QRectF(x, y - 6, width, 6)]
    painter.fillRect(strip, STRIP)
    for colour, grow in ((QColor(0, 0, 0, 200), 1.0), (theme.TEXT, 0.0)):
        for piece in (QRectF(x, y - 2, width, 2), QRectF(x, y - 6, 1.5, 6), QRectF(x + width - 1.5, y - 6, 1.5, 6)):
            painter.fillRect(piece.adjusted(-grow, -grow, grow, grow), colour)
    painter.setFont(font)
    painter.setPen(theme.TEXT)
    painter.drawText(QPointF(left, y - 9), text)
    return top


def _short(warning: str) -> str:
    """Return what is wrong without the reason or remedy behind the colon."""
    return warning.partition(": ")[0]


def _some(lines: Iterable[str]) -> tuple[str, ...]:
    """Leave out what is empty."""
    return tuple(line for line in lines if line)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("corners", text)
