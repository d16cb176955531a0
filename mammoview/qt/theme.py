"""The look: near-black, so that the film is the brightest thing on the wall. Fusion and a palette, nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

BACKGROUND = QColor(0, 0, 0)
"""Behind the scans."""
TEXT = QColor(196, 200, 204)
"""Corner text and labels."""
FAINT = QColor(128, 133, 138)
"""Text of lesser weight."""
WARNING = QColor(224, 176, 84)
"""Warnings in pane corners and messages."""
PRIOR = QColor(190, 160, 236)
"""What belongs to a prior: its words and its frame, and nothing else."""
ACCENT = QColor(86, 132, 158)
"""Frame of the active pane, highlights."""

_CHROME = QColor(24, 25, 27)
_BASE = QColor(15, 16, 17)
_RAISED = QColor(38, 40, 43)


def apply(application: QApplication) -> None:
    """Give the application its dark Fusion look."""
    application.setStyle("Fusion")
    application.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    application.setPalette(_palette())
    font = QFont(application.font())
    font.setPointSizeF(9.5)
    application.setFont(font)
    application.setStyleSheet(
        "QToolTip { color: #d6d9dc; background: #1c1e20; border: 1px solid #3a3d41; padding: 3px; }"
        "QMainWindow::separator { background: #000; width: 3px; height: 3px; }"
        "QStatusBar::item { border: 0; }"
        "QMenuBar { background: #18191b; }"
    )


def _palette() -> QPalette:
    """Near-black chrome with soft text."""
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, _CHROME),
        (role.WindowText, TEXT),
        (role.Base, _BASE),
        (role.AlternateBase, _CHROME),
        (role.Text, TEXT),
        (role.PlaceholderText, FAINT),
        (role.Button, _RAISED),
        (role.ButtonText, TEXT),
        (role.BrightText, QColor(255, 255, 255)),
        (role.ToolTipBase, _CHROME),
        (role.ToolTipText, TEXT),
        (role.Highlight, ACCENT.darker(130)),
        (role.HighlightedText, QColor(240, 242, 244)),
        (role.Accent, ACCENT),
        (role.Link, ACCENT.lighter(130)),
        (role.Light, _RAISED.lighter(130)),
        (role.Midlight, _RAISED.lighter(115)),
        (role.Mid, QColor(30, 32, 34)),
        (role.Dark, QColor(10, 10, 11)),
        (role.Shadow, QColor(0, 0, 0)),
    ):
        palette.setColor(which, colour)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(92, 96, 100))
    return palette
