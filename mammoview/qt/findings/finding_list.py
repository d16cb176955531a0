"""The list of findings: a small picture and what is known of each, in the chosen order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
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
from mammoview.qt.widgets.text_wrap import NO_BREAK, whole_brackets

if TYPE_CHECKING:
    from mammoview.records.reader_report import Verdict

THUMBNAIL_PX = 48
MARGIN_PX = 8
SIGN = "\u2713 "
"""Takes the room that is kept for the sign of a verdict."""
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
    """Rows of `ListedFinding`; the text of an item is its accessible name.

    It is as high as all its rows, so that the panel around it is the only one to scroll. What is said of the chosen
    finding stands in the row of it, below the text.
    """

    def __init__(self, foot: QWidget | None = None, parent: QWidget | None = None) -> None:
        """Make an empty list; `foot` is placed in the chosen row."""
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
        self._delegate = FindingDelegate(self)
        self.setItemDelegate(self._delegate)
        self._foot = foot
        if foot is not None:
            foot.setParent(self.viewport())
            foot.hide()
            self.setTabOrder(self, foot)
        self.fit_rows()

    def fit_rows(self) -> None:
        """Be as high as all rows, and put the foot into the chosen one."""
        foot = self._foot
        if foot is not None:
            shown = not foot.isHidden() and self.currentRow() >= 0
            self._delegate.unfolded = self.currentRow() if shown else -1
            self._delegate.foot_px = foot.sizeHint().height() + MARGIN_PX if shown else 0
        self.doItemsLayout()
        rows = sum(self.sizeHintForRow(row) for row in range(self.count()))
        self.setFixedHeight(max(rows, self.fontMetrics().lineSpacing()) + 2 * self.frameWidth())
        if foot is not None and self._delegate.foot_px:
            row = self.visualItemRect(self.currentItem())
            height = foot.sizeHint().height()
            # Long texts of its buttons come before margins.
            side = min(MARGIN_PX, max(0, (row.width() - foot.minimumSizeHint().width()) // 2))
            foot.setGeometry(row.adjusted(side, row.height() - height - MARGIN_PX, -side, -MARGIN_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the texts anew where the width has changed."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit_rows()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move through the rows; a key that the foot has not taken is for the window and chooses no other row."""
        if self.hasFocus():
            super().keyPressEvent(event)
        else:
            event.ignore()

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Stay: the panel scrolls."""

    def chosen_rect(self) -> QRect:
        """Return where the chosen row is, in the list; empty where there is none."""
        item = self.currentItem()
        if item is None:
            return QRect()
        row = self.visualItemRect(item)
        return QRect(self.viewport().mapTo(self, row.topLeft()), row.size())

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


class FindingDelegate(QStyledItemDelegate):
    """Draws a row: crop of the scan, then what is known of the finding, on as many lines as it takes."""

    unfolded = -1
    """Row that has room for the verdict below its text."""
    foot_px = 0
    """Height of that room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without pictures."""
        super().__init__(parent)
        self._pictures: dict[ListedFinding, tuple[tuple[str, bool, float], QPixmap]] = {}
        self._heights: dict[tuple[ListedFinding, int, str], int] = {}

    @property
    def picture_count(self) -> int:
        """Number of findings whose pictures have been made."""
        return len(self._pictures)

    def forget(self) -> None:
        """Drop the pictures and heights of all findings."""
        self._pictures.clear()
        self._heights.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a row in a list of the width of `option`, or of that of its widget."""
        one = index.data(FINDING)
        view = option.widget
        width = view.viewport().width() if isinstance(view, FindingList) else option.rect.width()
        foot = self.foot_px if index.row() == self.unfolded else 0
        if not isinstance(one, ListedFinding):
            return QSize(width, option.fontMetrics.lineSpacing() + foot)
        place = one, width, option.font.key()
        if place not in self._heights:
            lines = sum(text.lineCount() for text, _faint in _laid_out(one, option.font, _text_width(width)))
            high = max(THUMBNAIL_PX, lines * QFontMetrics(option.font).lineSpacing())
            self._heights[place] = high + 2 * MARGIN_PX - 4
        return QSize(width, self._heights[place] + foot)

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
        plain = option.palette.color(QPalette.ColorRole.HighlightedText) if selected else theme.TEXT
        faint = plain if selected else theme.FAINT
        height = QFontMetrics(option.font).lineSpacing()
        painter.setFont(option.font)
        painter.setPen(plain)
        first = QRect(inner.left(), inner.top(), inner.width(), height)
        painter.drawText(first, int(Qt.AlignmentFlag.AlignRight), str(index.data(VERDICT) or ""))
        place = inner.topLeft() + QPoint(THUMBNAIL_PX + MARGIN_PX, 0)
        for text, is_faint in _laid_out(one, option.font, _text_width(option.rect.width())):
            painter.setPen(faint if is_faint else plain)
            text.draw(painter, QPointF(place))
            place += QPoint(0, text.lineCount() * height)
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


def _text_width(width: int) -> int:
    """Return the room for text in a row of a width, px; to the right of it stands the sign of a verdict."""
    return max(1, width - THUMBNAIL_PX - 3 * MARGIN_PX)


def _laid_out(one: ListedFinding, font: QFont, width: int) -> list[tuple[QTextLayout, bool]]:
    """Return the texts of a row, broken into lines of a width, px, of which none is cut; and whether each is faint."""
    bold = QFont(font)
    bold.setBold(True)
    # The words of one part stay together where they can.
    agreement = one.agreement_text.replace(" ", NO_BREAK).replace(f",{NO_BREAK}", ", ")
    pair = one.pair_text.replace(" ↔ ", f"{NO_BREAK}↔{NO_BREAK}")
    metrics = QFontMetrics(font)
    room = width - metrics.horizontalAdvance(SIGN)
    parts = (
        (one.title.replace(" ", NO_BREAK).replace(2 * NO_BREAK, "  "), bold, room, False),
        (whole_brackets(one.odds_text), font, width, False),
        (one.models, font, width, False),
        *((text, font, width, True) for text in (one.place_text, pair, agreement)),
    )
    return [(_broken(text, of, most, metrics.lineSpacing()), faint) for text, of, most, faint in parts if text]


def _broken(text: str, font: QFont, width: int, spacing: int) -> QTextLayout:
    """Return a text in lines of a width, `spacing` px apart, broken within a word where that alone is too long."""
    made = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setTextOption(option)
    made.beginLayout()
    while (line := made.createLine()).isValid():
        line.setLineWidth(max(1, width))
        line.setPosition(QPointF(0, (made.lineCount() - 1) * spacing))
    made.endLayout()
    return made


def _likely(one: ListedFinding) -> float:
    """Return the share by which findings are sorted."""
    return one.finding.score if one.odds is None else one.odds.value


def _judged(verdict: Verdict | None) -> int:
    """Return the place of a verdict among verdicts: accepted, rejected, and last what is not judged yet."""
    return 2 if verdict is None else 0 if verdict.accepted else 1


def _far(one: ListedFinding) -> float:
    """Return the distance by which findings are sorted; those without one come last."""
    return float("inf") if one.place is None else one.place.from_nipple
