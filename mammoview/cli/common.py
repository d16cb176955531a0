"""Parts shared by several commands: options, opening, the folder of results, and the list of failures."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoview.core.errors import MammoviewError
from mammoview.records.opened_studies import open_with_records

if TYPE_CHECKING:
    from mammoview.study.scan import Study


class DeviceChoice(StrEnum):
    """Where the models run."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


Processor = Annotated[DeviceChoice, typer.Option("--device", help="Where the models run.")]
OwnModel = Annotated[
    Path | None,
    typer.Option("--model", metavar="FOLDER", help="A model of your own instead of the bundled ones (model.toml)."),
]


def opened(paths: Sequence[Path]) -> list[Study]:
    """Open the given paths; MammoviewError when nothing can be opened."""
    return open_with_records(paths[0] if len(paths) == 1 else list(paths))


def made_folder(folder: Path) -> None:
    """Make the folder for results before the long work starts."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        raise MammoviewError(
            f"nothing can be written here ({error.strerror})", "Choose another folder", folder
        ) from error


def report_failed(failed: Sequence[str], total: int) -> None:
    """List failures at the end; raises MammoviewError if there are any."""
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    if failed:
        raise MammoviewError(f"{len(failed)} failed, {total} scans were found", "The lines above say why")


def report_unnoted(problem: str) -> None:
    """Report why the audit log has no entry of what was written; nothing where it has one."""
    if problem:
        print(f"the audit log does not have it: {problem}", file=sys.stderr)
