"""The audit log: who opened which layer when. JSON lines, append-only, chained by hashes.

Every line holds the hash of the line before it, and a small file beside the log (`audit.head`) holds number and hash of
the last one. `verify` detects lines that were altered, removed or inserted, and a truncated end. This guards
against accidents and later changes of mind, not against someone who rewrites both files with this program.

Studies are named by a hash of their pixels. No patient, no file name and no free text is ever written here.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from mammoview.core.errors import MammoviewError
from mammoview.core.process_lock import exclusive

_TAIL_BYTES = 1 << 16


class EventKind(StrEnum):
    """What happened."""

    START = "start"
    END = "end"
    STUDY = "study opened"
    MODE = "mode"
    MODEL = "model"
    IMPRESSION = "impression"
    REVEAL = "reveal"
    LAYER = "layer"
    THRESHOLD = "threshold"
    FINDING = "finding"
    WORKSHEET = "worksheet"
    EXPORT = "export"


def now() -> str:
    """Return the time in UTC, to the millisecond, such as "2026-05-01T08:30:00.125Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user_name() -> str:
    """Return the name that the operating system has for the user; "unknown" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


@dataclass(frozen=True)
class AuditEvent:
    """One thing that happened.

    Parameters
    ----------
    kind
        What.
    who
        Name of the reader.
    study
        Key of the study's pixels; empty where it is not known.
    facts
        More about it: plain values, no free text.
    time
        UTC.
    """

    kind: EventKind
    who: str
    study: str = ""
    facts: Mapping[str, str | float | bool] = field(default_factory=dict)
    time: str = field(default_factory=now)


@dataclass(frozen=True)
class AuditVerification:
    """Result of verifying the whole log.

    Parameters
    ----------
    lines
        Sound lines, as they were written.
    torn
        Number of fragments left by a crash or a full disk; the chain skips them.
    problems
        One line for the user each; empty when the chain is whole.
    """

    lines: tuple[Mapping[str, Any], ...]
    torn: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class AuditLog:
    """The log of one user.

    Parameters
    ----------
    path
        File; made when first written to.
    """

    path: Path

    @classmethod
    def of(cls, folder: Path) -> AuditLog:
        """Return the log in the user's data folder."""
        return cls(folder / "audit.jsonl")

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Add one line per event and wait until they are on the disk; all of them or none.

        Raises
        ------
        MammoviewError
            When they cannot be written; what was there before is unchanged.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: after a disk-full error nothing may remain to be flushed.
            with self._head.open("a+b", 0) as head, exclusive(head), self.path.open("a+b", 0) as log:
                number, before = _last(log)
                lines = []
                for event in events:
                    number += 1
                    line = _line(number, before, event)
                    before = line["hash"]
                    lines.append(_text(line) + b"\n")
                _extend(log, b"".join(lines))
                with suppress(OSError):
                    head.truncate(0)
                    head.write(f"{number} {before}\n".encode())
        except OSError as error:
            what = f"the audit log cannot be written ({error.strerror})"
            raise MammoviewError(what, "Make room on the disk; reading goes on", self.path) from error

    def verify(self) -> AuditVerification:
        """Read the whole log and check its chain. Raises MammoviewError when it cannot be read."""
        try:
            raw = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            raw = []
        except OSError as error:
            raise MammoviewError(f"it cannot be read ({error.strerror})", "Check the file", self.path) from error
        sound: list[Mapping[str, Any]] = []
        problems = []
        torn = 0
        number, before = 0, ""
        for place, text in enumerate(raw, 1):
            line = _parsed(text)
            if line is None:
                torn += bool(text)
                continue
            if line["hash"] != _hash(line):
                problems.append(f"line {place} was altered")
            if line["before"] != before or line["line"] != number + 1:
                problems.append(f"before line {place} something is missing or was put in")
            number, before = line["line"], line["hash"]
            sound.append(line)
        problems += self._missing_end(number, before)
        return AuditVerification(tuple(sound), torn, tuple(problems))

    @property
    def _head(self) -> Path:
        return self.path.with_name("audit.head")

    def _missing_end(self, number: int, before: str) -> list[str]:
        """Compare the last line with `audit.head`; a head file that lags behind the log is no error."""
        try:
            words = self._head.read_text(encoding="utf-8").split()
            last, known = int(words[0]), words[1]
        except (OSError, ValueError, IndexError):
            return [] if number == 0 else ["there is no record of the last line, so a cut at the end cannot be seen"]
        if last > number:
            return [f"{last - number} lines are missing at the end"]
        return ["the last line was altered"] if last == number and known != before else []


def _line(number: int, before: str, event: AuditEvent) -> dict[str, Any]:
    """Make the object of a line."""
    line: dict[str, Any] = {
        "line": number,
        "time": event.time,
        "who": event.who,
        "event": event.kind.value,
        "study": event.study,
        "facts": dict(event.facts),
        "before": before,
    }
    return {**line, "hash": _hash(line)}


def _hash(line: Mapping[str, Any]) -> str:
    """Hash everything of a line but its own hash."""
    return sha256(_text({key: value for key, value in line.items() if key != "hash"})).hexdigest()


def _text(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode()


def _parsed(text: bytes) -> Mapping[str, Any] | None:
    """Return a whole line; None for a fragment."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    fits = isinstance(line, dict) and isinstance(line.get("line"), int)
    fits = fits and all(isinstance(line.get(key), str) for key in ("time", "who", "event", "study", "before", "hash"))
    return line if fits and isinstance(line.get("facts"), dict) else None


def _last(log: IO[bytes]) -> tuple[int, str]:
    """Return number and hash of the last whole line; (0, "") where there is none."""
    size = log.seek(0, os.SEEK_END)
    for start in dict.fromkeys((max(0, size - _TAIL_BYTES), 0)):
        log.seek(start)
        for text in reversed(log.read().splitlines()):
            line = _parsed(text)
            if line is not None:
                return line["line"], line["hash"]
    return 0, ""


def _extend(log: IO[bytes], lines: bytes) -> None:
    """Append and fsync, with a line break first if the last line is torn; on an error restore the former size."""
    size = log.seek(0, os.SEEK_END)
    if size:
        log.seek(size - 1)
        if log.read(1) != b"\n":
            lines = b"\n" + lines
    try:
        rest = memoryview(lines)
        while rest:
            rest = rest[log.write(rest) :]
        os.fsync(log.fileno())
    except OSError:
        with suppress(OSError):
            log.truncate(size)
        raise


def event_text(line: Mapping[str, Any]) -> str:
    """Return a line of the log as readable text."""
    facts = ", ".join(f"{key} {value}" for key, value in line["facts"].items())
    study = f"study {line['study'][:8]}" if line["study"] else ""
    return "  ".join(word for word in (line["time"], line["who"], line["event"], study, facts) if word)
