"""Menus and keys, made from the commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from mammoview.qt.actions.commands import Command, Hold, Switch, first_key, shown_keys
from mammoview.qt.actions.menu_bar import add_empty_menus


def build_menus(window: QMainWindow, viewport_grid: QWidget, commands: Sequence[Command]) -> dict[str, QAction]:
    """Fill the menu bar with the actions of the commands, and return these by command name.

    Parameters
    ----------
    window
        Whose menu bar is filled.
    viewport_grid
        Where the arrow keys move the picture; elsewhere they stay with sliders and lists.
    commands
        In menu order.
    """
    actions: dict[str, QAction] = {}
    menus = add_empty_menus(window)
    opened: dict[str, QMenu] = {}
    for command in commands:
        action = QAction(QCoreApplication.translate("commands", command.title), window)
        action.setObjectName(command.name)
        if isinstance(command.slot, Hold):
            action.setText(_held(command))
            action.setEnabled(False)
        else:
            _set_keys(action, command)
            action.setAutoRepeat(command.repeats)
            action.setCheckable(isinstance(command.slot, Switch))
            if command.scans_only:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                viewport_grid.addAction(action)
            else:
                window.addAction(action)  # the keys work while the menu bar is hidden, too
        title = command.submenu
        if not title:
            menus[command.menu].addAction(action)
        else:
            if title not in opened:
                opened[title] = menus[command.menu].addMenu(QCoreApplication.translate("commands", title))
            opened[title].addAction(action)
        actions[command.name] = action
    return actions


def apply_keys(actions: Mapping[str, QAction], commands: Sequence[Command]) -> None:
    """Give the actions the keys of another table."""
    for command in commands:
        action = actions[command.name]
        if isinstance(command.slot, Hold):
            action.setText(_held(command))
        else:
            _set_keys(action, command)


def _set_keys(action: QAction, command: Command) -> None:
    """Give an action its keys, and a tool tip that names them."""
    action.setShortcuts(command.keys)
    title, keys = QCoreApplication.translate("commands", command.title), shown_keys(command)
    action.setToolTip(f"{title} ({keys})" if keys else title)


def _held(command: Command) -> str:
    """Return title and keys of a command to hold; Qt's shortcuts know no release, so the key is only shown."""
    keys = ", ".join(key.toString() for key in command.keys)
    return f"{QCoreApplication.translate('commands', command.title)}\t{keys}"


class HeldKeys:
    """Calls a slot with True when its key goes down and with False when it comes up or the window loses the keys."""

    def __init__(self, slots: Mapping[str, Callable[[bool], object]], commands: Sequence[Command]) -> None:
        """Serve the keys that these commands give to `slots`, by command name."""
        self._by_name = slots
        self._slots: dict[int, Callable[[bool], object]] = {}
        self._down: set[int] = set()
        self.set_keys(commands)

    def set_keys(self, commands: Sequence[Command]) -> None:
        """Serve the keys of another table; those that are down are released first."""
        self.release()
        self._slots = {
            int(first_key(key)): self._by_name[command.name]
            for command in commands
            if isinstance(command.slot, Hold)
            for key in command.keys
        }

    def take(self, event: QKeyEvent, down: bool) -> bool:
        """Take a key event of the window; returns whether it was one of ours."""
        key = int(event.key())
        if key not in self._slots or (down and event.modifiers() != Qt.KeyboardModifier.NoModifier):
            return False
        if not event.isAutoRepeat():
            self._set(key, down)
        return True

    def release(self) -> None:
        """Take all keys for released."""
        for key in list(self._down):
            self._set(key, False)

    def _set(self, key: int, down: bool) -> None:
        """Call the slot once per change."""
        if down != (key in self._down):
            self._down.symmetric_difference_update({key})
            self._slots[key](down)
