"""The list of findings: a small picture and four lines for each, in the chosen order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mammoview.qt.findings.listed_finding import ListedFinding, thumbnail
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.records.reader_report import Verdict

THUMBNAIL_PX = 48
MARGIN_PX = 8
MOST_ROWS = 3
"""More rows than these are scrolled, unless the panel is high."""
PANEL_SHARE = 0.45
"""Share of the panel's height that the rows may take: the verdict is to be in sight with them."""
PAIR_LINES = 3
"""Of the pair and of what agrees."""
LINES = 4 + PAIR_LINES
"""Title, two lines of odds, place, pair; where two models are compared, a line for that as well."""
FINDING = Qt.ItemDataRole.UserRole
"""Role of the `ListedFinding`."""
VERDICT = Qt.ItemDataRole.UserRole + 1
"""Role of the sign of a verdict; empty without one."""

_N = translate_noop
ORDERS: Mapping[str, tuple[str, Callable[[ListedFinding, Verdict | None], Any]]] = {
    "number": (_N("FindingsPanel", "by number"), lambda one, _: one.number),
    "view": (_N("FindingsPanel", "by view"), lambda one, _: (one.entry.scan.name, one.number)),
    "size": (_N("FindingsPanel", "by size"), lambda one, _: (-(one.size_mm or 0.0), one.number)),
    "odds": (_N("FindingsPanel", "by odds"), lambda one, _: (-_likely(one), one.number)),
    "place": (_N("FindingsPanel", "by distance from the nipple"), lambda one, _: (_far(one), one.number)),
    "agreement": (_N("FindingsPanel", "by agreement"), lambda one, _: (-sum(one.agreement), one.number)),
    "pair": (_N("FindingsPanel", "by pair"), lambda one, _: (not one.letter, len(one.letter), one.letter, one.number)),
    "verdict": (_N("FindingsPanel", "by verdict"), lambda one, verdict: (_judged(verdict), one.number)),
}
"""Orders of the list: in words, and what is sorted by, of a finding and the reader's verdict on it."""


class FindingList(QListWidget):
    """Rows of `ListedFinding`; the text of an item is what a screen reader says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty list."""
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)  # hundreds of rows are laid out at once
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._delegate = FindingDelegate(self)
        self.setItemDelegate(self._delegate)
        self._panel_height = 0

    def fit_panel(self, height: int) -> None:
        """Take as many rows as suit a panel of a height, px."""
        self._panel_height = height
        self.fit_rows()

    def fit_rows(self) -> None:
        """Be high enough for all rows, or for as many as suit the panel, of which the last is cut: there are more."""
        height = self.sizeHintForRow(0) if self.count() else self.fontMetrics().lineSpacing()
        most = max(MOST_ROWS, int(PANEL_SHARE * self._panel_height / height)) - 0.25
        self.setFixedHeight(round(min(max(self.count(), 1), most) * height) + 2 * self.frameWidth())

    def clear(self) -> None:
        """Take all rows away, and their pictures: none may outlive the scan that it shows."""
        super().clear()
        self._delegate.forget()

    def add(self, one: ListedFinding) -> None:
        """Add a row."""
        item = QListWidgetItem()
        item.setData(FINDING, one)
        item.setToolTip(one.about)
        self.addItem(item)

    def set_compared(self, compared: bool) -> None:
        """Have room for a line about two models in each row."""
        self._delegate.lines = LINES + compared


