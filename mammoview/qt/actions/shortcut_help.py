"""The keys, laid over the scans; made from the one table of commands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from mammoview.qt.actions.commands import Command, shown_keys
from mammoview.qt.actions.menu_bar import MENUS
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.text_wrap import wrapped

_N = translate_noop
_TITLE = _N("commands", "Mouse")
MOUSE = (
    (_N("commands", "Drag"), _N("commands", "Move")),
    (_N("commands", "Wheel"), _N("commands", "Zoom about the pointer")),
    (_N("commands", "Right drag, or W and drag"), _N("commands", "Window (across) and level (up and down)")),
    (_N("commands", "Ctrl+Shift and drag"), _N("commands", "Take the viewport into another program")),
    (_N("commands", "Double click"), _N("commands", "Single viewport and back")),
    (_N("commands", "Right click"), _N("commands", "Menu of the scan")),
)
"""What the mouse does, for the help."""
_ENTRY_TITLE = _N("commands", "Impression and worksheet")
ENTRY = (
    (_N("commands", "0 to 6, then A, B, C"), _N("commands", "BI-RADS category, 4 refined")),
    (_N("commands", "Backspace"), _N("commands", "No category")),
    (_N("commands", "Tab, Shift+Tab"), _N("commands", "Next field, field before")),
    (_N("commands", "Esc"), _N("commands", "Back to the scans")),
)
"""What keys do while a category or words are entered, for the help: none acts on the scans then."""

_COLUMNS = 3
_KEY = QColor("#8fb8cc")
_GAP, _BETWEEN = 14, 2
"""Between keys and what they do, and between rows, px."""
_ABOVE, _BELOW = 6, 12
"""Above the heading and below the last row of a block, px."""


class ShortcutHelp(QScrollArea):
    """Covers its parent, faintly; any click closes it. Arrow and page keys move it where it is too long."""

    def __init__(self, commands: Sequence[Command], parent: QWidget) -> None:
        """Make it, hidden."""
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_tr("Keys"))
        for part in (self, self.viewport()):
            part.setAutoFillBackground(False)
        self._commands = commands
        self._blocks: list[QWidget] = []
        self._count = 0
        self.setVisible(False)

    def show_commands(self, commands: Sequence[Command]) -> None:
        """List these commands with their keys."""
        self._commands = commands
        self._count = 0
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        """Make the blocks and lay them out."""
        groups = {menu: [(shown_keys(c), _tr(c.title)) for c in self._commands if c.menu == menu] for menu in MENUS}
        for title, rows in ((_TITLE, MOUSE), (_ENTRY_TITLE, ENTRY)):
            groups[title] = [(_tr(how), _tr(what)) for how, what in rows]
        for block in self._blocks:
            block.deleteLater()
        self._blocks = [_Block(_tr(title), rows) for title, rows in groups.items()]
        self._count = 0
        self._lay_out()

    def open(self) -> None:
        """Cover the parent, and take the keyboard."""
        self.setGeometry(cast("QWidget", self.parentWidget()).rect())
        if not self._count:  # Half of the time that a window takes to be made went into pages that few ever open.
            self._fill()
        self.verticalScrollBar().setValue(0)
        self.raise_()
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use as many columns as there is room for."""
        super().resizeEvent(event)
        if self._count:
            self._lay_out()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hide."""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darken what is below."""
        painter = QPainter(self.viewport())
        painter.setOpacity(0.93)
        painter.fillRect(self.viewport().rect(), theme.BACKGROUND)
        painter.end()

    def _lay_out(self) -> None:
        """Fill the columns, each block into the shortest so far; a text too wide goes on below."""
        widest = max(block.sizeHint().width() for block in self._blocks)
        count = min(_COLUMNS, max(1, self.width() // (widest * 3 // 4)))
        if count == self._count:
            return
        self._count = count
        inside = QWidget()
        inside.setAutoFillBackground(False)
        row = QHBoxLayout(inside)
        row.setContentsMargins(30, 20, 20, 10)
        row.setSpacing(30)
        columns = [QVBoxLayout() for _ in range(count)]
        heights = [0] * count
        for block in self._blocks:
            shortest = heights.index(min(heights))
            heights[shortest] += block.sizeHint().height()
            columns[shortest].addWidget(block)
        for column in columns:
            column.addStretch(1)
            row.addLayout(column, 1)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)


class _Block(QLabel):
    """One group of keys: a heading, and rows of keys and what they do, which go on below where they are too wide.

    It draws its rows itself: a label for each took most of the time until the help was seen.
    """

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join([title, *("\t".join(row) for row in rows)]))
        self._title, self._rows = title, rows
        self.setWordWrap(True)
        self._measure()

    def _measure(self) -> None:
        """Measure the texts in the present font."""
        self._metrics = QFontMetricsF(self.font())
        self._across = max((self._metrics.horizontalAdvance(keys) for keys, _what in self._rows), default=0.0) + _GAP
        self._widths = [self._metrics.horizontalAdvance(what) for _keys, what in self._rows]
        self._line = math.ceil(self._metrics.height()) + _BETWEEN

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size at which no row goes on below."""
        width = math.ceil(self._across + max(self._widths, default=0.0)) + 1
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the width at which the longest word has room, and the least height at any width."""
        words = (word for _keys, what in self._rows for word in what.split())
        width = math.ceil(self._across + max(map(self._metrics.horizontalAdvance, words), default=0.0)) + 1
        return QSize(width, self.sizeHint().height())

    def heightForWidth(self, width: int) -> int:
        """Return the height that the rows take, px."""
        lines = 1 + sum(len(self._wrapped(row, width)) for row in range(len(self._rows)))
        return _ABOVE + self._line * lines + _BELOW

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw heading and rows."""
        painter = QPainter(self)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(self.palette().color(self.foregroundRole()))
        y = _ABOVE + self._metrics.ascent()
        painter.drawText(QPointF(0, y), self._title)
        painter.setFont(self.font())
        for number, (keys, _what) in enumerate(self._rows):
            painter.setPen(_KEY)
            painter.drawText(QPointF(0, y + self._line), keys)
            painter.setPen(self.palette().color(self.foregroundRole()))
            for text in self._wrapped(number, self.width()):
                y += self._line
                painter.drawText(QPointF(self._across, y), text)
        painter.end()

    def _wrapped(self, row: int, width: int) -> list[str]:
        """Return the lines of what the keys of a row do."""
        what, room = self._rows[row][1], width - self._across
        return [what] if self._widths[row] <= room else wrapped(what, self._metrics, room, " ")


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
