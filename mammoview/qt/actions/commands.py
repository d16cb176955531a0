"""What a command is, and what the user's own keys make of a table of commands.

The commands are declared in `main_window/menu_commands`: names, titles, default keys, menus and what they do. Menus,
shortcuts, palette and key help are made from them, and the settings may give any command another key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

Part = TypeVar("Part")
"""Part of the main window that carries out a command."""


@dataclass(frozen=True)
class Push(Generic[Part]):
    """What is done once per key press.

    Parameters
    ----------
    part
        Class of the part that does it.
    do
        Called with the part.
    """

    part: type[Part]
    do: Callable[[Part], object]


@dataclass(frozen=True)
class Switch(Generic[Part]):
    """What is on or off.

    Parameters
    ----------
    part
        Class of the part that has it.
    set
        Called with the part and whether it is on now.
    is_on
        Returns whether it is on, which the menu shows.
    """

    part: type[Part]
    set: Callable[[Part, bool], object]
    is_on: Callable[[Part], bool]


@dataclass(frozen=True)
class Hold(Generic[Part]):
    """What lasts as long as the key is down.

    Parameters
    ----------
    part
        Class of the part that does it.
    set
        Called with the part, and True when the key goes down, False when it comes up.
    """

    part: type[Part]
    set: Callable[[Part, bool], object]


@dataclass(frozen=True)
class Command:
    """One thing the reader can do.

    Parameters
    ----------
    name
        Stable name, used in the settings.
    title
        Text in menus and the key help.
    key
        Default key, as QKeySequence reads it; several are separated by " | ".
    menu
        Menu it stands in.
    slot
        What it does, and how it takes its key.
    submenu
        Submenu of the menu that it stands in; empty for none.
    repeats
        Whether it is carried out again and again while its key is held. The others are done once: Return held a little
        too long at the end of a text must not go on to enlarge a viewport.
    scans_only
        Whether its key acts only while the scans have the keyboard focus, as the arrow keys do, which sliders and
        lists use as well.
    """

    name: str
    title: str
    key: str
    menu: str
    slot: Push[Any] | Switch[Any] | Hold[Any]
    submenu: str = ""
    repeats: bool = False
    scans_only: bool = False

    @property
    def keys(self) -> list[QKeySequence]:
        """Its keys."""
        return [QKeySequence(key) for key in self.key.split(" | ") if key]


def with_keys(commands: Sequence[Command], keys: Mapping[str, str]) -> tuple[tuple[Command, ...], list[str]]:
    """Return commands with the reader's own keys, and a line for each that cannot be used.

    Two commands may swap their keys. An own key that another command has as well goes back to that of the table.

    Parameters
    ----------
    commands
        All commands with their default keys.
    keys
        Command name to key. An unknown name, an unreadable key and a key that another command has are left out.
    """
    problems: list[str] = []
    plain = {command.name: command for command in commands}
    wanted: dict[str, str] = {}
    for name, key in keys.items():
        if name not in plain:
            problems.append(_tr("The settings give a key to {name!r}, which is no command").format(name=name))
        elif key and any(s.isEmpty() or first_key(s) == Qt.Key.Key_unknown for s in replace(plain[name], key=key).keys):
            text = _tr("The settings give {name!r} the key {key!r}, which is no key")
            problems.append(text.format(name=name, key=key))
        else:
            wanted[name] = key
    while clashes := {name: other for name, other in conflicts(commands, wanted).items() if name in wanted}:
        name, other = next(iter(clashes.items()))
        text = _tr("The settings give {name!r} the key {key!r}, which {other!r} has")
        problems.append(text.format(name=name, key=wanted.pop(name), other=other))
    return _table(commands, wanted), problems


def conflicts(commands: Sequence[Command], keys: Mapping[str, str]) -> dict[str, str]:
    """Return, for each command whose key another one has with these own keys, that other command."""
    holders: dict[str, list[str]] = {}
    for command in _table(commands, keys):
        for sequence in command.keys:
            holders.setdefault(sequence.toString(), []).append(command.name)
    pairs = [(name, other) for names in holders.values() for name in names for other in names if name != other]
    return dict(pairs)


def shown_keys(command: Command) -> str:
    """Return the keys of a command as the reader's system writes them."""
    return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in command.keys)


def first_key(sequence: QKeySequence) -> Qt.Key:
    """Return the key that a sequence begins with, without its modifiers."""
    combination: QKeyCombination = sequence[0]  # type: ignore[index]  # missing in PySide's stubs
    return combination.key()


def _table(commands: Sequence[Command], keys: Mapping[str, str]) -> tuple[Command, ...]:
    """Return commands with other keys."""
    return tuple(replace(c, key=keys[c.name]) if c.name in keys else c for c in commands)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
