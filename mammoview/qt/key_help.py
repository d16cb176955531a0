"""The keys, laid over the scans; made from the one table of commands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from mammoview.qt import theme
from mammoview.qt.commands import MENUS, Command, shown_keys

_N = QT_TRANSLATE_NOOP
_TITLE = _N("commands", "Mouse")
MOUSE = (
    (_N("commands", "Drag"), _N("commands", "Move")),
    (_N("commands", "Wheel"), _N("commands", "Zoom about the pointer")),
    (_N("commands", "Right drag, or W and drag"), _N("commands", "Window (across) and level (up and down)")),
    (_N("commands", "Double click"), _N("commands", "Single pane and back")),
    (_N("commands", "Right click"), _N("commands", "Menu of the scan")),
)
"""What the mouse does, for the help."""

_COLUMNS = 3


class KeyHelp(QWidget):
    """Covers its parent, faintly; any click closes it."""

    def __init__(self, commands: Sequence[Command], parent: QWidget) -> None:
        """Make it, hidden."""
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(40, 30, 40, 30)
        self._grid.setHorizontalSpacing(50)
        self._columns: list[QWidget] = []
        self.show_commands(commands)
        self.setVisible(False)

    def show_commands(self, commands: Sequence[Command]) -> None:
        """List these commands with their keys."""
        for column in self._columns:
            column.setParent(None)
            column.deleteLater()
        blocks = {menu: [(shown_keys(c), _tr(c.title)) for c in commands if c.menu == menu] for menu in MENUS}
        blocks[_TITLE] = [(_tr(how), _tr(what)) for how, what in MOUSE]
        self._columns = [QWidget() for _ in range(_COLUMNS)]
        heights = [0] * _COLUMNS
        for index, column in enumerate(self._columns):
            QVBoxLayout(column).setContentsMargins(0, 0, 0, 0)
            self._grid.addWidget(column, 0, index)
        for title, rows in blocks.items():
            shortest = heights.index(min(heights))
            heights[shortest] += len(rows) + 2
            self._columns[shortest].layout().addWidget(_block(_tr(title), rows))
        for column in self._columns:
            column.layout().addStretch(1)

    def open(self) -> None:
        """Cover the parent."""
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go away."""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darken what is below."""
        painter = QPainter(self)
        colour = theme.BACKGROUND
        painter.setOpacity(0.93)
        painter.fillRect(self.rect(), colour)
        painter.end()


def _block(title: str, rows: Sequence[tuple[str, str]]) -> QLabel:
    """Return one group of keys."""
    body = "".join(
        f"<tr><td style='padding-right:14px; color:#8fb8cc'>{_html(keys)}</td><td>{_html(text)}</td></tr>"
        for keys, text in rows
    )
    label = QLabel(f"<p><b>{_html(title)}</b></p><table cellspacing='2'>{body}</table>")
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setContentsMargins(0, 0, 0, 14)
    return label


def _html(text: str) -> str:
    """Escape."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
