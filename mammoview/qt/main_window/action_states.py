"""The check marks in the menus: which switches are on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction


class ActionStates(QObject):
    """Checks the actions of the switches that are on."""

    def __init__(
        self, actions: Mapping[str, QAction], states: Mapping[str, Callable[[], bool]], parent: QObject
    ) -> None:
        """Take all actions, and what returns whether a switch among them is on; both by command name."""
        super().__init__(parent)
        self._states = [(actions[name], is_on) for name, is_on in states.items()]

    def refresh(self, *_what: object) -> None:
        """Check the actions as the switches are now; takes the arguments of any signal."""
        for action, is_on in self._states:
            action.setChecked(is_on())
