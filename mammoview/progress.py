"""The progress bar of the command line."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def progress() -> Progress:
    """Progress bar on stderr, so that stdout holds results alone."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[stage]}", style="dim"),
        console=Console(stderr=True),
        # On a terminal results and bar share the lines; a pipe gets the results untouched.
        redirect_stdout=sys.stdout.isatty(),
    )
