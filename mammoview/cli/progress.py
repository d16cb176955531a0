"""The progress bar of the command line."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class RateColumn(ProgressColumn):
    """Rate of a task, per hour or per minute."""

    def render(self, task: Task) -> Text:
        """Return the rate of a task; empty before it is known."""
        if not task.speed:
            return Text("")
        a_minute = 60 * task.speed
        return Text(f"{a_minute:.0f}/min" if a_minute >= 10 else f"{60 * a_minute:.0f}/h", style="dim")


def progress(rate: bool = False) -> Progress:
    """Progress bar on stderr, so that stdout has results only; with `rate` it shows rate and time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *((RateColumn(), TextColumn("left"), TimeRemainingColumn()) if rate else ()),
        TextColumn("{task.fields[stage]}", style="dim"),
        console=Console(stderr=True),
        # On a terminal results and bar share the lines; a pipe gets the results untouched.
        redirect_stdout=sys.stdout.isatty(),
        # The rate of the last hour predicts the time left better than that of the last half minute.
        speed_estimate_period=3600,
    )
