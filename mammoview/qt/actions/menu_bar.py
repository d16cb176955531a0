"""The menu bar with its menus, still empty: what the first paint of the window needs of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMainWindow, QMenu

from mammoview.qt.i18n.noop import translate_noop

MENUS: tuple[str, ...] = (
    translate_noop("commands", "File"),
    translate_noop("commands", "View"),
    translate_noop("commands", "Window/level"),
    translate_noop("commands", "Layers"),
    translate_noop("commands", "Findings"),
    translate_noop("commands", "Tools"),
    translate_noop("commands", "Drawings"),
    translate_noop("commands", "Help"),
)
"""Names of the menus, in order."""


def add_empty_menus(window: QMainWindow) -> dict[str, QMenu]:
    """Fill the menu bar with empty menus, in the place of what is there; returns them by name."""
    window.menuBar().clear()
    menus = {name: QMenu(QCoreApplication.translate("commands", name), window) for name in MENUS}
    for menu in menus.values():
        window.menuBar().addMenu(menu)
    return menus
