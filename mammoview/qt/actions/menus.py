"""Menus and keys, made from the table of commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from mammoview.qt.actions.commands import Command, CommandKind, first_key, shown_keys
from mammoview.qt.actions.menu_bar import add_empty_menus

if TYPE_CHECKING:
    from mammoview.qt.actions.command_slots import CommandSlots


def build_menus(
    window: QMainWindow, viewport_grid: QWidget, commands: Sequence[Command], slots: CommandSlots
) -> tuple[dict[str, QAction], HeldKeys]:
    """Fill the menu bar and make the keys work.

    Parameters
    ----------
    window
        Whose menu bar is filled.
    viewport_grid
        Where the arrow keys move the picture; elsewhere they stay with sliders and lists.
    commands
        The table.
    slots
        What the commands call.

    Returns
    -------
    Actions by command name, and what serves the keys to hold: the window hands it its key events.

    Raises
    ------
    ValueError
        Where commands and slots do not match.
    """
    slots.check(commands)
    actions: dict[str, QAction] = {}
    menus = add_empty_menus(window)
    opened: dict[str, QMenu] = {}
    for command in commands:
        action = QAction(QCoreApplication.translate("commands", command.title), window)
        action.setObjectName(command.name)
        if command.kind is CommandKind.HOLD:
            action.setText(_held(command))
            action.setEnabled(False)
        else:
            _set_keys(action, command)
            action.setAutoRepeat(command.repeats)
            if command.kind is CommandKind.SWITCH:
                action.setCheckable(True)
                action.triggered.connect(_switch(slots.switched[command.name].set))
            else:
                action.triggered.connect(_push(slots.pushed[command.name]))
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
    return actions, HeldKeys(slots.held, commands)


def apply_keys(actions: Mapping[str, QAction], commands: Sequence[Command]) -> None:
    """Give the actions the keys of another table."""
    for command in commands:
        action = actions[command.name]
        if command.kind is CommandKind.HOLD:
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


def _push(slot: Callable[[], object]) -> Callable[[], None]:
    """Return a receiver for a slot without arguments; PySide takes the number of arguments from its signature."""

    def act() -> None:
        slot()

    return act


def _switch(slot: Callable[[bool], object]) -> Callable[[bool], None]:
    """Return a receiver for a slot that takes whether it is on."""

    def act(on: bool) -> None:
        slot(on)

    return act


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
            if command.kind is CommandKind.HOLD
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
