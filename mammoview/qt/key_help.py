"""The keys, laid over the scans; made from the one table of commands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from mammoview.qt import theme
from mammoview.qt.commands import MENUS, Command

MOUSE = (
    ("Drag", "Move"),
    ("Wheel", "Zoom about the pointer"),
    ("Right drag, or W and drag", "Window (across) and level (up and down)"),
    ("Double click", "Single pane and back"),
    ("Right click", "Menu of the scan"),
)
"""What the mouse does, for the help."""

_COLUMNS = 3


class KeyHelp(QWidget):
    """Covers its parent, faintly; any click closes it."""

    def __init__(self, commands: Sequence[Command], parent: QWidget) -> None:
        """Make it, hidden."""
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(40, 30, 40, 30)
        grid.setHorizontalSpacing(50)
        blocks = {menu: [(_keys(c), _tr(c.title)) for c in commands if c.menu == menu] for menu in MENUS}
        blocks["Mouse"] = [(_tr(how), _tr(what)) for how, what in MOUSE]
        columns = [QVBoxLayout() for _ in range(_COLUMNS)]
        heights = [0] * _COLUMNS
        for index, column in enumerate(columns):
            grid.addLayout(column, 0, index)
        for title, rows in blocks.items():
            shortest = heights.index(min(heights))
            heights[shortest] += len(rows) + 2
            columns[shortest].addWidget(_block(_tr(title), rows))
        for column in columns:
            column.addStretch(1)
        self.setVisible(False)

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


def _keys(command: Command) -> str:
    """Return the keys of a command as text."""
    return ", ".join(key.toString() for key in command.keys)


def _html(text: str) -> str:
    """Escape."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
