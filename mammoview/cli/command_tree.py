"""The commands as their help lists them, for the manual page and the chapter *Command line*."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # click's classes, bundled by typer or not
    """Return all commands that the help shows, those of groups as well, with their words.

    Parameters
    ----------
    group
        A click group, such as `typer.main.get_command(app)`.
    before
        Words of the groups that it lies in, each with a space after it.
    """
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command
