"""Files of an export, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError


def save(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file.

    Parameters
    ----------
    target
        Replaced once all of it is written; unchanged where that fails.
    write
        Writes to the path that it is given.

    Raises
    ------
    MammoviewError
        When it cannot be written, such as on a full disk or in a folder that is read-only.
    """
    try:
        with atomic_write(target) as partial:
            write(partial)
    except OSError as error:
        why = error.strerror or "the picture cannot be encoded"
        raise MammoviewError(f"it cannot be written ({why})", "Choose another folder", target) from error
