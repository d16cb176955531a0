"""The look: near-black, so that the film is the brightest thing on the wall. Fusion and a palette, nothing else.

One accent, one scale of type: 18 px for side and view, 13 px for text, 11 px for facts, at the usual size of text. The
colours of the layers are in `mammoview.display.colour_stops`.

The colours are shared objects; `apply` sets them, so that what is painted follows a change at once.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

BACKGROUND = QColor(0, 0, 0)
"""Behind the scans."""
TEXT = QColor(0xD7DCE0)
"""Corner text and labels."""
FAINT = QColor(0x929AA2)
"""Text of lesser weight; 4.5:1 or more on every surface (WCAG AA)."""
WARNING = QColor(0xE0B054)
"""Warnings in viewport corners and messages."""
MODELS = QColor(247, 166, 62)
"""What the models found: that there are marks."""
PRIOR = QColor(190, 160, 236)
"""What belongs to a prior: its words and its frame, and nothing else."""
ACCENT = QColor(0x4F94C8)
"""Steel blue: frame of the active viewport, focus, selection."""
SELECTED = QColor(0x24435C)
"""Behind what is selected, or on: the accent, so dark that text keeps 4.5:1 on it."""
CHROME = QColor(0x0E1012)
"""Menu bar, top bar, tool rail and status bar."""
PANEL = QColor(0x16191C)
"""Panels and dialogs."""
LINE = QColor(0x2A2F34)
"""Between panels, and around controls."""
_BASE = QColor(0x101214)
RAISED = QColor(0x22272C)

TEXT_PX = 13
"""Height of the font of most text, at the usual size of text, px."""
TITLE_SHARE = 18 / TEXT_PX
"""Size of side and view in a viewport, times that of most text."""
FACTS_SHARE = 11 / TEXT_PX
"""Size of technical facts, times that of most text."""

_applied: tuple[str, float] | None = None

_SHARED = (TEXT, FAINT, WARNING, ACCENT, SELECTED, CHROME, PANEL, LINE, _BASE, RAISED)
_COLOURS = {
    "dark": tuple(colour.rgb() for colour in _SHARED),
    "contrast": (
        *(0xFFFFFF, 0xD8DCE0, 0xFFC84A, 0x5FC8FF, 0x17405A),
        *(0x000000, 0x1E2125, 0x6A737C, 0x000000, 0x363B41),
    ),
}
"""Per theme the colours of `_SHARED`. All text of "contrast" has 7:1 or more (WCAG AAA)."""


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
    for colour, value in zip(_SHARED, _COLOURS[theme], strict=True):
        colour.setRgb(value & 0xFFFFFF)
    application.setStyle("Fusion")
    application.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    application.setPalette(_palette())
    font = QFont(application.font())
    # Points, not pixels: the sizes of titles and facts are computed from them.
    font.setPointSizeF(scale * TEXT_PX * 72 / application.primaryScreen().logicalDotsPerInchY())
    application.setFont(font)
    chrome, line = CHROME.name(), LINE.name()
    application.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    application.setStyleSheet(
        f"QToolTip {{ color: {TEXT.name()}; background: {PANEL.name()}; border: 1px solid {line}; padding: 3px; }}"
        f"QMainWindow::separator {{ background: {line}; width: 1px; height: 1px; }}"
        "QStatusBar::item { border: 0; }"
        f"QStatusBar {{ background: {chrome}; border-top: 1px solid {line}; }}"
        f"QStatusBar QLabel, QStatusBar QToolButton {{ font-size: {FACTS_SHARE * font.pointSizeF():.2f}pt; }}"
        "QStatusBar QToolButton { padding: 0 6px; }"
        "#sectionTitle { border: 0; font-weight: bold; padding: 6px 8px; text-align: left;"
        f" border-top: 1px solid {line}; background: {PANEL.name()}; }}"
        f"#message, #crashOffer {{ background: {PANEL.name()}; border: 1px solid {line}; border-radius: 4px; }}"
        f"#startPage {{ background: {BACKGROUND.name()}; }}"
        f"#startButton {{ border: 1px solid {line}; border-radius: 4px; padding: 8px; text-align: left;"
        f" background: {PANEL.name()}; }}"
        f"#startButton:hover {{ background: {RAISED.name()}; }}"
        f"#sectionTitle:hover {{ background: {RAISED.name()}; }}"
        f"QCheckBox::indicator:unchecked {{ border: 1px solid {FAINT.name()}; border-radius: 2px;"
        f" background: {_BASE.name()}; }}"
        "QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }"
        f"QMenuBar {{ background: {chrome}; }}"
        f"QToolBar {{ background: {chrome}; border: 0; padding: 2px; spacing: 2px; }}"
        f"QToolBar::separator {{ background: {line}; width: 1px; height: 1px; margin: 4px; }}"
        "QToolBar QToolButton { border: 1px solid transparent; border-radius: 4px; padding: 2px 4px; }"
        f"QToolBar QToolButton:hover {{ background: {RAISED.name()}; }}"
        f"QToolBar QToolButton:checked {{ background: {SELECTED.name()}; border-color: {ACCENT.name()}; }}"
        f"QToolBar QToolButton:disabled {{ color: {FAINT.darker(140).name()}; }}"
        f"QMenuBar::item:selected {{ background: {SELECTED.name()}; }}"
    )


def title_font(base: QFont) -> QFont:
    """Return the font of side and view beside text of a font."""
    font = _resized(base, TITLE_SHARE)
    font.setBold(True)
    return font


def facts_font(base: QFont) -> QFont:
    """Return the font of technical facts beside text of a font."""
    return _resized(base, FACTS_SHARE)


def _resized(base: QFont, share: float) -> QFont:
    """Return a font of another size."""
    font = QFont(base)
    font.setPointSizeF(share * base.pointSizeF())
    return font


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
        (role.Window, PANEL),
        (role.WindowText, TEXT),
        (role.Base, _BASE),
        (role.AlternateBase, PANEL),
        (role.Text, TEXT),
        (role.PlaceholderText, FAINT),
        (role.Button, RAISED),
        (role.ButtonText, TEXT),
        (role.BrightText, QColor(255, 255, 255)),
        (role.ToolTipBase, PANEL),
        (role.ToolTipText, TEXT),
        (role.Highlight, SELECTED),
        (role.HighlightedText, QColor(255, 255, 255)),
        (role.Accent, ACCENT),
        (role.Link, ACCENT.lighter(130)),
        (role.Light, RAISED.lighter(130)),
        (role.Midlight, RAISED.lighter(115)),
        (role.Mid, LINE),
        (role.Dark, CHROME),
        (role.Shadow, QColor(0, 0, 0)),
    ):
        palette.setColor(which, colour)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, FAINT.darker(140))
    return palette