class FindingDelegate(QStyledItemDelegate):
    """Draws a row: crop of the scan, then what is known of the finding."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without pictures."""
        super().__init__(parent)
        self.lines = LINES
        self._pictures: dict[ListedFinding, tuple[tuple[str, bool, float], QPixmap]] = {}

    @property
    def picture_count(self) -> int:
        """Number of findings whose pictures have been made."""
        return len(self._pictures)

    def forget(self) -> None:
        """Drop the pictures of all findings."""
        self._pictures.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a row."""
        lines = self.lines * option.fontMetrics.lineSpacing()
        return QSize(THUMBNAIL_PX + 120, max(THUMBNAIL_PX, lines) + 2 * MARGIN_PX - 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row."""
        one = index.data(FINDING)
        if not isinstance(one, ListedFinding):
            return
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, option.palette.highlight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.ACCENT, 1))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        inner = option.rect.adjusted(MARGIN_PX, MARGIN_PX - 2, -MARGIN_PX, 2 - MARGIN_PX)
        self._paint_picture(painter, inner, one)
        text = inner.adjusted(THUMBNAIL_PX + MARGIN_PX, 0, 0, 0)
        plain = option.palette.color(QPalette.ColorRole.HighlightedText) if selected else theme.TEXT
        faint = plain if selected else theme.FAINT
        bold = QFont(option.font)
        bold.setBold(True)
        height = option.fontMetrics.lineSpacing()
        sign = str(index.data(VERDICT) or "")
        room = option.fontMetrics.horizontalAdvance(sign) + (4 if sign else 0)
        line = QRect(text.left(), text.top(), text.width(), height)
        painter.setPen(plain)
        painter.setFont(bold)
        elided = QFontMetrics(bold).elidedText(one.title, Qt.TextElideMode.ElideRight, line.width() - room)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), elided)
        painter.setFont(option.font)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight), sign)
        below = line.bottom() + 1
        for words, most, colour in (
            (one.odds_text, 2, plain),
            (one.place_text, 1, faint),
            (one.models, 1, plain),
            ("; ".join(part for part in (one.pair_text, one.agreement_text) if part), PAIR_LINES, faint),
        ):
            painter.setPen(colour)
            for part in _wrapped(words, option.fontMetrics, text.width(), most):
                painter.drawText(QRect(text.left(), below, text.width(), height), int(Qt.AlignmentFlag.AlignLeft), part)
                below += height
        painter.restore()

    def _paint_picture(self, painter: QPainter, inner: QRect, one: ListedFinding) -> None:
        """Draw the crop, or a frame while there is none."""
        place = QRect(inner.left(), inner.top() + 2, THUMBNAIL_PX, THUMBNAIL_PX)
        picture = self._picture(one, painter.device().devicePixelRatio())
        if picture is None:
            painter.setPen(QPen(theme.FAINT, 1))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        else:
            painter.drawPixmap(place, picture)

    def _picture(self, one: ListedFinding, ratio: float) -> QPixmap | None:
        """Return the crop in the greys of the scan as they are now; None while there is no picture of it."""
        grey = one.entry.grey
        if grey is None:
            return None
        look = repr(grey.window), grey.shown_inverted, ratio
        known = self._pictures.get(one)
        if known is not None and known[0] == look:
            return known[1]
        image = thumbnail(one, round(THUMBNAIL_PX * ratio))
        if image is None:
            return None
        picture = QPixmap.fromImage(image)
        self._pictures[one] = look, picture
        return picture


def _wrapped(text: str, metrics: QFontMetrics, width: int, most: int) -> list[str]:
    """Break a text into at most so many lines; what is left over is elided on the last."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        taken = 1
        while taken < len(words) and metrics.horizontalAdvance(" ".join(words[: taken + 1])) <= width:
            taken += 1
        lines.append(metrics.elidedText(" ".join(words[:taken]), Qt.TextElideMode.ElideRight, width))
        words = words[taken:]
    if words:
        lines.append(metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width))
    return lines


def _likely(one: ListedFinding) -> float:
    """Return the share by which findings are sorted."""
    return one.finding.score if one.odds is None else one.odds.value


def _judged(verdict: Verdict | None) -> int:
    """Return the place of a verdict among verdicts: accepted, rejected, and last what is not judged yet."""
    return 2 if verdict is None else 0 if verdict.accepted else 1


def _far(one: ListedFinding) -> float:
    """Return the distance by which findings are sorted; those without one come last."""
    return float("inf") if one.place is None else one.place.from_nipple
