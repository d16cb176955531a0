"""The check marks in the menus: which switches are on."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from mammoview.qt.actions.command_slots import Switch


class ActionStates(QObject):
    """Checks the actions of the switches that are on."""

    def __init__(self, actions: Mapping[str, QAction], switches: Mapping[str, Switch], parent: QObject) -> None:
        """Take all actions and the switches among them, by command name."""
        super().__init__(parent)
        self._switches = [(actions[name], switch) for name, switch in switches.items()]

    def refresh(self, *_what: object) -> None:
        """Check the actions as the switches are now; takes the arguments of any signal."""
        for action, switch in self._switches:
            action.setChecked(switch.is_on())
