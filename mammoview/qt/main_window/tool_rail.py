"""The column of tools at the left edge, made from the commands."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from mammoview.qt.widgets.icons import ICON_PX, IconLoader
from mammoview.study.annotations import TYPES

RAIL_TOOLS = (
    ("pointer", "window_level_tool", "pan_tool", "zoom_tool", "magnifier"),
    tuple(kind.value for kind in TYPES),
    ("draw", "edit"),
    ("erase", "move_region"),
)
"""Commands in the order of the rail; a line stands between two groups."""
WIDTH = 40
"""Width of the rail, px."""
_BUTTON = QSize(34, 32)


class ToolRail(QToolBar):
    """One button per tool, lit while it is active; each can be reached and pressed with the keyboard."""

    def __init__(self, actions: Mapping[str, QAction], icons: IconLoader, parent: QWidget | None = None) -> None:
        """Show the tools among `actions`."""
        super().__init__(parent)
        self.setObjectName("rail")
        self.setWindowTitle(self.tr("Tools"))
        self.setAccessibleName(self.tr("Tools"))
        self.setOrientation(Qt.Orientation.Vertical)
        self.setMovable(False)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFixedWidth(WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        for group in RAIL_TOOLS:
            if group is not RAIL_TOOLS[0]:
                self.addSeparator()
            for name in group:
                icons.give(actions[name], name)
                self.addAction(actions[name])
                button = self.widgetForAction(actions[name])
                assert isinstance(button, QToolButton)
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                button.setFixedSize(_BUTTON)
                self.buttons[name] = button
