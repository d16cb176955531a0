"""Removal of half-written files that killed processes left; done by the next process that starts.

Each process has a file in the user's cache folder, locked as long as the process lives, with the folders that it writes
into. Half-written files carry the process's token in their name. If the lock is free, the process has ended, and files
with its token are removed. Process ids are not used, since the system reuses them.
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from mammoview.core import paths
from mammoview.core.process_lock import created, host, tried

ENDING = ".part"
_LOCK = ".lock"
_KEPT_S = 30 * 86400
"""How long the record of a missing folder, such as on an unplugged medium, is kept, s."""
_PATIENCE_S = 2
"""How long the end of a short command waits for slow folders, s."""


class _Register:
    """The token of this process, and the file that lists the folders it writes into."""

    def __init__(self) -> None:
        self.process = os.getpid()
        # As of `secrets`, whose import would delay the window's first paint.
        self.token = os.urandom(8).hex()
        self._numbers = itertools.count(1)
        self._noted: set[Path] = set()
        self._lock = Lock()
        self._path = paths.running_folder() / f"{host()}-{self.token}{_LOCK}"
        self._file: IO[bytes] | None = None
        with suppress(OSError):  # Without it nothing is removed later; nothing else depends on it.
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = created(self._path)
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
        """Release the lock: this process has no half-written files any more."""
        if self._file is not None and self.process == os.getpid():
            # Windows cannot remove an open file. A process that gets the lock in between finds nothing to remove.
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._file = None


_register: _Register | None = None
_making = Lock()


def half_written(file: Path) -> Path:
    """Return a name beside `file` under which this process may write it; it reveals nothing about the file."""
    global _register  # One of a process, made when it first writes.
    with _making:
        if _register is None or _register.process != os.getpid():
            _register = _Register()
        return file.with_name(_register.name(file.parent))


def remove() -> int:
    """Remove the leftovers of killed processes; returns the number of files and folders removed."""
    count = 0
    with suppress(OSError):
        for path in sorted(paths.running_folder().glob(f"{host()}-*{_LOCK}")):
            kept = True  # What cannot be opened is left alone.
            with suppress(OSError), path.open("rb+") as file, tried(file) as free:
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
    """Call `remove` in a daemon thread."""
    thread = Thread(target=remove, name="unfinished", daemon=True)
    thread.start()
    atexit.register(thread.join, _PATIENCE_S)


def _remove_all(lock: Path, listed: bytes) -> tuple[int, bool]:
    """Remove half-written files in the folders a process listed; return whether one of the folders is missing."""
    token = lock.name.removesuffix(_LOCK).rpartition("-")[2]
    count, missing = 0, False
    for raw in filter(None, listed.split(b"\0")):
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
