"""Files that a killed process left half written: the next one that starts removes them.

Each process has a file in the user's cache folder, locked as long as the process lives, with the folders that it writes
into. Half-written files carry the process's token in their name. A lock that nobody holds belongs to a process that has
ended: what has its token is removed. Process numbers, which the system gives again, play no part.
"""

from __future__ import annotations

import atexit
import itertools
import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from mammoview.core import paths

ENDING = ".part"
_LOCK = ".lock"
_LOCKED_BYTE = 1 << 30
"""Windows lets nobody read what is locked."""
_KEPT_S = 30 * 86400
"""So long a medium that was unplugged is waited for."""
_PATIENCE_S = 2
"""So long the end of a short command waits for folders that are slow to answer."""


class _Register:
    """The token of this process, and the file that says where it writes."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.token = secrets.token_hex(8)
        self._numbers = itertools.count(1)
        self._noted: set[Path] = set()
        self._lock = Lock()
        self._path = paths.running_folder() / f"{_host()}-{self.token}{_LOCK}"
        self._file: IO[bytes] | None = None
        with suppress(OSError):  # Nothing is removed then; nothing else depends on it.
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _created(self._path)
        atexit.register(self.close)

    def name(self, folder: Path) -> str:
        """Return a name for a half-written file in a folder."""
        with self._lock:
            if folder not in self._noted and not folder.name.endswith(ENDING):
                self._noted.add(folder)
                if self._file is not None:
                    with suppress(OSError):
                        self._file.write(os.fsencode(folder.absolute()) + b"\0")
                        self._file.flush()
            return f"{_prefix(self.token)}{next(self._numbers)}{ENDING}"

    def close(self) -> None:
        """Let go: nothing is half written any more."""
        if self._file is not None and self.process == os.getpid():
            # Windows removes no open file. Whoever gets the lock in between finds nothing to remove.
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._file = None


_register: _Register | None = None
_making = Lock()


def half_written(file: Path) -> Path:
    """Return a name beside `file` under which this process may write it; it says nothing about the file."""
    global _register  # One of a process, made when it first writes.
    with _making:
        if _register is None or _register.process != os.getpid():
            _register = _Register()
        return file.with_name(_register.name(file.parent))


def remove() -> int:
    """Remove what processes left that have been killed; returns how many files and folders that were."""
    count = 0
    with suppress(OSError):
        for path in sorted(paths.running_folder().glob(f"{_host()}-*{_LOCK}")):
            with suppress(OSError), path.open("rb+") as file, _tried(file) as free:
                if not free:
                    continue
                removed, missing = _remove_all(path, file.read())
                count += removed
                kept = missing and time.time() - path.stat().st_mtime < _KEPT_S
                if not kept and sys.platform != "win32":
                    path.unlink(missing_ok=True)
            if not kept and sys.platform == "win32":
                with suppress(OSError):
                    path.unlink(missing_ok=True)
    return count


def remove_meanwhile() -> None:
    """Do the same in a thread."""
    thread = Thread(target=remove, name="unfinished", daemon=True)
    thread.start()
    atexit.register(thread.join, _PATIENCE_S)


def _remove_all(lock: Path, told: bytes) -> tuple[int, bool]:
    """Remove what lies half written in the folders that a process told; whether one of them is not there."""
    token = lock.name.removesuffix(_LOCK).rpartition("-")[2]
    count, missing = 0, False
    for raw in filter(None, told.split(b"\0")):
        folder = Path(os.fsdecode(raw))
        missing |= not folder.is_dir()
        with suppress(OSError):
            for left in list(folder.iterdir()):
                if left.name.startswith(_prefix(token)) and left.name.endswith(ENDING):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
                    count += 1
    return count, missing


def _prefix(token: str) -> str:
    return f".mammoview-{token}-"


def _host() -> str:
    """Name of this machine: home folders may be shared, and locks are not always."""
    return re.sub(r"\W+", "_", platform.node()) or "machine"


def _created(path: Path) -> IO[bytes] | None:
    """Make a file and lock it; None where the system has no locks."""
    file = open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "rb+")  # noqa: PTH123, SIM115
    try:
        if _lock(file) and path.exists():
            return file
    except OSError:
        pass
    file.close()
    path.unlink(missing_ok=True)
    return None


@contextmanager
def _tried(file: IO[bytes]) -> Iterator[bool]:
    """Lock a file if nobody else holds it; closing it lets go."""
    try:
        yield _lock(file)
    finally:
        file.close()


def _lock(file: IO[bytes]) -> bool:
    """Take the lock of a file, which goes with the process; False where it is held. Raises OSError without locks."""
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
