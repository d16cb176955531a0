"""`mammoview model`: own models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mammoview.core.errors import ModelError

app = typer.Typer(
    name="model",
    help="Models of your own: a folder with model.toml, ONNX weights and a card.",
    rich_markup_mode=None,
    no_args_is_help=False,
)


@app.callback()
def _group() -> None:
    """Keep `check` a command of its own."""


@app.command("check")
def check(folder: Annotated[Path, typer.Argument(help="The folder of the model.")]) -> None:
    """Check a model, and run one sample.

    Every mistake is a line. Nothing is run but operators of ONNX.
    """
    from mammoview.assess.models.own_loading import check_model

    report = check_model(folder)
    for line in report.lines:
        print(line)
    for line in report.mistakes:
        print(f"wrong: {' '.join(line.split())}", file=sys.stderr)
    if report.mistakes:
        number = len(report.mistakes)
        raise ModelError(f"{number} mistake{'s' if number > 1 else ''}", "The lines above say what to change", folder)
