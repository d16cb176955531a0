"""Connects commands with the parts of a window that carry them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction

from mammoview.qt.actions.commands import Command, Push, Switch


@dataclass(frozen=True)
class CommandSlots:
    """What the commands of a window do, by command name.

    Parameters
    ----------
    pushed
        Called without arguments, once per key press.
    switched
        Called with whether the command is on now.
    states
        Return whether the command is on; for the same commands as `switched`.
    held
        Called with True when the key goes down, with False when it comes up.
    """

    pushed: Mapping[str, Callable[[], object]]
    switched: Mapping[str, Callable[[bool], object]]
    states: Mapping[str, Callable[[], bool]]
    held: Mapping[str, Callable[[bool], object]]


def bind(commands: Sequence[Command], parts: Iterable[object]) -> CommandSlots:
    """Return what the commands do with these parts of a window.

    Raises
    ------
    ValueError
        Where the class that a command names is that of no part, or of several.
    """
    pushed: dict[str, Callable[[], object]] = {}
    switched: dict[str, Callable[[bool], object]] = {}
    states: dict[str, Callable[[], bool]] = {}
    held: dict[str, Callable[[bool], object]] = {}
    parts = tuple(parts)
    for command in commands:
        slot, name = command.slot, command.name
        serving = [part for part in parts if isinstance(part, slot.part)]
        if len(serving) != 1:
            raise ValueError(f"the command {name!r} is for one {slot.part.__name__}, and there are {len(serving)}")
        if isinstance(slot, Push):
            pushed[name] = partial(slot.do, *serving)
        elif isinstance(slot, Switch):
            switched[name], states[name] = partial(slot.set, *serving), partial(slot.is_on, *serving)
        else:
            held[name] = partial(slot.set, *serving)
    return CommandSlots(pushed, switched, states, held)


def connect(actions: Mapping[str, QAction], slots: CommandSlots) -> None:
    """Have the actions carry out what their commands do; what serves keys to hold is `HeldKeys`."""
    for name, slot in slots.pushed.items():
        actions[name].triggered.connect(_push(slot))
    for name, switch in slots.switched.items():
        actions[name].triggered.connect(_switch(switch))


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
