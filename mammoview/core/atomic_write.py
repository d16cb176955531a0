"""Files that are written whole or not at all, also when several processes or threads write the same one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mammoview.core.unfinished import ENDING, half_written


@contextmanager
def atomic_write(file: Path, *, lasting: bool = False, private: bool = False) -> Iterator[Path]:
    """Give a name beside `file` to write under; what was written takes its place at the end, and goes if that fails.

    Parameters
    ----------
    file
        File to write; its folder is made when there is none.
    lasting
        Wait until it is on the disk, so that it outlives a power cut.
    private
        Nobody else may read it.

    Raises
    ------
    OSError
        When it cannot be written; what stood there before still stands.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(file)
    try:
        if private:
            partial.touch(mode=0o600)
        yield partial
        if lasting:
            with partial.open("rb+") as written:
                os.fsync(written.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def partial_name(file: Path) -> Path:
    """Return a name under which to write `file` before it is whole, another one each time."""
    return half_written(file)


def leftover_files(folder: Path) -> list[Path]:
    """Return what killed processes left half written in a folder."""
    return sorted(folder.glob(f".*{ENDING}"))
