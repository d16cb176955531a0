"""The look: near-black, so that the film is the brightest thing on the wall. Fusion and a palette, nothing else.

The colours are objects that everybody shares; `apply` sets them, so that what is painted follows a change at once.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

BACKGROUND = QColor(0, 0, 0)
"""Behind the scans."""
TEXT = QColor(196, 200, 204)
"""Corner text and labels."""
FAINT = QColor(128, 133, 138)
"""Text of lesser weight."""
WARNING = QColor(224, 176, 84)
"""Warnings in viewport corners and messages."""
MODELS = QColor(247, 166, 62)
"""What the models found: that there are marks."""
PRIOR = QColor(190, 160, 236)
"""What belongs to a prior: its words and its frame, and nothing else."""
ACCENT = QColor(86, 132, 158)
"""Frame of the active viewport, highlights."""

_CHROME = QColor(24, 25, 27)
_BASE = QColor(15, 16, 17)
_RAISED = QColor(38, 40, 43)
_POINTS = 9.5

_applied: tuple[str, float] | None = None

_COLOURS = {
    "dark": (TEXT.rgb(), FAINT.rgb(), WARNING.rgb(), ACCENT.rgb(), _CHROME.rgb(), _BASE.rgb(), _RAISED.rgb()),
    "contrast": (0xFFFFFF, 0xD8DCE0, 0xFFC84A, 0x5FC8FF, 0x1E2125, 0x000000, 0x3E444A),
}
"""Per theme: text, faint, warning, accent, chrome, base, raised. All text of "contrast" has 7:1 or more (WCAG AAA)."""


def apply(application: QApplication, theme: str = "dark", scale: float = 1.0) -> None:
    """Give the application its Fusion look.

    Parameters
    ----------
    application
        The running one; what is on screen follows.
    theme
        "dark" or "contrast".
    scale
        Size of all text, times the usual one.
    """
    global _applied
    if _applied == (theme, scale):
        return
    _applied = theme, scale
    shared = (TEXT, FAINT, WARNING, ACCENT, _CHROME, _BASE, _RAISED)
    for colour, value in zip(shared, _COLOURS[theme], strict=True):
        colour.setRgb(value & 0xFFFFFF)
    application.setStyle("Fusion")
    application.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    application.setPalette(_palette())
    font = QFont(application.font())
    font.setPointSizeF(_POINTS * scale)
    application.setFont(font)
    application.setStyleSheet(
        "QToolTip { color: #d6d9dc; background: #1c1e20; border: 1px solid #3a3d41; padding: 3px; }"
        "QMainWindow::separator { background: #000; width: 3px; height: 3px; }"
        "QStatusBar::item { border: 0; }"
        "QMenuBar { background: palette(window); }"
    )


def make_faint(label: QWidget) -> None:
    """Show a label's text faint, in either theme."""
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)


def make_warning(label: QWidget) -> None:
    """Give a label's text the colour of warnings."""
    palette = label.palette()
    palette.setColor(label.foregroundRole(), WARNING)
    label.setPalette(palette)


def ems(widget: QWidget, count: float) -> int:
    """Return a width in letters m of a widget's text, which grows with its scale, px; no wider than the screen."""
    wide = round(count * widget.fontMetrics().horizontalAdvance("m"))
    return min(wide, widget.screen().availableSize().width())


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
        palette.setColor(QPalette.ColorGroup.Disabled, which, FAINT.darker(140))
    return palette
