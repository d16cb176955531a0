"""Files that are written whole or not at all, also when several processes or threads write the same one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mammoview.core.unfinished import ENDING, half_written


@contextmanager
def atomic_write(file: Path, *, lasting: bool = False, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `file`; it replaces `file` on success and is removed on failure.

    Parameters
    ----------
    file
        File to write; its folder is created if missing.
    lasting
        Call fsync before the replacement, so that the file survives a power cut.
    private
        Make the file readable by its owner only.

    Raises
    ------
    OSError
        When it cannot be written; an earlier file of that name is unchanged.
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
    """Return a new temporary path beside `file`, different for each call."""
    return half_written(file)


def leftover_files(folder: Path) -> list[Path]:
    """Return the half-written files that killed processes left in a folder."""
    return sorted(folder.glob(f".*{ENDING}"))
