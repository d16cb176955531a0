"""The keys, laid over the scans; made from the one table of commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from mammoview.qt.actions.commands import Command, shown_keys
from mammoview.qt.actions.menu_bar import MENUS
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme

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
        self._blocks = [_block(_tr(title), rows) for title, rows in groups.items()]
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


def _block(title: str, rows: Sequence[tuple[str, str]]) -> QWidget:
    """Return one group of keys, in labels of plain text: a table of rich text takes ten times as long to lay out."""
    block = QWidget()
    grid = QGridLayout(block)
    grid.setContentsMargins(0, 6, 0, 12)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    heading = _label(title)
    font = heading.font()
    font.setBold(True)
    heading.setFont(font)
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, (keys, what) in enumerate(rows, 1):
        shown, text = _label(keys), _label(what)
        palette = shown.palette()
        palette.setColor(QPalette.ColorRole.WindowText, _KEY)
        shown.setPalette(palette)
        text.setWordWrap(True)
        grid.addWidget(shown, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(text, row, 1)
    return block


def _label(text: str) -> QLabel:
    """Return a label of these words as they are."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
