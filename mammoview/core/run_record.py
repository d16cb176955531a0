"""Record of one run of the window, removed when the run ends: a record that is left was left by a crash.

It lies in the folder of running processes, locked as long as the process lives. It holds when the run began, its faults
as `fault_report.of_error` gives them, a hash of each study that was shown, and the stacks that `faulthandler` writes,
such as when the system ends the process. It stays on this computer; what is read of it names no patient, file or
folder.
"""

from __future__ import annotations

import faulthandler
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import IO, BinaryIO

from mammoview.core import paths
from mammoview.core.process_lock import created, host, tried

ENDING = ".run"
_STARTED, _STUDY, _FAULT = "started ", "study ", "> "
"""Beginnings of lines; all other lines are of stacks."""
MOST_BYTES = 1 << 16
"""Most that is read of a record, bytes."""


@dataclass(frozen=True)
class Crash:
    """A run that did not end as it should.

    Parameters
    ----------
    path
        Its record.
    started
        When it began, seconds since 1970.
    faults
        From `fault_report.of_error` and `fault_report.of_stack`, in the order in which they came; empty where the
        process was ended without a trace.
    study
        Hash of the study that was shown last; empty where none was.
    """

    path: Path
    started: float
    faults: tuple[str, ...]
    study: str = ""

    def showed_last(self, key: str) -> bool:
        """Whether the study that was shown last has this key, from `library.insert.study_key`."""
        return bool(self.study) and self.study == _hash(self.path, key)


class RunRecord:
    """The record of this process."""

    def __init__(self) -> None:
        """Write nothing yet."""
        self.path = paths.running_folder() / f"{host()}-{secrets.token_hex(8)}{ENDING}"
        """The file."""
        self._file: IO[bytes] | None = None
        self._study = ""

    def begin(self) -> None:
        """Note that the run has begun; without a place for it nothing is noted, and nothing else depends on it."""
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = created(self.path)
        if self._file is not None:
            self._write(f"{_STARTED}{time.time():.0f}\n{self._study}")
            faulthandler.enable(self._file, all_threads=False)

    def note(self, fault: str) -> None:
        """Add a fault, from `fault_report.of_error`."""
        self._write("\n" + "".join(f"{_FAULT}{line}\n" for line in fault.splitlines()))

    def note_study(self, key: str) -> None:
        """Note which study is shown from now on: a hash of its key, from `library.insert.study_key`."""
        self._study = f"{_STUDY}{_hash(self.path, key)}\n"
        self._write(self._study)

    def end(self) -> None:
        """Remove the record: the run ends as it should."""
        if self._file is not None:
            self.close()  # Windows cannot remove an open file.
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Note nothing more; the record is left as by a crash."""
        if self._file is not None:
            faulthandler.disable()
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, text: str) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.write(text.encode())
                self._file.flush()


def last_crash() -> Crash | None:
    """Return the latest run of this machine that did not end as it should; records of earlier ones are removed."""
    found: list[Crash] = []
    with suppress(OSError):
        for path in paths.running_folder().glob(f"{host()}-*{ENDING}"):
            with suppress(OSError), path.open("rb+") as file, tried(file) as free:
                if free:
                    found.append(_parsed(path, _ends(file).decode(errors="replace")))
    found.sort(key=lambda crash: crash.started)
    for crash in found[:-1]:
        forget(crash)
    return found[-1] if found else None


def forget(crash: Crash) -> None:
    """Remove the record of a crash."""
    with suppress(OSError):
        crash.path.unlink(missing_ok=True)


def _ends(file: BinaryIO) -> bytes:
    """Return the first line of a record and its whole last lines, among which is the study shown last."""
    head, end = file.readline(), file.seek(0, os.SEEK_END)
    file.seek(max(len(head), end - MOST_BYTES))
    if file.tell() > len(head):
        file.readline()  # begun before
    return head + file.read()


def _parsed(path: Path, text: str) -> Crash:
    """Parse a record; one without a beginning began at an unknown time, 0."""
    from mammoview.core import fault_report  # not on the way to the first paint of a window

    head, _break, rest = text.partition("\n")
    started, study = 0.0, ""
    with suppress(ValueError):
        started = float(head.removeprefix(_STARTED))
    faults: list[str] = []
    for kind, lines in groupby(rest.splitlines(), _kind):
        block = [line.removeprefix(kind) for line in lines]
        if kind == _STUDY:
            study = block[-1]
        elif kind == _FAULT:
            faults.append("\n".join(block))
        else:
            faults += map(fault_report.of_stack, fault_report.split_stacks("\n".join(block)))
    return Crash(path, started, tuple(faults), study)


def _kind(line: str) -> str:
    """Return the beginning that names the content of a line; empty for lines of stacks."""
    return next((kind for kind in (_STUDY, _FAULT) if line.startswith(kind)), "")


def _hash(path: Path, key: str) -> str:
    """Return a hash of a study's key, a different one in each record."""
    return sha256(f"{path.name}\n{key}".encode()).hexdigest()
