"""Slots of the commands, by command name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mammoview.qt.actions.commands import Command, CommandKind


@dataclass(frozen=True)
class Switch:
    """What a command does that is on or off.

    Parameters
    ----------
    set
        Called with whether it is on now.
    is_on
        Returns whether it is on, which the menu shows.
    """

    set: Callable[[bool], object]
    is_on: Callable[[], bool]


@dataclass(frozen=True)
class CommandSlots:
    """What every command of the table does, by the command's name.

    Parameters
    ----------
    pushed
        For commands that are done once per key press; called without arguments.
    switched
        For commands that are on or off.
    held
        For commands that last as long as their key is down; called with True when it goes down, with False when it
        comes up.
    """

    pushed: Mapping[str, Callable[[], object]]
    switched: Mapping[str, Switch]
    held: Mapping[str, Callable[[bool], object]]

    def check(self, commands: Sequence[Command]) -> None:
        """Make sure that there is one entry for each command of the table, and none besides.

        Raises
        ------
        ValueError
            Where one is missing, unknown, or of another kind than its command.
        """
        for kind, slots in (
            (CommandKind.PUSH, self.pushed),
            (CommandKind.SWITCH, self.switched),
            (CommandKind.HOLD, self.held),
        ):
            odd = {command.name for command in commands if command.kind is kind} ^ slots.keys()
            if odd:
                raise ValueError(f"{kind.value} commands and their slots do not match: {', '.join(sorted(odd))}")
