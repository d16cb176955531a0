"""Menus and keys, made from the table of commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from mammoview.qt.actions.commands import MENUS, REPEATED, Command, CommandKind


def build_menus(
    window: QMainWindow, viewport_grid: QWidget, commands: Sequence[Command]
) -> tuple[dict[str, QAction], HeldKeys]:
    """Fill the menu bar and make the keys work.

    Parameters
    ----------
    window
        Whose methods the commands name.
    viewport_grid
        Where the arrow keys move the picture; elsewhere they stay with sliders and lists.
    commands
        The table.

    Returns
    -------
    Actions by command name, and what serves the keys to hold: the window hands it its key events.
    """
    actions: dict[str, QAction] = {}
    menus = add_empty_menus(window)
    held_keys: list[tuple[Command, Callable[[bool], Any]]] = []
    for command in commands:
        slot = _slot(window, command)
        action = QAction(QCoreApplication.translate("commands", command.title), window)
        action.setObjectName(command.name)
        if command.kind is CommandKind.HOLD:
            action.setText(_held(command))
            action.setEnabled(False)
            held_keys.append((command, slot))
        else:
            action.setShortcuts(command.keys)
            action.setAutoRepeat(command.name in REPEATED)
            if command.kind is CommandKind.SWITCH:
                action.setCheckable(True)
                action.triggered.connect(_switch(slot))
            else:
                action.triggered.connect(_push(slot))
            if command.name.startswith("pan_"):
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                viewport_grid.addAction(action)
        menus[command.menu].addAction(action)
        actions[command.name] = action
    return actions, HeldKeys(held_keys)


def add_empty_menus(window: QMainWindow) -> dict[str, QMenu]:
    """Fill the menu bar with empty menus, in the place of what is there; returns them by name."""
    window.menuBar().clear()
    menus = {name: QMenu(QCoreApplication.translate("commands", name), window) for name in MENUS}
    for menu in menus.values():
        window.menuBar().addMenu(menu)
    return menus


def apply_keys(window: QMainWindow, actions: Mapping[str, QAction], commands: Sequence[Command]) -> HeldKeys:
    """Give the actions the keys of another table; returns what serves the keys to hold from now on."""
    held_keys = []
    for command in commands:
        action = actions[command.name]
        if command.kind is CommandKind.HOLD:
            action.setText(_held(command))
            held_keys.append((command, _slot(window, command)))
        else:
            action.setShortcuts(command.keys)
    return HeldKeys(held_keys)


def _held(command: Command) -> str:
    """Return title and keys of a command to hold; Qt's shortcuts know no release, so the key is only shown."""
    keys = ", ".join(key.toString() for key in command.keys)
    return f"{QCoreApplication.translate('commands', command.title)}\t{keys}"


def _push(slot: Callable[[], Any]) -> Callable[[], None]:
    """Return a receiver for a slot that wants no argument; PySide reads the number of arguments off it."""

    def act() -> None:
        slot()

    return act


def _switch(slot: Callable[[bool], Any]) -> Callable[[bool], None]:
    """Return a receiver for a slot that wants to know whether it is on."""

    def act(on: bool) -> None:
        slot(on)

    return act


def _slot(window: QMainWindow, command: Command) -> Callable[..., Any]:
    """Return the method behind a command."""
    method = reduce(getattr, command.slot.split("."), window)
    return partial(method, command.argument) if command.argument else method


class HeldKeys:
    """Calls a slot with True when its key goes down and with False when it comes up or the window loses the keys."""

    def __init__(self, held_keys: Sequence[tuple[Command, Callable[[bool], Any]]]) -> None:
        """Serve the keys of `held_keys`."""
        self._slots = {int(key[0].key()): slot for command, slot in held_keys for key in command.keys}
        self._down: set[int] = set()

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
