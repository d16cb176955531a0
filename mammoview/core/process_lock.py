"""Files that are locked as long as the process that made them lives; process ids are not used, as they are reused."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_LOCKED_BYTE = 1 << 30
"""Windows does not allow reading a locked range."""


def host() -> str:
    """Name of this machine: on shared home folders, locks of other machines may not be visible."""
    import platform  # not on the way to the window's first paint

    return re.sub(r"\W+", "_", platform.node()) or "machine"


def created(path: Path) -> IO[bytes] | None:
    """Make a file and lock it; None where the system has no locks."""
    file = open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "rb+")  # noqa: PTH123, SIM115
    try:
        if lock(file) and path.exists():
            return file
    except OSError:
        pass
    file.close()
    path.unlink(missing_ok=True)
    return None


@contextmanager
def tried(file: IO[bytes]) -> Iterator[bool]:
    """Yield whether a file could be locked; it is closed, and so unlocked, at the end."""
    try:
        yield lock(file)
    finally:
        file.close()


def lock(file: IO[bytes]) -> bool:
    """Lock a file until the process ends; False if the lock is held. Raises OSError where locks are unsupported."""
    try:
        if sys.platform == "win32":
            import msvcrt

            place = file.tell()
            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(place)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextmanager
def exclusive(file: IO[bytes]) -> Iterator[None]:
    """Hold an open file's lock, which other processes have to give up first; closing the file releases it.

    Raises OSError where locks are unsupported, and on Windows where it is still held after ten seconds.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Hold the lock of a file, made if it is not there, which stays. Raises OSError as `exclusive` does."""
    with path.open("a+b", 0) as file, exclusive(file):
        yield
