"""The command `mammoview` and `python -m mammoview`: opens the window before the command line's libraries are there."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mammoview.core import unfinished
from mammoview.core.exit_codes import exit_code, handle_termination_signals

COMMANDS = frozenset(
    {
        *("demo", "snapshot", "assess", "evaluate", "export", "convert", "info", "audit", "selftest", "cache"),
        *("library", "model"),
    },
)
"""Names of the commands; a path of such a name is written ./NAME."""


SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Variables one of which Linux sets where there is a screen."""


def main() -> int:
    """Run the command with the words of the process; returns the exit code."""
    words = sys.argv[1:]
    handle_termination_signals()
    if are_paths(words):
        unfinished.remove_meanwhile()
        from mammoview.qt.application import run

        return exit_code(lambda: run([Path(word) for word in words]))
    from mammoview.cli.command_line import main as command

    return command(words)


def are_paths(words: Sequence[str]) -> bool:
    """Return whether the words are paths that are there, and a screen to show them on; `cli` explains all else."""
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in SCREENS):
        return False
    return not set(words[:1]) & COMMANDS and all(Path(word).exists() and not word.startswith("-") for word in words)


if __name__ == "__main__":
    # In a frozen program the processes of `assess --jobs` start here, too.
    multiprocessing.freeze_support()
    sys.exit(main())
